"""The listing of claimants."""

from api.database.models import Claim, Claimant, Side
from api.listings.filters import Filter, bind_scalar, id_filter, reference_filter, text_filter, value_filter
from api.listings.query import named_column, plain_column, register_listing

COLUMNS = {
    "id": plain_column(Claimant.slug),
    "name": plain_column(Claimant.name),
    "kind": plain_column(Claimant.kind),
    "side": named_column(Claimant.side, "sides"),
    "affiliation": named_column(Claimant.affiliation, "sides"),
    "note": plain_column(Claimant.note),
    "status": plain_column(Claimant.status),
    "status_reason": plain_column(Claimant.status_reason),
    "revision": plain_column(Claimant.revision),
    "created_at": plain_column(Claimant.created_at),
    "updated_at": plain_column(Claimant.updated_at),
}

WHERE = {
    "id": id_filter(Claimant),
    "kind": value_filter(Claimant.kind),
    "side": reference_filter(Claimant.side, Side),
    "affiliation": reference_filter(Claimant.affiliation, Side),
    "as_of": Filter(
        lambda day: Claimant.id.in_(Claim.select(Claim.claimant).where(Claim.stated_until <= day)), bind_scalar
    ),
    "q": text_filter(Claimant),
}

LISTING = register_listing(
    "claimants",
    Claimant,
    columns=COLUMNS,
    where=WHERE,
    sort={"id": Claimant.slug, "name": Claimant.name, "kind": Claimant.kind},
)
