"""What every reader gives: a table of rows, with what was found out about the file."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from seeds.language.cells import Unfit

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


def named(name: str, header: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of a header, and what is to be told of it. A column without a name is called by its place."""
    columns = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(header, 1))
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise Unreadable(f"{name}: the header repeats {', '.join(twice)}.")
    unnamed = [column for column, cell in zip(columns, header, strict=True) if not cell.strip()]
    return columns, tuple(f"{column} has no name" for column in unnamed)


def tabled(name: str, columns: tuple[str, ...], rows: Iterator[Numbered], told: tuple[str, ...]) -> Table:
    """A table whose first row, where it is one of HXL hashtags, is taken for that."""
    first = next(rows, None)
    if first is None:
        return Table(name, columns, iter(()), told)
    number, cells = first
    if tags := _tags(cells):
        return Table(name, columns, rows, (*told, f"row {number} holds HXL hashtags"), tags)
    return Table(name, columns, chain([first], rows), told)


def _tags(cells: Cells | Unfit) -> dict[str, str]:
    if isinstance(cells, Unfit):
        return {}
    filled = {column: str(cell).strip() for column, cell in cells.items() if cell not in (None, "")}
    return filled if all(TAG.fullmatch(cell) for cell in filled.values()) else {}
