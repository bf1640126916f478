"""Claims side by side; one claim with its reports and relations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import JOIN, Case, ModelSelect, Value, fn

from api.models import Claim, Claimant, Conflict, Dataset, Event, Relation, Report, Side, Source
from api.queries import relations, reports, select
from api.queries.filters import (
    Group,
    among,
    at_least,
    at_most,
    begun_in,
    brought,
    holding,
    inside,
    linked,
    listed,
    on_scale,
    own_id,
    refers,
    stated,
    text,
)
from api.queries.select import Slot, attached, grouped, json_list, listing, named, pair, plain


def join_event(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Event, JOIN.LEFT_OUTER, on=Claim.event)


def sources(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The sources of each claim, each once, by id."""
    return grouped(
        Report.select(Report.claim, Source.slug, Source.publisher, Source.url)
        .join(Source, on=Report.source)
        .where(Report.claim.in_(keys) & (Report.status == "active"))
        .distinct()
        .order_by(Report.claim, Source.slug),
        ("id", "name", "url"),
    )


def carried_by(slugs: Any) -> ModelSelect[Any]:
    query = Report.select(Report.claim).join(Source, on=Report.source)
    return query if slugs is None else query.where(Source.slug.in_(slugs))


def published_by(publishers: Any) -> ModelSelect[Any]:
    query = Report.select(Report.claim).join(Source, on=Report.source)
    return query if publishers is None else query.where(Source.publisher.in_(publishers))


def graded(*letters: Any) -> Any:
    reports = Report.select(Report.claim).join(Source, on=Report.source)
    return Claim.id.in_(reports.where(among(Source.reliability).condition(*letters)))


