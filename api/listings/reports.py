"""The listing of reports: a claim as one source carries it."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect

from api.database.models import Claim, Report, Source
from api.listings.columns import pair_column, plain_column
from api.listings.filters import Group, at_most, dataset_filter, dataset_of, reference_filter, text_filter, value_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing


def join_claim_and_source(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Claim, on=Report.claim).join_from(Report, Source, on=Report.source)


COLUMNS = {
    **derive_columns(Report, "id"),
    "claim": plain_column(Claim.slug),
    **derive_columns(Claim, "claimant", "subject_side", "measure", "stated_on"),
    "source": pair_column(Source.slug, Source.publisher),
    **derive_columns(Source, "url"),
    **derive_columns(
        Report,
        "reported_on", "harm", "value", "low", "best", "high", "qualifier", "phrase", "phrase_lang", "source_original",
        "note", "status", "status_reason",
    ),
    "dataset": plain_column(dataset_of("reports", Report)),
    **derive_columns(Report, "revision", "created_at", "updated_at"),
}  # fmt: skip

WHERE = {
    **derive_filters(Report, "id", "claim", "harm"),
    "source": reference_filter(Report.source, Source)._replace(group=Group((Source.slug, Source.publisher))),
    "publisher": value_filter(Source.publisher, requires=True),
    "dataset": dataset_filter("reports", Report),
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
    sort=derive_sorts(Report, "id", "best"),
)
