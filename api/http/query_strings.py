"""Query string or JSON body → validated question. Unknown or unreadable parameters are refused; only lists repeat.

Each fault names its place: a parameter by its name, a field of a body by its JSON pointer.
"""

import functools
import re
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from flask import Flask, current_app, request
from marshmallow import Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import ImmutableMultiDict

from api.http.problems import ApiProblem, make_fault
from api.http.request_bodies import body_json, json_pointer
from api.monitoring.log_lines import has_key
from schemas.countries import CountryCode, find_nearest
from schemas.fields import SLUG, Csv, Slug
from schemas.synonyms import name_replacement
from schemas.trackers import list_trackers

BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOST_PARAMETERS = 60
MOST_SHOWN = 5  # unknown parameters in one sentence
LONGEST_KEPT = 500  # bytes of a query string whose question is kept
#: The extension of the app that looks up ids by the name of a parameter and the text that was sent.
ID_SUGGESTIONS = "id_suggestions"
SuggestIds = Callable[[str, str], list[str]]


class QueryParser(FlaskParser):
    """The parser of questions. webargs accepts unknown and repeated names; this parser refuses both."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": "raise", "json": "raise"}

    def _get_schema(self, argmap: Any, req: Any) -> Schema:
        """Return the schema of a question. Its dozens of fields are made once and not for every request."""
        return _make_schema(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def parse(self, argmap: Any, req: Any = None, *, location: str | None = None, **more: Any) -> Any:
        """Return the question of a request. One that was sent before is not loaded again: it has the same answer."""
        sent = request.query_string
        if location != "query" or not isinstance(argmap, type) or len(sent) > LONGEST_KEPT:
            return super().parse(argmap, req, location=location, **more)
        kept = _keep_question(argmap, sent)
        if not kept:
            args = request.args
            question = super().parse(argmap, req, location=location, **more)
            if request.args is not args:  # `_join_repeated_lists` wrote them in another way
                return question
            kept.append(question)
        return kept[0].copy()

    def load_querystring(self, req: Any, schema: Schema) -> Any:
        names = [field.data_key or name for name, field in schema.fields.items()]
        if getattr(schema, "is_for_readers", False):
            drop_trackers(req, names)
            drop_empty(req, names)
        refuse_unknown(req.args, names)
        _join_repeated_lists(req, schema)
        for name in req.args:
            if len(req.args.getlist(name)) > 1:
                message = "Appears more than once, but takes a single value. Send it once."
                raise ApiProblem("repeated-parameter", f"{name}: {message}", [make_fault("query", name, message)])
        return MultiDictProxy(req.args, schema, known_multi_fields=())

    def handle_error(
        self, error: ValidationError, req: Any, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        messages = error.messages_dict
        if "json" in messages:
            wrong = [fault for name, texts in messages["json"].items() for fault in _wrong_fields(schema, name, texts)]
            raise ApiProblem("invalid-body", _summarise_faults(wrong), wrong)
        query_messages = messages.get("query", {})
        faults = [
            fault for name, texts in query_messages.items() for fault in _list_faults(schema, name, texts, req.args)
        ]
        raise ApiProblem("invalid-parameter", _summarise_faults(faults), faults)

    def load_json(self, req: Any, schema: Schema) -> Any:
        return body_json(("application/json",))


@functools.lru_cache(maxsize=1024)
def _keep_question(kind: type[Schema], sent: bytes) -> list[dict[str, Any]]:
    """Return the list in which the question of a query string is kept; it is empty at first."""
    return []


@functools.cache
def _make_schema(kind: type[Schema]) -> Schema:
    return kind()


def drop_trackers(req: Any, names: Iterable[str]) -> None:
    """Drop the parameters that newsletters and social networks add to links: `utm_source`, `fbclid`."""
    trackers = list_trackers(req.args, names)
    if trackers:
        sent = req.args.items(multi=True)
        req.args = ImmutableMultiDict((name, value) for name, value in sent if name not in trackers)


def drop_empty(req: Any, names: Iterable[str]) -> None:
    """Drop the known parameters without a value, which a form without a script sends for every field left empty."""
    sent, known = list(req.args.items(multi=True)), frozenset(names)
    valued = [(name, value) for name, value in sent if value or name not in known]
    if len(valued) < len(sent):
        req.args = ImmutableMultiDict(valued)


def _join_repeated_lists(req: Any, schema: Schema) -> None:
    """Write a list that is sent as repeated parameters with commas: `harm=killed&harm=injured` → `harm=killed,injured`.

    Many generated clients repeat the parameter of a list. Everything behind the parser sees one spelling.
    """
    lists = {field.data_key or name for name, field in schema.fields.items() if isinstance(field, Csv)}
    if any(len(req.args.getlist(name)) > 1 for name in lists):
        joined = [(name, ",".join(v) if name in lists else v) for name, v in req.args.lists()]
        req.args = ImmutableMultiDict(
            (name, value) for name, sent in joined for value in ([sent] if isinstance(sent, str) else sent)
        )


def _wrong_fields(schema: Schema, name: str, texts: Any) -> Iterable[dict[str, Any]]:
    by_name = {field.data_key or key: field for key, field in schema.fields.items()}
    field_messages = texts if isinstance(texts, list) else [str(texts)]
    if name == "_schema":
        return [make_fault("body", "", text) for text in field_messages]
    if name not in by_name:
        return [make_fault("body", json_pointer(name), "Is not a field of this record.", by_name, name)]
    return [make_fault("body", json_pointer(name), text, _list_choices(by_name[name])) for text in field_messages]


def refuse_unknown(sent_names: Iterable[str], allowed_names: Iterable[str]) -> None:
    """Raise the problem unknown-parameter. If a mistyped filter were ignored, the answer would have every record."""
    names = list(allowed_names)
    faults = [
        make_fault("query", name, f"Is not a parameter of this address.{name_replacement(name, names)}", names, name)
        for name in sent_names
        if name not in names
    ]
    if faults:
        raise ApiProblem("unknown-parameter", _list_unknown([fault["name"] for fault in faults]), faults)


def _list_unknown(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_SHOWN]) + " …" * (len(names) > MOST_SHOWN)
    return f"There is no parameter {shown}." if len(names) == 1 else f"There are no parameters {shown}."


def load_embedded(schema: Schema, name: str, text: str) -> dict[str, Any]:
    """Load `text`: a query string that is the value of the parameter `name`. Raises the problem invalid-parameter."""
    sent = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        names = [field.data_key or key for key, field in schema.fields.items()]
        messages = "; ".join(
            f"{key}: Is not a parameter here.{name_replacement(key, names)}"
            if key in sent and key not in names
            else f"{key}: {' '.join(map(str, texts))}"
            for key, texts in error.messages_dict.items()
        )
        raise ApiProblem("invalid-parameter", f"{name}: {messages}", [make_fault("query", name, messages)]) from None
    return loaded


def _list_faults(schema: Schema, name: str, texts: Any, args: Any) -> Iterable[dict[str, Any]]:
    by_name = {field.data_key or key: field for key, field in schema.fields.items()}
    allowed = _list_choices(by_name[name]) if name in by_name else []
    value = args.get(name, "")
    for text in texts if isinstance(texts, list) else [str(texts)]:
        wrong = next((word for word in value.split(",") if word not in allowed), value) if allowed else None
        message = _complete_message(by_name.get(name), name, args.get(name), text)
        fault = make_fault("query", name, message, allowed, wrong)
        if name in by_name and (meant := _suggest_words(by_name[name], name, value)):
            fault["did_you_mean"] = meant
        yield fault


def _suggest_words(field: fields.Field[Any], name: str, value: str) -> list[str]:
    """Return what a value may mean, where spelling alone is a poor guide: countries by their names, and ids."""
    inner = field.inner if isinstance(field, Csv) else field
    for validator in inner.validators:
        if isinstance(validator, CountryCode):
            wrong = next((word for word in value.split(",") if word not in validator.choices), "")
            return find_nearest(wrong)
    return _suggest_ids(field, name, value)


def _suggest_ids(field: fields.Field[Any], name: str, value: str) -> list[str]:
    """Return the ids of the records that a value may mean which is no id, for example a name."""
    suggest: SuggestIds = current_app.extensions.get(ID_SUGGESTIONS, lambda name, text: [])
    inner = field.inner if isinstance(field, Csv) else field
    words = [word.strip() for word in (value.split(",") if isinstance(field, Csv) else [value])]
    if not isinstance(inner, Slug):
        return []
    if replacements := [inner.replacements[word] for word in words if word in inner.replacements]:
        return replacements
    return next((suggest(name, word) for word in words if word and not re.fullmatch(SLUG, word)), [])


def _complete_message(field: fields.Field[Any] | None, name: str, value: str | None, text: str) -> str:
    """Return the message after the value, if that is short. For a missing parameter, return an example if any."""
    if value is not None:
        return text if len(value) > 100 or f" {value} was sent" in text else f"{value!r}: {text}"
    examples = field.metadata.get("examples") if field else None
    if field and examples and text == field.error_messages["required"]:
        example = urllib.parse.quote_plus(str(examples[0]).rstrip("."), safe=",:")
        return f"Required, for example ?{name}={example}"
    return text


def _list_choices(field: fields.Field[Any]) -> list[str]:
    inner = field.inner if isinstance(field, Csv) else field
    for validator in inner.validators:
        if isinstance(validator, validate.OneOf):
            return [str(choice) for choice in validator.choices]
    return []


def _summarise_faults(faults: list[dict[str, Any]]) -> str:
    return " ".join(f"{fault['name']}: {fault['message']}" for fault in faults[:3])


def _explain_unreadable(raw: bytes) -> str | None:
    """Return the message for a query string that no address reads; None for any other."""
    if BROKEN_PERCENT.search(raw):
        return "A % is not followed by two hexadecimal digits."
    try:
        text = urllib.parse.unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return "It is not UTF-8."
    if CONTROL.search(text):
        return "It contains a control character."
    return f"It has more than {MOST_PARAMETERS} parameters." if raw.count(b"&") > MOST_PARAMETERS else None


@functools.lru_cache(maxsize=512)
def canonical_query(raw: str) -> str | None:
    """Return the one spelling of a query string of WSGI, or None if it cannot be read.

    Escapes are spelt alike: `harm=killed%2Cinjured` and `harm=killed,injured` are one question, with one `links.self`.
    The order stays, because `links.self` repeats it.
    """
    sent = raw.encode("latin-1")
    if _explain_unreadable(sent):
        return None
    return urllib.parse.urlencode(urllib.parse.parse_qsl(sent.decode(), keep_blank_values=True))


def _refuse_unreadable() -> None:
    if message := _explain_unreadable(request.query_string):
        raise ApiProblem("bad-query", f"The query string cannot be read. {message}")


def _refuse_without_host() -> None:
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1" and not request.headers.get("Host"):
        raise ApiProblem("bad-request", "Send a Host header with the name of this host.")


def _refuse_keys() -> None:
    """Refuse an address with an API key: addresses are in histories, in the logs of proxies and in answers."""
    if has_key(urllib.parse.unquote(request.full_path)):
        message = "The address has an API key. Send it in the header Authorization: Bearer, and make a new key."
        raise ApiProblem("bad-query", message)


def init_app(app: Flask) -> None:
    app.before_request(_refuse_without_host)
    app.before_request(_refuse_keys)
    app.before_request(_refuse_unreadable)
