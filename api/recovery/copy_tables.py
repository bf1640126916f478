"""Copy all tables of one database into another one, of either engine. A digest shows that every row arrived."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import peewee

from api.database.connection import translate_errors
from api.database.models import TABLES

CHUNK = 5_000
MIGRATIONS = "schema_migration"  # each database has its own
SEARCH_INDEX = "_search"  # SQLite's full-text indexes: they are made again from their tables
Row = tuple[Any, ...]
Advance = Callable[[int], object]


class CopyError(Exception):
    """The two databases differ in their tables or rows. The message is for people."""


def is_on_postgres(handle: peewee.Database) -> bool:
    return isinstance(handle, peewee.PostgresqlDatabase)


def list_tables(handle: Any) -> list[str]:
    """Return the tables with rows of their own: those that others refer to come first."""
    names = {name for name in handle.get_tables() if not name.startswith("sqlite_") and SEARCH_INDEX not in name}
    ordered = [model._meta.table_name for model in TABLES]
    return [name for name in ordered if name in names] + sorted(names - {MIGRATIONS, *ordered})


def count_rows(handle: Any) -> dict[str, int]:
    """Return the number of rows of each table."""
    return {
        table: int(handle.execute_sql(f"SELECT COUNT(*) FROM {table}").fetchone()[0]) for table in list_tables(handle)
    }


def has_rows(handle: Any) -> bool:
    """Return whether any table of ours has a row."""
    return any(handle.execute_sql(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in list_tables(handle))


def copy_tables(source: Any, target: Any, advance: Advance) -> None:
    """Copy the rows of all tables into the empty tables of `target`, in its transaction.

    Both are open, and have the tables of this version. `advance` gets the number of rows after each chunk, once for
    writing and once for reading them again. Raise `CopyError` if anything differs.
    """
    tables = list_tables(target)
    if lost := set(list_tables(source)) - set(tables):
        raise CopyError(f"This version does not know the table {min(lost)}. Use the version that made it.")
    for table in tables:
        _copy_rows(source, target, table, advance)
    if is_on_postgres(target):
        _set_sequences(target, tables)
        target.execute_sql(f"ANALYZE {', '.join(tables)}")
    else:
        _make_indexes(target)


def _copy_rows(source: Any, target: Any, table: str, advance: Advance) -> None:
    columns = [column.name for column in target.get_columns(table)]
    if lost := {column.name for column in source.get_columns(table)} - set(columns):
        raise CopyError(f"This version does not know {table}.{min(lost)}. Use the version that made it.")
    order = target.get_primary_keys(table)
    digest, written_digest = _Digest(advance), _Digest(advance)
    _write_rows(target, table, columns, digest.add_rows(_read_rows(source, table, columns, order)))
    for _ in written_digest.add_rows(_read_rows(target, table, columns, order)):
        pass
    if (digest.count, digest.total) != (written_digest.count, written_digest.total):
        raise CopyError(f"The rows of {table} differ from those that were read.")


class _Digest:
    """The number of rows and the sum of their hashes, which does not depend on their order."""

    def __init__(self, advance: Advance) -> None:
        self.advance = advance
        self.count = self.total = 0

    def add_rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        while chunk := list(islice(rows, CHUNK)):
            for row in chunk:
                # SQLite has no negative zero.
                same = tuple(value + 0 if type(value) is float else value for value in row)
                self.total += int.from_bytes(hashlib.sha256(repr(same).encode()).digest())
            self.count += len(chunk)
            self.advance(len(chunk))
            yield from chunk


def _read_rows(handle: Any, table: str, columns: Iterable[str], order: Sequence[str]) -> Iterator[Row]:
    sql = f"SELECT {_quote_names(columns)} FROM {table}"
    if order:  # the log takes its entries in their order only
        sql += f" ORDER BY {_quote_names(order)}"
    with translate_errors():
        yield from handle.cursor().stream(sql) if is_on_postgres(handle) else handle.execute_sql(sql)


def _write_rows(handle: Any, table: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
    with translate_errors():
        if is_on_postgres(handle):
            with handle.cursor().copy(f"COPY {table} ({_quote_names(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({_quote_names(columns)}) VALUES ({marks})"
            while chunk := list(islice(rows, CHUNK)):
                handle.cursor().executemany(statement, chunk)


def _quote_names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _set_sequences(handle: Any, tables: Iterable[str]) -> None:
    """Let new records get keys after those that were copied."""
    for table in tables:
        if any(column.name == "id" and column.primary_key for column in handle.get_columns(table)):
            handle.execute_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE(MAX(id), 0) + 1, false) FROM {table}"
            )


def _make_indexes(handle: Any) -> None:
    virtual = handle.execute_sql("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    for (name,) in list(virtual):
        handle.execute_sql(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
