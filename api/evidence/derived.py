"""Columns that the rules derive from a single claim: filled bounds, the range of a dispute, camps, stance, voice.

`api.reconciling` computes them when a claim enters the frame, so that DuckDB needs no rules.

Rules: docs/developers/reconciling.md#rule-3, #rule-14, #rule-15, #rule-16.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from api.evidence.row_pieces import Piece
from api.evidence.world import read_world
from api.reconciling.record import INCIDENT, Claim, Event, Unit, World
from api.reconciling.stance import find_stance
from api.reconciling.statements import fill_bounds, find_voice, grade_claim

CAMP_SEPARATOR = ";"  # separates the camps in the column
UNFILLED = Piece((None,) * 8)
ANY_DAYS = ("2000-01-01", "2000-01-01")  # where no side joins or leaves a coalition, all days are the same
MOST_PLACES = 64  # that are remembered
GRADES = 10  # one rank of reliability counts as ten ranks of credibility


Days = tuple[str, str]  # the first and the last
Speaker = tuple[str, str | None, str | None]  # a claimant, its side, its affiliation


class Cast(NamedTuple):
    """The camps, the voice and the stance of a claim, by the rules, on the days of the event."""

    subject_camp: str | None
    voice: str | None
    stance: str | None
    camps: str | None  # of the sides of the event, else of the conflict; None without sides


NO_CAST = Cast(None, None, None, None)


@functools.lru_cache(maxsize=16384)
def derive_figure(low: int | None, best: int | None, high: int | None, qualifier: str | None) -> Piece:
    """Return low, best, high, has_best, is_open_ended, is_imputed, floor, ceiling; all None without a figure."""
    if low is best is high is None:
        return UNFILLED
    filled = fill_bounds(low, best, high, qualifier)
    ceiling = filled.span[1]
    return Piece((*filled[:6], filled.span[0], None if ceiling == float("inf") else ceiling))


@functools.cache
def derive_grade(reliability: str | None, credibility: int | None) -> Piece:
    """Return the column of `OF_GRADES`."""
    source, claim = grade_claim(reliability, credibility)
    return Piece((GRADES * source + claim,))


class Deriver:
    """Derive columns of the claims of one snapshot."""

    def __init__(self) -> None:
        self.world: World = read_world(())
        self._places: dict[tuple[Any, ...], tuple[World, Unit]] = {}

    @property
    def needs_days(self) -> bool:
        """Return whether a cast depends on the days of the event."""
        return self.world.has_moving_sides

    def derive_cast(
        self, conflict: str, days: Days | None, sides: tuple[str, ...], speaker: Speaker, subject: str | None
    ) -> Cast:
        """Return the cast of a claim about an event with these days and sides; `NO_CAST` for a claim about no event."""
        if days is None:
            return NO_CAST
        claimant, side, affiliation = speaker
        world, unit = self._find_place(conflict, days if self.needs_days else ANY_DAYS, sides)
        claim = Claim(
            "", "casualty", conflict, unit.event, claimant, side, subject, "", INCIDENT, None, None,
            affiliation=affiliation,
        )  # fmt: skip
        camps = sorted({world.find_camp(s, unit) for s in world.find_involved_sides(unit)})
        return Cast(
            subject and world.find_camp(subject, unit),
            ":".join(find_voice(world, claimant, side, unit)),
            find_stance(world, claim, unit),
            CAMP_SEPARATOR.join(camps) or None,
        )

    def _find_place(self, *key: Any) -> tuple[World, Unit]:
        if key not in self._places:
            if len(self._places) == MOST_PLACES:
                self._places.clear()
            self._places[key] = self._make_place(*key)
        return self._places[key]

    def _make_place(self, conflict: str, days: Days, sides: tuple[str, ...]) -> tuple[World, Unit]:
        """Return a world with only an event of these days and sides, and its unit."""
        event = Event("event", conflict, *days, sides)
        world = World(self.world.conflicts, self.world.sides, {event.id: event})
        return world, world.make_event_unit(event)
