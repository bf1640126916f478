"""Details of a claim: further columns of its row, by name. They are kept as given, and never counted.

On the wire they are an object. In a document, the database and the log they are its JSON text with sorted names, so
that they can be compared and erased like any other text: `{"age":34,"weapon":"shelling"}`.
"""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from schemas.fields import Text

MOST_DETAILS = 20
LONGEST_NAME, LONGEST_VALUE = 60, 300  # characters
GREATEST_NUMBER = 2**53 - 1  # that every program reads exactly
NAME, VALUE = Text(longest=LONGEST_NAME), Text(longest=LONGEST_VALUE)
NOT_OBJECT = 'Must be an object of names with texts or numbers, such as {"weapon": "shelling"}.'


#: The values in an answer, and in a request, where null leaves a name out.
VALUE_SCHEMA: dict[str, Any] = {
    "type": ["string", "number"],
    "maxLength": LONGEST_VALUE,
    "minimum": -GREATEST_NUMBER,
    "maximum": GREATEST_NUMBER,
}
SENT_SCHEMA = VALUE_SCHEMA | {"type": ["string", "number", "null"]}


class Details(fields.Dict):
    """An object of texts and numbers. It loads as JSON text, and takes this text too, as CSV has it."""

    def __init__(self, values: Mapping[str, Any] = SENT_SCHEMA, **kwargs: Any) -> None:
        super().__init__(keys=NAME, load_default=None, allow_none=True, **kwargs)
        self.metadata = {"additionalProperties": dict(values), "maxProperties": MOST_DETAILS, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        content = _parse_text(value) if isinstance(value, str) else value
        if not isinstance(content, dict):
            raise ValidationError(NOT_OBJECT)
        if len(content) > MOST_DETAILS:
            raise ValidationError(f"Must have at most {MOST_DETAILS} names. {len(content)} were sent.")
        stated = {_load_name(name): _load_value(name, part) for name, part in content.items() if part is not None}
        return write_details(stated)


def _parse_text(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # nested too deeply
        raise ValidationError(NOT_OBJECT) from None


def _refuse_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which Python takes for numbers of JSON."""
    raise ValueError(name)


def _load_name(name: Any) -> str:
    return str(NAME.deserialize(name))


def _load_value(name: str, value: Any) -> str | int | float:
    if isinstance(value, str):
        try:
            return str(VALUE.deserialize(value))
        except ValidationError as error:
            raise ValidationError([f"{name}: {message}" for message in error.messages]) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError(f"{name}: Must be text, a number or null.")
    if not abs(value) <= GREATEST_NUMBER:
        raise ValidationError(f"{name}: Must be at most {GREATEST_NUMBER:,}. Send a greater number as text.")
    return value


def write_details(content: Mapping[str, Any]) -> str | None:
    """Return an object as JSON text with sorted names; None if it is empty."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if content else None


def read_details(text: str | None) -> dict[str, Any] | None:
    """Return the object of a JSON text, as the wire has it."""
    return None if text is None else dict(json.loads(text))


def list_texts(text: str | None) -> list[str]:
    """Return the texts and numbers of details, which search finds, without their names."""
    return [str(value) for value in (read_details(text) or {}).values()]
