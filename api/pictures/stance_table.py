"""Who claims about whose losses: a row for each count, a column for each stance, with names and days."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.pictures.marks import draw_figure, draw_shape, find_colour
from api.pictures.markup import write_element
from api.pictures.sheet import LINE, SMALL, TEXT, Caption, Form, Sheet
from api.pictures.text_widths import wrap_text
from api.pictures.words import (
    are_of_many_conflicts,
    begin_sentence,
    is_upper_bound,
    name_missing_groups,
    name_row_losses,
    write_count,
    write_coverage,
    write_day,
    write_days,
    write_range,
)
from schemas.labels import label_plural, label_short, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.regional_formats import format_fraction
from schemas.statistics.casualties import BASES, STANCES
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.vocabularies import MEASURE

COLUMNS = ("own", "opposing", "affiliated", "third_party")  # the stances in their order
MOST_COUNTS = 40  # rows of one picture
TOTALS = "totals"  # the basis of figures about the conflict so far
GAP = 14.0  # pixels between columns
Row = Mapping[str, Any]
NameClaimant = Callable[[str], str]
Words = list[tuple[str, float, bool, bool]]  # lines: text, size, whether bold, whether dim


class Count(NamedTuple):
    """The figures that are set against each other: of one basis, side, harm and measure."""

    entries: list[Row]
    has_many_conflicts: bool = False  # the counts beside this one are of other conflicts too

    @property
    def row(self) -> Row:
        return self.entries[0]

    def count_stances(self) -> int:
        return len({entry["stance"] for entry in self.entries if entry["best"] is not None})

    def is_comparable(self) -> bool:
        """Return whether what two stances say may stand in one sentence: sums of events may be of different events."""
        is_total = self.row["basis"] == TOTALS or any(entry["ratio"] is not None for entry in self.entries)
        return is_total and self.count_stances() > 1

    def list_figures(self, stance: str) -> list[Row]:
        return [entry for entry in self.entries if entry["stance"] == stance and entry["best"] is not None]


def write_lead(entries: Sequence[Row], name_claimant: NameClaimant, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the result in one sentence: for each of the first sides what it says itself, and what others say.

    Figures until different days have their day: two years of war are no disagreement.
    """
    parts: dict[str, str] = {}
    for count in list_counts(entries):
        own, others = count.list_figures("own"), count.list_figures("opposing") or count.list_figures("third_party")
        side = name_row_losses(count.row, count.has_many_conflicts, language)
        if own and others and count.is_comparable() and side not in parts:
            stated, other = _write_figures([own[0], others[0]], language)
            parts[side] = translate(
                language, "picture.matrix.side", side=side, own=stated,
                claimant=name_claimant(others[0]["claimants"][0]), figure=other,
            )  # fmt: skip
    parts |= {side: words for side, words in _list_others(entries, language).items() if side not in parts}
    if not parts:
        return translate(language, "picture.matrix.lead.none")
    return translate(language, "picture.matrix.lead", sides="; ".join([*parts.values()][:3]))


def _list_others(entries: Sequence[Row], language: str) -> dict[str, str]:
    """Return by side what each stance says of its first count, for sides whose own figure nobody else's is beside."""
    parts: dict[str, str] = {}
    for count in list_counts(entries):
        side = name_row_losses(count.row, count.has_many_conflicts, language)
        figures = {stance: found[0] for stance in STANCES if (found := count.list_figures(stance))}
        if not figures or side in parts:
            continue
        stances = [label_plural(STANCES, stance, language) for stance in figures]
        said = list(zip(stances, _write_figures([*figures.values()], language), strict=True))
        if len(said) == 1 or not count.is_comparable():
            figure = write_range(next(iter(figures.values())), language)
            words = {"stance": stances[0], "figure": figure, "count": _name_count(count.row, language)}
            parts[side] = translate(language, "picture.matrix.alone", side=side, **words)
        else:
            listed = ", ".join(
                translate(language, "picture.matrix.says", stance=who, figure=what) for who, what in said
            )
            parts[side] = translate(language, "picture.matrix.others", side=side, figures=listed)
    return parts


def _write_figures(rows: Sequence[Row], language: str) -> list[str]:
    """Return the range of each row, with the last day that it covers if these days differ."""
    if len({row["last_day"] for row in rows}) == 1:
        return [write_range(row, language) for row in rows]
    return [_write_until(row, language) for row in rows]


def _write_until(row: Row, language: str) -> str:
    if not row["last_day"]:
        return write_range(row, language)
    day = write_day(row["last_day"], language)
    return translate(language, "picture.matrix.until", figure=write_range(row, language), day=day)


def _name_count(row: Row, language: str) -> str:
    vocabulary, word = (MEASURE, row["measure"]) if row["measure"] else (BASES, row["basis"])
    return label_word(vocabulary, word, language)


