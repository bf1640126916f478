"""Who says how many: for each side of a conflict, every claimant's newest statement with its day, on one scale."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.pictures.axes import draw_grid, draw_ticks
from api.pictures.marks import draw_figure, draw_range, draw_shape, draw_statement, find_colour, find_open_end
from api.pictures.markup import write_element
from api.pictures.scales import Scale, make_scale
from api.pictures.sheet import LINE, SMALL, TEXT, Caption, Form, Sheet
from api.pictures.text_widths import measure_text, wrap_text
from api.pictures.words import (
    are_of_many_conflicts,
    begin_sentence,
    count_things,
    describe_victims,
    name_count,
    name_missing_groups,
    name_row_losses,
    place_figure,
    write_days,
    write_range,
)
from schemas.figure_words import say_figure_briefly
from schemas.labels import label_short, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.statistics.casualties import REASONS, STANCES
from schemas.vocabularies import MEASURE

MOST_GROUPS, MOST_STATEMENTS = 40, 150  # drawn in one picture
MARK = 16.0  # pixels before a name
LEAST_ROOM = 46.0  # pixels for the statements of a side, where the height is limited
HEAD, TIGHT_HEAD, BAND, AXIS = 27.0, 22.0, 21.0, 20.0  # heights: of the name of a side, of a range, of an axis
VALUE, MOST_VALUE = 60.0, 220.0  # pixels at the right, for the words of a figure
Row = Mapping[str, Any]


class Columns(NamedTuple):
    """Where the columns begin. On a narrow sheet, names and days stand over the chart."""

    name: float
    what: float
    day: float
    chart: float
    end: float


class Line(NamedTuple):
    """A statement with its words, broken into lines, and its height."""

    statement: Row
    name: list[str]
    what: list[str]
    day: list[str]
    height: float


class Group(NamedTuple):
    """The rows of one measure of a side, and the statements that are drawn under it."""

    row: Row
    lines: list[Line]
    omitted: list[Row]


def draw_who_says(rows: Sequence[Row], kind: str, form: Form, caption: Caption) -> str:
    """Return the picture of rows with their statements. `kind` of scale: ratio or count."""
    sheet = Sheet(form, caption, can_mirror=True)
    columns = place_columns(form, rows)
    groups = choose_groups(rows, columns, form, sheet.room)
    shown = [group.row for group in groups]
    scale = make_chart_scale(kind, groups, columns, form.height is None)
    _add_key(sheet, groups)
    for _, side in groupby(groups, key=lambda group: _find_losses(group.row)):
        _draw_side(sheet, list(side), columns, scale, len({row["conflict"]["id"] for row in rows}) > 1)
    if omitted := [row for row in rows if row not in shown]:
        sheet.y += 4
        sheet.add_lines(_describe_omitted(omitted, sheet), SMALL, form.palette.dim)
    return sheet.write_svg()


def _describe_omitted(rows: Sequence[Row], sheet: Sheet) -> str:
    """Return the ranges of rows that are not drawn, or their number where the height has no room for them."""
    language, has_many = sheet.form.language, are_of_many_conflicts(rows)
    ranges = [
        f"{name_row_losses(row, has_many, language)}, {name_count(row, language)}: {write_range(row, language)}"
        for row in rows
    ]
    words = translate(language, "picture.who.not_drawn", ranges="; ".join(ranges))
    if len(wrap_text(words, SMALL, sheet.form.inside)) * SMALL * LINE <= sheet.room:
        return words
    return translate(language, "picture.who.more_figures", count=len(rows))


def place_columns(form: Form, rows: Iterable[Row]) -> Columns:
    """Return the columns of a sheet. The words of the widest figure have room at its right."""
    figures = [say_figure_briefly(statement, form.language) for row in rows for statement in row["statements"] or ()]
    value = min(MOST_VALUE, max((measure_text(words, TEXT, bold=True) for words in figures), default=VALUE) + 24)
    start, end = form.margin, form.width - form.margin
    if form.is_narrow:
        return Columns(start + MARK, start + MARK, start + MARK, start + 8, end - 8)
    chart = start + (0.5 if form.width >= 1000 else 0.58) * form.inside
    day = chart - 96
    room = day - start - MARK
    return Columns(start + MARK, start + MARK + 0.54 * room, day, chart + 10, end - value)


def write_lead(rows: Sequence[Row], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the result in one sentence: how far apart the claims about each side are."""
    mains = list_mains(rows)
    if not mains:
        return translate(language, "picture.no_figure")
    has_many = are_of_many_conflicts(main.row for main in mains)
    parts = [f"{name_row_losses(main.row, has_many, language)}: {write_main(main, language)}" for main in mains[:4]]
    if len(mains) > 4:
        key = "picture.who.more_rows" if has_many else "picture.who.more_sides"  # a side has a row for each phase
        parts.append(translate(language, key, count=len(mains) - 4))
    ranges = begin_sentence("; ".join(parts))
    shown = [row for main in mains for row in main if row]
    claimants = {s["claimant"]["id"] for row in shown for s in row["statements"] or () if s["used"]}
    if not claimants:
        return translate(language, "picture.who.lead.events", ranges=ranges)
    return translate(
        language, "picture.who.lead", ranges=ranges, claimants=count_things("claimants", len(claimants), language)
    )


