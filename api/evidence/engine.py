"""Open, lock down and interrupt connections of DuckDB."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from api.database.deadline import TooSlowError
from api.monitoring import statement_times

if TYPE_CHECKING:
    import duckdb

Rows = list[tuple[Any, ...]]
PART = 2_048  # rows: as many as a vector of DuckDB has
SPILL_PREFIX = "spill-"  # prefix of the folders where DuckDB writes data that does not fit into memory


class Options(NamedTuple):
    """Settings of the statistics engine; `api.app` fills them from `api.config`."""

    folder: str = ""  # of images; empty: next to the SQLite database, or in the user's cache
    megabytes: int = 256  # of memory that DuckDB may use in this process
    threads: int = 1


class MemoryExceededError(TooSlowError):
    """A question needs more memory than the setting allows, even after spilling to disk."""


def open_duckdb(options: Options, folder: str) -> duckdb.DuckDBPyConnection:
    """Return a new in-memory DuckDB that has access to files in `folder` only, and to no network.

    Call it after `os.fork`, not before: a connection that was used before hangs in the child (duckdb-traps.md, 1).
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{options.megabytes}MB",
            "threads": options.threads,
            # One folder per process: two processes that spill into one folder overwrite each other's files.
            "temp_directory": f"{folder}/{SPILL_PREFIX}{os.getpid()}-{secrets.token_hex(4)}",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            # Otherwise a question about a million claims leaves 200 MB with DuckDB's allocator until the process ends.
            # With 1 MB for what is freed at once, each GROUP BY of a small table takes a millisecond more.
            "allocator_background_threads": True,
            "allocator_flush_threshold": "1MB",
            "allocator_bulk_deallocation_flush_threshold": "4MB",
        },
    )
    # An image never changes. Reading its description again would cost each statement 2 ms.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET allowed_directories = [" + "'" + folder.replace("'", "''") + "']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@contextmanager
def interrupt_after(cursor: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[None]:
    """Interrupt the statement of this cursor when the time is over; `fetch_rows` then raises `TooSlowError`.

    DuckDB has no timeout, and a statement ends only by `interrupt` of its own cursor.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(max(seconds, 0), cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def fetch_rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Any = None, ends_at: float | None = None,
    shrink: Callable[[Rows], Rows] | None = None,
) -> Rows:  # fmt: skip
    """Return all rows of a statement. Raises `TooSlowError` when `ends_at` (of `time.monotonic`) has passed.

    `shrink` returns rows that take less memory. It gets `PART` rows at a time.
    """
    import duckdb

    if ends_at is not None and time.monotonic() > ends_at:
        raise TooSlowError
    began = time.monotonic()
    try:
        cursor.execute(sql, parameters)
        result = _fetch_shrunk(cursor, shrink) if shrink else cursor.fetchall()
    except duckdb.InterruptException as error:
        raise TooSlowError from error
    except duckdb.OutOfMemoryException as error:
        raise MemoryExceededError from error
    finally:
        if statement_times.is_notable(began):
            plan = _explain(cursor, sql, parameters)  # now: later the cursor is closed
            statement_times.note_slowest("duckdb", sql, began, lambda: plan)
    return result


def _fetch_shrunk(cursor: duckdb.DuckDBPyConnection, shrink: Callable[[Rows], Rows]) -> Rows:
    rows: Rows = []
    while part := cursor.fetchmany(PART):
        rows += shrink(part)
    return rows


def _explain(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Any) -> list[str]:
    """Return the plan of a statement, by line, without running it. No line: the transaction has failed."""
    import duckdb

    try:
        return [
            line for _, plan in cursor.execute(f"EXPLAIN {sql}", parameters).fetchall() for line in plan.splitlines()
        ]
    except duckdb.Error:
        return []
