"""What every reader gives: a table of rows, with what was found out about the file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple

from seeds.language.cells import Unfit

LOOKED = 25  # rows among which HXL hashtags are looked for
Cells = dict[str, Any]
Numbered = tuple[int, Cells | Unfit]  # a row that is none comes as what is wrong with it
TAG = re.compile(r"#[a-zA-Z][a-zA-Z0-9_]*( *\+[a-zA-Z][a-zA-Z0-9_]*)*")


class Unreadable(Exception):
    """A file that is not what its name says; the message names file and line."""


class Table(NamedTuple):
    """Rows by their line, their row in a sheet, or their place in an array from 1."""

    name: str
    columns: tuple[str, ...] | None  # None: rows name their own cells
    rows: Iterator[Numbered]
    told: tuple[str, ...] = ()  # such as its encoding
    tags: Mapping[str, str] = {}  # HXL hashtags by column
    book: str = ""  # the workbook, of a sheet

    @property
    def title(self) -> str:
        """Its name to a reader."""
        return f"{self.book}, sheet {self.name}" if self.book else self.name


def named(name: str, header: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of a header, and what is to be told of it. A column without a name is called by its place."""
    columns = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(header, 1))
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise Unreadable(f"{name}: the header repeats {', '.join(twice)}.")
    unnamed = [column for column, cell in zip(columns, header, strict=True) if not cell.strip()]
    return columns, tuple(f"{column} has no name" for column in unnamed)


def header_row(first: Sequence[Sequence[Any]]) -> int:
    """The row of the header, from 1: the first; or that above a row of HXL hashtags, if it names as many columns.

    Where it does not, the hashtags themselves are the header: titles and notes may stand above them.
    """
    for place, cells in enumerate(first, 1):
        tags = hashtags(dict(enumerate(cells)))
        if len(tags) > 1:
            names = [cell for cell in first[place - 2] if cell] if place > 1 else []
            return place - 1 if len(names) >= len(tags) else place
    return 1


def tabled(name: str, columns: tuple[str, ...], rows: Iterator[Numbered], told: tuple[str, ...]) -> Table:
    """A table whose first row, where it is one of HXL hashtags, is taken for that."""
    if tags := {column: column for column in columns if TAG.fullmatch(column)}:
        return Table(name, columns, rows, (*told, "HXL hashtags stand for a header"), tags)
    first = next(rows, None)
    if first is None:
        return Table(name, columns, iter(()), told)
    number, cells = first
    if tags := hashtags(cells):
        return Table(name, columns, rows, (*told, f"row {number} holds HXL hashtags"), tags)
    return Table(name, columns, chain([first], rows), told)


def gathered(table: Table, by: list[str], name: str, value: str) -> Table:
    """Rows that follow each other and agree in `by`, as one row with a cell for each `name`. Raises `Unreadable`."""
    if lacking := sorted({*by, name, value} - set(table.columns or (*by, name, value))):
        raise Unreadable(f"{table.name} lacks {', '.join(lacking)}, by which rows are to be gathered.")
    return table._replace(columns=None, rows=_gathered(table.rows, by, name, value))


def _gathered(rows: Iterator[Numbered], by: list[str], name: str, value: str) -> Iterator[Numbered]:
    def key(row: Numbered) -> Any:
        return [row[1].get(column) for column in by] if isinstance(row[1], dict) else row[0]

    for _, group in groupby(rows, key):
        (number, first), *others = group
        if isinstance(first, dict):
            told = [first, *(cells for _, cells in others if isinstance(cells, dict))]
            first = {column: cell for column, cell in first.items() if column not in (name, value)}
            first |= {str(cells.get(name)): cells.get(value) for cells in told}
        yield number, first


def hashtags(cells: Mapping[Any, Any] | Unfit) -> dict[Any, str]:
    """The HXL hashtags of a row that holds nothing else; none of any other row."""
    if isinstance(cells, Unfit):
        return {}
    filled = {column: str(cell).strip() for column, cell in cells.items() if cell not in (None, "")}
    return filled if all(TAG.fullmatch(cell) for cell in filled.values()) else {}
