"""Errors: every one is sent as application/problem+json, from `respond_with`."""

import difflib
import json
import logging
import random
import urllib.parse
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.monitoring.log_lines import has_key, hide_keys
from schemas.problems import PROBLEMS, Problem
from schemas.synonyms import MEANINGS

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "X-Request-Id"
MOST_FAULTS = 20
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # in the order in which a sentence lists them
MOST_NEAREST = 3
# HTTP status of an error of the framework → the problem that is sent.
SLUG_OF_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    431: "headers-too-large",
    501: "not-implemented",
}


class ApiProblem(Exception):
    """An error of one of the types of `schemas.problems`."""

    def __init__(
        self, slug: str, detail: str, errors: Iterable[dict[str, Any]] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.slug, self.detail, self.errors, self.headers = slug, detail, list(errors), headers or {}


def make_fault(
    where: str, name: str, message: str, allowed: Iterable[str] = (), sent_word: str | None = None
) -> dict[str, Any]:
    """Return one entry of `errors`. `did_you_mean` lists the words of `allowed` nearest to `sent_word`."""
    words = list(allowed)
    entry = {"in": where, "name": name, "message": message}
    if words:
        entry["allowed"] = words  # type: ignore[assignment]
    if sent_word and (meant := _nearest_words(sent_word, words)):
        entry["did_you_mean"] = meant  # type: ignore[assignment]
    return entry


def _nearest_words(sent_word: str, words: list[str]) -> list[str]:
    """Return up to three of `words`: those that mean the same, else those that are spelt most alike."""
    same_meaning = [word for word in MEANINGS.get(sent_word.lower(), ()) if word in words]
    return same_meaning[:MOST_NEAREST] or difflib.get_close_matches(sent_word, words, n=MOST_NEAREST, cutoff=0.51)


def build_problem(
    slug: str, detail: str, errors: list[dict[str, Any]], public_url: str, instance: str, request_id: str
) -> dict[str, Any]:
    problem = PROBLEMS[slug]
    return {
        "type": f"{public_url}/v1/problems/{slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": instance,
        "errors": errors[:MOST_FAULTS],
        "request_id": request_id,
    }


def respond_with(problem: ApiProblem) -> Response:
    """Return the response of a problem. All error responses come from here."""
    instance = request.full_path.rstrip("?") if request.query_string else request.path
    if has_key(decoded := urllib.parse.unquote(instance)):
        instance = hide_keys(decoded)
    payload = build_problem(
        problem.slug, problem.detail, problem.errors, current_app.config["PUBLIC_URL"], instance, g.request_id
    )
    answer = Response(
        _hide_keys(orjson.dumps(payload, option=orjson.OPT_APPEND_NEWLINE)),
        status=PROBLEMS[problem.slug].status,
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _hide_keys(payload: bytes) -> bytes:
    """Return a problem without the API keys that the client sent in a wrong place: others may read it in a log."""
    return hide_keys(payload.decode()).encode() if b"cst" in payload else payload


def _answer_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    slug = SLUG_OF_STATUS.get(status, "internal-error" if status >= 500 else "bad-request")
    detail = error.description or PROBLEMS[slug].title
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
        methods = [name for name in METHODS if name in error.valid_methods]
        detail = f"{request.method} is not available here. Use {_join_words(methods)}."
    if status == 404:
        detail = _suggest_address()
    if status == 413:
        detail = f"The body has more than {request.max_content_length:,} bytes. Send it in several parts."
    return respond_with(ApiProblem(slug, detail, headers=headers))


def _join_words(words: list[str]) -> str:
    """Return a list as in a sentence: `GET, PATCH or DELETE`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _suggest_address() -> str:
    if request.path != "/" and request.path.endswith("/"):
        return f"Addresses have no final slash: {current_app.config['PUBLIC_URL']}{request.path.rstrip('/')}"
    return f"There is no page at {request.path}. {current_app.config['PUBLIC_URL']}/v1 lists every address."


def answer_unforeseen(error: Exception) -> Response:
    logger.exception("request %s failed", g.request_id)
    return respond_with(ApiProblem("internal-error", "The server failed. Report this request_id to us."))


def make_request_id() -> str:
    """Return 16 digits that no request had before. They are no secret, and the kernel's random bytes cost more."""
    return f"{random.getrandbits(64):016x}"


def _set_request_id() -> None:
    g.request_id = make_request_id()


def _add_request_id(answer: Response) -> Response:
    answer.headers[REQUEST_ID] = g.get("request_id", "-")
    return answer


def init_app(app: Flask) -> None:
    app.before_request(_set_request_id)
    app.after_request(_add_request_id)
    app.register_error_handler(ApiProblem, respond_with)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, answer_unforeseen)


SLUG_OF_SERVER_STATUS = {
    400: "bad-request",
    403: "bad-request",
    414: "uri-too-long",
    417: "bad-request",
    431: "headers-too-large",
    501: "not-implemented",
}


def find_raw_problem(status: int) -> Problem:
    """Return the problem for a status by which the server rejects a request before the app sees it."""
    return PROBLEMS[_find_raw_slug(status)]


def _find_raw_slug(status: int) -> str:
    return SLUG_OF_SERVER_STATUS.get(status, "internal-error")


def write_raw_response(status: int, detail: str, public_url: str, request_id: str) -> bytes:
    """Return the whole HTTP response to a request that the server rejects before the app, instead of its HTML."""
    problem = find_raw_problem(status)
    document = build_problem(_find_raw_slug(status), detail, [], public_url, "-", request_id)
    payload = (json.dumps(document) + "\n").encode()
    head = (
        f"HTTP/1.1 {problem.status} {problem.title}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Access-Control-Allow-Origin: *\r\n{REQUEST_ID}: {request_id}\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload
