"""The listing of relations between claims."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.database.models import Claim, Relation
from api.listings.filters import at_most, id_filter, reference_filter, value_filter
from api.listings.query import plain_column, register_listing

Target = Claim.alias("target")


def join_claims(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Relation.claim).join_from(Relation, Target, on=(Relation.target == Target.id))


COLUMNS = {
    "id": plain_column(Relation.slug),
    "claim": plain_column(Claim.slug),
    "kind": plain_column(Relation.kind),
    "target": plain_column(Target.slug),
    "stated_on": plain_column(Relation.stated_on),
    "stated_until": plain_column(Relation.stated_until),
    "note": plain_column(Relation.note),
    "status": plain_column(Relation.status),
    "status_reason": plain_column(Relation.status_reason),
    "revision": plain_column(Relation.revision),
    "created_at": plain_column(Relation.created_at),
    "updated_at": plain_column(Relation.updated_at),
}

WHERE = {
    "id": id_filter(Relation),
    "claim": reference_filter(Relation.claim, Claim),
    "target": reference_filter(Relation.target, Claim),
    "as_of": at_most(fn.COALESCE(Relation.stated_until, Claim.stated_until)),
    "kind": value_filter(Relation.kind),
}

LISTING = register_listing(
    "relations",
    Relation,
    columns=COLUMNS,
    where=WHERE,
    join=join_claims,
    sort={"id": Relation.slug, "kind": Relation.kind, "stated_on": Relation.stated_on},
)
