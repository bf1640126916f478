"""Commands that need the newest tables: on older ones they end, and name the command that upgrades them. On tables of a
newer version they end too: it may keep facts that this one would lose.

Where there is no file of SQLite, they end too: SQLite would make an empty one at a misspelt path. They also explain
errors of the database, for example a full disk, or another writer that locks SQLite for too long.
"""

import copy
import functools
import os
from collections.abc import Callable, Collection
from typing import Any

import click
import peewee

from api.change_log.mirrored_origin import MirrorError
from api.database import upgrade
from api.database.connection import database, is_postgres
from api.database.deadline import allow_interrupts
from api.database.failures import explain_write_failure
from api.database.kept_connections import identify_file


def when_upgraded(command: click.Command, but: Collection[str] = (), without: Collection[str] = ()) -> click.Command:
    """Return a copy of a command that refuses older tables; in a group, for all commands except those in `but`.

    With an option in `without`, the command reads no database, and refuses nothing.
    """
    same = copy.copy(command)
    if isinstance(same, click.Group):
        same.commands = {name: inner if name in but else when_upgraded(inner) for name, inner in same.commands.items()}
    if same.callback and getattr(same, "invoke_without_command", True):  # a bare group does nothing itself
        same.callback = _wrap_callback(same.callback, refuse_older_tables, without)
    return same


def when_it_answers(command: click.Command) -> click.Command:
    """Return a copy of a command that refuses a database that is newer or does not answer. It may be older or empty."""
    same = copy.copy(command)
    if same.callback:
        same.callback = _wrap_callback(same.callback, _pending_scripts)
    return same


def when_it_is_new(command: click.Command) -> click.Command:
    """Return a copy of a command that makes the database: nothing is read before it runs."""
    same = copy.copy(command)
    if same.callback:
        same.callback = _wrap_callback(same.callback, lambda: None)
    return same


def _wrap_callback(
    callback: Callable[..., Any], first: Callable[[], Any], without: Collection[str] = ()
) -> Callable[..., Any]:
    """Return the callback of a command after a check, which an option in `without` leaves out."""

    @functools.wraps(callback)
    def run_checked(*args: Any, **kwargs: Any) -> Any:
        if not any(kwargs.get(name) for name in without):
            first()
        try:
            with allow_interrupts():
                return callback(*args, **kwargs)
        except MirrorError as error:
            raise click.ClickException(str(error)) from None
        except (peewee.OperationalError, peewee.InternalError, peewee.ProgrammingError) as error:
            why = explain_write_failure(error)
            if why is None:
                raise
            raise click.ClickException(why) from None

    return run_checked


def refuse_older_tables() -> None:
    _refuse_missing_file()
    lacking = _pending_scripts()
    if lacking:
        message = f"The tables of the database are out of date ({', '.join(lacking)})"
        raise click.ClickException(f"{message}. Run `flask upgrade`, then run this command again.")


def _refuse_missing_file() -> None:
    handle = database.obj
    if not is_postgres() and identify_file(handle) is None:
        raise click.ClickException(
            f"There is no database {os.path.abspath(handle.database)}. Nothing was made. Correct "
            "COUNTERCLAIM_DATABASE_URL, or run `flask upgrade` for a new one."
        )


def _pending_scripts() -> list[str]:
    """Return the scripts that the database lacks. Raise an error of the command if it does not answer, or is newer."""
    try:
        with database.connection_context():
            if newer := upgrade.explain_newer_scripts():
                raise click.ClickException(newer)
            return upgrade.pending_scripts()
    except peewee.DatabaseError as error:  # a file that is no database, too
        raise click.ClickException(explain_write_failure(error) or f"The database does not answer: {error}") from None
