"""What a key may do, and what a write says of the version it meant: over the wire's own headers."""

import itertools

import pytest
from flask import Flask

from tests import worlds
from tests.contract import HonestClient
from tests.v1.test_bad_inputs import GOOD, ask, dumped, new_key
from tests.worlds import told

Headers = dict[str, str | None]


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """A client of the small world, whose key may do everything."""
    worlds.write(worlds.SMALL)
    empty.config["KEY"] = new_key("admin")
    client = empty.test_client()
    assert isinstance(client, HonestClient)
    return client


def by(*scopes: str) -> Headers:
    return {"Authorization": f"Bearer {new_key(*scopes)}"}


def test_whether_a_record_stands_is_said_with_the_scope_retract(client: HonestClient) -> None:
    """A PATCH of `status` does what a DELETE does, or undoes it."""
    writes, both = by("write"), by("write", "retract")
    for noun, status in itertools.product(GOOD, ("retracted", "withdrawn", "superseded", "active", None)):
        patch = dumped({"status": status, "status_reason": "Gone."})
        found = told(ask(client, "PATCH", noun, patch, headers=writes), 403, "forbidden")
        assert "has not the scope retract" in found["detail"] and "status" in found["detail"]
    gone = dumped({"status": "retracted", "status_reason": "Gone."})
    assert ask(client, "PATCH", "claims", gone, path="a-own", headers=both).status_code == 200
    back = dumped({"status": None, "status_reason": None})
    told(ask(client, "PATCH", "claims", back, path="a-own", headers=writes), 403, "forbidden")
    assert ask(client, "PATCH", "claims", back, path="a-own", headers=both).status_code == 200
    told(ask(client, "PATCH", "claims", gone, path="a-own", headers=by("retract")), 403, "forbidden")


def test_a_new_record_that_stands_no_longer_takes_nothing_back(client: HonestClient) -> None:
    """So that what a ministry said and took back later can be added by whoever adds."""
    gone = {"status": "retracted", "status_by": "claimant", "status_on": "2020-01-02", "status_reason": "Taken back."}
    new = GOOD["claims"] | gone | {"id": "said-once"}
    before = client.get("/v1/statistics/casualties?basis=totals&group_by=conflict").json["data"]
    assert ask(client, "POST", "claims", dumped(new), headers=by("write")).status_code == 201
    assert client.get("/v1/claims/said-once").json["data"]["status"] == "retracted"
    assert client.get("/v1/statistics/casualties?basis=totals&group_by=conflict").json["data"] == before
