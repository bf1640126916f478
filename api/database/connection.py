"""The database handle: its engine, its connections, and the snapshot and time limit of one question."""

import fcntl
import functools
import itertools
import json
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, TypeVar

import peewee

from api.database import write_waits
from api.monitoring import metrics, statement_times

logger = logging.getLogger(__name__)
database = peewee.DatabaseProxy()

# The SQLite of Debian 12's Python has the WAL-reset corruption bug (3.7.0 to 3.51.2).
SAFE_SQLITE = (3, 51, 3)
WRITE_LOCK = 0x436F756E74  # "Count" in ASCII: the advisory lock that every write on PostgreSQL takes first
PATIENCE = 5  # seconds that a connection to SQLite waits for another one, outside `writing`
#: The number of this setting in sqlite3.h: a plan never depends on the values that a statement is given.
SQLITE_DBCONFIG_ENABLE_QPSG = 1007
PROGRESS_STEPS = 10_000
#: SQL of what identifies a running server of PostgreSQL. Behind a proxy, each connection may reach another one.
SERVER_ID = "extract(epoch from pg_postmaster_start_time())::text"


class TooSlowError(Exception):
    """A question that did not end within its time limit."""


def connect_to(url: str, replica_url: str = "") -> peewee.Database:
    """Bind the models to the database at `url` and return the handle; nothing is opened yet."""
    handle = handle_of(url, replica_url)
    database.initialize(handle)
    return handle


def handle_of(url: str, replica_url: str = "") -> peewee.Database:
    """Return a handle without binding the models to it; nothing is opened yet. `replica_url`: of its read replica."""
    if url.startswith("sqlite:///"):
        return _sqlite_handle(url.removeprefix("sqlite:///"))
    from api.database.postgres_handle import PostgresHandle

    return PostgresHandle(*(address.replace("postgres://", "postgresql://", 1) for address in (url, replica_url)))


@contextmanager
def use_database(handle: peewee.Database) -> Iterator[None]:
    """Bind the models to another database inside. For commands only: it affects the whole process."""
    before = database.obj
    database.initialize(handle)
    try:
        yield
    finally:
        database.initialize(before)


def is_postgres() -> bool:
    return isinstance(database.obj, peewee.PostgresqlDatabase)


def parameter_mark() -> str:
    """Return the mark of a value in SQL text."""
    return "%s" if is_postgres() else "?"


class _Deadline(threading.local):
    """When the question of this thread must end. SQLite calls `has_passed` every few thousand steps."""

    at: float | None = None
    watcher: Callable[[], None] | None = None

    def has_passed(self, *_: Any) -> int:
        if self.watcher:
            self.watcher()
        return int(self.at is not None and time.monotonic() > self.at)


deadline = _Deadline()


@contextmanager
def enlarge_cache(size: int) -> Iterator[None]:
    """Let SQLite keep `size` KiB of pages for a large write, which else writes and reads many of them again."""
    if is_postgres():
        yield
        return
    ((before,),) = select_rows("PRAGMA cache_size")
    database.execute_sql(f"PRAGMA cache_size = -{size}")
    try:
        yield
    finally:
        database.execute_sql(f"PRAGMA cache_size = {before}")


@contextmanager
def watch_statement(watcher: Callable[[], None]) -> Iterator[None]:
    """Call `watcher` every few thousand steps of SQLite inside, for example to show progress."""
    deadline.watcher = watcher
    try:
        yield
    finally:
        deadline.watcher = None


