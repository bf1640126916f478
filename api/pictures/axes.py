"""The axis of numbers over a chart, and its lines behind it."""

from api.pictures.markup import write_element
from api.pictures.scales import Scale
from api.pictures.sheet import SMALL, Sheet
from api.pictures.text_widths import measure_text
from api.pictures.words import write_count


def draw_ticks(sheet: Sheet, scale: Scale) -> None:
    """Write the numbers of an axis, as far as they have room. What is smaller than the axis stands before it."""
    language = sheet.form.language
    ticks = [(scale.find_place(tick), write_count(tick, language)) for tick in scale.ticks]
    if scale.zero:
        ticks.insert(0, (scale.start, f"< {write_count(int(scale.least), language)}"))
    edge = -1e9
    for x, words in ticks:
        half = measure_text(words, SMALL) / 2
        x = max(x, sheet.form.margin + half)
        if x - half > edge + 8:
            sheet.add_text(x, sheet.y - 5, words, SMALL, sheet.palette.dim, anchor="middle")
            edge = x + half


def draw_grid(scale: Scale, top: float, bottom: float, colour: str) -> str:
    """Return the lines of an axis between two heights."""
    places = [float(scale.find_place(tick)) for tick in scale.ticks]
    lines = "".join(write_element("line", x1=x, x2=x, y1=float(top), y2=float(bottom)) for x in places)
    return write_element("g", lines, stroke=colour, class_="grid")
