"""Errors of the database in words: what it refuses to write, and what is damaged."""

import sqlite3
from contextlib import suppress

import peewee

DISK_FULL = "The disk of the database is full."
# Words or codes of the engines where they cannot write → the message for people.
BUSY = "Another process is writing to the database. Try again."
WRITE_FAILURES = {
    "locked": BUSY,
    "55P03": BUSY,  # PostgreSQL's lock_not_available
    "disk is full": DISK_FULL,
    "53100": DISK_FULL,  # PostgreSQL's disk_full, in any language of its messages
    "[Errno 28]": DISK_FULL,  # of a file next to the SQLite database
    "disk I/O error": "The disk of the database refuses to write, because of a quota, a limit or a fault.",
    "readonly database": "The database is read-only.",
    "25006": "The database is read-only.",  # PostgreSQL's read_only_sql_transaction
    # PostgreSQL's insufficient_privilege
    "42501": "The database role lacks a right. Run `flask upgrade` and `flask restore` as the owner of the tables, and "
    "deploy/roles.sql after them.",
    "not confirmed": "The write was not confirmed in time, so it is not known whether it was made. Send it again: with "
    "the same Idempotency-Key it is made once.",
}

DAMAGED = "The database file is damaged. Restore a backup."
SIGNS_OF_DAMAGE = ("malformed", "is not a database")
MISSING_FILE = "The database file is missing. Put it back, or run `flask upgrade` for a new one."
# PostgreSQL's undefined_table and undefined_column, and the words of SQLite
SIGNS_OF_OTHER_TABLES = ("42P01", "42703", "no such table", "no such column")


class MissingFileError(peewee.OperationalError):
    """There is no SQLite file at the path of the database."""


def explain_write_failure(error: Exception) -> str | None:
    """Return the message for an error of the disk or the engine; None for any other error."""
    error_text = _describe_error(error)
    return next((words for sign, words in WRITE_FAILURES.items() if sign in error_text), None)


def _describe_error(error: Exception) -> str:
    """Return the words of an error after its code of PostgreSQL, if it has one."""
    return f"{getattr(error.__dict__.get('orig'), 'sqlstate', '')} {error}"


def is_damaged(error: Exception) -> bool:
    """Return whether an error says that the SQLite file is damaged."""
    return any(sign in str(error) for sign in SIGNS_OF_DAMAGE)


def lacks_table(error: Exception) -> bool:
    """Return whether an error says that the database lacks a table or a column."""
    error_text = _describe_error(error)
    return any(sign in error_text for sign in SIGNS_OF_OTHER_TABLES)


def list_driver_errors() -> list[type[Exception]]:
    """Return the errors of the drivers of SQLite. Peewee does not translate those that come while rows are fetched."""
    errors: list[type[Exception]] = [sqlite3.DatabaseError]
    with suppress(ImportError):
        import cysqlite

        errors.append(cysqlite.DatabaseError)
    return errors
