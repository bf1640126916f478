"""Figures on the map. They come by hand from the seeds and from a world of a few points."""

import json
import urllib.parse
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.http.test_formats import csv_rows
from tests.support.contract import HonestClient
from tests.support.worlds import World, claim, made, report, told

PLACES = "/v1/statistics/places"
Row = dict[str, Any]


def rows(client: Any, query: str) -> list[Row]:
    answer = client.get(f"{PLACES}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json["data"]
    return found


# The seeds -------------------------------------------------------------------------------------------------------


def test_three_strikes_on_one_town_are_one_point(client: HonestClient) -> None:
    (ganja,) = [row for row in rows(client, "harm=killed") if row["place"] == "Ganja"]
    # 1 + 10 + 13 (methodology.md)
    assert (ganja["events"], ganja["event"], ganja["best"], ganja["located"]) == (3, None, 24, "point")
    assert (ganja["latitude"], ganja["longitude"], ganja["place_precision"]) == (40.6828, 46.3606, 2)
    by_event = client.get(ganja["links"]["figures"]).json["data"]
    assert [row["best"] for row in by_event] == [1, 10, 13]


def test_what_has_no_point_is_told_and_not_put_anywhere(client: HonestClient) -> None:
    apart = [row for row in rows(client, "harm=killed") if row["latitude"] is None]
    # Periods with 60, 54, 400 and Ganja's 26 killed; the clash of 12 July, and the night after
    assert [(row["located"], row["events"], row["best"]) for row in apart] == [
        ("period", 0, 540),
        ("nowhere", 1, 3),
        ("nowhere", 1, 1),
    ]
    assert all(row["bbox"] is None and row["longitude"] is None for row in apart)
    assert [row["place"] for row in apart] == [None, "Tovuz district", "Tovuz district"]


def test_a_grid_adds_what_lies_in_its_squares(client: HonestClient) -> None:
    found = rows(client, "harm=killed&grid=5")
    # Ganja and Barda lie within 40-45 N, 45-50 E: 24 + 21. The point is the middle of their box.
    assert [(row["events"], row["best"], row["place"]) for row in found if row["located"] == "point"] == [
        (1, 100, "Al-Ahli Arab hospital, Gaza City"),
        (4, 45, None),
    ]
    assert (found[1]["latitude"], found[1]["longitude"]) == (40.5286, 46.7436)
    assert found[1]["bbox"] == "46.3606,40.3744,47.1266,40.6828"


def test_the_finest_grid_that_keeps_to_the_limit_is_taken(client: HonestClient) -> None:
    whole = client.get(f"{PLACES}?harm=killed").json["meta"]
    assert (whole["grid"], whole["limit"], whole["total"]) == ("0", 500, 6)
    narrow = client.get(f"{PLACES}?harm=killed&limit=5").json["meta"]
    assert (narrow["grid"], narrow["total"]) == ("0.1", 5)  # the two without a point form one row
    coarse = client.get(f"{PLACES}?harm=killed&limit=4").json["meta"]
    assert (coarse["grid"], coarse["total"]) == ("2.5", 4)
    assert len(csv_rows(client.get(f"{PLACES}.csv?harm=killed"))) == 6


@pytest.mark.parametrize("query", ["", "harm=killed&grid=5", "policy=latest&grid=30", "as_of=2020-10-11&harm=killed"])
def test_every_row_links_to_exactly_its_claims(client: HonestClient, query: str) -> None:
    found = rows(client, query)
    assert found
    for row in found:
        assert client.get(row["links"]["claims"]).json["meta"]["total"] == row["claims"] > 0


@pytest.mark.parametrize("query", ["", "harm=injured", "conflict=nagorno-karabakh&policy=highest"])
def test_whatever_the_grid_the_sum_is_that_of_the_events(client: HonestClient, query: str) -> None:
    events = client.get(f"/v1/statistics/casualties?group_by=event&{query}").json["data"]
    for grid in ("0", "0.25", "10", "30"):
        found = rows(client, f"grid={grid}&{query}")
        for name in ("low", "best", "high", "claims", "cells", "open_ended", "disputed"):
            assert sum(row[name] for row in found) == sum(row[name] for row in events)
        assert sum(row["events"] for row in found) == len([row for row in events if row["event"]])


def test_another_map_reads_it_as_geojson(client: HonestClient) -> None:
    found = json.loads(client.get(f"{PLACES}.geojson?harm=killed").data)
    placed = [feature for feature in found["features"] if feature["geometry"]]
    assert [feature["properties"]["best"] for feature in placed] == [100, 24, 21]
    assert placed[1]["geometry"] == {"type": "Point", "coordinates": [46.3606, 40.6828]}
    assert found["without_place"] == len(found["features"]) - len(placed) == 3


def test_the_other_basis_is_linked(client: HonestClient) -> None:
    warnings = client.get(f"{PLACES}?harm=killed&grid=5&limit=3").json["meta"]["warnings"]
    (warning,) = [warning for warning in warnings if warning["code"] == "other_basis"]
    # Ganja's 26 come from three strikes with points.
    assert [w["code"] for w in warnings] == ["other_basis", "rows_overlap"] and "26 people" in warnings[1]["text"]
    assert client.get(warning["url"]).json["meta"]["basis"] == "totals"


def test_what_cannot_be_is_refused(client: HonestClient) -> None:
    told(client.get(f"{PLACES}?grid=3"), 422, "invalid-parameter")
    told(client.get(f"{PLACES}?basis=totals"), 400, "unknown-parameter")
    used = urllib.parse.quote("row=killed&located=point&within=1,1,2,2")
    assert "group_by=event" in told(client.get(f"/v1/claims?used_by={used}"), 422, "invalid-parameter")["detail"]


# A small world: two exact points in one square, a centroid on one of them, and one across the antimeridian -----------

POINTS = {"east": (10.2, 20.4, 1), "west": (10.3, 20.1, 2), "middle": (10.2, 20.4, 4), "far": (-0.1, -179.9, None)}
WORLD: World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "beta", "name": "Beta"}],
    "conflicts": [{"id": "war", "name": "War", "sides": ["alpha", "beta"]}],
    "claimants": [{"id": "alpha-mod", "name": "Alpha's ministry", "side": "alpha"}],
    "sources": [{"id": "times", "publisher": "Times"}],
    "events": [
        {
            "id": name, "name": name, "conflict": "war", "type": "Battles", "started_on": "2020-01-01",
            "ended_on": "2020-01-01", "latitude": latitude, "longitude": longitude, "place_precision": precision,
        }
        for name, (latitude, longitude, precision) in POINTS.items()
    ],
    "claims": [
        claim(name, event=name, measure="incident", subject_side="alpha", qualifier="exact", low=n, best=n, high=n)
        for n, name in enumerate(POINTS, 1)
    ],
    "reports": [report(name, "times") for name in POINTS],
    "relations": [{"id": "east-includes-middle", "claim": "east", "kind": "includes", "target": "middle"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, WORLD)


def test_a_centroid_is_never_put_together_with_a_place(databases: Databases, engine: str) -> None:
    app = made(databases, engine, WORLD | {"relations": []})
    found = rows(app.test_client(), "grid=1")
    assert [(row["located"], row["best"], row["events"], row["place_precision"]) for row in found] == [
        ("area", 4, 1, None),
        ("point", 3, 2, None),
        ("area", 3, 1, 4),
    ]
    assert [row["bbox"] for row in found] == ["-179.9,-0.1,-179.9,-0.1", "20.1,10.2,20.4,10.3", "20.4,10.2,20.4,10.2"]
    for row in found:
        events = app.test_client().get(row["links"]["figures"]).json["data"]
        assert sum(event["best"] for event in events) == row["best"] and len(events) == row["events"]


def test_an_event_inside_another_is_on_the_map_with_a_warning(world: Flask) -> None:
    """Each event has its own figure, and the warning says which figures overlap (rule 18)."""
    found = rows(world.test_client(), "grid=30")
    assert [(row["located"], row["best"], row["claims"]) for row in found] == [
        ("area", 4, 1),
        ("point", 3, 2),
        ("area", 3, 1),
    ]
    evidence = [world.test_client().get(row["links"]["claims"]).json["data"] for row in found]
    assert [[claim["id"] for claim in claims] for claims in evidence] == [["far"], ["east", "west"], ["middle"]]
    warnings = world.test_client().get(f"{PLACES}?grid=30").json["meta"]["warnings"]
    assert [w["code"] for w in warnings] == ["rows_overlap"]


def test_a_narrower_map_keeps_its_filters_in_the_evidence(world: Flask) -> None:
    found = rows(world.test_client(), "bbox=20,10,21,11&place_precision=1,4&grid=1")
    assert sorted((row["located"], row["events"], row["best"]) for row in found) == [("area", 1, 3), ("point", 1, 1)]
    evidence = [world.test_client().get(row["links"]["claims"]).json["data"] for row in found]
    assert sorted(claim["id"] for claims in evidence for claim in claims) == ["east", "middle"]


@pytest.mark.parametrize("address", ["places", "disagreement", "series"])
def test_flat_rows_have_the_codes_of_their_warnings(client: HonestClient, address: str) -> None:
    question = f"/v1/statistics/{address}?conflict=nagorno-karabakh-2020&as_of=2020-11-02"
    codes = {warning["code"] for warning in client.get(question).json["meta"]["warnings"]}
    rows = csv_rows(client.get(question.replace("?", ".csv?")))
    shown = {code for row in rows for code in row["warnings"].split(";") if code}
    assert rows and shown <= codes
    assert address == "series" or shown
