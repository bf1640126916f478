"""Numbers, days and lists in the words of a sentence: `1 row`, `2 March 2020`, `a, b and c`."""

import calendar
from collections.abc import Sequence


def count_noun(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun: `1 row`, `1,200 rows`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def join_words(words: Sequence[str]) -> str:
    """Return a list in words: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def name_day(day: str) -> str:
    """Return a day in words: `2020-03-02` → `2 March 2020`."""
    year, month, number = day.split("-")
    return f"{int(number)} {calendar.month_name[int(month)]} {int(year)}"


def name_span(first: str, last: str) -> str:
    """Return the days from `first` to `last`: one day, a whole month (`March 2020`), a whole year, or both ends."""
    return _name_whole(first, last) or f"{name_day(first)} to {name_day(last)}"


def name_possible_days(first: str, last: str) -> str:
    """Return on which day something was: `on 2 March 2020`, `in March 2020`, `between … and …`."""
    if first == last:
        return f"on {name_day(first)}"
    whole = _name_whole(first, last)
    return f"in {whole}" if whole else f"between {name_day(first)} and {name_day(last)}"


def _name_whole(first: str, last: str) -> str:
    """Return the name of the one day, month or year that the days make up; else nothing."""
    year, month = int(first[:4]), int(first[5:7])
    if first == last:
        return name_day(first)
    if (first[5:], last) == ("01-01", f"{first[:4]}-12-31"):
        return str(year)
    if first.endswith("-01") and last == f"{first[:7]}-{calendar.monthrange(year, month)[1]:02}":
        return f"{calendar.month_name[month]} {year}"
    return ""