def speaking_for(slugs: Any) -> ModelSelect[Any]:
    query = Claimant.select(Claimant.id).join(Side, on=Claimant.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


def join_claimant(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join_from(Claim, Claimant, on=Claim.claimant)


def join_sources(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join_from(Claim, Report, on=(Report.claim == Claim.id)).join(Source, on=Report.source)


COLUMNS = {
    "id": plain(Claim.slug),
    "statement": plain(Claim.statement),
    "kind": plain(Claim.kind),
    "conflict": named(Claim.conflict, "conflicts"),
    "event": pair(Event.slug, Event.name),
    "event_date": plain(Claim.event_date),
    "claimant": named(Claim.claimant, "claimants"),
    "claimant_side": named(Claim.claimant, "claimant_sides"),
    "stated_on": plain(Claim.stated_on),
    "stated_until": plain(Claim.stated_until),
    "stated_precision": plain(Claim.stated_precision),
    "stated_at": plain(Claim.stated_at),
    "subject_side": named(Claim.subject_side, "sides"),
    "responsible_side": named(Claim.responsible_side, "sides"),
    "harm": plain(Claim.harm),
    "victim_status": plain(Claim.victim_status),
    "victim_sex": plain(Claim.victim_sex),
    "victim_age": plain(Claim.victim_age),
    "measure": plain(Claim.measure),
    "covers_from": plain(Claim.covers_from),
    "covers_to": plain(Claim.covers_to),
    "value": plain(Claim.value),
    "low": plain(Claim.low),
    "best": plain(Claim.best),
    "high": plain(Claim.high),
    "qualifier": plain(Claim.qualifier),
    "figure_rule": plain(Claim.figure_rule),
    "phrase": plain(Claim.phrase),
    "phrase_lang": plain(Claim.phrase_lang),
    "confirmation": plain(Claim.confirmation),
    "credibility": plain(Claim.credibility),
    "status": plain(Claim.status),
    "status_by": plain(Claim.status_by),
    "status_on": plain(Claim.status_on),
    "status_reason": plain(Claim.status_reason),
    "flags": json_list(Claim.flags),
    "sources": attached(sources),
    "place": plain(Event.place),
    "country": plain(Event.country),
    "latitude": plain(Event.latitude),
    "longitude": plain(Event.longitude),
    "note": plain(Claim.note),
    "revision": plain(Claim.revision),
    "created_at": plain(Claim.created_at),
    "updated_at": plain(Claim.updated_at),
}

WHERE = {
    "id": own_id(Claim),
    "statement": among(Claim.statement, requires=True),
    "kind": among(Claim.kind),
    "conflict": refers(Claim.conflict, Conflict, below="phases")._replace(
        group=Group((Claim.conflict,), selected_by="recorded_conflict")
    ),
    "recorded_conflict": refers(Claim.conflict, Conflict),
    "event": refers(Claim.event, Event)._replace(group=Group((Event.slug, Event.name))),
    "event_type": among(Event.type),
    "claimant": refers(Claim.claimant, Claimant),
    "claimant_side": linked(
        speaking_for, Claim.claimant, requires=Side.slug, group=Group((Claimant.side,), join_claimant)
    ),
    "side": refers(Claim.subject_side, Side),
    "camp": refers(Claim.subject_side, Side, below="members")._replace(group=None),
    "responsible_side": refers(Claim.responsible_side, Side),
    "source": linked(
        carried_by, Claim.id, requires=Source.slug, group=Group((Source.slug, Source.publisher), join_sources, True)
    ),
    "publisher": linked(
        published_by, Claim.id, requires=Source.publisher, group=Group((Source.publisher,), join_sources, True)
    ),
    "reliability": among(Source.reliability)._replace(
        condition=graded, group=Group((Source.reliability,), join_sources, True)
    ),
    "dataset": linked(brought("claims"), Claim.slug, requires=Dataset.slug),
    "harm": among(Claim.harm),
    "victim_status": among(Claim.victim_status),
    "victim_sex": among(Claim.victim_sex),
    "victim_age": among(Claim.victim_age),
    "measure": among(Claim.measure),
    "qualifier": among(Claim.qualifier),
    "confirmation": among(Claim.confirmation),
    "status": among(Claim.status),
    "flag": holding(Claim.flags),
    "from": at_least(fn.COALESCE(Claim.event_until, Claim.event_date)),
    "to": at_most(fn.COALESCE(Claim.event_date, Claim.event_until)),
    "year": begun_in(Claim.event_date, 4),
    "month": begun_in(Claim.event_date, 7),
    "stated_from": at_least(Claim.stated_until),
    "stated_to": at_most(Claim.stated_until),
    "stated_year": begun_in(Claim.stated_on, 4),
    "stated_month": begun_in(Claim.stated_on, 7),
    "stated_day": among(Claim.stated_until),
    "country": among(Event.country),
    "admin1": among(fn.COALESCE(Event.admin1, ""), empty="")._replace(requires=Event.admin1),
    "bbox": inside(Event.latitude, Event.longitude),
    "place_precision": on_scale(Event.place_precision),
    "low_min": at_least(Claim.low),
    "low_max": at_most(Claim.low),
    "best_min": at_least(Claim.best),
    "best_max": at_most(Claim.best),
    "high_min": at_least(Claim.high),
    "high_max": at_most(Claim.high),
    "has_figure": stated(Claim.low, Claim.best, Claim.high),
    "used_by": listed(Claim.slug),
    "left_out_of": listed(Claim.slug),
    "as_of": at_most(Claim.stated_until),
    "q": text(Claim),
}

#: Filters that ask the event; all others ask the claim.
OF_EVENTS = frozenset({"event_type", "country", "admin1", "bbox", "place_precision"})

LISTING = listing(
    "claims",
    Claim,
    columns=COLUMNS,
    where=WHERE,
    join=join_event,
    joined_for=OF_EVENTS,
    then="claims as of",
    sort={
        "id": Claim.slug,
        "stated_on": Claim.stated_on,
        "event_date": Claim.event_date,
        "low": Claim.low,
        "best": Claim.best,
        "high": Claim.high,
        "harm": Claim.harm,
        "measure": Claim.measure,
    },
)


def told(slugs: Iterable[str], fields: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """These fields of these claims as they stand on the wire, by id."""
    bound = select.bind(LISTING, {"used_by": tuple(sorted(set(slugs)))})
    return {claim["id"]: claim for chunk in select.every(LISTING, bound, fields=("id", *fields)) for claim in chunk}


STOOD = Value(Slot("as_of", 0), converter=False)
Newer = Claim.alias("newer")
REPLACED = fn.EXISTS(
    Relation.select(Relation.id)
    .join(Newer, on=(Relation.claim == Newer.id))
    .where(
        (Relation.target == Claim.id)
        & (Relation.kind == "supersedes")
        & (Relation.status == "active")
        & (fn.COALESCE(Relation.stated_until, Newer.stated_until) <= STOOD)
    )
)
#: Taken back by its claimant on a day, or at once; by anybody else for all days, as `standing` has it.
TAKEN_BACK = Claim.status.in_(("retracted", "withdrawn")) & (
    (fn.COALESCE(Claim.status_by, "") != "claimant") | Claim.status_on.is_null()
)
GONE = (
    (Claim.status == "active")
    | (Claim.status_by == "editor")
    | TAKEN_BACK
    | (Claim.status_on <= STOOD)
    | ((Claim.status == "superseded") & REPLACED)
)


def _then(column: Any, otherwise: Any) -> Any:
    """What of one that no longer stands would have read otherwise on the day."""
    return Case(None, [(GONE, column)], otherwise)


#: What was replaced by then, and taken back later, had only been replaced.
STATUS_THEN = Case(None, [(GONE, Claim.status), (REPLACED, "superseded")], "active")

#: The same claims on a day: what was replaced or taken back later still stood.
listing(
    "claims as of",
    Claim,
    columns=COLUMNS
    | {
        "status": plain(STATUS_THEN),
        "status_by": plain(_then(Claim.status_by, None)),
        "status_on": plain(_then(Claim.status_on, None)),
        "status_reason": plain(_then(Claim.status_reason, "")),
    },
    where=WHERE | {"status": among(STATUS_THEN)},
    join=join_event,
    joined_for=OF_EVENTS,
    sort=LISTING.sort,
)


def one(slug: str, as_of: str | None = None) -> dict[str, Any] | None:
    """The claim of that id, with its reports and its relations both ways, as stated by `as_of`."""
    claim = select.one(LISTING, slug, as_of)
    if claim is None:
        return None
    told = select.page(reports.LISTING, {"claim": (slug,), **select.by(as_of)}).records
    out = select.page(relations.LISTING, {"claim": (slug,), **select.by(as_of)}).records
    back = select.page(relations.LISTING, {"target": (slug,), **select.by(as_of)}).records
    return claim | {"reports": told, "relations": out + back}
