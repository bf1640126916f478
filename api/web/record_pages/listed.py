"""The first records of a list, and how many there are: long lists are never whole on a page."""

from typing import Any, NamedTuple

from api.history.revisions import current_revision
from api.listings import claims, query
from api.listings.query import Listing
from api.web.record_pages.addresses import data_address, list_address

SHOWN = 50
NEWEST_FIRST = ("-stated_on",)


class Listed(NamedTuple):
    records: list[dict[str, Any]]
    total: int
    address: str  # of the whole list as JSON; `.csv` goes before its query string
    page: str | None  # of the list as a page

    @property
    def csv_address(self) -> str:
        path, mark, rest = self.address.partition("?")
        return f"{path}.csv{mark}{rest}"


def list_records(
    listing: Listing, filters: dict[str, Any], sort: tuple[str, ...], fields: tuple[str, ...] = (), limit: int = SHOWN
) -> Listed:
    """Return the first records that match. `filters`: as a question of the listing has them."""
    bound = query.bind_question(listing, filters)
    page = query.read_page(listing, bound, fields=fields, sort=sort, limit=limit)
    total = query.count_matches(listing, bound, current_revision()) if page.last is not None else len(page.records)
    written = {name: _write_filter(value) for name, value in filters.items()}
    return Listed(
        page.records,
        total,
        data_address(listing.name, **written),
        list_address(**written) if listing is claims.LISTING else None,
    )


def list_claims(filters: dict[str, Any], sort: tuple[str, ...] = NEWEST_FIRST, limit: int = SHOWN) -> Listed:
    return list_records(claims.LISTING, filters, sort, limit=limit)


def _write_filter(value: Any) -> str:
    """Return the value of a filter as it is sent: `("a", "b")` → `a,b`."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
