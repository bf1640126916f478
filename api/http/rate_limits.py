"""Rate limits per minute: requests of an address and writes of a key. `RateLimit` shows them; more get a 429.

A write with a valid key counts for the key, from any address. Every other request counts for its address; an IPv6
address counts as its /64, which is one connection. The header fields follow the IETF draft "RateLimit header fields
for HTTP".
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import math
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app, g, request

from api.config import ConfigError, Settings, variable_of
from api.http.problems import ApiProblem, respond_with
from api.http.window_counter import WindowCounter
from api.monitoring.log_lines import IPAddress

if TYPE_CHECKING:
    from limits.storage.base import Storage

logger = logging.getLogger(__name__)
Environ = dict[str, Any]
READS, WRITES, COSTLY = "reads", "writes", "costly seconds"
WINDOW = 60  # seconds
WITH_PORT = re.compile(r"([0-9.]+):\d+|\[([0-9a-fA-F:.]+)\](?::\d+)?")
SAFE = frozenset({"GET", "HEAD"})
#: Monitoring may ask at any time. Sending a file costs less than counting it.
UNCOUNTED = frozenset({"web.healthy", "web.ready", "web.static", "metrics.show"})
#: A POST that changes nothing and needs no key.
OPEN_TO_ALL = frozenset({"checks.check_body", "name_matching.batch"})


class QuotaState(NamedTuple):
    """A quota after a request was counted. `seconds` is the time until the window ends."""

    name: str
    quota: int
    remaining: int
    seconds: int
    is_exceeded: bool


class Rates:
    """The quotas of the settings and the counter of requests. A quota of 0 is no limit."""

    def __init__(self, settings: Settings) -> None:
        self.quotas = {
            READS: settings.reads_per_minute,
            WRITES: settings.writes_per_minute,
            COSTLY: settings.costly_seconds_per_minute,
        }
        self.storage, self.hops = settings.rate_storage, settings.proxy_hops
        if any(self.quotas.values()) and self.storage != "memory://":
            _ = self.counts  # an unusable storage must stop the start, not the first request

    @functools.cached_property
    def counts(self) -> Storage | WindowCounter:
        """Return the counts of requests. The storage is opened on first use, because the library loads slowly."""
        if self.storage == "memory://":
            return WindowCounter()
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string

        try:
            return storage_from_string(self.storage, wrap_exceptions=True)  # type: ignore[return-value]
        except ConfigurationError as error:
            raise ConfigError(f"{variable_of('rate_storage')} is {self.storage!r}: {error}") from None

    def count_request(self, name: str, who: str) -> QuotaState | None:
        """Count a request. Return None without a quota, and when the storage fails: then the request is let through."""
        quota = self.quotas[name]
        return self._count(name, who, quota, 1) if quota else None

    def count_seconds(self, name: str, who: str, seconds: float) -> QuotaState | None:
        """Count the seconds that an answer took, in thousandths. Return None as `count_request` does."""
        quota = self.quotas[name]
        state = self._count(name, who, quota * 1000, math.ceil(seconds * 1000)) if quota else None
        return state and state._replace(quota=quota, remaining=state.remaining // 1000)

    def _count(self, name: str, who: str, quota: int, amount: int) -> QuotaState | None:
        from limits.errors import StorageError

        key = f"{name}/{who}/{quota}"
        try:
            count = self.counts.incr(key, WINDOW, amount)
            ends = self.counts.get_expiry(key)
        except StorageError as error:
            logger.warning("requests are not counted: %s", error)
            return None
        seconds = min(WINDOW, max(0, math.ceil(ends - time.time())))
        return QuotaState(name, quota, max(0, quota - count), seconds, count > quota)


def _get_rates() -> Rates:
    rates: Rates = current_app.extensions["counterclaim-rates"]
    return rates


def count_write(key: str) -> None:
    """Count a write with the key of this id. Raises the problem too-many-requests."""
    _count_or_refuse(WRITES, key)


def count_read() -> None:
    """Count the request for its address, unless it is already counted. Raises the problem too-many-requests."""
    who = find_client(request.environ, _get_rates().hops)
    if who is not None and "rate" not in g:
        _count_or_refuse(READS, who)


def count_before_app(rates: Rates, environ: Environ) -> QuotaState | None:
    """Count a request that the app never sees. Return None without a quota, and for a client without an IP address."""
    who = find_client(environ, rates.hops)
    return None if who is None else rates.count_request(READS, who)


def _count_or_refuse(name: str, who: str) -> None:
    g.rate = state = _get_rates().count_request(name, who)
    if state is not None and state.is_exceeded:
        detail = f"At most {state.quota} {name} a minute are allowed. Try again in {state.seconds} seconds."
        raise ApiProblem("too-many-requests", detail, headers={"Retry-After": str(max(1, state.seconds))})


def find_client(environ: Environ, hops: int) -> str | None:
    """Return the connection of the client: its IPv4 address or IPv6 /64. None: it has none, behind a Unix socket."""
    address = find_address(environ, hops)
    return None if address is None else _name_connection(address)


def find_address(environ: Environ, hops: int) -> IPAddress | None:
    """Return the address of the client: of the socket, or behind proxies the address that the first proxy saw."""
    if hops:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(forwarded) >= hops and (seen := parse_address(forwarded[-hops].strip())):
            return seen
    return parse_address(environ.get("REMOTE_ADDR") or "")


@functools.lru_cache(maxsize=4096)
def parse_address(text: str) -> IPAddress | None:
    """Return an IP address, or None for other text. Some proxies add the port: `192.0.2.4:80`, `[2001:db8::1]:80`."""
    with_port = WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address(with_port[1] or with_port[2] if with_port else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@functools.lru_cache(maxsize=4096)
def _name_connection(address: IPAddress) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _count_request() -> None:
    if _is_counted() and not _may_have_a_key():
        count_read()


def _is_counted() -> bool:
    return request.method != "OPTIONS" and request.endpoint not in UNCOUNTED


def _may_have_a_key() -> bool:
    return request.method not in SAFE and "Authorization" in request.headers and request.endpoint not in OPEN_TO_ALL


def _add_rate_headers(answer: Response) -> Response:
    if "rate" not in g and _is_counted():
        _count_refused(answer)
    answer.headers.update(describe_quota(g.get("rate")))
    return answer


def describe_quota(state: QuotaState | None) -> dict[str, str]:
    """Return the header fields of a quota; without one, none."""
    if state is None:
        return {}
    return {
        "RateLimit-Policy": f'"{state.name}";q={state.quota};w={WINDOW}',
        "RateLimit": f'"{state.name}";r={state.remaining};t={state.seconds}',
    }


def _count_refused(answer: Response) -> None:
    """Count a request that was refused before its key was read; otherwise such requests would have no limit."""
    try:
        count_read()
    except ApiProblem as spent:
        refused = respond_with(spent)
        answer.status_code = refused.status_code
        answer.set_data(refused.get_data())
        answer.headers.update(refused.headers)


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["counterclaim-rates"] = Rates(settings)
    app.before_request(_count_request)
    app.after_request(_add_rate_headers)
