"""Malformed rows and rows with unfit cells: a mapping may leave them out, or ignore the columns that are to blame."""

import fnmatch
from collections.abc import Mapping
from typing import Any

from imports.mapping_language.cells import Cells, UnfitCellError, UnfitRowError
from imports.mapping_language.compile import Mapping as CompiledMapping


class PartialCells(dict[str, Any]):
    """The cells that a row with a fault has. To read another one raises the fault."""

    def __init__(self, cells: Mapping[str, Any], fault: UnfitCellError) -> None:
        super().__init__(cells)
        self.fault = fault

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            raise self.fault
        return self[name]


def why_left_out(mapping: CompiledMapping, row: Cells | UnfitCellError) -> str | None:
    """Return the reason for which a mapping leaves a row out, or None.

    Of a row with a fault, a condition may only read the cells that it has: a note under a table has one. Else raise the
    fault.
    """
    if isinstance(row, UnfitCellError):
        return mapping.why_ignored(PartialCells(row.cells if isinstance(row, UnfitRowError) else {}, row))
    return mapping.why_ignored(row)


def sound_cells(mapping: CompiledMapping, row: Cells | UnfitCellError) -> Cells:
    """Return the cells of a row. Raise its fault, unless the mapping ignores all columns that are to blame."""
    if not isinstance(row, UnfitCellError):
        return row
    unfit = row.unfit if isinstance(row, UnfitRowError) else ()
    patterns = list(mapping.definition["ignore"]["columns"])
    if unfit and all(any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) for name in unfit):
        assert isinstance(row, UnfitRowError)
        return {name: cell for name, cell in row.cells.items() if name not in unfit}
    raise row
