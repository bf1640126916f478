"""Rule 4: the days that a claim covers, and the tolerance of claims that are compared.

Rules: docs/developers/reconciling.md#rule-4, #rule-11.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from api.reconciling.record import CUMULATIVE, Claim, Unit, World

LEAST_TOLERANCE = 3  # days


class Coverage(NamedTuple):
    """First and last day. An empty first day is unknown and before all others; a last day of None is undated."""

    first: str
    last: str | None


def cover_claim(world: World, claim: Claim, unit: Unit) -> Coverage:
    """Return the first and last day that a claim of the unit covers (rule 4)."""
    if not unit.is_running:
        first = claim.covers_from if claim.measure == CUMULATIVE else None
        return Coverage(first or unit.first, unit.last)
    event = world.events.get(unit.event or "")
    first = claim.covers_from or (event.started_on if event else world.started_on(claim.conflict))
    last = claim.covers_to or (claim.stated_last and min(claim.stated_last, world.ended_on(claim.conflict)))
    return Coverage(first, last)


def find_tolerance(coverages: Iterable[Coverage]) -> int:
    """Return a tenth of the longest coverage in days, rounded down, at least 3."""
    longest = max((_count_coverage_days(c) for c in coverages), default=0)
    return max(longest // 10, LEAST_TOLERANCE)


def _count_coverage_days(coverage: Coverage) -> int:
    """Return the days covered; 0 where an end is unknown."""
    first, last = coverage
    return day_number(last) - day_number(first) + 1 if first and last else 0


def is_within(earlier: str, later: str, tolerance: int) -> bool:
    """Return whether two days are at most `tolerance` days apart. An unknown day is near only to itself."""
    if earlier == later:
        return True
    return bool(earlier) and day_number(later) - day_number(earlier) <= tolerance


def are_near(coverages: Sequence[Coverage]) -> bool:
    """Return whether parts of totals start and end within the tolerance of each other (rule 11)."""
    tolerance = find_tolerance(coverages)
    firsts, lasts = [c.first for c in coverages], [c.last or "" for c in coverages]
    return is_within(min(firsts), max(firsts), tolerance) and is_within(min(lasts), max(lasts), tolerance)


@lru_cache(maxsize=65536)
def day_number(day: str) -> int:
    return date.fromisoformat(day).toordinal()
