"""Reports: a claim as one source carries it."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect

from api.models import Claim, Report, Source
from api.queries.filters import Group, among, at_most, own_id, refers, text
from api.queries.select import listing, named, pair, plain


def join(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Report.claim).join_from(Report, Source, on=Report.source)


COLUMNS = {
    "id": plain(Report.slug),
    "claim": plain(Claim.slug),
    "claimant": named(Claim.claimant, "claimants"),
    "subject_side": named(Claim.subject_side, "sides"),
    "measure": plain(Claim.measure),
    "stated_on": plain(Claim.stated_on),
    "source": pair(Source.slug, Source.publisher),
    "url": plain(Source.url),
    "reported_on": plain(Report.reported_on),
    "harm": plain(Report.harm),
    "value": plain(Report.value),
    "low": plain(Report.low),
    "best": plain(Report.best),
    "high": plain(Report.high),
    "qualifier": plain(Report.qualifier),
    "phrase": plain(Report.phrase),
    "phrase_lang": plain(Report.phrase_lang),
    "source_original": plain(Report.source_original),
    "note": plain(Report.note),
    "status": plain(Report.status),
    "status_reason": plain(Report.status_reason),
    "revision": plain(Report.revision),
    "created_at": plain(Report.created_at),
    "updated_at": plain(Report.updated_at),
}

WHERE = {
    "id": own_id(Report),
    "claim": refers(Report.claim, Claim),
    "source": refers(Report.source, Source)._replace(group=Group((Source.slug, Source.publisher))),
    "publisher": among(Source.publisher, requires=True),
    "harm": among(Report.harm),
    "as_of": at_most(Source.published_until),
    "q": text(Report),
}

LISTING = listing(
    "reports", Report, columns=COLUMNS, where=WHERE, join=join, sort={"id": Report.slug, "best": Report.best}
)
