"""Read the database as it was at a revision, with the same queries.

When a record changes, its old row goes to `<table>_version` with the revision that replaced it. Pinning puts a common
table expression of the same name before every SELECT, so that no query has to be changed.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from api.database.connection import is_pinned, is_postgres, pin_snapshot, pinned_prefix
from api.database.models import TABLES
from api.history.revisions import current_revision


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
        pin_snapshot(_tables_at_revision(is_postgres()).replace("{number}", str(number)))


def pin_newest() -> None:
    """Pin the open snapshot to its newest revision, if it is not pinned: hide what is valid from a later one on."""
    if not is_pinned():
        pin_snapshot(_tables_at_revision(is_postgres()).replace("{number}", str(current_revision())))


@contextmanager
def current_tables() -> Iterator[None]:
    """Read the current tables inside, whatever is pinned; afterwards those that were read before."""
    before = pinned_prefix()
    pin_snapshot("")
    try:
        yield
    finally:
        pin_snapshot(before)


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
    before = pinned_prefix()
    pin_snapshot(_tables_at_revision(is_postgres()).replace("{number}", str(number)))
    try:
        yield
    finally:
        pin_snapshot(before)


@functools.cache
def _tables_at_revision(is_on_postgres: bool) -> str:
    """Return `WITH claim AS (…), …`: the rows of each table at the revision `{number}`."""
    # Without a schema SQLite would read the name as the expression itself.
    schema = "" if is_on_postgres else "main."
    parts = [f"revision AS (SELECT * FROM {schema}revision WHERE number <= {{number}})"]
    for model in TABLES:
        if "held_from" in model._meta.fields:
            table = model._meta.table_name
            columns = ", ".join(f'"{field.column_name}"' for field in model._meta.sorted_fields)
            parts.append(
                f"{table} AS (SELECT {columns} FROM {schema}{table} WHERE held_from <= {{number}} UNION ALL "
                f"SELECT {columns} FROM {table}_version WHERE held_from <= {{number}} AND held_until > {{number}})"
            )
    return f"WITH {', '.join(parts)} "
