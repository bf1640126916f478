"""The commands of `flask`, whose modules are imported when they are asked for: a server needs none of them."""

from collections.abc import Callable, Mapping
from importlib import import_module

import click
from flask.cli import AppGroup

#: Returns a command as it is run, for example with a check of the tables.
Wrap = Callable[[click.Command], click.Command]


def as_it_is(command: click.Command) -> click.Command:
    return command


class CommandsOnDemand(AppGroup):
    """A group with the commands of another, and commands of which it knows where they are.

    A place is the address of a command, such as `api.cli.keys:keys_group`, and what wraps it.
    """

    def __init__(self, group: click.Group, places: Mapping[str, tuple[str, Wrap]]) -> None:
        super().__init__(name=group.name, commands=group.commands)
        self.places = dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if place := self.places.pop(cmd_name, None):
            (module, _, name), wrap = place[0].partition(":"), place[1]
            self.add_command(wrap(getattr(import_module(module), name)), cmd_name)
        return super().get_command(ctx, cmd_name)
