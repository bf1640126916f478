"""Marks of figures: a shape and a colour for each stance, bars from low to high, ticks of best figures."""

from collections.abc import Mapping
from typing import Any

from api.pictures.markup import write_element, write_number, write_tooltip
from api.pictures.palettes import Palette
from api.pictures.scales import Scale
from api.pictures.words import describe_range, place_figure

RADIUS = 4.6
OPEN_ENDS = {"at_least": 1, "more_than": 1, "vague": 1, "up_to": -1, "nearly": -1}


def find_colour(palette: Palette, stance: str | None) -> str:
    return palette.stances.get(stance or "", palette.dim)


def draw_shape(stance: str | None, x: float, y: float, colour: str, paper: str, radius: float = RADIUS) -> str:
    """Return the shape of a stance: own ●, opponent ■, affiliated ▲, third party ◆; a cross for a party about all."""
    common = {"fill": colour, "stroke": paper, "stroke_width": 1}
    if stance == "own":
        return write_element("circle", cx=float(x), cy=float(y), r=write_number(radius), **common)
    corners = {
        "opposing": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "affiliated": [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        "third_party": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    }.get(stance or "", [(-1, -0.4), (1, -0.4), (1, 0.4), (-1, 0.4)])
    points = " ".join(f"{write_number(x + dx * radius)},{write_number(y + dy * radius)}" for dx, dy in corners)
    return write_element("polygon", points=points, **common)


def draw_statement(statement: Mapping[str, Any], scale: Scale, y: float, palette: Palette) -> str:
    """Return the mark of a statement, with the line from its low to its high. Without a number there is no mark."""
    value = place_figure(statement)
    if value is None:
        return ""
    colour, x = find_colour(palette, statement["stance"]), scale.find_place(value)
    parts = []
    low, high = statement["low"], statement["high"]
    if low is not None and high is not None and high > low:
        ends = scale.find_place(low), scale.find_place(high)
        parts.append(draw_line(*ends, y, colour, 3))
    if direction := find_open_end(statement):
        parts.append(_draw_open_end(x, y, colour, direction))
    parts.append(draw_shape(statement["stance"], x, y, colour, palette.paper))
    return "".join(parts)


def find_open_end(statement: Mapping[str, Any]) -> int:
    """Return where the speaker gave no bound: 1 above, -1 below, 0 nowhere. A dataset may print one bound alone."""
    match statement["low"], statement["best"], statement["high"]:
        case (low, None, None) if low is not None:
            return 1
        case (None, None, high) if high is not None:
            return -1
    return OPEN_ENDS.get(statement.get("qualifier") or "", 0)


def _draw_open_end(x: float, y: float, colour: str, direction: int) -> str:
    """Return an arrow: the speaker gave no bound on that side."""
    tip, start = x + 17 * direction, x + 4 * direction
    path = (
        f"M{write_number(start)} {write_number(y)}H{write_number(tip)}"
        f"m{-4 * direction} -3.5l{4 * direction} 3.5l{-4 * direction} 3.5"
    )
    return write_element("path", d=path, fill="none", stroke=colour, stroke_width="1.5")


def draw_line(start: float, end: float, y: float, colour: str, thickness: float, **attributes: Any) -> str:
    return write_element(
        "line", x1=float(start), x2=float(max(end, start + 1)), y1=float(y), y2=float(y), stroke=colour,
        stroke_width=write_number(thickness), **attributes,
    )  # fmt: skip


def draw_range(row: Mapping[str, Any], scale: Scale, y: float, palette: Palette) -> str:
    """Return the bar of a row from its low to its high, with a tick at its best figure."""
    low, best, high = (scale.find_place(row[name]) for name in ("low", "best", "high"))
    parts = [draw_line(low, high, y, palette.ink, 6, class_="range")]
    if row["open_ended"]:
        parts.append(_draw_open_end(max(high, low + 1) - 1, y, palette.ink, 1))
    parts.append(
        write_element(
            "line",
            x1=float(best),
            x2=float(best),
            y1=float(y - 7),
            y2=float(y + 7),
            stroke=palette.ink,
            stroke_width=2,
            class_="best",
        )  # fmt: skip
    )
    return "".join(parts)


def draw_figure(row: Mapping[str, Any], drawn: str, language: str, **attributes: Any) -> str:
    """Return the figure of a row as a group that has its numbers, for readers of the SVG and for tests."""
    return write_element(
        "g", write_tooltip(describe_range(row, language)), drawn, class_="figure",
        data_basis=row["basis"], data_conflict=row["conflict"]["id"], data_side=row["subject_side"]["id"],
        data_measure=row["measure"], data_low=row["low"], data_best=row["best"], data_high=row["high"], **attributes,
    )  # fmt: skip
