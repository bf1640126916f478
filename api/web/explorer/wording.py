"""The words of the page: filters of its templates, from values on the wire to what a person reads."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from api.pictures.event_map import name_place
from api.pictures.who_says import write_left_out, write_main_ranges
from api.pictures.words import (
    begin_sentence,
    count_things,
    describe_victims,
    name_losses,
    write_count,
    write_coverage,
    write_day,
    write_days,
    write_range,
    write_span,
)
from api.web.page_language import bind_language
from schemas.figure_words import say_figure_briefly
from schemas.labels import label_plural, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.statistics.casualties import BASES, REASONS, STANCES
from schemas.vocabularies import MEASURE

Record = Mapping[str, Any]


def show_days(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    return write_days(claim["stated_on"], claim["stated_until"], language)


def show_coverage(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the days that a claim covers, as far as they are known."""
    return write_coverage(claim["covers_from"], claim["covers_to"], language)


def show_span(days: tuple[str | None, str | None], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the first and the last day of several statements."""
    first, last = (write_day(day, language) for day in days)
    return first if first == last else write_span(first, last, language)


def show_count_of(row: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what kind of count a figure is: `Latest total: running total`, `Single events added up: 4 events`."""
    basis = begin_sentence(label_plural(BASES, row["basis"], language))
    detail = label_word(MEASURE, row["measure"], language) if row["measure"] else ""
    if not detail and row.get("cells"):
        detail = count_things("events_or_periods", row["cells"], language)
    return translate(language, "explorer.counted", basis=basis, detail=detail) if detail else basis


def show_stance(stance: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    return label_word(STANCES, stance, language) if stance else ""


def show_reason(reason: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    if not reason:
        return translate(language, "explorer.used.no")
    return translate(language, "page.not_used", reason=label_word(REASONS, reason, language))


def show_place(row: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the place of a row of the map with its events: `Donetsk: 3 events`; of figures without a point why."""
    if row["located"] == "period":
        return translate(language, "script.map.periods")
    place = begin_sentence(translate(language, "script.map.no_point"))
    if row["latitude"] is not None:
        place = name_place(row, language)
    return translate(language, "script.map.at", place=place, events=count_things("events", row["events"], language))


def show_measure(measure: str, language: str = DEFAULT_LANGUAGE) -> str:
    return label_word(MEASURE, measure, language)


FILTERS: dict[str, Callable[..., Any]] = {
    "begin": begin_sentence, "show_count": write_count, "show_count_of": show_count_of, "show_coverage": show_coverage,
    "show_day": write_day, "show_days": show_days, "show_figure": say_figure_briefly, "show_losses": name_losses,
    "show_measure": show_measure, "show_place": show_place, "show_range": write_range,
    "show_main": write_main_ranges, "show_left_out": write_left_out, "show_reason": show_reason, "show_span": show_span,
    "show_stance": show_stance, "show_victims": describe_victims,
}  # fmt: skip


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update({name: bind_language(function) for name, function in FILTERS.items()})
