"""Schemas of OpenAPI in words: `{"type": ["integer", "null"], "minimum": 0}` → `integer from 0, or null`."""

import hashlib
import json
from typing import Any, NamedTuple

Schema = dict[str, Any]
COMPONENTS = "#/components/schemas/"
FORMATS = {"date": "day", "date-time": "time", "uri": "address", "binary": "bytes"}
FIXED = ("const", "enum")
#: A longer list of words is on the page once, and types link to it.
MOST_WORDS = 24


class Piece(NamedTuple):
    """Words of a type. With a `schema`, they are its name and link to it."""

    words: str
    schema: str | None = None


def describe_type(schema: Schema) -> list[Piece]:
    """Return a type as words and links, in reading order."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(COMPONENTS)
        return [Piece(name, name)]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _join_choices([describe_type(choice) for choice in schema[key]])
    names = schema.get("type", "any JSON")
    kinds = [names] if isinstance(names, str) else list(names)
    return _join_choices([_describe_kind(kind, schema) for kind in kinds])


def _join_choices(choices: list[list[Piece]]) -> list[Piece]:
    pieces = list(choices[0])
    for choice in choices[1:]:
        pieces += [Piece(", or "), *choice]
    return pieces


def _describe_kind(kind: str, schema: Schema) -> list[Piece]:
    if kind == "null":
        return [Piece("null")]
    if kind == "array":
        return [Piece("list of: "), *describe_type(schema.get("items", {}))]
    if words := list_words(schema):
        return [name_words(words)]
    if kind in ("integer", "number"):
        return [Piece(kind + _describe_range(schema))]
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return [Piece("object of any keys: "), *describe_type(schema["additionalProperties"])]
    return [Piece(FORMATS.get(schema.get("format", ""), kind))]


def list_words(schema: Schema) -> list[str]:
    """Return the closed list of a schema. `word` and `-word` → `[-]word`."""
    words = [str(word) for key in FIXED for word in _as_list(schema.get(key)) if word is not None]
    backwards = {word.removeprefix("-") for word in words if word.startswith("-")}
    return [f"[-]{word}" if word in backwards else word for word in words if word.removeprefix("-") == word]


def name_words(words: list[str]) -> Piece:
    """Return the words, or for a long list the link to it."""
    if len(words) <= MOST_WORDS:
        return Piece(" | ".join(words))
    digest = hashlib.sha256("|".join(words).encode()).hexdigest()[:6]
    return Piece(f"{words[0]} … {words[-1]}", f"list-{digest}")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _describe_range(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is None or most >= 1_000_000_000:
        return "" if least is None else f" from {least:,}"
    return f" from {least:,} to {most:,}" if least is not None else f" to {most:,}"


def write_value(value: Any) -> str:
    """Return an example or default as it is written in an address."""
    if isinstance(value, list | tuple):
        return ",".join(map(write_value, value))
    return json.dumps(value) if value is None or isinstance(value, bool | dict) else str(value)
