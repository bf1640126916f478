"""Relations between claims."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect, fn

from api.models import Claim, Relation
from api.queries.filters import among, at_most, own_id, refers
from api.queries.select import listing, plain

Target = Claim.alias("target")


def join(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Relation.claim).join_from(Relation, Target, on=(Relation.target == Target.id))


COLUMNS = {
    "id": plain(Relation.slug),
    "claim": plain(Claim.slug),
    "kind": plain(Relation.kind),
    "target": plain(Target.slug),
    "stated_on": plain(Relation.stated_on),
    "stated_until": plain(Relation.stated_until),
    "note": plain(Relation.note),
    "status": plain(Relation.status),
    "status_reason": plain(Relation.status_reason),
    "revision": plain(Relation.revision),
    "created_at": plain(Relation.created_at),
    "updated_at": plain(Relation.updated_at),
}

WHERE = {
    "id": own_id(Relation),
    "claim": refers(Relation.claim, Claim),
    "target": refers(Relation.target, Claim),
    "as_of": at_most(fn.COALESCE(Relation.stated_until, Claim.stated_until)),
    "kind": among(Relation.kind),
}

LISTING = listing(
    "relations",
    Relation,
    columns=COLUMNS,
    where=WHERE,
    join=join,
    sort={"id": Relation.slug, "kind": Relation.kind, "stated_on": Relation.stated_on},
)
