"""Numbers as a file writes them. Nothing is guessed: what the format does not allow is refused."""

import functools
import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from seeds.language.cells import Numbers, text


@functools.lru_cache(maxsize=64)
def _pattern(format: Numbers) -> re.Pattern[str]:
    grouped = rf"[0-9]{{1,3}}(?:{re.escape(format.thousands)}[0-9]{{3}})+|" if format.thousands else ""
    return re.compile(rf"([+-]?)({grouped}[0-9]+)(?:{re.escape(format.decimal)}([0-9]+))?")


def decimal(value: Any, format: Numbers) -> Decimal:
    """The number in a cell. Raises `ValueError`, telling what is allowed."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value)) * format.times
    found = _pattern(format).fullmatch(text(value))
    if not found:
        raise ValueError(f"Allowed is a number{_told(format)}.")
    sign, whole, fraction = found.groups()
    digits = whole.replace(format.thousands, "") if format.thousands else whole
    try:
        return Decimal(f"{sign}{digits}.{fraction or 0}") * format.times
    except InvalidOperation:
        raise ValueError("The number is too long.") from None


def whole(value: Any, format: Numbers) -> int:
    """A whole number; `12.0` is one, as tables write it that know no whole numbers, but `12.00` and `2.000` are not.

    A point before three zeros may group thousands: 2.000 must not become 2. Raises `ValueError`.
    """
    found = decimal(value, format)
    if not found.is_finite():
        raise ValueError(f"Allowed is a number{_told(format)}.")
    if format.round:
        return int(found.to_integral_value(ROUND_HALF_EVEN))
    written = text(value).rpartition(format.decimal)[2] if format.times == 1 and isinstance(value, str) else "0"
    pointed = isinstance(value, str) and format.decimal in value
    if found != found.to_integral_value() or pointed and format.times == 1 and written != "0":
        raise ValueError("Allowed is a whole number: nobody is harmed in part.")
    return int(found)


def _told(format: Numbers) -> str:
    groups = f", thousands grouped by {format.thousands!r} or not at all" if format.thousands else ", not grouped"
    return f"{groups}, with {format.decimal!r} before decimals"
