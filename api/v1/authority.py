"""Who asks to write: the key in `Authorization`, and whether it may."""

from flask import request

from api import rates
from api.problems import ApiProblem, fault
from api.records import keys
from api.records.keys import Key


def required(scope: str) -> Key:
    """The key of this request. Raises the problems unauthorized (the same for every cause), forbidden, or 429."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    key = keys.authenticate(text.strip()) if kind.lower() == "bearer" else None
    if key is None:
        rates.count_read()
        message = "Send `Authorization: Bearer <key>` with a key that is valid."
        challenge = {"WWW-Authenticate": 'Bearer realm="counterclaim"'}
        raise ApiProblem("unauthorized", message, [fault("header", "Authorization", message)], challenge)
    rates.count_write(key.slug)
    refuse_without(key, scope)
    return key


def refuse_without(key: Key, scope: str, wanted: str = "") -> None:
    """Raises the problem forbidden for a key without the scope; `wanted` is what it is needed for."""
    if not key.may(scope):
        message = f"The key {key.slug} has not the scope {scope}{wanted and f', which {wanted} needs'}."
        raise ApiProblem("forbidden", message, [fault("header", "Authorization", message)])
