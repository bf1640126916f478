"""The records of a mapping compiled: from the cells of a row to documents of each noun."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.mappings import NOUNS, SPANS
from seeds.language.cells import Cell, Cells, item_cells, text
from seeds.language.fields import fit, span
from seeds.language.figures import figure
from seeds.language.slugs import slug
from seeds.language.values import ITEM, Compiler

Document = dict[str, Any]
Fill = Callable[[Cells, Document], None]


class Made(NamedTuple):
    """A document of a noun, named as its collection is: claims."""

    noun: str
    document: Document


Make = Callable[[Cells], Iterator[Made]]


def makings(given: Iterable[Mapping[str, Any]], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    """What a list of records makes of a row."""
    all_of = [_making(making, usual, compiler) for making in given]
    return lambda cells: (made for make in all_of for made in make(cells))


def _making(given: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    name, before = given.get("as_", ITEM), set(compiler.names)
    when = compiler.condition(given.get("when", []))
    make = _content(given, usual, compiler)

    def conditional(cells: Cells) -> Iterator[Made]:
        if when(cells):
            yield from make(cells)

    if "for_" not in given:
        return conditional
    compiler.names -= {found for found in compiler.names - before if found.split(".")[0] == name}
    items = _items(given["for_"], compiler)

    def repeated(cells: Cells) -> Iterator[Made]:
        for number, item in enumerate(items(cells), 1):
            yield from conditional({**cells, f"{name}.number": number, **item_cells(name, item)})

    return repeated


def _content(given: Mapping[str, Any], usual: Mapping[str, Any], compiler: Compiler) -> Make:
    if "records" in given:
        return makings(given["records"], usual, compiler)
    noun = next(noun for noun in NOUNS if noun in given)
    return _record(noun, {**usual.get(noun, {}), **given[noun]}, compiler)


def _items(loop: Mapping[str, Any], compiler: Compiler) -> Callable[[Cells], list[Any]]:
    """The items of a list in a cell; of an object, each value with its `key`."""
    read, separator = compiler.column(loop["column"]), loop.get("split")

    def items(cells: Cells) -> list[Any]:
        found = read(cells)
        if isinstance(found, dict):
            return [
                {"key": key, **(value if isinstance(value, dict) else {"value": value})} for key, value in found.items()
            ]
        if isinstance(found, list) or found is None:
            return found or []
        if separator is None:
            return [found]
        parts = next(csv.reader([text(found)], delimiter=separator)) if loop["quoted"] else text(found).split(separator)
        return [part.strip() for part in parts if part.strip()]

    return items


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _record(noun: str, given: Mapping[str, Any], compiler: Compiler) -> Make:
    fills = [_fill(noun, name, value, compiler) for name, value in given.items() if name != "reports"]
    reports = [_record("report", {**report, "claim": None}, compiler) for report in given.get("reports", [])]

    def make(cells: Cells) -> Iterator[Made]:
        document: Document = {}
        for fill in fills:
            fill(cells, document)
        yield Made(f"{noun}s", _identified(noun, document))
        for report in reports:
            for made in report(cells):
                yield Made(made.noun, _identified("report", made.document | {"claim": document.get("id")}))

    return make


def _identified(noun: str, document: Document) -> Document:
    """Reports and relations have an id by what they join, unless told."""
    if noun == "report" and "id" not in document and document.get("claim") and document.get("source"):
        return {"id": slug(f"{document['claim']} in {document['source']}"), **document}
    if noun == "relation" and "id" not in document:
        words = [document.get(name) for name in ("claim", "kind", "target")]
        return {"id": slug(" ".join(map(str, words))), **document} if all(words) else document
    return document


def _fill(noun: str, name: str, given: Any, compiler: Compiler) -> Fill:
    """What puts one field, or the several of a span or figure, into the document; nothing where cells are empty."""
    if name == "figure":
        return _figure(noun, given, compiler)
    read = compiler.read(given, name)
    known = NOUNS[noun]().fields
    if name in SPANS:
        filled = [field if field in known else None for field in SPANS[name]]  # a relation has no precision
        return lambda cells, document: _put_days(document, filled, read(cells))
    convert = fit(name, known[name])

    def fill(cells: Cells, document: Document) -> None:
        if (value := convert(read(cells))) is not None and value != []:
            _add(document, {name: value})

    return fill


def _figure(noun: str, given: Any, compiler: Compiler) -> Fill:
    """A report has no rule, no flags and no confirmation: these are its claim's."""
    told, known = figure(given, compiler), NOUNS[noun]().fields

    def fill(cells: Cells, document: Document) -> None:
        _add(document, {field: value for field, value in told(cells).items() if field in known})

    return fill


def _put_days(document: Document, filled: Iterable[str | None], cell: Cell) -> None:
    if cell.value is not None:
        document |= {field: part for field, part in zip(filled, span(cell), strict=True) if field}


def _add(document: Document, told: Mapping[str, Any]) -> None:
    """Flags are added to those that are there."""
    flags = [*document.get("flags", []), *told.get("flags", [])]
    document |= told
    if flags:
        document["flags"] = sorted(set(flags))
