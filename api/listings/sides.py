"""The listing of sides, with the sides of which they are members."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.database.models import Conflict, ConflictSide, Side, SideMembership
from api.listings.columns import attached_column
from api.listings.filters import Filter, bind_scalar, link_filter, text_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import Among, RowGroups, register_listing


def _select_memberships(among: Among) -> ModelSelect[Any]:
    columns = (SideMembership.side, Side.slug, Side.name, SideMembership.from_day, SideMembership.to_day)
    return (
        SideMembership.select(*columns)
        .join(Side, on=SideMembership.member_of)
        .where(among(SideMembership.side))
        .order_by(SideMembership.side, SideMembership.position)
    )


#: The sides of which each side is a member, with the days, in the order of its record.
read_memberships = RowGroups(_select_memberships, ("id", "name", "from_day", "to_day"))


def in_conflict(slugs: Any) -> ModelSelect[Any]:
    query = ConflictSide.select(ConflictSide.side).join(Conflict, on=ConflictSide.conflict)
    return query if slugs is None else query.where(Conflict.slug.in_(slugs))


def begun_by(day: Any) -> Any:
    """Return the condition for sides of a conflict that had begun by the day."""
    begun = ConflictSide.select(ConflictSide.side).join(Conflict, on=ConflictSide.conflict)
    return Side.id.in_(begun.where(fn.COALESCE(Conflict.started_on, "1800-01-01") <= day))


def members_of(slugs: Any) -> ModelSelect[Any]:
    query = SideMembership.select(SideMembership.side).join(Side, on=SideMembership.member_of)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


COLUMNS = {
    **derive_columns(Side, "id", "name", "kind", "country"),
    "member_of": attached_column(read_memberships),
    **derive_columns(Side, "aliases", "note", "status", "status_reason", "revision", "created_at", "updated_at"),
}

WHERE = {
    **derive_filters(Side, "id", "kind", "country"),
    "conflict": link_filter(in_conflict, Side.id, requires=Conflict.slug),
    "member_of": link_filter(members_of, Side.id, requires=Side.slug),
    "as_of": Filter(begun_by, bind_scalar),
    "q": text_filter(Side),
}

LISTING = register_listing(
    "sides",
    Side,
    columns=COLUMNS,
    where=WHERE,
    sort=derive_sorts(Side, "id", "name", "kind"),
)
