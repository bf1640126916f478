"""Turn rows under our own CSV headers, those of every CSV answer, into the documents that the In schemas validate.

A reference `side` is the column `side_id`. A list of records (`sides`) is parallel columns (`sides_id`, `sides_role`).
Entries of lists are joined by `;`, as by `schemas.fields`. An empty cell is null. Columns `*_name` repeat what
the id says.
"""

import functools
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields

from api.records.named_references import NamedReference, is_named, read_document
from api.records.record_types import RECORD_TYPES, RecordType
from imports.mapping_language.cells import Cells, UnfitCellError, cell_text
from imports.mapping_language.record_makers import RecordDocument
from imports.readers.tables import Table
from schemas.claimants import ClaimantOut
from schemas.claims import ClaimOut
from schemas.conflicts import ConflictOut
from schemas.datasets import Origin
from schemas.events import EventOut
from schemas.fields import Degrees, Figure, Grade, Slug, remove_guard, split_entries
from schemas.figures import derive_numbers
from schemas.relations import RelationOut
from schemas.reports import ReportOut
from schemas.sides import SideOut
from schemas.sources import SourceOut

#: The schemas of answers, which have fields that the records do not have.
ANSWER_SCHEMAS: dict[str, type[Schema]] = {
    "sides": SideOut,
    "conflicts": ConflictOut,
    "claimants": ClaimantOut,
    "sources": SourceOut,
    "events": EventOut,
    "claims": ClaimOut,
    "reports": ReportOut,
    "relations": RelationOut,
}


#: The columns and the table that only our own packages have: the dataset of each record, and all datasets.
ORIGIN_COLUMNS, DATASETS = tuple(Origin().fields), "datasets"
#: The parts of a reference in an answer, and the ends of their columns.
PARTS = ("id", "name")


def map_columns(schema: Schema) -> dict[str, str]:
    """Return the columns of a record type, each with the field that it fills."""
    field_by_column = {}
    for name, field in schema.fields.items():
        for column in _columns_of(name, field):
            field_by_column[column] = name
    return field_by_column


def _columns_of(name: str, field: fields.Field[Any]) -> list[str]:
    if parts := _part_names(field):
        return [f"{name}_{'id' if part == 'side' else part}" for part in parts]
    return [f"{name}_id" if is_reference(name, field) else name]


