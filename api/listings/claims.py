"""The listing of claims, and one claim with its reports and relations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import JOIN, Case, ModelSelect, Value, fn

from api.database.models import Claim, Claimant, Conflict, Event, Relation, Report, Side, Source
from api.listings import query, relations, reports
from api.listings.columns import attached_column, named_column, pair_column, plain_column
from api.listings.filters import (
    Group,
    at_least,
    at_most,
    bbox_filter,
    begun_in,
    dataset_filter,
    dataset_of,
    link_filter,
    list_filter,
    long_list_filter,
    presence_filter,
    reference_filter,
    subject_side_filter,
    switch_filter,
    text_filter,
    value_filter,
)
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import Among, RowGroups, Slot, register_listing


def join_event(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Event, JOIN.LEFT_OUTER, on=Claim.event)


def _select_sources(among: Among) -> ModelSelect[Any]:
    # Neither a join nor EXISTS: SQLite would read all claims of an older revision, PostgreSQL all claims.
    reason_of_claim = Claim.select(Claim.status_reason).where(
        (Claim.id == Report.claim) & (Claim.status == Report.status)
    )
    return (
        Report.select(Report.claim, Source.slug, Source.publisher, Source.url)
        .join(Source, on=Report.source)
        .where(among(Report.claim) & ((Report.status == "active") | (Report.status_reason == reason_of_claim)))
    )


#: The sources of each claim, each once, sorted by id: also those of reports that ended with their claim.
read_sources = RowGroups(_select_sources, ("id", "name", "url"), is_set=True)


def carried_by(slugs: Any) -> ModelSelect[Any]:
    query = Report.select(Report.claim).join(Source, on=Report.source)
    return query if slugs is None else query.where(Source.slug.in_(slugs))


def published_by(publishers: Any) -> ModelSelect[Any]:
    query = Report.select(Report.claim).join(Source, on=Report.source)
    return query if publishers is None else query.where(Source.publisher.in_(publishers))


def with_reliability(*letters: Any) -> Any:
    graded_reports = Report.select(Report.claim).join(Source, on=Report.source)
    return Claim.id.in_(graded_reports.where(value_filter(Source.reliability).condition(*letters)))


def speaking_for(slugs: Any) -> ModelSelect[Any]:
    query = Claimant.select(Claimant.id).join(Side, on=Claimant.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


def join_claimant(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join_from(Claim, Claimant, on=Claim.claimant)


def join_sources(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join_from(Claim, Report, on=(Report.claim == Claim.id)).join(Source, on=Report.source)


COLUMNS = {
    **derive_columns(Claim, "id", "statement", "kind", "conflict"),
    "event": pair_column(Event.slug, Event.name),
    **derive_columns(Claim, "event_date", "claimant"),
    "claimant_side": named_column(Claim.claimant, "claimant_sides"),
    **derive_columns(
        Claim,
        "stated_on", "stated_until", "stated_precision", "stated_at", "subject_side", "responsible_side", "harm",
        "victim_status", "victim_sex", "victim_age", "part", "measure", "covers_from", "covers_to", "value", "low",
        "best", "high", "qualifier", "figure_rule", "phrase", "phrase_lang", "confirmation", "credibility", "status",
        "status_by", "status_on", "status_reason", "flags",
    ),
    "sources": attached_column(read_sources),
    **derive_columns(Event, "place", "country", "latitude", "longitude"),
    **derive_columns(Claim, "note", "details"),
    "dataset": plain_column(dataset_of("claims", Claim)),
    **derive_columns(Claim, "revision", "created_at", "updated_at"),
}  # fmt: skip

#: Filters on columns of the event; all others are on columns of the claim. A count joins the event only for these.
EVENT_WHERE = {
    **derive_filters(Event, "country", "place_precision"),
    "event_type": value_filter(Event.type),
    "admin1": value_filter(fn.COALESCE(Event.admin1, ""), empty="")._replace(requires=Event.admin1),
    "bbox": bbox_filter(Event.latitude, Event.longitude),
}

WHERE = {
    **derive_filters(Claim, "id", "kind"),
    "statement": value_filter(Claim.statement, requires=True),
    "conflict": reference_filter(Claim.conflict, Conflict, below="phases")._replace(
        group=Group((Claim.conflict,), selected_by="recorded_conflict")
    ),
    "recorded_conflict": reference_filter(Claim.conflict, Conflict),
    "event": reference_filter(Claim.event, Event)._replace(group=Group((Event.slug, Event.name))),
    **derive_filters(Claim, "claimant"),
    "claimant_side": link_filter(
        speaking_for, Claim.claimant, requires=Side.slug, group=Group((Claimant.side,), join_claimant)
    ),
    "subject_side": subject_side_filter()._replace(below="members", below_if="members"),
    "members": switch_filter(),
    **derive_filters(
        Claim,
        "responsible_side", "harm", "victim_status", "victim_sex", "victim_age", "part", "measure", "qualifier",
        "confirmation", "status",
    ),
    "source": link_filter(
        carried_by, Claim.id, requires=Source.slug, group=Group((Source.slug, Source.publisher), join_sources, True)
    ),
    "publisher": link_filter(
        published_by, Claim.id, requires=Source.publisher, group=Group((Source.publisher,), join_sources, True)
    ),
    "reliability": value_filter(Source.reliability)._replace(
        condition=with_reliability, group=Group((Source.reliability,), join_sources, True)
    ),
    "dataset": dataset_filter("claims", Claim),
    "flag": list_filter(Claim.flags),
    "from": at_least(fn.COALESCE(Claim.event_until, Claim.event_date)),
    "to": at_most(fn.COALESCE(Claim.event_date, Claim.event_until)),
    "year": begun_in(Claim.event_date, 4),
    "month": begun_in(Claim.event_date, 7),
    "stated_from": at_least(Claim.stated_until),
    "stated_to": at_most(Claim.stated_until),
    "stated_year": begun_in(Claim.stated_on, 4),
    "stated_month": begun_in(Claim.stated_on, 7),
    "stated_day": value_filter(Claim.stated_until),
    **EVENT_WHERE,
    "low_min": at_least(Claim.low),
    "low_max": at_most(Claim.low),
    "best_min": at_least(Claim.best),
    "best_max": at_most(Claim.best),
    "high_min": at_least(Claim.high),
    "high_max": at_most(Claim.high),
    "has_figure": presence_filter(Claim.low, Claim.best, Claim.high),
    "used_by": long_list_filter(Claim.slug),
    "left_out_of": long_list_filter(Claim.slug),
    "as_of": at_most(Claim.stated_until),
    "q": text_filter(Claim),
}  # fmt: skip

LISTING = register_listing(
    "claims",
    Claim,
    columns=COLUMNS,
    where=WHERE,
    join=join_event,
    joined_for=frozenset(EVENT_WHERE),
    then="claims as of",
    sort=derive_sorts(Claim, "id", "stated_on", "event_date", "low", "best", "high", "harm", "measure"),
)


def read_fields(slugs: Iterable[str], fields: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return these fields of these claims, as on the wire, by id."""
    bound = query.bind_question(LISTING, {"used_by": tuple(sorted(set(slugs)))})
    return {
        claim["id"]: claim for chunk in query.read_chunks(LISTING, bound, fields=("id", *fields)) for claim in chunk
    }


