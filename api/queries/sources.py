"""Sources: the documents in which statements can be read."""

from api.models import Source
from api.queries.filters import among, at_least, at_most, own_id, text
from api.queries.select import listing, plain

COLUMNS = {
    "id": plain(Source.slug),
    "publisher": plain(Source.publisher),
    "title": plain(Source.title),
    "url": plain(Source.url),
    "archived_url": plain(Source.archived_url),
    "published_on": plain(Source.published_on),
    "published_until": plain(Source.published_until),
    "published_precision": plain(Source.published_precision),
    "language": plain(Source.language),
    "kind": plain(Source.kind),
    "reliability": plain(Source.reliability),
    "licence": plain(Source.licence),
    "note": plain(Source.note),
    "status": plain(Source.status),
    "status_reason": plain(Source.status_reason),
    "revision": plain(Source.revision),
    "created_at": plain(Source.created_at),
    "updated_at": plain(Source.updated_at),
}

WHERE = {
    "id": own_id(Source),
    "publisher": among(Source.publisher, requires=True),
    "kind": among(Source.kind),
    "language": among(Source.language),
    "reliability": among(Source.reliability),
    "from": at_least(Source.published_until),
    "to": at_most(Source.published_on),
    "as_of": at_most(Source.published_until),
    "q": text(Source),
}

LISTING = listing(
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
