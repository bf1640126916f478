"""The body of a request as a JSON value, exactly as sent; or the problem that says what is wrong with it.

Strict, because a figure read in another sense than the sender's is worse than a refusal: UTF-8 only, every name once,
no number beyond what every reader of JSON keeps.
"""

import json
import math
from typing import Any, NoReturn

from flask import request

from api.problems import ApiProblem, fault

DEEPEST = 16  # arrays and objects within each other
MOST_DIGITS = 19  # of a number: what 64 bits hold
MOST_NAMES = 64  # of one object: more than any record has
LONGEST_NAME = 100


def body_json(media_types: tuple[str, ...]) -> Any:
    """The JSON value of the request's body. Raises the problem of a body that is not sent as one of the types."""
    return read_json(sent(media_types))


def sent(media_types: tuple[str, ...]) -> bytes:
    """All bytes of the body. Its headers are judged first, so that a hostile one is never read."""
    if request.mimetype not in media_types:
        _refuse_header("unsupported-media-type", "Content-Type", f"Send the header Content-Type: {media_types[0]}.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        _refuse_header("unsupported-media-type", "Content-Encoding", "Send the body as it is, not compressed.")
    if "Transfer-Encoding" in request.headers:
        # A chunked body over the limit would be cut silently, and accepted.
        _refuse_header("length-required", "Content-Length", "Send Content-Length, not Transfer-Encoding: chunked.")
    data = request.get_data()
    if len(data) != (length := request.content_length or 0):
        _refuse("incomplete-body", f"{len(data)} bytes came of the {length} that Content-Length names.")
    return data


def read_json(data: bytes) -> Any:
    """The value of a JSON text (RFC 8259). Raises the problem of whatever else it is."""
    try:
        value = json.loads(
            _text(data), object_pairs_hook=_once, parse_int=_whole, parse_float=_real, parse_constant=_not_json
        )
    except json.JSONDecodeError as error:
        _not_json(f"{error.msg}, line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse("json-too-deep", TOO_DEEP)
    _refuse_depth(value)
    return value


TOO_DEEP = f"Arrays and objects stand within each other more than {DEEPEST} deep."


def _text(data: bytes) -> str:
    if b"\0" in data[:4]:
        _refuse("invalid-utf8", "Is UTF-16 or UTF-32: send UTF-8.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse("invalid-utf8", f"Byte {error.start} is not UTF-8.")
    if text.startswith("\ufeff"):
        _not_json("it begins with a byte order mark, which has to go")
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that names a field twice is refused: nobody knows which was meant."""
    if len(pairs) > MOST_NAMES:
        _refuse("too-many-keys", f"An object has {len(pairs)} names; {MOST_NAMES} are the most.")
    made: dict[str, Any] = {}
    for name, value in pairs:
        if len(name) > LONGEST_NAME or not name.isprintable():
            _refuse("invalid-body", f"A name is longer than {LONGEST_NAME} characters or cannot be printed.")
        if name in made:
            _refuse("duplicate-key", f"{name} stands more than once.", pointer(name))
        made[name] = value
    return made


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        _refuse("number-out-of-range", f"A number has more than {MOST_DIGITS} digits.")
    return int(text)


def _real(text: str) -> float:
    """A number with a point or an exponent; the zeros before its first digit do not count."""
    digits = text.lower().partition("e")[0].replace(".", "").lstrip("-0")
    if len(digits) > MOST_DIGITS or not math.isfinite(float(text)):
        _refuse("number-out-of-range", f"A number has more than {MOST_DIGITS} digits, or is beyond all that is stored.")
    return float(text)


def _refuse_depth(value: Any) -> None:
    held = [value]
    for _ in range(DEEPEST):
        held = [inner for outer in held if isinstance(outer, dict | list) for inner in _inside(outer)]
    if any(isinstance(inner, dict | list) for inner in held):
        _refuse("json-too-deep", TOO_DEEP)


def _inside(outer: dict[str, Any] | list[Any]) -> Any:
    return outer.values() if isinstance(outer, dict) else outer


def pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) of a field of the body."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _not_json(what: str) -> NoReturn:
    _refuse("invalid-json", f"Is not JSON: {what}.")


def _refuse(slug: str, message: str, at: str = "") -> NoReturn:
    raise ApiProblem(slug, message, [fault("body", at, message)])


def _refuse_header(slug: str, name: str, message: str) -> NoReturn:
    raise ApiProblem(slug, message, [fault("header", name, message)])
