"""The listing of relations between claims."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.database.models import Claim, Relation
from api.listings.columns import plain_column
from api.listings.filters import at_most
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing

Target = Claim.alias("target")


def join_claims(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Relation.claim).join_from(Relation, Target, on=(Relation.target == Target.id))


COLUMNS = {
    **derive_columns(Relation, "id"),
    "claim": plain_column(Claim.slug),
    **derive_columns(Relation, "kind"),
    "target": plain_column(Target.slug),
    **derive_columns(
        Relation,
        "stated_on", "stated_until", "note", "status", "status_reason", "revision", "created_at", "updated_at",
    ),
}  # fmt: skip

WHERE = {
    **derive_filters(Relation, "id", "claim", "target", "kind"),
    "as_of": at_most(fn.COALESCE(Relation.stated_until, Claim.stated_until)),
}

LISTING = register_listing(
    "relations",
    Relation,
    columns=COLUMNS,
    where=WHERE,
    join=join_claims,
    sort=derive_sorts(Relation, "id", "kind", "stated_on"),
)
