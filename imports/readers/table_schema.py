"""Read cells as the Table Schema of a data package describes them: what is missing, and how dates and numbers look."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from imports.mapping_language.cells import UnfitCellError
from imports.readers.tables import Numbered, Table

Convert = Callable[[str], Any]
NUMBER_TYPES = ("number", "integer")
DATE_TYPES = ("date", "datetime")
#: Formats of dates that leave a cell to the mapping.
OPEN_FORMATS = ("default", "any", "")
NOT_OF_NUMBERS = re.compile(r"^[^0-9+\-.]+|[^0-9]+$")  # units around a number: `€ 12 %`


def field_names(schema: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields of a schema, in the order of the columns."""
    return [str(field.get("name", "")) for field in _list_fields(schema)]


def apply_schema(table: Table, schema: Mapping[str, Any]) -> Table:
    """Return the table with cells that are read as described. A cell that does not fit becomes the fault of its row."""
    missing = _list_missing(schema)
    missing_by_column = {str(field.get("name")): _list_missing(field) or missing for field in _list_fields(schema)}
    converters = {
        str(field.get("name")): convert for field in _list_fields(schema) if (convert := _build_converter(field))
    }
    return table._replace(rows=_read_rows(table.rows, missing, missing_by_column, converters))


def _list_fields(schema: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    fields = schema.get("fields")
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []


def _list_missing(description: Mapping[str, Any]) -> frozenset[str]:
    """Return the values that mean: not stated. Version 2 of the specification allows `{"value": "-", "label": …}`."""
    values = description.get("missingValues")
    listed = values if isinstance(values, list) else []
    return frozenset(str(value.get("value", "")) if isinstance(value, dict) else str(value) for value in listed)


def _read_rows(
    rows: Iterator[Numbered],
    missing: frozenset[str],
    missing_by_column: Mapping[str, frozenset[str]],
    converters: Mapping[str, Convert],
) -> Iterator[Numbered]:
    for number, cells in rows:
        if isinstance(cells, UnfitCellError):
            yield number, cells
            continue
        try:
            yield (
                number,
                {
                    name: _read_cell(name, cell, missing_by_column.get(name, missing), converters.get(name))
                    for name, cell in cells.items()
                },
            )
        except UnfitCellError as unfit:
            yield number, unfit


def _read_cell(name: str, cell: Any, missing: frozenset[str], convert: Convert | None) -> Any:
    if not isinstance(cell, str):
        return cell
    if cell.strip() in missing:
        return ""
    if convert is None or not cell.strip():
        return cell
    try:
        return convert(cell.strip())
    except (ValueError, InvalidOperation) as error:
        raise UnfitCellError(name, cell, f"Is not as the data package describes it: {error}.") from None


def _build_converter(field: Mapping[str, Any]) -> Convert | None:
    """Return a function from the text of a cell to its value. None: the field is plain, and the mapping reads it."""
    kind, format = str(field.get("type", "")), str(field.get("format", "default"))
    if kind in NUMBER_TYPES and field.keys() & {"groupChar", "decimalChar", "bareNumber"}:
        return lambda text: _parse_number(text, field)
    if kind in DATE_TYPES and format not in OPEN_FORMATS:
        return lambda text: _parse_date(text, format.removeprefix("fmt:"), kind)
    if kind == "boolean" and field.keys() & {"trueValues", "falseValues"}:
        words = {str(word): "true" for word in field.get("trueValues", ["true", "True", "TRUE", "1"])}
        words |= {str(word): "false" for word in field.get("falseValues", ["false", "False", "FALSE", "0"])}
        return lambda text: _look_up(text, words)
    return None


def _parse_number(text: str, field: Mapping[str, Any]) -> Decimal:
    bare = NOT_OF_NUMBERS.sub("", text) if field.get("bareNumber") is False else text
    plain = bare.replace(str(field.get("groupChar", "")), "").replace(str(field.get("decimalChar", ".")), ".")
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", plain):
        raise ValueError(f"no {field['type']}")
    return Decimal(plain)


def _parse_date(text: str, format: str, kind: str) -> datetime.date:
    try:
        moment = datetime.datetime.strptime(text, format)
    except ValueError:
        raise ValueError(f"no date written {format}") from None
    return moment.date() if kind == "date" else moment


def _look_up(text: str, words: Mapping[str, str]) -> str:
    if text not in words:
        raise ValueError(f"none of {', '.join(words)}")
    return words[text]
