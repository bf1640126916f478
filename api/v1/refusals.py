"""How a question that the database cannot answer becomes a problem."""

import peewee
from flask import Flask, Response

from api.db import TooSlow
from api.problems import ApiProblem, fault, respond
from api.queries.references import NoSuchRecord
from api.queries.search import EmptyQuestion


def _no_such_record(error: NoSuchRecord) -> Response:
    found = fault("query", error.parameter, f"{error.value!r} is not in this database.")
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


def _unavailable(_: peewee.PeeweeException) -> Response:
    return respond(
        ApiProblem("unavailable", "The database cannot be reached or is busy.", headers={"Retry-After": "5"})
    )


def init_app(app: Flask) -> None:
    app.register_error_handler(NoSuchRecord, _no_such_record)
    app.register_error_handler(EmptyQuestion, _empty_question)
    app.register_error_handler(TooSlow, _too_slow)
    app.register_error_handler(peewee.OperationalError, _unavailable)
    app.register_error_handler(peewee.InterfaceError, _unavailable)
