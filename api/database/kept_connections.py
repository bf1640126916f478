"""The connection that a thread keeps between requests."""

import os
import select
import threading
from typing import Any

import peewee

from api.database.connection import is_postgres
from api.database.failures import MissingFileError
from api.database.snapshot import end_snapshot, forget_last


class _Kept(threading.local):
    """The SQLite file that this thread keeps open between requests."""

    file: tuple[str, int, int] | None = None


_kept = _Kept()


def open_kept(handle: peewee.Database) -> None:
    """Open the connection of a request: the one of the request before, unless the server ended it or the file changed.

    Opening costs SQLite a quarter of a page: eight settings, and the text of all tables and triggers is parsed.
    PostgreSQL starts a process, which reads its catalogue again: more than all statements of a POST.
    """
    forget_last()
    if is_postgres():
        _open_session(handle)
        return
    file = identify_file(handle)
    if file is None:
        # SQLite would make an empty file, and that would empty the write-ahead log of the one that was moved away.
        raise MissingFileError(f"The database file {handle.database} is missing.")
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
