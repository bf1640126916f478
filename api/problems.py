"""Every error leaves as application/problem+json, from one function."""

import difflib
import json
import logging
import secrets
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from schemas.problems import PROBLEMS

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 20
# The problem as which an error of the framework leaves.
OF_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
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


def fault(where: str, name: str, message: str, allowed: Iterable[str] = (), given: str | None = None) -> dict[str, Any]:
    """One entry of `errors`; the words of `allowed` spelt most like `given` are proposed."""
    words = list(allowed)
    found = {"in": where, "name": name, "message": message}
    if words:
        found["allowed"] = words  # type: ignore[assignment]
    if given and (meant := difflib.get_close_matches(given, words, n=3, cutoff=0.5)):
        found["did_you_mean"] = meant  # type: ignore[assignment]
    return found


def body(
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


def respond(problem: ApiProblem) -> Response:
    """The one maker of error answers."""
    instance = request.full_path.rstrip("?") if request.query_string else request.path
    made = body(problem.slug, problem.detail, problem.errors, current_app.config["PUBLIC_URL"], instance, g.request_id)
    answer = Response(
        orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE),
        status=PROBLEMS[problem.slug].status,
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    slug = OF_STATUS.get(status, "internal-error" if status >= 500 else "bad-request")
    detail = error.description or PROBLEMS[slug].title
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if status == 404:
        detail = _where_instead()
    return respond(ApiProblem(slug, detail, headers=headers))


def _where_instead() -> str:
    if request.path != "/" and request.path.endswith("/"):
        return f"Addresses have no final slash: {current_app.config['PUBLIC_URL']}{request.path.rstrip('/')}"
    return f"Nothing is at {request.path}. {current_app.config['PUBLIC_URL']}/v1 lists every address."


def unforeseen(error: Exception) -> Response:
    logger.exception("request %s failed", g.request_id)
    return respond(ApiProblem("internal-error", "Something failed on our side; it was logged with this request_id."))


def _number_request() -> None:
    g.request_id = secrets.token_hex(8)


def _tell_number(answer: Response) -> Response:
    answer.headers["X-Request-Id"] = g.get("request_id", "-")
    return answer


def init_app(app: Flask) -> None:
    app.before_request(_number_request)
    app.after_request(_tell_number)
    app.register_error_handler(ApiProblem, respond)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, unforeseen)


STATUS_OF_SERVER = {
    400: "bad-request",
    403: "bad-request",
    414: "uri-too-long",
    417: "bad-request",
    431: "headers-too-large",
    501: "not-implemented",
}


def raw(status: int, detail: str, public_url: str) -> bytes:
    """The whole HTTP answer to a request so broken that the app never sees it, in place of the server's HTML."""
    slug = STATUS_OF_SERVER.get(status, "internal-error")
    problem = PROBLEMS[slug]
    made = json.dumps(body(slug, detail, [], public_url, "-", secrets.token_hex(8))) + "\n"
    head = (
        f"HTTP/1.1 {problem.status} {problem.title}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Access-Control-Allow-Origin: *\r\nContent-Length: {len(made.encode())}\r\n\r\n"
    )
    return (head + made).encode()
