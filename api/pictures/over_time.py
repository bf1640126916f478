"""Over time: each claimant's running totals as steps. Where the definition changes, the line breaks."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.pictures.line_names import LETTERS, NAMES, describe_line, list_names, place_letters, place_names
from api.pictures.markup import write_element
from api.pictures.palettes import Palette
from api.pictures.point_days import COVERED, add_days
from api.pictures.scales import DAY, DayScale, Scale, make_scale
from api.pictures.sheet import LINE, SMALL, TEXT, Caption, Form, Sheet
from api.pictures.step_lines import Drawn, draw_series
from api.pictures.text_widths import measure_text
from api.pictures.words import (
    begin_sentence,
    count_things,
    describe_victims,
    name_losses,
    place_figure,
    read_day,
    write_count,
    write_day,
    write_days,
)
from schemas.figure_words import say_figure_briefly
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.sentences import join_words

MOST_PANELS, MOST_LINES = 8, 40  # of series_line picture, and of series_line panel
AFTER = 60 * DAY  # days after the conflict that are shown at first
CHART, LEAST_CHART, PANEL, FOOT = (
    250.0,
    100.0,
    210.0,
    68.0,
)  # heights: of charts, of a panel, of what stands under a chart
SOLID = (None, "16 2", "16 2 2 2")  # for the claimants of sides, when the colours begin again
DASHES = ("6 3", "2 3", "9 3 2 3")  # for claimants that speak for no side
Row = Mapping[str, Any]


class Span(NamedTuple):
    """The days of the axis, and those of the conflict, if they are known."""

    first: datetime.date
    last: datetime.date
    began: datetime.date | None
    ended: datetime.date | None


def find_span(series: Sequence[Row], conflict: Mapping[str, Any], kind: str) -> Span | None:
    """Return the days to show: the conflict and sixty days after it, or every statement. None: no day is known.

    Where no statement is of these days, every statement is shown.
    """
    placed = [point["day"] for each in series for point in add_days(each["points"])]
    silent = [gap[end] for each in series for gap in each["gaps"] for end in ("from", "to")]
    days = [read_day(day) for day in (*placed, *silent) if day and day < "9999"]
    began, ended = (read_day(conflict[name]) if conflict[name] else None for name in ("started_on", "ended_on"))
    if not days:
        return None
    first, last = min(days), max(days)
    shown = began or first, min(last, ended + AFTER) if ended else last
    if kind == "war" and any(shown[0] <= day <= shown[1] for day in days):
        first, last = shown
    return Span(first, max(last, first + 7 * DAY), began, ended)


def draw_over_time(series: Sequence[Row], span: Span | None, kind: str, form: Form, caption: Caption) -> str:
    """Return the picture of series, a panel for each side whose losses they count. `kind` of scale: ratio or count."""
    sheet = Sheet(form, caption)
    if span is None:
        sheet.add_lines(translate(form.language, "picture.time.none"), TEXT, form.palette.dim)
        return sheet.write_svg()
    panels = list_panels(series, form.language)
    single = [panel for panel in panels if sum(len(_list_visible(series_line, span)) for series_line in panel[1]) < 2]
    panels = [panel for panel in panels if panel not in single]
    _add_key(sheet, series, span)
    fitting = len(panels) if form.height is None else max(1, int(sheet.room // PANEL))
    for number, (losses, lines) in enumerate(panels):
        if number >= min(fitting, MOST_PANELS):
            further = len(panels) - number + len(single) * (form.height is not None)
            words = translate(form.language, "picture.time.more_sides", count=further)
            sheet.add_lines(words, SMALL, form.palette.dim)
            break
        _draw_panel(sheet, losses, lines, span, kind, min(fitting, len(panels)) - number)
    for losses, lines in single if form.height is None else ():
        _write_single(sheet, losses, lines, span)
    return sheet.write_svg()


def _write_single(sheet: Sheet, losses: str, series: list[Row], span: Span) -> None:
    """Write a side with a single figure, or none in these days: it needs no chart."""
    language = sheet.form.language
    figures = [(series_line, point) for series_line in series for point in _list_visible(series_line, span)]
    words = [
        ", ".join(
            [
                find_name(series_line, language),
                say_figure_briefly(point, language),
                write_days(point["stated_on"], point["stated_until"], language),
            ]
        )
        for series_line, point in figures
    ] or [translate(language, "picture.time.no_figure")]
    sheet.y += 4
    sheet.add_lines(translate(language, "picture.time.single", side=losses, figures="; ".join(words)), SMALL)
    _describe_absent(sheet, series, [point for _, point in figures])


def list_panels(series: Iterable[Row], language: str) -> list[tuple[str, list[Row]]]:
    """Return series by the side whose losses they count, the sides with most figures first."""
    ordered = sorted(series, key=lambda series_line: series_line["subject_side"]["id"])
    panels = [
        (name_losses(lines[0]["subject_side"], language), lines)
        for _, group in groupby(ordered, lambda s: s["subject_side"]["id"])
        if (lines := list(group))
    ]
    return sorted(panels, key=lambda panel: (-sum(len(series_line["points"]) for series_line in panel[1]), panel[0]))


def write_lead(series: Sequence[Row], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the result in one sentence: the greatest newest figure about each of the first sides."""
    parts: list[str] = []
    for losses, lines in list_panels(series, language)[:3]:
        newest = [(place_figure(p), p, line) for line in lines for p in line["points"] if p["standing"] == "stands"]
        dated = [entry for entry in newest if entry[0] is not None]
        if dated:
            value, point, line = max(dated, key=lambda entry: (entry[0], entry[1]["claim"]))
            figure = say_figure_briefly(point, language)
            words = {"losses": losses, "figure": figure, "claimant": line["claimant"]["name"]}
            parts.append(translate(language, "picture.time.greatest", **words))
    figures = count_things("figures", sum(len(series_line["points"]) for series_line in series), language)
    counted = {"figures": figures, "totals": count_things("running_totals", len(series), language)}
    if not parts:
        return translate(language, "picture.time.lead", **counted)
    return translate(language, "picture.time.lead.greatest", greatest=begin_sentence("; ".join(parts)), **counted)