def list_counts(entries: Iterable[Row]) -> list[Count]:
    """Return the figures by what they count: by side, totals before events, running totals first.

    Counts about which several stances can be compared come before the others.
    """
    measures = ["cumulative", *MEASURE]

    def find_key(entry: Row) -> tuple[Any, ...]:
        side = entry["subject_side"]["id"]
        measure = measures.index(entry["measure"] or "unknown")
        return side == "all", side, entry["conflict"]["id"], entry["basis"] != "totals", measure, entry["harm"]

    ordered = sorted(entries, key=find_key)
    has_many = are_of_many_conflicts(entry for entry in ordered if entry["best"] is not None)
    counts = [Count(list(group), has_many) for _, group in groupby(ordered, key=find_key)]
    figures = [count for count in counts if any(entry["best"] is not None for entry in count.entries)]
    return sorted(figures, key=lambda count: count.row["subject_side"]["id"] == "all" or not count.is_comparable())


def draw_stance_table(entries: Sequence[Row], name_claimant: NameClaimant, form: Form, caption: Caption) -> str:
    """Return the picture of a matrix. On a narrow sheet the stances stand one under the other."""
    sheet = Sheet(form, caption, can_mirror=True)
    counts = list_counts(entries)
    stances = [stance for stance in COLUMNS if any(count.list_figures(stance) for count in counts)]
    drawn = 0
    if counts and not form.is_narrow:
        _draw_head(sheet, stances)
    for count in counts[:MOST_COUNTS]:
        height = _find_height(count, stances, name_claimant, form)
        if drawn and sheet.room < height + SMALL * LINE:
            break
        (_draw_stack if form.is_narrow else _draw_count)(sheet, count, stances, name_claimant)
        drawn += 1
    if len(counts) > drawn:
        further = translate(form.language, "picture.matrix.more", count=len(counts) - drawn)
        sheet.add_lines(further, SMALL, form.palette.dim)
    if not counts:
        sheet.add_lines(translate(form.language, "picture.no_figure"), TEXT, form.palette.dim)
    return sheet.write_svg()


def _place_columns(stances: Sequence[str], form: Form) -> tuple[list[float], float]:
    """Return where the columns of stances begin, and their width."""
    first = form.margin + 0.17 * form.inside
    width = (form.width - form.margin - first) / max(1, len(stances))
    return [first + number * width for number in range(len(stances))], width - GAP


def _draw_head(sheet: Sheet, stances: Sequence[str]) -> None:
    palette, language = sheet.palette, sheet.form.language
    starts, width = _place_columns(stances, sheet.form)
    heads = [wrap_text(_name_column(stance, language), TEXT, width - 16, bold=True) for stance in stances]
    top = sheet.y + 4
    sheet.add_text(sheet.form.margin, top + TEXT * LINE, translate(language, "picture.matrix.losses"), TEXT, bold=True)
    for stance, x, lines in zip(stances, starts, heads, strict=True):
        sheet.add(draw_shape(stance, x + 5, top + TEXT, find_colour(palette, stance), palette.paper))
        for number, line in enumerate(lines):
            sheet.add_text(x + 15, top + (number + 1) * TEXT * LINE, line, TEXT, bold=True)
    sheet.y = top + max([len(lines) for lines in heads] + [1]) * TEXT * LINE + 8
    _draw_rule(sheet, palette.ink)


def _name_column(stance: str, language: str) -> str:
    return translate(language, f"picture.matrix.{stance}")


def _draw_rule(sheet: Sheet, colour: str) -> None:
    start, end = sheet.form.margin, sheet.form.width - sheet.form.margin
    sheet.add(write_element("line", x1=start, x2=end, y1=float(sheet.y), y2=float(sheet.y), stroke=colour))


def _describe_figure(entry: Row, name_claimant: NameClaimant, width: float, language: str) -> Words:
    """Return the lines of a figure: the range, who says so, the days that it covers and when it was stated."""
    days = write_coverage(entry["first_day"], entry["last_day"], language)
    stated = write_days(entry["first_stated_on"], entry["last_stated_on"], language)
    best = translate(language, "picture.matrix.best", number=write_count(entry["best"], language))
    texts = [
        (write_range(entry, language), 16.0, True, False),
        (best if entry["low"] != entry["high"] and not is_upper_bound(entry) else "", SMALL, False, True),
        (", ".join(map(name_claimant, entry["claimants"])), TEXT, False, False),
        (translate(language, "picture.matrix.covers", days=days) if days else "", SMALL, False, True),
        (translate(language, "picture.matrix.stated", days=stated), SMALL, False, True),
        (_describe_gaps(entry, language), SMALL, False, True),
        (_describe_ratio(entry, language), SMALL, entry["ratio"] is not None, entry["ratio"] is None),
    ]
    return [(line, size, bold, dim) for text, size, bold, dim in texts for line in wrap_text(text, size, width, bold)]


