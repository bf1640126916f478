"""Compile the records of a mapping into functions that make documents from the cells of a row."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.records.named_references import NamedReference
from imports.mapping_language.cells import Cell, Cells, cell_text, item_cells
from imports.mapping_language.figures import compile_figure
from imports.mapping_language.record_fields import build_converter, parse_span
from imports.mapping_language.slugs import make_slug
from imports.mapping_language.values import ITEM, Compiler
from schemas.claims import is_stated_early
from schemas.imports.mappings import DATE_SPANS, RECORD_SCHEMAS
from schemas.vocabularies import STATED_EARLY

Document = dict[str, Any]
Fill = Callable[[Cells, Document], None]


class RecordDocument(NamedTuple):
    """A document with its record type, for example claims, and the names that its row gives for references."""

    record_type: str
    document: Document
    names: Sequence[NamedReference] = ()


Make = Callable[[Cells], Iterator[RecordDocument]]


def compile_records(loaded: Iterable[Mapping[str, Any]], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    """Return a function that makes the records of a list from a row."""
    makers = [_compile_entry(entry, usual, compiler) for entry in loaded]
    return lambda cells: (record for make in makers for record in make(cells))


def _compile_entry(loaded: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    name, before = loaded.get("as_", ITEM), set(compiler.names)
    when = compiler.compile_condition(loaded.get("when", []))
    make = _compile_content(loaded, usual, compiler)

    def make_conditionally(cells: Cells) -> Iterator[RecordDocument]:
        if when(cells):
            yield from make(cells)

    if "for_" not in loaded:
        return make_conditionally
    compiler.names -= {column for column in compiler.names - before if column.split(".")[0] == name}
    items = _compile_items(loaded["for_"], compiler)

    def make_repeatedly(cells: Cells) -> Iterator[RecordDocument]:
        for number, item in enumerate(items(cells), 1):
            yield from make_conditionally({**cells, f"{name}.number": number, **item_cells(name, item)})

    return make_repeatedly


def _compile_content(loaded: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    if "records" in loaded:
        return compile_records(loaded["records"], usual, compiler)
    record_type = next(record_type for record_type in RECORD_SCHEMAS if record_type in loaded)
    return _compile_record(record_type, {**usual.get(record_type, {}), **loaded[record_type]}, compiler)


def _compile_items(loop: Mapping[str, Any], compiler: Compiler) -> Callable[[Cells], list[Any]]:
    """Return a function that returns the items of a list in a cell; for an object, its values, each with its `key`."""
    read, separator = compiler.compile_column(loop["column"]), loop.get("split")

    def list_items(cells: Cells) -> list[Any]:
        content = read(cells)
        if isinstance(content, dict):
            return [
                {"key": key, **(value if isinstance(value, dict) else {"value": value})}
                for key, value in content.items()
            ]
        if isinstance(content, list) or content is None:
            return content or []
        if separator is None:
            return [content]
        parts = (
            next(csv.reader([cell_text(content)], delimiter=separator))
            if loop["quoted"]
            else cell_text(content).split(separator)
        )
        return [part.strip() for part in parts if part.strip()]

    return list_items


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _compile_record(record_type: str, loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    fills = [_compile_fill(record_type, name, value, compiler) for name, value in loaded.items() if name != "reports"]
    reports = [_compile_record("report", {**report, "claim": None}, compiler) for report in loaded.get("reports", [])]

    def make(cells: Cells) -> Iterator[RecordDocument]:
        document: Document = {}
        for fill in fills:
            fill(cells, document)
        if record_type == "claim" and is_stated_early(document):
            _add_fields(document, {"flags": [STATED_EARLY]})  # true of the data: UCDP counts a year before it ends
        yield RecordDocument(f"{record_type}s", _add_id(record_type, document))
        for report in reports:
            for record in report(cells):
                yield RecordDocument(
                    record.record_type, _add_id("report", record.document | {"claim": document.get("id")})
                )

    return make


def _add_id(record_type: str, document: Document) -> Document:
    """Return the document with an id. Default for reports and relations: an id from the records that they join."""
    if record_type == "report" and "id" not in document and document.get("claim") and document.get("source"):
        return {"id": make_slug(f"{document['claim']} in {document['source']}"), **document}
    if record_type == "relation" and "id" not in document:
        words = [document.get(name) for name in ("claim", "kind", "target")]
        return {"id": make_slug(" ".join(map(str, words))), **document} if all(words) else document
    return document


def _compile_fill(record_type: str, name: str, loaded: Any, compiler: Compiler) -> Fill:
    """Return a function that sets one field in a document, or the several fields of a span or figure.

    The function sets nothing if the cells are empty.
    """
    if name == "figure":
        return _compile_figure_fill(record_type, loaded, compiler)
    read = compiler.compile_cell(loaded, name)
    fields_by_name = RECORD_SCHEMAS[record_type]().fields
    if name in DATE_SPANS:
        targets = [
            field if field in fields_by_name else None for field in DATE_SPANS[name]
        ]  # a relation has no precision
        return lambda cells, document: _put_days(document, targets, read(cells))
    convert = build_converter(name, fields_by_name[name])

    def fill(cells: Cells, document: Document) -> None:
        if (value := convert(read(cells))) is not None and value != []:
            _add_fields(document, {name: value})

    return fill


def _compile_figure_fill(record_type: str, loaded: Any, compiler: Compiler) -> Fill:
    """Return a function that sets the figure fields which the record type has.

    A report has no rule, flags or confirmation, because these belong to its claim.
    """
    make_figure, fields_by_name = compile_figure(loaded, compiler), RECORD_SCHEMAS[record_type]().fields

    def fill(cells: Cells, document: Document) -> None:
        _add_fields(document, {field: value for field, value in make_figure(cells).items() if field in fields_by_name})

    return fill


def _put_days(document: Document, targets: Iterable[str | None], cell: Cell) -> None:
    if cell.value is not None:
        document |= {field: part for field, part in zip(targets, parse_span(cell), strict=True) if field}


def _add_fields(document: Document, values: Mapping[str, Any]) -> None:
    """Set fields of a document. Flags are added to the existing flags."""
    flags = [*document.get("flags", []), *values.get("flags", [])]
    document |= values
    if flags:
        document["flags"] = sorted(set(flags))
