"""How long a side took to give a figure of its own, and where it was silent."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from api.database.models import Side
from api.history.revisions import current_revision
from api.listings import claims, conflicts, events
from api.listings.query import Listing, bind_question, read_chunks
from api.listings.references import ancestors_of, cached_references, require_existing, with_descendants
from api.reconciling.record import ANY, END_OF_TIME, Claim, World
from api.statistics.reading import ClaimsAsOf, read_claims_as_of, read_world
from schemas.fields import NONE

WireRecord = dict[str, Any]
PEACEFUL = "none"


class Delay(NamedTuple):
    subject: WireRecord  # an event or a conflict as it is on the wire
    first: Claim | None
    days: int | None
    explanation: str | None
    silences: list[tuple[Claim, str]]  # each with its last day, or as_of


def measure_delays(parameters: dict[str, Any]) -> list[Delay]:
    """Return the delay for each event or conflict, by its first day.

    Raises `UnknownValueError` and `UnanswerableError`.
    """
    require_existing("subject_side", Side.slug, (parameters["subject_side"],))
    members = with_descendants(cached_references(current_revision()).members, (parameters["subject_side"],))
    figures = _read_figures(parameters, members)
    silences = read_claims_as_of(
        bind_question(claims.LISTING, _filter_losses(parameters) | {"kind": ("silence",)}), parameters.get("as_of")
    )
    list_subjects = _list_events if parameters["of"] == "events" else _list_conflicts
    subjects = sorted(list_subjects(parameters, members, figures), key=lambda s: (s["started_on"] or "", s["id"]))
    return [_measure_delay(subject, figures[subject["id"]], silences, parameters) for subject in subjects]


def _filter_losses(parameters: dict[str, Any]) -> WireRecord:
    """Return the filters for losses of the side, of its members, or of a coalition that it is part of."""
    members = cached_references(current_revision()).members
    sides = {
        *with_descendants(members, (parameters["subject_side"],)),
        *ancestors_of(members, parameters["subject_side"]),
    }
    return {"subject_side": tuple(sorted(sides)), "harm": (parameters["harm"],)}


def _read_figures(parameters: dict[str, Any], members: tuple[str, ...]) -> dict[str, list[Claim]]:
    """Return by event or conflict what the side stated about its own losses, in order, superseded figures too."""
    is_of_events = parameters["of"] == "events"
    names = ("conflict", "event", "from", "to") if is_of_events else ("conflict",)
    filters = _filter_losses(parameters) | {name: parameters[name] for name in names if name in parameters}
    # A relation may lead to a claim of another side: only such claims of other sides are read.
    filters |= {"kind": ("casualty",), "has_figure": True, "claimant_side": members}
    if "victim_status" in parameters:
        filters["victim_status"] = (parameters["victim_status"],)
    if not is_of_events:
        filters["event"] = (NONE,)
    evidence = read_claims_as_of(bind_question(claims.LISTING, filters), parameters.get("as_of"))
    figures: dict[str, list[Claim]] = defaultdict(list)
    # Of one day and hour, a superseded figure comes before the one that superseded it.
    for claim in sorted(evidence.claims, key=lambda c: (*c.stated, c.id not in evidence.excluded, c.id)):
        exclusion = evidence.excluded.get(claim.id)
        subject = claim.event if is_of_events else claim.conflict
        was_stated = exclusion is None or exclusion.reason == "superseded"
        if subject and was_stated and _is_of_side_losses(claim, evidence.world, parameters, members):
            figures[subject].append(claim)
    return figures


def _is_of_side_losses(claim: Claim, world: World, parameters: dict[str, Any], members: tuple[str, ...]) -> bool:
    """Return whether the side, or a member on those days, speaks about the side's losses."""
    unit = world.find_unit(claim, parameters.get("as_of"))
    if claim.claimant_side not in members or claim.subject_side is None or unit is None:
        return claim.claimant_side in members
    subject_line, side = world.find_lineage(claim.subject_side, unit), parameters["subject_side"]
    return side in world.find_lineage(claim.claimant_side, unit) and (
        side in subject_line or claim.subject_side in world.find_lineage(side, unit)
    )


# What the side could have spoken about -------------------------------------------------------------------------------


