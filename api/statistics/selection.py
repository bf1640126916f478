"""Filters of a statistic as DuckDB conditions on the claims frame. The database answers those that the frame cannot.

Rules: docs/developers/reconciling.md#rule-6.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from api.evidence.frame import Frame
from api.listings import claims
from api.listings.query import Bound, bind_question

Values = tuple[Any, ...]  # None: not stated
EVENT_DATE = "COALESCE(event_first, covers_from)"


class Condition(NamedTuple):
    """SQL over the columns of the frame, and its values."""

    sql: str
    values: list[Any]


class Selection(NamedTuple):
    """The filters of a question, by what they choose: units, what is counted of them, and who speaks (rule 6)."""

    units: Condition
    deeds: Condition
    voices: Condition


MakeCondition = Callable[[Values], Condition]


def _make_among(expression: str) -> MakeCondition:
    def write_among(values: Values) -> Condition:
        stated = [value for value in values if value is not None]
        parts = [f"{expression} IN ({', '.join('?' * len(stated))})"] if stated else []
        if len(stated) < len(values):
            parts.append(f"{expression} IS NULL")
        return Condition(f"({' OR '.join(parts)})", stated)

    return write_among


def _make_minimum(expression: str) -> MakeCondition:
    return lambda values: Condition(f"{expression} >= ?", list(values))


def _make_maximum(expression: str) -> MakeCondition:
    return lambda values: Condition(f"{expression} <= ?", list(values))


def _write_box(edges: Values) -> Condition:
    """Return the condition of a point within west, south, east, north; without edges, of having no point.

    If west is greater than east, the box crosses the antimeridian.
    """
    if not edges:
        return Condition("latitude IS NULL", [])
    west, south, east, north = edges
    across = "OR" if west > east else "AND"
    return Condition(
        f"(latitude BETWEEN ? AND ? AND (longitude >= ? {across} longitude <= ?))", [south, north, west, east]
    )


#: Filters of the list of claims that the columns of the frame answer; they mean the same there and here.
FRAME_FILTERS: dict[str, MakeCondition] = {
    "conflict": _make_among("conflict"),
    "recorded_conflict": _make_among("conflict"),
    "event": _make_among("event"),
    "event_type": _make_among("event_type"),
    "claimant": _make_among("claimant"),
    "claimant_side": _make_among("claimant_side"),
    "responsible_side": _make_among("responsible_side"),
    "dataset": _make_among("dataset"),
    "harm": _make_among("harm"),
    "measure": _make_among("measure"),
    "qualifier": _make_among("qualifier"),
    "year": _make_among(f"SUBSTR({EVENT_DATE}, 1, 4)"),
    "month": _make_among(f"SUBSTR({EVENT_DATE}, 1, 7)"),
    "stated_from": _make_minimum("stated_last"),
    "stated_to": _make_maximum("stated_last"),
    "stated_year": _make_among("SUBSTR(stated_on, 1, 4)"),
    "stated_month": _make_among("SUBSTR(stated_on, 1, 7)"),
    "stated_day": _make_among("stated_last"),
    "country": _make_among("country"),
    "admin1": _make_among("admin1"),
    "bbox": _write_box,
    "place_precision": _make_among("place_precision"),
    "low_min": _make_minimum("low"),
    "low_max": _make_maximum("low"),
    "best_min": _make_minimum("best"),
    "best_max": _make_maximum("best"),
    "high_min": _make_minimum("high"),
    "high_max": _make_maximum("high"),
}


def select_claims(frame: Frame, filters: dict[str, Any]) -> Condition:
    """Return the condition of the claims within these filters. Raises `UnknownValueError`."""
    bound = bind_question(claims.LISTING, filters)
    conditions = [FRAME_FILTERS[name](values) for name, values in bound.items() if name in FRAME_FILTERS]
    others: Bound = {name: values for name, values in bound.items() if name not in FRAME_FILTERS}
    if others:
        conditions.append(Condition(f"key IN (SELECT key FROM {frame.keys_where(others)})", []))
    if not conditions:
        return Condition("TRUE", [])
    return Condition(
        " AND ".join(condition.sql for condition in conditions),
        [value for condition in conditions for value in condition.values],
    )