@contextmanager
def allow_interrupts() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM also end the current statement of SQLite, and undo what the command has begun.

    SQLite loses an exception that is raised while it calls `has_passed`, so the deadline is set to the past instead.
    """
    is_interrupted = False

    def stop_statement(_: int, frame: FrameType | None) -> None:
        nonlocal is_interrupted
        is_interrupted, deadline.at = True, 0.0
        if frame is None or frame.f_code is not _Deadline.has_passed.__code__:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop_statement) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except (peewee.OperationalError, TooSlowError):
        if is_interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        deadline.at = None


def _sqlite_handle(path: str) -> peewee.Database:
    try:
        from playhouse.cysqlite_ext import CySqliteDatabase
    except ImportError:
        logger.warning("cysqlite is missing: Python's own sqlite3 is used, with the slower rollback journal")
        return _configured_sqlite(peewee.SqliteDatabase, path, wal=False, watch=_watch_sqlite3)
    wal = CySqliteDatabase.server_version >= SAFE_SQLITE
    return _configured_sqlite(CySqliteDatabase, path, wal=wal, watch=_watch_cysqlite)


def _configured_sqlite(kind: type[peewee.SqliteDatabase], path: str, wal: bool, watch: Any) -> peewee.Database:
    class Watched(kind):  # type: ignore[valid-type,misc]
        def _add_conn_hooks(self, connection: Any) -> None:
            super()._add_conn_hooks(connection)
            watch(connection)

        def rollback(self) -> None:
            """Roll back an open transaction. On a full disk SQLite already did; a second one hides the error."""
            if self.connection().in_transaction:
                super().rollback()

    durable = (
        {"journal_mode": "wal", "synchronous": "full"} if wal else {"journal_mode": "delete", "synchronous": "extra"}
    )
    pragmas = durable | {
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "secure_delete": 1,  # overwritten content becomes zeros in the file: erased texts must not stay
        "trusted_schema": 0,
        "cell_size_check": 1,
        "journal_size_limit": 67_108_864,
    }
    # IMMEDIATE: a deferred transaction that starts to write fails at once with "database is locked".
    handle: peewee.Database = Watched(path, pragmas=pragmas, lock_type="IMMEDIATE", autoconnect=False, timeout=PATIENCE)
    return handle


def _watch_cysqlite(connection: Any) -> None:
    # Otherwise SQLite plans each statement with `LIMIT ?` again whenever it runs, in case the limit changes the plan.
    connection.db_config(SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.progress(deadline.has_passed, PROGRESS_STEPS)


def _watch_sqlite3(connection: Any) -> None:
    connection.set_progress_handler(deadline.has_passed, PROGRESS_STEPS)


class _Kept(threading.local):
    """The SQLite file that this thread keeps open between requests."""

    file: tuple[str, int, int] | None = None


_kept = _Kept()


def open_kept(handle: peewee.Database) -> None:
    """Open the connection of a request: the one of the request before, unless the server ended it or the file changed.

    Opening costs SQLite a quarter of a page: eight settings, and the text of all tables and triggers is parsed.
    PostgreSQL starts a process, which reads its catalogue again: more than all statements of a POST.
    """
    _snapshot.server, _snapshot.results = None, {}
    if is_postgres():
        _open_session(handle)
        return
    file = identify_file(handle)
    if file is None:
        # SQLite would make an empty file, and that would empty the write-ahead log of the one that was moved away.
        raise peewee.OperationalError(f"The database file {handle.database} is missing.")
    if not handle.is_closed() and _kept.file != file:
        handle.close()
    handle.connect(reuse_if_open=True)
    _kept.file = file


def _open_session(handle: Any) -> None:
    if not handle.is_closed() and _has_ended(handle):
        handle.close()
    handle.connect(reuse_if_open=True)


def _has_ended(handle: Any) -> bool:
    """Return whether PostgreSQL has ended an idle connection: then there is something to read, its last words."""
    connection = handle.connection()
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def identify_file(handle: peewee.Database) -> tuple[str, int, int] | None:
    """Return the path and inode of the database, which change where another file was put in its place."""
    try:
        found = os.stat(handle.database)
    except OSError:
        return None
    return handle.database, found.st_dev, found.st_ino


def release_kept(handle: peewee.Database, has_failed: bool) -> None:
    """End the request's use of its connection, which is kept unless the request failed."""
    end_snapshot()
    if has_failed and not handle.is_closed():
        handle.close()


