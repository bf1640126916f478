"""The lines of a chart over time: steps from figure to figure, with marks where they have room."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.pictures.markup import write_element, write_number, write_tooltip
from api.pictures.palettes import Palette
from api.pictures.point_days import STATED, name_field
from api.pictures.scales import DayScale, Scale
from api.pictures.words import place_figure, read_day

CLOSEST = 8  # pixels between the marks of a line; closer figures are a line without marks
Row = Mapping[str, Any]


class Drawn(NamedTuple):
    """A series as it is drawn: its letter in the key, its colour and dashes, and its figures within the days."""

    series: Row
    letter: str
    colour: str
    dashes: str | None
    points: list[Row]
    name: str


def draw_series(drawn: Drawn, days: DayScale, scale: Scale, palette: Palette) -> str:
    """Return the steps of a series, a dotted line to the last day, and marks where they have room."""
    points = _list_last_of_days(drawn.points)
    spots = [(days.find_place(read_day(p["day"])), scale.find_place(place_figure(p) or 0), p) for p in points]
    path = "".join(write_steps(spots))
    x, y, _ = spots[-1]
    parts = [
        write_element("path", d=path, stroke_dasharray=drawn.dashes),
        write_element(
            "path",
            d=f"M{write_number(x)} {write_number(y)}H{write_number(days.end)}",
            stroke_dasharray="1 4",
            stroke_width="1.2",
        ),
        *_draw_points(drawn, spots, palette),
    ]
    first, last = drawn.points[0], drawn.points[-1]
    return write_element(
        "g", write_tooltip(drawn.name), *parts, fill="none", stroke=drawn.colour, stroke_width=2,
        class_="series", data_claimant=drawn.series["claimant"]["id"], data_side=drawn.series["subject_side"]["id"],
        data_line=drawn.letter, data_points=len(drawn.points), data_first=place_figure(first),
        data_newest=place_figure(last), data_claim=last["claim"], data_status=drawn.series["victim_status"],
        data_by=name_field(drawn.points),
    )  # fmt: skip


def _list_last_of_days(points: Sequence[Row]) -> list[Row]:
    """Return the last figure of each day: one publication may have the totals of many weeks."""
    last = {(point["day"], point[STATED]): point["claim"] for point in points}
    return [point for point in points if last[point["day"], point[STATED]] == point["claim"] or point["breaks"]]


Spot = tuple[float, float, Row]


def write_steps(spots: Sequence[Spot]) -> Iterator[str]:
    """Yield the commands of a path. Figures of one pixel are drawn as the first, the ends and the last of them."""
    previous = ""
    for (x, is_new, _), group in groupby(_number_columns(spots), lambda entry: entry[0]):
        ys = [spot[1] for _, spot in group]
        if is_new:
            previous = write_number(ys[0])
        yield f"M{write_number(x)} {previous}" if is_new else f"H{write_number(x)}"
        for y in (ys[0], min(ys), max(ys), ys[-1]):
            if write_number(y) != previous:
                previous = write_number(y)
                yield f"V{previous}"


def _number_columns(spots: Sequence[Spot]) -> Iterator[tuple[tuple[float, bool, int], Spot]]:
    """Yield each spot with its column of pixels. A break begins another column."""
    breaks = 0
    start = True
    column = -1.0
    for spot in spots:
        is_break = bool(spot[2]["breaks"]) or start
        breaks += is_break
        if is_break or round(spot[0]) != round(column):
            column, first = spot[0], is_break
        yield (column, first, breaks), spot
        start = False


def _draw_points(drawn: Drawn, spots: Sequence[Spot], palette: Palette) -> Iterator[str]:
    """Yield a mark for each figure, if they have room; always a ring where the count changes."""
    width = spots[-1][0] - spots[0][0]
    is_sparse = len(spots) < 2 or width / (len(spots) - 1) >= CLOSEST
    for x, y, point in spots:
        if point["breaks"]:
            yield write_element(
                "circle",
                cx=float(x),
                cy=float(y),
                r=4,
                fill=palette.paper,
                stroke_width="1.6",
                class_="break",
                data_claim=point["claim"],
            )
        elif is_sparse:
            yield write_element(
                "circle",
                cx=float(x),
                cy=float(y),
                r="2.8",
                fill=drawn.colour,
                stroke="none",
                data_claim=point["claim"],
                data_value=place_figure(point),
            )
