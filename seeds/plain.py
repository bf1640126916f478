"""Our own CSV headers, those of every CSV answer, to the documents that the In schemas validate.

A reference `side` is the column `side_id`; a list of records (`sides`) is parallel columns (`sides_id`, `sides_role`)
whose cells are joined by `;`, as other lists are (`schemas.fields.joined`). An empty cell is null. Columns
`*_name` repeat what the id says.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from schemas.fields import Degrees, Figure, Grade, Slug, apart, unguarded


def columns(schema: Schema) -> dict[str, str]:
    """The columns of a noun and the field that each fills."""
    found = {}
    for name, field in schema.fields.items():
        for column in _columns_of(name, field):
            found[column] = name
    return found


def _columns_of(name: str, field: fields.Field[Any]) -> list[str]:
    if parts := _parts(field):
        return [f"{name}_{'id' if part == 'side' else part}" for part in parts]
    return [f"{name}_id" if is_reference(name, field) else name]


def _parts(field: fields.Field[Any]) -> list[str]:
    """The fields of a record in a list of records; none for any other field."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return list(field.inner.schema.fields)
    return []


def is_reference(name: str, field: fields.Field[Any]) -> bool:
    inner = field.inner if isinstance(field, fields.List) else field
    return isinstance(inner, Slug) and name not in ("id", "statement")


def document(schema: Schema, row: Mapping[str, str]) -> dict[str, Any]:
    """A row of text as the document that `schema` validates. Unknown columns stay, for the schema to refuse."""
    known = columns(schema)
    made = {name: cell for name, cell in row.items() if name not in known and not name.endswith("_name")}
    for name, field in schema.fields.items():
        cells = [unguarded(row.get(column, "")) for column in _columns_of(name, field)]
        if any(cells):
            made[name] = _value(field, cells)
    return made


def _value(field: fields.Field[Any], cells: list[str]) -> Any:
    if parts := _parts(field):
        return _records(parts, cells)
    if isinstance(field, fields.List):
        return apart(cells[0])
    return _typed(field, cells[0])


def _records(names: list[str], cells: list[str]) -> list[Any]:
    count = len(apart(cells[0]))
    parallel = [apart(cell) if cell else [""] * count for cell in cells]
    if any(len(column) != count for column in parallel):
        return cells  # not parallel: for the schema to refuse
    entries = zip(*parallel, strict=True)
    return [{name: value for name, value in zip(names, entry, strict=True) if value} for entry in entries]


def _typed(field: fields.Field[Any], cell: str) -> Any:
    """Numbers as numbers where they are written as such; anything else stays text, for the schema to refuse."""
    if isinstance(field, Figure | Grade) and cell.isascii() and cell.isdigit():
        return int(cell)
    if isinstance(field, Degrees):
        try:
            return float(cell)
        except ValueError:
            return cell
    return cell
