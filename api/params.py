"""From the query string, or a JSON body, to a validated question; what is unknown, repeated or unreadable is refused.

Every fault is named: a parameter by its name, a field of a body by its JSON pointer.
"""

import re
import urllib.parse
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Flask, request
from marshmallow import Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from api.bodies import body_json, pointer
from api.problems import ApiProblem, fault
from schemas.fields import Csv

BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOST_PARAMETERS = 60


class QueryParser(FlaskParser):
    """webargs would ignore unknown names and take the first of repeated ones: both are refused here."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": "raise", "json": "raise"}

    def load_querystring(self, req: Any, schema: Schema) -> Any:
        names = [field.data_key or name for name, field in schema.fields.items()]
        refuse_unknown(req.args, names)
        for name in req.args:
            if len(req.args.getlist(name)) > 1:
                message = "Stands more than once; several values go into one, separated by commas."
                raise ApiProblem("repeated-parameter", f"{name} is repeated.", [fault("query", name, message)])
        return MultiDictProxy(req.args, schema, known_multi_fields=())

    def handle_error(
        self, error: ValidationError, req: Any, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        messages = error.messages_dict
        if "json" in messages:
            wrong = [found for name, texts in messages["json"].items() for found in _wrong_fields(schema, name, texts)]
            raise ApiProblem("invalid-body", _summary(wrong), wrong)
        told = messages.get("query", {})
        faults = [found for name, texts in told.items() for found in _faults(schema, name, texts, req.args)]
        raise ApiProblem("invalid-parameter", _summary(faults), faults)

    def load_json(self, req: Any, schema: Schema) -> Any:
        return body_json(("application/json",))


def _wrong_fields(schema: Schema, name: str, texts: Any) -> Iterable[dict[str, Any]]:
    by_name = {field.data_key or key: field for key, field in schema.fields.items()}
    told = texts if isinstance(texts, list) else [str(texts)]
    if name == "_schema":
        return [fault("body", "", text) for text in told]
    if name not in by_name:
        return [fault("body", pointer(name), "Is not a field here.", by_name, name)]
    return [fault("body", pointer(name), text, _allowed(by_name[name])) for text in told]


def refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise the problem that names the first parameters that are not known. A typo must never return everything."""
    names = list(known)
    faults = [fault("query", name, "Is not a parameter here.", names, name) for name in given if name not in names]
    if faults:
        raise ApiProblem("unknown-parameter", f"Unknown: {', '.join(found['name'] for found in faults[:5])}.", faults)


def embedded(schema: Schema, name: str, text: str) -> dict[str, Any]:
    """A query string that is itself the value of a parameter, validated. Raises the problem that names it."""
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    try:
        loaded: dict[str, Any] = schema.load(dict(pairs))
    except ValidationError as error:
        messages = "; ".join(f"{key}: {' '.join(map(str, told))}" for key, told in error.messages_dict.items())
        raise ApiProblem("invalid-parameter", f"{name}: {messages}", [fault("query", name, messages)]) from None
    return loaded


def _faults(schema: Schema, name: str, texts: Any, given: Any) -> Iterable[dict[str, Any]]:
    by_name = {field.data_key or key: field for key, field in schema.fields.items()}
    allowed = _allowed(by_name[name]) if name in by_name else []
    value = given.get(name, "")
    for text in texts if isinstance(texts, list) else [str(texts)]:
        wrong = next((word for word in value.split(",") if word not in allowed), value) if allowed else None
        yield fault("query", name, _worded(by_name.get(name), name, given.get(name), text), allowed, wrong)


def _worded(field: fields.Field[Any] | None, name: str, value: str | None, text: str) -> str:
    """What was given and what is wrong with it; of what was not given, an example where there is one."""
    if value is not None:
        return f"{value!r}: {text}" if len(value) <= 100 else text
    examples = field.metadata.get("examples") if field else None
    if field and examples and text == field.error_messages["required"]:
        return f"Must be given, for example {name}={str(examples[0]).rstrip('.')}."
    return text


def _allowed(field: fields.Field[Any]) -> list[str]:
    inner = field.inner if isinstance(field, Csv) else field
    for validator in inner.validators:
        if isinstance(validator, validate.OneOf):
            return [str(choice) for choice in validator.choices]
    return []


def _summary(faults: list[dict[str, Any]]) -> str:
    return " ".join(f"{found['name']}: {found['message']}" for found in faults[:3])


def _refuse_unreadable() -> None:
    raw = request.query_string
    message = None
    if BROKEN_PERCENT.search(raw):
        message = "A % is not followed by two hexadecimal digits."
    else:
        try:
            text = urllib.parse.unquote_to_bytes(raw.replace(b"+", b" ")).decode()
            message = "Holds a control character." if CONTROL.search(text) else None
        except UnicodeDecodeError:
            message = "Is not UTF-8."
    if not message and raw.count(b"&") > MOST_PARAMETERS:
        message = f"Holds more than {MOST_PARAMETERS} parameters."
    if message:
        raise ApiProblem("bad-query", f"The query string cannot be read. {message}")


def _refuse_without_host() -> None:
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1" and not request.headers.get("Host"):
        raise ApiProblem("bad-request", "Send a Host header: it says which host is asked.")


def init_app(app: Flask) -> None:
    app.before_request(_refuse_without_host)
    app.before_request(_refuse_unreadable)
