"""A replica may be behind the primary, so it answers only what it knows.

It never says that something is missing: the primary is asked. It never shows a client less than the client has seen
(docs/developers/adr/0029-reads-go-to-a-replica.md).
"""

from typing import Any, NoReturn

import peewee
from flask import Flask, request

from api.database.connection import database
from api.database.read_replica import leave_replica, reads_from_replica, turn_to_primary
from api.history.revisions import current_revision
from api.http.formats import REVISION
from api.http.problems import ApiProblem, make_fault
from api.listings.references import UnknownValueError

#: Problems that the primary may not have, because it may have newer records or a longer log.
OF_MISSING = ("not-found", "unknown-record", "invalid-parameter")
MOST_DIGITS = 12


def init_app(app: Flask) -> None:
    """Ask the primary again where the replica has no answer."""
    dispatch = app.dispatch_request

    def answer_request() -> Any:
        try:
            if (seen := _read_seen_revision()) and current_revision() < seen:
                _refuse_missing_revision(seen)
            return dispatch()
        except (ApiProblem, UnknownValueError, peewee.OperationalError) as error:
            if not reads_from_replica(database.obj):
                raise
            _ask_primary(error)
        return answer_request()

    app.dispatch_request = answer_request  # type: ignore[method-assign]


def _ask_primary(error: ApiProblem | UnknownValueError | peewee.OperationalError) -> None:
    """Let the primary answer, if it may have another answer than this error of the replica. Otherwise raise it."""
    if isinstance(error, peewee.OperationalError):
        leave_replica(database.obj, error)
        return
    if isinstance(error, ApiProblem) and error.slug not in OF_MISSING:
        raise error
    try:
        turn_to_primary(database.obj)
    except peewee.OperationalError:
        if isinstance(error, ApiProblem) and error.slug == "invalid-parameter":
            raise error from None
        detail = "This is not in the read replica, and the primary database cannot be asked. Try again."
        raise ApiProblem("unavailable", detail, headers={"Retry-After": "5"}) from None


def _read_seen_revision() -> int:
    """Return the newest revision that the client says it has seen; 0 if it says nothing."""
    text = request.headers.get(REVISION)
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        message = f"Must be a revision, such as 42. {text[:40]!r} was sent."
        raise ApiProblem("invalid-parameter", message, [make_fault("header", REVISION, message)])
    return int(text)


def _refuse_missing_revision(seen: int) -> NoReturn:
    message = f"There is no revision {seen}; the newest is {current_revision()}."
    raise ApiProblem("unknown-record", message, [make_fault("header", REVISION, message)])
