"""Compile the `key` of a mapping: the text that identifies a row of a file without ids, by what the row is about."""

from collections.abc import Callable, Sequence

from imports.mapping_language.cells import Cells, UnfitCellError, cell_text
from imports.mapping_language.values import Compiler

#: The cell with the key of a row.
KEY = "key"


def compile_key(columns: Sequence[str], compiler: Compiler) -> Callable[[Cells], str]:
    """Return a function that joins the cells of a row that are not empty: `Day`, `Town` → `2024-05-03 Northford`.

    The function raises `UnfitCellError` if all of them are empty.
    """
    reads = [compiler.compile_column(name) for name in columns]

    def read_key(cells: Cells) -> str:
        texts = [cell_text(value) for read in reads if (value := read(cells)) is not None]
        if not texts:
            raise UnfitCellError(", ".join(columns), None, "Must not all be empty, because they identify the row.")
        return " ".join(texts)

    return read_key


def number_key(key: str, occurrence: int) -> str:
    """Return the key of a row: that of the second row with the same cells ends in ` 2`."""
    return key if occurrence == 1 else f"{key} {occurrence}"
