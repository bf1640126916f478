"""Datasets as a record type: what each covers and counts, its releases, and what must not be added to it."""

import csv
import io
import pathlib
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.update import revise_record
from seeds import DATA
from tests.conftest import Databases
from tests.support import worlds
from tests.support.exports import contents, loaded, package
from tests.support.imported import command

GED = DATA / "ucdp-ged-ukraine"
EARLIER, LATER = GED / "conflict_data_ukr.v2-to2019.csv", GED / "conflict_data_ukr.v3-to2021.csv"
TOTALS = DATA / "ucdp-ged-sample" / "conflicts_summary.json"
#: Event ids in the files, and the claims that the mapping makes: 85 of 38 events, and 96 of 43 events.
NUMBERS = {"2019": (85, 85, 38), "2021": (96, 96, 43)}


@pytest.fixture(scope="module")
def two(databases: Databases, engine: str) -> Flask:
    """Return a small world with two releases of the events of UCDP, and its totals of conflicts."""
    app = worlds.made(databases, engine, worlds.SMALL)
    command("ucdp-ged", [EARLIER], databases, "--release", "2019")
    command("ucdp-ged", [LATER], databases, "--release", "2021", "--vanished", "22")
    command("ucdp-conflict-totals", [TOTALS], databases, "--release", "25.1")
    return app


def data(app: Flask, address: str) -> Any:
    worlds.rebound(app)
    answer = app.test_client().get(address)
    assert answer.status_code == 200, answer.text
    return answer.json["data"]


def days(file: pathlib.Path) -> tuple[str, str]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if not row["date_start"].startswith("#")]
    return min(row["date_start"] for row in rows)[:10], max(row["date_end"] for row in rows)[:10]


def test_a_dataset_tells_whose_it_is_what_it_covers_and_what_it_counts(two: Flask) -> None:
    found = data(two, "/v1/datasets/ucdp-ged")
    assert (found["publisher"], found["licence"], found["release"]) == (
        "Uppsala Conflict Data Program",
        "CC BY 4.0",
        "2021",
    )
    assert found["counts"].startswith("Deaths in each event of organised violence")
    assert (found["first_day"], found["last_day"]) == days(LATER)
    assert (found["countries"], found["harms"], found["measures"]) == (["UKR"], ["killed"], ["incident"])
    assert {"id": "ucdp-conflict-13246", "name": "Ukraine: Donetsk"} in found["conflicts"]
    assert (found["claims"], found["reports"], found["events"]) == NUMBERS["2021"]


def test_its_releases_have_their_names_revisions_and_numbers(two: Flask) -> None:
    releases = data(two, "/v1/datasets/ucdp-ged")["releases"]
    assert [(r["name"], r["revision"], (r["claims"], r["reports"], r["events"])) for r in releases] == [
        ("2019", 2, NUMBERS["2019"]),
        ("2021", 3, NUMBERS["2021"]),
    ]
    assert all(release["imported_at"].endswith("Z") for release in releases)


def test_a_past_revision_has_the_release_of_its_time(two: Flask) -> None:
    then = data(two, "/v1/datasets/ucdp-ged?revision=2")
    assert (then["release"], then["claims"], then["last_day"]) == ("2019", 85, days(EARLIER)[1])
    assert [release["name"] for release in then["releases"]] == ["2019"]
    assert data(two, "/v1/datasets?revision=1") == []


