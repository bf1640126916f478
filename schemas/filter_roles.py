"""What a filter of claims does in a statistic of people. Each filter says it at its field.

Rules: docs/developers/reconciling.md#rule-6.
"""

from typing import Any, TypeVar

from marshmallow import Schema, fields

AnyField = TypeVar("AnyField", bound=fields.Field[Any])

UNITS, VICTIMS, DEEDS, DAYS, VOICES, UNUSED = "units", "victims", "deeds", "days", "voices", "unused"
#: The key of the metadata of a field. It is no word of OpenAPI, which leaves it out.
ROLE = "role_in_statistics"


def choose_units(field: AnyField) -> AnyField:
    """Mark a filter that chooses what is read: what it leaves out is no part of the answer."""
    return _mark_role(field, UNITS)


def choose_victims(field: AnyField) -> AnyField:
    """Mark a filter that decides what a complete sum needs."""
    return _mark_role(field, VICTIMS)


def choose_deeds(field: AnyField) -> AnyField:
    """Mark a filter on what is counted of the units: what it leaves out is `filtered`."""
    return _mark_role(field, DEEDS)


def choose_days(field: AnyField) -> AnyField:
    """Mark an end of the window of days."""
    return _mark_role(field, DAYS)


def choose_voices(field: AnyField) -> AnyField:
    """Mark a filter on who speaks, which acts after supersession: what it leaves out is `not_heard`."""
    return _mark_role(field, VOICES)


def skip_statistics(field: AnyField) -> AnyField:
    """Mark a filter that statistics do not have."""
    return _mark_role(field, UNUSED)


def _mark_role(field: AnyField, role: str) -> AnyField:
    field.metadata = {**field.metadata, ROLE: role}
    return field


def find_roles(schema: type[Schema], without: type[Schema]) -> dict[str, str]:
    """Return the role of each filter of a schema, by its name on the wire, but for the fields of `without`.

    Raises `LookupError` for a filter that does not say its role.
    """
    filters = {name: field for name, field in schema._declared_fields.items() if name not in without._declared_fields}
    for name, field in filters.items():
        if ROLE not in field.metadata:
            raise LookupError(
                f"{schema.__name__}.{name} does not say what it does in statistics. "
                "Write choose_units(...), choose_voices(...), skip_statistics(...) or another of schemas.filter_roles."
            )
    return {field.data_key or name: field.metadata[ROLE] for name, field in filters.items()}
