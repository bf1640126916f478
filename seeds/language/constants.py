"""What a mapping writes itself, rather than reads from a row: what no record can have would refuse every row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from schemas.mappings import NOUNS, SPANS
from seeds.language.cells import Cell, Numbers, Unfit
from seeds.language.fields import fit, span
from seeds.language.marked import Path, leaves

SECTIONS = ("always", "records", "usual")


def unfit(content: Any, told: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Where a constant stands that its field does not take, and why, in a mapping as written and as loaded."""
    dates, numbers = tuple(told["dates"]), Numbers(**told["numbers"])
    for path, value in leaves({section: content[section] for section in SECTIONS if section in content}):
        name, field = _field([step for step in path if isinstance(step, str)])
        if field is None or value is None or isinstance(value, str) and {"{", "}"} & set(value):
            continue
        if isinstance(path[-1], int) and not isinstance(field, fields.List):
            yield path[:-1], "Must be one value, not a list."
            continue
        try:
            _try(name, field, Cell(value, name, dates, numbers))
        except Unfit as error:
            yield path, error.allowed
        except ValidationError as error:
            yield path, " ".join(error.messages)


def _try(name: str, field: fields.Field[Any], cell: Cell) -> None:
    inner = field.inner if isinstance(field, fields.List) else field
    inner.deserialize(span(cell).first if name in SPANS else fit(name, inner)(cell))


def _field(names: Sequence[str]) -> tuple[str, fields.Field[Any] | None]:
    """The field that a constant fills which stands under these words: records, event, place_precision."""
    noun = next((place for place, name in enumerate(names) if name in NOUNS), None)
    if noun is None or len(names) == noun + 1:
        return "", None
    known, rest = NOUNS[names[noun]]().fields, list(names[noun + 1 :])
    if rest[0] == "reports" and rest[1:]:
        known, rest = NOUNS["report"]().fields, rest[1:]
    if rest[0] == "figure" and rest[1:]:
        rest = ["value" if rest[1] == "number" else rest[1], *rest[2:]]
    return rest[-1], _within(known.get(SPANS.get(rest[0], rest)[0]), rest[1:])


def _within(field: fields.Field[Any] | None, names: Sequence[str]) -> fields.Field[Any] | None:
    """Of a list of records, such as sides with their roles, the field of a record."""
    if not names:
        return field
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested) and len(names) == 1:
        found: fields.Field[Any] | None = field.inner.schema.fields.get(names[0])
        return found
    return None
