"""Backups: one SQLite file with all tables, from either engine, and back into either.

A backup of PostgreSQL is a SQLite file too, so it is read without a server, checked in the same way, and restored where
PostgreSQL has another version or is missing.
"""

import hashlib
import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import peewee

from api.change_log import audit
from api.database import upgrade
from api.database.connection import database, handle_of, is_postgres, use_database
from api.database.models import Revision
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.database.writing import writing
from api.records.search_text import refold_stale_tables
from api.recovery import rebuild_from_log
from api.recovery.copy_tables import Advance, CopyError, copy_tables, count_rows, has_rows, is_on_postgres

BLOCK = 1 << 20
MAGIC = b"SQLite format 3\0"


class BackupError(Exception):
    """A file that is no whole backup. The message is for people."""


class NotEmptyError(Exception):
    """The target database has rows already."""


class Content(NamedTuple):
    """What a database has: its newest revision (0: none) and that one's time, the log's head, rows of each table."""

    revision: int
    made_at: str
    head: audit.Head
    counts: dict[str, int]


# Writing ---------------------------------------------------------------------------------------------------------


def measure_backup() -> int:
    """Return the length of a progress bar: bytes on SQLite, rows to write and to check on PostgreSQL."""
    if is_postgres():
        with open_snapshot(None):
            return 2 * sum(count_rows(database.obj).values())
    return int(database.obj.pragma("page_count")) * int(database.obj.pragma("page_size"))


def write_backup(path: pathlib.Path, advance: Advance) -> Content:
    """Write the open database to `path`, which must not exist, while others go on writing. Return what is in it.

    It is one state of the database: a snapshot. `advance` is called with the rows that were copied, on PostgreSQL only:
    on SQLite one statement copies all. Raise `BackupError` or `CopyError` if the new file is not right.
    """
    if is_postgres():
        _write_copy(path, advance)
    else:
        database.execute_sql("VACUUM INTO ?", (str(path),))
    content = read_content(path)
    path.chmod(0o600)  # the addresses of webhooks may be secret
    sync_file(path)
    return content


def _write_copy(path: pathlib.Path, advance: Advance) -> None:
    with open_snapshot(None), _open_file(path) as copy:
        with use_database(copy):
            upgrade.upgrade()
        copy.execute_sql("PRAGMA foreign_keys = 0")  # a record may refer to one that comes later
        with copy.atomic():
            copy_tables(database.obj, copy, advance)


@contextmanager
def _open_file(path: pathlib.Path) -> Iterator[Any]:
    """Open a SQLite file that nobody else uses. At the end, it is one file without a write-ahead log."""
    handle: Any = handle_of(f"sqlite:///{path}")
    with handle.connection_context():
        yield handle
        handle.execute_sql("PRAGMA journal_mode = delete")
    pathlib.Path(f"{path}.upgrade-lock").unlink(missing_ok=True)


def sync_file(path: pathlib.Path) -> None:
    """Return when the content of a file is on the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Checking --------------------------------------------------------------------------------------------------------


def read_content(path: pathlib.Path) -> Content:
    """Check a backup that nobody else uses: the file, the references between rows, and the log. Return its content.

    Raise `BackupError` where it is damaged, no backup, or made by a newer version.
    """
    with open(path, "rb") as file:
        is_sqlite = file.read(len(MAGIC)) == MAGIC
    if not is_sqlite:
        raise BackupError("it is no SQLite file; use pg_restore for a file of pg_dump")
    try:
        with _open_file(path) as handle, use_database(handle):
            if newer := upgrade.newer_scripts():
                raise BackupError(f"a newer version made it, with {newer[0]}; use that version")
            if not handle.table_exists("change"):
                raise BackupError("it has no change log")
            for check, good in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
                if (result := select_rows(f"PRAGMA {check}")) != good:
                    raise BackupError(f"it is damaged: {check} says {result[0]}")
            return Content(*_read_newest(), audit.verify(), count_rows(handle))
    except peewee.DatabaseError as error:
        raise BackupError(f"it cannot be read: {error}") from error
    except audit.BadEntryError as error:
        raise BackupError(f"its log does not verify: {error}") from error


def _read_newest() -> tuple[int, str]:
    newest = Revision.select().order_by(Revision.number.desc()).first()
    return (newest.number, newest.made_at) if newest else (0, "")


def hash_file(path: pathlib.Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


# Restoring -------------------------------------------------------------------------------------------------------


def refuse_rows(target: Any) -> None:
    """Raise `NotEmptyError` if any table of an open database has a row."""
    if has_rows(target):
        raise NotEmptyError


def upgrade_file(path: pathlib.Path) -> list[str]:
    """Run the migrations that a backup of an older version lacks, on a copy of it. Return their names.

    Search text that a migration made stale is made again, as by `flask upgrade`.
    """
    with _open_file(path) as handle, use_database(handle):
        names = upgrade.upgrade()
        refold_stale_tables()
        return names


def compare_with_log(path: pathlib.Path, rebuilt: pathlib.Path, advance: Advance) -> None:
    """Rebuild the records of an upgraded backup from its log in the new file `rebuilt`, and compare all rows.

    Raise `BackupError` where a row differs: somebody altered it past the log. `advance` gets 1 after each revision.
    """
    with _open_file(path) as source, _open_file(rebuilt) as target:
        target.execute_sql("PRAGMA synchronous = OFF")  # the file is removed afterwards
        difference = rebuild_from_log.find_difference(source, target, advance)
    if difference:
        raise BackupError(
            f"somebody altered its records, which differ from its log. First the backup, second the log: {difference}. "
            "Use another backup, or restore this one unchanged with --unchecked"
        )


def restore_rows(path: pathlib.Path, target: peewee.Database, advance: Advance) -> audit.Head:
    """Copy an upgraded backup into a PostgreSQL database without rows: everything or nothing. Return the log's head.

    Raise `NotEmptyError` if the database has rows.
    """
    assert is_on_postgres(target)
    with _open_file(path) as source, target.connection_context(), use_database(target), writing():
        upgrade.upgrade()
        refuse_rows(target)
        copy_tables(source, target, advance)
        try:
            return audit.Walk(audit.OutsideCopy()).to_the_end()
        except audit.BadEntryError as error:
            raise CopyError(f"The log does not verify after the copy: {error}.") from error
