"""Figures by conflict and side as bars from low to high, on one scale, with the best figure as a tick."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.pictures.axes import draw_grid, draw_ticks
from api.pictures.marks import draw_figure, draw_range
from api.pictures.markup import write_element
from api.pictures.scales import Scale, make_scale
from api.pictures.sheet import LINE, SMALL, TEXT, Caption, Form, Sheet
from api.pictures.text_widths import measure_text, wrap_text
from api.pictures.words import begin_sentence, count_claims, count_things, name_count, name_losses, write_range
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.regional_formats import format_fraction

MOST_ROWS = 60  # drawn in one picture
Row = Mapping[str, Any]


def write_lead(rows: Sequence[Row], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the result in one sentence: where claimants are furthest apart."""
    apart = [row for row in rows if row["spread"] and row["spread"] > 1]
    if not rows:
        return translate(language, "picture.no_figure")
    figures = count_things("figures", len(rows), language)
    if not apart:
        return translate(language, "picture.table.lead.alike", figures=figures)
    widest = max(apart, key=lambda row: row["spread"])
    return translate(
        language, "picture.table.lead", figures=figures, count_of=name_count(widest, language),
        place=f"{name_losses(widest['subject_side'], language)}, {widest['conflict']['name']}",
        range=write_range(widest, language), spread=write_spread(widest, language),
    )  # fmt: skip


def write_spread(row: Row, language: str) -> str:
    return "×" + format_fraction(f"{round(float(row['spread']), 2):g}", language)


def draw_figure_rows(rows: Sequence[Row], kind: str, form: Form, caption: Caption) -> str:
    """Return the picture of rows, those with the widest spread first. What has no room is counted."""
    sheet = Sheet(form, caption, can_mirror=True)
    ordered = order_rows(rows)
    start = form.margin if form.is_narrow else form.margin + 0.5 * form.inside
    figures = [measure_text(write_range(row, form.language), TEXT, bold=True) for row in ordered]
    end = form.width - form.margin - (12 if form.is_narrow else max(figures, default=0) + 26)
    bar = write_element("path", d="M-10 0H10", stroke=form.palette.ink, stroke_width=6)
    tick = write_element("path", d="M0 -7V7", stroke=form.palette.ink, stroke_width=2)
    words = [translate(form.language, f"picture.table.key.{name}") for name in ("range", "best")]
    sheet.add_key([(bar, 20.0, words[0]), (tick, 4.0, words[1])])
    room = sheet.room - SMALL * LINE - 34
    shown: list[Row] = []
    for row in ordered[:MOST_ROWS]:
        room -= _find_height(row, form, start)
        if room < 0 and shown:
            break
        shown.append(row)
    values = [value for row in shown for value in (row["low"], row["high"])]
    scale = make_scale(kind, values, start + 8, end)
    _draw_rows(sheet, shown, scale)
    if len(ordered) > len(shown):
        further = translate(form.language, "picture.more_figures", count=len(ordered) - len(shown))
        sheet.add_lines(further, SMALL, form.palette.dim)
    return sheet.write_svg()


def order_rows(rows: Iterable[Row]) -> list[Row]:
    """Return rows by how far apart claimants are; of equal ones those with the highest best figure first."""

    def find_rank(row: Row) -> tuple[Any, ...]:
        key = row["conflict"]["id"], row["subject_side"]["id"], row["basis"], row["measure"] or ""
        return -(row["spread"] or 0), -row["best"], key

    return sorted(rows, key=find_rank)


def _write_label(row: Row, language: str) -> tuple[str, str]:
    words = [name_count(row, language), count_claims(row["claims"], row["claimants"], language)]
    if row["spread"] and row["spread"] > 1:
        words.append(translate(language, "picture.table.apart", spread=write_spread(row, language)))
    side = begin_sentence(name_losses(row["subject_side"], language))
    return f"{side}, {row['conflict']['name']}", ", ".join(words)


def _wrap_label(row: Row, form: Form, start: float) -> tuple[list[str], list[str]]:
    width = form.inside if form.is_narrow else start - form.margin - 12
    name, count = _write_label(row, form.language)
    return wrap_text(name, TEXT, width), wrap_text(count, SMALL, width)


def _find_height(row: Row, form: Form, start: float) -> float:
    name, count = _wrap_label(row, form, start)
    return (len(name) * TEXT + len(count) * SMALL) * LINE + (34 if form.is_narrow else 8)


def _draw_rows(sheet: Sheet, rows: Sequence[Row], scale: Scale) -> None:
    sheet.y += 24
    draw_ticks(sheet, scale)
    top, place = sheet.y, len(sheet.parts)
    for row in rows:
        _draw_row(sheet, row, scale)
    sheet.parts.insert(place, draw_grid(scale, top, sheet.y, sheet.palette.grid))


def _draw_row(sheet: Sheet, row: Row, scale: Scale) -> None:
    form, y = sheet.form, sheet.y
    start = form.margin if form.is_narrow else form.margin + 0.5 * form.inside
    name, count = _wrap_label(row, form, start)
    for line in name:
        y += TEXT * LINE
        sheet.add_text(form.margin, y - 3, line, TEXT)
    for line in count:
        y += SMALL * LINE
        sheet.add_text(form.margin, y - 3, line, SMALL, sheet.palette.dim)
    middle = y + 14 if form.is_narrow else sheet.y + TEXT * LINE / 2 + 2
    sheet.add(draw_figure(row, draw_range(row, scale, middle, sheet.palette), form.language))
    words = write_range(row, form.language)
    x = scale.find_place(row["high"]) + 10 + 12 * bool(row["open_ended"])
    fits = x + measure_text(words, TEXT, bold=True) <= form.width - 4
    beside = scale.find_place(row["low"]) - 10
    sheet.add_text(
        x if fits else beside, middle + 4.5, words, TEXT, bold=True, anchor=None if fits else "end",
        stroke=sheet.palette.paper, stroke_width=3, paint_order="stroke",
    )  # fmt: skip
    sheet.y += _find_height(row, form, start)