def select_rows(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT. A pinned snapshot reads the tables of its revision."""
    sql = _snapshot.prefix + sql
    began = time.monotonic()
    try:
        cursor = database.execute_sql(sql, parameters)
        with translate_errors():  # SQLite may still be interrupted here
            result: list[tuple[Any, ...]] = cursor.fetchall()
    finally:
        _note_statement(sql, parameters, began)
    return result


def stream_rows(sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a SELECT without loading all of them. Run no other statement before the last row."""
    began = time.monotonic()
    rows = iter(database.cursor().stream(sql, parameters) if is_postgres() else database.execute_sql(sql, parameters))
    first = list(itertools.islice(rows, 1))
    _note_statement(sql, parameters, began)  # the client takes its time for the others
    yield from first
    yield from rows


def _note_statement(sql: str, parameters: Any, began: float) -> None:
    """Note the time of a statement that ended now, and how to get its plan."""
    if statement_times.is_notable(began):
        engine = "postgresql" if is_postgres() else "sqlite"
        statement_times.note_slowest(engine, sql, began, functools.partial(explain_statement, sql, parameters))


def explain_statement(sql: str, parameters: Any) -> list[str]:
    """Return the plan of a statement, by line, without running it."""
    if is_postgres():
        return [str(line) for (line,) in database.execute_sql(f"EXPLAIN {sql}", parameters).fetchall()]
    # A step names the step that it is a part of: id, parent, unused, text.
    depths = {0: -1}
    lines = []
    for step, parent, _, text in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall():
        depths[step] = depths.get(parent, -1) + 1
        lines.append("  " * depths[step] + str(text))
    return lines


def execute_many(sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run a writing statement once for each sequence of values."""
    with translate_errors():
        database.cursor().executemany(sql, values)


def translate_errors() -> Any:
    """Return a context that turns errors of a driver into peewee's. Peewee does so only in `execute_sql`."""
    return peewee.__exception_wrapper__  # type: ignore[attr-defined]


def keys_clause(keys: Iterable[int]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that follows `IN` for these integer keys, and its values.

    On SQLite the text is the same for any keys: its driver caches the last hundred statements. Texts that contain
    the keys would be large and never be used again.
    """
    listed = list(map(int, keys))
    if is_postgres():
        return f"({', '.join(map(str, listed)) or 'NULL'})", ()
    return "(SELECT value FROM json_each(?))", (json.dumps(listed),)


def texts_clause(texts: Iterable[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that follows `IN` for these texts, and its values. The SQL is the same for any texts."""
    if is_postgres():
        return "(SELECT unnest(%s::text[]))", (list(texts),)
    return "(SELECT value FROM json_each(?))", (json.dumps(list(texts)),)


def texts_table(texts: Iterable[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of a table `sent` with these texts in its column `value`, and its values."""
    if is_postgres():
        return "unnest(%s::text[]) AS sent(value)", (list(texts),)
    return "json_each(?) AS sent", (json.dumps(list(texts)),)


def bind_keys(keys: Iterable[int]) -> Any:
    """Return integer keys as the one value that `is_among_bound` binds."""
    listed = list(map(int, keys))
    return listed if is_postgres() else json.dumps(listed)


def is_among_bound(column: Any, value: Any) -> Any:
    """Return the condition that a column holds one of the keys of a value of `bind_keys`: its text never changes."""
    sql = "(SELECT unnest(%s::bigint[]))" if is_postgres() else "(SELECT value FROM json_each(?))"
    return column.in_(peewee.SQL(sql, (value,)))


def is_among(column: Any, keys: Iterable[int]) -> Any:
    """Return the condition that a column holds one of these integer keys, however many there are."""
    return column.in_(peewee.SQL(*keys_clause(keys)))


def fetch_tuples(query: Any) -> list[tuple[Any, ...]]:
    """Return all rows of a peewee query as tuples, without model instances."""
    return select_rows(*query.sql())


class _Snapshot(threading.local):
    is_open = False
    prefix = ""
    older_tables: frozenset[str] = frozenset()
    server: str | None = None  # of PostgreSQL that showed the last snapshot

    def __init__(self) -> None:
        self.results: dict[tuple[str, Hashable], Any] = {}  # by prefix and key


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


def remaining_seconds() -> float | None:
    """Return the seconds until the open snapshot must end; None: it has no limit."""
    return None if deadline.at is None else max(deadline.at - time.monotonic(), 0)


def check_time() -> None:
    """Raise `TooSlowError` where the open snapshot should have ended."""
    if remaining_seconds() == 0:
        raise TooSlowError


def is_pinned() -> bool:
    return bool(_snapshot.prefix)


SqlDialect = tuple[bool, frozenset[str]]


def sql_dialect() -> SqlDialect:
    """Return what cached SQL text depends on: whether the engine is PostgreSQL, and the tables with older rows."""
    return is_postgres(), _snapshot.older_tables


_snapshot = _Snapshot()


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
