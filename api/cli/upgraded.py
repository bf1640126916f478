"""Commands that want the newest tables: without them they end by naming the command that makes them.

Where another writer holds SQLite's one lock for longer than they wait, or the disk is full, they tell it.
"""

import copy
import functools
from collections.abc import Callable, Collection
from typing import Any

import click
import peewee

from api import upgrade
from api.db import database, hindrance, interruptible


def when_upgraded(command: click.Command, but: Collection[str] = ()) -> click.Command:
    """The same command; of a group all commands, `but` those named."""
    same = copy.copy(command)
    if isinstance(same, click.Group):
        same.commands = {name: inner if name in but else when_upgraded(inner) for name, inner in same.commands.items()}
    if same.callback and getattr(same, "invoke_without_command", True):  # a bare group asks nothing itself
        same.callback = _checked(same.callback, refuse_older_tables)
    return same


def when_it_answers(command: click.Command) -> click.Command:
    """The same command, for tables of any age."""
    same = copy.copy(command)
    if same.callback:
        same.callback = _checked(same.callback, _pending)
    return same


def _checked(callback: Callable[..., Any], first: Callable[[], Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def checked(*given: Any, **told: Any) -> Any:
        first()
        try:
            with interruptible():
                return callback(*given, **told)
        except (peewee.OperationalError, peewee.InternalError) as error:
            why = hindrance(error)
            if why is None:
                raise
            raise click.ClickException(why) from None

    return checked


def refuse_older_tables() -> None:
    lacking = _pending()
    if lacking:
        told = f"The database has not the newest tables ({', '.join(lacking)})"
        raise click.ClickException(f"{told}: run `flask upgrade`, then this again.")


def _pending() -> list[str]:
    """Scripts that the database has not seen; the first thing that a command asks of it."""
    try:
        with database.connection_context():
            return upgrade.pending()
    except peewee.DatabaseError as error:  # a file that is no database, too
        raise click.ClickException(hindrance(error) or f"The database does not answer: {error}") from None
