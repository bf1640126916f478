"""What a request is counted and logged by. It is in the WSGI environment, where the response cache adds to it."""

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException

FACTS = "counterclaim.facts"  # where the environment has them
HIT, MISS, NONE = "hit", "miss", "none"  # by the response cache
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
OTHER = "other"
Environ = dict[str, Any]
FindRoute = Callable[[str, str], str | None]  # of a method and a path


class RequestFacts:
    """The route of a request, and what the response cache did with it."""

    __slots__ = ("cache", "find_route")

    def __init__(self, find_route: FindRoute) -> None:
        self.cache, self.find_route = NONE, find_route

    def name_route(self, environ: Environ) -> str:
        """Return the rule of the address, such as `/v1/claims/{record_id}`; `none` without one."""
        return self.find_route(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")) or NONE


class RequestMarker:
    """A WSGI application before all others, which gives each request its facts."""

    def __init__(self, application: Callable[[Environ, Any], Iterable[bytes]], find_route: FindRoute) -> None:
        # Most requests are for few addresses. Others are matched again.
        self.application, self.find_route = application, functools.lru_cache(4096)(find_route)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ[FACTS] = RequestFacts(self.find_route)
        return self.application(environ, start_response)


def note_cache(environ: Environ, state: str) -> None:
    """Note what the response cache did with this request: `HIT` or `MISS`."""
    facts: RequestFacts | None = environ.get(FACTS)
    if facts is not None:
        facts.cache = state


def describe_rule(rule: str) -> str:
    """Return a rule of Flask as the documentation spells it: `/claims/<slug:record_id>` → `/claims/{record_id}`."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule)


def name_method(method: str) -> str:
    """Return a method, or `other`: clients can send any word, and each would be another series."""
    return method if method in METHODS else OTHER


def init_app(app: Flask) -> None:
    """Give each request its facts. Call it last, when all addresses are registered."""
    adapter = app.url_map.bind("localhost")

    def find_route(method: str, path: str) -> str | None:
        try:
            rule, _ = adapter.match(path, method, return_rule=True)
        except HTTPException:
            return None
        return describe_rule(rule.rule)

    app.wsgi_app = RequestMarker(app.wsgi_app, find_route)  # type: ignore[method-assign]
