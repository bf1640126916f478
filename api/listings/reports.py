"""The listing of reports: a claim as one source carries it."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect

from api.database.models import Claim, Report, Source
from api.listings.filters import (
    Group,
    at_most,
    dataset_filter,
    dataset_of,
    id_filter,
    reference_filter,
    text_filter,
    value_filter,
)
from api.listings.query import named_column, pair_column, plain_column, register_listing


def join_claim_and_source(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Report.claim).join_from(Report, Source, on=Report.source)


COLUMNS = {
    "id": plain_column(Report.slug),
    "claim": plain_column(Claim.slug),
    "claimant": named_column(Claim.claimant, "claimants"),
    "subject_side": named_column(Claim.subject_side, "sides"),
    "measure": plain_column(Claim.measure),
    "stated_on": plain_column(Claim.stated_on),
    "source": pair_column(Source.slug, Source.publisher),
    "url": plain_column(Source.url),
    "reported_on": plain_column(Report.reported_on),
    "harm": plain_column(Report.harm),
    "value": plain_column(Report.value),
    "low": plain_column(Report.low),
    "best": plain_column(Report.best),
    "high": plain_column(Report.high),
    "qualifier": plain_column(Report.qualifier),
    "phrase": plain_column(Report.phrase),
    "phrase_lang": plain_column(Report.phrase_lang),
    "source_original": plain_column(Report.source_original),
    "note": plain_column(Report.note),
    "status": plain_column(Report.status),
    "status_reason": plain_column(Report.status_reason),
    "dataset": plain_column(dataset_of("reports", Report)),
    "revision": plain_column(Report.revision),
    "created_at": plain_column(Report.created_at),
    "updated_at": plain_column(Report.updated_at),
}

WHERE = {
    "id": id_filter(Report),
    "claim": reference_filter(Report.claim, Claim),
    "source": reference_filter(Report.source, Source)._replace(group=Group((Source.slug, Source.publisher))),
    "publisher": value_filter(Source.publisher, requires=True),
    "dataset": dataset_filter("reports", Report),
    "harm": value_filter(Report.harm),
    "as_of": at_most(Source.published_until),
    "q": text_filter(Report),
}

LISTING = register_listing(
    "reports",
    Report,
    columns=COLUMNS,
    where=WHERE,
    join=join_claim_and_source,
    joined_for=frozenset({"publisher", "as_of"}),
    sort={"id": Report.slug, "best": Report.best},
)
