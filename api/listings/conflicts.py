"""The listing of conflicts, with their sides."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.database.models import Conflict, ConflictSide, Side
from api.listings.filters import at_least, at_most, id_filter, link_filter, reference_filter, text_filter, value_filter
from api.listings.query import Among, attached_column, group_rows, named_column, plain_column, register_listing


def read_sides(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the sides of each conflict, in the order of its record."""
    return group_rows(_select_sides, keys, ("id", "name"))


def _select_sides(among: Among) -> ModelSelect[Any]:
    return (
        ConflictSide.select(ConflictSide.conflict, Side.slug, Side.name)
        .join(Side, on=ConflictSide.side)
        .where(among(ConflictSide.conflict))
        .order_by(ConflictSide.conflict, ConflictSide.position)
    )


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = ConflictSide.select(ConflictSide.conflict).join(Side, on=ConflictSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


COLUMNS = {
    "id": plain_column(Conflict.slug),
    "name": plain_column(Conflict.name),
    "parent": named_column(Conflict.parent, "conflicts"),
    "started_on": plain_column(Conflict.started_on),
    "ended_on": plain_column(Conflict.ended_on),
    "date_precision": plain_column(Conflict.date_precision),
    "country": plain_column(Conflict.country),
    "sides": attached_column(read_sides),
    "note": plain_column(Conflict.note),
    "status": plain_column(Conflict.status),
    "status_reason": plain_column(Conflict.status_reason),
    "revision": plain_column(Conflict.revision),
    "created_at": plain_column(Conflict.created_at),
    "updated_at": plain_column(Conflict.updated_at),
}

WHERE = {
    "id": id_filter(Conflict),
    "parent": reference_filter(Conflict.parent, Conflict),
    "side": link_filter(with_side, Conflict.id, requires=Side.slug),
    "country": value_filter(Conflict.country),
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
    sort={"id": Conflict.slug, "name": Conflict.name, "started_on": Conflict.started_on},
)
