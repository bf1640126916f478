"""Canonical JSON (RFC 8785): one text for each value, so that anybody can compute its hash again.

orjson sorts and escapes as the RFC requires (keys here are ASCII). Only its floats differ from those of ECMAScript.
"""

import functools
import math
from decimal import Decimal
from typing import Any

import orjson

STRICT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER  # 53 bits: every reader of JSON keeps them
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)

#: The fields of records that have numbers with decimals.
DECIMALS = ("latitude", "longitude")


def dump_canonical(value: Any) -> bytes:
    """Return the canonical JSON of a value. Raise `TypeError` or `ValueError` for a value that JSON cannot hold."""
    return orjson.dumps(_replace_floats(value) if _holds_float(value) else value, option=STRICT)


def dump_record(document: dict[str, Any]) -> bytes:
    """Return the canonical JSON of the document of a record, whose only floats are `DECIMALS`."""
    decimals = {name: _replace_floats(value) for name in DECIMALS if (value := document.get(name)) is not None}
    return orjson.dumps(document | decimals if decimals else document, option=STRICT)


def _holds_float(value: Any) -> bool:
    for inner in value.values() if type(value) is dict else value if type(value) is list else (value,):
        kind = type(inner)
        if kind is float or (kind is dict or kind is list) and inner and _holds_float(inner):
            return True
    return False


def _replace_floats(value: Any) -> Any:
    if type(value) is float:
        return orjson.Fragment(write_number(value))
    if type(value) is dict:
        return {name: _replace_floats(inner) for name, inner in value.items()}
    return [_replace_floats(inner) for inner in value] if type(value) is list else value


@functools.lru_cache(maxsize=4096)  # a record is written several times
def write_number(number: float) -> str:
    """Return the shortest digits that read back as the same number, as ECMAScript writes them (RFC 8785, 3.2.2.3)."""
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number of JSON")
    if number == 0:
        return "0"
    sign, numerals, exponent = Decimal(repr(number)).normalize().as_tuple()
    digits, point = "".join(map(str, numerals)), len(numerals) + int(exponent)
    return ("-" if sign else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """Return `digits` with the decimal point after the first `point` of them: `("15", 1)` → `1.5`."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + digits.rjust(len(digits) - point, "0")
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
