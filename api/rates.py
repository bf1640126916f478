"""How often one address may ask, and one key write: counted by the minute, told in `RateLimit`, refused with 429.

Whatever is asked without a good key counts for its address (an IPv6 address for its /64, which is one connection); a
write with a good key counts for the key, wherever it comes from. Fields as in the IETF's draft "RateLimit header
fields for HTTP".
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app, g, request

from api.config import ConfigError, Settings, variable
from api.problems import ApiProblem, respond

if TYPE_CHECKING:
    from limits.strategies import FixedWindowRateLimiter

logger = logging.getLogger(__name__)
READS, WRITES = "reads", "writes"
WINDOW = 60  # seconds
SAFE = frozenset({"GET", "HEAD"})
#: A watchman may ask at any time; files are smaller than the count of them.
UNCOUNTED = frozenset({"web.healthy", "web.ready", "web.static"})
#: Neither a read nor for keys.
OPEN_TO_ALL = frozenset({"checks.check_body"})


class Told(NamedTuple):
    """What is left of a quota, and for how many seconds the window goes on."""

    name: str
    quota: int
    left: int
    seconds: int
    over: bool  # it was one too many


class Rates:
    """The quotas of the settings; 0 is none."""

    def __init__(self, settings: Settings) -> None:
        self.quotas = {READS: settings.reads_per_minute, WRITES: settings.writes_per_minute}
        self.storage, self.hops = settings.rate_storage, settings.proxy_hops
        if any(self.quotas.values()) and self.storage != "memory://":
            _ = self.limiter  # what cannot be used stops the start, not the first reader

    @functools.cached_property
    def limiter(self) -> FixedWindowRateLimiter:
        """Made when it is first needed: commands never do, and the library takes its time to load."""
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string
        from limits.strategies import FixedWindowRateLimiter

        from api.windows import Windows

        if self.storage == "memory://":
            return FixedWindowRateLimiter(Windows())
        try:
            return FixedWindowRateLimiter(storage_from_string(self.storage, wrap_exceptions=True))
        except ConfigurationError as error:
            raise ConfigError(f"{variable('rate_storage')} is {self.storage!r}: {error}") from None

    @functools.cached_property
    def items(self) -> dict[str, Any]:
        from limits import RateLimitItemPerMinute

        return {name: RateLimitItemPerMinute(quota) for name, quota in self.quotas.items()}

    def count(self, name: str, who: str) -> Told | None:
        """Count a request; None where nothing is counted. What cannot be counted is let through."""
        if not self.quotas[name]:
            return None
        from limits.errors import StorageError

        item = self.items[name]
        try:
            within = self.limiter.hit(item, name, who)
            ends, left = self.limiter.get_window_stats(item, name, who)
        except StorageError as error:
            logger.warning("requests are not counted: %s", error)
            return None
        seconds = min(WINDOW, max(0, math.ceil(ends - time.time())))
        return Told(name, self.quotas[name], left, seconds, not within)


def _rates() -> Rates:
    found: Rates = current_app.extensions["counterclaim-rates"]
    return found


def count_write(key: str) -> None:
    """A write with this key, by its id. Raises the problem too-many-requests."""
    _count(WRITES, key)


def count_read() -> None:
    """A request of this address, unless it was counted already. Raises the problem too-many-requests."""
    who = connection(_address())
    if who is not None and "rate" not in g:
        _count(READS, who)


def _count(name: str, who: str) -> None:
    g.rate = told = _rates().count(name, who)
    if told is not None and told.over:
        detail = f"{told.quota} {name} a minute are the most. Try again in {told.seconds} seconds."
        raise ApiProblem("too-many-requests", detail, headers={"Retry-After": str(max(1, told.seconds))})


def _address() -> str:
    """The address at the other end of the socket; behind known proxies, the one that the first of them saw."""
    if hops := _rates().hops:
        told = request.headers.get("X-Forwarded-For", "").split(",")
        if len(told) >= hops and connection(told[-hops].strip()):
            return told[-hops].strip()
    return request.remote_addr or ""


@functools.lru_cache(maxsize=4096)
def connection(address: str) -> str | None:
    """Whose address it is, as far as can be told; None for what is none, such as a socket in a file."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), 64), strict=False))


def _count_request() -> None:
    if _is_counted() and not _may_have_a_key():
        count_read()


def _is_counted() -> bool:
    return request.method != "OPTIONS" and request.endpoint not in UNCOUNTED


def _may_have_a_key() -> bool:
    return request.method not in SAFE and "Authorization" in request.headers and request.endpoint not in OPEN_TO_ALL


def _tell(answer: Response) -> Response:
    if "rate" not in g and _is_counted():
        _count_at_last(answer)
    told = g.get("rate")
    if told is not None:
        answer.headers["RateLimit-Policy"] = f'"{told.name}";q={told.quota};w={WINDOW}'
        answer.headers["RateLimit"] = f'"{told.name}";r={told.left};t={told.seconds}'
    return answer


def _count_at_last(answer: Response) -> None:
    """What was refused before anybody looked at its key counts for its address, or else it could go on for ever."""
    try:
        count_read()
    except ApiProblem as spent:
        refused = respond(spent)
        answer.status_code = refused.status_code
        answer.set_data(refused.get_data())
        answer.headers.update(refused.headers)


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["counterclaim-rates"] = Rates(settings)
    app.before_request(_count_request)
    app.after_request(_tell)
