"""The words of the page: filters of its templates, from values on the wire to what a person reads."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from api.pictures.words import (
    describe_victims,
    name_losses,
    write_count,
    write_coverage,
    write_day,
    write_days,
    write_figure,
    write_range,
)
from schemas.labels import label_plural, label_word
from schemas.sentences import count_noun
from schemas.statistics.casualties import BASES, REASONS, STANCES
from schemas.vocabularies import MEASURE

Record = Mapping[str, Any]


def show_days(claim: Record) -> str:
    return write_days(claim["stated_on"], claim["stated_until"])


def show_coverage(claim: Record) -> str:
    """Return the days that a claim covers, as far as they are known."""
    return write_coverage(claim["covers_from"], claim["covers_to"])


def show_span(days: tuple[str | None, str | None]) -> str:
    """Return the first and the last day of several statements."""
    first, last = days
    return write_day(first) if first == last else f"{write_day(first)} to {write_day(last)}"


def show_count_of(row: Record) -> str:
    """Return what kind of count a figure is: `Latest total: running total`, `Single events added up: 4 events`."""
    basis = label_plural(BASES, row["basis"])
    detail = label_word(MEASURE, row["measure"]) if row["measure"] else ""
    if not detail and row.get("cells"):
        detail = count_noun(row["cells"], "event or period", "events and periods")
    return f"{basis[:1].upper()}{basis[1:]}" + (f": {detail}" if detail else "")


def show_stance(stance: str | None) -> str:
    return label_word(STANCES, stance) if stance else ""


def show_reason(reason: str | None) -> str:
    return f"not used: {label_word(REASONS, reason)}" if reason else "not used"


def show_measure(measure: str) -> str:
    return label_word(MEASURE, measure)


FILTERS = {
    "show_count": write_count, "show_count_of": show_count_of, "show_coverage": show_coverage, "show_day": write_day,
    "show_days": show_days, "show_figure": write_figure, "show_losses": name_losses, "show_measure": show_measure,
    "show_range": write_range, "show_reason": show_reason, "show_span": show_span, "show_stance": show_stance,
    "show_victims": describe_victims,
}  # fmt: skip


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
