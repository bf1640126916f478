"""Who asks to write: the key in `Authorization`, and whether it may."""

from flask import request

from api.problems import ApiProblem, fault
from api.records import keys
from api.records.keys import Key


def required(scope: str) -> Key:
    """The key of this request. Raises the problems unauthorized (one and the same for every cause) and forbidden."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    key = keys.authenticate(text.strip()) if kind.lower() == "bearer" else None
    if key is None:
        message = "Send `Authorization: Bearer <key>` with a key that is valid."
        challenge = {"WWW-Authenticate": 'Bearer realm="counterclaim"'}
        raise ApiProblem("unauthorized", message, [fault("header", "Authorization", message)], challenge)
    if not key.may(scope):
        message = f"The key {key.slug} has not the scope {scope}."
        raise ApiProblem("forbidden", message, [fault("header", "Authorization", message)])
    return key