def find_name(series: Row, language: str) -> str:
    """Return the full name of a line: its claimant, and what sets it apart from another of that claimant."""
    first = series["points"][0] if series["points"] else None
    breaks = first and first["breaks"]
    since = ""
    if breaks and breaks["reason"] == "counter_restarted":
        since = translate(language, "picture.time.since", day=write_day(series["series_from"], language))
    blamed = series["responsible_side"] and series["responsible_side"]["name"]
    words = (series["claimant"]["name"], describe_victims(series, language), blamed, since)
    return ", ".join(word for word in words if word)


def name_letter(number: int) -> str:
    """Return the letter of a line: A to Z, then AA."""
    return (name_letter(number // 26 - 1) if number >= 26 else "") + chr(65 + number % 26)


def choose_lines(series: Sequence[Row], span: Span, palette: Palette, language: str) -> list[Drawn]:
    """Return the series with figures in the days shown, the highest newest figure first.

    Lines differ by colour. Those of claimants that speak for no side are dashed.
    """
    visible = [(series_line, _list_visible(series_line, span)) for series_line in series]
    placed = [(series_line, points) for series_line, points in visible if points]
    placed.sort(key=lambda pair: (-(place_figure(pair[1][-1]) or 0), pair[1][-1]["claim"]))
    numbers = {True: 0, False: 0}
    drawn = []
    for place, (series_line, points) in enumerate(placed):
        is_party = series_line["claimant_side"] is not None
        number, numbers[is_party] = numbers[is_party], numbers[is_party] + 1
        turn = number // len(palette.lines) % len(DASHES)
        dashes = (SOLID if is_party else DASHES)[turn]
        colour = palette.lines[number % len(palette.lines)]
        drawn.append(Drawn(series_line, name_letter(place), colour, dashes, points, find_name(series_line, language)))
    return drawn


def _list_visible(series: Row, span: Span) -> list[Row]:
    return [
        point
        for point in add_days(series["points"])
        if place_figure(point) is not None and span.first <= read_day(point["day"]) <= span.last
    ]  # fmt: skip


def _add_key(sheet: Sheet, series: Sequence[Row], span: Span) -> None:
    palette, language = sheet.palette, sheet.form.language

    def write_words(name: str, **values: str) -> str:
        return translate(language, f"picture.time.key.{name}", **values)

    line = write_element("path", d="M-10 4V-3H10", fill="none", stroke=palette.ink, stroke_width=2)
    entries = [(line, 20.0, write_words("line"))]
    outside = write_element("path", d="M-11 0H11", stroke=palette.lines[1], stroke_width=2, stroke_dasharray="7 3")
    if any(series_line["claimant_side"] is None for series_line in series):
        entries.append((outside, 22.0, write_words("dashed")))
    if any(point["breaks"] for series_line in series for point in series_line["points"]):
        ring = write_element("circle", r=4, fill=palette.paper, stroke=palette.ink, stroke_width="1.6")
        entries.append((ring, 10.0, write_words("ring")))
    if span.began and span.ended:
        ends = {
            "first": write_day(span.began.isoformat(), language),
            "last": write_day(span.ended.isoformat(), language),
        }
        band = write_element("rect", x=-8, y=-6, width=16, height=12, fill=palette.band, opacity="0.6")
        entries.append((band, 16.0, write_words("conflict", **ends)))
    if sheet.form.height is None and any(series_line["gaps"] for series_line in series):
        band = write_element("rect", x=-8, y=-6, width=16, height=12, fill=palette.grid)
        entries.append((band, 16.0, write_words("silence")))
    sheet.add_key(entries)


def _draw_panel(sheet: Sheet, losses: str, series: list[Row], span: Span, kind: str, panels: int) -> None:
    form, palette, language = sheet.form, sheet.palette, sheet.form.language
    lines = choose_lines(series, span, palette, language)
    sheet.y += 8
    sheet.add_lines(translate(language, "picture.losses", side=losses), 15, bold=True)
    if lines:
        shown = _choose_shown(sheet, lines, panels)
        names = [describe_line(drawn, form) for drawn in shown]
        height = _find_height(sheet, names, panels)
        scale = _draw_chart(sheet, shown, series, span, kind, height)
        if form.is_narrow:
            list_names(sheet, shown, names)
        else:
            place_names(sheet, shown, names, height, scale)
        if len(lines) > len(shown):
            sheet.add_lines(_count_omitted(lines, shown, language), SMALL, palette.dim)
    _describe_absent(sheet, series, [point for drawn in lines for point in drawn.points])


def _choose_shown(sheet: Sheet, lines: list[Drawn], panels: int) -> list[Drawn]:
    """Return the lines that are drawn: all, or those with most figures whose names have room."""
    form = sheet.form
    if form.height is None:
        return lines[:MOST_LINES]
    room = sheet.room / panels - FOOT
    room -= LEAST_CHART + 14 if form.is_narrow else 0
    shown: list[Drawn] = []
    for drawn in sorted(lines, key=lambda drawn: -len(drawn.points)):
        room -= len(describe_line(drawn, form)) * SMALL * LINE + 3
        if room < 0 and shown:
            break
        shown.append(drawn)
    return [drawn for drawn in lines if drawn in shown]


def _find_height(sheet: Sheet, names: list[list[str]], panels: int) -> float:
    """Return the height of a chart: as high as the names beside it, or what the limited height leaves to it."""
    rows = 0.0 if sheet.form.is_narrow else sum(len(lines) * SMALL * LINE + 3 for lines in names)
    if sheet.form.height is None:
        return max(CHART if len(names) > 1 else 150.0, rows)
    return max(LEAST_CHART, sheet.room / panels - FOOT)


def _find_scale(lines: Sequence[Drawn], kind: str, top: float, bottom: float) -> Scale:
    values = [value for drawn in lines for point in drawn.points if (value := place_figure(point)) is not None]
    return make_scale(kind, values, bottom, top, 4)


def _draw_chart(sheet: Sheet, lines: Sequence[Drawn], series: list[Row], span: Span, kind: str, height: float) -> Scale:
    form, palette = sheet.form, sheet.palette
    figures = [measure_text(write_count(tick, form.language), SMALL) for tick in _find_scale(lines, kind, 0, 1).ticks]
    start, end = form.margin + max(figures) + 8, form.width - form.margin - (LETTERS if form.is_narrow else NAMES)
    top, bottom = sheet.y + 8, sheet.y + height - 2
    days = DayScale(span.first, span.last, start, end)
    scale = _find_scale(lines, kind, top, bottom)
    _draw_background(sheet, days, series, span, top, bottom)
    for tick in scale.ticks:
        y = scale.find_place(tick)
        sheet.add(write_element("line", x1=start, x2=end, y1=float(y), y2=float(y), stroke=palette.grid, class_="grid"))
        sheet.add_text(start - 7, y + 4, write_count(tick, form.language), SMALL, palette.dim, anchor="end")
    edge = 0.0
    for x, words in days.list_ticks(72 if form.is_narrow else 92, form.language):
        sheet.add(write_element("line", x1=float(x), x2=float(x), y1=bottom, y2=bottom + 4, stroke=palette.dim))
        half = measure_text(words, SMALL) / 2
        middle = min(max(x, start + half), end - half)
        if middle - half >= edge:
            sheet.add_text(middle, bottom + 17, words, SMALL, palette.dim, anchor="middle")
            edge = middle + half + 3
    for drawn in reversed(lines):
        sheet.add(draw_series(drawn, days, scale, palette))
    if form.is_narrow:
        place_letters(sheet, lines, scale, end, top, bottom)
    sheet.y = bottom + 22
    return scale


def _draw_background(
    sheet: Sheet, days: DayScale, series: Iterable[Row], span: Span, top: float, bottom: float
) -> None:
    """Draw the days of the conflict, and each recorded silence once."""
    palette, height = sheet.palette, bottom - top
    if span.began and span.ended:
        _draw_days(sheet, days, span.began, span.ended, top, height, palette.band, "0.45")
    gaps = {gap["claim"]: gap for series_line in series for gap in series_line["gaps"]}
    for gap in gaps.values():
        last = min(read_day(gap["to"]), span.last) if gap["to"] < "9999" else span.last
        _draw_days(
            sheet, days, read_day(gap["from"]), last, bottom - 9, 9, palette.dim, "0.35", data_claim=gap["claim"]
        )


def _draw_days(
    sheet: Sheet, days: DayScale, first: datetime.date, last: datetime.date, top: float, height: float, fill: str,
    opacity: str, **attributes: Any,
) -> None:  # fmt: skip
    start = max(days.start, days.find_place(first))
    end = min(days.end, days.find_place(last))
    if end >= start:
        rect = {"x": float(start), "y": float(top), "width": float(max(2, end - start)), "height": float(height)}
        sheet.add(write_element("rect", **rect, fill=fill, opacity=opacity, **attributes))


def _count_omitted(lines: Sequence[Drawn], shown: Sequence[Drawn], language: str) -> str:
    omitted = [drawn for drawn in lines if drawn not in shown]
    claimants = {drawn.series["claimant"]["id"] for drawn in omitted}
    totals = translate(language, "picture.time.more_totals", count=len(omitted))
    counted = count_things("claimants", len(claimants), language)
    return translate(language, "picture.time.more", totals=totals, claimants=counted)


def _describe_absent(sheet: Sheet, series: Sequence[Row], drawn: Sequence[Row]) -> None:
    """Say how many figures are not in the chart, and why, and how many do not stand at the day of their statement."""
    language = sheet.form.language
    points = [point for series_line in series for point in series_line["points"]]
    undated = sum(not point["stated_on"] for point in points)
    later = len(points) - undated - len(drawn)
    words = [
        translate(language, "picture.time.undated", count=undated) if undated else "",
        translate(language, "picture.time.later", count=later) if later else "",
    ]
    if figures := join_words([word for word in words if word], language):
        sheet.add_lines(translate(language, "picture.time.absent", figures=figures), SMALL, sheet.palette.dim)
    if covered := sum(point["placed_by"] == COVERED for point in drawn):
        sheet.add_lines(translate(language, "picture.time.covered", count=covered), SMALL, sheet.palette.dim)
