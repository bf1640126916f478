"""Counts of records: the address of every row returns exactly the records that the row counts."""

import json
import urllib.parse
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from schemas.statistics.record_counts import CLAIM_GROUPS, EVENT_GROUPS
from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import HonestClient

GROUPS = {"claims": CLAIM_GROUPS, "events": EVENT_GROUPS}
SINGLE = [(record_type, name) for record_type, names in GROUPS.items() for name in names]
PAIRS = [
    ("claims", "subject_side,harm"),
    ("claims", "claimant_side,subject_side"),
    ("claims", "conflict,year,measure"),
    ("claims", "source,publisher"),
    ("claims", "reliability,source"),
    ("claims", "country,admin1,event_type"),
    ("claims", "statement,stated_month,harm,victim_status,qualifier"),
    ("events", "side,type"),
    ("events", "violence,cause"),
    ("events", "country,admin1,year"),
]
NARROWED = [
    ("claims", "subject_side", "subject_side=red,red-north"),
    ("claims", "subject_side,harm", "subject_side=red,all&members=1"),
    ("claims", "harm", "subject_side=red&members=1"),
    ("claims", "conflict", "conflict=war-first"),
    ("claims", "source", "source=agency"),
    ("claims", "publisher", "publisher=Times\\, Weekly,=Wire"),
    ("claims", "reliability", "reliability=none"),
    ("claims", "source", "publisher=Agency"),
    ("claims", "harm", "q=Շուշի&from=2020-03"),
    ("claims", "claimant_side,year", "bbox=179,-12,-179,-9"),
    ("events", "side", "side=red-north"),
    ("events", "side,year", "side=none,hired"),
    ("events", "conflict", "recorded_conflict=war-first,war"),
]


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


def ask(app: Flask, record_type: str, query: str) -> TestResponse:
    pairs = dict(pair.split("=", 1) for pair in query.split("&"))
    return app.test_client().get(f"/v1/statistics/{record_type}", query_string=pairs)


def counted(app: Flask, record_type: str, query: str) -> list[tuple[Any, ...]]:
    """Return rows as tuples of words, with the number last."""
    answer = ask(app, record_type, query)
    assert answer.status_code == 200, answer.text
    names = answer.json["meta"]["group_by"]
    return [(*(shown(row[name]) for name in names), row[record_type]) for row in answer.json["data"]]


def shown(key: Any) -> Any:
    return key["id"] if isinstance(key, dict) else key


def check_rows(app: Flask, record_type: str, query: str, most: int = 1000) -> None:
    """Check that rows' addresses return as many records as the rows count, for about `most` rows from first to last."""
    answer = ask(app, record_type, query)
    assert answer.status_code == 200, answer.text
    rows = answer.json["data"]
    for row in rows[:: len(rows) // most + 1] + rows[-1:]:
        found = app.test_client().get(row["url"] + "&fields=id&limit=1")
        assert (row["url"], found.json["meta"]["total"]) == (row["url"], row[record_type])


@pytest.mark.parametrize(("record_type", "group_by"), SINGLE + PAIRS)
def test_a_row_of_the_seeds_leads_to_the_records_it_counts(seeded: Flask, record_type: str, group_by: str) -> None:
    check_rows(seeded, record_type, f"group_by={group_by}", most=4)


@pytest.mark.parametrize(("record_type", "group_by"), SINGLE + PAIRS)
def test_a_row_leads_to_the_records_it_counts(world: Flask, record_type: str, group_by: str) -> None:
    check_rows(world, record_type, f"group_by={group_by}")


@pytest.mark.parametrize(("record_type", "group_by", "query"), NARROWED)
def test_a_row_of_a_narrowed_question_leads_to_the_records_it_counts(
    world: Flask, record_type: str, group_by: str, query: str
) -> None:
    check_rows(world, record_type, f"group_by={group_by}&{query}")


@pytest.mark.parametrize(
    ("record_type", "query", "rows"),
    [
        ("claims", "group_by=harm", [("injured", 1), ("killed", 3), ("losses", 1), ("missing", 1), (None, 2)]),
        ("claims", "group_by=claimant_side", [("alpha", 3), ("red", 2), (None, 3)]),
        ("claims", "group_by=subject_side,kind", [("alpha", "casualty", 1), ("alpha", "silence", 1)]
            + [("red", "casualty", 1), ("red-north", "casualty", 1), ("red-south", "casualty", 1)]
            + [("all", "casualty", 1), ("all", "denial", 1), ("all", "responsibility", 1)]),
        ("claims", "group_by=publisher", [("=Wire", 3), ("Agency", 3), ("Times, Weekly", 4)]),
        ("claims", "group_by=reliability", [("B", 4), ("F", 3), (None, 3)]),
        ("claims", "group_by=year", [("1990", 1), ("2020", 6), (None, 1)]),
        ("claims", "group_by=conflict&subject_side=all", [("other", 1), ("war", 2)]),
        ("claims", "group_by=publisher&publisher=Agency", [("Agency", 3)]),
        ("events", "group_by=side", [("alpha", 2), ("hired", 1), ("red-north", 1), (None, 1)]),
        ("events", "group_by=side&side=red-north", [("red-north", 1)]),
        ("events", "group_by=violence", [("none", 1), ("one_sided", 1), ("state_based", 1), ("unknown", 1)]),
        ("events", "group_by=admin1", [("North, upper", 1), ("South", 1), (None, 2)]),
        ("events", "group_by=month&from=2020-05", [("2020-05", 1), ("2020-06", 1)]),
    ],
)  # fmt: skip
def test_rows_are_those_counted_by_hand(
    world: Flask, record_type: str, query: str, rows: list[tuple[Any, ...]]
) -> None:
    assert counted(world, record_type, query) == rows


def test_a_row_has_its_words_its_number_and_its_address(world: Flask) -> None:
    answer = ask(world, "claims", "group_by=claimant_side,publisher&harm=killed&has_figure=1")
    assert answer.json["data"] == [
        {
            "claimant_side": {"id": "alpha", "name": "Alpha"},
            "publisher": publisher,
            "claims": number,
            "url": "http://127.0.0.1:8000/v1/claims?harm=killed&has_figure=1&claimant_side=alpha&publisher=" + escaped,
        }
        for publisher, number, escaped in (("Agency", 1, "Agency"), ("Times, Weekly", 2, "Times%5C,+Weekly"))
    ]
    assert answer.json["meta"]["total"] == 2
    assert answer.json["meta"]["filters"] == {"harm": ["killed"], "has_figure": True}


def test_what_is_not_stated_is_asked_for_by_none(world: Flask) -> None:
    (row,) = [row for row in ask(world, "claims", "group_by=measure").json["data"] if row["measure"] is None]
    assert dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(row["url"]).query)) == {"measure": "none"}


