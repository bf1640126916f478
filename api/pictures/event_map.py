"""The map: figures of events where they happened, near ones as one disc with their number."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from api.pictures.markup import write_element, write_tooltip
from api.pictures.outlines import NORTHERNMOST, Outline, Projection, find_labels, fit_box, list_outlines, write_path
from api.pictures.sheet import LINE, SMALL, TEXT, Caption, Form, Sheet
from api.pictures.text_widths import measure_text
from api.pictures.words import count_things, write_count, write_range
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.regional_formats import format_fraction

CLUSTER = 32  # pixels: nearer events share a disc
LEAST_RADIUS, MOST_RADIUS = 3.5, 24.0
LEAST_SPAN = 4.0  # degrees: a map shows what is around
LISTED = 5  # places in words under a map
Row = Mapping[str, Any]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Spot = tuple[float, float, float]  # a place and the radius of what is drawn there


def write_lead(rows: Sequence[Row], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the result in one sentence: how many events, and where the highest figure is."""
    placed = [row for row in rows if row["latitude"] is not None]
    if not placed:
        return translate(language, "picture.map.lead.none")
    events = sum(row["events"] for row in placed)
    most = max(placed, key=lambda row: (row["best"], row["events"]))
    return translate(
        language, "picture.map.lead", events=count_things("events", events, language),
        range=write_range(most, language), place=name_place(most, language),
        events_there=count_things("events", most["events"], language),
    )  # fmt: skip


def name_place(row: Row, language: str) -> str:
    """Return the name of the event or place, else its degrees."""
    if row["event"]:
        return str(row["event"]["name"])
    if row["place"]:
        return str(row["place"])
    north, east = row["latitude"], row["longitude"]
    degrees = {
        "latitude": format_fraction(f"{abs(north):.1f}", language),
        "longitude": format_fraction(f"{abs(east):.1f}", language),
        "north_or_south": translate(language, "picture.map.south" if north < 0 else "picture.map.north"),
        "east_or_west": translate(language, "picture.map.west" if east < 0 else "picture.map.east"),
    }
    return translate(language, "picture.map.around", **degrees)


def find_box(rows: Iterable[Row]) -> Box | None:
    """Return the box around all points, with room at its edges; None: no row has a point."""
    boxes = [tuple(map(float, row["bbox"].split(","))) for row in rows if row["bbox"]]
    if not boxes:
        return None
    west, south = (min(box[edge] for box in boxes) for edge in (0, 1))
    east, north = (max(box[edge] for box in boxes) for edge in (2, 3))
    width = max(0.3, 0.08 * (east - west), (LEAST_SPAN - (east - west)) / 2)
    height = max(0.3, 0.08 * (north - south), (LEAST_SPAN / 2 - (north - south)) / 2)
    return west - width, max(-NORTHERNMOST, south - height), east + width, min(NORTHERNMOST, north + height)


def find_size(form: Form) -> tuple[float, float]:
    """Return the width and height of the map in pixels."""
    height = form.inside * (1.0 if form.is_narrow else 0.52)
    return form.inside, height if form.height is None else min(height, max(150.0, form.height - 150.0))


def find_degrees(box: Box, form: Form) -> float:
    """Return how many degrees the pixels of a cluster are, at the middle of the map."""
    width, height = find_size(form)
    return math.degrees(CLUSTER / fit_box(box, 0, 0, width, height).zoom)


def draw_event_map(rows: Sequence[Row], box: Box | None, form: Form, caption: Caption) -> str:
    """Return the picture of the places of events. `box`: what is shown; None: no event has a point."""
    sheet = Sheet(form, caption)
    placed = [row for row in rows if row["latitude"] is not None]
    absent = [row for row in rows if row["latitude"] is None]
    if box is not None:
        _add_key(sheet, placed)
        width, height = find_size(form)
        height = max(120.0, min(height, sheet.room - len(absent) * SMALL * LINE - 14))
        projection = fit_box(box, form.margin, sheet.y + 8, width, height)
        outlines = _draw_land(sheet, projection)
        inside = [row for row in placed if _is_inside(row, projection)]
        _draw_discs(sheet, inside, outlines, projection)
        sheet.y += height + 12
        _list_places(sheet, inside)
    for row in absent:
        if sheet.room > SMALL * LINE:
            hidden = write_tooltip(write_range(row, form.language))
            sheet.add(write_element("g", hidden, **_list_numbers(row), class_="place"))
            sheet.add_lines(_describe_absent(row, form.language), SMALL, form.palette.dim)
    return sheet.write_svg()