class Main(NamedTuple):
    """What a side is first said to have lost. `higher`: another count of it, all of whose range is above."""

    row: Row
    higher: Row | None


def list_mains(rows: Iterable[Row]) -> list[Main]:
    """Return the first row of each side, its running total if there is one; all sides together if there is no other."""
    mains = [_find_main(list(side)) for _, side in groupby(order_rows(rows), key=_find_losses)]
    return [main for main in mains if main.row["subject_side"]["id"] != "all"] or mains


def _find_main(rows: Sequence[Row]) -> Main:
    first, *others = rows
    above = [row for row in others if row["basis"] == first["basis"] and row["low"] > first["high"]]
    return Main(first, max(above, key=lambda row: int(row["high"]), default=None))


def write_main(main: Main, language: str = DEFAULT_LANGUAGE) -> str:
    """Return `125,000 to 150,000 (civilians not counted)`: the ranges, and the groups that no claim counts."""
    return " ".join(filter(None, [write_main_ranges(main, language), write_left_out(main, language)]))


def write_main_ranges(main: Main, language: str = DEFAULT_LANGUAGE) -> str:
    """Return `2,999 to 18,000`, or `56,857 (list of names) or 256,537 to 328,625 (statistical estimate)`."""
    if main.higher is None:
        return write_range(main.row, language)
    first, higher = (
        translate(language, "picture.who.count", range=write_range(row, language), count=name_count(row, language))
        for row in (main.row, main.higher)
    )
    return translate(language, "picture.who.counts", first=first, higher=higher)


def write_left_out(main: Main, language: str = DEFAULT_LANGUAGE) -> str:
    """Return `(civilians not counted)` for groups of victims of a side that no claim of its total counts, else nothing.

    Sums of events lack a group in some events only, and totals of several sides in some of these.
    """
    row = main.row
    if main.higher or row["basis"] == "incidents" or not row["incomplete"]:
        return ""
    own = [gap for gap in row["missing"] if gap["side"] == row["subject_side"]["id"]]
    groups = name_missing_groups({"missing": own}, language)
    return translate(language, "picture.who.left_out", groups=groups) if groups else ""


def order_rows(rows: Iterable[Row]) -> list[Row]:
    """Return rows by conflict and side, those with most statements first; each side's totals before its events."""
    listed = list(rows)
    weights: dict[tuple[str, str], int] = {}
    for row in listed:
        weights[_find_losses(row)] = weights.get(_find_losses(row), 0) + len(row["statements"] or ())
    measures = ["cumulative", *MEASURE]

    def find_rank(row: Row) -> tuple[Any, ...]:
        losses = _find_losses(row)
        measure = row["measure"] or "unknown"
        return losses[1] == "all", -weights[losses], losses, row["basis"] != "totals", measures.index(measure)

    return sorted(listed, key=find_rank)


def _find_losses(row: Row) -> tuple[str, str]:
    return row["conflict"]["id"], row["subject_side"]["id"]


def order_statements(statements: Iterable[Row]) -> list[Row]:
    """Return what the figure uses, the highest first; then what it does not use, the newest first."""

    def find_rank(statement: Row) -> tuple[Any, ...]:
        value = place_figure(statement) or 0
        day = statement["stated_until"] or ""
        age = 0 if statement["used"] else -int(day.replace("-", "") or 0)
        return not statement["used"], age, -value, statement["claim"]

    return sorted(statements, key=find_rank)


