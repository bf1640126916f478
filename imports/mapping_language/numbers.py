"""Parse numbers as a file writes them. A number that the format does not allow is refused, never guessed."""

import functools
import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from imports.mapping_language.cells import Numbers, cell_text

#: Spaces and apostrophes that group thousands. Between full groups of three they cannot mean anything else.
GROUPING = " \u00a0\u2009\u202f'’\u066c"
ARABIC_DECIMAL = "\u066b"
#: What refers to a note behind a number: 41*, 12², 12 [a], 12[3].
NOTE_MARK = re.compile(r"(?:(?<=\d)|(?<=\d ))(?:[*†‡§¹²³⁰⁴-⁹]+|\[\w{1,2}\])$")
#: What many files write where nothing is stated.
NOT_STATED = frozenset({"na", "n/a", "n.a.", "-", "–", "—", "..", "…", "null", "none", "nan", "?", "unknown"})
NOTHING_STATED = " If it means that nothing is stated, list it in the mapping under `missing`."
GROUPED = re.compile(r"[0-9]{1,3}(?P<mark>[.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*")


@functools.lru_cache(maxsize=64)
def _number_pattern(format: Numbers) -> re.Pattern[str]:
    marks = format.thousands + GROUPING
    grouped = rf"[0-9]{{1,3}}(?P<mark>[{re.escape(marks)}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    return re.compile(
        rf"(?P<sign>[+\-−]?)(?P<whole>{grouped}|[0-9]+)(?:{re.escape(format.decimal)}(?P<fraction>[0-9]+))?"
        r"(?:[eE](?P<exponent>[+-]?[0-9]{1,2}))?"
    )


def parse_decimal(value: Any, format: Numbers) -> Decimal:
    """Return the number in a cell. Raise `ValueError`, whose message says what is allowed.

    `1e+05` and `2.00E+05` are what R and spreadsheets write for 100000 and 200000. Digits may be of any script.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)) * format.times
    match = _number_pattern(format).fullmatch(_translate_signs(cell_text(value), format))
    if not match:
        raise ValueError(f"Must be a number{_describe_format(format)}.{suggest_reading(value)}")
    digits = re.sub("[^0-9]", "", match["whole"])
    sign = "-" if match["sign"] in ("-", "−") else ""
    try:
        return Decimal(f"{sign}{digits}.{match['fraction'] or 0}E{match['exponent'] or 0}") * format.times
    except InvalidOperation:
        raise ValueError("The number is too long.") from None


def _translate_signs(text: str, format: Numbers) -> str:
    """Return the text with ASCII digits and the decimal mark of the format: `٥٠` → `50`, `٥٫٥` → `5.5`."""
    if text.isascii():
        return text
    text = text.replace(ARABIC_DECIMAL, format.decimal)
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


def parse_whole(value: Any, format: Numbers) -> int:
    """Return the whole number in a cell. Raise `ValueError` if it is not whole.

    `12.0` and `12.00` are allowed, because some programs write whole numbers so. `2.000` is not: a point before three
    zeros may group thousands, and 2.000 must not become 2.
    """
    number = parse_decimal(value, format)
    if not number.is_finite():
        raise ValueError(f"Must be a number{_describe_format(format)}.")
    if format.round:
        return int(number.to_integral_value(ROUND_HALF_EVEN))
    if number != number.to_integral_value() or format.times == 1 and _may_group(value, format):
        raise ValueError(f"Must be a whole number of people.{suggest_reading(value)}")
    return int(number)


def _may_group(value: Any, format: Numbers) -> bool:
    """Return whether the decimal mark of a text may group thousands: `2.000`, but not `2.0` or `1234.000`."""
    if not isinstance(value, str):
        return False
    match = _number_pattern(format).fullmatch(_translate_signs(cell_text(value), format))
    return bool(match and len(match["fraction"] or "") == 3 and len(match["whole"]) <= 3 and match["exponent"] is None)


def is_same_number(value: Any, expected: int | float, format: Numbers) -> bool:
    """Return whether a cell is a number of this value: `0.0`, as pandas writes it, is 0."""
    try:
        return parse_decimal(value, format._replace(times=1)) == Decimal(str(expected))
    except ValueError:
        return False


def suggest_reading(value: Any) -> str:
    """Return the words of a mapping that would read a refused cell: ` If , groups thousands, …`; none for most cells.

    The content of the cell is not repeated, because it may be about a person.
    """
    text = cell_text(value) if isinstance(value, str) else "0"
    if match := GROUPED.fullmatch(text):
        format = 'thousands: ","' if match["mark"] == "," else 'thousands: ".", decimal: ","'
        return f" If {match['mark']} groups thousands, put this into the mapping: numbers: {{{format}}}."
    if match := NOTE_MARK.search(text):
        return f' If {match[0]} refers to a note, put this into the mapping: remove: ["{match[0]}"].'
    return "" if re.search(r"\d", text) else NOTHING_STATED


def _describe_format(format: Numbers) -> str:
    groups = f", thousands grouped by {format.thousands!r} or not at all" if format.thousands else ", not grouped"
    return f"{groups}, with {format.decimal!r} before decimals"
