"""Compile the records of a mapping into functions that make documents from the cells of a row."""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import fields

from api.records.named_references import NamedReference
from imports.mapping_language.cells import Cell, Cells, LoopedItem, UnfitCellError, cell_text, item_cells
from imports.mapping_language.column_loops import compile_column_loop
from imports.mapping_language.conditions import Condition
from imports.mapping_language.dates import Days
from imports.mapping_language.figures import compile_figure
from imports.mapping_language.looped_entries import LoopedEntries
from imports.mapping_language.record_fields import build_converter, find_plain_converter, parse_span
from imports.mapping_language.shorten_notes import NOTES, build_shortener
from imports.mapping_language.slugs import make_slug
from imports.mapping_language.values import ITEM, Compiler, Read
from schemas.claims import is_stated_early
from schemas.details import write_details
from schemas.imports.mappings import DATE_SPANS, RECORD_SCHEMAS, fields_of
from schemas.vocabularies import STATED_EARLY

Document = dict[str, Any]
Fill = Callable[[Cells, Document], bool]  # sets fields; returns whether there was a value
#: Fields that a figure may set, and a mapping too. The later one wins; flags are added to each other.
SET_BY_FIGURES = ("flags", "phrase", "phrase_lang", "confirmation")


class RecordDocument(NamedTuple):
    """A document with its record type, for example claims, and the names that its row gives for references."""

    record_type: str
    document: Document
    names: Sequence[NamedReference] = ()


#: Types whose records get an id from the records that they join.
MADE_IDS = frozenset({"report", "relation"})
Make = Callable[[Cells], list[RecordDocument]]
Items = Callable[[Cells], list[Any]]
#: The fields of an entry whose value is no object: the loop adds both.
ENTRY_OF_TEXT = frozenset({"key", "value"})