def choose_groups(rows: Iterable[Row], columns: Columns, form: Form, room: float) -> list[Group]:
    """Return what is drawn: all, or where the height is limited the main row of the first sides, its ends first.

    What is left out is counted.
    """
    ordered = order_rows(rows)
    chosen = ordered[:MOST_GROUPS]
    if form.height is not None:
        lines_of_key = 4 if form.is_narrow else 1
        room -= (lines_of_key + 1) * (SMALL * LINE + 4)  # also the line about what is not drawn
        chosen, room = _choose_mains(ordered, room)
    drawn: dict[int, list[Row]] = {id(row): [] for row in chosen}
    queues = [(row, _rank_statements(row)) for row in chosen]
    budget = MOST_STATEMENTS
    while queues and budget:
        for row, queue in list(queues):
            line = make_line(queue[0], row, columns, form) if queue else None
            if line is None or line.height > room or not budget:
                queues.remove((row, queue))  # what comes later must not take the place of what comes first
                continue
            drawn[id(row)].append(queue.pop(0))
            room -= line.height
            budget -= 1
    return [_make_group(row, drawn[id(row)], columns, form) for row in chosen]


def _choose_mains(ordered: Iterable[Row], room: float) -> tuple[list[Row], float]:
    """Return the main rows of as many sides as leave room for statements, and that room."""
    chosen: list[Row] = []
    height = TIGHT_HEAD + BAND + SMALL * LINE + 1
    for row in (next(side) for _, side in groupby(ordered, key=_find_losses)):
        if chosen and room - height < LEAST_ROOM * (len(chosen) + 1):
            break
        chosen.append(row)
        room -= height
    return chosen, room


