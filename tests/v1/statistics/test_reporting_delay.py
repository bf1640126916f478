"""Days until a side's first figure of its own losses. They come by hand from the seeds and a small world."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import World, claim, made, report, told, word
from tests.v1.records.test_lists import statements

TIMELINESS = "/v1/statistics/timeliness"
Row = dict[str, Any]


def rows(client: HonestClient, query: str) -> list[Row]:
    answer = client.get(f"{TIMELINESS}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json["data"]
    return found


def days(client: HonestClient, query: str) -> dict[str, tuple[int | None, str | None]]:
    return {(row["event"] or row["conflict"])["id"]: (row["days"], row["explanation"]) for row in rows(client, query)}


# The seeds -------------------------------------------------------------------------------------------------------


def test_azerbaijan_on_its_events(client: HonestClient) -> None:
    assert days(client, "subject_side=azerbaijan") == {
        "border-clash-2020-07-12": (0, None),  # 2 on the same day, although 3 replaces it on the next day
        "border-clash-2020-07-13": (0, None),
        "border-clashes-2020-09-27": (None, "never"),
        "ganja-2020-10-04": (None, "undated"),
        "ganja-2020-10-11": (0, None),
        "ganja-2020-10-17": (0, None),
        "barda-2020-10-28": (2, None),  # stated between 28 and 30 October: the last possible day counts
    }


def test_the_first_figure_is_told_even_if_replaced_since(client: HonestClient) -> None:
    first = {row["event"]["id"]: (row["claim"], row["best"]) for row in rows(client, "subject_side=azerbaijan")}
    assert first["border-clash-2020-07-12"] == ("az-mod-2020-07-12-azerbaijani-killed", 2)
    assert first["ganja-2020-10-11"] == ("az-prosecutor-2020-10-11-ganja-2020-10-11-killed", 7)
    assert first["ganja-2020-10-17"] == ("az-prosecutor-2020-10-17-ganja-2020-10-17-killed", 12)


def test_armenias_zero_of_12_july_is_a_figure(client: HonestClient) -> None:
    assert days(client, "subject_side=armenian") == {
        "border-clash-2020-07-12": (1, None),
        "border-clash-2020-07-13": (None, "never"),
        "border-clashes-2020-09-27": (None, "never"),
    }


def test_azerbaijan_told_of_its_soldiers_67_days_after_the_war_began(client: HonestClient) -> None:
    soldiers = {row["conflict"]["id"]: row for row in rows(
        client, "subject_side=azerbaijan&of=conflicts&victim_status=member_of_armed_forces"
    )}  # fmt: skip
    war = soldiers["nagorno-karabakh-2020"]
    assert (war["days"], war["claim"], war["best"]) == (67, "az-mod-2020-12-03-azerbaijani-killed", 2783)
    assert [(silence["from"], silence["to"], silence["victim_status"]) for silence in war["silences"]] == [
        ("2020-09-27", "2020-12-02", "member_of_armed_forces")
    ]
    civilians = days(client, "subject_side=azerbaijan&of=conflicts&victim_status=civilian")
    assert civilians["nagorno-karabakh-2020"] == (14, None)  # the Prosecutor, 41, on 11 October


def test_the_armenian_side_told_of_its_soldiers_after_a_day(client: HonestClient) -> None:
    assert days(client, "subject_side=armenian&of=conflicts")["nagorno-karabakh-2020"] == (1, None)
    # Artsakh's ministry states the dead of the camp, which include Artsakh's.
    artsakh = {row["conflict"]["id"]: row for row in rows(client, "subject_side=artsakh&of=conflicts")}
    assert artsakh["nagorno-karabakh-2020"]["claimant"]["id"] == "artsakh-mod"
    assert artsakh["nagorno-karabakh-2020"]["subject_side"]["id"] == "armenian"


def test_on_a_day_the_side_had_not_spoken_yet(client: HonestClient) -> None:
    query = "subject_side=azerbaijan&of=conflicts&victim_status=member_of_armed_forces&as_of=2020-10-22"
    war = next(row for row in rows(client, query) if row["conflict"]["id"] == "nagorno-karabakh-2020")
    assert (war["days"], war["explanation"], war["silences"][0]["to"]) == (None, "never", "2020-10-22")
    never = client.get(f"{TIMELINESS}?{query}").json["meta"]["never"]
    assert "nagorno-karabakh-2020" in never and "armenia-azerbaijan-july-2020" not in never


def test_filters_choose_the_events(client: HonestClient) -> None:
    assert set(days(client, "subject_side=azerbaijan&from=2020-10-11&to=2020-10")) == {
        "ganja-2020-10-11",
        "ganja-2020-10-17",
        "barda-2020-10-28",
    }
    assert set(days(client, "subject_side=azerbaijan&event=ganja-2020-10-17")) == {"ganja-2020-10-17"}
    assert len(days(client, "subject_side=azerbaijan&conflict=armenia-azerbaijan-july-2020")) == 2
    assert set(days(client, "subject_side=azerbaijan&of=conflicts&conflict=gaza-2023")) == set()
    assert days(client, "subject_side=azerbaijan&harm=injured")["ganja-2020-10-11"] == (0, None)


def test_every_first_figure_names_its_claimant_measure_day_and_source(client: HonestClient) -> None:
    for row in rows(client, "subject_side=azerbaijan"):
        if row["claim"]:
            assert row["claimant"] and row["subject_side"] and row["measure"] and row["stated_on"] and row["sources"]
            found = client.get(row["url"].removeprefix("http://127.0.0.1:8000")).json["data"]
            assert (found["id"], found["best"]) == (row["claim"], row["best"])


# A small world ---------------------------------------------------------------------------------------------------


def said(id: str, event: str, first: str, last: str, who: str = "red-army", **given: Any) -> dict[str, Any]:
    bounds = {"low": 1, "best": 1, "high": 1, "qualifier": "exact", "measure": "incident", "subject_side": "red"}
    days = {"stated_on": first, "stated_until": last}
    return claim(id, **{"claimant": who, "event": event, **bounds, **days, **given})


def event(id: str, first: str, last: str, **given: Any) -> dict[str, Any]:
    usual = {"name": id, "type": "Battles", "conflict": "war", "sides": [{"side": "red"}]}
    return {"id": id, "started_on": first, "ended_on": last, **usual, **given}


SAID = [
    said("while-it-lasted", "long", "2020-02-02", "2020-02-02"),
    said("by-a-member", "short", "2020-02-06", "2020-02-09", "north-army", subject_side="red-north"),
    said("later", "short", "2020-02-10", "2020-02-10"),
    said("by-others", "others", "2020-02-10", "2020-02-10", "alpha-mod"),
    said("of-others", "others", "2020-02-10", "2020-02-10", subject_side="alpha"),
    said("taken-back", "others", "2020-02-10", "2020-02-10", status="retracted", status_by="editor",
         status_reason="Wrong."),
    said("unlisted", "elsewhere", "2020-02-12", "2020-02-12"),
    word("silent", "silence", claimant="red-army", harm="killed", subject_side="red", covers_from="2020-02-09",
         covers_to="2020-02-11"),
]  # fmt: skip
SMALL: World = {
    "sides": [
        {"id": "alpha", "name": "Alpha"},
        {"id": "red", "name": "Red"},
        {"id": "red-north", "name": "Red North", "member_of": [{"side": "red"}]},
    ],
    "conflicts": [{"id": "war", "name": "War", "sides": ["alpha", "red"]}],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry", "side": "alpha"},
        {"id": "red-army", "name": "Army", "side": "red"},
        {"id": "north-army", "name": "Army of the North", "side": "red-north"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "events": [
        event("long", "2020-02-01", "2020-02-05"),
        event("short", "2020-02-06", "2020-02-06"),
        event("others", "2020-02-10", "2020-02-10"),
        event("vow", "2020-02-10", "2020-02-10", type="Statement", violence="none"),
        event("elsewhere", "2020-02-11", "2020-02-11", sides=[{"side": "alpha"}]),
    ],
    "claims": SAID,
    "reports": [report(found["id"], "times") for found in SAID],
}


@pytest.fixture
def small(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, SMALL))


def test_days_are_never_negative_and_count_from_last_to_last_possible_day(small: HonestClient) -> None:
    assert days(small, "subject_side=red") == {
        "long": (0, "before_it_was_over"),
        "short": (3, None),
        "others": (None, "never"),
        "elsewhere": (1, None),
    }
    assert small.get(f"{TIMELINESS}?subject_side=red").json["meta"]["never"] == ["others"]
    found = {
        row["event"]["id"]: [silence["claim"] for silence in row["silences"]] for row in rows(small, "subject_side=red")
    }
    assert found == {"long": [], "short": [], "others": ["silent"], "elsewhere": ["silent"]}


def test_a_conflict_without_a_first_day_has_no_days(small: HonestClient) -> None:
    assert days(small, "subject_side=red&of=conflicts") == {"war": (None, "never")}


# Over HTTP -------------------------------------------------------------------------------------------------------


def test_csv_says_what_json_says(client: HonestClient) -> None:
    for query in ("subject_side=azerbaijan", "subject_side=azerbaijan&of=conflicts&harm=injured"):
        flat = list(csv.DictReader(io.StringIO(client.get(f"{TIMELINESS}.csv?{query}").text)))
        assert [
            (cells["event_id"], cells["conflict_id"], cells["days"], cells["claim"], cells["silences_from"])
            for cells in flat
        ] == [
            ((row["event"] or {"id": ""})["id"], row["conflict"]["id"], "" if row["days"] is None else str(row["days"]),
             row["claim"] or "", ";".join(silence["from"] for silence in row["silences"]))
            for row in rows(client, query)
        ]  # fmt: skip


def test_an_unchanged_answer_is_not_sent_again(client: HonestClient) -> None:
    first = client.get(f"{TIMELINESS}?subject_side=azerbaijan")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{TIMELINESS}?subject_side=azerbaijan", headers=tag).status_code == 304
    assert first.json["meta"]["citation"].endswith(f"{TIMELINESS}?subject_side=azerbaijan")


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("", 422, "invalid-parameter"),
        ("subject_side=azerbaidjan", 422, "unknown-record"),
        ("subject_side=azerbaijan,armenian", 422, "invalid-parameter"),
        ("subject_side=azerbaijan&of=sides", 422, "invalid-parameter"),
        ("subject_side=azerbaijan&conflict=nagorno", 422, "unknown-record"),
        ("subject_side=azerbaijan&of=conflicts&conflict=nagorno", 422, "unknown-record"),
        ("subject_side=azerbaijan&event=ganja", 422, "unknown-record"),
        ("subject_side=azerbaijan&group_by=harm", 400, "unknown-parameter"),
    ],
)
def test_what_is_no_question_is_refused(client: HonestClient, query: str, status: int, problem: str) -> None:
    told(client.get(f"{TIMELINESS}?{query}"), status, problem)


def test_the_number_of_statements_does_not_grow(seeded: Flask, caplog: pytest.LogCaptureFixture) -> None:
    taken = [
        statements(seeded, f"{TIMELINESS}?subject_side=azerbaijan{narrowed}", caplog)
        for narrowed in ("", "&event=barda-2020-10-28", "")
    ]
    # A frame of the claims reads the revision and the overlay, for any number of claims.
    assert taken[2] <= taken[1] + 20
    assert max(taken) < 70
