"""Compare the columns of a table with those that a mapping reads."""

import difflib
import fnmatch
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from imports.mapping_language.column_loops import build_pattern
from imports.mapping_language.compile import Mapping
from imports.readers.tables import Table, UnreadableFileError


def refuse_missing_columns(mapping: Mapping, table: Table) -> None:
    """Raise `UnreadableFileError` if the table lacks a column that the mapping reads. The message says what to do."""
    columns = table.columns or ()
    lacking = sorted(mapping.needed_columns - set(columns) | find_unmatched(mapping, columns))
    if not lacking:
        return
    # A list of persons without a header has the first person there.
    is_shown = mapping.grouping is None
    lines = "\n".join(f"  {name}{_suggest_column(name, columns if is_shown else ())}" for name in lacking)
    shown = f"Its columns are: {', '.join(columns)}. " if is_shown else ""
    lines += f"\n{shown}Correct the header, or use another mapping."
    if place := _find_header(mapping, table.first) if is_shown else None:
        lines += f"\nRow {place} has them. Give it in the mapping: file: {{header: {place}}}."
    elif mapping.needed_columns.isdisjoint(columns):
        lines += "\nIf the header is in another row, give it in the mapping: file: {header: 3}."
    if table.book:
        lines += '\nIf other sheets of the workbook are meant, name them in the mapping: file: {name: "Data*"}.'
    raise UnreadableFileError(f"{table.title} lacks columns that the mapping {mapping.name} reads:\n{lines}")


def _suggest_column(name: str, columns: Iterable[str]) -> str:
    """Return the end of the line about a column that a file lacks: the nearest column that it has, if any is near."""
    nearest = difflib.get_close_matches(name, list(columns), 1)
    return f". Did you mean {nearest[0]}?" if nearest else ""


def _find_header(mapping: Mapping, rows: Iterable[Sequence[Any]]) -> int | None:
    """Return the number of the first of these rows that has all columns that the mapping reads, or None."""
    texts = ([cell.strip() for cell in cells if isinstance(cell, str)] for cells in rows)
    return next((place for place, cells in enumerate(texts, 1) if has_needed_columns(mapping, cells)), None)


def find_unmapped(mapping: Mapping, columns: set[str], header: Collection[str]) -> list[str]:
    """Return the columns that the mapping neither reads nor ignores with a reason.

    `header`: those of tables. In other names, which are of JSON, a dot leads into an object.
    """
    patterns = [*mapping.columns, *mapping.definition["ignore"]["columns"]]
    branches = find_branches(columns - set(header))
    unmapped = {
        name
        for name in columns
        if (name in header or name not in branches and not any(map(mapping.columns.__contains__, list_above(name))))
        and not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
        and not any(build_pattern(pattern).fullmatch(name) for pattern in mapping.patterns)
    }
    return join_branches(unmapped, columns - unmapped - branches, branches)


def list_above(name: str) -> list[str]:
    """Return the objects in which a field of JSON is, the outermost first: `a.b.c` → a, a.b."""
    return [name[:place] for place, sign in enumerate(name) if sign == "."]


def find_branches(columns: Collection[str]) -> set[str]:
    """Return those columns of JSON that are objects, whose fields are columns too."""
    return {branch for name in columns for branch in list_above(name)}.intersection(columns)


def join_branches(names: Iterable[str], others: Iterable[str], branches: Collection[str]) -> list[str]:
    """Return names of columns, with one name for several in an object of which there are no others: `metrics.*`."""
    mixed = {branch for name in others for branch in list_above(name)}
    joined: dict[str, list[str]] = {}
    for name in names:
        branch = next((above for above in list_above(name) if above in branches and above not in mixed), name)
        joined.setdefault(branch, []).append(name)
    return sorted(f"{branch}.*" if len(fields) > 1 else fields[0] for branch, fields in joined.items())


def has_needed_columns(mapping: Mapping, columns: Sequence[str]) -> bool:
    """Return whether the columns include all that the mapping reads."""
    return (
        bool(mapping.needed_columns) and mapping.needed_columns <= set(columns) and not find_unmatched(mapping, columns)
    )


def find_unmatched(mapping: Mapping, columns: Iterable[str]) -> set[str]:
    """Return the patterns of columns that the mapping loops over and no column matches."""
    return {pattern for pattern in mapping.patterns if not any(map(build_pattern(pattern).fullmatch, columns))}