def _rank_statements(row: Row) -> list[Row]:
    """Return statements in the order in which they must be seen: the highest, the lowest, the next highest …

    A figure below the row's low is about a part of the people. Parts come after the wholes.
    """
    ordered = order_statements(row["statements"] or ())
    used = [statement for statement in ordered if statement["used"]]
    wholes = [statement for statement in used if (place_figure(statement) or 0) >= row["low"]]
    parts = [statement for statement in used if statement not in wholes]
    ends = [wholes[n // 2] if n % 2 == 0 else wholes[-(n // 2) - 1] for n in range(len(wholes))]
    return [*ends, *parts, *(statement for statement in ordered if not statement["used"])]


def _make_group(row: Row, statements: list[Row], columns: Columns, form: Form) -> Group:
    claims = {statement["claim"] for statement in statements}
    lines = [make_line(s, row, columns, form) for s in order_statements(statements)]
    return Group(row, lines, [s for s in row["statements"] or () if s["claim"] not in claims])


def make_line(statement: Row, row: Row, columns: Columns, form: Form) -> Line:
    """Return the words of a statement: its claimant, who that is and what is counted, the day, why it is not used."""
    what = _describe_statement(statement, row, form)
    day = write_days(statement["stated_on"], statement["stated_until"], form.language)
    claimant = statement["claimant"]["name"]
    if form.is_narrow:
        width = form.inside - MARK
        name, described = wrap_text(claimant, TEXT, width), wrap_text(f"{day}: {what}", SMALL, width)
        return Line(statement, name, described, [], (len(name) * TEXT + len(described) * SMALL) * LINE + 22)
    name = wrap_text(claimant, TEXT, columns.what - columns.name - 8)
    described = wrap_text(what, SMALL, columns.day - columns.what - 8)
    days = wrap_text(day, SMALL, columns.chart - columns.day - 18)
    height = max(len(name) * TEXT, len(described) * SMALL, len(days) * SMALL) * LINE + 3
    return Line(statement, name, described, days, height)


def _describe_statement(statement: Row, row: Row, form: Form) -> str:
    """Return who the claimant is, what is counted, why the figure does not use it, and how many figures came before."""
    language, subject = form.language, statement["subject_side"]
    earlier = len(statement["earlier"]) if form.height is None else 0
    words = [
        label_short(STANCES, statement["stance"], language) if statement["stance"] else "",
        subject["name"] if subject and subject["id"] != row["subject_side"]["id"] else "",
        describe_victims(statement, language),
        label_short(REASONS, statement["reason"], language) if statement["reason"] and not statement["used"] else "",
        translate(language, "picture.who.earlier", count=earlier) if earlier else "",
    ]
    return ", ".join(word for word in words if word)


def make_chart_scale(kind: str, groups: Iterable[Group], columns: Columns, is_whole: bool) -> Scale:
    """Return the scale of what is drawn. What no figure uses does not stretch it downwards."""
    used: list[int] = []
    unused: list[int] = []
    for group in groups:
        used += [group.row["low"], group.row["high"]]
        for line in group.lines:
            (used if line.statement["used"] else unused).extend(_list_values(line.statement))
            for claim in line.statement["earlier"] if is_whole else ():
                unused += _list_values(claim)
    greatest = max([*used, *unused], default=1)
    return make_scale(kind, [*used, greatest], columns.chart, columns.end, smaller=unused)


def _list_values(claim: Row) -> list[int]:
    return [value for name in ("low", "best", "high") if (value := claim[name]) is not None]


def _add_key(sheet: Sheet, groups: Sequence[Group]) -> None:
    palette, language = sheet.palette, sheet.form.language
    is_whole = sheet.form.height is None

    def write_words(name: str) -> str:
        return translate(language, f"picture.who.key.{name}")

    stances = {line.statement["stance"] for group in groups for line in group.lines}
    entries = [
        (draw_shape(stance, 0, 0, find_colour(palette, stance), palette.paper), 10.0, words)
        for stance, words in ((stance, label_word(STANCES, stance, language)) for stance in STANCES)
        if stance in stances
    ]
    statements = [line.statement for group in groups for line in group.lines]
    band = write_element("rect", x=-9, y=-6, width=18, height=12, fill=palette.band)
    tick = write_element("path", d="M-9 0H9", stroke=palette.ink, stroke_width=6)
    entries.append((band + tick, 18.0, write_words("range" if is_whole else "range.short")))
    if any(not statement["used"] for statement in statements):
        faded = write_element("g", draw_shape("own", 0, 0, palette.dim, palette.paper), opacity="0.4")
        entries.append((faded, 10.0, write_words("unused")))
    if is_whole and any(statement["earlier"] for statement in statements):
        entries.append((_draw_earlier(0, 0, palette.dim), 6.0, write_words("earlier")))
    sheet.add_key(entries)


def _draw_earlier(x: float, y: float, colour: str) -> str:
    return write_element("circle", cx=float(x), cy=float(y), r="1.8", fill=colour, opacity="0.45")


def _draw_side(sheet: Sheet, groups: list[Group], columns: Columns, scale: Scale, names_conflict: bool) -> None:
    """Draw the losses of one side: its name with an axis, then each measure with its statements."""
    row, language = groups[0].row, sheet.form.language
    name = translate(language, "picture.losses", side=name_row_losses(row, names_conflict, language))
    sheet.y += HEAD if sheet.form.height is None else TIGHT_HEAD
    room = sheet.form.inside if sheet.form.is_narrow else columns.chart - columns.name
    lines = wrap_text(name, 15, room, bold=True)
    for number, line in enumerate(lines):
        sheet.y += 15 * LINE if number else 0
        sheet.add_text(sheet.form.margin, sheet.y - 6, line, 15, bold=True)
    if sheet.form.is_narrow:
        sheet.y += AXIS - 4
    draw_ticks(sheet, scale)
    start = sheet.y
    grid = len(sheet.parts)
    for group in groups:
        _draw_group(sheet, group, columns, scale)
    sheet.parts.insert(grid, draw_grid(scale, start, sheet.y, sheet.palette.grid))


def _draw_group(sheet: Sheet, group: Group, columns: Columns, scale: Scale) -> None:
    row, palette, top, language = group.row, sheet.palette, sheet.y, sheet.form.language
    low, high = scale.find_place(row["low"]), scale.find_place(row["high"])
    place = len(sheet.parts)
    words = f"{begin_sentence(name_count(row, language))}: {write_range(row, language)}"
    room = sheet.form.inside if sheet.form.is_narrow else columns.chart - columns.name
    for line in wrap_text(words, TEXT, room, bold=True):
        sheet.y += TEXT * LINE
        sheet.add_text(sheet.form.margin, sheet.y - 1, line, TEXT, bold=True)
    if sheet.form.is_narrow:
        sheet.y += 16
    sheet.y += BAND - TEXT * LINE
    bar = draw_range(row, scale, sheet.y - (10 if sheet.form.is_narrow else 8), palette)
    sheet.add(draw_figure(row, bar, language))
    for drawn in group.lines:
        _draw_line(sheet, drawn, columns, scale)
    if group.omitted:
        sheet.y += SMALL * LINE
        sheet.add_text(columns.name, sheet.y - 3, _count_omitted(group.omitted, language), SMALL, palette.dim)
    sheet.y += 4 if sheet.form.height is None else 1
    if group.lines:
        band = write_element(
            "rect", x=float(low), y=float(top + 2), width=float(max(2, high - low)), height=float(sheet.y - top - 4),
            fill=palette.band, class_="band",
        )  # fmt: skip
        sheet.parts.insert(place, band)


def _count_omitted(statements: Sequence[Row], language: str) -> str:
    claimants = {statement["claimant"]["id"] for statement in statements}
    return translate(
        language, "picture.who.more", claimants=count_things("claimants", len(claimants), language),
        statements=translate(language, "picture.who.more_statements", count=len(statements)),
    )  # fmt: skip


def _draw_line(sheet: Sheet, drawn: Line, columns: Columns, scale: Scale) -> None:
    """Draw a statement: its claimant, what it counts, its day, and its figure on the scale."""
    statement, palette, form = drawn.statement, sheet.palette, sheet.form
    colour = find_colour(palette, statement["stance"])
    shape = draw_shape(statement["stance"], form.margin + 6, sheet.y + TEXT * LINE / 2 + 1, colour, palette.paper)
    parts = [shape if statement["used"] else write_element("g", shape, opacity="0.4")]
    ink = palette.ink if statement["used"] else palette.dim
    y = sheet.y
    for line in drawn.name:
        y += TEXT * LINE
        parts.append(sheet.write_text(columns.name, y - 3, line, TEXT, ink))
    y = y if form.is_narrow else sheet.y + 1
    for line in drawn.what:
        y += SMALL * LINE
        parts.append(sheet.write_text(columns.what, y - 3, line, SMALL, palette.dim))
    middle = sheet.y + drawn.height - 14 if form.is_narrow else sheet.y + TEXT * LINE / 2 + 1
    for number, line in enumerate(drawn.day):
        base = sheet.y + 1 + (number + 1) * SMALL * LINE - 3
        parts.append(sheet.write_text(columns.day, base, line, SMALL, palette.dim))
    parts += _draw_marks(sheet, statement, scale, middle, ink)
    sheet.add(_write_claim_group(statement, "".join(parts)))
    sheet.y += drawn.height


def _draw_marks(sheet: Sheet, statement: Row, scale: Scale, y: float, ink: str) -> Iterator[str]:
    """Yield the marks of a claimant's earlier figures, of the figure, and its words at the side that has room."""
    palette = sheet.palette
    earlier = statement["earlier"] if sheet.form.height is None else ()
    places = sorted({round(scale.find_place(v) / 2) * 2 for c in earlier if (v := place_figure(c)) is not None})
    yield "".join(_draw_earlier(x, y, find_colour(palette, statement["stance"])) for x in places)
    mark = draw_statement(statement, scale, y, palette)
    yield mark if statement["used"] else write_element("g", mark, opacity="0.45")
    x, anchor = _place_words(sheet, statement, scale)
    width = 7 if anchor else 3  # words at the left of their mark lie over the earlier marks
    halo = {"stroke": palette.paper, "stroke_width": width, "paint_order": "stroke"} if earlier else {}
    yield sheet.write_text(
        x, y + 4.5, say_figure_briefly(statement, sheet.form.language), TEXT, ink, statement["used"], anchor, **halo
    )


def _place_words(sheet: Sheet, statement: Row, scale: Scale) -> tuple[float, str | None]:
    """Return where the words of a figure stand, and their anchor: at the right of its mark, else left of it."""
    direction = find_open_end(statement)
    ends = [scale.find_place(n) for name in ("low", "best", "high") if (n := statement[name]) is not None]
    width = measure_text(say_figure_briefly(statement, sheet.form.language), TEXT, bold=statement["used"])
    right = max(ends, default=scale.start) + 10 + 12 * (direction > 0)
    if right + width <= sheet.form.width - 6:
        return right, None
    before = min(ends, default=scale.start) - 10 - 12 * (direction < 0)
    return (before if before - width >= scale.start else sheet.form.width - 6), "end"


def _write_claim_group(statement: Row, drawn: str) -> str:
    return write_element(
        "g", drawn, class_="statement" if statement["used"] else "statement unused", data_claim=statement["claim"],
        data_claimant=statement["claimant"]["id"], data_stance=statement["stance"],
        data_stated_until=statement["stated_until"], data_low=statement["low"], data_best=statement["best"],
        data_high=statement["high"], data_earlier=len(statement["earlier"]),
    )  # fmt: skip