def _list_events(
    parameters: dict[str, Any], members: tuple[str, ...], figures: dict[str, list[Claim]]
) -> Iterable[WireRecord]:
    filters: WireRecord = {name: parameters[name] for name in ("conflict", "from", "to") if name in parameters}
    if "event" in parameters:
        filters["id"] = parameters["event"]
    listed = _read_records(events.LISTING, filters | {"side": members})
    if len(members) > 1:
        involved = _find_involved(parameters["subject_side"], listed)
        listed = {id: event for id, event in listed.items() if id in involved}
    # A figure may be about an event in which the side is not recorded.
    unlisted = {event for event in figures if event not in listed and event in parameters.get("event", (event,))}
    if unlisted:
        listed |= _read_records(events.LISTING, filters | {"id": tuple(sorted(unlisted))})
    return [event for event in listed.values() if event["violence"] != PEACEFUL or event["id"] in figures]


def _find_involved(side: str, events_listed: Iterable[str]) -> set[str]:
    """Return the events in which the side, or a member on those days, is recorded."""
    world = read_world(events_listed)
    return {
        event.id
        for event in world.events.values()
        if any(side in world.find_lineage(party, world.make_event_unit(event)) for party in event.sides)
    }


def _list_conflicts(
    parameters: dict[str, Any], members: tuple[str, ...], figures: dict[str, list[Claim]]
) -> Iterable[WireRecord]:
    """Return the conflicts of the side that have no phases, or a figure of their own."""
    phases = cached_references(current_revision()).phases
    listed = _read_records(conflicts.LISTING, {"side": members})
    if "conflict" in parameters:
        within = with_descendants(phases, parameters["conflict"])
        listed = {slug: record for slug, record in listed.items() if slug in within}
    return [record for slug, record in listed.items() if not phases.get(slug) or slug in figures]


def _read_records(listing: Listing, filters: WireRecord) -> dict[str, WireRecord]:
    names = [n for n in ("id", "name", "conflict", "started_on", "ended_on", "violence") if n in listing.columns]
    return {
        record["id"]: record
        for chunk in read_chunks(listing, bind_question(listing, filters), fields=tuple(names))
        for record in chunk
    }


# The delay -----------------------------------------------------------------------------------------------------------


def _measure_delay(
    subject: WireRecord, figures: list[Claim], silences: ClaimsAsOf, parameters: dict[str, Any]
) -> Delay:
    first = next((claim for claim in figures if claim.stated_last), None)
    since = subject["ended_on"] if parameters["of"] == "events" else subject["started_on"]
    days, explanation = _count_days(since, first, bool(figures))
    return Delay(subject, first, days, explanation, list(_list_silences(subject, silences, parameters)))


def _count_days(since: str | None, first: Claim | None, has_figures: bool) -> tuple[int | None, str | None]:
    if first is None or first.stated_last is None:
        return None, "undated" if has_figures else "never"
    if since is None:
        return None, "unknown_start"
    days = (date.fromisoformat(first.stated_last) - date.fromisoformat(since)).days
    return (days, None) if days >= 0 else (0, "before_it_was_over")


def _list_silences(
    subject: WireRecord, evidence: ClaimsAsOf, parameters: dict[str, Any]
) -> Iterable[tuple[Claim, str]]:
    """Yield the silences on these victims within the days of the event or conflict, each with its last day."""
    last = parameters.get("as_of") or END_OF_TIME
    status = parameters.get("victim_status", ANY)
    for silence in sorted(evidence.claims, key=lambda c: (c.covers_from or "", c.id)):
        is_on_status = status == silence.victim_status or ANY in (status, silence.victim_status)
        has_begun = (silence.covers_from or "") <= last
        if (
            is_on_status
            and has_begun
            and silence.id not in evidence.excluded
            and _is_within(subject, silence, evidence, parameters)
        ):
            yield silence, min(silence.covers_to or last, last)


def _is_within(subject: WireRecord, silence: Claim, evidence: ClaimsAsOf, parameters: dict[str, Any]) -> bool:
    """Return whether the silence is about the conflict, or meets the days of the event."""
    if parameters["of"] == "conflicts":
        return silence.event is None and evidence.world.are_related(silence.conflict, subject["id"])
    if not evidence.world.are_related(silence.conflict, subject["conflict"]["id"]):
        return False
    has_begun = (silence.covers_from or "") <= subject["ended_on"]
    has_lasted = subject["started_on"] <= (silence.covers_to or END_OF_TIME)
    return has_begun and has_lasted and silence.event in (None, subject["id"])
