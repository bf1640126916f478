"""The database handle: which engine it is of, and how its connections are configured."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import peewee

from api.database.deadline import deadline

logger = logging.getLogger(__name__)
database = peewee.DatabaseProxy()

# The SQLite of Debian 12's Python has the WAL-reset corruption bug (3.7.0 to 3.51.2).
SAFE_SQLITE = (3, 51, 3)
PATIENCE = 5  # seconds that a connection to SQLite waits for another one, outside `writing`
#: The number of this setting in sqlite3.h: a plan never depends on the values that a statement is given.
SQLITE_DBCONFIG_ENABLE_QPSG = 1007
PROGRESS_STEPS = 10_000


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
        "cache_size": -1_000,  # KiB of each thread's connection; 250 to 2,000 are equally fast
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


def translate_errors() -> Any:
    """Return a context that turns errors of a driver into peewee's. Peewee does so only in `execute_sql`."""
    return peewee.__exception_wrapper__  # type: ignore[attr-defined]
