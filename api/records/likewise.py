"""Whether two databases hold the same: every row of every table that the change log tells of, former rows too.

Integer keys are a database's own: they are compared as the slugs for which they stand, and by their order.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import peewee

from api.db import is_postgres, rows, using
from api.models import TABLES, Change, ChangeText, Dataset, Record, Revision

CHUNK = 1000
Row = tuple[Any, ...]


class Compared(NamedTuple):
    """A table, how each column is read, and the columns by which its rows have an order."""

    name: str
    columns: dict[str, str]
    joins: str
    order: tuple[str, ...]


def _versioned(model: Any) -> bool:
    return "held_from" in model._meta.fields


def _compared(model: Any, former: bool) -> Compared:
    columns, joins = {}, ""
    for number, field in enumerate(model._meta.sorted_fields):
        noun = getattr(field, "rel_model", None)
        if noun is not None and issubclass(noun, Record):
            columns[field.name] = f"r{number}.slug"
            joins += f" LEFT JOIN {noun._meta.table_name} AS r{number} ON r{number}.id = t.{field.column_name}"
        elif field.name != "id":
            columns[field.name] = f't."{field.column_name}"'
    order = tuple(f"t.{field.column_name}" for field in model._meta.get_primary_keys())
    if not former:
        return Compared(model._meta.table_name, columns, joins, order)
    columns["held_until"] = "t.held_until"
    return Compared(f"{model._meta.table_name}_version", columns, joins, ("t.held_until", *order, "t.held_from"))


#: What the log tells of: revisions, records and their lists as they are and as they were, and its own rows.
COMPARED = [
    _compared(model, former)
    for model in TABLES
    if model in (Revision, Change, ChangeText) or (_versioned(model) and model is not Dataset)
    for former in ((False, True) if _versioned(model) else (False,))
]


def first_difference(one: peewee.Database, other: peewee.Database) -> str | None:
    """How two open databases first differ; None: not at all."""
    for table in COMPARED:
        for here, there in zip_longest(_told(one, table), _told(other, table)):
            if here != there:
                return f"{table.name}: {_difference(list(table.columns), here, there)}"
    return None


def _told(handle: peewee.Database, table: Compared) -> Iterator[Row]:
    """All rows in their order, a chunk in memory at a time."""
    last: Row = ()
    while True:
        with using(handle):
            found = rows(*_question(table, last))
        yield from (row[len(table.order) :] for row in found)
        if len(found) < CHUNK:
            return
        last = found[-1][: len(table.order)]


def _question(table: Compared, last: Row) -> tuple[str, Row]:
    keys, mark = ", ".join(table.order), "%s" if is_postgres() else "?"
    behind = f" WHERE ({keys}) > ({', '.join([mark] * len(last))})" if last else ""
    columns = ", ".join(table.columns.values())
    sql = f"SELECT {keys}, {columns} FROM {table.name} AS t{table.joins}{behind} ORDER BY {keys} LIMIT {CHUNK}"
    return sql, last


def _difference(columns: Sequence[str], here: Row | None, there: Row | None) -> str:
    if here is None or there is None:
        which = "only the first has" if there is None else "only the second has"
        return f"{which} {dict(zip(columns, here or there or (), strict=True))}"
    told = zip(columns, here, there, strict=True)
    differing = [f"{name} is {one!r} and {other!r}" for name, one, other in told if one != other]
    return f"in the row of {_named(columns, here)}, {'; '.join(differing)}"


def _named(columns: Sequence[str], row: Row) -> str:
    """By its slug or number; a row of a list by its owner and place."""
    told = dict(zip(columns, row, strict=True))
    names = [name for name in ("slug", "number", "seq", "held_until") if name in told]
    return ", ".join(f"{name} {told[name]}" for name in (names if columns[0] in names else columns[:2]))
