"""What stands in the cells of one row: text without blanks at its ends, numbers, lists; None where nothing stands."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

Cells = Mapping[str, Any]


class Unfit(Exception):
    """A cell from which no record can be made: where, what was found, what is allowed."""

    def __init__(self, column: str, found: Any, allowed: str) -> None:
        super().__init__(f"{column}: {found!r}. {allowed}")
        self.column, self.found, self.allowed = column, found, allowed


class Numbers(NamedTuple):
    """How numbers are written, what one of them stands for (1000 where the file counts in thousands), and whether
    estimates with decimals are rounded to people."""

    thousands: str = ""
    decimal: str = "."
    times: int = 1
    round: bool = False


class Cell(NamedTuple):
    """What a value came to, the columns to blame for it, and how its date or number is written."""

    value: Any
    column: str
    dates: tuple[str, ...]
    numbers: Numbers


class Row(NamedTuple):
    """A row of a file; `number` is its line, its row in a sheet, or its place in an array, from 1."""

    file: str
    number: int
    cells: dict[str, Any]


def flat(found: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects by dotted names (`verified.killed`), beside the objects themselves."""
    made: dict[str, Any] = {}
    for name, value in found.items():
        made[prefix + name] = value
        if isinstance(value, dict):
            made |= flat(value, f"{prefix}{name}.")
    return made


def item_cells(name: str, item: Any) -> dict[str, Any]:
    """An item of a list as cells: `item`, and `item.url` where it is an object."""
    return {name: item, **(flat(item, f"{name}.") if isinstance(item, dict) else {})}


def text(value: Any) -> str:
    """A cell as text: whole numbers of spreadsheets without a point, days as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):  # a spreadsheet knows no day without an hour
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return str(value).strip()
