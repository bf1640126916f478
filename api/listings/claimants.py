"""The listing of claimants."""

from api.database.models import Claim, Claimant
from api.listings.filters import Filter, bind_scalar, text_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing

COLUMNS = derive_columns(
    Claimant,
    "id", "name", "kind", "side", "affiliation", "note", "status", "status_reason", "revision", "created_at",
    "updated_at",
)  # fmt: skip

WHERE = {
    **derive_filters(Claimant, "id", "kind", "side", "affiliation"),
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
    sort=derive_sorts(Claimant, "id", "name", "kind"),
)
