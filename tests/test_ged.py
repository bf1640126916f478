"""A whole release of official data comes out of the API as it went in: UCDP GED, Ukraine, 2014 to 2021.

`make test` reads the sample of tests/data; `make test-data DATA=../shared/data` the release itself.
"""

import os
import pathlib
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask

from tests import ged
from tests.conftest import Databases
from tests.worlds import Document, ids, made

RELEASE = "ucdp-ged-ukraine/conflict_data_ukr.v3-to2021.csv"
SAMPLE = pathlib.Path(__file__).parent / "data" / RELEASE
POLICIES = ("envelope", "latest", "third_party")


class Loaded(NamedTuple):
    app: Flask
    events: list[ged.Row]

    def rows(self, question: str) -> list[Document]:
        answer = self.app.test_client().get(f"/v1/statistics/casualties?shape=array&{question}")
        assert answer.status_code == 200, answer.text
        found: list[Document] = answer.json
        return found

    def sums(self, group: str, question: str = "") -> dict[str, ged.Bounds]:
        """Low, best and high by the values of one group."""
        rows = self.rows(f"group_by={group}&{question}")
        return {named(row[group]): figures(row) for row in rows}


def named(value: Document | str | None) -> str:
    return value["id"] if isinstance(value, dict) else value or ""


def figures(row: Document) -> ged.Bounds:
    return row["low"], row["best"], row["high"]


@pytest.fixture(scope="module", params=["sample", pytest.param("release", marks=pytest.mark.data)])
def loaded(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Loaded:
    path = SAMPLE
    if request.param == "release":
        if not (data := os.environ.get("DATA")):
            pytest.skip("DATA does not say where the real files lie: make test-data DATA=../shared/data")
        path = pathlib.Path(data) / RELEASE
    events = ged.rows(path)
    # A machine that is busy with other tests may take its time.
    return Loaded(made(databases, engine, ged.documents(events), statement_seconds=60), events)


@pytest.mark.parametrize("policy", POLICIES)
def test_all_events_add_up_to_the_columns_of_the_file(loaded: Loaded, policy: str) -> None:
    (row,) = loaded.rows(f"policy={policy}")
    assert figures(row) == tuple(sum(ged.bounds(event)[n] for event in loaded.events) for n in range(3))
    assert row["cells"] == row["claims"] == len(loaded.events)
    assert (row["open_ended"], row["imputed"], row["incomplete"], row["disputed"]) == (0, 0, 0, 0)


GROUPS: dict[str, Callable[[ged.Row], str]] = {
    "year": lambda event: event["year"],
    "month": lambda event: event["date_start"][:7],
    "admin1": lambda event: event["adm_1"],
    "conflict": lambda event: ged.slug(event["conflict_name"]),
    "event": lambda event: f"ged-{event['id']}",
}


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_adds_up_to_the_columns_of_the_file(loaded: Loaded, group: str) -> None:
    assert loaded.sums(group) == ged.summed(loaded.events, GROUPS[group])


@pytest.mark.parametrize("year", range(2014, 2022))
def test_a_year_asked_alone_is_the_year_of_the_file(loaded: Loaded, year: int) -> None:
    (row,) = loaded.rows(f"year={year}")
    of_year = [event for event in loaded.events if event["date_start"].startswith(str(year))]
    assert {str(year): figures(row)} == ged.summed(of_year, lambda event: event["year"])


def test_bounds_out_of_order_are_kept_as_given_and_flagged(loaded: Loaded) -> None:
    wrong = [event for event in loaded.events if ged.disordered(event)]
    assert {"155425", "232776"} <= {event["id"] for event in wrong} and len(wrong) == 13
    answer = loaded.app.test_client().get("/v1/claims?flag=bounds_disordered")
    assert {claim["event"]["id"]: figures(claim) for claim in answer.json["data"]} == {
        f"ged-{event['id']}": ged.bounds(event) for event in wrong
    }
    (row,) = loaded.rows("event=ged-155425")
    assert figures(row) == (7, 7, 6)


def test_the_parts_are_told_by_side_and_status_and_never_added_to_the_whole(loaded: Loaded) -> None:
    dead: dict[str, int] = {}
    statuses = {"member_of_armed_forces": 0, "civilian": 0, "unknown": 0}
    for event in loaded.events:
        for column, side in ged.SOLDIERS.items():
            statuses["member_of_armed_forces"] += int(event[column])
            if int(event[column]):
                dead[ged.slug(event[side])] = dead.get(ged.slug(event[side]), 0) + int(event[column])
        for column, status in ged.OTHERS.items():
            statuses[status] += int(event[column])
    whole = sum(int(event["best"]) for event in loaded.events)
    by_side = {named(row["subject_side"]): row["best"] for row in loaded.rows("group_by=subject_side")}
    assert by_side == {"all": whole, **dead}
    by_status = {row["victim_status"]: row["best"] for row in loaded.rows("group_by=victim_status")}
    assert by_status == {"any": whole, **statuses}
    assert sum(statuses.values()) == whole


def test_every_claim_is_in_the_database(loaded: Loaded) -> None:
    answer = loaded.app.test_client().get("/v1/claims?limit=1&sort=id")
    assert answer.json["meta"]["total"] == len(ged.documents(loaded.events)["claims"])
    assert ids(answer)
