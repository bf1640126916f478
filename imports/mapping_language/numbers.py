"""Parse numbers as a file writes them. A number that the format does not allow is refused, never guessed."""

import functools
import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from imports.mapping_language.cells import Numbers, cell_text


@functools.lru_cache(maxsize=64)
def _number_pattern(format: Numbers) -> re.Pattern[str]:
    grouped = rf"[0-9]{{1,3}}(?:{re.escape(format.thousands)}[0-9]{{3}})+|" if format.thousands else ""
    return re.compile(rf"([+-]?)({grouped}[0-9]+)(?:{re.escape(format.decimal)}([0-9]+))?")


def parse_decimal(value: Any, format: Numbers) -> Decimal:
    """Return the number in a cell. Raise `ValueError`, whose message says what is allowed."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)) * format.times
    match = _number_pattern(format).fullmatch(cell_text(value))
    if not match:
        raise ValueError(f"Must be a number{_describe_format(format)}.")
    sign, whole, fraction = match.groups()
    digits = whole.replace(format.thousands, "") if format.thousands else whole
    try:
        return Decimal(f"{sign}{digits}.{fraction or 0}") * format.times
    except InvalidOperation:
        raise ValueError("The number is too long.") from None


def parse_whole(value: Any, format: Numbers) -> int:
    """Return the whole number in a cell. Raise `ValueError` if it is not whole.

    `12.0` is allowed, because some programs write whole numbers so. `12.00` and `2.000` are not: a point before three
    zeros may group thousands, and 2.000 must not become 2.
    """
    number = parse_decimal(value, format)
    if not number.is_finite():
        raise ValueError(f"Must be a number{_describe_format(format)}.")
    if format.round:
        return int(number.to_integral_value(ROUND_HALF_EVEN))
    written = cell_text(value).rpartition(format.decimal)[2] if format.times == 1 and isinstance(value, str) else "0"
    has_point = isinstance(value, str) and format.decimal in value
    if number != number.to_integral_value() or has_point and format.times == 1 and written != "0":
        raise ValueError("Must be a whole number of people.")
    return int(number)


def _describe_format(format: Numbers) -> str:
    groups = f", thousands grouped by {format.thousands!r} or not at all" if format.thousands else ", not grouped"
    return f"{groups}, with {format.decimal!r} before decimals"
