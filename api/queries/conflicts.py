"""Conflicts, their phases and their sides."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.models import Conflict, ConflictSide, Side
from api.queries.filters import at_least, at_most, linked, own_id, refers, text
from api.queries.select import attached, grouped, listing, named, plain


def sides(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The sides of each conflict, in the order of its record."""
    return grouped(
        ConflictSide.select(ConflictSide.conflict, Side.slug, Side.name)
        .join(Side, on=ConflictSide.side)
        .where(ConflictSide.conflict.in_(keys))
        .order_by(ConflictSide.conflict, ConflictSide.position),
        ("id", "name"),
    )


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = ConflictSide.select(ConflictSide.conflict).join(Side, on=ConflictSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


COLUMNS = {
    "id": plain(Conflict.slug),
    "name": plain(Conflict.name),
    "parent": named(Conflict.parent, "conflicts"),
    "started_on": plain(Conflict.started_on),
    "ended_on": plain(Conflict.ended_on),
    "date_precision": plain(Conflict.date_precision),
    "sides": attached(sides),
    "note": plain(Conflict.note),
    "status": plain(Conflict.status),
    "status_reason": plain(Conflict.status_reason),
    "revision": plain(Conflict.revision),
    "created_at": plain(Conflict.created_at),
    "updated_at": plain(Conflict.updated_at),
}

WHERE = {
    "id": own_id(Conflict),
    "parent": refers(Conflict.parent, Conflict),
    "side": linked(with_side, Conflict.id, requires=Side.slug),
    "from": at_least(fn.COALESCE(Conflict.ended_on, "2100-12-31")),
    "to": at_most(Conflict.started_on),
    "as_of": at_most(fn.COALESCE(Conflict.started_on, "1800-01-01")),
    "q": text(Conflict),
}

LISTING = listing(
    "conflicts",
    Conflict,
    columns=COLUMNS,
    where=WHERE,
    sort={"id": Conflict.slug, "name": Conflict.name, "started_on": Conflict.started_on},
)
