"""Sides, and of which sides they are members."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.models import Conflict, ConflictSide, Side, SideMembership
from api.queries.filters import Filter, among, linked, own_id, scalar, text
from api.queries.select import attached, grouped, json_list, listing, plain


def member_of(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Of which sides each side is a member, and when, in the order of its record."""
    columns = (SideMembership.side, Side.slug, Side.name, SideMembership.from_day, SideMembership.to_day)
    return grouped(
        SideMembership.select(*columns)
        .join(Side, on=SideMembership.member_of)
        .where(SideMembership.side.in_(keys))
        .order_by(SideMembership.side, SideMembership.position),
        ("id", "name", "from_day", "to_day"),
    )


def in_conflict(slugs: Any) -> ModelSelect[Any]:
    query = ConflictSide.select(ConflictSide.side).join(Conflict, on=ConflictSide.conflict)
    return query if slugs is None else query.where(Conflict.slug.in_(slugs))


def begun_by(day: Any) -> Any:
    """Sides of a conflict that had begun by then."""
    begun = ConflictSide.select(ConflictSide.side).join(Conflict, on=ConflictSide.conflict)
    return Side.id.in_(begun.where(fn.COALESCE(Conflict.started_on, "1800-01-01") <= day))


def members(slugs: Any) -> ModelSelect[Any]:
    query = SideMembership.select(SideMembership.side).join(Side, on=SideMembership.member_of)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


COLUMNS = {
    "id": plain(Side.slug),
    "name": plain(Side.name),
    "kind": plain(Side.kind),
    "country": plain(Side.country),
    "member_of": attached(member_of),
    "aliases": json_list(Side.aliases),
    "note": plain(Side.note),
    "status": plain(Side.status),
    "status_reason": plain(Side.status_reason),
    "revision": plain(Side.revision),
    "created_at": plain(Side.created_at),
    "updated_at": plain(Side.updated_at),
}

WHERE = {
    "id": own_id(Side),
    "kind": among(Side.kind),
    "country": among(Side.country),
    "conflict": linked(in_conflict, Side.id, requires=Conflict.slug),
    "member_of": linked(members, Side.id, requires=Side.slug),
    "as_of": Filter(begun_by, scalar),
    "q": text(Side),
}

LISTING = listing(
    "sides", Side, columns=COLUMNS, where=WHERE, sort={"id": Side.slug, "name": Side.name, "kind": Side.kind}
)
