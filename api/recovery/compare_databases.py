"""Comparison of two databases: every row of every table that the change log covers, with row versions.

Integer keys differ between databases: references are compared as slugs, and rows in the order of their keys.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import peewee

from api.database.connection import is_postgres, use_database
from api.database.models import TABLES, Change, ChangeText, Dataset, Record, Revision
from api.database.statements import select_rows

CHUNK = 1000
Row = tuple[Any, ...]


class ComparedTable(NamedTuple):
    """A table, the SQL of each column, and the columns that order its rows."""

    name: str
    columns: dict[str, str]
    joins: str
    order: tuple[str, ...]


def _is_versioned(model: Any) -> bool:
    return "held_from" in model._meta.fields


def _describe_table(model: Any, former: bool) -> ComparedTable:
    columns, joins = {}, ""
    for number, field in enumerate(model._meta.sorted_fields):
        target = getattr(field, "rel_model", None)
        if target is not None and issubclass(target, Record):
            columns[field.name] = f"r{number}.slug"
            joins += f" LEFT JOIN {target._meta.table_name} AS r{number} ON r{number}.id = t.{field.column_name}"
        elif field.name != "id":
            columns[field.name] = f't."{field.column_name}"'
    order = tuple(f"t.{field.column_name}" for field in model._meta.get_primary_keys())
    if not former:
        return ComparedTable(model._meta.table_name, columns, joins, order)
    columns["held_until"] = "t.held_until"
    return ComparedTable(f"{model._meta.table_name}_version", columns, joins, ("t.held_until", *order, "t.held_from"))


#: The tables that the log covers: revisions, records and their lists with row versions, and the log itself.
COMPARED_TABLES = [
    _describe_table(model, former)
    for model in TABLES
    if model in (Revision, Change, ChangeText) or (_is_versioned(model) and model is not Dataset)
    for former in ((False, True) if _is_versioned(model) else (False,))
]


def first_difference(first: peewee.Database, second: peewee.Database) -> str | None:
    """Return a description of the first difference of two open databases. None: they are equal."""
    for table in COMPARED_TABLES:
        for first_row, second_row in zip_longest(_read_rows(first, table), _read_rows(second, table)):
            if first_row != second_row:
                return f"{table.name}: {_describe_difference(list(table.columns), first_row, second_row)}"
    return None


def _read_rows(handle: peewee.Database, table: ComparedTable) -> Iterator[Row]:
    """Yield all rows in their order, with one chunk in memory."""
    last: Row = ()
    while True:
        with use_database(handle):
            chunk = select_rows(*_build_query(table, last))
        yield from (row[len(table.order) :] for row in chunk)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][: len(table.order)]


def _build_query(table: ComparedTable, last: Row) -> tuple[str, Row]:
    keys, mark = ", ".join(table.order), "%s" if is_postgres() else "?"
    behind = f" WHERE ({keys}) > ({', '.join([mark] * len(last))})" if last else ""
    columns = ", ".join(table.columns.values())
    sql = f"SELECT {keys}, {columns} FROM {table.name} AS t{table.joins}{behind} ORDER BY {keys} LIMIT {CHUNK}"
    return sql, last


def _describe_difference(columns: Sequence[str], first_row: Row | None, second_row: Row | None) -> str:
    if first_row is None or second_row is None:
        which = "only the first has" if second_row is None else "only the second has"
        return f"{which} {dict(zip(columns, first_row or second_row or (), strict=True))}"
    cells = zip(columns, first_row, second_row, strict=True)
    differing = [
        f"{name} is {first_value!r} and {second_value!r}"
        for name, first_value, second_value in cells
        if first_value != second_value
    ]
    return f"in the row of {_name_row(columns, first_row)}, {'; '.join(differing)}"


def _name_row(columns: Sequence[str], row: Row) -> str:
    """Return what identifies a row: its slug or number, or for a row of a list its owner and position."""
    values = dict(zip(columns, row, strict=True))
    names = [name for name in ("slug", "number", "seq", "held_until") if name in values]
    return ", ".join(f"{name} {values[name]}" for name in (names if columns[0] in names else columns[:2]))
