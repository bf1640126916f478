"""Canonical JSON (RFC 8785): one value, one text, so that its hash can be made again by anybody.

orjson sorts and escapes as the RFC wants (keys here are ASCII); only its numbers with a point differ from ECMAScript's.
"""

import math
from decimal import Decimal
from typing import Any

import orjson

STRICT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER  # 53 bits: what every reader of JSON keeps
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
NESTED = {dict, list}


def canonical(value: Any) -> bytes:
    """Canonical JSON of what JSON can hold. Raises `TypeError` or `ValueError` for anything else."""
    return orjson.dumps(_exact(value) if _holds_float(value) else value, option=STRICT)


def _holds_float(value: Any) -> bool:
    values = value.values() if type(value) is dict else value if type(value) is list else (value,)
    kinds = set(map(type, values))
    if float in kinds or kinds.isdisjoint(NESTED):
        return float in kinds
    return any([_holds_float(inner) for inner in values if inner and type(inner) in NESTED])


def _exact(value: Any) -> Any:
    if type(value) is float:
        return orjson.Fragment(ecmascript(value))
    if type(value) is dict:
        return {name: _exact(inner) for name, inner in value.items()}
    return [_exact(inner) for inner in value] if type(value) is list else value


def ecmascript(number: float) -> str:
    """The shortest digits that read back as the same number, as ECMAScript writes them (RFC 8785, 3.2.2.3)."""
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number of JSON")
    if number == 0:
        return "0"
    sign, numerals, exponent = Decimal(repr(number)).normalize().as_tuple()
    digits, point = "".join(map(str, numerals)), len(numerals) + int(exponent)
    return ("-" if sign else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """`digits` with the decimal point behind the first `point` of them."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + digits.rjust(len(digits) - point, "0")
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
