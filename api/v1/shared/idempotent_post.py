"""Idempotent POST: a request that is sent again with its Idempotency-Key gets the first answer again."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request

from api.auth import idempotency
from api.auth.idempotency import FirstAnswer, InFlightError
from api.http import formats
from api.http.problems import ApiProblem, make_fault
from api.http.request_bodies import read_body, read_json
from api.monitoring.log_lines import has_key
from api.v1.shared.authorization import current_key
from schemas.writing import ReasonQuery, WriteQuery

KeepAnswer = Callable[[int, Any], None]  # status, body: call it inside the transaction of the change
_reason = ReasonQuery().fields["reason"].metadata
# `parameters` in `doc` replace those of the schemas, so they include `reason` again.
REASON = {
    "in": "query",
    "name": "reason",
    "required": True,
    "description": _reason["description"],
    "example": _reason["examples"][0],
    "schema": {"type": "string", "minLength": 1, "maxLength": _reason["maxLength"], "pattern": _reason["pattern"]},
}
DRY_RUN = {
    "in": "query",
    "name": "dry_run",
    "description": WriteQuery().fields["dry_run"].metadata["description"],
    "example": "1",
    "schema": {"type": "string", "enum": WriteQuery().fields["dry_run"].metadata["enum"]},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "A name that you choose for this request. If you send it again, you get the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def answer_once(identity: str, write: Callable[[Any, str, KeepAnswer], None], *, is_dry_run: bool = False) -> Response:
    """Answer a POST once. `write` gets the body, the id of the key, and the function that keeps the answer.

    `identity` has the parts of the request that are not in the body: address and reason. The answer to a dry run is
    not kept, so that its Idempotency-Key can still be used.
    """
    key = current_key()
    idempotency_key = _idempotency_key()
    data = read_body(("application/json",))
    digest = hashlib.sha256(f"{identity}\n".encode() + data).hexdigest()
    answers: list[FirstAnswer] = []

    def keep_answer(status: int, body: Any) -> None:
        answers.append(FirstAnswer(digest, status, formats.json_bytes(body).decode()))
        if not is_dry_run:
            idempotency.keep_answer(key.slug, idempotency_key, answers[0])

    if is_dry_run:
        write(read_json(data), key.slug, keep_answer)
        return _write_answer(answers[0])
    try:
        with idempotency.lock_key(key.slug, idempotency_key):
            first_answer = idempotency.find_answer(key.slug, idempotency_key)
            if first_answer is not None:
                return _replay_answer(first_answer, digest)
            write(read_json(data), key.slug, keep_answer)
    except InFlightError:
        raise ApiProblem(
            "idempotency-key-in-flight",
            "A request with this Idempotency-Key is being answered. Send it again in a moment.",
            headers=RETRY,
        ) from None
    return _write_answer(answers[0])


RETRY = {"Retry-After": "1"}


def _idempotency_key() -> str:
    value = request.headers.get("Idempotency-Key", "")
    if not (1 <= len(value) <= 255 and value.isascii() and value.isprintable()):
        message = "Send an Idempotency-Key of 1 to 255 printable ASCII characters, new for each new request."
        raise ApiProblem("idempotency-key-required", message, [make_fault("header", "Idempotency-Key", message)])
    if has_key(value):  # it would be stored as it is, and be in backups
        message = "The Idempotency-Key is an API key. Send another text, new for each new request."
        raise ApiProblem("idempotency-key-required", message, [make_fault("header", "Idempotency-Key", message)])
    return value


def _replay_answer(first: FirstAnswer, digest: str) -> Response:
    if first.request_sha256 != digest:
        spent = first.request_sha256 == idempotency.SPENT
        before = (
            ", and a text that it wrote has been redacted since"
            if spent
            else " with a different address, reason or body"
        )
        message = f"This Idempotency-Key has already been used{before}."
        raise ApiProblem("idempotency-key-reused", message, [make_fault("header", "Idempotency-Key", message)])
    answer = _write_answer(first)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _write_answer(first: FirstAnswer) -> Response:
    return forbid_caching(Response(first.body, status=first.status, content_type=formats.MEDIA_TYPES["json"]))


def forbid_caching(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
