"""Numbers, days and plural categories as a language writes them, by the data of CLDR (`babel`).

English needs no CLDR data: every process writes English, and few write another language. So `babel` loads with the
first word of another language.
"""

import calendar
import datetime
import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"
#: The forms of a day, as skeletons of CLDR. Short forms are for pictures.
SKELETONS = {
    "day": "yMMMMd",
    "month": "yMMMM",
    "short_day": "yMMMd",
    "short_month": "yMMM",
    "day_of_year": "MMMd",
    "year": "y",
}
#: A number that is not stated takes the form of this one: 1000 → `people`, `человек`.
UNSTATED = 1000
#: A number and the word after it stay on one line: `27 сентября`.
NUMBER_AND_WORD = re.compile(r"(\d) ")


def find_category(language: str, number: int | None) -> str:
    """Return the plural category of a number, as CLDR names it; None: a number that is not stated."""
    number = UNSTATED if number is None else number
    if language == ENGLISH:
        return "one" if number == 1 else "other"
    return _load_locale(language).plural_form(number)


def list_categories(language: str) -> tuple[str, ...]:
    """Return the plural categories that whole numbers have in a language: `one`, `few` and `many` in Russian."""
    numbers = (*range(201), 1_000, 1_000_000)
    return tuple(dict.fromkeys(find_category(language, number) for number in numbers))


def format_number(number: int, language: str) -> str:
    """Return a whole number with its thousands set apart: 2300 → `2,300`."""
    return f"{number:,}" if language == ENGLISH else _format_by_region(number, language)


def format_fraction(fraction: str, language: str) -> str:
    """Return a number with the decimal sign of the language: `2.5` → `2,5` in Russian."""
    return fraction if language == ENGLISH else fraction.replace(".", _find_decimal_sign(language))


def format_date(day: datetime.date, form: str, language: str) -> str:
    """Return a day in one of the forms of SKELETONS: `2 March 2020`, `2 Mar`, `March 2020`."""
    return _write_english(day, form) if language == ENGLISH else _write_by_region(day, form, language)


def _write_english(day: datetime.date, form: str) -> str:
    """CLDR has the forms of the USA for English: `March 2, 2020`."""
    if form == "year":
        return str(day.year)
    names = calendar.month_abbr if "short" in form or form == "day_of_year" else calendar.month_name
    number = "" if form.endswith("month") else f"{day.day} "
    return f"{number}{names[day.month]}" + ("" if form == "day_of_year" else f" {day.year}")


def name_language(tag: str, language: str) -> str:
    """Return the name of a language in another than English; empty: CLDR has none."""
    return str(_load_locale(language).languages.get(tag, ""))


@functools.cache
def _load_locale(language: str) -> "Locale":
    from babel import Locale

    return Locale.parse(language, sep="-")


@functools.lru_cache(10_000)
def _format_by_region(number: int, language: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(number, locale=_load_locale(language))


@functools.cache
def _find_decimal_sign(language: str) -> str:
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(_load_locale(language))


@functools.lru_cache(10_000)
def _write_by_region(day: datetime.date, form: str, language: str) -> str:
    from babel.dates import format_skeleton

    words = format_skeleton(SKELETONS[form], day, locale=_load_locale(language))
    return NUMBER_AND_WORD.sub("\\1\N{NO-BREAK SPACE}", words)
