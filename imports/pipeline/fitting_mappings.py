"""Find the built-in mappings that fit a file: by its header, or by what its first objects have."""

import fnmatch
import pathlib
from itertools import islice

from imports.mapping_language import compile as mappings
from imports.mapping_language.compile import Mapping
from imports.pipeline.column_checks import find_unmapped, has_needed_columns
from imports.readers.detect_format import read_tables, total_size
from imports.readers.tables import Table, UnreadableFileError
from schemas.imports.mappings import WHOLE

LOOKED_ROWS = 1000  # objects of a JSON file; a field that is seldom stated is in none of the first
LOOKED_BYTES = 1 << 24  # of a file that would be read as one row


def find_fitting(path: pathlib.Path, table: Table) -> list[Mapping]:
    """Return the built-in mappings whose columns the first table of a file has.

    If several fit, one of them may be the only one that knows all columns. Then return this one.
    """
    built_in = [mappings.load_mapping(name) for name in mappings.list_built_in()]
    columns = {mapping.name: _list_columns(path, table, mapping) for mapping in built_in}
    fitting = [mapping for mapping in built_in if has_needed_columns(mapping, sorted(columns[mapping.name]))]
    complete = [
        mapping for mapping in fitting if not find_unmapped(mapping, columns[mapping.name], table.columns or ())
    ]
    return _prefer_named(complete if len(complete) == 1 else fitting, path.name)


def _prefer_named(fitting: list[Mapping], file: str) -> list[Mapping]:
    """Return the mappings that are chosen for files of this name; if there is none, those that name no files."""
    if len(fitting) < 2:
        return fitting
    named = [mapping for mapping in fitting if _is_chosen_for(mapping, file)]
    return named or [mapping for mapping in fitting if not mapping.definition["chosen_for"]]


def _is_chosen_for(mapping: Mapping, file: str) -> bool:
    return any(fnmatch.fnmatchcase(file, pattern) for pattern in mapping.definition["chosen_for"])


def _list_columns(path: pathlib.Path, table: Table, mapping: Mapping) -> set[str]:
    """Return the columns of the first table as this mapping would read it; none if it cannot."""
    options = mapping.definition["file"]
    if table.columns is not None and "gather" not in options:
        return set(table.columns)
    if options.get("path") == WHOLE and total_size(path) > LOOKED_BYTES:
        return set()
    try:
        tables = read_tables(path, options, lambda read: None)  # a workbook is open as long as somebody holds this
        own = next(tables)
        rows = [cells for _, cells in islice(own.rows, LOOKED_ROWS) if isinstance(cells, dict)]
    except UnreadableFileError:
        return set()
    return set(own.columns or ()).union(*rows)