@pytest.mark.parametrize(
    ("record_type", "group_by", "warned"),
    [("claims", "source,harm", ["source"]), ("claims", "publisher,reliability", ["publisher", "reliability"])]
    + [("events", "side", ["side"]), ("claims", "subject_side", []), ("events", "type,year", [])],
)
def test_rows_that_do_not_add_up_are_told(world: Flask, record_type: str, group_by: str, warned: list[str]) -> None:
    answer = ask(world, record_type, f"group_by={group_by}")
    warnings = answer.json["meta"]["warnings"]
    assert {warning["code"] for warning in warnings} <= {"records_repeated"}
    assert [warning["text"].split(" of ")[1].split(".")[0] for warning in warnings] == warned
    total = sum(row[record_type] for row in answer.json["data"])
    assert total == answer.json["meta"]["total"] or warned


@pytest.mark.parametrize("record_type", GROUPS)
def test_the_default_has_one_word_and_adds_up(client: HonestClient, record_type: str) -> None:
    told = client.get(f"/v1/statistics/{record_type}").json
    assert told["meta"]["group_by"] == [{"claims": "harm", "events": "type"}[record_type]]
    assert sum(row[record_type] for row in told["data"]) == told["meta"]["total"] > 0
    assert told["meta"]["total"] == client.get(f"/v1/{record_type}").json["meta"]["total"]


@pytest.mark.parametrize(
    "group_by", ["best", "id", "harm,q", "Harm", "a,b,c,d,e,f", "harm,kind,subject_side,year,month,status"]
)
def test_a_word_that_does_not_count_is_refused(world: Flask, group_by: str) -> None:
    body = worlds.told(ask(world, "claims", f"group_by={group_by}"), 422, "invalid-parameter")
    assert body["errors"][0]["name"] == "group_by"


@pytest.mark.parametrize("query", ["subject_side=nobody", "group_by=subject_side&claimant=nobody"])
def test_a_count_about_nobody_is_refused(world: Flask, query: str) -> None:
    worlds.told(ask(world, "claims", query), 422, "unknown-record")


@pytest.mark.parametrize("name", ["limit", "cursor", "sort", "fields"])
def test_what_pages_does_not_count(world: Flask, name: str) -> None:
    worlds.told(ask(world, "claims", f"{name}=1"), 400, "unknown-parameter")


def test_counts_are_the_same_in_every_format(world: Flask) -> None:
    expected = counted(world, "claims", "group_by=subject_side,harm")
    client = world.test_client()
    lines = client.get("/v1/statistics/claims.ndjson?group_by=subject_side,harm").text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(shown(row["subject_side"]), row["harm"], row["claims"]) for row in rows] == expected
    header, *cells = client.get("/v1/statistics/claims.csv?group_by=subject_side,harm").text.split("\r\n")
    assert header == "subject_side_id,subject_side_name,harm,claims,url"
    assert [line.split(",")[3] for line in cells if line] == [str(row[-1]) for row in expected]
    bare = client.get("/v1/statistics/claims?group_by=subject_side,harm&shape=array")
    assert json.loads(bare.data) == rows
