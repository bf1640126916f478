"""What a cell comes to in a field of a record: a day, a number, an id, a list, or text."""

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from schemas.fields import Day, Degrees, Slug
from schemas.mappings import SPANS
from seeds.language.cells import Cell, Unfit, text
from seeds.language.dates import Days, days
from seeds.language.figures import whole_number
from seeds.language.numbers import decimal
from seeds.language.slugs import slug

Fit = Callable[[Cell], Any]
#: Days that are told by the last that is possible.
LAST = {last for _, last, _ in SPANS.values()} | {"to_day", "status_on"}


def fit(name: str, field: fields.Field[Any]) -> Fit:
    """From a cell to the value of this field; None where the cell is empty. The function raises `Unfit`."""
    if isinstance(field, fields.List):
        return _list(field.inner)
    if isinstance(field, fields.Nested):
        inner = {part: fit(part, inner) for part, inner in field.schema.fields.items()}
        return lambda cell: {part: inner[part](cell._replace(value=value)) for part, value in cell.value.items()}
    convert = _single(name, field)
    return lambda cell: None if cell.value is None else convert(cell)


def _single(name: str, field: fields.Field[Any]) -> Fit:
    if isinstance(field, Day):
        return lambda cell: span(cell)[name in LAST]
    if isinstance(field, fields.Integer):
        return whole_number
    if isinstance(field, Degrees):
        return _degrees
    if isinstance(field, Slug):
        return lambda cell: slug(text(cell.value))
    return lambda cell: text(cell.value)


def _list(inner: fields.Field[Any]) -> Fit:
    convert = fit("", inner)

    def make(cell: Cell) -> list[Any]:
        items = cell.value if isinstance(cell.value, list) else [] if cell.value is None else [cell.value]
        return [convert(cell._replace(value=item)) for item in items if item is not None]

    return make


def span(cell: Cell) -> Days:
    """The days in a cell that is not empty. Raises `Unfit`."""
    try:
        return days(cell.value, cell.dates)
    except ValueError as error:
        raise Unfit(cell.column, cell.value, str(error)) from None


def _degrees(cell: Cell) -> float:
    try:
        return float(decimal(cell.value, cell.numbers))
    except ValueError as error:
        raise Unfit(cell.column, cell.value, str(error)) from None
