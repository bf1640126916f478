"""`flask import` as a shell would run it, and what it tells."""

import csv
import pathlib
from typing import Any

from click.testing import CliRunner, Result

from seeds.cli.imports import imports
from seeds.importing import WORDS

Counts = dict[str, dict[str, int]]


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(imports, [str(argument) for argument in arguments])


def imported(*arguments: Any) -> str:
    """What an import that succeeds tells."""
    told = run(*arguments)
    assert told.exit_code == 0, told.output
    return told.output


def counted(output: str) -> Counts:
    """The numbers that are not 0, by noun and by what became of the records."""
    found: Counts = {}
    for line in output.splitlines():
        noun, *numbers = line.split()
        if len(numbers) == len(WORDS) and all(number.isdigit() for number in numbers):
            found[noun] = {word: int(number) for word, number in zip(WORDS, numbers, strict=True) if number != "0"}
    return found


def reported(path: pathlib.Path) -> list[dict[str, str]]:
    """The lines of a report."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
