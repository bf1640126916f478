"""The record as plain data: claims, their relations, and the conflicts, sides and events that they refer to.

Days are ISO text (`2020-10-22`) and compare as text. Every id is a slug. `None` is never zero.

Rules: docs/developers/reconciling.md#rule-2, #rule-3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

ANY = "any"
INCIDENT, PERIOD, CUMULATIVE = "incident", "period", "cumulative"
RUNNING = frozenset({"cumulative", "identified", "bodies", "buried", "estimate"})
BEFORE_ALL, END_OF_TIME = "", "9999-12-31"


class UnanswerableError(ValueError):
    """A question, or a record, that has no right answer. Its text says why."""


class Claim(NamedTuple):
    """One claim: a claimant states a figure of one harm to one side."""

    id: str
    kind: str
    conflict: str
    event: str | None
    claimant: str
    claimant_side: str | None
    subject_side: str | None  # None: all sides together
    harm: str
    measure: str | None
    stated_on: str | None
    stated_last: str | None  # the last day on which it can have been stated; None: undated
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
    sources: tuple[str | int, ...] = ()  # that carry it, by id or key
    part: str | None = None  # the label of a part: a province, "probable", one person
    affiliation: str | None = None  # the side to which its claimant belongs without speaking for it
    statement: str | None = None  # shared by the claims of one utterance

    @property
    def stated(self) -> tuple[str, str]:
        """Return the last possible day and the hour; an unknown one comes before every known one."""
        return self.stated_last or BEFORE_ALL, self.stated_time or BEFORE_ALL

    @property
    def is_quantified(self) -> bool:
        return not (self.low is self.best is self.high is None)


#: Kinds of relations by which one claim changes what is counted of another. All other kinds change no figure.
ACTING_KINDS = ("supersedes", "includes", "misreports", "same_as")


class Relation(NamedTuple):
    """`claim` supersedes, includes, misreports or is the same as `target`."""

    kind: str
    claim: str
    target: str
    stated_last: str | None = None  # None: as old as the claim that carries it


class Conflict(NamedTuple):
    id: str
    parent: str | None = None
    ended_on: str | None = None
    sides: tuple[str, ...] = ()
    started_on: str | None = None


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
    date_precision: int | None = None  # UCDP date_prec; None: an exact day


class Unit(NamedTuple):
    """One event, one period, or one running measure of a conflict (rule 2).

    A running measure bound to an event, other than `cumulative`, is a unit with that event. `day` is the day on which
    its sides' coalitions are read first; else they are read from the first day (of the conflict, where that is empty)
    to `last`.
    """

    conflict: str
    measure: str  # incident, period, or a running measure
    event: str | None
    first: str  # empty for running measures
    last: str
    day: str

    @property
    def is_running(self) -> bool:
        return self.measure in RUNNING


@dataclass(frozen=True)
class World:
    conflicts: Mapping[str, Conflict]
    sides: Mapping[str, Side]
    events: Mapping[str, Event]

    def find_unit(self, claim: Claim, as_of: str | None) -> Unit | None:
        """Return the unit of the claim (rule 2), or None where it does not say enough."""
        if claim.measure == INCIDENT or (claim.measure == CUMULATIVE and claim.event):
            return self._event_units.get(claim.event or "")
        if claim.measure == PERIOD:
            first, last = claim.covers_from, claim.covers_to
            if first is None or last is None or first > last:
                return None
            return Unit(claim.conflict, PERIOD, None, first, last, first)
        if claim.measure not in RUNNING:
            return None
        day = min(self.ended_on(claim.conflict), as_of or END_OF_TIME)
        return Unit(claim.conflict, claim.measure, claim.event, BEFORE_ALL, day, day)

    @staticmethod
    def make_event_unit(event: Event) -> Unit:
        first, last = event.started_on, event.ended_on or event.started_on
        return Unit(event.conflict, INCIDENT, event.id, first, last, first)

    @cached_property
    def _event_units(self) -> dict[str, Unit]:
        """Return one unit for each event, so that claims of one event share it."""
        return {name: self.make_event_unit(event) for name, event in self.events.items()}

    def started_on(self, conflict: str) -> str:
        """Return the first day of the conflict, empty where unknown."""
        recorded_conflict = self.conflicts.get(conflict)
        return (recorded_conflict and recorded_conflict.started_on) or BEFORE_ALL

    def ended_on(self, conflict: str) -> str:
        recorded_conflict = self.conflicts.get(conflict)
        return (recorded_conflict and recorded_conflict.ended_on) or END_OF_TIME

    def find_ancestry(self, conflict: str) -> list[str]:
        """Return the conflict, its parent, and so on up."""
        line = [conflict]
        while (recorded_conflict := self.conflicts.get(line[-1])) and recorded_conflict.parent:
            if recorded_conflict.parent in line:
                raise UnanswerableError(f"Conflict {conflict} is nested in itself.")
            line.append(recorded_conflict.parent)
        return line

    def is_nested(self, conflict: str, outer: str) -> bool:
        return outer in self.find_ancestry(conflict)

    def are_related(self, conflict: str, second_conflict: str) -> bool:
        return self.is_nested(conflict, second_conflict) or self.is_nested(second_conflict, conflict)

    def list_related_conflicts(self, conflict: str) -> Iterator[str]:
        """Yield the conflict, those that it is nested in, and those nested in it."""
        yield from self.find_ancestry(conflict)
        yield from self._nested_conflicts.get(conflict, ())

    @cached_property
    def _nested_conflicts(self) -> dict[str, list[str]]:
        nested: dict[str, list[str]] = {}
        for conflict in sorted(self.conflicts):
            for above in self.find_ancestry(conflict)[1:]:
                nested.setdefault(above, []).append(conflict)
        return nested

    def find_lineage(self, side: str, unit: Unit) -> list[str]:
        """Return the side, the coalition that it is in on the unit's first day, and so on up to its camp (rule 3).

        A side that is in none that day, but in one within the unit's days, counts in that one: its dead are among the
        coalition's.
        """
        key = side, unit if self.has_moving_sides else unit.conflict
        line = self._lineages.get(key)
        if line is None:
            line = self._lineages[key] = self._trace_lineage(side, unit)
        return line

    @cached_property
    def _lineages(self) -> dict[tuple[str, str | Unit], list[str]]:
        return {}

    def _trace_lineage(self, side: str, unit: Unit) -> list[str]:
        line = [side]
        while coalitions := (
            self._find_coalitions(line[-1], unit.day, unit.day)
            or self._find_coalitions(line[-1], unit.first or self.started_on(unit.conflict), unit.last)
        ):
            # A state in two coalitions at once counts in the one that is a side of this conflict.
            above = min(coalitions, key=lambda c: (c not in self.find_parties(unit.conflict), c))
            if above in line:
                raise UnanswerableError(f"Side {side} is a member of itself.")
            line.append(above)
        return line

    def _find_coalitions(self, side: str, first: str, last: str) -> list[str]:
        memberships = self.sides[side].memberships if side in self.sides else ()
        return [m.member_of for m in memberships if (m.since or "") <= last and first <= (m.until or END_OF_TIME)]

    def find_camp(self, side: str, unit: Unit) -> str:
        return self.find_lineage(side, unit)[-1]

    @cached_property
    def has_moving_sides(self) -> bool:
        """Return whether a side joins or leaves a coalition on a known day."""
        return any(m.since or m.until for side in self.sides.values() for m in side.memberships)

    @cached_property
    def has_several_camps(self) -> bool:
        """Return whether a side may be in one camp in one unit, and in another camp in the next."""
        return self.has_moving_sides or any(len(side.memberships) > 1 for side in self.sides.values())

    def find_parties(self, conflict: str) -> tuple[str, ...]:
        """Return the sides of a conflict; where none are recorded, those of the conflict that it is nested in."""
        lists = (self.conflicts[c].sides for c in self.find_ancestry(conflict) if c in self.conflicts)
        return next((sides for sides in lists if sides), ())

    def find_involved_sides(self, unit: Unit) -> tuple[str, ...]:
        """Return the sides of the unit's event; where none are recorded, those of its conflict."""
        event = self.events.get(unit.event or "")
        return (event and event.sides) or self.find_parties(unit.conflict)

    def find_members(self, side: str, unit: Unit) -> set[str]:
        """Return the members that a sum over a coalition needs: those in the event, or all where it names none."""
        members = {m for m in self._members.get(side, ()) if side in self.find_lineage(m, unit)[1:2]}
        involved = {m for s in self.find_involved_sides(unit) for m in self.find_lineage(s, unit) if m in members}
        return involved or members

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        members: dict[str, list[str]] = {}
        for side in self.sides.values():
            for membership in side.memberships:
                members.setdefault(membership.member_of, []).append(side.id)
        return members

    def find_party_camp(self, side: str | None, unit: Unit) -> str | None:
        """Return the side's camp where that is party to the conflict (any, if it lists none); else None."""
        if side is None:
            return None
        camp, parties = self.find_camp(side, unit), {*self.find_parties(unit.conflict), *self.find_involved_sides(unit)}
        return camp if not parties or any(self.find_camp(s, unit) == camp for s in parties) else None


def make_world(conflicts: Iterable[Conflict], sides: Iterable[Side], events: Iterable[Event]) -> World:
    return World({c.id: c for c in conflicts}, {s.id: s for s in sides}, {e.id: e for e in events})


def count_days(first: str, last: str) -> int:
    """Return the number of days from `first` to `last`, both included."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
