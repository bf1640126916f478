"""What this database held at a revision: the same questions, asked of the tables as they were.

A record that changes leaves its old row in `<table>_version` with the revision that ended it. Pinning puts a common
table expression of the same name before every SELECT, so that the modules that ask know nothing of it.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from api.db import is_postgres, pin
from api.models import TABLES
from api.queries.references import current_revision


class NoSuchRevision(Exception):
    """A revision that this database never had; it has `newest`."""

    def __init__(self, number: int, newest: int) -> None:
        super().__init__(number, newest)
        self.number, self.newest = number, newest


def hold(number: int) -> None:
    """From here to the end of the snapshot, everything reads as it did at that revision. Raises `NoSuchRevision`."""
    newest = current_revision()
    if not 1 <= number <= newest:
        raise NoSuchRevision(number, newest)
    if number < newest:
        pin(_as_held(is_postgres()).replace("{number}", str(number)))


@contextmanager
def held(number: int) -> Iterator[None]:
    """The same for what is asked inside, without a snapshot: by a writer who must know how things stood."""
    pin(_as_held(is_postgres()).replace("{number}", str(number)))
    try:
        yield
    finally:
        pin("")


@functools.cache
def _as_held(postgres: bool) -> str:
    """`WITH claim AS (…), …`: for each table its rows that stood at `{number}`."""
    # SQLite would take the bare name for the expression itself.
    schema = "" if postgres else "main."
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
