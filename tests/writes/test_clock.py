"""If the clock was set back, no revision gets a time before the last one, and the server warns its operator."""

import logging

import pytest
from flask import Flask

from api.database import clock
from tests.support import worlds
from tests.support.clients import new_key
from tests.v1.records.test_bad_inputs import ask, dumped

NOTE = dumped({"note": "Looked at again."})


@pytest.fixture
def world(empty: Flask) -> Flask:
    worlds.write(worlds.SMALL)
    empty.config["KEY"] = new_key("admin")
    assert empty.test_client().get("/v1/log/checkpoint").status_code == 200  # which makes the key of the log
    return empty


def set_clock(monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: now)


def test_a_clock_that_was_put_back_dates_nothing_before_the_last_revision(
    world: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = world.test_client()
    assert client.get("/readyz").json["warnings"] == []
    last = client.get("/v1/claims/a-own").json["data"]["updated_at"]
    set_clock(monkeypatch, "2020-01-01T00:00:00Z")
    with caplog.at_level(logging.WARNING, "api.writes.transaction"):
        assert ask(client, "PATCH", "claims", NOTE, path="a-own").status_code == 200
    claim = client.get("/v1/claims/a-own").json["data"]
    assert (claim["note"], claim["updated_at"]) == ("Looked at again.", last)
    times = [change["made_at"] for change in client.get("/v1/changes?sort=seq&limit=1000").json["data"]]
    assert times == sorted(times)
    told = f"The clock of this machine is behind revision 1 ({last}): it says 2020-01-01T00:00:00Z."
    assert caplog.messages[0].startswith(told)
    (warning,) = client.get("/readyz").json["warnings"]
    assert warning.startswith("The clock of this machine is behind revision 2") and "Set the clock." in warning


def test_a_clock_that_runs_dates_what_is_written(world: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2099-01-01T00:00:00Z")
    client = world.test_client()
    assert ask(client, "PATCH", "claims", NOTE, path="a-own").status_code == 200
    assert client.get("/v1/claims/a-own").json["data"]["updated_at"] == "2099-01-01T00:00:00Z"
    assert client.get("/readyz").json["warnings"] == []
