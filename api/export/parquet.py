"""Records as Parquet with typed columns, written by DuckDB from rows of CSV in a temporary folder."""

import json
import pathlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from api.http.formats import SINGLE_NULL, Layout

TYPES = {"day": "DATE", "time": "TIMESTAMPTZ", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
MEGABYTES = 200  # of memory for DuckDB; more spills into the folder
PART = 1 << 20  # bytes
#: Bytes that DuckDB reads at a time, if no row is longer. With 32 MB the memory is soon full, and a million rows take
#: three times the CPU. If it is not told, it reads the whole file for a limit of 100 MB.
LEAST_READ = 1 << 20
READ_SQL = """
SELECT * FROM read_csv(?, columns = {columns}, auto_detect = false, header = false, delim = ',', quote = '"',
    escape = '"', nullstr = ['', ?], allow_quoted_nulls = false, new_line = '\\r\\n', parallel = false,
    max_line_size = {longest}, buffer_size = {longest})
"""


def write_parquet(layout: Layout, texts: Iterable[str], metadata: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the file in parts. `texts` are rows of CSV for programs, each after a line break.

    `metadata` goes into the metadata of the file, as JSON under the key `counterclaim`.
    """
    with tempfile.TemporaryDirectory(prefix="counterclaim-parquet-") as name:
        folder = pathlib.Path(name)
        longest = _write_rows(folder / "rows.csv", texts)
        _convert_rows(folder, layout, json.dumps(metadata, ensure_ascii=False), longest)
        with (folder / "rows.parquet").open("rb") as file:
            yield from iter(lambda: file.read(PART), b"")


def _write_rows(file: pathlib.Path, texts: Iterable[str]) -> int:
    """Write the rows without the line break before the first. Return the bytes of the longest text of them."""
    longest = 0
    with file.open("wb") as lines:
        is_first = True
        for text in texts:
            written = lines.write((text.removeprefix("\r\n") if is_first else text).encode())
            longest = max(longest, written)
            is_first = is_first and not text
    return longest


def _convert_rows(folder: pathlib.Path, layout: Layout, metadata: str, longest: int) -> None:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEGABYTES}MB",
        "threads": 1,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    types = {name: TYPES.get(layout.kinds.get(name, ""), "VARCHAR") for name in layout.header}
    columns = ", ".join(f"{_quote(name)}: '{type_}'" for name, type_ in types.items())
    read = READ_SQL.format(columns=f"{{{columns}}}", longest=max(LEAST_READ, longest + len("\r\n")))
    target = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{counterclaim: {_quote(metadata)}}}"
    with closing(duckdb.connect(":memory:", config=config)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sql = f"COPY ({read}) TO {_quote(str(folder / 'rows.parquet'))} ({target})"
        connection.execute(sql, [str(folder / "rows.csv"), SINGLE_NULL])


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
