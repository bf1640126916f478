"""Find the header of a table, name its columns, and join the names of a header that has several rows."""

from collections.abc import Sequence
from typing import Any

from imports.mapping_language.cells import cell_text
from imports.readers.tables import UnreadableFileError, row_hashtags

SEARCHED_ROWS = 25  # rows among which a header and HXL hashtags are looked for


def find_header(first: Sequence[Sequence[Any]]) -> int:
    """Return the row of the header, from 1: the first row that is no title, or the row above HXL hashtags.

    If the row above names fewer columns, the hashtags are the header, because titles and notes may be above them.
    """
    for place, cells in enumerate(first, 1):
        tags = row_hashtags(dict(enumerate(cells)))
        if len(tags) > 1:
            names = [cell for cell in first[place - 2] if cell] if place > 1 else []
            return place - 1 if len(names) >= len(tags) else place
    return _find_row_under_titles(first)


def _find_row_under_titles(first: Sequence[Sequence[Any]]) -> int:
    """Return the first row with several cells, if they are names. A title is alone in its row, in the first cell."""
    for place, cells in enumerate(first, 1):
        filled = [index for index, cell in enumerate(cells) if _text_of(cell)]
        if filled and filled != [0]:
            names = [_text_of(cells[index]) for index in filled]
            is_header = len(set(names)) == len(names) and all(map(_is_name, names))
            return place if is_header else 1
    return 1


def has_second_row(first: Sequence[Sequence[Any]], place: int) -> bool:
    """Return whether the header in this row, from 1, goes on in the row below it.

    Then that row has names where the header has none, and above numbers or dates: `["Day", "Dead", ""]`,
    `["", "min", "max"]`, `["3 May", "4", "6"]`.
    """
    above, below, *rows = ([_text_of(cell) for cell in cells] for cells in [*first[place - 1 :], [], []])
    names = [(index, text) for index, text in enumerate(below) if text]
    if row_hashtags(dict(names)) or not all(_is_name(text) for _, text in names):
        return False
    adds = any(index >= len(above) or not above[index] for index, _ in names)
    values = ([cells[index] for cells in rows if index < len(cells) and cells[index]] for index, _ in names)
    return adds and any(cells and all(any(map(str.isdigit, cell)) for cell in cells) for cells in values)


def _is_name(text: str) -> bool:
    return any(map(str.isalpha, text))


def _text_of(cell: Any) -> str:
    return "" if cell is None else cell_text(cell)


def describe_header(rows: Sequence[int]) -> tuple[str, ...]:
    """Return a note about the place of a header, if it is not the first row."""
    if list(rows) == [1]:
        return ()
    return (f"header in row{'s' if len(rows) > 1 else ''} {' and '.join(map(str, rows))}",)


def name_columns(name: str, rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of a header, whose rows are given, and notes about it.

    A column without a name is called `column 3`. Raise `UnreadableFileError` if a column is repeated.
    """
    header = join_names([[_text_of(cell) for cell in cells] for cells in rows])
    columns = tuple(cell or f"column {place}" for place, cell in enumerate(header, 1))
    if repeated := sorted({column for column in columns if columns.count(column) > 1}):
        hint = "If the header has two rows, give both in the mapping: file: {header: [1, 2]}."
        raise UnreadableFileError(f"{name}: the header repeats {', '.join(repeated)}. {hint}")
    unnamed = [column for column, cell in zip(columns, header, strict=True) if not cell]
    return columns, tuple(f"{column} has no name" for column in unnamed)


def join_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of the columns: `["Day", "Dead", ""]`, `["", "min", "max"]` → `Day`, `Dead min`, `Dead max`.

    A name reaches over the empty cells to its right, as merged cells do, while the row below names each of them.
    """
    width = max(map(len, rows))
    *above, joined = ([*row, *[""] * (width - len(row))] for row in rows)
    for upper in reversed(above):
        name = ""
        for place, (cell, lower) in enumerate(zip(upper, joined, strict=True)):
            name = cell or (name if lower else "")
            joined[place] = f"{name} {lower}".strip()
            name = name if lower else ""
    return joined
