"""Types of arguments of commands. They refuse an empty text, which is what a variable is that nobody has set.

As a path it would be the current folder. As a digest, a key or the name of a part, it would be no limit at all.
"""

import pathlib
from typing import Any

import click

EMPTY = "It is empty. If it is a variable, set it first."


class FilledText(click.ParamType[str]):
    """A text that is not empty."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "":
            self.fail(EMPTY, param, ctx)
        return str(value)


class _FilledPath(click.Path):
    """A path that is not empty."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(path_type=pathlib.Path, **limits)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail(EMPTY, param, ctx)
        return super().convert(value, param, ctx)


class OutputPath(_FilledPath):
    """A file or folder that a command writes."""


class InputPath(_FilledPath):
    """A file or folder that a command reads."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(exists=True, readable=True, **limits)
