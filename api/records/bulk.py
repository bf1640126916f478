"""Many rows by the shortest way of the engine, without a statement for each."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.db import database, for_each, is_postgres, rows, told_alike
from api.models import Record, Table

Row = tuple[Any, ...]


def columns(table: type[Table]) -> tuple[str, ...]:
    """Its columns, in the order in which `insert` takes their values."""
    return tuple(field.column_name for field in table._meta.sorted_fields)


def insert(table: type[Table], found: Iterable[Row]) -> None:
    """Rows with a value for each column."""
    if not found:
        return
    if is_postgres():
        with told_alike(), database.cursor().copy(_copying(table)) as copy:
            for row in found:
                copy.write_row(row)
    else:
        for_each(_inserting(table), found)


def count(tables: Iterable[type[Table]]) -> None:
    """Let PostgreSQL count what a transaction has written.

    By a count of nothing, which it makes of rows that are not committed, it looks through a whole table for each.
    """
    if is_postgres():
        database.execute_sql(f"ANALYZE {', '.join(sorted(table._meta.table_name for table in tables))}")


def update(table: type[Table], found: Sequence[Mapping[str, Any]], by: str) -> None:
    """Set all columns told of the rows whose column `by` has the value told; every one tells the same columns."""
    if not found:
        return
    names = [name for name in found[0] if name != by]
    named = {name: table._meta.fields[name].column_name for name in (*names, by)}
    mark = "%s" if is_postgres() else "?"
    told = ", ".join(f'"{named[name]}" = {mark}' for name in names)
    for_each(
        f'UPDATE {table._meta.table_name} SET {told} WHERE "{named[by]}" = {mark}',
        [[*(row[name] for name in names), row[by]] for row in found],
    )


@functools.cache
def _copying(table: type[Table]) -> str:
    return f"COPY {table._meta.table_name} ({_names(table)}) FROM STDIN"


@functools.cache
def _inserting(table: type[Table]) -> str:
    marks = ", ".join("?" * len(columns(table)))
    return f"INSERT INTO {table._meta.table_name} ({_names(table)}) VALUES ({marks})"


def _names(table: type[Table]) -> str:
    return ", ".join(f'"{name}"' for name in columns(table))


def new_keys(model: type[Record], number: int) -> Sequence[int]:
    """Keys that no record has or had, ascending; the writer of the moment is the only one."""
    table = model._meta.table_name
    if is_postgres():
        asked = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [key for (key,) in rows(asked, (table, number))]
    first = rows(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")[0][0]
    return range(first, first + number)


def by_slug(model: type[Record], slugs: Iterable[str], *names: str) -> list[Row]:
    """The slugs that exist, each with its key and these columns."""
    wanted = list(slugs)
    if not wanted:
        return []
    selected = ", ".join(("slug", "id", *names))
    among = "= ANY(%s)" if is_postgres() else "IN (SELECT value FROM json_each(?))"
    given = wanted if is_postgres() else json.dumps(wanted)
    return rows(f"SELECT {selected} FROM {model._meta.table_name} WHERE slug {among}", (given,))
