"""The record as plain data: claims, their relations, and the conflicts, sides and events that they speak of.

Days are ISO text (`2020-10-22`) and compare as text. Every id is a slug.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

ANY = "any"
INCIDENT, PERIOD = "incident", "period"
RUNNING = frozenset({"cumulative", "identified", "bodies", "buried", "estimate"})
END_OF_TIME = "9999-12-31"


class Refused(ValueError):
    """A question, or a record, that has no right answer. Its text says why."""


class Claim(NamedTuple):
    """One utterance: claimant C says that N of side S suffered harm H (domain.md)."""

    id: str
    kind: str
    conflict: str
    event: str | None
    claimant: str
    claimant_side: str | None
    subject_side: str | None  # None is all sides together
    harm: str
    measure: str | None
    stated_on: str | None
    stated_last: str | None  # the last day on which it can have been said; None is undated
    stated_time: str | None = None
    responsible_side: str | None = None
    victim_status: str = ANY
    victim_sex: str = ANY
    victim_age: str = ANY
    covers_from: str | None = None
    covers_to: str | None = None
    low: int | None = None
    best: int | None = None
    high: int | None = None
    qualifier: str | None = None
    retracted_by: str | None = None  # "editor" or "claimant"
    retracted_on: str | None = None
    reliability: str | None = None  # the best grade of its reports
    credibility: int | None = None
    sources: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, str]:
        """Its day and hour; what is unknown comes before everything known."""
        return self.stated_on or "", self.stated_time or ""

    @property
    def quantified(self) -> bool:
        return not (self.low is self.best is self.high is None)


class Relation(NamedTuple):
    """`claim` supersedes, includes, misreports, is the same as … `target`."""

    kind: str
    claim: str
    target: str
    stated_last: str | None = None  # None: as old as the claim that carries it


class Conflict(NamedTuple):
    id: str
    parent: str | None = None
    ended_on: str | None = None
    sides: tuple[str, ...] = ()


class Membership(NamedTuple):
    member_of: str
    since: str | None = None
    until: str | None = None


class Side(NamedTuple):
    id: str
    memberships: tuple[Membership, ...] = ()


class Event(NamedTuple):
    id: str
    conflict: str
    started_on: str
    ended_on: str | None = None
    sides: tuple[str, ...] = ()
    type: str | None = None
    country: str | None = None
    admin1: str | None = None


class Place(NamedTuple):
    """What a figure is about, sides and victims aside: an event, a stretch of days, or a conflict so far."""

    conflict: str
    measure: str
    event: str | None
    since: str
    until: str
    day: str  # on which its sides' coalitions are read first
    last: str  # up to which they are read else, from `since`

    @classmethod
    def of(cls, event: Event) -> Place:
        first, last = event.started_on, event.ended_on or event.started_on
        return cls(event.conflict, INCIDENT, event.id, first, first, first, last)

    @classmethod
    def on(cls, conflict: str, measure: str, event: str | None, day: str) -> Place:
        """One day of an event or of a conflict."""
        return cls(conflict, measure, event, day, day, day, day)


@dataclass(frozen=True)
class World:
    conflicts: Mapping[str, Conflict]
    sides: Mapping[str, Side]
    events: Mapping[str, Event]

    def place(self, claim: Claim, as_of: str | None) -> Place | None:
        """None where the claim does not say enough to be placed."""
        if claim.measure == INCIDENT:
            event = self.events.get(claim.event or "")
            return event and Place.of(event)
        if claim.measure == PERIOD:
            since, until = claim.covers_from, claim.covers_to
            if since is None or until is None or since > until:
                return None
            return Place(claim.conflict, PERIOD, None, since, until, since, until)
        if claim.measure not in RUNNING:
            return None
        day = min(self.ended(claim.conflict), as_of or END_OF_TIME)
        return Place(claim.conflict, claim.measure, claim.event, "", "", day, day)

    def ended(self, conflict: str) -> str:
        known = self.conflicts.get(conflict)
        return (known and known.ended_on) or END_OF_TIME

    def covers_to(self, claim: Claim) -> str:
        """A running figure without a last day runs to its statement, or to the conflict's end if earlier."""
        return claim.covers_to or min(claim.stated_on or "", self.ended(claim.conflict))

    def ancestry(self, conflict: str) -> list[str]:
        """The conflict, its parent, and so on up."""
        line = [conflict]
        while (known := self.conflicts.get(line[-1])) and known.parent:
            if known.parent in line:
                raise Refused(f"conflict {conflict} is nested in itself")
            line.append(known.parent)
        return line

    def related(self, conflict: str) -> Iterator[str]:
        """The conflicts whose dead may be the same: itself, those that it is nested in, those nested in it."""
        yield from self.ancestry(conflict)
        yield from self._nested.get(conflict, ())

    @cached_property
    def _nested(self) -> dict[str, list[str]]:
        nested: dict[str, list[str]] = {}
        for conflict in sorted(self.conflicts):
            for above in self.ancestry(conflict)[1:]:
                nested.setdefault(above, []).append(conflict)
        return nested

    def lineage(self, side: str, place: Place) -> list[str]:
        """The side, the coalition that it was in on the place's day, and so on up to its camp (rule 1).

        Of a side that was in none that day, but in one within the days of the place, the dead are among those of that
        coalition: it counts in it still, or two would count them.
        """
        key = side, place.conflict, place.since, place.last, place.day
        if key not in self._lineages:
            self._lineages[key] = self._lineage(side, place)
        return self._lineages[key]

    @cached_property
    def _lineages(self) -> dict[tuple[str, ...], list[str]]:
        return {}

    def _lineage(self, side: str, place: Place) -> list[str]:
        line = [side]
        while coalitions := (
            self._coalitions(line[-1], place.day, place.day) or self._coalitions(line[-1], place.since, place.last)
        ):
            # A state in two coalitions at once counts in the one that is a side of this conflict.
            above = min(coalitions, key=lambda c: (c not in self.parties(place.conflict), c))
            if above in line:
                raise Refused(f"side {side} is a member of itself")
            line.append(above)
        return line

    def _coalitions(self, side: str, first: str, last: str) -> list[str]:
        """Those that a side was in on one of these days."""
        memberships = self.sides[side].memberships if side in self.sides else ()
        return [m.member_of for m in memberships if (m.since or "") <= last and first <= (m.until or END_OF_TIME)]

    def camp(self, side: str, place: Place) -> str:
        return self.lineage(side, place)[-1]

    def camp_on(self, side: str, conflict: str, day: str) -> str | None:
        """The camp that the side was in on that day alone; None where it is the same on every day."""
        if not self.moving:
            return None
        return self.camp(side, Place.on(conflict, "", None, day))

    @cached_property
    def moving(self) -> bool:
        """Whether a side joins or leaves a coalition."""
        return any(m.since or m.until for side in self.sides.values() for m in side.memberships)

    def parties(self, conflict: str) -> tuple[str, ...]:
        """The sides of a conflict; where none are recorded, those of the conflict that it is nested in."""
        lists = (self.conflicts[c].sides for c in self.ancestry(conflict) if c in self.conflicts)
        return next((sides for sides in lists if sides), ())

    def involved(self, place: Place) -> tuple[str, ...]:
        """The sides of the place's event; where none are recorded, those of its conflict."""
        event = self.events.get(place.event or "")
        return (event and event.sides) or self.parties(place.conflict)

    def members(self, side: str, place: Place) -> set[str]:
        """The members that a sum over a coalition needs: those in the event, or all where it names none."""
        members = {m for m in self._members.get(side, ()) if side in self.lineage(m, place)[1:2]}
        named = {m for s in self.involved(place) for m in self.lineage(s, place) if m in members}
        return named or members

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        members: dict[str, list[str]] = {}
        for side in self.sides.values():
            for membership in side.memberships:
                members.setdefault(membership.member_of, []).append(side.id)
        return members

    def party(self, side: str | None, place: Place) -> str | None:
        """The camp of this conflict for which a claimant of `side` speaks; None for a third party."""
        if side is None:
            return None
        camp, parties = self.camp(side, place), {*self.parties(place.conflict), *self.involved(place)}
        return camp if not parties or any(self.camp(s, place) == camp for s in parties) else None


def world(conflicts: Iterable[Conflict], sides: Iterable[Side], events: Iterable[Event]) -> World:
    return World({c.id: c for c in conflicts}, {s.id: s for s in sides}, {e.id: e for e in events})
