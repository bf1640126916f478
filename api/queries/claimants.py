"""Claimants: who speaks, for which side or for none."""

from api.models import Claimant, Side
from api.queries.filters import among, own_id, refers, text
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
    "q": text(Claimant),
}

LISTING = listing(
    "claimants",
    Claimant,
    columns=COLUMNS,
    where=WHERE,
    sort={"id": Claimant.slug, "name": Claimant.name, "kind": Claimant.kind},
)