def test_what_it_must_not_be_added_to_is_told_by_both_with_the_reason(two: Flask) -> None:
    why = "It has the events that are summed here; use basis=totals or basis=incidents."
    of_events, of_totals = (data(two, f"/v1/datasets/{name}") for name in ("ucdp-ged", "ucdp-conflict-totals"))
    contained = "Its totals contain these events; use basis=totals or basis=incidents."
    title = "Conflict totals of the UCDP Georeferenced Event Dataset"
    assert [
        other for other in of_events["not_added_to"] if other["id"] in ("ucdp-conflict-totals", "ucdp-country-year")
    ] == [
        {"id": "ucdp-conflict-totals", "title": title, "reason": contained, "importing": "warned"},
        {
            "id": "ucdp-country-year",
            "title": None,
            "reason": "The dead of a country and year are those of its events.",
            "importing": "refused",
        },
    ]
    assert {"id": "ucdp-ged", "title": of_events["title"], "reason": why, "importing": "warned"} in of_totals[
        "not_added_to"
    ]


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("", ["ucdp-conflict-totals", "ucdp-ged"]),
        ("sort=-id", ["ucdp-ged", "ucdp-conflict-totals"]),
        ("id=ucdp-ged", ["ucdp-ged"]),
        ("publisher=Uppsala Conflict Data Program", ["ucdp-conflict-totals", "ucdp-ged"]),
        ("conflict=ucdp-conflict-13246", ["ucdp-ged"]),
        ("country=UKR", ["ucdp-ged"]),
        ("harm=injured", []),
        ("from=2022", ["ucdp-conflict-totals"]),
        ("to=2013", ["ucdp-conflict-totals"]),
    ],
)
def test_datasets_are_filtered_like_every_list(two: Flask, question: str, ids: list[str]) -> None:
    assert [dataset["id"] for dataset in data(two, f"/v1/datasets?{question}")] == ids


def test_an_unknown_dataset_is_refused_with_the_nearest(two: Flask) -> None:
    body = worlds.told(two.test_client().get("/v1/claims?dataset=ucdp-gde"), 422, "unknown-record")
    assert body["errors"][0]["did_you_mean"] == ["ucdp-ged"]
    worlds.told(two.test_client().get("/v1/datasets/ucdp-gde"), 404, "not-found")


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_datasets_have_the_other_forms(two: Flask, form: str) -> None:
    worlds.rebound(two)
    answer = two.test_client().get(f"/v1/datasets.{form}", buffered=True)
    assert answer.status_code == 200 and answer.data
    if form == "csv":
        _, ged = csv.DictReader(io.StringIO(answer.text))
        assert (ged["releases_name"], ged["releases_claims"], ged["claims"]) == ("2019;2021", "85;96", "96")
        assert {"ucdp-conflict-totals", "ucdp-country-year"} <= set(ged["not_added_to_id"].split(";"))


@pytest.mark.parametrize("record_type", ["claims", "reports", "events"])
def test_a_record_names_its_dataset(two: Flask, record_type: str) -> None:
    imported, entered = (data(two, f"/v1/{record_type}?limit=1&dataset={name}")[0] for name in ("ucdp-ged", "none"))
    assert (imported["dataset"], entered["dataset"]) == ("ucdp-ged", None)
    assert data(two, f"/v1/{record_type}/{imported['id']}")["dataset"] == "ucdp-ged"
    listed = two.test_client().get(f"/v1/{record_type}.csv?fields=id,dataset&id={imported['id']}").text
    assert listed.splitlines() == ["id,dataset", f"{imported['id']},ucdp-ged"]


def test_claims_and_events_are_counted_by_dataset(two: Flask) -> None:
    claims = data(two, "/v1/statistics/claims?group_by=dataset&status=active")
    entered = sum(claim.get("status", "active") == "active" for claim in worlds.SMALL["claims"])
    numbers = {"ucdp-ged": 96, "ucdp-conflict-totals": 48, None: entered}
    assert {row["dataset"]: row["claims"] for row in claims} == numbers
    for row in claims:
        assert two.test_client().get(row["url"]).json["meta"]["total"] == row["claims"]
    by_tables = data(two, "/v1/statistics/claims?group_by=dataset,publisher&status=active")
    assert {row["dataset"] for row in by_tables} == {"ucdp-ged", "ucdp-conflict-totals", None}
    events = data(two, "/v1/statistics/events?group_by=dataset")
    assert {row["dataset"]: row["events"] for row in events} == {"ucdp-ged": 47, None: 4}


