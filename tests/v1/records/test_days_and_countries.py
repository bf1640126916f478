"""Possible days, existing countries, and ranges in order."""

import datetime
from typing import Any

import pytest
from flask import Flask

from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import Document, told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped
from tests.v1.records.test_figures_at_the_door import CLAIM, post, refused

FIGURE = {"qualifier": "exact", "value": 20}


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world with a key for every scope."""
    return open_small_world(empty, "admin")


def newest() -> datetime.date:
    """Return the newest day that has begun anywhere: in UTC+14."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=14)).date()


# Days ----------------------------------------------------------------------------------------------------------------

FUTURE = [
    ("claims", "stated_on"), ("claims", "stated_until"), ("claims", "covers_from"), ("sources", "published_on"),
    ("events", "started_on"), ("conflicts", "started_on"), ("reports", "reported_on"), ("relations", "stated_on"),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "field"), FUTURE)
def test_what_lies_in_the_future_is_refused(client: HonestClient, record_type: str, field: str) -> None:
    """Before the fix a claim of 2062 was the answer to every question without as_of."""
    sent = GOOD[record_type] | {field: "2062-05-03"}
    faults = refused(client, sent, record_type)
    assert faults[f"/{field}"].startswith("Must not be later than") and "2062-05-03" in faults[f"/{field}"]
    assert {name.split("/")[1] for name in faults} <= sent.keys(), "a day that was not sent is named"


def test_today_in_the_farthest_time_zone_has_begun(client: HonestClient) -> None:
    post(client, CLAIM | FIGURE | {"stated_on": str(newest())})
    after = str(newest() + datetime.timedelta(days=1))
    (fault,) = refused(client, {**CLAIM, "id": "b", "reports": [{"source": "times"}], **FIGURE, "stated_on": after})
    assert fault == "/stated_on"


EARLY: list[tuple[Document, str, str]] = [
    ({"event": "clash", "measure": "incident", "stated_on": "2019-03-01"}, "/stated_on",
     "The claim was stated on 2019-03-01 at the latest, before the event clash began on 2020-03-01. Correct the days, "
     "or"),
    ({"measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-04", "stated_on": "2020-03-02"},
     "/covers_to", "2020-03-04 is after 2020-03-02, the last possible day of the statement. Correct them, or"),
]  # fmt: skip


@pytest.mark.parametrize(("days", "field", "message"), EARLY)
def test_what_is_stated_before_it_happened_needs_a_flag(
    client: HonestClient, days: Document, field: str, message: str
) -> None:
    claim = {**CLAIM, "conflict": "war-first-north", **FIGURE, **days}
    more = "add the flag stated_early if the source says so."
    assert refused(client, claim) == {field: f"{message} {more}"}
    post(client, claim | {"flags": ["stated_early"]})
    assert client.get("/v1/claims?flag=stated_early").json["meta"]["total"] == 1


@pytest.mark.parametrize("days", [
    {"event": "clash", "measure": "incident", "stated_on": "2020-02-29"},
    {"measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-03", "stated_on": "2020-03-02"},
])  # fmt: skip
def test_the_day_before_may_be_a_time_zone(client: HonestClient, days: Document) -> None:
    post(client, {**CLAIM, "conflict": "war-first-north", **FIGURE, **days})


def test_a_correction_makes_no_claim_early(client: HonestClient) -> None:
    """A correction of a claim or of its event may not date the claim before its event."""
    for record_type, slug, patch, field in (
        ("claims", "a-own", {"stated_on": "2019-01-01", "stated_until": "2019-01-01"}, "/stated_on"),
        ("events", "clash", {"started_on": "2020-03-20", "ended_on": "2020-03-21"}, "/started_on"),
    ):
        found = told(ask(client, "PATCH", record_type, dumped(patch), path=slug), 422, "invalid-body")
        assert [error["name"] for error in found["errors"]] == [field]
        assert "stated_early" in found["detail"]
    flags = {"flags": ["stated_early"], "stated_on": "2019-01-01", "stated_until": "2019-01-01"}
    assert ask(client, "PATCH", "claims", dumped(flags), path="a-own").status_code == 200
    moved = {"started_on": "2020-03-20", "ended_on": "2020-03-21"}
    assert ask(client, "PATCH", "events", dumped(moved), path="clash").status_code == 200


# Countries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "meant"), [("ZZZ", ""), ("GER", "DEU (Germany)"), ("RED", ""), ("aze", "AZE")])
@pytest.mark.parametrize("record_type", ["sides", "events"])
def test_a_country_that_is_none_is_refused_with_the_nearest(
    client: HonestClient, record_type: str, code: str, meant: str
) -> None:
    message = refused(client, GOOD[record_type] | {"country": code}, record_type)["/country"]
    assert message.startswith("Must be a country code of ISO 3166-1") and meant in message


@pytest.mark.parametrize("code", ["DEU", "XKX", "YUG", "SUN", "SCG"])
def test_countries_of_today_those_withdrawn_and_kosovo_are_known(client: HonestClient, code: str) -> None:
    assert ask(client, "POST", "sides", dumped({"name": "A side", "country": code})).status_code == 201
    assert client.get(f"/v1/sides?country={code}").json["meta"]["total"] == 1


def test_a_filter_of_a_country_that_is_none_is_refused(client: HonestClient) -> None:
    """Before the fix the answer was an empty 200, which reads like a fact."""
    for address in ("claims", "events", "sides", "statistics/casualties"):
        found = told(client.get(f"/v1/{address}?country=GER"), 422, "invalid-parameter")
        assert "DEU (Germany)" in found["detail"], address
        assert found["errors"][0]["did_you_mean"][0] == "DEU", address


# Ranges --------------------------------------------------------------------------------------------------------------

RANGES = [
    ("claims?from=2020-10-05&to=2020-10-01", "from", "to"),
    ("claims?best_min=10&best_max=5", "best_min", "best_max"),
    ("claims?low_min=10&low_max=5", "low_min", "low_max"),
    ("claims?stated_from=2020-10-05&stated_to=2020-10", "", ""),
    ("claims?stated_from=2020-11&stated_to=2020-10", "stated_from", "stated_to"),
    ("events?from=2020-10-05&to=2020-10-01", "from", "to"),
    ("sources?from=2021&to=2020", "from", "to"),
    ("statistics/casualties?from=2020-10-05&to=2020-10-01", "from", "to"),
]


@pytest.mark.parametrize(("address", "first", "last"), RANGES)
def test_a_reversed_range_is_refused(client: HonestClient, address: str, first: str, last: str) -> None:
    answer: Any = client.get(f"/v1/{address}")
    if not first:
        assert answer.status_code == 200
        return
    (error,) = told(answer, 422, "invalid-parameter")["errors"]
    than = "greater than" if first.endswith("_min") else "later than"
    assert error["name"] == first and (f"Must not be {than} {last}, which is" in error["message"])
