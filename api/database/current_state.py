"""The state of the database as one value, which changes with every commit of any process; read in microseconds.

SQLite: `PRAGMA data_version` of a connection that never writes. It changes when any other connection commits.
PostgreSQL: its server, the transactions that a new snapshot sees, and how far a replica has replayed. The snapshot
changes when one of its transactions, or a later one, ends. On a replica it does not list those that run, so it may stay
the same while one of them ends.
Both also change with what makes no revision: a release, the facts of a dataset, search text that is folded again.
"""

import logging
import threading
import time
from collections.abc import Hashable
from typing import Any, NamedTuple

import peewee

from api.database.connection import PATIENCE
from api.database.kept_connections import identify_file
from api.database.snapshot import SERVER_ID

logger = logging.getLogger(__name__)


class State(NamedTuple):
    """Equal values mean equal content. An earlier value never comes back."""

    opening: int  # of the connection: the values of two are never equal, because SQLite counts from 1 in each
    value: Hashable
    server: str | None  # of PostgreSQL: an answer of another one is not of this state


class _Watch:
    """The connection of this process that reads the state. A request opens it, so after gunicorn has forked."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: Any = None
        self.place: Hashable = None  # the database that the connection reads
        self.openings = 0
        self.failure: tuple[Hashable, float] = (None, 0.0)  # the database that could not be read, and until when

    def read(self, handle: peewee.Database, place: Hashable) -> State:
        is_on_postgres = isinstance(handle, peewee.PostgresqlDatabase)
        if place != self.place:
            self.close()
            self.connection = _connect_postgres(place) if is_on_postgres else _connect_sqlite(handle)
            self.place, self.openings = place, self.openings + 1
        if not is_on_postgres:
            return State(self.openings, _read_version(self.connection), None)
        value = _read_snapshot(self.connection)
        return State(self.openings, value, value[0].decode())

    def close(self) -> None:
        connection, self.connection, self.place = self.connection, None, None
        if connection is not None:
            connection.finish() if hasattr(connection, "finish") else connection.close()


_watch = _Watch()


def read_state(handle: peewee.Database) -> State | None:
    """Return the state of the server for reads, or None where it cannot be read. After a failure it is not read for a
    while.

    A snapshot of this server that begins later shows this state or a later one.
    """
    place = _find_place(handle)
    with _watch.lock:
        if place is None or (place == _watch.failure[0] and time.monotonic() < _watch.failure[1]):
            return None  # without its file, SQLite would make one
        try:
            return _watch.read(handle, place)
        except Exception as error:  # of any of three drivers; the request itself reports what is wrong
            logger.warning("the state of the database cannot be read: %s", error)
            _watch.close()
            _watch.failure = place, time.monotonic() + PATIENCE
            return None


def _find_place(handle: Any) -> Hashable:
    """Return the address of the server for reads, or what identifies the file of SQLite."""
    if isinstance(handle, peewee.PostgresqlDatabase):
        return handle.url_of(handle.find_reader())  # type: ignore[attr-defined,no-any-return]
    return identify_file(handle)


def _connect_sqlite(handle: peewee.Database) -> Any:
    """Return a connection without the settings of a request. It never waits for a writer."""
    try:
        import cysqlite
    except ImportError:
        import sqlite3

        return sqlite3.connect(handle.database, timeout=0, isolation_level=None, check_same_thread=False)
    return cysqlite.connect(handle.database, timeout=0)  # type: ignore[attr-defined]


def _read_version(connection: Any) -> int:
    # All rows: a statement that has not ended keeps its snapshot, in which the value never changes.
    version: int = connection.execute("PRAGMA data_version").fetchall()[0][0]
    return version


def _connect_postgres(url: Any) -> Any:
    """Return a connection of libpq: a query costs less than through psycopg. It gives up when the network is cut."""
    from psycopg import conninfo, pq

    limits = {"connect_timeout": PATIENCE, "tcp_user_timeout": PATIENCE * 1000}
    return pq.PGconn.connect(conninfo.make_conninfo(url, **limits).encode())


READ_SNAPSHOT = f"SELECT {SERVER_ID}, pg_current_snapshot(), pg_last_wal_replay_lsn()".encode()


def _read_snapshot(connection: Any) -> tuple[Any, ...]:
    from psycopg import pq

    result = connection.exec_(READ_SNAPSHOT)
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise ConnectionError(connection.error_message.decode(errors="replace").strip())
    return tuple(result.get_value(0, column) for column in range(3))
