"""Read the database as it was at a revision, with the same queries.

When a record changes, its old row goes to `<table>_version` with the revision that replaced it. Pinning puts a common
table expression of the same name before every SELECT, so that no query has to be changed.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import compress

from api.database.connection import is_postgres
from api.database.models import TABLES
from api.database.snapshot import find_pin, is_pinned, pin_snapshot
from api.database.statements import select_rows
from api.history.revisions import current_revision

VERSIONED_TABLES = {model._meta.table_name: model for model in TABLES if "held_from" in model._meta.fields}


class NoSuchRevisionError(Exception):
    """A revision that this database does not have; its newest is `newest`."""

    def __init__(self, number: int, newest: int) -> None:
        super().__init__(number, newest)
        self.number, self.newest = number, newest


def pin_revision(number: int) -> None:
    """Pin the open snapshot to a revision until it ends. Raises `NoSuchRevisionError`."""
    newest = current_revision()
    if not 1 <= number <= newest:
        raise NoSuchRevisionError(number, newest)
    if number < newest:
        _pin_tables(number)


def pin_newest() -> None:
    """Pin the open snapshot to its newest revision, if it is not pinned: hide what is valid from a later one on."""
    if not is_pinned():
        _pin_tables(current_revision())


@contextmanager
def current_tables() -> Iterator[None]:
    """Read the current tables inside, whatever is pinned; afterwards those that were read before."""
    before = find_pin()
    pin_snapshot("")
    try:
        yield
    finally:
        pin_snapshot(*before)


@contextmanager
def newest_unpinned() -> Iterator[None]:
    """Read the current tables inside if the pinned revision is the newest: the records are the same, and quicker."""
    pinned = current_revision()
    with current_tables():
        is_newest = current_revision() == pinned
    with current_tables() if is_newest else nullcontext():
        yield


@contextmanager
def at_revision(number: int) -> Iterator[None]:
    """Read the tables of a revision inside, also without a snapshot; afterwards those that were read before."""
    before = find_pin()
    pin_snapshot("")
    _pin_tables(number)
    try:
        yield
    finally:
        pin_snapshot(*before)


def _pin_tables(number: int) -> None:
    older = _find_older_tables(number)
    pin_snapshot(_tables_at_revision(is_postgres(), older).replace("{number}", str(number)), older)


def _find_older_tables(number: int) -> frozenset[str]:
    """Return the tables with rows of the revision that have changed since."""
    was_valid = f"held_until > {int(number)} AND held_from <= {int(number)}"
    sql = ", ".join(f"EXISTS (SELECT 1 FROM {table}_version WHERE {was_valid})" for table in VERSIONED_TABLES)
    ((*have_older,),) = select_rows(f"SELECT {sql}")
    return frozenset(compress(VERSIONED_TABLES, have_older))


@functools.lru_cache(maxsize=256)
def _tables_at_revision(is_on_postgres: bool, older: frozenset[str]) -> str:
    """Return `WITH claim AS (…), …`: the rows of each table at the revision `{number}`.

    A table without older rows is read by its indexes, as if nothing was pinned: only new rows are skipped. Otherwise
    `older_claim` has the keys of the older rows.
    """
    # Without a schema SQLite would read the name as the expression itself.
    schema = "" if is_on_postgres else "main."
    parts = [f"revision AS (SELECT * FROM {schema}revision WHERE number <= {{number}})"]
    was_valid = "held_from <= {number} AND held_until > {number}"
    for table, model in VERSIONED_TABLES.items():
        columns = ", ".join(f'"{field.column_name}"' for field in model._meta.sorted_fields)
        current = f"SELECT {columns} FROM {schema}{table} WHERE held_from <= {{number}}"
        # PostgreSQL would otherwise make the whole table once more for a query that reads it twice.
        if table not in older:
            parts.append(f"{table} AS NOT MATERIALIZED ({current})")
        else:
            union = f"{current} UNION ALL SELECT {columns} FROM {table}_version WHERE {was_valid}"
            parts.append(f"{table} AS NOT MATERIALIZED ({union})")
    parts += (
        f"older_{table} AS (SELECT id FROM {table}_version WHERE {was_valid})"
        for table in sorted(older)
        if "folded" in VERSIONED_TABLES[table]._meta.fields
    )
    return f"WITH {', '.join(parts)} "
