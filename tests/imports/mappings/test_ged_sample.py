"""UCDP's events and conflict totals from a compilation: the best figures by year and conflict are as imported."""

import pytest

from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, Row, bounds, brought, summed

EVENTS, TOTALS = "events_sample.json", "conflicts_summary.json"


def best(row: Row) -> int:
    number: int = row["best"]
    return number


@pytest.fixture(scope="module", params=SIZES)
def events(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, "ucdp-ged-sample", [("ucdp-ged-sample", [EVENTS])])


@pytest.fixture(scope="module", params=SIZES)
def totals(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, "ucdp-ged-sample", [("ucdp-conflict-totals", [TOTALS])])


def test_events_add_up_by_year(events: Imported) -> None:
    rows = events.json(EVENTS)
    found = {row["year"]: row["best"] for row in events.totals("group_by=year")}
    assert found == summed(rows, lambda row: row["date"][:4], best)
    if events.whole:
        assert len(rows) == 9972
    assert events.total("") == sum(map(best, rows))


def test_civilians_and_combatants_are_parts_of_the_best(events: Imported) -> None:
    rows = events.json(EVENTS)
    found = {row["victim_status"]: row["best"] for row in events.totals("group_by=victim_status")}
    assert found["any"] == sum(map(best, rows))
    assert found["civilian"] == sum(row["civilian_deaths"] for row in rows)
    assert found["member_of_armed_forces"] == sum(row["combatant_deaths"] for row in rows)


def test_a_total_of_a_conflict_is_a_running_total_with_its_bounds(totals: Imported) -> None:
    rows = totals.json(TOTALS)
    wanted = {f"ucdp-conflict-{row['id']}": (row["low"], row["best"], row["high"]) for row in rows}
    assert {row["conflict"]["id"]: bounds(row) for row in totals.totals("basis=totals")} == wanted
    assert totals.totals("basis=incidents") == []  # never added to events
    if totals.whole:
        told = totals.json("data_summary.json")["total_deaths"]
        assert [sum(column) for column in zip(*wanted.values(), strict=True)] == [
            told["low"],
            told["best"],
            told["high"],
        ]


def test_conflicts_that_share_a_name_stay_two(totals: Imported) -> None:
    names = [row["name"] for row in totals.json(TOTALS)]
    assert len(names) > len(set(names))
    assert len(totals.ids("conflicts")) == len(names)