def _describe_gaps(entry: Row, language: str) -> str:
    if not entry["incomplete"]:
        return ""
    groups = name_missing_groups(entry, language)
    if not groups:
        return translate(language, "picture.matrix.incomplete")
    return translate(language, "picture.matrix.lacking", groups=groups)


def _describe_ratio(entry: Row, language: str) -> str:
    if entry["stance"] != "opposing":
        return ""
    if entry["ratio"] is not None:
        ratio = format_fraction(f"{entry['ratio']:g}", language)
        return translate(language, "picture.matrix.ratio", ratio=ratio)
    if not entry["ratio_reason"]:
        return ""
    reason = label_short(RATIO_REASONS, entry["ratio_reason"], language)
    return translate(language, "picture.matrix.no_ratio", reason=reason)


def _describe_count(count: Count, width: float, language: str) -> Words:
    row = count.row
    side = begin_sentence(name_row_losses(row, count.has_many_conflicts, language))
    texts = [(side, 15.0, True, False), (_name_count(row, language), SMALL, False, True)]
    return [(line, size, bold, dim) for text, size, bold, dim in texts for line in wrap_text(text, size, width, bold)]


def _measure_lines(words: Words) -> float:
    return sum(size * LINE for _, size, _, _ in words)


def _find_height(count: Count, stances: Sequence[str], name_claimant: NameClaimant, form: Form) -> float:
    if form.is_narrow:
        figures = [entry for stance in stances for entry in count.list_figures(stance)]
        lines = [
            _measure_lines(_describe_figure(entry, name_claimant, form.inside - 16, form.language)) + 21
            for entry in figures
        ]
        return sum(lines) + _measure_lines(_describe_count(count, form.inside, form.language)) + 12
    _, width = _place_columns(stances, form)
    return 14 + max(
        [
            sum(
                _measure_lines(_describe_figure(entry, name_claimant, width, form.language)) + 6
                for entry in count.list_figures(stance)
            )
            for stance in stances
        ]
        + [_measure_lines(_describe_count(count, 0.17 * form.inside - GAP, form.language))]
    )


def _draw_words(sheet: Sheet, words: Words, x: float, top: float) -> float:
    """Draw lines from the top down, and return where they end."""
    for line, size, bold, dim in words:
        top += size * LINE
        sheet.add_text(x, top - size * 0.28, line, size, sheet.palette.dim if dim else None, bold)
    return top


def _draw_entry(sheet: Sheet, entry: Row, words: Words, x: float, top: float) -> float:
    """Draw a figure as a group with its numbers, and return where it ends."""
    place = len(sheet.parts)
    end = _draw_words(sheet, words, x, top)
    inside = "".join(sheet.parts[place:])
    del sheet.parts[place:]
    ratio = None if entry["ratio"] is None else f"{entry['ratio']:g}"
    sheet.add(draw_figure(entry, inside, sheet.form.language, data_stance=entry["stance"], data_ratio=ratio))
    return end


def _draw_count(sheet: Sheet, count: Count, stances: Sequence[str], name_claimant: NameClaimant) -> None:
    form, language = sheet.form, sheet.form.language
    starts, width = _place_columns(stances, form)
    top = sheet.y + 4
    bottom = _draw_words(sheet, _describe_count(count, 0.17 * form.inside - GAP, language), form.margin, top)
    for stance, x in zip(stances, starts, strict=True):
        y, figures = top, count.list_figures(stance)
        for entry in figures:
            y = _draw_entry(sheet, entry, _describe_figure(entry, name_claimant, width, language), x, y) + 6
        if not figures:
            sheet.add_text(x, y + 16, translate(language, "picture.matrix.no_figure"), SMALL, sheet.palette.dim)
        bottom = max(bottom, y)
    sheet.y = bottom + 6
    _draw_rule(sheet, sheet.palette.grid)


def _draw_stack(sheet: Sheet, count: Count, stances: Sequence[str], name_claimant: NameClaimant) -> None:
    form, palette, language = sheet.form, sheet.palette, sheet.form.language
    sheet.y += 6
    _draw_rule(sheet, palette.border)
    sheet.y = _draw_words(sheet, _describe_count(count, form.inside, language), form.margin, sheet.y + 2)
    for stance in stances:
        for entry in count.list_figures(stance):
            sheet.y += SMALL * LINE + 5
            mark = draw_shape(stance, form.margin + 5, sheet.y - 7, find_colour(palette, stance), palette.paper)
            sheet.add(mark)
            sheet.add_text(form.margin + 16, sheet.y - 3, _name_column(stance, language), SMALL, palette.dim)
            words = _describe_figure(entry, name_claimant, form.inside - 16, language)
            sheet.y = _draw_entry(sheet, entry, words, form.margin + 16, sheet.y)
