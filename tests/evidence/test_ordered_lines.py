"""Claims are written in the order of the image, with their marks, in less memory than they take."""

import pathlib
from collections.abc import Iterable, Iterator
from contextlib import closing

import duckdb
import pytest

from api.evidence.columns import COLUMNS, IMAGE_ORDER, NAME_LIST, NAMES, OF_CLAIMS, OF_IMAGE
from api.evidence.engine import Options, open_duckdb
from api.evidence.image import CSV_MEGABYTES, FORMAT, JOIN_MEGABYTES, SORT_MEGABYTES
from api.evidence.ordered_lines import (
    _join_neighbours,
    copy_lines,
    write_claims,
    write_deciding,
    write_lines,
    write_places,
)
from api.evidence.plainness import MARKS, mark_plain_claims
from api.evidence.row_pieces import Piece, Pieces, Row
from tests.support.nasty import TEXTS

CLAIMS = 120_000
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
    "VARCHAR[]": f"[{WORDS.format(7)}, 'b']",
    "INTEGER[]": "[n, n + 1]",
    "DOUBLE": "n / 3",
    "BOOLEAN": "n % 2 = 0",
}


def select_claims() -> str:
    """Return FROM-able SQL of `CLAIMS` claims without marks."""
    cells = ", ".join(
        f"({CHOSEN.get(name) or VALUES.get(type, 'n % 100')})::{type} AS {name}"
        for name, type, _ in COLUMNS
        if name not in MARKS
    )
    return f"(SELECT {cells} FROM range({CLAIMS}) AS numbers(n))"


def read_pieces(source: str) -> Iterator[list[Pieces]]:
    with closing(duckdb.connect()) as reader:
        claims = reader.execute(f"SELECT * FROM {source}")
        while rows := claims.fetchmany(500):
            yield [divide_row(row) for row in rows]


def divide_row(row: Row) -> Pieces:
    return row[: len(OF_CLAIMS)], Piece(row[len(OF_CLAIMS) :])


def write_image(chunks: Iterable[list[Pieces]], folder: pathlib.Path) -> pathlib.Path:
    lines, deciding, places, ordered, image = (folder / name for name in "lines deciding places ordered image".split())
    starts = write_lines(chunks, lines)
    with closing(open_duckdb(Options(megabytes=CSV_MEGABYTES), str(folder))) as writer:
        write_deciding(writer, lines, deciding)
    with closing(open_duckdb(Options(megabytes=SORT_MEGABYTES), str(folder))) as writer:
        write_places(writer, deciding, places)
        copy_lines(lines, starts, writer.execute(f"SELECT line FROM read_parquet('{places}')"), ordered)
    with closing(open_duckdb(Options(megabytes=JOIN_MEGABYTES), str(folder))) as writer:
        assert write_claims(writer, ordered, places, image, FORMAT) == len(starts) - 1
    return image


def test_claims_are_written_in_the_order_of_the_image_in_little_memory(tmp_path: pathlib.Path) -> None:
    source = select_claims()
    image = write_image(read_pieces(source), tmp_path)
    with closing(duckdb.connect()) as reader:
        wanted = f"SELECT {NAME_LIST} FROM {mark_plain_claims(source)} ORDER BY {IMAGE_ORDER}"
        differing = (
            f"SELECT count(*) FROM ({wanted}) AS wanted POSITIONAL JOIN (SELECT {NAME_LIST} FROM "
            f"read_parquet('{image}')) AS written WHERE wanted IS DISTINCT FROM written"
        )
        assert reader.execute(differing).fetchall() == [(0,)]
        counts = f"SELECT count(DISTINCT is_quiet), count(DISTINCT is_distinct) FROM read_parquet('{image}')"
        assert reader.execute(counts).fetchall() == [(2, 2)]


def test_texts_that_files_damage_stay_what_they_are(tmp_path: pathlib.Path) -> None:
    texts: list[str | None] = [*TEXTS, "", None, "null", "\\n", "\r\n", "a\x01b", "\\\n", 'a,"b"\\']
    part, place = NAMES.index("part"), NAMES.index("place")
    rows = []
    for key, text in enumerate(texts):
        cells: list[object] = [None] * (len(COLUMNS) - len(OF_IMAGE))
        cells[0], cells[part], cells[place] = key, text, text
        rows.append(divide_row(tuple(cells)))
    image = write_image([rows], tmp_path)
    with closing(duckdb.connect()) as reader:
        written = reader.execute(f"SELECT part, place FROM read_parquet('{image}') ORDER BY key").fetchall()
    assert written == [(text, text) for text in texts]


def test_no_claim_has_the_marks_of_another(tmp_path: pathlib.Path) -> None:
    source = f"(SELECT * FROM {select_claims()} LIMIT 10)"
    write_image(read_pieces(source), tmp_path)
    with closing(open_duckdb(Options(), str(tmp_path))) as writer:
        mixed = f"SELECT * FROM read_parquet('{tmp_path}/places') ORDER BY marked_key DESC"
        writer.execute(f"COPY ({mixed}) TO '{tmp_path}/mixed' (FORMAT parquet)")
        with pytest.raises(duckdb.Error, match="the marks of another claim"):
            write_claims(writer, tmp_path / "ordered", tmp_path / "mixed", tmp_path / "image", FORMAT)


def test_lines_that_follow_each_other_are_copied_together() -> None:
    assert _join_neighbours([7, 8, 9, 4, 6, 7]) == [[7, 10], [4, 5], [6, 8]]
    assert _join_neighbours([]) == []