def test_a_package_brings_back_what_a_dataset_tells(
    two: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    told = data(two, "/v1/datasets?fields=id,counts,not_added_to,claims,first_day,last_day")
    worlds.rebound(two)
    first = package(two, tmp_path / "first.zip")
    back = loaded(databases, engine, first)
    assert data(back, "/v1/datasets?fields=id,counts,not_added_to,claims,first_day,last_day") == told
    assert contents(package(back, tmp_path / "back.zip")) == contents(first)


def test_a_release_that_changes_nothing_leaves_this_revision_as_it_was(databases: Databases, engine: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL)
    command("ucdp-ged", [EARLIER], databases, "--release", "2019")
    before = app.test_client().get("/v1/datasets").data
    for _ in range(2):
        command("ucdp-ged", [EARLIER], databases, "--release", "2019b")
        assert app.test_client().get("/v1/datasets").data == before
    with database.connection_context():
        revise_record("sides", "alpha", {"note": "Later."}, "A note.", "editor")
    assert [r["name"] for r in data(app, "/v1/datasets/ucdp-ged")["releases"]] == ["2019", "2019b"]
    assert [r["name"] for r in data(app, "/v1/datasets/ucdp-ged?revision=2")["releases"]] == ["2019"]


def test_casualties_by_dataset_are_the_answers_of_each_dataset(two: Flask) -> None:
    """The answer does not split one figure by dataset, because datasets count the same people."""
    worlds.rebound(two)
    client = two.test_client()
    together = client.get("/v1/statistics/casualties?group_by=dataset,conflict&harm=killed").json
    assert {row["dataset"] for row in together["data"]} == {"ucdp-ged", "ucdp-conflict-totals", None}
    for dataset in ("ucdp-ged", "ucdp-conflict-totals", "none"):
        alone = client.get(f"/v1/statistics/casualties?group_by=conflict&harm=killed&dataset={dataset}").json["data"]
        mine = [row for row in together["data"] if (row["dataset"] or "none") == dataset]
        figures = ("basis", "conflict", "harm", "low", "best", "high", "claims", "statements")
        assert [[row[name] for name in figures] for row in mine] == [[row[name] for name in figures] for row in alone]
        assert all("datasets_apart" in row["warnings"] for row in mine)
    for row in together["data"]:
        address = row["links"]["claims"].removeprefix("http://127.0.0.1:8000")
        assert client.get(f"{address}&limit=1").json["meta"]["total"] == row["claims"]
        explained = client.get(row["links"]["explain"].removeprefix("http://127.0.0.1:8000")).json["data"]
        assert explained["best"] == row["best"]
    assert (together["meta"]["group_by"], together["meta"]["excluded"]) == (["dataset", "conflict"], [])
    assert together["meta"]["warnings"][0]["code"] == "datasets_apart"


def test_casualties_by_dataset_alone_and_as_csv(two: Flask) -> None:
    worlds.rebound(two)
    client = two.test_client()
    rows = client.get("/v1/statistics/casualties?group_by=dataset&harm=killed&basis=incidents").json["data"]
    ged = next(row for row in rows if row["dataset"] == "ucdp-ged")
    (alone,) = client.get("/v1/statistics/casualties?dataset=ucdp-ged&harm=killed&basis=incidents").json["data"]
    assert ged["best"] == alone["best"]
    table = csv.DictReader(io.StringIO(client.get("/v1/statistics/casualties.csv?group_by=dataset&harm=killed").text))
    assert {row["dataset"] for row in table} == {"ucdp-ged", "ucdp-conflict-totals", ""}
    only = client.get("/v1/statistics/casualties?group_by=dataset&dataset=ucdp-ged&harm=killed").json["data"]
    assert {row["dataset"] for row in only} == {"ucdp-ged"}
    for name in ("limit=1", "sort=best", "evidence=1"):
        refused = client.get(f"/v1/statistics/casualties?group_by=dataset&{name}")
        assert worlds.told(refused, 422, "invalid-parameter")["errors"][0]["name"] == name.split("=")[0]
