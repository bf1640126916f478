"""Convert a cell to the value of a record's field: a day, a number, an id, a list, or text."""

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from imports.mapping_language.cells import Cell, UnfitCellError, cell_text
from imports.mapping_language.dates import Days, parse_days
from imports.mapping_language.figures import whole_number
from imports.mapping_language.numbers import parse_decimal
from imports.mapping_language.slugs import make_slug
from schemas.fields import Day, Degrees, Slug
from schemas.imports.mappings import DATE_SPANS

Convert = Callable[[Cell], Any]
#: Fields that take the last possible day of a month or year.
LAST_DAY_FIELDS = {last for _, last, _ in DATE_SPANS.values()} | {"to_day", "status_on"}


def build_converter(name: str, field: fields.Field[Any]) -> Convert:
    """Return a function from a cell to the value of this field, or None for an empty cell.

    The function raises `UnfitCellError`.
    """
    if isinstance(field, fields.List):
        return _list_converter(field.inner)
    if isinstance(field, fields.Nested):
        inner = {part: build_converter(part, inner) for part, inner in field.schema.fields.items()}
        return lambda cell: {part: inner[part](cell._replace(value=value)) for part, value in cell.value.items()}
    convert = _single_converter(name, field)
    return lambda cell: None if cell.value is None else convert(cell)


def find_plain_converter(field: fields.Field[Any]) -> Callable[[Any], str] | None:
    """Return a function from a value to an id or text. None: the field needs the formats of a cell, or is a list."""
    if isinstance(field, fields.List | fields.Nested | Day | fields.Integer | Degrees):
        return None
    return _convert_slug if isinstance(field, Slug) else cell_text


def _convert_slug(value: Any) -> str:
    return make_slug(cell_text(value))


def _single_converter(name: str, field: fields.Field[Any]) -> Convert:
    if isinstance(field, Day):
        return lambda cell: parse_span(cell)[name in LAST_DAY_FIELDS]
    if isinstance(field, fields.Integer):
        return whole_number
    if isinstance(field, Degrees):
        return _parse_degrees
    convert = _convert_slug if isinstance(field, Slug) else cell_text
    return lambda cell: convert(cell.value)


def _list_converter(inner: fields.Field[Any]) -> Convert:
    convert = build_converter("", inner)

    def make(cell: Cell) -> list[Any]:
        items = cell.value if isinstance(cell.value, list) else [] if cell.value is None else [cell.value]
        return [convert(cell._replace(value=item)) for item in items if item is not None]

    return make


def parse_span(cell: Cell) -> Days:
    """Return the days in a cell that is not empty. Raise `UnfitCellError`."""
    try:
        return parse_days(cell.value, cell.dates)
    except ValueError as error:
        raise UnfitCellError(cell.column, cell.value, str(error)) from None


def _parse_degrees(cell: Cell) -> float:
    try:
        return float(parse_decimal(cell.value, cell.numbers))
    except ValueError as error:
        raise UnfitCellError(cell.column, cell.value, str(error)) from None
