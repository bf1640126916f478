"""Claimants: who speaks, for which side or for none."""

from api.models import Claim, Claimant, Side
from api.queries.filters import Filter, among, own_id, refers, scalar, text
from api.queries.select import listing, named, plain

COLUMNS = {
    "id": plain(Claimant.slug),
    "name": plain(Claimant.name),
    "kind": plain(Claimant.kind),
    "side": named(Claimant.side, "sides"),
    "note": plain(Claimant.note),
    "status": plain(Claimant.status),
    "status_reason": plain(Claimant.status_reason),
    "revision": plain(Claimant.revision),
    "created_at": plain(Claimant.created_at),
    "updated_at": plain(Claimant.updated_at),
}

WHERE = {
    "id": own_id(Claimant),
    "kind": among(Claimant.kind),
    "side": refers(Claimant.side, Side),
    "as_of": Filter(lambda day: Claimant.id.in_(Claim.select(Claim.claimant).where(Claim.stated_until <= day)), scalar),
    "q": text(Claimant),
}

LISTING = listing(
    "claimants",
    Claimant,
    columns=COLUMNS,
    where=WHERE,
    sort={"id": Claimant.slug, "name": Claimant.name, "kind": Claimant.kind},
)
