"""The table that every reader returns: rows, with notes about the file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple, TypeVar

from imports.mapping_language.cells import UnfitCellError, UnfitRowError
from schemas.sentences import count_noun

Cells = dict[str, Any]
Item = TypeVar("Item")
Numbered = tuple[int, Cells | UnfitCellError]  # a malformed row is represented by its fault
TAG = re.compile(r"#[a-zA-Z][a-zA-Z0-9_]*( *\+[a-zA-Z][a-zA-Z0-9_]*)*")


class UnreadableFileError(Exception):
    """A file that cannot be read in its format. The message names the file and the line."""


class Table(NamedTuple):
    """Rows, numbered by their line, their row in a sheet, or their place in an array from 1."""

    name: str
    columns: tuple[str, ...] | None  # None: each row names its cells, as in JSON
    rows: Iterator[Numbered]
    notes: tuple[str, ...] = ()  # for example the encoding
    tags: Mapping[str, str] = {}  # HXL hashtags by column
    book: str = ""  # the workbook, if the table is a sheet
    first: Sequence[Sequence[Any]] = ()  # the first rows of the file, if the header was looked for among them

    @property
    def title(self) -> str:
        """Return the name for messages."""
        return f"{self.book}, sheet {self.name}" if self.book else self.name


def build_table(name: str, columns: tuple[str, ...], rows: Iterator[Numbered], notes: tuple[str, ...]) -> Table:
    """Return a table. Take the hashtags from its header or from its first row, if they are HXL hashtags."""
    if tags := {column: column for column in columns if TAG.fullmatch(column)}:
        return Table(name, columns, rows, (*notes, "HXL hashtags replace the header"), tags)
    first = next(rows, None)
    if first is None:
        return Table(name, columns, iter(()), notes)
    number, cells = first
    if tags := row_hashtags(cells):
        return Table(name, columns, rows, (*notes, f"row {number} has HXL hashtags"), tags)
    return Table(name, columns, chain([first], rows), notes)


def pair_cells(columns: tuple[str, ...], rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Numbered]:
    """Return rows as cells by column. A row with too few or too many cells becomes its fault; an empty row is none."""
    for number, cells in rows:
        if isinstance(cells, list) and is_blank(cells):
            continue
        if isinstance(cells, list) and len(cells) == len(columns):
            yield number, dict(zip(columns, cells, strict=True))
        elif cells:
            count = count_noun(len(cells), "cell") if isinstance(cells, list) else "no list of cells"
            needed = f"Must have {count_noun(len(columns), 'cell')}, one per column."
            known = dict(zip(columns, cells, strict=False)) if isinstance(cells, list) else {}
            if 0 < len(known) < len(columns):
                needed += " If it is a note, leave it out with `ignore: rows`."
            yield number, UnfitRowError("", count, needed, known)


def is_blank(cells: Sequence[Any]) -> bool:
    """Return whether a row has no content: spreadsheets write `,,,` for rows that were emptied."""
    return all(cell is None or isinstance(cell, str) and not cell.strip() for cell in cells)


def chain_tables(tables: Sequence[Table]) -> Table:
    """Return one table for the files of one resource. A row is numbered by its place in its own file."""
    first = tables[0]
    return first._replace(rows=chain.from_iterable(table.rows for table in tables))


def find_malformed_tag(first: Sequence[Sequence[Any]]) -> tuple[int, str] | None:
    """Return the row of hashtags among the first rows, and its first cell that is none; None if there is no such row.

    A row is one of hashtags if at least two cells are, and most begin with #.
    """
    for place, cells in enumerate(first, 1):
        filled = [str(cell).strip() for cell in cells if cell not in (None, "")]
        tags = [cell for cell in filled if TAG.fullmatch(cell)]
        if len(tags) > 1 and sum(cell.startswith("#") for cell in filled) * 2 > len(filled) > len(tags):
            return place, next(cell for cell in filled if cell not in tags)
    return None


def hide_content(items: Iterator[Item], name: str) -> Iterator[Item]:
    """Return the items. Raise `UnreadableFileError` without the content of the file if it cannot be read."""
    try:
        yield from items
    except UnreadableFileError:
        raise UnreadableFileError(
            f"{name} cannot be read. The reason is not shown, because it may name a person. Check the header, the "
            "quotes and the encoding, or look at the reason with a mapping that does not count rows."
        ) from None


def gather_rows(table: Table, by: list[str], name: str, value: str) -> Table:
    """Join neighbouring rows with the same cells in `by` into one row, with a cell for each `name`.

    Raise `UnreadableFileError` if a column is missing.
    """
    if lacking := sorted({*by, name, value} - set(table.columns or (*by, name, value))):
        raise UnreadableFileError(f"{table.name} lacks {', '.join(lacking)}, by which the mapping gathers rows.")
    return table._replace(columns=None, rows=_gather_groups(table.rows, by, name, value))


def _gather_groups(rows: Iterator[Numbered], by: list[str], name: str, value: str) -> Iterator[Numbered]:
    def group_key(row: Numbered) -> Any:
        return [row[1].get(column) for column in by] if isinstance(row[1], dict) else row[0]

    for _, group in groupby(rows, group_key):
        (number, first), *others = group
        if isinstance(first, dict):
            members = [first, *(cells for _, cells in others if isinstance(cells, dict))]
            first = {column: cell for column, cell in first.items() if column not in (name, value)}
            first |= {str(cells.get(name)): cells.get(value) for cells in members}
        yield number, first


def fill_cells(table: Table, columns: Sequence[str]) -> Table:
    """Fill empty cells of these columns with the content above, which the first of merged cells has alone.

    New content in a column ends that of the columns after it: a new state has no county yet. Raise
    `UnreadableFileError` if a column is missing.
    """
    if lacking := sorted(set(columns) - set(table.columns or columns)):
        raise UnreadableFileError(f"{table.name} lacks {', '.join(lacking)}, which the mapping fills.")
    return table._replace(rows=_fill_rows(table.rows, columns))


def _fill_rows(rows: Iterator[Numbered], columns: Sequence[str]) -> Iterator[Numbered]:
    above: dict[str, Any] = {}
    for number, cells in rows:
        if isinstance(cells, dict):
            own = {name: cells[name] for name in columns if not is_blank([cells.get(name)])}
            first = next((place for place, name in enumerate(columns) if name in own), len(columns))
            above = {name: above[name] for name in columns[:first] if name in above} | own
            cells = {**cells, **above}
        yield number, cells


def row_hashtags(cells: Mapping[Any, Any] | UnfitCellError) -> dict[Any, str]:
    """Return the HXL hashtags of a row by column; none if the row has any other cell."""
    if isinstance(cells, UnfitCellError):
        return {}
    filled = {column: str(cell).strip() for column, cell in cells.items() if cell not in (None, "")}
    return filled if all(TAG.fullmatch(cell) for cell in filled.values()) else {}
