"""Columns, filters and sorts that repeat a field of a model: a listing has their names, and the model the rest."""

from __future__ import annotations

from typing import Any

from peewee import Field, ForeignKeyField, IntegerField

from api.database.models import JsonListField, JsonObjectField, Revision, Table, is_empty_by_default
from api.listings.columns import Column, json_list_column, json_object_column, named_column, plain_column
from api.listings.filters import Filter, id_filter, list_filter, on_scale, reference_filter, value_filter
from api.listings.references import SMALL_RECORD_TYPES


def find_field(model: type[Table], name: str) -> Field:
    """Return the field of the model with this name on the wire, where the slug is `id`.

    Raises `LookupError` for a name that the model does not have: a listing writes such a column out.
    """
    field: Field | None = model._meta.fields.get("slug" if name == "id" else name)
    if field is None:
        raise LookupError(f"{model.__name__} has no field {name}. Write {name} out, with its expression.")
    return field


def derive_columns(model: type[Table], *names: str) -> dict[str, Column]:
    """Return a column for each of these fields of the model, in this order."""
    return {name: _derive_column(find_field(model, name)) for name in names}


def _derive_column(field: Field) -> Column:
    if isinstance(field, JsonListField):
        return json_list_column(field)
    if isinstance(field, JsonObjectField):
        return json_object_column(field)
    if not isinstance(field, ForeignKeyField) or field.rel_model is Revision:
        return plain_column(field)
    if field.rel_model not in SMALL_RECORD_TYPES:
        raise LookupError(f"{field.name} refers to {field.rel_model.__name__}. Write it out, with a join.")
    return named_column(field, SMALL_RECORD_TYPES[field.rel_model])


def derive_filters(model: type[Table], *names: str) -> dict[str, Filter]:
    """Return a filter for each of these fields of the model: it finds the records with any of the values sent."""
    return {name: _derive_filter(model, find_field(model, name)) for name in names}


def _derive_filter(model: type[Table], field: Field) -> Filter:
    if field.name == "slug":
        return id_filter(model)
    if isinstance(field, ForeignKeyField):
        return reference_filter(field, field.rel_model)
    if isinstance(field, JsonListField):
        return list_filter(field)
    if isinstance(field, IntegerField):
        return on_scale(field)
    # Words of an editor: `none` finds the records without them, and a misspelt one is refused with the nearest.
    return value_filter(field, empty="", requires=True) if is_empty_by_default(field) else value_filter(field)


def derive_sorts(model: type[Table], *names: str) -> dict[str, Any]:
    return {name: find_field(model, name) for name in names}
