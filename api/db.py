"""The database handle: which engine, how a connection is opened, what one question sees and how long it may take."""

import fcntl
import json
import logging
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import peewee

logger = logging.getLogger(__name__)
database = peewee.DatabaseProxy()

# The SQLite of Debian 12's Python lies in the range of the WAL-reset corruption bug (3.7.0 to 3.51.2).
SAFE_SQLITE = (3, 51, 3)
WRITE_LOCK = 0x436F756E74  # "Count" in ASCII: the advisory lock that every PostgreSQL write takes first
PATIENCE = 5  # seconds for which a write on SQLite waits for those before it
PROGRESS_STEPS = 10_000


FULL = "The disk of the database is full."
# What the engines say where they cannot write, by their words or codes, and how people are told.
HINDRANCES = {
    "locked": "Somebody else writes to the database: try again.",
    "disk is full": FULL,
    "53100": FULL,  # PostgreSQL's disk_full, in whatever language it speaks
    "[Errno 28]": FULL,  # of files beside the database of SQLite
    "disk I/O error": "The disk of the database does not take what is written: a quota, a limit, or a fault.",
    "readonly database": "The database can only be read.",
    "25006": "The database can only be read.",  # PostgreSQL's read_only_sql_transaction
}


class TooSlow(Exception):
    """A question that did not end within its time limit."""


def hindrance(error: peewee.PeeweeException) -> str | None:
    """What hinders writing, where that is nothing of ours."""
    told = f"{getattr(error.__dict__.get('orig'), 'sqlstate', '')} {error}"
    return next((words for sign, words in HINDRANCES.items() if sign in told), None)


def connect_to(url: str) -> peewee.Database:
    """Bind the models to the database at `url` and return the handle; nothing is opened yet."""
    handle = handle_of(url)
    database.initialize(handle)
    return handle


def handle_of(url: str) -> peewee.Database:
    """A database that the models are not bound to; nothing is opened yet."""
    return _sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else _postgres(url)


@contextmanager
def using(handle: peewee.Database) -> Iterator[None]:
    """Inside, the models are bound to another database: for commands, which have a process of their own."""
    before = database.obj
    database.initialize(handle)
    try:
        yield
    finally:
        database.initialize(before)


def is_postgres() -> bool:
    return isinstance(database.obj, peewee.PostgresqlDatabase)


class _Deadline(threading.local):
    """When the question of this thread must have ended; SQLite asks every few thousand steps."""

    at: float | None = None

    def passed(self, *_: Any) -> int:
        return int(self.at is not None and time.monotonic() > self.at)


deadline = _Deadline()


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, Ctrl-C also ends the statement that SQLite is at: what is raised while SQLite asks `passed` is lost."""
    stopped = False

    def stop(_: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped, deadline.at = True, 0.0
        if frame is None or frame.f_code is not _Deadline.passed.__code__:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except (peewee.OperationalError, TooSlow):
        if stopped:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        deadline.at = None


def _sqlite(path: str) -> peewee.Database:
    try:
        from playhouse.cysqlite_ext import CySqliteDatabase
    except ImportError:
        logger.warning("cysqlite is missing: Python's own sqlite3 is used, with the slower rollback journal")
        return _configured(peewee.SqliteDatabase, path, wal=False, watch=_watch_sqlite3)
    wal = CySqliteDatabase.server_version >= SAFE_SQLITE
    return _configured(CySqliteDatabase, path, wal=wal, watch=_watch_cysqlite)


def _configured(kind: type[peewee.SqliteDatabase], path: str, wal: bool, watch: Any) -> peewee.Database:
    class Watched(kind):  # type: ignore[valid-type,misc]
        def _add_conn_hooks(self, connection: Any) -> None:
            super()._add_conn_hooks(connection)
            watch(connection)

        def rollback(self) -> None:
            """Where the disk is full SQLite has undone all by itself: to ask for it again would hide why."""
            if self.connection().in_transaction:
                super().rollback()

    durable = (
        {"journal_mode": "wal", "synchronous": "full"} if wal else {"journal_mode": "delete", "synchronous": "extra"}
    )
    pragmas = durable | {
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,  # what was written over is zeros in the file, not a text that was to be forgotten
        "trusted_schema": 0,
        "cell_size_check": 1,
        "journal_size_limit": 67_108_864,
    }
    # IMMEDIATE: a deferred transaction that turns to writing fails at once with "database is locked".
    handle: peewee.Database = Watched(path, pragmas=pragmas, lock_type="IMMEDIATE", autoconnect=False, timeout=PATIENCE)
    return handle


def _watch_cysqlite(connection: Any) -> None:
    connection.progress(deadline.passed, PROGRESS_STEPS)


def _watch_sqlite3(connection: Any) -> None:
    connection.set_progress_handler(deadline.passed, PROGRESS_STEPS)


def _postgres(url: str) -> peewee.Database:
    import psycopg

    # Client-side binding without prepared statements: PgBouncer and GROUP BY on an expression need it.
    return peewee.PostgresqlDatabase(
        url.replace("postgres://", "postgresql://", 1),
        autoconnect=False,
        cursor_factory=psycopg.ClientCursor,
        prepare_threshold=None,
        connect_timeout=5,
    )


def rows(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """All rows of a SELECT, as tuples; of the tables as they were, where the snapshot is pinned."""
    asked = database.execute_sql(_snapshot.prefix + sql, parameters)
    with told_alike():  # SQLite may be stopped as late as here
        found: list[tuple[Any, ...]] = asked.fetchall()
    return found


def each(sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
    """The rows of a SELECT one by one, however many; nothing else may be asked before the last of them."""
    found = database.cursor().stream(sql, parameters) if is_postgres() else database.execute_sql(sql, parameters)
    yield from found


def for_each(sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run a statement that writes with each of these values."""
    with told_alike():
        database.cursor().executemany(sql, values)


