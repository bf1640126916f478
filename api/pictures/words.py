"""Numbers, days and closed words as people read them."""

import datetime
from collections.abc import Mapping
from typing import Any

from schemas.labels import label_plural, label_said, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.statistics.casualties import BASES
from schemas.vocabularies import HARM, MEASURE, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Shorter than the labels of `schemas/languages/`: a column beside a mark has room for three words.
SHORT_STANCES = {
    "own": "own side", "opposing": "opponent", "affiliated": "affiliated", "third_party": "third party",
}  # fmt: skip
REASONS: dict[str, str] = {
    "superseded": "replaced by a newer one", "later": "stated later", "undated": "undated", "retracted": "retracted",
    "misreport": "garbled report", "same_as": "repeats another", "included_in": "part of another figure",
    "other_scope": "part of a whole", "later_start": "counts from a later day", "older_total": "older total",
    "period_overlap": "covers the same days", "filtered": "outside the filters", "not_heard": "left out by the rule",
    "not_picked": "not chosen by the rule", "not_a_figure": "no figure", "unquantified": "states no number",
    "unplaced": "says too little", "of_one_event": "of one event", "reaches_over": "reaches over the last day",
    "began_before": "began before the first day", "cumulative": "a total", "incident": "a single event",
    "no_such_group": "a total",
}  # fmt: skip


def write_count(value: int | None) -> str:
    """Return a number with commas: `10080` → `10,080`; `–` for none, which is not zero."""
    return "–" if value is None else f"{value:,}"


def count_nouns(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def read_day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def write_day(text: str | None) -> str:
    """Return a day as people write it: `2020-10-17` → `17 Oct 2020`."""
    if not text:
        return "undated"
    day = read_day(text)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def write_days(first: str | None, last: str | None) -> str:
    """Return a day of which only the first and last possible days may be known."""
    if not first and not last:
        return "undated"
    if not first or not last or first == last:
        return write_day(first or last)
    if (first[5:], last[5:]) == ("01-01", "12-31") and first[:4] == last[:4]:
        return f"in {first[:4]}"
    if first[:7] == last[:7] and first.endswith("-01") and read_day(last).month != _next_day(last).month:
        return f"in {MONTHS[read_day(first).month - 1]} {first[:4]}"
    same_year = first[:4] == last[:4]
    return f"{write_day(first).removesuffix(last[:4] if same_year else '').strip()} to {write_day(last)}"


def _next_day(text: str) -> datetime.date:
    day = read_day(text)
    return day if day == datetime.date.max else day + datetime.timedelta(days=1)


def write_coverage(first: str | None, last: str | None) -> str:
    """Return the days that a figure covers, as far as they are known."""
    if first and last:
        return write_day(first) if first == last else f"{write_day(first)} to {write_day(last)}"
    return f"from {write_day(first)}" if first else f"until {write_day(last)}" if last else ""


GROUPS = {"victim_status": VICTIM_STATUS, "victim_sex": VICTIM_SEX, "victim_age": VICTIM_AGE}
#: The qualifiers whose words stand before a number, and the bound that the number is.
HEDGES = {"about": "best", "at_least": "low", "more_than": "low", "nearly": "best", "up_to": "high", "vague": "low"}


def say_harm(harm: str) -> str:
    return label_said(HARM, harm)


def describe_victims(claim: Mapping[str, Any]) -> str:
    """Return which of the people are counted, where not everybody is."""
    words = [
        label_plural(vocabulary, word)
        for name, vocabulary in GROUPS.items()
        if (word := claim.get(name, "any")) not in (None, "any")
    ]
    return ", ".join([*words, *filter(None, [claim.get("part")])])


def write_figure(claim: Mapping[str, Any]) -> str:
    """Return what a claim states, hedged as its speaker hedged it."""
    low, best, high = claim["low"], claim["best"], claim["high"]
    stated = [value for value in (low, best, high) if value is not None]
    qualifier = claim.get("qualifier")
    if qualifier == "unquantified" or not stated:
        return translate(DEFAULT_LANGUAGE, "figure.none")
    if qualifier == "between" and None not in (low, high):
        return translate(DEFAULT_LANGUAGE, "figure.between", low=low, high=high)
    if qualifier in HEDGES and claim[HEDGES[qualifier]] is not None:
        return translate(DEFAULT_LANGUAGE, f"figure.{qualifier}", number=claim[HEDGES[qualifier]])
    if len(set(stated)) == 1:
        return write_count(stated[0])
    return f"{write_count(low if best is None else best)} ({write_count(low)} to {write_count(high)})"


def place_figure(claim: Mapping[str, Any]) -> int | None:
    """Return the number by which a claim is placed: its best, else its low, else its high, all as stated."""
    return next((claim[name] for name in ("best", "low", "high") if claim[name] is not None), None)


def write_range(row: Mapping[str, Any]) -> str:
    """Return the range of a row: `3,822 to 10,080 or more`."""
    further = " or more" if row["open_ended"] else ""
    if row["low"] == row["high"]:
        return write_count(row["best"]) + further
    return f"{write_count(row['low'])} to {write_count(row['high'])}{further}"


def name_losses(side: Mapping[str, str] | None) -> str:
    return "all sides together" if side is None or side["id"] == "all" else side["name"]


def name_count(row: Mapping[str, Any]) -> str:
    """Return what a row counts: its measure, or how many single events it adds up."""
    if row["basis"] == "incidents":
        return (
            f"{label_word(BASES, 'incidents')} ({count_nouns(row['cells'], 'event or period', 'events and periods')})"
        )
    return label_word(MEASURE, row["measure"] or "unknown")


def begin_sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