AS_OF_DAY = Value(Slot("as_of", 0), converter=False)
Newer = Claim.alias("newer")
IS_REPLACED = fn.EXISTS(
    Relation.select(Relation.id)
    .join(Newer, on=(Relation.claim == Newer.id))
    .where(
        (Relation.target == Claim.id)
        & (Relation.kind == "supersedes")
        & (Relation.status == "active")
        & (fn.COALESCE(Relation.stated_until, Newer.stated_until) <= AS_OF_DAY)
    )
)
#: Taken back on all days: by an editor or a dataset, or by its claimant without a day.
IS_TAKEN_BACK = Claim.status.in_(("retracted", "withdrawn")) & (
    (fn.COALESCE(Claim.status_by, "") != "claimant") | Claim.status_on.is_null()
)
HAS_CURRENT_STATUS = (
    (Claim.status == "active")
    | (Claim.status_by == "editor")
    | IS_TAKEN_BACK
    | (Claim.status_on <= AS_OF_DAY)
    | ((Claim.status == "superseded") & IS_REPLACED)
)


def _as_of_day(column: Any, otherwise: Any) -> Any:
    """Return `column` where the current status already applied on the day, else `otherwise`."""
    return Case(None, [(HAS_CURRENT_STATUS, column)], otherwise)


#: A claim that was replaced by the day and taken back later is superseded on the day.
STATUS_AS_OF = Case(None, [(HAS_CURRENT_STATUS, Claim.status), (IS_REPLACED, "superseded")], "active")

#: The same claims on an as-of day: those that were replaced or taken back later are active.
register_listing(
    "claims as of",
    Claim,
    columns=COLUMNS
    | {
        "status": plain_column(STATUS_AS_OF),
        "status_by": plain_column(_as_of_day(Claim.status_by, None)),
        "status_on": plain_column(_as_of_day(Claim.status_on, None)),
        "status_reason": plain_column(_as_of_day(Claim.status_reason, "")),
    },
    where=WHERE | {"status": value_filter(STATUS_AS_OF)},
    join=join_event,
    joined_for=frozenset(EVENT_WHERE),
    sort=LISTING.sort,
)


def read_claim(slug: str, as_of: str | None = None) -> dict[str, Any] | None:
    """Return the claim with its reports and its relations in both directions, as stated by `as_of`; else None."""
    claim = query.read_record(LISTING, slug, as_of)
    if claim is None:
        return None
    claim_reports = query.read_page(reports.LISTING, {"claim": (slug,), **query.as_of_filter(as_of)}).records
    relations_from = query.read_page(relations.LISTING, {"claim": (slug,), **query.as_of_filter(as_of)}).records
    relations_to = query.read_page(relations.LISTING, {"target": (slug,), **query.as_of_filter(as_of)}).records
    return claim | {"reports": claim_reports, "relations": relations_from + relations_to}
