"""Slots of costly answers: few run at once in a worker, and one address may use so many seconds in a minute."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from api.http.costly_answers import CostlySlots
from api.http.problems import ApiProblem
from tests.conftest import Databases
from tests.support import worlds
from tests.support.worlds import told

COSTLY = (
    "/v1/claims.csv",
    "/v1/claims?shape=array",
    "/v1/claims.xlsx",
    "/v1/statistics/casualties",
    "/v1/statistics/claims?group_by=harm",
    "/v1/picture.svg?conflict=war",
    "/v1/picture.png?view=map&width=400",
    "/v1/export.zip",
    "/v1/export.xlsx",
    "/v1/changes.ndjson",
)
CHEAP = ("/v1/claims", "/v1/sides/redland", "/v1/events?q=clash", "/v1/changes", "/healthz", "/readyz", "/v1/codebook")
Build = Callable[..., Flask]


@pytest.fixture
def limited(databases: Databases, engine: str) -> Build:
    """Return a function that builds an application with the small world and these settings."""
    return lambda **settings: worlds.made(databases, engine, worlds.SMALL, response_cache_mb=0, **settings)


def get(app: Flask, address: str, peer: str = "192.0.2.1", **options: Any) -> Any:
    return app.test_client().get(address, environ_base={"REMOTE_ADDR": peer}, **options)


def list_occupied(app: Flask) -> list[str]:
    occupied: list[str] = app.extensions["counterclaim-costly-slots"].occupied
    return occupied


def test_costly_answers_are_refused_while_every_slot_is_occupied_and_cheap_ones_are_not(limited: Build) -> None:
    app = limited(costly_slots=1)
    app.extensions["counterclaim-costly-slots"].wait_seconds = 0
    download = get(app, "/v1/claims.csv", buffered=False)  # its body is not read yet
    assert list_occupied(app) == ["192.0.2.1"]
    refused = get(app, COSTLY[3], peer="192.0.2.2")
    assert "Try again" in told(refused, 503, "unavailable")["detail"]
    assert refused.headers["Retry-After"] == "5"
    for address in CHEAP:
        assert get(app, address, peer="192.0.2.2").status_code in (200, 404), address
    download.close()
    for address in COSTLY:
        assert get(app, address, peer="192.0.2.2").status_code == 200, address
        assert list_occupied(app) == [], address


def test_a_slot_is_free_after_an_error_and_after_an_unchanged_answer(limited: Build) -> None:
    app = limited(costly_slots=1)
    address = "/v1/statistics/casualties"
    tag = get(app, address).headers["ETag"]
    assert get(app, address, headers={"If-None-Match": tag}).status_code == 304
    assert get(app, f"{address}?conflict=none-such").status_code in (200, 422)
    assert get(app, "/v1/claims.csv?release=none-such").status_code in (404, 422)
    assert list_occupied(app) == []


def test_with_0_slots_nothing_waits() -> None:
    slots = CostlySlots(0, wait_seconds=60)
    assert [slots.occupy("a").client for _ in range(100)] == ["a"] * 100


def test_the_seconds_of_an_address_are_counted_in_a_minute(limited: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    app, now = limited(costly_seconds_per_minute=10), [0.0, 1_800_000_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: now[1])
    for seconds in (4, 7):
        download = get(app, "/v1/claims.csv", buffered=False)
        now[0] += seconds
        download.close()
    refused = get(app, "/v1/statistics/casualties")
    assert "10 seconds" in told(refused, 429, "too-many-requests")["detail"]
    assert refused.headers["Retry-After"] == "60"
    assert get(app, "/v1/claims").status_code == 200, "a page is not costly"
    assert get(app, "/v1/statistics/casualties", peer="192.0.2.2").status_code == 200, "of another address"
    now[1] += 61
    assert get(app, "/v1/statistics/casualties").status_code == 200


def test_an_answer_that_waits_gets_the_next_slot() -> None:
    slots = CostlySlots(1, wait_seconds=60)
    first = slots.occupy("a")
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(slots.occupy, "b")
        slots.release(first)
        assert second.result().client == "b"
    assert (slots.occupied, slots.waiting) == (["b"], [])


def test_an_answer_that_waits_too_long_is_refused() -> None:
    slots = CostlySlots(1, wait_seconds=0)
    slots.occupy("a")
    with pytest.raises(ApiProblem, match="Try again"):
        slots.occupy("b")
    assert (slots.occupied, slots.waiting) == (["a"], [])


def test_a_full_queue_refuses_at_once() -> None:
    slots = CostlySlots(2, wait_seconds=60)
    slots.occupied += ["a", "a"]
    slots.waiting += ["a", "a", "a"]
    with pytest.raises(ApiProblem, match="Try again"):
        slots.occupy("a")  # the last place is for others
    slots.waiting.append("b")
    with pytest.raises(ApiProblem, match="Try again"):
        slots.occupy("c")