def compile_records(loaded: Iterable[Mapping[str, Any]], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    """Return a function that makes the records of a list from a row."""
    makers = [_compile_entry(entry, usual, compiler) for entry in loaded]
    return lambda cells: [record for make in makers for record in make(cells)]


def _compile_entry(loaded: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    name, before = loaded.get("as_", ITEM), set(compiler.names)
    when = compiler.compile_condition(loaded["when"]) if loaded.get("when") else None
    make_conditionally = _add_condition(when, _compile_content(loaded, usual, compiler))
    if "for_" not in loaded:
        return make_conditionally
    of_item = {column for column in compiler.names - before if column.split(".")[0] == name}
    compiler.names -= of_item
    items = _compile_items(loaded["for_"], compiler)
    if "column" in loaded["for_"]:
        fields = compiler.entries.add_loop(loaded["for_"]["column"], name, of_item)
        items = _note_fields(items, fields)
        if compiler.entries.is_tree:
            return _note_entries(loaded["for_"]["column"], name, items, make_conditionally, compiler.entries)

    def make_repeatedly(cells: Cells) -> list[RecordDocument]:
        return [
            record
            for number, item in enumerate(items(cells), 1)
            for record in make_conditionally({**cells, f"{name}.number": number, **item_cells(name, item)})
        ]

    return make_repeatedly


def _note_fields(items: Items, fields: set[str]) -> Items:
    """Return a function that returns the items, and adds the names of their fields to a set."""

    def list_items(cells: Cells) -> list[Any]:
        entries = items(cells)
        for item in entries:
            if isinstance(item, dict) and item.keys() != ENTRY_OF_TEXT:
                fields.update(item)
        return entries

    return list_items


def _note_entries(column: str, name: str, items: Items, make: Make, entries: LoopedEntries) -> Make:
    """Return a function that makes the records of each entry, and notes whether there were any."""

    def make_repeatedly(cells: Cells) -> list[RecordDocument]:
        records = []
        for number, item in enumerate(items(cells), 1):
            entries.path.append(number)
            try:
                entry_records = make({**cells, f"{name}.number": number, **item_cells(name, item)})
            finally:
                entries.path.pop()
            entries.note_entry(column, number, item, bool(entry_records))
            records += entry_records
        return records

    return make_repeatedly


def _add_condition(when: Condition | None, make: Make) -> Make:
    return make if when is None else lambda cells: make(cells) if when(cells) else []


def _compile_content(loaded: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    if "records" in loaded:
        return compile_records(loaded["records"], usual, compiler)
    record_type = next(record_type for record_type in RECORD_SCHEMAS if record_type in loaded)
    return _compile_record(record_type, {**usual.get(record_type, {}), **loaded[record_type]}, compiler)


def _compile_items(loop: Mapping[str, Any], compiler: Compiler) -> Items:
    """Return a function that returns the items of a list in a cell; for an object, its values, each with its `key`."""
    if "columns" in loop:
        return compile_column_loop(loop["columns"], compiler)
    read, separator = compiler.compile_column(loop["column"]), loop.get("split")

    def list_items(cells: Cells) -> list[Any]:
        content = read(cells)
        if isinstance(content, LoopedItem):
            content = content.content
        if isinstance(content, dict):
            return [
                LoopedItem({"key": key, **(value if isinstance(value, dict) else {"value": value})}, value)
                for key, value in content.items()
            ]
        if isinstance(content, list) or content is None:
            return content or []
        if separator is None:
            return [content]
        text = cell_text(content)
        items = next(csv.reader([text], delimiter=separator)) if loop["quoted"] else text.split(separator)
        return compiler.split_items(items, loop["column"])

    return list_items


def _compile_record(record_type: str, loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    constants, fills = _compile_fills(record_type, loaded, compiler)
    reports = [_compile_record("report", report, compiler) for report in loaded.get("reports", [])]
    type_name, is_claim = f"{record_type}s", record_type == "claim"

    def make(cells: Cells) -> list[RecordDocument]:
        document = dict(constants)
        for fill in fills:
            fill(cells, document)
        if is_claim and is_stated_early(document):
            _add_fields(document, {"flags": [STATED_EARLY]})  # true of the data: UCDP counts a year before it ends
        records = [RecordDocument(type_name, _add_id(record_type, document))]
        for report in reports:
            for record in report(cells):
                reported = record.document | {"claim": document.get("id")}
                records.append(RecordDocument(record.record_type, _add_id("report", reported)))
        return records

    return make


def _compile_fills(record_type: str, loaded: Mapping[str, Any], compiler: Compiler) -> tuple[Document, list[Fill]]:
    """Return the fields that are the same for every row, and the functions that set the others.

    The fields that vary are among the constants as null, so that all keep the order of the mapping.
    """
    constants: Document = {}
    fills = []
    shared = SET_BY_FIGURES if "figure" in loaded else ("flags",)
    for name, value in loaded.items():
        if name == "reports":
            continue
        if name == "figure":
            fills.append(_compile_figure_fill(record_type, value, compiler))
        elif name == "details":
            fills.append(_compile_details(value, compiler))
        elif name in shared:
            fills.append(_compile_fill(record_type, name, value, compiler))
        elif (constant := _find_constant(record_type, name, value, compiler)) is not None:
            constants[name] = constant
        else:
            placed = _span_fields(record_type, name) if name in DATE_SPANS else [name]
            constants |= dict.fromkeys(placed)
            fill = _compile_fill(record_type, name, value, compiler)
            if name == "id" and record_type not in MADE_IDS:
                fill = _name_empty(record_type, compiler.list_columns(value), fill, compiler)
            fills.append(_remove_empty(placed, fill))
    return constants, fills


def _name_empty(record_type: str, columns: Collection[str], fill: Fill, compiler: Compiler) -> Fill:
    """Return a function that sets the id of a record, and refuses a row that has none because a column is empty."""

    def fill_id(cells: Cells, document: Document) -> bool:
        if fill(cells, document):
            return True
        if empty := sorted(column for column in columns if compiler.is_empty(cells.get(column))):
            advice = f"Fill the cell, take another column, or make the {record_type} only when it is not empty."
            raise UnfitCellError(", ".join(empty), None, f"The {record_type} has no id without it. {advice}")
        return False

    return fill_id


def _compile_details(loaded: Mapping[str, Any], compiler: Compiler) -> Fill:
    """Return a function that sets the details: the named values of a row as given, without the empty ones."""
    reads = {name: compiler.compile_value(value) for name, value in loaded.items()}

    def fill(cells: Cells, document: Document) -> bool:
        content = {name: _keep_number(value) for name, read in reads.items() if (value := read(cells)) is not None}
        document["details"] = write_details(content)
        return bool(content)

    return fill


def _keep_number(value: Any) -> Any:
    return value if type(value) in (int, float) else cell_text(value)


def _span_fields(record_type: str, name: str) -> list[str]:
    """Return the fields of a span. A relation has no precision."""
    fields_by_name = fields_of(record_type)
    return [field for field in DATE_SPANS[name] if field and field in fields_by_name]


def _find_constant(record_type: str, name: str, loaded: Any, compiler: Compiler) -> Any:
    """Return the text or number of a field that is the same for every row, else None."""
    if name in DATE_SPANS or not compiler.is_constant(loaded):
        return None
    convert = build_converter(name, fields_of(record_type)[name])
    try:
        constant = convert(compiler.compile_cell(loaded, name)({}))
    except UnfitCellError:
        return None  # each row is refused for it
    return constant if isinstance(constant, str | int | float) else None


def _add_id(record_type: str, document: Document) -> Document:
    """Return the document with an id. Default for reports and relations: an id from the records that they join."""
    if record_type == "report" and "id" not in document and document.get("claim") and document.get("source"):
        return {"id": make_slug(f"{document['claim']} in {document['source']}"), **document}
    if record_type == "relation" and "id" not in document:
        words = [document.get(name) for name in ("claim", "kind", "target")]
        return {"id": make_slug(" ".join(map(str, words))), **document} if all(words) else document
    return document


def _remove_empty(placed: list[str], fill: Fill) -> Fill:
    """Return a function that also removes these fields, which are null before, if the cells are empty."""

    def fill_or_remove(cells: Cells, document: Document) -> bool:
        if not fill(cells, document):
            for field in placed:
                del document[field]
        return True

    return fill_or_remove


def _compile_fill(record_type: str, name: str, loaded: Any, compiler: Compiler) -> Fill:
    """Return a function that sets one field in a document, or the several fields of a span.

    The function sets nothing, and returns False, if the cells are empty.
    """
    if name in DATE_SPANS:
        return _compile_span_fill(record_type, name, loaded, compiler)
    field = fields_of(record_type)[name]
    if name in NOTES:
        return _compile_plain_fill(name, compiler.compile_value(loaded), build_shortener(name, field, compiler))
    if plain := find_plain_converter(field):
        return _compile_plain_fill(name, compiler.compile_value(loaded), plain)
    if isinstance(field, fields.List):
        read_cell, convert = compiler.compile_cell(loaded, name), build_converter(name, field)
        return _build_fill(name, lambda cells: convert(read_cell(cells)) or None)
    return _build_fill(name, compiler.compile_conversion(loaded, name, build_converter(name, field)))


def _compile_plain_fill(name: str, read: Read, convert: Callable[[Any], str]) -> Fill:
    def fill(cells: Cells, document: Document) -> bool:
        if (value := read(cells)) is None:
            return False
        document[name] = convert(value)
        return True

    return fill


def _build_fill(name: str, read_converted: Read) -> Fill:
    def fill(cells: Cells, document: Document) -> bool:
        if (value := read_converted(cells)) is None:
            return False
        _add_fields(document, {name: value})
        return True

    return fill


def _compile_span_fill(record_type: str, name: str, loaded: Any, compiler: Compiler) -> Fill:
    fields_by_name = fields_of(record_type)
    targets = [field if field in fields_by_name else None for field in DATE_SPANS[name]]
    read_days = (
        _compile_range(loaded, name, compiler)
        if isinstance(loaded, list)
        else (compiler.compile_conversion(loaded, name, _parse_any_span))
    )

    def fill(cells: Cells, document: Document) -> bool:
        if (days := read_days(cells)) is None:
            return False
        document |= {field: part for field, part in zip(targets, days, strict=True) if field}
        return True

    return fill


def _compile_range(loaded: list[Any], name: str, compiler: Compiler) -> Read:
    """Return a function that returns the days from the first value to the second; the second may be empty.

    The precision is that of the coarser date: `2020-09` and `2020-11` are known to the month.
    """
    read_start, read_end = (compiler.compile_conversion(value, name, _parse_any_span) for value in loaded)

    def read_range(cells: Cells) -> Days | None:
        start, end = read_start(cells), read_end(cells)
        if start is None or end is None:
            return start or end
        return Days(start.first, end.last, max(start.precision, end.precision))

    return read_range


def _parse_any_span(cell: Cell) -> Days | None:
    return None if cell.value is None else parse_span(cell)


def _compile_figure_fill(record_type: str, loaded: Any, compiler: Compiler) -> Fill:
    """Return a function that sets the figure fields which the record type has.

    A report has no rule, flags or confirmation, because these belong to its claim.
    """
    make_figure, fields_by_name = compile_figure(loaded, compiler), fields_of(record_type)

    def fill(cells: Cells, document: Document) -> bool:
        figure = make_figure(cells)
        _add_fields(document, {field: value for field, value in figure.items() if field in fields_by_name})
        return bool(figure)

    return fill


def _add_fields(document: Document, values: Mapping[str, Any]) -> None:
    """Set fields of a document. Flags are added to the existing flags."""
    flags = {*document["flags"], *values["flags"]} if "flags" in document and "flags" in values else None
    document |= values
    if flags is not None or "flags" in values:
        document["flags"] = sorted(flags or set(values["flags"]))
