"""Check the constants of a mapping. A constant that no record can have would refuse every row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from imports.mapping_language.cells import Cell, Numbers, UnfitCellError
from imports.mapping_language.record_fields import build_converter, parse_span
from imports.mapping_language.yaml_lines import Path, walk_leaves
from schemas.imports.mappings import DATE_RANGES, DATE_SPANS, RECORD_SCHEMAS, fields_of

SECTIONS = ("always", "records", "usual")


def find_unfit_constants(content: Any, definition: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Return the path of each constant that its field does not allow, with the reason.

    `content` is the mapping as written, `definition` the mapping as loaded.
    """
    dates, numbers = tuple(definition["dates"]), Numbers(**definition["numbers"])
    for path, value in walk_leaves({section: content[section] for section in SECTIONS if section in content}):
        name, field = _find_field([step for step in path if isinstance(step, str)])
        if field is None or value is None or isinstance(value, str) and {"{", "}"} & set(value):
            continue
        if isinstance(path[-1], int) and not isinstance(field, fields.List) and name not in DATE_RANGES:
            yield path[:-1], "Must be one value, not a list."
            continue
        try:
            _try_constant(name, field, Cell(value, name, dates, numbers))
        except UnfitCellError as error:
            yield path, error.allowed
        except ValidationError as error:
            yield path, " ".join(error.messages)


def _try_constant(name: str, field: fields.Field[Any], cell: Cell) -> None:
    inner = field.inner if isinstance(field, fields.List) else field
    inner.deserialize(parse_span(cell).first if name in DATE_SPANS else build_converter(name, inner)(cell))


def _find_field(names: Sequence[str]) -> tuple[str, fields.Field[Any] | None]:
    """Return the name and the field of a constant by its path: records, event, place_precision.

    The field is None if the path leads to no field.
    """
    record_type = next((place for place, name in enumerate(names) if name in RECORD_SCHEMAS), None)
    if record_type is None or len(names) == record_type + 1:
        return "", None
    fields_by_name, rest = fields_of(names[record_type]), list(names[record_type + 1 :])
    if rest[0] == "reports" and rest[1:]:
        fields_by_name, rest = fields_of("report"), rest[1:]
    if rest[0] == "figure" and rest[1:]:
        rest = ["value" if rest[1] == "number" else rest[1], *rest[2:]]
    return rest[-1], _find_inner_field(fields_by_name.get(DATE_SPANS.get(rest[0], rest)[0]), rest[1:])


def _find_inner_field(field: fields.Field[Any] | None, names: Sequence[str]) -> fields.Field[Any] | None:
    """Return the field of a record in a list of records, for example the role of a side; else the field itself."""
    if not names:
        return field
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested) and len(names) == 1:
        inner_field: fields.Field[Any] | None = field.inner.schema.fields.get(names[0])
        return inner_field
    return None
