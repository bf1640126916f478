"""Error handlers: errors of listings, statistics and the database → problems."""

import logging
from contextlib import suppress

import peewee
from flask import Flask, Response, g, request

from api.change_log.mirrored_origin import MirrorError, refuse_mirror
from api.database import upgrade
from api.database.deadline import TooSlowError
from api.database.failures import (
    DAMAGED,
    DISK_FULL,
    MISSING_FILE,
    MissingFileError,
    explain_write_failure,
    is_damaged,
    lacks_table,
    list_driver_errors,
)
from api.database.snapshot import end_snapshot
from api.http.problems import ApiProblem, answer_unforeseen, make_fault, respond_with
from api.http.query_strings import ID_SUGGESTIONS
from api.http.request_bodies import json_pointer
from api.listings.full_text import EmptySearchError
from api.listings.nearest_ids import NAMED_PARAMETERS, nearest_ids
from api.listings.references import UnknownValueError
from api.reconciling.record import UnanswerableError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
READING_POSTS = ("checks.check_body", "name_matching.batch")
logger = logging.getLogger(__name__)


def _answer_unknown_record(error: UnknownValueError) -> Response:
    where, name = ("body", json_pointer(error.parameter)) if request.method == "POST" else ("query", error.parameter)
    message = f"{error.value!r} is not in this database."
    entry = make_fault(where, name, message)
    if error.nearest:
        entry["did_you_mean"] = error.nearest
    return respond_with(ApiProblem("unknown-record", f"{error.parameter}: {message}", [entry]))


def _answer_empty_question(_: EmptySearchError) -> Response:
    message = "Contains no word to search for."
    return respond_with(ApiProblem("invalid-parameter", f"q: {message}", [make_fault("query", "q", message)]))


def _answer_too_slow(_: TooSlowError) -> Response:
    detail = (
        "The query took too long. Narrow it, for example with conflict=, subject_side=, or from= and to=. "
        "Or download everything as CSV."
    )
    return respond_with(ApiProblem("too-broad", detail))


def _answer_refused(error: UnanswerableError) -> Response:
    return respond_with(ApiProblem("no-right-answer", str(error)))


def _answer_unavailable(error: Exception) -> Response:
    if lacks_table(error):
        return _answer_other_tables(error)
    reason = explain_write_failure(error)
    if reason == DISK_FULL:
        logger.error("request %s: %s", g.request_id, error)
        return respond_with(ApiProblem("storage-full", DISK_FULL, headers={"Retry-After": "60"}))
    if is_damaged(error):
        reason = DAMAGED
    elif isinstance(error, MissingFileError):
        reason = MISSING_FILE
    return _say_unavailable(error, reason or "The database cannot be reached or is busy.")


def _say_unavailable(error: Exception, detail: str) -> Response:
    logger.error("request %s: %s", g.request_id, error)
    return respond_with(ApiProblem("unavailable", detail, headers={"Retry-After": "5"}))


def _answer_other_tables(error: Exception) -> Response:
    """Answer where a table or a column is missing. If the tables are those of this version, it is a fault of ours."""
    reason = _explain_other_tables()
    return _say_unavailable(error, reason) if reason else answer_unforeseen(error)


def _explain_other_tables() -> str:
    with suppress(peewee.PeeweeException):
        end_snapshot()  # its transaction failed, and answers nothing more
        return upgrade.explain_other_tables()
    return ""


def _answer_refusal(error: peewee.DatabaseError) -> Response:
    """Answer a refusal of PostgreSQL: read-only, without rights, or older. Faults of ours raise the same errors."""
    is_refusal = lacks_table(error) or explain_write_failure(error)
    return _answer_unavailable(error) if is_refusal else answer_unforeseen(error)


def _answer_damaged(error: Exception) -> Response:
    """Answer another error of the database. If its file is not damaged, it is a fault of ours."""
    return _answer_unavailable(error) if is_damaged(error) else answer_unforeseen(error)


def _answer_mirror(error: MirrorError) -> Response:
    return respond_with(ApiProblem("read-only-mirror", str(error)))


def _refuse_write() -> None:
    """Raise `MirrorError` for a write to a mirror, before its key is looked up: a mirror has no keys."""
    if request.method not in SAFE_METHODS and request.endpoint not in READING_POSTS:
        refuse_mirror()


def _suggest_ids(parameter: str, text: str) -> list[str]:
    model = NAMED_PARAMETERS.get(parameter)
    return nearest_ids(model, text) if model else []


def init_app(app: Flask) -> None:
    app.before_request(_refuse_write)
    app.register_error_handler(MirrorError, _answer_mirror)
    app.extensions[ID_SUGGESTIONS] = _suggest_ids
    app.register_error_handler(UnknownValueError, _answer_unknown_record)
    app.register_error_handler(EmptySearchError, _answer_empty_question)
    app.register_error_handler(TooSlowError, _answer_too_slow)
    app.register_error_handler(UnanswerableError, _answer_refused)
    app.register_error_handler(peewee.OperationalError, _answer_unavailable)
    app.register_error_handler(peewee.InterfaceError, _answer_unavailable)
    for refusal in (peewee.InternalError, peewee.ProgrammingError):
        app.register_error_handler(refusal, _answer_refusal)
    kinds: list[type[Exception]] = [peewee.DatabaseError, *list_driver_errors()]
    for kind in kinds:
        app.register_error_handler(kind, _answer_damaged)
