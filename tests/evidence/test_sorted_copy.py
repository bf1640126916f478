"""Claims are copied into the order of the image, with their marks, in less memory than they take."""

import pathlib
from contextlib import closing

import duckdb
import pytest

from api.evidence.columns import COLUMNS, IMAGE_ORDER, NAME_LIST
from api.evidence.engine import Options, open_duckdb
from api.evidence.image import FORMAT, SORT_MEGABYTES
from api.evidence.plainness import mark_plain_claims
from api.evidence.sorted_copy import join_parts, write_sorted_parts, write_unsorted

CLAIMS = 120_000
LITTLE = SORT_MEGABYTES  # a sort of all columns at once ends with an error, because it needs more
WORDS = "repeat(md5((n * 7 % {0})::VARCHAR), 2)"
#: Values of the columns of the order and of the marks: some repeat, and some are null.
CHOSEN = {
    "key": "n + 1",
    "root": "'war-' || n * 7919 % 3",
    "conflict": "'war-' || n * 7919 % 5",
    "event_key": "nullif(n * 7919 % 9000, 0)",
    "event_first": "'2024-01-' || lpad((1 + n * 7919 % 9000 % 28)::VARCHAR, 2, '0')",
    "event_last": "'2024-01-29'",
    "measure": "CASE n % 50 WHEN 0 THEN 'period' WHEN 1 THEN NULL ELSE 'incident' END",
    "kind": "'casualty'",
    "covers_from": "CASE n % 50 WHEN 0 THEN '2024-01-02' END",
    "covers_to": "CASE n % 50 WHEN 0 THEN '2024-01-03' END",
    "claimant_key": "n % 4",
    "voice": "'voice-' || n % 3",
    "is_related": "n % 1000 = 0",
    "part": "NULL",
}
VALUES = {
    "VARCHAR": WORDS.format(1000),
    "VARCHAR[]": f"[{WORDS.format(7)}, NULL]",
    "INTEGER[]": "[n, NULL]",
    "DOUBLE": "n / 3",
    "BOOLEAN": "n % 2 = 0",
}


def test_claims_are_copied_in_the_order_of_the_image_in_little_memory(tmp_path: pathlib.Path) -> None:
    unsorted, image = tmp_path / "unsorted.parquet", tmp_path / "image.parquet"
    cells = ", ".join(
        f"({CHOSEN.get(name) or VALUES.get(type, 'n % 100')})::{type} AS {name}" for name, type, _ in COLUMNS
    )
    source = f"(SELECT {cells} FROM range({CLAIMS}) AS numbers(n))"
    with closing(open_duckdb(Options(megabytes=LITTLE), str(tmp_path))) as writer:
        write_unsorted(writer, source, unsorted)
        parts = write_sorted_parts(writer, unsorted)
        writer.execute(f"COPY (SELECT * FROM '{parts[0]}' ORDER BY marked_key DESC) TO '{tmp_path}/mixed.parquet'")
        with pytest.raises(ValueError, match="the marks of another claim"):
            join_parts(writer, [tmp_path / "mixed.parquet", *parts[1:]], image, FORMAT)
    with closing(open_duckdb(Options(megabytes=LITTLE), str(tmp_path))) as writer:
        assert join_parts(writer, parts, image, FORMAT) == CLAIMS
    with closing(duckdb.connect()) as reader:
        wanted = f"SELECT {NAME_LIST} FROM {mark_plain_claims(source)} ORDER BY {IMAGE_ORDER}"
        differing = (
            f"SELECT count(*) FROM ({wanted}) AS wanted POSITIONAL JOIN (SELECT {NAME_LIST} FROM "
            f"read_parquet('{image}')) AS written WHERE wanted IS DISTINCT FROM written"
        )
        assert reader.execute(differing).fetchall() == [(0,)]
        counts = f"SELECT count(DISTINCT is_quiet), count(DISTINCT is_distinct) FROM read_parquet('{image}')"
        assert reader.execute(counts).fetchall() == [(2, 2)]