def told_alike() -> Any:
    """What a driver raises inside is told as peewee tells it, which it does not by itself below `execute_sql`."""
    return peewee.__exception_wrapper__  # type: ignore[attr-defined]


def one_of(keys: Iterable[int]) -> tuple[str, tuple[Any, ...]]:
    """What follows `IN` for these integer keys, and its values.

    On SQLite one text for any keys, as its driver keeps the last hundred statements: with keys spelled out each of
    those would be large, and none asked again.
    """
    listed = list(map(int, keys))
    if is_postgres():
        return f"({', '.join(map(str, listed)) or 'NULL'})", ()
    return "(SELECT value FROM json_each(?))", (json.dumps(listed),)


def tuples(query: Any) -> list[tuple[Any, ...]]:
    """All rows of a query, as tuples: no model instances."""
    return rows(*query.sql())


class _Snapshot(threading.local):
    is_open = False
    prefix = ""


def pin(prefix: str) -> None:
    """Every SELECT of the open snapshot begins with `prefix`, which puts other tables in place of the current ones."""
    _snapshot.prefix = prefix


def is_pinned() -> bool:
    return bool(_snapshot.prefix)


def dialect() -> tuple[bool, bool]:
    """What kept SQL text depends on besides the question."""
    return is_postgres(), is_pinned()


_snapshot = _Snapshot()


def begin_snapshot(seconds: float | None) -> None:
    """From here to `end_snapshot` one state of the database is seen, for `seconds` at the most (None: no limit)."""
    handle = database.obj
    if is_postgres():
        handle.execute_sql("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        handle.execute_sql(f"SET LOCAL statement_timeout = {int((seconds or 0) * 1000)}")
    else:
        handle.begin("DEFERRED")
    _snapshot.is_open = True
    deadline.at = None if seconds is None else time.monotonic() + seconds


def end_snapshot() -> None:
    """Harmless when none is open."""
    deadline.at = None
    _snapshot.prefix = ""
    if _snapshot.is_open:
        _snapshot.is_open = False
        database.obj.rollback()


@contextmanager
def snapshot(seconds: float | None) -> Iterator[None]:
    """Everything asked inside sees one state of the database. Raises `TooSlow`."""
    begin_snapshot(seconds)
    try:
        yield
    except peewee.OperationalError as error:
        if "interrupt" in str(error) or "statement timeout" in str(error):
            raise TooSlow from error
        raise
    finally:
        end_snapshot()


class _Writing(threading.local):
    depth = 0


_writing = _Writing()


def is_writing() -> bool:
    """What is read now may be undone again, and must not be kept."""
    return _writing.depth > 0


@contextmanager
def writing() -> Iterator[None]:
    """One transaction, one writer at a time on either engine, in their order: all is written or nothing."""
    with ExitStack() as transaction:
        with _in_turn():
            transaction.enter_context(database.atomic())
        if is_postgres():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
        _writing.depth += 1
        try:
            yield
        finally:
            _writing.depth -= 1


@contextmanager
def _in_turn() -> Iterator[None]:
    """Who waits for SQLite asks again and again, ever less often, and of many some never get it: they queue at a file.

    The kernel keeps their order. The time in the queue counts: behind a long import everybody is refused as soon as
    before.
    """
    handle = database.obj
    if is_postgres() or handle.in_transaction():
        yield
        return
    arrived = time.monotonic()
    with _queue(f"{handle.database}.write-turn"):
        _wait_for(max(PATIENCE - (time.monotonic() - arrived), 0))
        try:
            yield
        finally:
            _wait_for(PATIENCE)


@contextmanager
def _queue(path: str) -> Iterator[None]:
    try:
        turn = open(path, "w")
    except OSError:  # SQLite says why nothing can be written here
        yield
        return
    with turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _wait_for(seconds: float) -> None:
    database.execute_sql(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