def _part_names(field: fields.Field[Any]) -> list[str]:
    """Return the field names of the records in a list of records; none for any other field."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return list(field.inner.schema.fields)
    return []


def is_reference(name: str, field: fields.Field[Any]) -> bool:
    inner = field.inner if isinstance(field, fields.List) else field
    return isinstance(inner, Slug) and name not in ("id", "statement")


def build_document(schema: Schema, row: Mapping[str, str], guarded: bool = True) -> dict[str, Any]:
    """Return a row of text as the document that `schema` validates. Unknown columns stay, for the schema to refuse.

    `guarded`: an apostrophe precedes text that a spreadsheet would run as a formula, as in our CSV files.
    """
    read = remove_guard if guarded else str
    field_by_column = map_columns(schema)
    content = {name: cell for name, cell in row.items() if name not in field_by_column and not name.endswith("_name")}
    for name, field in schema.fields.items():
        cells = [read(row.get(column, "")) for column in _columns_of(name, field)]
        if any(cells):
            content[name] = _parse_value(field, cells)
    return _derive_figure(content, row.keys()) if "qualifier" in schema.fields else content


def _derive_figure(content: dict[str, Any], stated: Container[str]) -> dict[str, Any]:
    """Return a claim or report with the numbers that its qualifier implies, if the file leaves them out.

    `stated`: the names that the file has. A range may be without a value: then null is stated, and is not its low.
    """
    is_range = content.get("qualifier") == "between"
    return content if is_range and "value" in stated else content | derive_numbers(content)


def list_names(record_type: RecordType, row: Mapping[str, str], guarded: bool = True) -> list[NamedReference]:
    """Return the names that a row gives next to the ids of its references."""
    read = remove_guard if guarded else str
    ids, names = ({name: read(row.get(f"{name}_{part}", "")) for name in _named_fields(record_type)} for part in PARTS)
    found = [
        NamedReference(0, f"{name}/name", model, ids[name], names[name])
        for name, model in record_type.references.items()
        if ids.get(name) and names.get(name)
    ]
    for name, many in record_type.lists.items():
        if ids[name] and names[name]:
            pairs = zip(split_entries(ids[name]), split_entries(names[name]), strict=False)
            found += [NamedReference(0, f"{name}/{n}/name", many.model, *pair) for n, pair in enumerate(pairs)]
    return found


@functools.cache
def _named_fields(record_type: RecordType) -> list[str]:
    return [*filter(functools.partial(is_named, record_type), record_type.references), *record_type.lists]


def _parse_value(field: fields.Field[Any], cells: list[str]) -> Any:
    if parts := _part_names(field):
        return _parse_records(parts, cells)
    if isinstance(field, fields.List):
        return split_entries(cells[0])
    return _parse_scalar(field, cells[0])


def _parse_records(names: list[str], cells: list[str]) -> list[Any]:
    count = len(split_entries(cells[0]))
    parallel = [split_entries(cell) if cell else [""] * count for cell in cells]
    if any(len(column) != count for column in parallel):
        return cells  # the schema refuses columns that are not parallel
    entries = zip(*parallel, strict=True)
    return [{name: value for name, value in zip(names, entry, strict=True) if value} for entry in entries]


def _parse_scalar(field: fields.Field[Any], cell: str) -> Any:
    """Return the number of a number field. Any other text stays text, for the schema to refuse."""
    if isinstance(field, Figure | Grade) and cell.isascii() and cell.isdigit():
        return int(cell)
    if isinstance(field, Degrees):
        try:
            return float(cell)
        except ValueError:
            return cell
    return cell


# Our own files with `flask import` ------------------------------------------------------------------------------------


def build_maker(table: Table) -> Callable[[Cells], Iterator[RecordDocument]]:
    """Return a function that makes records from the rows of a table.

    The name of the table or workbook begins with the record type, or the header shows it; else raise `UnfitCellError`.
    The function leaves out what answers add to records, and the datasets of our own packages: all imported records
    belong to the mapping's dataset.
    """
    if table.name.startswith(DATASETS):
        return lambda cells: iter(())
    header = table.columns
    candidates = (
        record_type
        for name in (table.name, table.book)
        for record_type in RECORD_TYPES
        if name.lower().startswith(record_type)
    )
    record_type = next(candidates, None) or _find_record_type(table.name, header)
    schema = RECORD_TYPES[record_type].schema
    answer_prefixes = _answer_prefixes(record_type, schema)
    if header is None:
        return lambda cells: iter([_read_answer(RECORD_TYPES[record_type], cells, answer_prefixes)])
    field_by_column = map_columns(schema)
    record_columns = [
        column for column in header if column in field_by_column or not column.startswith(answer_prefixes)
    ]
    guarded = not table.book

    def make(cells: Cells) -> Iterator[RecordDocument]:
        row = {name: _as_text(cells[name]) for name in record_columns}
        names = list_names(RECORD_TYPES[record_type], row, guarded)
        yield RecordDocument(record_type, build_document(schema, row, guarded), names)

    return make


def has_own_columns(table: Table) -> bool:
    """Return whether the table has the columns that a record type of ours needs. Claims have no name: `claim`."""
    present = {column.removesuffix("_id") for column in table.columns or ()}
    needed = (_needed_columns(record_type.schema) for record_type in RECORD_TYPES.values())
    return any({column.removesuffix("_id") for column in columns} <= present for columns in needed)


def _find_record_type(name: str, header: Sequence[str] | None) -> str:
    columns_by_type = {record_type.name: _needed_columns(record_type.schema) for record_type in RECORD_TYPES.values()}
    fitting = [
        record_type
        for record_type in RECORD_TYPES
        if header is not None and columns_by_type[record_type] <= set(header)
    ]
    if len(fitting) != 1:
        raise UnfitCellError(
            "file name", name, f"Must be named after its record type, one of: {', '.join(RECORD_TYPES)}."
        )
    return fitting[0]


def _needed_columns(schema: Schema) -> set[str]:
    return {column for name, field in schema.fields.items() if field.required for column in _columns_of(name, field)}


def _answer_prefixes(record_type: str, schema: Schema) -> tuple[str, ...]:
    """Return the fields that only answers have. Their columns begin with these words."""
    return (*ORIGIN_COLUMNS, *(ANSWER_SCHEMAS[record_type]().fields.keys() - schema.fields.keys()))


def _as_text(cell: Any) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else cell_text(cell)


def _read_answer(record_type: RecordType, cells: Cells, answer_prefixes: tuple[str, ...]) -> RecordDocument:
    """Return the document of a record in a JSON answer, whose references are `{id, name}`."""
    record_cells = {name: value for name, value in cells.items() if "." not in name and name not in answer_prefixes}
    names: list[NamedReference] = []
    content = read_document(record_type, 0, record_cells, names)
    if "qualifier" in record_type.schema.fields:
        content = _derive_figure(content, content.keys())
    return RecordDocument(record_type.name, content, names)
