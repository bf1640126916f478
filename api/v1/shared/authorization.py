"""Authorization: the key of a request and its scopes."""

import functools
from collections.abc import Callable
from typing import Any

from flask import g, request

from api.auth import api_keys
from api.auth.api_keys import Key
from api.database import write_waits
from api.http import rate_limits
from api.http.client_presence import SOCKET, require_client
from api.http.problems import ApiProblem, make_fault
from api.http.write_places import PLACES_OF_WORKER


def require_key(scope: str) -> Key:
    """Return the key of this request. Raises the problems unauthorized (one text for all causes), forbidden, or 429."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    key = api_keys.authenticate(text.strip()) if kind.lower() == "bearer" else None
    if key is None:
        rate_limits.count_read()
        message = (
            "The key is missing, unknown, expired or revoked. Send `Authorization: Bearer <key>` with a valid key."
        )
        challenge = {"WWW-Authenticate": 'Bearer realm="counterclaim"'}
        raise ApiProblem("unauthorized", message, [make_fault("header", "Authorization", message)], challenge)
    rate_limits.count_write(key.slug)
    refuse_without(key, scope)
    return key


def judge_key_first(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for a view of a write: the key is judged before query and body are read.

    The request occupies a place for writes, and its writes wait no longer than the setting says. Nothing is written
    for a client that has left.

    It goes directly under `blueprint.route`, above `arguments`. `current_key` returns the key.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def answer_by_key(*arguments: Any, **options: Any) -> Any:
            connection = request.environ.get(SOCKET)
            with PLACES_OF_WORKER.occupy(), write_waits.limit_waits():
                g.key = require_key(scope)  # it writes the day on which a key was used last
                write_waits.check_commits(lambda: require_client(connection))
                return view(*arguments, **options)

        return answer_by_key

    return decorate


def current_key() -> Key:
    """Return the key of this request, which `judge_key_first` has judged."""
    key: Key = g.key
    return key


def refuse_without(key: Key, scope: str, purpose: str = "") -> None:
    """Raise the problem forbidden for a key without the scope. `purpose`: "A patch of `status`"."""
    if not key.may(scope):
        reason = f"{purpose} needs it. " if purpose else ""
        message = f"The key {key.slug} lacks the scope {scope}. {reason}Send a key that has it."
        raise ApiProblem("forbidden", message, [make_fault("header", "Authorization", message)])
