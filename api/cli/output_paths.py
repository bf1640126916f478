"""Paths that commands write to."""

import pathlib
from typing import Any

import click


class OutputPath(click.Path):
    """A file or folder that a command writes. An empty text is refused: as a path it is the current folder."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(path_type=pathlib.Path, **limits)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("It is empty. If it is a variable, set it first.", param, ctx)
        return super().convert(value, param, ctx)
