"""A side belongs to a coalition for a part of the time: the coalition counts its dead of those days once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.database.connection import database
from api.writes.update import mark_retracted
from tests.conftest import Databases
from tests.support import worlds
from tests.support.worlds import claim, report

DAYS = {"covers_from": "2020-03-01", "covers_to": "2020-03-05"}
TOTAL = {"measure": "cumulative"}
PERIOD = {"measure": "period", "harm": "injured", **DAYS}
INCIDENT = {"measure": "incident", "harm": "missing", "event": "clash"}


def said(id: str, who: str, side: str, number: int, **given: Any) -> worlds.Document:
    figure = {"low": number, "best": number, "high": number, "qualifier": "exact"}
    days = {"stated_on": "2020-03-09", "stated_until": "2020-03-09"}
    return claim(id, claimant=who, subject_side=side, **{**figure, **days, **given})


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
    for day in ("", "&as_of=2020-03-09", "&as_of=2021-01-01"):  # the hired leave on the 8th
        assert best(client, f"basis=totals&harm=killed{day}") == [("alpha", 5), ("red", 100)]


def test_a_period_of_a_coalition_holds_the_dead_of_who_joined_in_it(client: FlaskClient) -> None:
    assert best(client, "basis=incidents&harm=injured") == [("red", 100)]  # they join on its second day


def test_an_event_of_several_days_counts_who_joined_a_coalition_in_it_once(client: FlaskClient) -> None:
    for answered in ("", "&source=times"):
        assert best(client, f"basis=incidents&harm=missing{answered}") == [("red", 100)]


# A side that is in one camp on the first day of a period, and in another on a later day ---------------------------

JOINS = [{"side": "red", "from_day": "2020-03-02", "to_day": "2020-03-08"}]
IN_TURN = [{"side": "red", "to_day": "2020-03-04"}, {"side": "blue", "from_day": "2020-03-05"}]


def of_hired(databases: Databases, engine: str, member_of: list[Any], claims: list[Any], day: str) -> FlaskClient:
    world = {
        "sides": [{"id": side, "name": side} for side in ("red", "blue")]
        + [{"id": "hired", "name": "Hired", "member_of": member_of}],
        "conflicts": [{"id": "war", "name": "War", "sides": ["red", "blue"]}],
        "events": [{"id": "clash", "name": "Clash", "type": "Battles", "conflict": "war", "started_on": day,
                    "ended_on": day}],
        "claimants": [{"id": "one", "name": "One"}, {"id": "two", "name": "Two"}],
        "sources": [{"id": "times", "publisher": "Times"}],
        "claims": claims,
        "reports": [report(found["id"], "times") for found in claims],
    }  # fmt: skip
    return worlds.made(databases, engine, world).test_client()


def figures(client: FlaskClient) -> list[list[tuple[int, int]]]:
    """Return best and number of claims, without a filter and with one that excludes nothing."""
    asked = [f"/v1/statistics/casualties?conflict=war{more}" for more in ("", "&source=times")]
    return [[(row["best"], row["claims"]) for row in client.get(address).json["data"]] for address in asked]


def test_an_incident_of_a_side_before_it_joined_lies_in_its_period(databases: Databases, engine: str) -> None:
    # 20 from the 1st to the 5th; the hired join the reds within these days. 5 of them on the 1st, before they join. The
    # strike begins on a day of the period and is of the same side, so it is a part of the whole (rules 11 and 12).
    days = {"covers_from": "2020-03-01", "covers_to": "2020-03-05"}
    claims = [
        said("week", "one", "hired", 20, measure="period", **days),
        said("strike", "two", "hired", 5, measure="incident", event="clash"),
    ]
    client = of_hired(databases, engine, JOINS, claims, "2020-03-01")
    assert figures(client) == [[(20, 1)], [(20, 1)]]
    (left,) = client.get("/v1/statistics/casualties?conflict=war").json["meta"]["excluded"]
    assert (left["reason"], left["claims"]) == ("included_in", 1)


def test_an_incident_of_a_side_in_the_next_camp_lies_in_its_period(databases: Databases, engine: str) -> None:
    # 20 from the 1st to the 10th, 5 of them on the 8th. Until the 4th with the reds, from the 5th with the blues.
    days = {"covers_from": "2020-03-01", "covers_to": "2020-03-10"}
    claims = [
        said("days", "one", "hired", 20, measure="period", **days),
        said("strike", "two", "hired", 5, measure="incident", event="clash"),
    ]
    assert figures(of_hired(databases, engine, IN_TURN, claims, "2020-03-08")) == [[(20, 1)], [(20, 1)]]


def test_of_two_crossing_periods_of_one_side_the_higher_stays_whatever_its_camp(
    databases: Databases, engine: str
) -> None:
    # Both count the 1st. The lower one ends while the hired are in no camp, the higher while with the reds (rule 9).
    claims = [
        said("later", "one", "hired", 20, measure="period", covers_from="2020-03-01", covers_to="2020-03-05"),
        said("early", "two", "hired", 5, measure="period", covers_from="2020-02-28", covers_to="2020-03-01"),
    ]
    assert figures(of_hired(databases, engine, JOINS, claims, "2020-01-01")) == [[(20, 1)], [(20, 1)]]


def test_a_period_stays_beside_an_incident_of_another_camp(databases: Databases, engine: str) -> None:
    # 20 of the hired from the 1st to the 10th, and 5 of the blues on the 3rd, when the hired are with the reds: 25.
    claims = [
        said("days", "one", "hired", 20, measure="period", covers_from="2020-03-01", covers_to="2020-03-10"),
        said("strike", "two", "blue", 5, measure="incident", event="clash"),
    ]
    assert figures(of_hired(databases, engine, IN_TURN, claims, "2020-03-03")) == [[(25, 2)], [(25, 2)]]


def matrix_of_turns(databases: Databases, engine: str) -> FlaskClient:
    """Return a world in which two claimants count dead reds.

    The hired state 5 for the early clash, while they are with the blues. On the 9th they are with the greens, and state
    7 for the late one. The blues themselves state 6 for the early one.
    """
    turn = [{"side": "blue", "to_day": "2020-03-04"}, {"side": "green", "from_day": "2020-03-05"}]
    clash = {"type": "Battles", "conflict": "war", "name": "Clash"}
    early = {"event": "early", "measure": "incident", "stated_on": "2020-03-02", "stated_until": "2020-03-02"}
    claims = [
        said("first", "spokesman", "red", 5, **early),
        said("second", "spokesman", "red", 7, measure="incident", event="late"),
        said("of-blue", "staff", "red", 6, **early),
    ]
    world = {
        "sides": [{"id": side, "name": side} for side in ("red", "blue", "green")]
        + [{"id": "hired", "name": "Hired", "member_of": turn}],
        "conflicts": [{"id": "war", "name": "War", "sides": ["red", "blue", "green"]}],
        "events": [
            {"id": "early", "started_on": "2020-03-01", "ended_on": "2020-03-01", **clash},
            {"id": "late", "started_on": "2020-03-08", "ended_on": "2020-03-08", **clash},
        ],
        "claimants": [
            {"id": "spokesman", "name": "Spokesman", "side": "hired"}, {"id": "staff", "name": "Staff", "side": "blue"}
        ],
        "sources": [{"id": "times", "publisher": "Times"}],
        "claims": claims,
        "reports": [report(found["id"], "times") for found in claims],
    }  # fmt: skip
    return worlds.made(databases, engine, world).test_client()


def opposing(client: FlaskClient, question: str = "") -> dict[str, tuple[int, int]]:
    """Return best and number of claims by claimant side. Check the link of each row."""
    rows = client.get(f"/v1/statistics/matrix?conflict=war&basis=incidents{question}").json["data"]
    for row in rows:
        assert row["links"] is None or client.get(row["links"]["claims"]).json["meta"]["total"] == row["claims"]
    return {row["claimant_side"]["id"]: (row["best"], row["claims"]) for row in rows if row["stance"] == "opposing"}


def test_the_matrix_tells_what_a_side_said_in_two_camps_in_turn_once(databases: Databases, engine: str) -> None:
    assert opposing(matrix_of_turns(databases, engine)) == {"hired": (12, 2), "blue": (6, 1)}


def test_the_matrix_knows_of_no_camp_in_which_a_side_said_nothing_yet_or_any_more(
    databases: Databases, engine: str
) -> None:
    """One camp states 5 and 6 for the early clash; the lower best is the result."""
    client = matrix_of_turns(databases, engine)
    assert opposing(client, "&as_of=2020-03-03") == {"blue": (5, 2)}
    with database.connection_context():
        mark_retracted("claims", "second", "Taken back.", "editor")
    assert opposing(client) == {"blue": (5, 2)}


# What a claimant states of a side by status, beside its figure of the whole side -------------------------------------

STATUSES = (("whole", 100, {}), ("civ", 30, {"victim_status": "civilian"}))


@pytest.mark.parametrize("soldiers", ["one", "two"])
def test_who_gave_the_whole_of_a_side_is_heard_with_it_whatever_the_rows(
    databases: Databases, engine: str, soldiers: str
) -> None:
    # One states 100 reds, 30 of them civilians. 80 soldiers do not raise the whole, by side or not (rules 10 and 11).
    clash: dict[str, Any] = {"measure": "incident", "event": "clash"}
    claims = [said(name, "one", "red", number, **clash, **given) for name, number, given in STATUSES]
    claims.append(said("mil", soldiers, "red", 80, **clash, victim_status="member_of_armed_forces"))
    client = of_hired(databases, engine, [], claims, "2020-03-01")
    for rows in ("", "&group_by=subject_side"):
        (row,) = client.get(f"/v1/statistics/casualties?conflict=war&evidence=1&limit=5{rows}").json["data"]
        assert (row["best"], row["high"]) == (100, 100), rows
    reasons = {s["claim"]: s["reason"] for s in row["statements"]}
    assert reasons == {
        "whole": None,
        "civ": "included_in",
        "mil": "included_in" if soldiers == "one" else "other_scope",
    }


# Periods that cross, in different rows ----------------------------------------------------------------------------


def test_crossing_periods_in_different_rows_do_not_add_up(databases: Databases, engine: str) -> None:
    days = (
        {"covers_from": "2020-02-25", "covers_to": "2020-03-05"},
        {"covers_from": "2020-03-01", "covers_to": "2020-03-09"},
    )
    claims = [said(f"days-{n}", "one", "red", 20 - 10 * n, measure="period", **given) for n, given in enumerate(days)]
    client = of_hired(databases, engine, [], claims, "2020-03-01")
    answer = client.get("/v1/statistics/casualties?conflict=war&group_by=month").json
    assert [(row["month"], row["best"]) for row in answer["data"]] == [("2020-03", 10), (None, 20)]
    said_so = [w["text"] for w in answer["meta"]["warnings"] if w["code"] == "rows_overlap"]
    assert said_so == ["A row with 10 people covers days of a period that is in another row. Do not add these rows."]
    # In one row only the higher counts (rule 9).
    (row,) = client.get("/v1/statistics/casualties?conflict=war&group_by=year").json["data"]
    assert row["best"] == 20
