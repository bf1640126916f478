"""One state of the database for all that a question reads, and the revision at which it is pinned."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import peewee

from api.database.connection import database, is_postgres
from api.database.deadline import TooSlowError, deadline
from api.database.writing import is_writing

#: SQL of what identifies a running server of PostgreSQL. Behind a proxy, each connection may reach another one.
SERVER_ID = "extract(epoch from pg_postmaster_start_time())::text"


class _Snapshot(threading.local):
    is_open = False
    prefix = ""
    older_tables: frozenset[str] = frozenset()
    server: str | None = None  # of PostgreSQL that showed the last snapshot

    def __init__(self) -> None:
        self.results: dict[tuple[str, Hashable], Any] = {}  # by prefix and key


_snapshot = _Snapshot()


T = TypeVar("T")


def read_once(key: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` returns. An open snapshot is asked only once for each key: it never changes."""
    if not _snapshot.is_open or is_writing():
        return read()
    place = _snapshot.prefix, key
    if place not in _snapshot.results:
        _snapshot.results[place] = read()
    result: T = _snapshot.results[place]
    return result


def last_result(key: Hashable) -> Any:
    """Return what `read_once` read last for the key in this request, without a pin; None: nothing."""
    return _snapshot.results.get(("", key))


def last_server() -> str | None:
    """Return which server of PostgreSQL showed the last snapshot of this request; None: none, or SQLite."""
    return _snapshot.server


def forget_last() -> None:
    """Forget the server and the results of the last snapshot: another request begins."""
    _snapshot.server, _snapshot.results = None, {}


def pin_snapshot(prefix: str, older_tables: frozenset[str] = frozenset()) -> None:
    """Begin every SELECT of the open snapshot with `prefix`, which replaces the current tables by others.

    `older_tables` are those of which it reads rows that have changed since.
    """
    _snapshot.prefix, _snapshot.older_tables = prefix, older_tables


def find_pin() -> tuple[str, frozenset[str]]:
    """Return what `pin_snapshot` was given last; an empty prefix: the current tables are read."""
    return _snapshot.prefix, _snapshot.older_tables


def has_older_rows(table: str) -> bool:
    """Return whether the pinned snapshot reads rows of the table that have changed since."""
    return table in _snapshot.older_tables


def has_snapshot() -> bool:
    return _snapshot.is_open


def is_pinned() -> bool:
    return bool(_snapshot.prefix)


SqlDialect = tuple[bool, frozenset[str]]


def sql_dialect() -> SqlDialect:
    """Return what cached SQL text depends on: whether the engine is PostgreSQL, and the tables with older rows."""
    return is_postgres(), _snapshot.older_tables


def begin_snapshot(seconds: float | None) -> None:
    """Show one state of the database until `end_snapshot`, for at most `seconds` (None: no limit)."""
    handle = database.obj
    if is_postgres():
        handle.execute_sql("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        limit = str(int((seconds or 0) * 1000))
        sql = f"SELECT set_config('statement_timeout', %s, true), {SERVER_ID}"
        _snapshot.server = handle.execute_sql(sql, (limit,)).fetchone()[1]
    else:
        handle.begin("DEFERRED")
    _snapshot.is_open, _snapshot.results = True, {}
    deadline.at = None if seconds is None else time.monotonic() + seconds


def end_snapshot() -> None:
    """Close the open snapshot, if there is one."""
    deadline.at = None
    pin_snapshot("")
    if _snapshot.is_open:
        _snapshot.is_open = False
        database.obj.rollback()


@contextmanager
def open_snapshot(seconds: float | None) -> Iterator[None]:
    """Show one state of the database inside, for at most `seconds` (None: no limit). Raises `TooSlowError`."""
    begin_snapshot(seconds)
    try:
        yield
    except peewee.OperationalError as error:
        if "interrupt" in str(error) or "statement timeout" in str(error):
            raise TooSlowError from error
        raise
    finally:
        end_snapshot()
