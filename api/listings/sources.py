"""The listing of sources: the documents in which claims can be read."""

from api.database.models import Source
from api.listings.filters import at_least, at_most, text_filter, value_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing

COLUMNS = derive_columns(
    Source,
    "id", "publisher", "title", "url", "archived_url", "published_on", "published_until", "published_precision",
    "language", "kind", "reliability", "licence", "note", "status", "status_reason", "revision", "created_at",
    "updated_at",
)  # fmt: skip

WHERE = {
    **derive_filters(Source, "id", "kind", "language", "reliability"),
    "publisher": value_filter(Source.publisher, requires=True),
    "from": at_least(Source.published_until),
    "to": at_most(Source.published_on),
    "as_of": at_most(Source.published_until),
    "q": text_filter(Source),
}

LISTING = register_listing(
    "sources",
    Source,
    columns=COLUMNS,
    where=WHERE,
    sort=derive_sorts(Source, "id", "publisher", "published_on", "title"),
)
