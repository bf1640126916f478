"""A POST that changes something is done once: sent again with its Idempotency-Key, it gets its first answer again."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request

from api import render
from api.bodies import read_json, sent
from api.problems import ApiProblem, fault
from api.records import replays
from api.records.replays import First, InFlight
from api.v1.authority import required
from schemas.writing import ReasonQuery

Keep = Callable[[int, Any], None]  # status and body of the answer: called inside the transaction that it tells of
_reason = ReasonQuery().fields["reason"].metadata
# Parameters told by hand take the place of those that a schema tells.
REASON = {
    "in": "query",
    "name": "reason",
    "required": True,
    "description": _reason["description"],
    "example": _reason["examples"][0],
    "schema": {"type": "string", "minLength": 1, "maxLength": _reason["maxLength"], "pattern": _reason["pattern"]},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Your own name for this request: sent again, it gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def once(scope: str, about: str, write: Callable[[Any, str, Keep], None]) -> Response:
    """Answer a POST: `write` gets its body, the id of its key, and what keeps the answer.

    `about` tells apart what the body does not: address and reason.
    """
    key = required(scope)
    idempotency_key = _idempotency_key()
    data = sent(("application/json",))
    digest = hashlib.sha256(f"{about}\n".encode() + data).hexdigest()
    told: list[First] = []

    def keep(status: int, body: Any) -> None:
        told.append(First(digest, status, render.json_bytes(body).decode()))
        replays.keep(key.slug, idempotency_key, told[0])

    try:
        with replays.alone(key.slug, idempotency_key):
            kept = replays.first(key.slug, idempotency_key)
            if kept is not None:
                return _replayed(kept, digest)
            write(read_json(data), key.slug, keep)
    except InFlight:
        raise ApiProblem("idempotency-key-in-flight", "The same request is being answered.", headers=RETRY) from None
    return _answer(told[0])


RETRY = {"Retry-After": "1"}


def _idempotency_key() -> str:
    value = request.headers.get("Idempotency-Key", "")
    if not (1 <= len(value) <= 255 and value.isascii() and value.isprintable()):
        message = "Send an Idempotency-Key of 1 to 255 printable ASCII characters, new for each new request."
        raise ApiProblem("idempotency-key-required", message, [fault("header", "Idempotency-Key", message)])
    return value


def _replayed(kept: First, digest: str) -> Response:
    if kept.request_sha256 != digest:
        spent = kept.request_sha256 == replays.SPENT
        before = "and a text of what it wrote was redacted since" if spent else "with another address, reason or body"
        message = f"This Idempotency-Key came before, {before}."
        raise ApiProblem("idempotency-key-reused", message, [fault("header", "Idempotency-Key", message)])
    answer = _answer(kept)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _answer(first: First) -> Response:
    return uncached(Response(first.body, status=first.status, content_type=render.MEDIA_TYPES["json"]))


def uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
