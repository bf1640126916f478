"""The names of the lines of a chart: at their ends, or in a key under a narrow chart."""

from collections.abc import Sequence

from api.pictures.markup import write_element, write_number
from api.pictures.scales import Scale
from api.pictures.sheet import LINE, SMALL, Form, Sheet
from api.pictures.step_lines import Drawn
from api.pictures.text_widths import wrap_text
from api.pictures.words import place_figure, write_days
from schemas.figure_words import say_figure_briefly
from schemas.labels import label_word
from schemas.vocabularies import MEASURE

NAMES, LETTERS = 350.0, 34.0  # pixels at the right of a chart: for names, or for letters of the key


def describe_line(drawn: Drawn, form: Form) -> list[str]:
    """Return the words of a line in the key: its name, its newest figure and the day, in as many lines as needed."""
    point = drawn.points[-1]
    language = form.language
    day = write_days(point["stated_on"], point["stated_until"], language)
    width = form.inside - 50 if form.is_narrow else NAMES - 62
    measure = "" if point["measure"] == "cumulative" else f", {label_word(MEASURE, point['measure'], language)}"
    return wrap_text(f"{drawn.name}: {say_figure_briefly(point, language)}{measure}, {day}", SMALL, width)


def _spread_out(places: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return where labels stand, in their order, each as near to its line as the others allow."""
    spots: list[float] = []
    edge = top
    for place, height in zip(places, heights, strict=True):
        spots.append(max(edge, place - height / 2))
        edge = spots[-1] + height
    limit = bottom
    for number in range(len(spots) - 1, -1, -1):
        spots[number] = min(spots[number], limit - heights[number])
        limit = spots[number]
    return spots


def place_names(sheet: Sheet, lines: Sequence[Drawn], names: list[list[str]], height: float, scale: Scale) -> None:
    """Write the names beside the ends of their lines, joined to them by a thin line."""
    bottom = sheet.y - 22
    top = bottom - height + 10
    end = sheet.form.width - sheet.form.margin - NAMES
    ordered = sorted(zip(lines, names, strict=True), key=lambda pair: -(place_figure(pair[0].points[-1]) or 0))
    heights = [len(words) * SMALL * LINE + 3 for _, words in ordered]
    places = [scale.find_place(place_figure(drawn.points[-1]) or 0) for drawn, _ in ordered]
    spots = _spread_out(places, heights, top - 6, max(bottom + 16, top - 6 + sum(heights)))
    for (drawn, words), place, spot in zip(ordered, places, spots, strict=True):
        middle = spot + SMALL * LINE / 2 + 1
        leader = f"M{write_number(end + 2)} {write_number(place)}L{write_number(end + 16)} {write_number(middle)}"
        sample = f"M{write_number(end + 17)} {write_number(middle)}h26"
        sheet.add(write_element("path", d=leader, fill="none", stroke=drawn.colour, stroke_width="0.8", opacity="0.7"))
        sheet.add(
            write_element("path", d=sample, stroke=drawn.colour, stroke_width="2.4", stroke_dasharray=drawn.dashes)
        )
        for number, line in enumerate(words):
            sheet.add_text(end + 48, spot + (number + 1) * SMALL * LINE - 3, line, SMALL)
    if spots:
        sheet.y = max(sheet.y, spots[-1] + heights[-1] + 4)


def place_letters(sheet: Sheet, lines: Sequence[Drawn], scale: Scale, end: float, top: float, bottom: float) -> None:
    ordered = sorted(lines, key=lambda drawn: -(place_figure(drawn.points[-1]) or 0))
    height = min(13.0, (bottom - top + 16) / len(ordered))
    places = [scale.find_place(place_figure(drawn.points[-1]) or 0) for drawn in ordered]
    for drawn, spot in zip(ordered, _spread_out(places, [height] * len(ordered), top - 8, bottom + 8), strict=True):
        if height > 8:
            sheet.add_text(end + 6, spot + height - 2, drawn.letter, SMALL, drawn.colour, bold=True)


def list_names(sheet: Sheet, lines: Sequence[Drawn], names: list[list[str]]) -> None:
    """Write the key under a narrow chart: letter, line, name."""
    for drawn, words in zip(lines, names, strict=True):
        y = sheet.y + SMALL * LINE
        x = sheet.form.margin
        sheet.add_text(x, y - 3, drawn.letter, SMALL, drawn.colour, bold=True)
        path = f"M{write_number(x + 18)} {write_number(y - 7)}h24"
        sheet.add(write_element("path", d=path, stroke=drawn.colour, stroke_width=2, stroke_dasharray=drawn.dashes))
        for number, line in enumerate(words):
            sheet.add_text(x + 50, y - 3 + number * SMALL * LINE, line, SMALL)
        sheet.y += len(words) * SMALL * LINE + 2
