"""How long a side took to give a figure of its own, and where it kept silent."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from api.models import Side
from api.queries import claims, conflicts, events
from api.queries.evidence import ANY, END_OF_TIME, Claim, Place, World
from api.queries.known import Known, known
from api.queries.record import world as world_of
from api.queries.references import above, current_revision, references, require, with_descendants
from api.queries.select import Listing, bind, every
from schemas.fields import NONE

Record = dict[str, Any]
PEACEFUL = "none"


class Timing(NamedTuple):
    about: Record  # an event or a conflict as it stands on the wire
    first: Claim | None
    days: int | None
    explanation: str | None
    silences: list[tuple[Claim, str]]  # each with its last day, or as_of


def timeliness(asked: dict[str, Any]) -> list[Timing]:
    """Raises `NoSuchRecord` and `TooMany`."""
    require("side", Side.slug, (asked["side"],))
    own = with_descendants(references(current_revision()).members, (asked["side"],))
    figures = _figures(asked, own)
    silences = known(bind(claims.LISTING, _of_side(asked) | {"kind": ("silence",)}), asked.get("as_of"))
    told = _events(asked, own, figures) if asked["of"] == "events" else _conflicts(asked, own, figures)
    listed = sorted(told, key=lambda record: (record["started_on"] or "", record["id"]))
    return [_timing(record, figures[record["id"]], silences, asked) for record in listed]


def _of_side(asked: dict[str, Any]) -> Record:
    """About the losses of the side, of its members, or of a coalition that lumps them with others."""
    members = references(current_revision()).members
    sides = {*with_descendants(members, (asked["side"],)), *above(members, asked["side"])}
    return {"side": tuple(sorted(sides)), "harm": (asked["harm"],)}


def _figures(asked: dict[str, Any], own: tuple[str, ...]) -> dict[str, list[Claim]]:
    """By event or conflict what the side said of its own, in order; what was replaced since was said all the same."""
    narrowed = ("conflict", "event", "from", "to") if asked["of"] == "events" else ("conflict",)
    question = _of_side(asked) | {name: asked[name] for name in narrowed if name in asked}
    question |= {"kind": ("casualty",), "has_figure": True}
    if "victim_status" in asked:
        question["victim_status"] = (asked["victim_status"],)
    if asked["of"] == "conflicts":
        question["event"] = (NONE,)
    held = known(bind(claims.LISTING, question), asked.get("as_of"))
    said: dict[str, list[Claim]] = defaultdict(list)
    # Of one day and hour, what was replaced came before what stands.
    for claim in sorted(held.claims, key=lambda c: (*_said(c), c.id not in held.fallen, c.id)):
        why = held.fallen.get(claim.id)
        about = claim.event if asked["of"] == "events" else claim.conflict
        if about and _is_own(claim, held.world, asked, own) and (why is None or why.reason == "superseded"):
            said[about].append(claim)
    return said


def _is_own(claim: Claim, world: World, asked: dict[str, Any], own: tuple[str, ...]) -> bool:
    """Whether the side, or who was a member of it then, speaks of its own."""
    place = world.place(claim, asked.get("as_of"))
    if claim.claimant_side not in own or claim.subject_side is None or place is None:
        return claim.claimant_side in own
    about, side = world.lineage(claim.subject_side, place), asked["side"]
    return side in world.lineage(claim.claimant_side, place) and (
        side in about or claim.subject_side in world.lineage(side, place)
    )


def _said(claim: Claim) -> tuple[str, str]:
    return claim.stated_last or "", claim.stated_time or ""


# What the side could have spoken of ------------------------------------------------------------------------------


def _events(asked: dict[str, Any], own: tuple[str, ...], figures: dict[str, list[Claim]]) -> Iterable[Record]:
    narrowed: Record = {name: asked[name] for name in ("conflict", "from", "to") if name in asked}
    if "event" in asked:
        narrowed["id"] = asked["event"]
    found = _read(events.LISTING, narrowed | {"side": own})
    if len(own) > 1:
        with_it = _taken_part(asked["side"], found)
        found = {id: event for id, event in found.items() if id in with_it}
    # Figures may be of events in which nobody recorded the side.
    told = {event for event in figures if event not in found and event in asked.get("event", (event,))}
    if told:
        found |= _read(events.LISTING, narrowed | {"id": tuple(sorted(told))})
    return [event for event in found.values() if event["violence"] != PEACEFUL or event["id"] in figures]


def _taken_part(side: str, found: Iterable[str]) -> set[str]:
    """The events in which the side is recorded, or who was a member of it then."""
    world = world_of(found)
    return {e.id for e in world.events.values() if any(side in world.lineage(s, Place.of(e)) for s in e.sides)}


def _conflicts(asked: dict[str, Any], own: tuple[str, ...], figures: dict[str, list[Claim]]) -> Iterable[Record]:
    phases = references(current_revision()).phases
    found = _read(conflicts.LISTING, {"side": own})
    if "conflict" in asked:
        within = with_descendants(phases, asked["conflict"])
        found = {slug: record for slug, record in found.items() if slug in within}
    return [record for slug, record in found.items() if not phases.get(slug) or slug in figures]


def _read(listing: Listing, question: Record) -> dict[str, Record]:
    names = [n for n in ("id", "name", "conflict", "started_on", "ended_on", "violence") if n in listing.columns]
    return {
        record["id"]: record
        for chunk in every(listing, bind(listing, question), fields=tuple(names))
        for record in chunk
    }


# The time it took ------------------------------------------------------------------------------------------------


def _timing(about: Record, said: list[Claim], silences: Known, asked: dict[str, Any]) -> Timing:
    first = next((claim for claim in said if claim.stated_last), None)
    since = about["ended_on"] if asked["of"] == "events" else about["started_on"]
    days, explanation = _days(since, first, bool(said))
    return Timing(about, first, days, explanation, list(_silences(about, silences, asked)))


def _days(since: str | None, first: Claim | None, spoke: bool) -> tuple[int | None, str | None]:
    if first is None or first.stated_last is None:
        return None, "undated" if spoke else "never"
    if since is None:
        return None, "unknown_start"
    days = (date.fromisoformat(first.stated_last) - date.fromisoformat(since)).days
    return (days, None) if days >= 0 else (0, "before_it_was_over")


def _silences(about: Record, held: Known, asked: dict[str, Any]) -> Iterable[tuple[Claim, str]]:
    """The silences on these people that meet its days."""
    last = asked.get("as_of") or END_OF_TIME
    status = asked.get("victim_status", ANY)
    for silence in sorted(held.claims, key=lambda c: (c.covers_from or "", c.id)):
        begun = silence.covers_from or ""
        on_them = status == silence.victim_status or ANY in (status, silence.victim_status)
        if on_them and silence.id not in held.fallen and begun <= last and _meets(about, silence, held, asked):
            yield silence, min(silence.covers_to or last, last)


def _meets(about: Record, silence: Claim, held: Known, asked: dict[str, Any]) -> bool:
    if asked["of"] == "conflicts":
        return silence.event is None and silence.conflict in held.world.related(about["id"])
    if silence.conflict not in held.world.related(about["conflict"]["id"]):
        return False
    days = (silence.covers_from or "") <= about["ended_on"] and about["started_on"] <= (
        silence.covers_to or END_OF_TIME
    )
    return days and silence.event in (None, about["id"])
