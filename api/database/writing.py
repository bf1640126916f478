"""Transactions that write everything or nothing, one after the other in the order of their arrival."""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from api.database import write_waits
from api.database.connection import PATIENCE, database, is_postgres
from api.monitoring import metrics

WRITE_LOCK = 0x436F756E74  # "Count" in ASCII: the advisory lock that every write on PostgreSQL takes first


class _Writing(threading.local):
    transaction: Any = None  # that of the outermost `writing`
    is_undone = False  # a part of it failed


_writing = _Writing()


def is_writing() -> bool:
    """Return whether this thread is in `writing`. Do not cache what it reads: it may be rolled back."""
    return _writing.transaction is not None


@contextmanager
def writing() -> Iterator[None]:
    """Open a transaction that writes everything or nothing. Writers take turns, in the order of their arrival.

    Raise peewee's OperationalError for a writer that waited too long for its turn (`write_waits`).
    Inside another one, become a part of it. If a part fails, everything is rolled back at once: only reading is left to
    do, for example to find every fault. A savepoint would cost SQLite a quarter of a large write.
    """
    if is_writing():
        with _undo_failed_part():
            yield
        return
    with ExitStack() as stack:
        arrived = time.monotonic()
        try:
            with _take_turn():
                transaction = stack.enter_context(database.atomic())
            _lock_writers()
        finally:  # a write that was refused waited longest
            metrics.observe_seconds("write_wait_seconds", time.monotonic() - arrived)
        _writing.transaction, _writing.is_undone = transaction, False
        try:
            yield
            if _writing.is_undone:
                raise RuntimeError("A part of this transaction failed, so nothing is written. Let its error pass.")
            wait_for_standbys()
            write_waits.confirm_commit()
        finally:
            _writing.transaction = None


def _lock_writers() -> None:
    """Wait for this writer's turn in PostgreSQL. The lock ends with the transaction."""
    if is_postgres():
        milliseconds = int(write_waits.count_seconds_until(write_waits.find_end()) * 1000) or 1  # 0: without end
        database.execute_sql(f"SET LOCAL lock_timeout = {milliseconds}; SELECT pg_advisory_xact_lock({WRITE_LOCK})")


#: SQL that gives a transaction something to write, unless it has. Commits that wrote nothing wait for no standby.
WRITE_SOMETHING = (
    "SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL "
    "THEN pg_logical_emit_message(true, 'counterclaim', '') END"
)


def wait_for_standbys() -> None:
    """Let the commit of this transaction wait for the standbys of PostgreSQL, even if it writes nothing.

    A retry acknowledges what it found written. That may be of a commit that no standby has confirmed.
    """
    if is_postgres():
        database.execute_sql(WRITE_SOMETHING)


@contextmanager
def _undo_failed_part() -> Iterator[None]:
    """Roll the whole transaction back if the block fails."""
    try:
        yield
    except BaseException:
        if not _writing.is_undone:
            _writing.is_undone = True
            _writing.transaction.rollback(False)
        raise


@contextmanager
def _take_turn() -> Iterator[None]:
    """Wait for this writer's turn at a lock file, because SQLite's busy wait is unfair: some writers never get in.

    The kernel keeps the order of the queue. The time in the queue counts: behind a long import, writers are refused
    as soon as without a queue.
    """
    handle = database.obj
    if is_postgres() or handle.in_transaction():
        yield
        return
    ends_at = write_waits.find_end()
    with _queue_at_file(f"{handle.database}.write-turn"):
        _wait_for(write_waits.count_seconds_until(ends_at))
        try:
            yield
        finally:
            _wait_for(PATIENCE)


@contextmanager
def _queue_at_file(path: str) -> Iterator[None]:
    try:
        turn = open(path, "w")
    except OSError:  # SQLite will report why this folder is not writable
        yield
        return
    with turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _wait_for(seconds: float) -> None:
    database.execute_sql(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
