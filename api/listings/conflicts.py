"""The listing of conflicts, with their sides."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.database.models import Conflict, ConflictSide, Side
from api.listings.columns import attached_column
from api.listings.filters import at_least, at_most, link_filter, text_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import Among, RowGroups, register_listing


def _select_sides(among: Among) -> ModelSelect[Any]:
    return (
        ConflictSide.select(ConflictSide.conflict, Side.slug, Side.name)
        .join(Side, on=ConflictSide.side)
        .where(among(ConflictSide.conflict))
        .order_by(ConflictSide.conflict, ConflictSide.position)
    )


#: The sides of each conflict, in the order of its record.
read_sides = RowGroups(_select_sides, ("id", "name"))


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = ConflictSide.select(ConflictSide.conflict).join(Side, on=ConflictSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


COLUMNS = {
    **derive_columns(Conflict, "id", "name", "parent", "started_on", "ended_on", "date_precision", "country"),
    "sides": attached_column(read_sides),
    **derive_columns(Conflict, "note", "status", "status_reason", "revision", "created_at", "updated_at"),
}

WHERE = {
    **derive_filters(Conflict, "id", "parent"),
    "side": link_filter(with_side, Conflict.id, requires=Side.slug),
    **derive_filters(Conflict, "country"),
    "from": at_least(fn.COALESCE(Conflict.ended_on, "2100-12-31")),
    "to": at_most(Conflict.started_on),
    "as_of": at_most(fn.COALESCE(Conflict.started_on, "1800-01-01")),
    "q": text_filter(Conflict),
}

LISTING = register_listing(
    "conflicts",
    Conflict,
    columns=COLUMNS,
    where=WHERE,
    sort=derive_sorts(Conflict, "id", "name", "started_on"),
)
