"""Rate limits: quotas by address and by key. Every answer states them, and 429 follows when they are used up."""

import json
import pathlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from limits.errors import StorageError
from limits.storage import MemoryStorage

from api.app import create_app
from api.auth import api_keys
from api.config import ConfigError, Settings
from api.database.connection import database
from api.http import rate_limits
from api.http.window_counter import WindowCounter
from tests.conftest import Databases
from tests.support import worlds
from tests.support.worlds import told

Ask = Callable[..., Any]
NOW = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock, which the test sets."""
    now = [NOW]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


@pytest.fixture
def limited(databases: Databases, engine: str) -> Callable[..., Flask]:
    """Return a function that makes an application with the small world and these quotas."""
    return lambda **settings: worlds.made(databases, engine, worlds.SMALL, **settings)


def asking(app: Flask) -> Ask:
    def ask(address: str = "/v1/sides", peer: str = "192.0.2.1", method: str = "GET", **more: Any) -> Any:
        return app.test_client().open(address, method=method, environ_base={"REMOTE_ADDR": peer}, **more)

    return ask


def write(ask: Ask, key: str, number: int, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(number)}
    body = {"data": json.dumps({"name": f"Side {number}"}), "content_type": "application/json"}
    return ask("/v1/sides?reason=x", method="POST", headers=headers, **body, **more)


def new_key() -> str:
    with database.connection_context():
        return api_keys.create("An editor", ["write"], None)


def test_a_quota_is_told_and_then_refused_until_the_minute_is_over(
    limited: Callable[..., Flask], clock: list[float]
) -> None:
    ask = asking(limited(reads_per_minute=3))
    for left in (2, 1, 0):
        answer = ask()
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Policy"] == '"reads";q=3;w=60'
        assert answer.headers["RateLimit"] == f'"reads";r={left};t=60'
    clock[0] += 20
    for address in ("/v1/sides", "/v1/claims.csv", "/v1/statistics/casualties", "/v1/nothing", "/v1/sides?q=%00"):
        refused = ask(address)
        assert "40 seconds" in told(refused, 429, "too-many-requests")["detail"]
        assert refused.headers["Retry-After"] == "40"
        assert refused.headers["RateLimit"] == '"reads";r=0;t=40'
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(peer="192.0.2.2").status_code == 200, "another address has a quota of its own"
    assert ask("/healthz").status_code == ask("/readyz").status_code == 200, "a watchman is never refused"
    clock[0] += 40
    assert ask().headers["RateLimit"] == '"reads";r=2;t=60'


def test_an_unchanged_answer_counts_too(limited: Callable[..., Flask], clock: list[float]) -> None:
    ask = asking(limited(reads_per_minute=2))
    tag = ask().headers["ETag"]
    again = ask(headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["RateLimit"]) == (304, '"reads";r=0;t=60')
    told(ask(headers={"If-None-Match": tag}), 429, "too-many-requests")


def test_writes_are_counted_by_key_wherever_they_come_from(limited: Callable[..., Flask], clock: list[float]) -> None:
    ask = asking(limited(reads_per_minute=1, writes_per_minute=2))
    key, another = new_key(), new_key()
    for number in (1, 2):
        made = write(ask, key, number, peer=f"192.0.2.{number}")
        assert (made.status_code, made.headers["RateLimit"]) == (201, f'"writes";r={2 - number};t=60')
        assert made.headers["RateLimit-Policy"] == '"writes";q=2;w=60'
    refused = write(ask, key, 3, peer="192.0.2.3")
    assert told(refused, 429, "too-many-requests") and refused.headers["Retry-After"] == "60"
    assert write(ask, another, 4, peer="192.0.2.3").status_code == 201
    assert ask(peer="192.0.2.3").json["meta"]["total"] == len(worlds.SMALL["sides"]) + 3, "nothing was written"


def test_whoever_guesses_keys_is_counted_by_address(limited: Callable[..., Flask], clock: list[float]) -> None:
    ask = asking(limited(reads_per_minute=3, writes_per_minute=100))
    for number in range(2):
        told(write(ask, f"cst_k0000000{number}_guess", number), 401, "unauthorized")
    told(ask("/v1/sides?reason=x", method="POST"), 401, "unauthorized")
    told(write(ask, "cst_k00000003_guess", 4), 429, "too-many-requests")
    told(ask("/v1/sides?reason=x", method="POST"), 429, "too-many-requests")
    assert write(ask, new_key(), 5).status_code == 201, "who has a key is not held up by a neighbour"


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/v1/check"),
        ("POST", "/v1/sides"),  # without a reason
        ("POST", "/v1/sides?q=%zz"),
        ("PATCH", "/v1/sides"),
        ("DELETE", "/v1/nothing"),
    ],
)
def test_what_is_refused_before_its_key_is_looked_at_counts_for_the_address(
    limited: Callable[..., Flask], clock: list[float], method: str, address: str
) -> None:
    ask = asking(limited(reads_per_minute=2))
    for left in (1, 0):
        refused = ask(address, method=method, headers={"Authorization": "Bearer x"}, json={})
        assert 400 <= refused.status_code < 429
        assert refused.headers["RateLimit"] == f'"reads";r={left};t=60'
    refused = ask(address, method=method, headers={"Authorization": "Bearer x"}, json={})
    told(refused, 429, "too-many-requests")
    assert (refused.headers["Retry-After"], refused.headers["Access-Control-Allow-Origin"]) == ("60", "*")
    told(ask(), 429, "too-many-requests")


def test_a_quota_of_none_counts_nothing(limited: Callable[..., Flask]) -> None:
    ask = asking(limited(reads_per_minute=0, writes_per_minute=0, costly_seconds_per_minute=0))
    assert "RateLimit" not in ask().headers
    assert "RateLimit-Policy" not in write(ask, new_key(), 1).headers


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:0:ffff::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::1", "127.0.0.1", False),
    ],
)
def test_an_address_of_ipv6_counts_for_its_connection(one: str, other: str, same: bool) -> None:
    first, second = (rate_limits.find_client({"REMOTE_ADDR": address}, 0) for address in (one, other))
    assert (first == second) is same


def test_what_is_no_address_is_not_counted(limited: Callable[..., Flask]) -> None:
    ask = asking(limited(reads_per_minute=1))
    assert [ask(peer="").status_code for _ in range(3)] == [200, 200, 200]


def forwarded(ask: Ask, told_by_client: str) -> int:
    return int(ask(peer="10.0.0.1", headers={"X-Forwarded-For": told_by_client}).status_code)


def test_what_a_client_says_of_its_address_is_not_believed(limited: Callable[..., Flask]) -> None:
    ask = asking(limited(reads_per_minute=1))
    assert [forwarded(ask, f"192.0.2.{n}") for n in range(3)] == [200, 429, 429]


def test_known_proxies_tell_the_address(limited: Callable[..., Flask]) -> None:
    ask = asking(limited(reads_per_minute=1, proxy_hops=2))
    assert forwarded(ask, "192.0.2.1, 10.0.0.9") == 200
    assert forwarded(ask, "192.0.2.2, 10.0.0.9") == 200
    assert forwarded(ask, "203.0.113.7, 192.0.2.1, 10.0.0.9") == 429, "what stands before was told by the client"
    for odd in ("", "192.0.2.3", "unknown, 10.0.0.9", "192.0.2.4:x, 10.0.0.9"):
        assert forwarded(ask, odd) == (200 if odd == "" else 429), "then the proxy's own address counts"


def test_a_proxy_may_add_the_port_to_the_address(limited: Callable[..., Flask]) -> None:
    ask = asking(limited(reads_per_minute=1, proxy_hops=1))
    assert [forwarded(ask, address) for address in ("192.0.2.4:80", "192.0.2.4:81", "192.0.2.4")] == [200, 429, 429]
    assert [forwarded(ask, address) for address in ("[2001:db8::1]:80", "[2001:db8::2]", "2001:db8::3")] == [
        200,
        429,
        429,
    ]


def settings(folder: pathlib.Path, **given: Any) -> Settings:
    return Settings(database_url=f"sqlite:///{folder}/none.db", secret_file=str(folder / "secret"), **given)


def test_a_storage_that_cannot_be_used_stops_the_start(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigError, match="COUNTERCLAIM_RATE_STORAGE is 'nowhere://x': unknown storage scheme"):
        create_app(settings(tmp_path, rate_storage="nowhere://x"))
    no_quota = dict.fromkeys(("reads_per_minute", "writes_per_minute", "costly_seconds_per_minute"), 0)
    create_app(settings(tmp_path, rate_storage="nowhere://x", **no_quota))


class Broken(MemoryStorage):
    """A shared storage for several processes that no longer answers."""

    STORAGE_SCHEME = ["broken"]

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise StorageError(ConnectionError("gone"))


def test_what_cannot_be_counted_is_let_through(limited: Callable[..., Flask], caplog: pytest.LogCaptureFixture) -> None:
    answer = asking(limited(reads_per_minute=1, rate_storage="broken://"))()
    assert answer.status_code == 200 and "RateLimit" not in answer.headers
    assert "requests are not counted" in caplog.text


def test_what_has_ended_is_forgotten(clock: list[float]) -> None:
    counter = WindowCounter()
    for number in range(100):
        assert counter.incr(f"old-{number}", 60) == 1
    clock[0] += 61
    assert [counter.incr("new", 60), counter.incr("new", 60), counter.incr("old-1", 60)] == [1, 2, 1]
    assert (list(counter.counts), counter.get_expiry("new")) == (["new", "old-1"], clock[0] + 60)
    assert counter.get_expiry("none") == clock[0]


def test_every_limit_stands_far_above_what_a_reader_does() -> None:
    usual = Settings()
    assert usual.reads_per_minute >= 100 * 60 and usual.writes_per_minute >= 10 * 60
