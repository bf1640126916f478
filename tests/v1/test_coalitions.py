"""A side that was in a coalition for a part of the time: its dead are among the coalition's, and counted once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests import worlds
from tests.conftest import Databases
from tests.worlds import claim, report

DAYS = {"covers_from": "2020-03-01", "covers_to": "2020-03-05"}
TOTAL = {"measure": "cumulative"}
PERIOD = {"measure": "period", "harm": "injured", **DAYS}
INCIDENT = {"measure": "incident", "harm": "missing", "event": "clash"}


def said(id: str, who: str, side: str, number: int, **given: Any) -> worlds.Document:
    figure = {"low": number, "best": number, "high": number, "qualifier": "exact"}
    days = {"stated_on": "2020-03-09", "stated_until": "2020-03-09"}
    return claim(id, claimant=who, subject_side=side, **figure, **days, **given)


CLAIMS = [
    said("foe", "one", "alpha", 5, **TOTAL),
    *(said(f"camp-{n}", "one", "red", 100, **about) for n, about in enumerate((TOTAL, PERIOD, INCIDENT))),
    *(said(f"member-{n}", "two", "hired", 20, **about) for n, about in enumerate((TOTAL, PERIOD, INCIDENT))),
]


@pytest.fixture(scope="module")
def client(databases: Databases, engine: str) -> FlaskClient:
    hired = {"side": "red", "from_day": "2020-03-02", "to_day": "2020-03-08"}
    world = {
        "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "red", "name": "Red"},
                  {"id": "core", "name": "Core", "member_of": [{"side": "red"}]},
                  {"id": "hired", "name": "Hired", "member_of": [hired]}],
        "events": [{"id": "clash", "name": "Clash", "type": "Battles", "conflict": "war", "started_on": "2020-03-01",
                    "ended_on": "2020-03-04"}],
        "conflicts": [{"id": "war", "name": "War", "started_on": "2020-01-01", "sides": ["alpha", "red"]}],
        "claimants": [{"id": "one", "name": "One"}, {"id": "two", "name": "Two"}],
        "sources": [{"id": "times", "publisher": "Times"}],
        "claims": CLAIMS,
        "reports": [report(found["id"], "times") for found in CLAIMS],
    }  # fmt: skip
    return worlds.made(databases, engine, world).test_client()


def best(client: FlaskClient, question: str) -> list[tuple[str, int]]:
    found = client.get(f"/v1/statistics/casualties?conflict=war&{question}&group_by=subject_side").json["data"]
    return [(row["subject_side"]["id"], row["best"]) for row in found]


def test_a_total_of_a_coalition_holds_the_dead_of_who_has_left_it(client: FlaskClient) -> None:
    for day in ("", "&as_of=2020-03-09", "&as_of=2021-01-01"):  # the hired left on the 8th
        assert best(client, f"basis=totals&harm=killed{day}") == [("alpha", 5), ("red", 100)]


def test_a_period_of_a_coalition_holds_the_dead_of_who_joined_in_it(client: FlaskClient) -> None:
    assert best(client, "basis=incidents&harm=injured") == [("red", 100)]  # they joined on its second day


def test_an_event_of_several_days_counts_who_joined_a_coalition_in_it_once(client: FlaskClient) -> None:
    for answered in ("", "&source=times"):  # from tallies, and from the claims
        assert best(client, f"basis=incidents&harm=missing{answered}") == [("red", 100)]
