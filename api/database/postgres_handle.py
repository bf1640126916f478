"""The handle of PostgreSQL: a primary, which writes, and perhaps a replica for reads. A thread uses one at a time.

Both have the same content, so both have the name of the primary: caches and images serve either
(docs/developers/adr/0029-reads-go-to-a-replica.md).
"""

import contextlib
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

import peewee
import psycopg
from psycopg import pq

CONNECT_SECONDS = 5
COMMIT_SECONDS = 15  # until a commit must be confirmed, by the standbys too
PRIMARY, REPLICA = "primary", "replica"


class UnconfirmedCommitError(peewee.OperationalError):
    """A commit whose outcome is unknown: the server, or a standby that it waits for, did not confirm it in time."""

    def __init__(self) -> None:
        super().__init__("a commit was not confirmed")


class _Servers(threading.local):
    """The server that this thread uses, and its connection to each."""

    def __init__(self) -> None:
        self.chosen = PRIMARY
        self.states = {PRIMARY: peewee._ConnectionState(), REPLICA: peewee._ConnectionState()}


class _KeptConnection(psycopg.Connection[Any]):
    """A connection that is kept between requests, and is closed when its thread or its handle goes."""

    def __del__(self, *_: Any) -> None:
        if hasattr(self, "pgconn"):  # it has none where it could not connect
            self.close()


class PostgresHandle(peewee.PostgresqlDatabase):  # type: ignore[misc,unused-ignore]
    """A peewee handle that connects to the chosen server. At first that is the primary."""

    def __init__(self, url: str, replica_url: str = "") -> None:
        self._servers = _Servers()
        self._urls = {PRIMARY: url, REPLICA: replica_url}
        self._replica_failed_at = float("-inf")
        # Client-side binding without prepared statements: PgBouncer and GROUP BY on an expression need it.
        super().__init__(
            url,
            autoconnect=False,
            cursor_factory=psycopg.ClientCursor,
            prepare_threshold=None,
            connect_timeout=CONNECT_SECONDS,
        )

    @property
    def _state(self) -> Any:
        """Return what peewee knows of this thread's connection to the chosen server."""
        return self._servers.states[self._servers.chosen]

    @_state.setter
    def _state(self, state: Any) -> None:
        """Ignore the state that peewee makes, because it is of one connection."""

    @property
    def server(self) -> str:
        return self._servers.chosen

    def use(self, server: str) -> None:
        """Choose the server for the next statements of this thread."""
        self._servers.chosen = server

    def find_reader(self) -> str:
        """Return the server for reads: the replica, unless there is none or it could not be reached a moment ago."""
        has_failed = time.monotonic() - self._replica_failed_at < CONNECT_SECONDS
        return REPLICA if self._urls[REPLICA] and not has_failed else PRIMARY

    def note_failure(self) -> None:
        """Note that the replica cannot be reached: for a while, reads go to the primary."""
        self._replica_failed_at = time.monotonic()

    def url_of(self, server: str) -> str:
        return self._urls[server]

    def _connect(self) -> Any:
        connection = _KeptConnection.connect(self._urls[self.server], **self.connect_params)
        connection.autocommit = True
        return connection

    def commit(self) -> None:
        """Commit. Raises `UnconfirmedCommitError` where the outcome is unknown, and closes the connection.

        PostgreSQL waits for a lost standby without end, and no timeout of its own ends that. A cancelled wait is a
        success with a warning, although a failover may lose the transaction.
        """
        connection: Any = self._state.conn
        with _collect_warnings(connection) as warnings:
            is_confirmed = _run_commit(connection.pgconn, COMMIT_SECONDS)
        if not is_confirmed or warnings:
            connection.close()
            raise UnconfirmedCommitError

    def rollback(self) -> None:
        """Roll back. A lost connection has no transaction any more, and a second error would hide the first."""
        if not self._state.conn.closed:
            super().rollback()


#: Codes of the warning that the wait for a standby was cancelled: by a person, or because the server stops.
CANCELLED_WAIT = ("01000", "57P01")


@contextlib.contextmanager
def _collect_warnings(connection: Any) -> Iterator[list[str]]:
    """Yield the list of the warnings inside that a commit did not wait for its standby."""
    warnings: list[str] = []

    def note_warning(notice: Any) -> None:
        if notice.sqlstate in CANCELLED_WAIT:
            warnings.append(notice.message_primary)

    connection.add_notice_handler(note_warning)
    try:
        yield warnings
    finally:
        connection.remove_notice_handler(note_warning)


def _run_commit(session: pq.abc.PGconn, seconds: float) -> bool:
    """Send COMMIT and return whether the server confirmed it in time. Raises the error of a refused commit."""
    deadline = time.monotonic() + seconds
    waiting = select.poll()
    waiting.register(session.socket, select.POLLIN)
    try:
        session.send_query(b"COMMIT")
        while session.is_busy():
            if not waiting.poll(max(deadline - time.monotonic(), 0) * 1000):
                return False
            session.consume_input()
        results = []
        while result := session.get_result():
            results.append(result)
    except psycopg.OperationalError:
        return False
    refusal = next((result for result in results if result.status != pq.ExecStatus.COMMAND_OK), None)
    if refusal is None:
        return bool(results)
    if session.status != pq.ConnStatus.OK:
        return False  # the connection ended before the answer
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
        raise psycopg.errors.error_from_result(refusal)
