"""What a claim refers to must fit together: its event, its conflict, the sides and the days.

- The conflict of the claim and that of its event are the same, or one is an ancestor of the other.
- A side is a party: to the conflict, its ancestors or phases, or in the event; or a member or coalition of a party. A
  claim about another side needs the flag `not_a_party`. A conflict without sides accepts any.
- A claim is not stated before its event or its count began. Otherwise it needs the flag `stated_early`.
- Neither flag is on a claim that does not need it. A correction of its event, its conflict or a side may make a flag
  untrue later. The flag stays until the claim is corrected, and a package may have it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Event, EventSide, Side
from api.database.statements import fetch_tuples, select_rows, texts_clause
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError, describe_broken
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import Register
from api.rules.dependencies import COUNTED, needs_footing
from api.rules.landscape import Landscape, build_landscape
from schemas.claims import is_stated_early
from schemas.fields import next_day
from schemas.vocabularies import NOT_A_PARTY, STATED_EARLY

Document = Mapping[str, Any]
#: The fields of a claim that must fit, and those of an event that its claims must fit.
OF_CLAIM = (
    "kind", "conflict", "event", "subject_side", "responsible_side", "stated_on", "stated_until", "measure",
    "covers_from", "covers_to", "flags",
)  # fmt: skip
OF_EVENT = ("conflict", "started_on", "sides")
#: A document of which one of these has a fault is not compared.
OF_SOUND_CLAIM, OF_SOUND_EVENT = frozenset({"status", *OF_CLAIM}), frozenset({"id", *OF_EVENT})
SIDES = ("subject_side", "responsible_side")


class EventFacts(NamedTuple):
    conflict: str
    started_on: str


def load_events(slugs: Iterable[str]) -> dict[str, EventFacts]:
    """Return the conflict and the first day of the events that exist, by slug."""
    listed, values = texts_clause(slugs)
    sql = (
        "SELECT event.slug, conflict.slug, event.started_on FROM event JOIN conflict ON conflict.id = conflict_id "
        f"WHERE event.slug IN {listed}"
    )
    return {slug: EventFacts(conflict, day) for slug, conflict, day in select_rows(sql, values)}


def _load_event_sides(slugs: Iterable[str]) -> dict[str, set[str]]:
    """Return the sides of each of these events."""
    sides: dict[str, set[str]] = {slug: set() for slug in slugs}
    for batch in split_batches(sorted(sides)):
        query = EventSide.select(Event.slug, Side.slug).join(Side).switch(EventSide).join(Event)
        for event, side in fetch_tuples(query.where(Event.slug.in_(batch))):
            sides[event].add(side)
    return sides


# Claims --------------------------------------------------------------------------------------------------------------


class Scene(NamedTuple):
    """What claims are compared with. `event_sides` of written events are loaded when the first is needed."""

    landscape: Landscape
    events: Mapping[str, EventFacts]
    event_sides: dict[str, set[str]]


def build_scene(loaded: Mapping[str, Sequence[Document]], register: Register) -> Scene:
    """Return the scene of the claims among documents: the database, with the other documents of the batch."""
    new = [event for event in loaded.get("events", ()) if event.keys() >= OF_SOUND_EVENT]
    named = {claim["event"] for claim in loaded.get("claims", ()) if claim.get("event")}
    return Scene(
        build_landscape(loaded, register),
        load_events(named) | {event["id"]: EventFacts(event["conflict"], event["started_on"]) for event in new},
        {event["id"]: {entry.get("side", "") for entry in event["sides"]} for event in new},
    )


def find_misfits(claims: Sequence[Document], scene: Scene, may_have_old_flags: bool = False) -> Iterator[Fault]:
    """Yield a fault for each claim whose references do not fit. A field with another fault is not compared.

    `may_have_old_flags`: a flag may be untrue, because a correction of another record has removed the oddity.
    """
    for position, claim in enumerate(claims):
        if claim.keys() >= OF_SOUND_CLAIM and needs_footing(RECORD_TYPES["claims"], claim):
            yield from (Fault("claims", position, *wrong) for wrong in _find_wrong_fields(claim, scene))
            for flag in () if may_have_old_flags else find_false_flags(claim, scene):
                yield Fault("claims", position, "flags", FALSE_FLAGS[flag])


#: The message for each flag that a claim does not need.
FALSE_FLAGS = {
    NOT_A_PARTY: f"Must not have the flag {NOT_A_PARTY}, because every side that it names is a party. Leave it out.",
    STATED_EARLY: (
        f"Must not have the flag {STATED_EARLY}, because the claim was not stated early: its event or count had begun, "
        "and so had the last day that it covers. Leave the flag out."
    ),
}


def find_false_flags(claim: Document, scene: Scene) -> list[str]:
    """Return the flags of `FALSE_FLAGS` on a claim that certainly does not need them."""
    flags = []
    if NOT_A_PARTY in claim["flags"] and scene.landscape.list_accepted(claim["conflict"]) is not None:
        if all(_is_party(claim[name], claim, scene) for name in SIDES if claim[name] is not None):
            flags.append(NOT_A_PARTY)
    if STATED_EARLY in claim["flags"] and _is_certainly_late(claim, scene):
        flags.append(STATED_EARLY)
    return flags


def _is_certainly_late(claim: Document, scene: Scene) -> bool:
    """Return whether a claim was stated after all began that it is about. Without a day to compare nobody knows."""
    if claim["kind"] == "silence" or not (claim["stated_until"] or claim["stated_on"]):
        return False
    is_known = claim["event"] in scene.events if claim["event"] else _is_start_known(claim, scene)
    return is_known and not is_stated_early(claim) and not find_early_statement(claim, scene)


def _is_start_known(claim: Document, scene: Scene) -> bool:
    start = claim["covers_from"] or scene.landscape.started_on(claim["conflict"])
    return claim["measure"] != "cumulative" or start is not None


def _find_wrong_fields(claim: Document, scene: Scene) -> Iterator[tuple[str, str]]:
    event, conflict = scene.events.get(claim["event"] or ""), claim["conflict"]
    if event and not scene.landscape.are_nested(conflict, event.conflict):
        yield (
            "conflict",
            f"The event {claim['event']} belongs to {event.conflict}. Neither that conflict nor {conflict} is a phase "
            f"of the other. Send the conflict {event.conflict}, or another event.",
        )
    elif NOT_A_PARTY not in claim["flags"]:
        for name in SIDES:
            if claim[name] is not None and not _is_party(claim[name], claim, scene):
                stranger = scene.landscape.describe_stranger(claim[name], conflict)
                yield name, f"{stranger} Or add the flag {NOT_A_PARTY} if the source says so."
    if STATED_EARLY not in claim["flags"] and (beginning := find_early_statement(claim, scene)):
        yield (
            "stated_on",
            f"The claim was stated on {claim['stated_until'] or claim['stated_on']} at the latest, before {beginning}. "
            f"Correct the days, or add the flag {STATED_EARLY} if the source says so.",
        )


def _is_party(side: str, claim: Document, scene: Scene) -> bool:
    if scene.landscape.accepts(claim["conflict"], side):
        return True
    event = claim["event"]
    if event not in scene.events:
        return False
    if event not in scene.event_sides:
        scene.event_sides.update(_load_event_sides(scene.events.keys() - scene.event_sides.keys()))
    return scene.landscape.are_akin(side, scene.event_sides[event])


def find_early_statement(claim: Document, scene: Scene) -> str | None:
    """Return what began after the last possible day of the statement, in words. One day of difference is allowed."""
    stated = claim["stated_until"] or claim["stated_on"]
    if stated is None:
        return None
    event = scene.events.get(claim["event"] or "")
    if event and _is_after(event.started_on, stated):
        return f"the event {claim['event']} began on {event.started_on}"
    if claim["covers_from"]:
        return (
            f"the first day that it covers, {claim['covers_from']}" if _is_after(claim["covers_from"], stated) else None
        )
    started = scene.landscape.started_on(claim["conflict"])
    if claim["measure"] == "cumulative" and event is None and started and _is_after(started, stated):
        return f"the conflict {claim['conflict']} began on {started}"
    return None


def _is_after(first: str, stated: str) -> bool:
    """Return whether `first` is more than a day after `stated`: where it was stated, it may have been tomorrow."""
    return first > stated and first > next_day(stated)


def is_moved(old: Document, new: Document) -> bool:
    """Return whether a correction of a claim changes what must fit, or lets the claim count again."""
    record_type = RECORD_TYPES["claims"]
    return any(old[name] != new.get(name) for name in OF_CLAIM) or needs_footing(record_type, new) > needs_footing(
        record_type, old
    )


def find_moved_misfits(changes: Sequence[tuple[Document, Document]], register: Register) -> Iterator[Fault]:
    """Yield a fault for each corrected claim that does not fit any more. Positions are those of the changes."""
    moved = {position: new for position, (old, new) in enumerate(changes) if is_moved(old, new)}
    if moved:
        places = list(moved)
        claims = list(moved.values())
        for fault in find_misfits(claims, build_scene({"claims": claims}, register)):
            yield fault._replace(position=places[fault.position])


# Events --------------------------------------------------------------------------------------------------------------

#: The field of an event that does not fit, by the field of its claim.
FIELD_OF_EVENT = {"conflict": "conflict", "stated_on": "started_on", **dict.fromkeys(SIDES, "sides")}


def refuse_misfits(events: KeySet, register: Register) -> None:
    """Raise `RefusedError` for each claim that does not fit its event any more, after the event was corrected."""
    faults = []
    for batch in events.in_batches():
        slugs = [slug for (slug,) in fetch_tuples(Claim.select(Claim.slug).where(Claim.event.in_(batch), COUNTED))]
        for chunk in split_batches(slugs):
            claims = list(load_documents("claims", chunk).values())
            scene = build_scene({"claims": claims}, register)
            for fault in find_misfits(claims, scene, may_have_old_flags=True):
                claim, field = claims[fault.position]["id"], FIELD_OF_EVENT[fault.field]
                faults.append(Fault("events", 0, field, describe_broken(f"the claim {claim}", fault.message)))
    if faults:
        raise RefusedError(faults)
