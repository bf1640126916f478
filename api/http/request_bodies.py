"""Request bodies as JSON values, exactly as sent, or the problem that describes the fault.

The reader is strict, because a figure that is read wrongly is worse than a refusal. It accepts only UTF-8, each field
name once, and numbers that every JSON reader keeps exactly.
"""

import json
import math
from typing import Any, NoReturn

from flask import request

from api.http.problems import ApiProblem, make_fault
from api.monitoring.log_lines import has_key

DEEPEST = 16  # arrays and objects within each other
MOST_DIGITS = 19  # of a number: 64 bits hold 19
MOST_NAMES = 64  # of one object: more than any record has
LONGEST_NAME = 100
CONTAINERS = frozenset({dict, list})


def body_json(media_types: tuple[str, ...]) -> Any:
    """Return the JSON value of the body. Raises a problem if its type is not in `media_types` or it is not JSON."""
    return read_json(read_body(media_types))


def read_body(media_types: tuple[str, ...]) -> bytes:
    """Return the bytes of the body. The headers are checked first, so that a hostile body is never read."""
    if request.mimetype not in media_types:
        _refuse_header("unsupported-media-type", "Content-Type", f"Send the header Content-Type: {media_types[0]}.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        _refuse_header("unsupported-media-type", "Content-Encoding", "Send the body uncompressed.")
    if "Transfer-Encoding" in request.headers:
        # A chunked body over the limit would be cut silently and accepted.
        _refuse_header("length-required", "Content-Length", "Send Content-Length, not Transfer-Encoding: chunked.")
    data = request.get_data()
    if len(data) != (length := request.content_length or 0):
        _refuse_body("incomplete-body", f"{len(data)} bytes arrived, but Content-Length names {length}.")
    if b"cst" in data and has_key(data.decode("utf-8", "replace")):
        _refuse_body(
            "invalid-body", "The body has an API key, which others would read. Leave it out, and make a new key."
        )
    return data


def read_json(data: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259). Raises the problem that describes the fault."""
    try:
        value = json.loads(
            _decode_text(data),
            object_pairs_hook=_build_object,
            parse_int=_parse_integer,
            parse_float=_parse_decimal,
            parse_constant=_not_json,
        )
    except json.JSONDecodeError as error:
        _not_json(f"{error.msg}, line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse_body("json-too-deep", TOO_DEEP)
    _refuse_depth(value)
    return value


TOO_DEEP = f"Arrays and objects are nested more than {DEEPEST} levels deep."


def _decode_text(data: bytes) -> str:
    if b"\0" in data[:4]:
        _refuse_body("invalid-utf8", "The body is UTF-16 or UTF-32. Send UTF-8.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse_body("invalid-utf8", f"Byte {error.start} of the body is not UTF-8.")
    if text.startswith("\ufeff"):
        _not_json("it begins with a byte order mark; remove it")
    return text


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. A repeated field name is refused, because it is unclear which value is meant."""
    if len(pairs) > MOST_NAMES:
        _refuse_body("too-many-keys", f"An object has {len(pairs)} fields. At most {MOST_NAMES} are allowed.")
    members = dict(pairs)
    if max(map(len, members), default=0) > LONGEST_NAME or not "".join(members).isprintable():
        _refuse_body("invalid-body", f"A field name is longer than {LONGEST_NAME} characters or is not printable.")
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for place, name in enumerate(names) if name in names[:place])
        _refuse_body("duplicate-key", f"{repeated} appears more than once.", json_pointer(repeated))
    return members


def _parse_integer(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        _refuse_body("number-out-of-range", f"A number has more than {MOST_DIGITS} digits.")
    return int(text)


def _parse_decimal(text: str) -> float:
    """Return a number with a point or an exponent. Leading zeros do not count as digits."""
    digits = text.lower().partition("e")[0].replace(".", "").lstrip("-0")
    if len(digits) > MOST_DIGITS or not math.isfinite(float(text)):
        _refuse_body("number-out-of-range", f"A number has more than {MOST_DIGITS} digits, or is too large to store.")
    return float(text)


def _refuse_depth(value: Any) -> None:
    containers = [value] if type(value) in CONTAINERS else []
    for _ in range(DEEPEST):
        containers = [inner for outer in containers for inner in _inner_containers(outer)]
    if containers:
        _refuse_body("json-too-deep", TOO_DEEP)


def _inner_containers(outer: Any) -> list[Any]:
    values = outer.values() if type(outer) is dict else outer
    return [inner for inner in values if type(inner) in CONTAINERS]


def json_pointer(name: str) -> str:
    """Return the JSON pointer (RFC 6901) of a field: `a/b` → `/a~1b`."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _not_json(what: str) -> NoReturn:
    _refuse_body("invalid-json", f"The body is not JSON: {what}.")


def _refuse_body(slug: str, message: str, at: str = "") -> NoReturn:
    raise ApiProblem(slug, message, [make_fault("body", at, message)])


def _refuse_header(slug: str, name: str, message: str) -> NoReturn:
    raise ApiProblem(slug, message, [make_fault("header", name, message)])
