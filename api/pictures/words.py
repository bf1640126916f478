"""Numbers, days and closed words as people read them, in the language of the picture."""

import datetime
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.labels import count_word, label_part, label_plural, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.regional_formats import format_date, format_number
from schemas.statistics.casualties import BASES
from schemas.vocabularies import HARM, MEASURE, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS


def write_count(value: int | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a number with its thousands set apart: `10080` → `10,080`; `–` for none, which is not zero."""
    return "–" if value is None else format_number(value, language)


def count_things(things: str, number: int, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the number of things with their noun: `claims`, 3 → `3 claims`. Nouns are the messages `count.…`."""
    return translate(language, f"count.{things}", count=number)


def count_claims(claims: int, claimants: int, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how many claims of how many claimants there are."""
    counted = {"claims": count_things("claims", claims, language)}
    return translate(language, "count.claims_of", **counted, claimants=count_things("claimants", claimants, language))


def read_day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def write_day(text: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a day as people write it: `2020-10-17` → `17 Oct 2020`."""
    return format_date(read_day(text), "short_day", language) if text else translate(language, "days.undated")


def write_days(first: str | None, last: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a day of which only the first and last possible days may be known."""
    if not first or not last or first == last:
        return write_day(first or last, language)
    if (first[5:], last[5:]) == ("01-01", "12-31") and first[:4] == last[:4]:
        return translate(language, "days.in", days=format_date(read_day(first), "year", language))
    if first[:7] == last[:7] and first.endswith("-01") and read_day(last).month != _next_day(last).month:
        return translate(language, "days.in", days=format_date(read_day(first), "short_month", language))
    form = "day_of_year" if first[:4] == last[:4] else "short_day"
    return write_span(format_date(read_day(first), form, language), write_day(last, language), language)


def write_span(first: str, last: str, language: str) -> str:
    """Return two days in words as a span: `1 Jan to 13 Apr 2021`."""
    return translate(language, "days.span", first=first, last=last)


def _next_day(text: str) -> datetime.date:
    day = read_day(text)
    return day if day == datetime.date.max else day + datetime.timedelta(days=1)


def write_coverage(first: str | None, last: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the days that a figure covers, as far as they are known."""
    if first and last:
        day = write_day(first, language)
        return day if first == last else write_span(day, write_day(last, language), language)
    if first:
        return translate(language, "days.from", day=write_day(first, language))
    return translate(language, "days.until", day=write_day(last, language)) if last else ""


GROUPS = {"victim_status": VICTIM_STATUS, "victim_sex": VICTIM_SEX, "victim_age": VICTIM_AGE}


def write_title(key: str, conflict: str, harm: str, language: str) -> str:
    """Return the title of a picture, from the message of its view."""
    return translate(language, key, harm=count_word(HARM, harm, None, language), conflict=conflict)


def describe_victims(claim: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> str:
    """Return which of the people are counted, where not everybody is."""
    words = [
        label_plural(vocabulary, word, language)
        for name, vocabulary in GROUPS.items()
        if (word := claim.get(name, "any")) not in (None, "any")
    ]
    part = claim.get("part")
    return ", ".join([*words, *([label_part(part, language)] if part else [])])


def place_figure(claim: Mapping[str, Any]) -> int | None:
    """Return the number by which a claim is placed: its best, else its low, else its high, all as stated."""
    return next((claim[name] for name in ("best", "low", "high") if claim[name] is not None), None)


def write_range(row: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> str:
    """Return the range of a row: `3,822 to 10,080 or more`; `up to 400` if nothing else was stated."""
    if row["low"] == row["high"]:
        words = write_count(row["best"], language)
    elif is_upper_bound(row):
        words = translate(language, "figure.up_to", number=write_count(row["high"], language))
    else:
        bounds = {"low": write_count(row["low"], language), "high": write_count(row["high"], language)}
        words = translate(language, "figure.between", **bounds)
    return translate(language, "range.open", range=words) if row["open_ended"] else words


def is_upper_bound(row: Mapping[str, Any]) -> bool:
    """Return whether each figure behind a row is an upper bound alone. The 0 below and the best were filled in."""
    has_one_bound = row["low"] == 0 and row["best"] == row["high"] > 0 and not row["open_ended"]
    return has_one_bound and 0 < row.get("imputed", 0) == row["cells"] == row["claims"]


def describe_range(row: Mapping[str, Any], language: str) -> str:
    """Return the range of a row with its best figure: `10 to 15, best 12`."""
    if is_upper_bound(row):
        return write_range(row, language)
    best = write_count(row["best"], language)
    return translate(language, "range.with_best", range=write_range(row, language), best=best)


def name_missing_groups(row: Mapping[str, Any], language: str) -> str:
    """Return the groups of victims without a figure: `civilians or members of the armed forces`; empty if none."""
    statuses = {gap["status"] for gap in row["missing"] if gap["status"] != "any"}
    groups = sorted(label_plural(VICTIM_STATUS, status, language) for status in statuses)
    if not groups:
        return ""
    return functools.reduce(lambda a, b: translate(language, "picture.matrix.or", words=a, last=b), groups)


def name_losses(side: Mapping[str, str] | None, language: str = DEFAULT_LANGUAGE) -> str:
    return translate(language, "side.together") if side is None or side["id"] == "all" else side["name"]


def name_row_losses(row: Mapping[str, Any], has_many_conflicts: bool, language: str = DEFAULT_LANGUAGE) -> str:
    """Return whose losses a row counts, with the conflict where the rows are of several: `Alpha (first war)`."""
    side = name_losses(row["subject_side"], language)
    return f"{side} ({row['conflict']['name']})" if has_many_conflicts else side


def are_of_many_conflicts(rows: Iterable[Mapping[str, Any]]) -> bool:
    return len({row["conflict"]["id"] for row in rows}) > 1


def name_count(row: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> str:
    """Return what a row counts: its measure, or how many single events it adds up."""
    if row["basis"] == "incidents":
        cells = count_things("events_or_periods", row["cells"], language)
        return f"{label_word(BASES, 'incidents', language)} ({cells})"
    return label_word(MEASURE, row["measure"] or "unknown", language)


def begin_sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
