"""Copy claims into the order of the image, with their marks, in little memory, however many they are.

DuckDB needs much memory to sort rows of many columns, also where it may spill them to disk. So a sort of the columns of
the order alone gives each row its position. Then a few columns at a time are sorted by position, each time into a file,
and the files are read side by side. Rows must be read in the order of their file: the connections have one thread.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from api.database.key_sets import split_batches
from api.evidence.columns import IMAGE_ORDER, NAME_LIST, NAMES, OF_IMAGE
from api.evidence.plainness import MARKS, mark_plain_claims

if TYPE_CHECKING:
    import duckdb

ROW_GROUP = 10_240  # of unfinished files; with smaller ones, reading them takes more memory
COLUMNS_AT_ONCE = 4


def write_unsorted(cursor: duckdb.DuckDBPyConnection, source: str, path: pathlib.Path) -> None:
    """Write the claims of `source` (FROM-able SQL) as they come, without their marks."""
    _copy_rows(cursor, f"SELECT {', '.join(_unmarked_names())} FROM {source}", path)


def write_sorted_parts(writer: duckdb.DuckDBPyConnection, unsorted: pathlib.Path) -> list[pathlib.Path]:
    """Write the claims of a file of `write_unsorted` in the order of the image, into files of a few columns each."""
    parts: list[pathlib.Path] = []
    for number, query in enumerate(_select_parts(writer, unsorted)):
        parts.append(unsorted.with_name(f"part-{number}.parquet"))
        _copy_rows(writer, query, parts[-1])
    return parts


def join_parts(
    writer: duckdb.DuckDBPyConnection, parts: Iterable[pathlib.Path], path: pathlib.Path, options: str
) -> int:
    """Write the rows of these files side by side into one file, with these options of Parquet; return their number.

    Raises `ValueError` if a row would have the marks of another claim.
    """
    tables = " POSITIONAL JOIN ".join(f"read_parquet('{part}')" for part in parts)
    ((mixed,),) = writer.execute(f"SELECT COUNT(*) FROM {tables} WHERE marked_key IS DISTINCT FROM key").fetchall()
    if mixed:
        raise ValueError(f"{mixed} claims in the image would have the marks of another claim.")
    return _copy_rows(writer, f"SELECT {NAME_LIST} FROM {tables}", path, options)


def _select_parts(writer: duckdb.DuckDBPyConnection, unsorted: pathlib.Path) -> Iterator[str]:
    """Yield SELECTs of a few columns each, sorted: first of the marks, then of the columns of the file."""
    claims = f"read_parquet('{unsorted}')"
    numbered = f"read_parquet('{unsorted}', file_row_number = true)"
    marks = ", ".join(column.name for column in OF_IMAGE)
    yield f"SELECT key AS marked_key, {marks} FROM {mark_plain_claims(claims)} ORDER BY {IMAGE_ORDER}"
    writer.execute(f"CREATE TEMP TABLE places AS SELECT file_row_number AS row FROM {numbered} ORDER BY {IMAGE_ORDER}")
    writer.execute("CREATE TEMP TABLE positions AS SELECT rowid AS position FROM places ORDER BY row")
    for names in split_batches(_unmarked_names(), COLUMNS_AT_ONCE):
        columns = ", ".join(f"claims.{name}" for name in names)
        yield f"SELECT {columns} FROM {claims} claims POSITIONAL JOIN positions ORDER BY position"


def _unmarked_names() -> list[str]:
    return [name for name in NAMES if name not in MARKS]


def _copy_rows(
    cursor: duckdb.DuckDBPyConnection, query: str, path: pathlib.Path, options: str = f"ROW_GROUP_SIZE {ROW_GROUP}"
) -> int:
    """Write the rows of a query to a file of Parquet; return their number."""
    return int(cursor.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, {options})").fetchall()[0][0])
