"""The listing of sources: the documents in which claims can be read."""

from api.database.models import Source
from api.listings.filters import at_least, at_most, id_filter, text_filter, value_filter
from api.listings.query import plain_column, register_listing

COLUMNS = {
    "id": plain_column(Source.slug),
    "publisher": plain_column(Source.publisher),
    "title": plain_column(Source.title),
    "url": plain_column(Source.url),
    "archived_url": plain_column(Source.archived_url),
    "published_on": plain_column(Source.published_on),
    "published_until": plain_column(Source.published_until),
    "published_precision": plain_column(Source.published_precision),
    "language": plain_column(Source.language),
    "kind": plain_column(Source.kind),
    "reliability": plain_column(Source.reliability),
    "licence": plain_column(Source.licence),
    "note": plain_column(Source.note),
    "status": plain_column(Source.status),
    "status_reason": plain_column(Source.status_reason),
    "revision": plain_column(Source.revision),
    "created_at": plain_column(Source.created_at),
    "updated_at": plain_column(Source.updated_at),
}

WHERE = {
    "id": id_filter(Source),
    "publisher": value_filter(Source.publisher, requires=True),
    "kind": value_filter(Source.kind),
    "language": value_filter(Source.language),
    "reliability": value_filter(Source.reliability),
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
    sort={
        "id": Source.slug,
        "publisher": Source.publisher,
        "published_on": Source.published_on,
        "title": Source.title,
    },
)
