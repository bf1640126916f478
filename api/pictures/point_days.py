"""The day at which a figure stands in a picture over time.

It is the day of its statement. One publication may have the figures of many weeks while its own day is known only as
one of several: then all of them would stand at one day, as if the total had grown on it. Each of these stands at the
last day that it covers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
STATED, COVERED = "stated_on", "covers_to"


def add_days(points: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the dated points of a series, each with its `day` and, in `placed_by`, the field that it comes from."""
    dated = [point for point in points if point[STATED]]
    spans = Counter(_find_span(point) for point in dated)
    placed = []
    for point in dated:
        is_one_of_many = point[STATED] != point["stated_until"] and spans[_find_span(point)] > 1
        placed_by = COVERED if is_one_of_many and point[COVERED] else STATED
        placed.append({**point, "day": point[placed_by], "placed_by": placed_by})
    return placed


def _find_span(point: Row) -> tuple[str, str | None]:
    return point[STATED], point["stated_until"]


def name_field(points: Sequence[Row]) -> str | None:
    """Return the field from which the days of all points come, if it is not the day of the statement."""
    return COVERED if all(point["placed_by"] == COVERED for point in points) else None
