"""Columns that the rules derive from a single claim: filled bounds, the range of a dispute, camps, stance, voice.

`api.reconciling` computes them when a claim enters the frame, so that DuckDB needs no rules.

Rules: docs/developers/reconciling.md#rule-3, #rule-14, #rule-15, #rule-16.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from api.evidence.world import read_world
from api.reconciling.record import INCIDENT, Claim, Event, World
from api.reconciling.stance import find_stance
from api.reconciling.statements import fill_bounds, find_voice, grade_claim

CAMP_SEPARATOR = ";"  # separates the camps in the column
UNFILLED = (None,) * 8
GRADES = 10  # one rank of reliability counts as ten ranks of credibility


Speaker = tuple[str, str | None, str | None]  # a claimant, its side, its affiliation


class Cast(NamedTuple):
    """The camps, the voice and the stance of a claim, by the rules, on the days of the event."""

    subject_camp: str | None
    voice: str
    stance: str | None
    camps: str | None  # of the sides of the event, else of the conflict; None without sides


class Deriver:
    """Derive columns of the claims of one snapshot, and compute only once what many claims share."""

    def __init__(self) -> None:
        self.world: World = read_world(())
        self.casts: dict[tuple[Any, ...], Cast] = {}

    def derive_figure(
        self, low: int | None, best: int | None, high: int | None, qualifier: str | None
    ) -> tuple[Any, ...]:
        """Return low, best, high, has_best, is_open_ended, is_imputed, floor, ceiling; all None without a figure."""
        if low is best is high is None:
            return UNFILLED
        filled = fill_bounds(low, best, high, qualifier)
        ceiling = filled.span[1]
        return (*filled[:6], filled.span[0], None if ceiling == float("inf") else ceiling)

    def derive_grade(self, reliability: str | None, credibility: int | None) -> int:
        source, claim = grade_claim(reliability, credibility)
        return GRADES * source + claim

    def find_cast(
        self, conflict: str, days: tuple[str, str] | None, sides: tuple[str, ...], speaker: Speaker, subject: str | None
    ) -> Cast | None:
        """Return the cast of a claim about an event; None for a claim about no event.

        `days`: first and last day of the event.
        """
        if days is None:
            return None
        key = conflict, days if self.world.has_moving_sides else None, sides, speaker, subject
        if key not in self.casts:
            self.casts[key] = self._make_cast(conflict, days, sides, speaker, subject)
        return self.casts[key]

    def _make_cast(
        self, conflict: str, days: tuple[str, str], sides: tuple[str, ...], speaker: Speaker, subject: str | None
    ) -> Cast:
        claimant, side, affiliation = speaker
        event = Event("event", conflict, *days, sides)
        world = World(self.world.conflicts, self.world.sides, {event.id: event})
        unit = world.make_event_unit(event)
        claim = Claim(
            "", "casualty", conflict, event.id, claimant, side, subject, "", INCIDENT, None, None,
            affiliation=affiliation,
        )  # fmt: skip
        return Cast(
            subject and world.find_camp(subject, unit),
            ":".join(find_voice(world, claimant, side, unit)),
            find_stance(world, claim, unit),
            CAMP_SEPARATOR.join(sorted({world.find_camp(s, unit) for s in world.find_involved_sides(unit)})) or None,
        )
