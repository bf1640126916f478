"""The cells of one row: text without blanks at its ends, numbers, lists; None for an empty cell."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Cells = Mapping[str, Any]


class UnfitCellError(Exception):
    """A cell from which no record can be made: its column, its value, and what is allowed."""

    def __init__(self, column: str, value: Any, allowed: str) -> None:
        super().__init__(f"{column}: {value!r}. {allowed}")
        self.column, self.value, self.allowed = column, value, allowed


class UnfitRowError(UnfitCellError):
    """A malformed row. `cells`: those that it has. `unfit`: the columns without which it is sound, if there are any."""

    def __init__(
        self, column: str, value: Any, allowed: str, cells: Mapping[str, Any], unfit: Sequence[str] = ()
    ) -> None:
        super().__init__(column, value, allowed)
        self.cells, self.unfit = cells, unfit


class Numbers(NamedTuple):
    """How a file writes numbers.

    `times` is the unit (1000 if the file counts in thousands). `round`: round estimates with decimals to people.
    """

    thousands: str = ""
    decimal: str = "."
    times: int = 1
    round: bool = False


class Cell(NamedTuple):
    """A computed value, the columns that it comes from, and how its date or number is written."""

    value: Any
    column: str
    dates: tuple[str, ...]
    numbers: Numbers


class Row(NamedTuple):
    """A row of a file. `number` is its line, its row in a sheet, or its place in an array, from 1."""

    file: str
    number: int
    cells: dict[str, Any]


class LoopedItem(dict[str, Any]):
    """An item of a loop with the words that the loop adds, such as `key`. `content` is what the file has there."""

    def __init__(self, words: Mapping[str, Any], content: Any) -> None:
        super().__init__(words)
        self.content = content


def flatten_cells(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the cells, and the values of nested objects by dotted names: `{"a": {"b": 1}}` → a, a.b."""
    flattened: dict[str, Any] = {}
    for name, value in nested.items():
        flattened[prefix + name] = value
        if isinstance(value, dict):
            flattened |= flatten_cells(value, f"{prefix}{name}.")
    return flattened


def item_cells(name: str, item: Any) -> dict[str, Any]:
    """Return an item of a list as cells: `item`, and for an object also `item.url` and so on."""
    return {name: item, **(flatten_cells(item, f"{name}.") if isinstance(item, dict) else {})}


def cell_text(value: Any) -> str:
    """Return a cell as text: 12.0 → `12`, a day → ISO 8601."""
    if type(value) is str:
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):  # spreadsheets store a day with an hour
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return str(value).strip()