def _describe_absent(row: Row, language: str) -> str:
    where = "picture.map.periods" if row["located"] == "period" else "picture.map.no_point"
    figures = count_things("figures", row["events"] or row["cells"], language)
    words = {"range": write_range(row, language), "where": translate(language, where)}
    return translate(language, "picture.map.absent", figures=figures, **words)


def _add_key(sheet: Sheet, rows: Sequence[Row]) -> None:
    palette = sheet.palette

    def write_words(name: str) -> str:
        return translate(sheet.form.language, f"picture.map.key.{name}")

    disc = write_element("circle", r=6, fill=palette.dim)
    ring = write_element("circle", r=7, fill="none", stroke=palette.ink, stroke_width="1.4")
    entries = [(disc, 12.0, write_words("best"))]
    if any(row["high"] > row["best"] for row in rows):
        entries.append((ring, 14.0, write_words("high")))
    if any(row["located"] == "area" for row in rows):
        dashed = write_element(
            "circle", r=7, fill="none", stroke=palette.ink, stroke_width="1.2", stroke_dasharray="3 3"
        )
        entries.append((dashed, 14.0, write_words("area")))
    if any(row["events"] > 1 for row in rows):
        many = write_element("text", "12", font_size=11, font_weight=700, text_anchor="middle", y=4, fill=palette.ink)
        entries.append((many, 14.0, write_words("many")))
    sheet.add_key(entries)


def _draw_land(sheet: Sheet, projection: Projection) -> list[Outline]:
    palette = sheet.palette
    place = {"x": projection.left_edge, "y": float(projection.top)}
    size = {"width": float(projection.width), "height": float(projection.height)}
    sheet.add(write_element("rect", **place, **size, fill=palette.water, class_="water"))
    outlines = list_outlines(projection)
    if outlines:
        land = {"fill": palette.land, "stroke": palette.border, "stroke_width": "0.8", "fill_rule": "evenodd"}
        sheet.add(write_element("path", d=write_path(outlines), **land, class_="land"))
    return outlines


def _name_countries(sheet: Sheet, outlines: list[Outline], spots: Sequence[Spot], projection: Projection) -> None:
    """Write the names of countries that have room, and hide no disc."""
    palette = sheet.palette
    discs = [(a - r, b - r, a + r + 30, b + r) for a, b, r in spots]
    for name, (x, y), room in find_labels(outlines):
        length = measure_text(name, SMALL) * 1.2
        box = (x - length / 2, y - 9, x + length / 2, y + 3)
        is_inside = projection.top + 4 < box[1] and box[3] < projection.top + projection.height - 4
        if is_inside and room >= length + 12 and not any(_is_crossing(box, disc) for disc in discs):
            sheet.add_text(x, y, name, SMALL, palette.dim, anchor="middle", letter_spacing="0.5", class_="country")


def _is_inside(row: Row, projection: Projection) -> bool:
    x, y = projection.find_place(row["longitude"], row["latitude"])
    right, bottom = projection.left_edge + projection.width, projection.top + projection.height
    return projection.left_edge <= x <= right and projection.top <= y <= bottom


class Discs(NamedTuple):
    """The sizes of discs: their areas are as their figures, and the greatest fits the map."""

    most: int
    greatest: float

    def find_radius(self, value: int) -> float:
        return LEAST_RADIUS + (self.greatest - LEAST_RADIUS) * math.sqrt(value / self.most)


def _size_discs(rows: Iterable[Row], projection: Projection) -> Discs:
    greatest = min(MOST_RADIUS, 0.022 * (projection.width + projection.height))
    return Discs(max([1, *(row["high"] for row in rows)]), greatest)


def _list_numbers(row: Row) -> dict[str, Any]:
    return {
        "data_low": row["low"], "data_best": row["best"], "data_high": row["high"], "data_events": row["events"],
        "data_claims": row["claims"], "data_located": row["located"],
    }  # fmt: skip


def _draw_discs(sheet: Sheet, rows: Sequence[Row], outlines: list[Outline], projection: Projection) -> None:
    """Draw the greatest discs first, then their numbers. A disc that would cover another stands beside its place."""
    discs = _size_discs(rows, projection)
    ordered = sorted(rows, key=lambda row: (-row["high"], -row["best"], row["longitude"], row["latitude"]))
    spots: list[Spot] = []
    drawn = []
    for row in ordered:
        place = projection.find_place(row["longitude"], row["latitude"])
        radius = discs.find_radius(row["high"]) + 4 * (row["located"] == "area")
        x, y = _find_free_spot(place, radius, spots)
        spots.append((x, y, radius))
        drawn.append(_draw_disc(sheet, row, x, y, discs))
        if (x, y) != place:
            ends = {"x1": float(place[0]), "y1": float(place[1]), "x2": float(x), "y2": float(y)}
            sheet.add(write_element("line", **ends, stroke=sheet.palette.ink, stroke_width="0.8"))
    _name_countries(sheet, outlines, spots, projection)
    sheet.parts += drawn
    _write_labels(sheet, ordered, spots, discs, projection)


