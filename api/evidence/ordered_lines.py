"""Claims as lines of a CSV file, on their way from the tables into the order of the image.

DuckDB needs much memory to sort rows of many columns, also where it may spill them to disk. So it sorts the columns of
the order alone, and Python copies the lines in that order. DuckDB must read lines in the order of their file: the
connections have one thread.
"""

from __future__ import annotations

import os
import pathlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from api.evidence.columns import COLUMNS, IMAGE_ORDER, NAME_LIST, OF_IMAGE, Column
from api.evidence.plainness import MARKS, mark_plain_claims
from api.evidence.row_pieces import LIST_SEPARATOR, Pieces, format_pieces

if TYPE_CHECKING:
    import duckdb

LINES_AT_ONCE = 2_000
# With smaller row groups, reading takes more memory. A writer holds all filters in memory until its end.
UNFINISHED_FORMAT = "ROW_GROUP_SIZE 10240, WRITE_BLOOM_FILTER false"
MIXED_MARKS = "A claim in the image would have the marks of another claim."
#: The columns that decide the order and the marks.
DECIDING = (
    "key, root, conflict, event_key, event_first, event_last, kind, measure, covers_from, covers_to, part, is_related, "
    "harm, subject_side, victim_status, victim_sex, victim_age, claimant_key, voice"
)


def write_lines(chunks: Iterable[Sequence[Pieces]], path: pathlib.Path) -> array[int]:
    """Write rows, one a line; return where each line starts, and where the last one ends."""
    starts = array("Q", [0])
    with open(path, "wb") as file:
        for chunk in chunks:
            lines = [format_pieces(pieces) for pieces in chunk]
            starts.extend(accumulate(map(len, lines), initial=starts.pop()))
            file.write(b"".join(lines))
    return starts


def copy_lines(
    path: pathlib.Path, starts: array[int], numbers: duckdb.DuckDBPyConnection, target: pathlib.Path
) -> None:
    """Write the lines of a file of `write_lines` to `target`, in the order of the numbers that this cursor fetches."""
    with open(path, "rb") as file, open(target, "wb") as copy:
        source = file.fileno()
        while rows := numbers.fetchmany(LINES_AT_ONCE):
            runs = _join_neighbours(number for (number,) in rows)
            copy.write(b"".join([os.pread(source, starts[end] - starts[first], starts[first]) for first, end in runs]))


def _join_neighbours(numbers: Iterable[int]) -> list[list[int]]:
    """Return runs of numbers that follow each other, as the first and the end: `7 8 9 4` → `[7, 10] [4, 5]`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, number + 1])
    return runs


def write_deciding(writer: duckdb.DuckDBPyConnection, lines: pathlib.Path, path: pathlib.Path) -> None:
    """Write the columns of lines that decide the order and the marks."""
    _copy_rows(writer, f"SELECT {DECIDING} FROM {_read_lines(lines)}", path)


def write_places(writer: duckdb.DuckDBPyConnection, deciding: pathlib.Path, path: pathlib.Path) -> None:
    """Write the number, the key and the marks of each line of a file of `write_deciding`, in the order of the image."""
    marks = ", ".join(column.name for column in OF_IMAGE)
    claims = f"read_parquet('{deciding}', file_row_number = true)"
    _copy_rows(
        writer,
        f"SELECT file_row_number AS line, key AS marked_key, {marks} FROM {mark_plain_claims(claims)} "
        f"ORDER BY {IMAGE_ORDER}",
        path,
    )


def write_claims(
    writer: duckdb.DuckDBPyConnection, lines: pathlib.Path, places: pathlib.Path, path: pathlib.Path, options: str
) -> int:
    """Write lines in the order of their places, with their marks, and with these options of Parquet; return how many.

    Raises `duckdb.Error` if a line would have the marks of another claim.
    """
    claims = f"{_read_lines(lines)} POSITIONAL JOIN read_parquet('{places}') places"
    values = ", ".join(map(_select_value, COLUMNS))
    return _copy_rows(writer, f"SELECT {NAME_LIST} FROM (SELECT {values} FROM {claims})", path, options)


def _select_value(column: Column) -> str:
    name, type, _ = column
    if type.endswith("[]"):
        return f"string_split(claims.{name}, '{LIST_SEPARATOR}')::{type} AS {name}"
    if name in MARKS:
        return f"CASE WHEN marked_key = key THEN places.{name} ELSE error('{MIXED_MARKS}') END AS {name}"
    return f"claims.{name}"


def _read_lines(path: pathlib.Path) -> str:
    """Return FROM-able SQL of the claims of a file of `write_lines`."""
    columns = ", ".join(
        f"'{name}': '{'VARCHAR' if type.endswith('[]') else type}'" for name, type, _ in COLUMNS if name not in MARKS
    )
    return (
        f"read_csv('{path}', columns = {{{columns}}}, header = false, auto_detect = false, delim = ',', quote = '\"', "
        "escape = '\\', nullstr = 'null', allow_quoted_nulls = false, parallel = false, "
        # Smaller than the default buffer of 32 MB, because it counts towards the memory limit.
        "buffer_size = 2000000, max_line_size = 500000) claims"
    )


def _copy_rows(
    writer: duckdb.DuckDBPyConnection, query: str, path: pathlib.Path, options: str = UNFINISHED_FORMAT
) -> int:
    """Write the rows of a query to a file of Parquet; return their number."""
    return int(writer.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, {options})").fetchall()[0][0])
