"""Commands that want the newest tables: without them they end by naming the command that makes them.

Where another writer holds SQLite's one lock for longer than they wait, they tell it.
"""

import copy
import functools
from collections.abc import Callable, Collection
from typing import Any

import click
import peewee

from api import upgrade
from api.db import database, interruptible


def when_upgraded(command: click.Command, but: Collection[str] = ()) -> click.Command:
    """The same command; of a group all commands, `but` those named."""
    same = copy.copy(command)
    if isinstance(same, click.Group):
        same.commands = {name: inner if name in but else when_upgraded(inner) for name, inner in same.commands.items()}
    if same.callback and getattr(same, "invoke_without_command", True):  # a bare group asks nothing itself
        same.callback = _checked(same.callback)
    return same


def _checked(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def checked(*given: Any, **told: Any) -> Any:
        refuse_older_tables()
        try:
            with interruptible():
                return callback(*given, **told)
        except peewee.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise click.ClickException("Somebody else writes to the database: try again.") from None

    return checked


def refuse_older_tables() -> None:
    try:
        with database.connection_context():
            pending = upgrade.pending()
    except peewee.OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error}") from None
    if pending:
        lacking = f"The database has not the newest tables ({', '.join(pending)})"
        raise click.ClickException(f"{lacking}: run `flask upgrade`, then this again.")
