"""A line of steps through the running totals of one claimant, as numbers for an SVG that needs no script."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

Record = dict[str, Any]
WIDTH, HEIGHT = 640, 130
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 8, 8
LEAST_DAYS = 3
#: Breaks after which the figures are of another count.
NEW_LINE = ("definition", "counter_restarted", "gap")
MOST_MARKS = 60  # above, the line has no marks: they would hide it


class Mark(NamedTuple):
    x: float
    y: float
    claim: str
    is_fall: bool
    begins_line: bool  # a new count begins here: no line comes to it


class Drawing(NamedTuple):
    path: str
    marks: list[Mark]
    highest: int
    first_day: str
    last_day: str
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM
    top: int = TOP


def draw_steps(points: Sequence[Record]) -> Drawing | None:
    """Return the lines of the dated points with a number; None for fewer than three. Zero is at the bottom."""
    placed = [(p, day, number) for p in points if (day := _find_day(p)) and (number := _find_number(p)) is not None]
    days = sorted({day for _, day, _ in placed})
    if len(days) < LEAST_DAYS:
        return None
    first, last = date.fromisoformat(days[0]).toordinal(), date.fromisoformat(days[-1]).toordinal()
    highest = max(number for _, _, number in placed) or 1
    marks = [
        Mark(
            round(LEFT + (date.fromisoformat(day).toordinal() - first) / (last - first) * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - number / highest * (HEIGHT - TOP - BOTTOM), 1),
            point["claim"],
            bool(point["revision"]),
            number_of_point == 0 or bool(point["breaks"] and point["breaks"]["reason"] in NEW_LINE),
        )
        for number_of_point, (point, day, number) in enumerate(placed)
    ]
    path = "".join(f"M{mark.x} {mark.y}" if mark.begins_line else f"H{mark.x}V{mark.y}" for mark in marks)
    return Drawing(path, marks if len(marks) <= MOST_MARKS else [], highest, days[0], days[-1])


def _find_day(point: Record) -> str | None:
    day: str | None = point["stated_until"] or point["stated_on"]
    return day


def _find_number(point: Record) -> int | None:
    return next((point[name] for name in ("best", "low", "high") if point[name] is not None), None)
