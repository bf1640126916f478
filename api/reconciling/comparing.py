"""Rule 16: the ratio of what two stances say about the same losses, or the reason why there is none.

Rules: docs/developers/reconciling.md#rule-4, #rule-16.
"""

from typing import NamedTuple

from api.reconciling.coverage import Coverage, find_tolerance, is_within
from api.reconciling.reconciled_answer import Row
from api.reconciling.record import Unit

NO_BASE = "no_own_figure"
UNITS_DIFFER = "other_events"
UNDATED = "undated"
DAYS_DIFFER = "other_days"
PARTS_DIFFER = "incomplete"
BOUND_ALONE = "bound_alone"
ZERO = "zero"
#: In the order in which they are tried.
REASONS = (
    NO_BASE,
    UNITS_DIFFER,
    UNDATED,
    DAYS_DIFFER,
    PARTS_DIFFER,
    BOUND_ALONE,
    ZERO,
)


class Ratio(NamedTuple):
    """`value` is None where the figures cannot be compared; then there is a reason."""

    value: float | None
    reason: str | None = None


def compare_rows(row: Row, base: Row | None) -> Ratio:
    """Return the best of a row over the best of the row of the camp's own figures, `base` (rule 16)."""
    reason = find_reason(row, base)
    if reason or base is None:
        return Ratio(None, reason)
    return Ratio(row.best / base.best)


def find_reason(row: Row, base: Row | None) -> str | None:
    """Return why two rows have no ratio: different units, days or parts, or a figure that is one bound alone."""
    if base is None:
        return NO_BASE
    coverages, base_coverages = _cover_units(row), _cover_units(base)
    if coverages.keys() != base_coverages.keys():
        return UNITS_DIFFER
    pairs = [(coverage, base_coverages[unit]) for unit, coverage in coverages.items()]
    if any(coverage.last is None for pair in pairs for coverage in pair):
        return UNDATED
    if not all(are_comparable(*pair) for pair in pairs):
        return DAYS_DIFFER
    if bool(row.incomplete) != bool(base.incomplete) or _name_missing(row) != _name_missing(base):
        return PARTS_DIFFER
    if not (row.has_best and base.has_best):
        return BOUND_ALONE
    return None if base.best else ZERO


def cover_row(row: Row) -> Coverage:
    """Return the first and last day that a row's figure covers."""
    coverages = list(_cover_units(row).values())
    return Coverage(min(c.first for c in coverages), max((c.last for c in coverages if c.last), default=None))


def are_comparable(first: Coverage, second: Coverage) -> bool:
    """Return whether two figures start and end within the tolerance of each other (rule 4)."""
    tolerance = find_tolerance((first, second))
    days = (first.first, second.first), (first.last or "", second.last or "")
    return all(is_within(min(pair), max(pair), tolerance) for pair in days)


def _cover_units(row: Row) -> dict[Unit, Coverage]:
    """Return the days that the figure of each unit covers."""
    return {cell.unit: cell.figure.coverage for cell in row.cells}


def _name_missing(row: Row) -> set[tuple[str, str]]:
    return {(gap.side, gap.status) for gap in row.missing}