def _find_free_spot(place: Point, radius: float, spots: Sequence[Spot]) -> Point:
    """Return the nearest place at which a disc covers no other, up to three clusters away; else its own place."""
    for step in range(0, 3 * CLUSTER, 4):
        for turn in range(12 if step else 1):
            angle = math.pi * (turn / 6 + 0.25)
            x, y = place[0] + step * math.cos(angle), place[1] + step * math.sin(angle)
            if all(math.hypot(x - a, y - b) >= radius + other for a, b, other in spots):
                return (x, y) if step else place
    return place


def _write_labels(
    sheet: Sheet, rows: Sequence[Row], spots: Sequence[Spot], discs: Discs, projection: Projection
) -> None:
    """Write the best figures within their discs, or beside them where nothing else stands."""
    taken: list[Box] = []
    for row, (x, y, reach) in zip(rows, spots, strict=True):
        words = write_count(row["best"], sheet.form.language)
        half = measure_text(words, SMALL, bold=True) / 2
        is_within = half + 2 <= discs.find_radius(row["best"])
        spot = x if is_within else x + reach + 4 + half
        box = (spot - half - 1, y - 7, spot + half + 1, y + 7)
        others = [(a - r, b - r, a + r, b + r) for a, b, r in spots if (a, b) != (x, y) and not is_within]
        if box[2] > projection.left_edge + projection.width or any(
            _is_crossing(box, each) for each in [*taken, *others]
        ):
            continue
        taken.append(box)
        halo = {} if is_within else {"stroke": sheet.palette.land, "stroke_width": 3, "paint_order": "stroke"}
        fill = sheet.palette.paper if is_within else None
        sheet.add_text(spot, y + 4, words, SMALL, fill, bold=True, anchor="middle", **halo)


def _is_crossing(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def _draw_disc(sheet: Sheet, row: Row, x: float, y: float, discs: Discs) -> str:
    palette, language = sheet.palette, sheet.form.language
    best, high = discs.find_radius(row["best"]), discs.find_radius(row["high"])
    place = {"cx": float(x), "cy": float(y)}
    events = count_things("events", row["events"], language)
    parts = [write_tooltip(f"{name_place(row, language)}: {write_range(row, language)}, {events}")]
    if row["located"] == "area":
        line = {"fill": "none", "stroke": palette.ink, "stroke_width": "1.2", "stroke_dasharray": "3 3"}
        parts.append(write_element("circle", **place, r=f"{high + 4:.1f}", **line))
    if row["high"] > row["best"]:
        line = {"fill": palette.ink, "fill_opacity": "0.08", "stroke": palette.ink, "stroke_width": "1.4"}
        parts.append(write_element("circle", **place, r=f"{high:.1f}", **line))
    fill = {"fill": palette.dim, "fill_opacity": None if row["best"] else "0", "stroke": palette.paper}
    parts.append(write_element("circle", **place, r=f"{best:.1f}", **fill))
    return write_element("g", *parts, class_="place", **_list_numbers(row))


def _list_places(sheet: Sheet, rows: Sequence[Row]) -> None:
    """Name the places with the highest figures. Others are counted."""
    language = sheet.form.language
    ordered = sorted(rows, key=lambda row: (-row["best"], -row["events"], row["longitude"], row["latitude"]))
    for row in ordered[: LISTED if sheet.form.height is None else 0]:
        events = f" ({count_things('events', row['events'], language)})" if row["events"] > 1 else ""
        words = f"{write_range(row, language)}: {name_place(row, language)}{events}"
        sheet.add_lines(words, TEXT if sheet.form.is_narrow else SMALL)
    if sheet.form.height is None and len(ordered) > LISTED:
        further = translate(language, "picture.map.more_discs", count=len(ordered) - LISTED)
        events = count_things("events", sum(row["events"] for row in ordered[LISTED:]), language)
        sheet.add_lines(translate(language, "picture.map.more", discs=further, events=events), SMALL, sheet.palette.dim)
