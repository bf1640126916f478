"""Numbers, days and lists in the words of a sentence: `1 row`, `2 March 2020`, `a, b and c`.

Nouns of `count_noun` are English, for the messages of the API. Sentences of other languages are in `languages/`.
"""

import calendar
import datetime
from collections.abc import Sequence

from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.regional_formats import format_date


def count_noun(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun: `1 row`, `1,200 rows`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def join_words(words: Sequence[str], language: str = DEFAULT_LANGUAGE) -> str:
    """Return a list in words: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return translate(language, "list.and", words=", ".join(words[:-1]), last=words[-1])


def name_day(day: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a day in words: `2020-03-02` → `2 March 2020`."""
    return format_date(datetime.date.fromisoformat(day), "day", language)


def name_span(first: str, last: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the days from `first` to `last`: one day, a whole month (`March 2020`), a whole year, or both ends."""
    ends = {"first": name_day(first, language), "last": name_day(last, language)}
    return _name_whole(first, last, language) or translate(language, "days.span", **ends)


def name_possible_days(first: str, last: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return on which day something was: `on 2 March 2020`, `in March 2020`, `between … and …`."""
    if first == last:
        return translate(language, "days.on", day=name_day(first, language))
    if whole := _name_whole(first, last, language):
        return translate(language, "days.in", days=whole)
    return translate(language, "days.between", first=name_day(first, language), last=name_day(last, language))


def _name_whole(first: str, last: str, language: str) -> str:
    """Return the name of the one day, month or year that the days make up; else nothing."""
    day = datetime.date.fromisoformat(first)
    if first == last:
        return name_day(first, language)
    if (first[5:], last) == ("01-01", f"{first[:4]}-12-31"):
        return format_date(day, "year", language)
    if first.endswith("-01") and last == f"{first[:7]}-{calendar.monthrange(day.year, day.month)[1]:02}":
        return format_date(day, "month", language)
    return ""
