"""How a question that the database cannot answer becomes a problem."""

import logging

import peewee
from flask import Flask, Response, g, request

from api.bodies import pointer
from api.db import FULL, TooSlow, hindrance
from api.problems import ApiProblem, fault, respond, unforeseen
from api.queries.evidence import Refused
from api.queries.record import GREATEST, TooMany
from api.queries.references import NoSuchRecord
from api.queries.search import EmptyQuestion

logger = logging.getLogger(__name__)


def _no_such_record(error: NoSuchRecord) -> Response:
    where, name = ("body", pointer(error.parameter)) if request.method == "POST" else ("query", error.parameter)
    found = fault(where, name, f"{error.value!r} is not in this database.")
    if error.nearest:
        found["did_you_mean"] = error.nearest
    return respond(ApiProblem("unknown-record", f"{error.parameter}: there is no {error.value!r}.", [found]))


def _empty_question(_: EmptyQuestion) -> Response:
    message = "Holds no word to look for."
    return respond(ApiProblem("invalid-parameter", f"q: {message}", [fault("query", "q", message)]))


def _too_slow(_: TooSlow) -> Response:
    detail = (
        "The question took too long. Narrow it, for example by conflict, side or from and to; or take it whole as CSV."
    )
    return respond(ApiProblem("too-broad", detail))


def _too_many(_: TooMany) -> Response:
    detail = f"More than {GREATEST} claims. Narrow the question, for example by conflict, event or from and to."
    return respond(ApiProblem("too-broad", detail))


def _refused(error: Refused) -> Response:
    return respond(ApiProblem("no-right-answer", f"{error}."))


def _unavailable(error: peewee.PeeweeException) -> Response:
    logger.error("request %s: %s", g.request_id, error)
    if hindrance(error) == FULL:
        return respond(ApiProblem("storage-full", FULL, headers={"Retry-After": "60"}))
    detail = hindrance(error) or "The database cannot be reached or is busy."
    return respond(ApiProblem("unavailable", detail, headers={"Retry-After": "5"}))


def _internal(error: peewee.InternalError) -> Response:
    """As which PostgreSQL tells that it can only be read, among faults of ours."""
    return _unavailable(error) if hindrance(error) else unforeseen(error)


def init_app(app: Flask) -> None:
    app.register_error_handler(NoSuchRecord, _no_such_record)
    app.register_error_handler(EmptyQuestion, _empty_question)
    app.register_error_handler(TooSlow, _too_slow)
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(peewee.OperationalError, _unavailable)
    app.register_error_handler(peewee.InterfaceError, _unavailable)
    app.register_error_handler(peewee.InternalError, _internal)
