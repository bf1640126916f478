"""Explain how one row of a file becomes records, step by step. Nothing is written, and no database is read."""

import functools
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from api.records.faults import RefusedError
from api.records.record_types import RECORD_TYPES
from api.records.row_mapping import validate_documents
from imports.mapping_language.cells import Cells, UnfitCellError, cell_text
from imports.mapping_language.column_loops import build_pattern
from imports.mapping_language.compile import Mapping as CompiledMapping
from imports.mapping_language.compile import MappingError
from imports.mapping_language.record_makers import RecordDocument, compile_records
from imports.mapping_language.row_keys import KEY
from imports.mapping_language.values import Compiler
from imports.packages import claims_alone
from imports.pipeline.column_checks import join_branches, list_above, refuse_missing_columns
from imports.pipeline.no_record import describe_condition, name_making
from imports.pipeline.stage_rows import MAKERS, refused_line
from imports.pipeline.unfit_rows import sound_cells, why_left_out
from imports.readers.detect_format import read_tables
from imports.readers.tables import Table, hide_content

SHOWN_LENGTH = 200  # characters of a value
#: The functions for rows under our own columns. Here a row makes all that it names: no database is read.
EXPLAINED = MAKERS | {"claims": functools.partial(claims_alone.build_maker, exists=lambda record_type, record: False)}


def explain_row(path: pathlib.Path, mapping: CompiledMapping, number: int, release: str) -> Iterator[str]:
    """Return the steps from a row to its records, as lines of text.

    Raise `MappingError` if there is no such row, and `UnreadableFileError` if a column is missing, as an import does.
    """
    table, cells = _find_row(path, mapping, number)
    if table.columns is not None and "rows" not in mapping.definition:
        refuse_missing_columns(mapping, table)
    yield f"{table.title}, row {number}, by the mapping {mapping.name}."
    if mapping.grouping:
        yield "The mapping counts the rows of persons, whose cells are not shown. It reads the columns"
        yield f"  {', '.join(sorted(mapping.columns))}"
    elif isinstance(cells, UnfitCellError):
        yield from _explain_unfit(mapping, cells, {"release": release, "file": table.name, "row": number})
    elif "rows" in mapping.definition:
        yield from _explain_cells(cells, frozenset(cells))
        yield from _explain_records(list(EXPLAINED[mapping.definition["rows"]](table)(cells)))
    else:
        yield from _explain_mapped(mapping, {"release": release, "file": table.name, "row": number, **cells})
    yield "Nothing was written. An import also looks up references and other rows about the same record."


def _explain_unfit(mapping: CompiledMapping, row: UnfitCellError, added: Cells) -> Iterator[str]:
    try:
        if (why := why_left_out(mapping, row)) is not None:
            yield f"The row is left out: {why}"
        else:
            yield from _explain_mapped(mapping, {**added, **sound_cells(mapping, row)})
    except UnfitCellError as unfit:
        yield f"Refused: {unfit}"


def _find_row(path: pathlib.Path, mapping: CompiledMapping, number: int) -> tuple[Table, Any]:
    tables = read_tables(path, mapping.definition["file"], lambda read: None)
    for table in hide_content(tables, path.name) if mapping.grouping else tables:
        for place, cells in hide_content(table.rows, table.title) if mapping.grouping else table.rows:
            if place == number:
                return table, cells
    raise MappingError(
        f"{path.name} has no row {number}. In CSV and sheets the header is row 1, if nothing is above it."
    )


def _explain_mapped(mapping: CompiledMapping, cells: dict[str, Any]) -> Iterator[str]:
    yield from _explain_cells(cells, mapping.columns | _find_looped(mapping, cells))
    try:
        if (why := mapping.why_ignored(cells)) is not None:
            yield f"The row is left out: {why}"
            return
        prepared = mapping.prepare_cells(cells)
        if mapping.read_key:
            prepared[KEY] = mapping.read_key(prepared)
    except UnfitCellError as unfit:
        yield f"Refused: {unfit}"
        return
    if mapping.values:
        yield "Values:"
        yield from (f"  {name}: {_show(prepared.get(name))}" for name in mapping.values)
    if mapping.read_key:
        yield f"Key, if no earlier row has the same: {_show(prepared[KEY])}"
    compiler = Compiler(mapping.definition)
    for making in mapping.definition["records"]:
        yield from _explain_making(making, prepared, mapping.definition["usual"], compiler)
    yield from (f"Noticed: {message}" for message in dict.fromkeys(mapping.oddities + compiler.oddities))
    yield from (f"Noticed: {sentence}" for sentence in compiler.entries.describe_silent())
    mapping.oddities.clear()


def _find_looped(mapping: CompiledMapping, cells: Cells) -> set[str]:
    """Return the columns over which the mapping loops, without objects, whose fields are columns too."""
    patterns = [build_pattern(pattern) for pattern in mapping.patterns]
    tops = tuple(name for name in cells if any(pattern.fullmatch(name) for pattern in patterns))
    fields = {name for name in cells if name in tops or name.startswith(tuple(f"{top}." for top in tops))}
    return {name for name in fields if not isinstance(cells[name], dict)}


def _explain_cells(cells: Cells, columns: frozenset[str]) -> Iterator[str]:
    yield "Columns that the mapping reads:"
    yield from (f"  {name}: {_show(cells.get(name))}" for name in sorted(columns))
    branches = {name for name, cell in cells.items() if isinstance(cell, dict)}
    shown = {*columns, *branches, "release", "file", "row"}
    other = [
        name for name in cells if name not in shown and columns.isdisjoint(branches.intersection(list_above(name)))
    ]
    if other:
        yield f"Other columns: {', '.join(join_branches(other, columns, branches))}"


def _explain_making(
    making: dict[str, Any], cells: Cells, usual: Mapping[str, Any], compiler: Compiler
) -> Iterator[str]:
    """Explain one entry of `records`: its condition, and what it makes."""
    try:
        if "when" in making and "for_" not in making:
            holds = compiler.compile_condition(making["when"])(cells)
            yield f"Condition of {name_making(making)} on {describe_condition(making['when'])}: {_word(holds)}."
            if not holds:
                return
        records = compile_records([making], usual, compiler)(cells)
    except UnfitCellError as unfit:
        yield f"Refused, in {name_making(making)}: {unfit}"
        return
    if not records:
        yield f"No item of the list makes {name_making(making)}."
    yield from _explain_records(records)


def _word(holds: bool) -> str:
    return "holds" if holds else "does not hold, so that nothing is made"


def _explain_records(records: list[RecordDocument]) -> Iterator[str]:
    for record_type, document, _ in records:
        yield f"{record_type.removesuffix('s').capitalize()}:"
        yield from (f"  {name}: {_show(value)}" for name, value in document.items() if value is not None)
        try:
            validate_documents(RECORD_TYPES[record_type], [document])
        except RefusedError as refused:
            for fault in refused.faults:
                line = refused_line(0, 0, document, fault)
                yield f"  Refused: {line.field}: {_show(line.value)}. {line.allowed}"


def _show(value: Any) -> str:
    if value is None or value == "":
        return "(empty)"
    text = repr(value) if isinstance(value, str | list | dict) else cell_text(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]} …"
