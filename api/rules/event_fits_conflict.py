"""An event fits its conflict: the days of both overlap, its country is the conflict's, and its sides are parties.

- One day of difference is allowed, because a day may begin in another time zone. A conflict without days accepts any.
- A side is a party to the conflict, its ancestors or phases; or a member or coalition of a party. Any other side needs
  the role `not_a_party`. A conflict without sides accepts any.
- If the conflict, or one of which it is a phase, has a country, the event has no other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from api.database.key_sets import split_batches
from api.database.models import Conflict, Event, EventSide, Side
from api.database.statements import fetch_tuples
from api.records.documents import load_documents
from api.records.faults import Fault, describe_broken
from api.records.reference_cache import ACTIVE, Register
from api.rules.landscape import Landscape, build_landscape, load_landscape
from schemas.fields import next_day
from schemas.vocabularies import NOT_A_PARTY

Document = Mapping[str, Any]
#: The fields of an event that must fit.
OF_EVENT = ("conflict", "started_on", "ended_on", "country", "sides", "status")


def find_new_misfits(loaded: Mapping[str, Sequence[Document]], register: Register) -> Iterator[Fault]:
    """Yield a fault for each new event that does not fit its conflict. A field with another fault is not compared."""
    if events := loaded.get("events"):
        sides = [side["id"] for side in loaded.get("sides", ()) if side.get("status") == ACTIVE and "id" in side]
        active_sides = _find_active_sides(events, register).union(sides)
        yield from _find_unfit(events, build_landscape(loaded, register), active_sides)


def find_moved_events(changes: Sequence[tuple[Document, Document]], register: Register) -> Iterator[Fault]:
    """Yield a fault for each corrected event that no longer fits its conflict. Positions are those of the changes."""
    moved = [n for n, (old, new) in enumerate(changes) if any(old[name] != new.get(name) for name in OF_EVENT)]
    events = [changes[n][1] for n in moved]
    if events:
        for fault in _find_unfit(events, load_landscape(register), _find_active_sides(events, register)):
            yield fault._replace(position=moved[fault.position])


def _find_active_sides(events: Sequence[Document], register: Register) -> set[str]:
    """Return the sides of events that are active. Any other has a fault of its own."""
    slugs = {entry["side"] for event in events for entry in event.get("sides", ()) if entry.get("side")}
    return {slug for slug, side in register.find(Side, slugs).items() if side.status == ACTIVE}


def _find_unfit(events: Sequence[Document], landscape: Landscape, active_sides: Collection[str]) -> Iterator[Fault]:
    for place, event in enumerate(events):
        if event.get("status") == ACTIVE and "conflict" in event:
            yield from (Fault("events", place, *wrong) for wrong in _find_wrong_fields(event, landscape, active_sides))


def _find_wrong_fields(
    event: Document, landscape: Landscape, active_sides: Collection[str]
) -> Iterator[tuple[str, str]]:
    yield from _find_wrong_days(event, landscape)
    yield from _find_wrong_country(event, landscape)
    yield from _find_strangers(event, landscape, active_sides)


SEND_DAYS = "Correct the days, or send the conflict to which these days belong."


def _find_wrong_days(event: Document, landscape: Landscape) -> Iterator[tuple[str, str]]:
    if not event.keys() >= {"started_on", "ended_on"}:
        return
    conflict = event["conflict"]
    first, last = landscape.days_of(conflict)
    if first is not None and next_day(event["ended_on"]) < first:
        yield "started_on", f"The event ended on {event['ended_on']}, before {conflict} began on {first}. {SEND_DAYS}"
    elif last is not None and event["started_on"] > next_day(last):
        yield "started_on", f"The event began on {event['started_on']}, after {conflict} ended on {last}. {SEND_DAYS}"


def _find_wrong_country(event: Document, landscape: Landscape) -> Iterator[tuple[str, str]]:
    country = event.get("country")
    around = country and landscape.country_of(event["conflict"])
    if around and country != around:
        yield (
            "country",
            f"The event is in {country}, but all of {event['conflict']} was fought in {around}. Correct the country, "
            "or send the conflict to which the event belongs.",
        )


def _find_strangers(event: Document, landscape: Landscape, active_sides: Collection[str]) -> Iterator[tuple[str, str]]:
    conflict, entries = event["conflict"], event.get("sides", ())
    odd = {entry.get("side") for entry in entries if entry.get("role") == NOT_A_PARTY}
    for number, entry in enumerate(entries):
        side = entry.get("side")
        if side in active_sides and side not in odd and not landscape.accepts(conflict, side):
            yield (
                f"sides/{number}/side",
                f"{landscape.describe_stranger(side, conflict)} Or send it with the role {NOT_A_PARTY}.",
            )


# Corrected conflicts and sides ---------------------------------------------------------------------------------------

#: The field of a conflict and of a side that was corrected wrongly, by the first word of the event's field.
WRONG_FIELDS = {
    "conflicts": {"started_on": "started_on", "country": "country", "sides": "sides"},
    "sides": {"sides": "member_of"},
}


def find_fallen_events(record_type: str, before: Landscape, after: Landscape) -> Iterator[Fault]:
    """Yield a fault of the corrected conflict or side for each event that fitted before and does not now."""
    for slugs in split_batches(sorted(_find_doubtful(before, after))):
        events = list(load_documents("events", slugs).values())
        sides = {entry["side"] for event in events for entry in event["sides"]}
        earlier = {fault[:3] for fault in _find_unfit(events, before, sides)}
        for fault in _find_unfit(events, after, sides):
            if fault[:3] not in earlier:
                field = WRONG_FIELDS[record_type].get(fault.field.split("/")[0], "member_of")
                message = describe_broken(f"the event {events[fault.position]['id']}", fault.message)
                yield Fault(record_type, 0, field, message)


def _find_doubtful(before: Landscape, after: Landscape) -> set[str]:
    """Return the events that may have fitted before and not after."""
    doubtful: set[str] = set()
    for conflict in after.conflicts:
        if before.days_of(conflict) != after.days_of(conflict):
            doubtful |= _find_outside(conflict, *after.days_of(conflict))
        if (country := after.country_of(conflict)) not in (None, before.country_of(conflict)):
            doubtful |= _find_abroad(conflict, country)
    pairs = EventSide.select(Conflict.slug, Side.slug).join(Side).switch(EventSide).join(Event).join(Conflict)
    for conflict, side in fetch_tuples(pairs.distinct()):
        if before.accepts(conflict, side) and not after.accepts(conflict, side):
            events = Event.select(Event.slug).join(Conflict).switch(Event).join(EventSide).join(Side)
            query = events.where(Conflict.slug == conflict, Side.slug == side, Event.status == ACTIVE)
            doubtful |= {slug for (slug,) in fetch_tuples(query)}
    return doubtful


def _find_outside(conflict: str, first: str | None, last: str | None) -> set[str]:
    outside = (Event.ended_on < (first or "")) | (Event.started_on > (last or "9999"))
    query = Event.select(Event.slug).join(Conflict).where(Conflict.slug == conflict, outside, Event.status == ACTIVE)
    return {slug for (slug,) in fetch_tuples(query)}


def _find_abroad(conflict: str, country: str) -> set[str]:
    query = Event.select(Event.slug).join(Conflict).where(Conflict.slug == conflict, Event.status == ACTIVE)
    return {slug for (slug,) in fetch_tuples(query.where(Event.country != country))}
