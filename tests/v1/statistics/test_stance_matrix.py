"""Figures by stance side by side. They come by hand from the seeds and from a world of three camps."""

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import World, claim, made, report, told, word
from tests.v1.records.test_lists import statements

MATRIX = "/v1/statistics/matrix"
WAR = f"{MATRIX}?conflict=nagorno-karabakh-2020&basis=totals"
Row = dict[str, Any]


def rows(client: HonestClient, address: str) -> list[Row]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json["data"]
    return found


def figures(found: list[Row]) -> dict[tuple[str, str, str, str | None], tuple[Any, ...]]:
    """Return low, best, high and ratio by subject, stance, camp and measure."""
    return {
        (row["subject_side"]["id"], row["stance"], (row["claimant_side"] or {"id": "-"})["id"], row["measure"]): (
            row["low"],
            row["best"],
            row["high"],
            row["ratio"],
        )
        for row in found
    }


# The seeds -------------------------------------------------------------------------------------------------------


def find_row(rows_read: list[Row], side: str, stance: str, measure: str | None = "cumulative") -> Row:
    """Return the only row of the side, stance and measure."""
    (row,) = [
        row
        for row in rows_read
        if (row["subject_side"]["id"], row["stance"], row["measure"]) == (side, stance, measure)
    ]
    return row


def test_the_war_of_2020_by_camp(client: HonestClient) -> None:
    found = figures(rows(client, WAR))
    # Armenia's Investigative Committee states all Armenian dead. Aliyev states at least 7,000 soldiers.
    assert found["armenian", "own", "armenian", "cumulative"] == (3822, 3822, 3822, None)
    assert found["armenian", "opposing", "azerbaijan", "cumulative"] == (7000, 7000, 7000, None)
    # Minasyan is an Armenian politician, not a third party. The third parties state 10,000 soldiers and, by Al Jazeera,
    # 2 civilians of September (85 more have no date). Their days differ, so the sum is incomplete. It is above Putin's
    # 2,000, which end on 22 October, 19 days before the end of the war. The tolerance is 4.
    assert found["armenian", "affiliated", "-", "cumulative"] == (4750, 4750, 4750, None)
    assert found["armenian", "third_party", "-", "cumulative"] == (10002, 10002, 10002, None)
    assert found["armenian", "own", "armenian", "bodies"] == (3330, 3330, 3330, None)
    # Soldiers 2,906 or about 3,000, civilians 93 or 94. The camp counts once, so its best is the lower figure.
    assert found["azerbaijan", "own", "azerbaijan", "cumulative"] == (2906 + 93, 2906 + 93, 3000 + 94, None)
    # On 3 October Armenia's ministry says 2,300, Artsakh's presidency about 3,000.
    assert found["azerbaijan", "opposing", "armenian", "cumulative"] == (2300, 2300, 3000, None)
    assert found["azerbaijan", "affiliated", "-", "cumulative"] == (18000, 18000, 18000, None)  # Bagratyan
    assert found["azerbaijan", "third_party", "-", "cumulative"] == (2000, 2000, 2000, None)  # Putin
    assert found["azerbaijan", "own", "azerbaijan", "buried"] == (2881, 2881, 2881, None)
    # A statistical estimate by a third party has no own figure for comparison.
    assert found["azerbaijan", "own", "azerbaijan", "estimate"] == (None, None, None, None)


def test_figures_of_different_days_or_parts_have_no_ratio(client: HonestClient) -> None:
    answer = client.get(WAR).json
    own, opposing = (find_row(answer["data"], "azerbaijan", stance) for stance in ("own", "opposing"))
    # 2,999 until the end of the war, 2,300 until its first week.
    assert (own["first_day"], own["last_day"], own["ratio_reason"]) == ("2020-09-27", "2020-11-10", None)
    assert (opposing["last_day"], opposing["ratio"], opposing["ratio_reason"]) == ("2020-10-03", None, "other_days")
    # 7,000 soldiers against 3,822 dead.
    of_armenians = find_row(answer["data"], "armenian", "opposing")
    assert (of_armenians["ratio_reason"], of_armenians["incomplete"]) == ("incomplete", 1)
    assert of_armenians["missing"] == [{"side": "armenian", "status": "civilian", "cells": 1}]
    (warning,) = [w for w in answer["meta"]["warnings"] if w["code"] == "not_comparable"]
    assert "Azerbaijan, killed (running total)" in warning["text"] and "Armenian side" in warning["text"]
    assert [row["stance"] for row in answer["data"] if "not_comparable" in row["warnings"]] == ["opposing", "opposing"]


def test_a_sum_says_so_and_names_its_parts(client: HonestClient) -> None:
    own = find_row(rows(client, f"{WAR}&as_of=2020-10-10"), "armenian", "own")
    assert (own["best"], own["added_up"]) == (177, True)
    # The parts end five days apart, and cover 11 days: such a sum is incomplete.
    assert own["incomplete"] == 1
    assert [(part["status"], part["best"], part["last_day"]) for part in own["sum_of"]] == [
        ("civilian", 20, "2020-10-07"),
        ("member_of_armed_forces", 157, "2020-10-02"),
    ]
    opposing = find_row(rows(client, WAR), "azerbaijan", "opposing")
    assert (opposing["claims"], opposing["added_up"], opposing["sum_of"]) == (2, False, [])  # two alternatives


def test_every_statement_of_a_stance_has_its_days_and_reason(client: HonestClient) -> None:
    third = find_row(rows(client, WAR), "azerbaijan", "third_party")
    stated = {entry["claim"]: (entry["used"], entry["reason"], entry["last_day"]) for entry in third["statements"]}
    assert stated["putin-2020-10-22-azerbaijani-killed"] == (True, None, "2020-10-22")
    assert {entry["stance"] for entry in third["statements"]} == {"third_party"}
    assert all(used == (reason is None) for used, reason, _ in stated.values())


def test_by_default_both_bases_are_there(client: HonestClient) -> None:
    both = rows(client, WAR.replace("&basis=totals", ""))
    for basis in ("incidents", "totals"):
        assert [row for row in both if row["basis"] == basis] == [
            row | {"links": found["links"], "warnings": found["warnings"], "statements": found["statements"]}
            for row, found in zip(
                rows(client, WAR.replace("totals", basis)),
                [row for row in both if row["basis"] == basis],
                strict=True,
            )
        ]
    answer = client.get(WAR).json
    (warning,) = [w for w in answer["meta"]["warnings"] if w["code"] == "other_basis"]
    assert "about single events or periods" in warning["text"]
    other_rows = client.get(warning["url"].removeprefix("http://127.0.0.1:8000")).json["data"]
    assert {row["basis"] for row in other_rows} == {"incidents", "totals"}
    assert all("other_basis" in row["warnings"] for row in answer["data"] if row["best"] is not None)


def test_it_shows_when_the_statements_were_made(client: HonestClient) -> None:
    row = find_row(rows(client, WAR), "azerbaijan", "own")
    assert (row["first_stated_on"], row["last_stated_on"]) == ("2020-11-30", "2021-07-14")
    assert row["claimants"] == ["aliyev", "azerbaijan-mod", "azerbaijan-prosecutor-general"]


def test_12_july_own_3_against_own_0(client: HonestClient) -> None:
    found = figures(rows(client, f"{MATRIX}?conflict=armenia-azerbaijan-july-2020&basis=incidents"))
    assert found["armenian", "own", "armenian", None] == (0, 0, 0, None)
    assert found["azerbaijan", "own", "azerbaijan", None] == (4, 4, 4, None)  # 3 in the clash, 1 in the night
    assert found["azerbaijan", "third_party", "-", None] == (3, 3, 3, None)
    assert not [key for key in found if key[1] == "opposing"]


def test_on_a_day_azerbaijan_had_given_no_figure_of_its_own(client: HonestClient) -> None:
    found = rows(client, f"{WAR}&as_of=2020-09-30")
    (own,) = [r for r in found if (r["subject_side"]["id"], r["stance"]) == ("azerbaijan", "own")]
    assert (own["low"], own["best"], own["high"], own["claims"], own["links"]) == (None, None, None, 0, None)
    assert own["silences"] == ["az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed"]
    (opposing,) = [r for r in found if (r["subject_side"]["id"], r["stance"]) == ("azerbaijan", "opposing")]
    assert (opposing["best"], opposing["ratio"], opposing["ratio_reason"]) == (400, None, "no_own_figure")


def test_killed_or_injured_stays_apart_from_killed(client: HonestClient) -> None:
    harms = {row["harm"] for row in rows(client, WAR)}
    assert harms == {"killed"}
    both = [row for row in rows(client, f"{WAR}&harm=killed_or_injured,killed") if row["harm"] == "killed_or_injured"]
    assert [(row["stance"], row["best"]) for row in both if row["best"]] == [("opposing", 2300)]


def test_every_figure_leads_to_exactly_its_claims(client: HonestClient) -> None:
    for address in (WAR, f"{MATRIX}?conflict=nagorno-karabakh&basis=incidents&harm=killed,injured"):
        for row in rows(client, address):
            if row["links"] is None:
                assert row["best"] is None
                continue
            path, claims = (row["links"][name].removeprefix("http://127.0.0.1:8000") for name in ("explain", "claims"))
            explained = client.get(path).json["data"]
            assert (explained["low"], explained["best"], explained["high"]) == (row["low"], row["best"], row["high"])
            told_claims = client.get(f"{claims}&limit=1000").json["data"]
            assert len(told_claims) == row["claims"]
            assert sorted({claim["claimant"]["id"] for claim in told_claims}) == row["claimants"]


def test_a_conflict_shows_its_phases_apart(client: HonestClient) -> None:
    found = rows(client, f"{MATRIX}?conflict=nagorno-karabakh&basis=totals")
    phases = {row["conflict"]["id"] for row in found}
    assert {"nagorno-karabakh-2020", "armenia-azerbaijan-july-2020", "nagorno-karabakh-april-2016"} <= phases
    assert [row for row in found if row["conflict"]["id"] == "nagorno-karabakh-2020"] == [
        row | {"links": row["links"] and found_row["links"]}
        for row, found_row in zip(
            rows(client, WAR), [r for r in found if r["conflict"]["id"] == "nagorno-karabakh-2020"], strict=True
        )
    ]


# A world of three camps ------------------------------------------------------------------------------------------


def said(id: str, who: str, whose: str, number: int, event: str, **given: Any) -> dict[str, Any]:
    bounds = {"low": number, "best": number, "high": number, "qualifier": "exact"}
    days = {"stated_on": "2020-02-01", "stated_until": "2020-02-01"}
    return claim(id, **{"claimant": who, "subject_side": whose, "measure": "incident", "event": event,
                        **bounds, **days, **given})  # fmt: skip


SOLDIERS = {"victim_status": "member_of_armed_forces"}
SAID = [
    said("red-own", "red-army", "red", 2, "first"),
    said("blue-of-red", "blue-mod", "red", 10, "first"),
    said("green-of-red", "green-mod", "red", 7, "first"),
    said("observed", "observers", "red", 5, "first"),
    said("blue-own", "blue-mod", "blue", 0, "first"),
    said("red-of-blue", "red-army", "blue", 9, "first"),
    said("green-own", "green-mod", "green", 4, "first"),
    said("red-of-green", "red-army", "green", 8, "second"),
    word("silent", "silence", claimant="blue-mod", harm="injured", subject_side="blue", covers_from="2020-02-01",
         covers_to="2020-02-20"),
    said("blue-hurt", "red-army", "blue", 3, "first", harm="injured"),
    said("green-own-captured", "green-mod", "green", 2, "first", harm="captured", **SOLDIERS),
    said("red-of-captured", "red-army", "green", 5, "first", harm="captured", **SOLDIERS),
    said("exile-of-captured", "exile", "green", 3, "first", harm="captured", **SOLDIERS),
    said("red-own-missing", "red-army", "red", 3000, "first", harm="missing"),
    said("green-of-missing", "green-mod", "red", 1, "first", harm="missing", low=None, best=None, qualifier="up_to"),
]  # fmt: skip
THREE: World = {
    "sides": [{"id": side, "name": side.title()} for side in ("blue", "green", "red")],
    "conflicts": [{"id": "war", "name": "War", "started_on": "2020-01-01", "sides": ["blue", "green", "red"]}],
    "claimants": [
        {"id": "blue-mod", "name": "Blue", "side": "blue"},
        {"id": "green-mod", "name": "Green", "side": "green"},
        {"id": "red-army", "name": "Red", "side": "red"},
        {"id": "observers", "name": "Observers"},
        {"id": "exile", "name": "Exile", "affiliation": "green"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "events": [
        {"id": id, "name": id, "type": "Battles", "conflict": "war", "started_on": day, "ended_on": day}
        for id, day in (("first", "2020-02-01"), ("second", "2020-02-02"))
    ],
    "claims": SAID,
    "reports": [report(found["id"], "times") for found in SAID],
}


@pytest.fixture
def three(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, THREE))


def test_each_opponent_has_a_row_of_its_own(three: HonestClient) -> None:
    found = {key: told[1::2] for key, told in figures(rows(three, f"{MATRIX}?conflict=war&basis=incidents")).items()}
    assert found == {
        ("red", "own", "red", None): (2, None),
        ("red", "opposing", "blue", None): (10, 5.0),
        ("red", "opposing", "green", None): (7, 3.5),
        ("red", "third_party", "-", None): (5, None),
        ("blue", "own", "blue", None): (0, None),
        ("blue", "opposing", "red", None): (9, None),  # a zero gives no ratio
        ("green", "own", "green", None): (4, None),
        ("green", "opposing", "red", None): (8, None),  # figures of different events give no ratio
    }
    answer = three.get(f"{MATRIX}?conflict=war&basis=incidents").json
    warnings = {warning["code"]: warning["text"] for warning in answer["meta"]["warnings"]}
    assert "Green, killed (incidents)" in warnings["not_comparable"] and "Red" not in warnings["not_comparable"]
    reasons = {(row["subject_side"]["id"], row["ratio_reason"]) for row in answer["data"] if row["ratio_reason"]}
    assert reasons == {("blue", "zero"), ("green", "other_events")}


def test_an_upper_bound_alone_has_no_ratio_and_is_no_range_from_zero(three: HonestClient) -> None:
    """Up to 1 missing, of whom 3,000 are missed: the ratio of the API would be rounded to 0."""
    own, opposing = rows(three, f"{MATRIX}?conflict=war&basis=incidents&harm=missing")
    assert (own["best"], own["imputed"], opposing["high"], opposing["imputed"]) == (3000, 0, 1, 1)
    assert (opposing["ratio"], opposing["ratio_reason"]) == (None, "bound_alone")
    picture = three.get("/v1/picture.svg?view=matrix&conflict=war&harm=missing").text
    words = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)", picture)]
    assert "up to 1" in words and "no ratio: a figure is one bound alone" in " ".join(words)
    assert not [text for text in words if "0 to 1" in text or "best 1" in text or "times" in text]


def test_the_sentence_names_the_days_of_figures_until_different_days(client: HonestClient) -> None:
    """2,999 to 3,094 until the end of the war are no contradiction of 2,300 until its first week."""
    picture = client.get("/v1/picture.svg?view=matrix&conflict=nagorno-karabakh-2020&basis=totals").text
    lead = html.unescape(re.sub(r"\s+", " ", " ".join(re.findall(r"<text[^>]*>([^<]*)", picture))))
    assert (
        "Azerbaijan: its own figure 2,999 to 3,094 until 10 Nov 2020" in lead
        and "2,300 to 3,000 until 3 Oct 2020" in lead
    )
    assert "Armenian side: its own figure 3,822, Ilham Aliyev 7,000 or more;" in lead


def test_a_ratio_of_soldiers_says_that_civilians_are_missing(three: HonestClient) -> None:
    answer = three.get(f"{MATRIX}?conflict=war&basis=incidents&harm=captured").json
    assert [(row["stance"], row["best"], row["ratio"], row["incomplete"]) for row in answer["data"]] == [
        ("own", 2, None, 1),
        ("opposing", 5, 2.5, 1),
        ("affiliated", 3, None, 1),
    ]
    (warning,) = [w for w in answer["meta"]["warnings"] if w["code"] == "parts_compared"]
    assert "Green, captured (incidents)" in warning["text"]
    assert [row["stance"] for row in answer["data"] if "parts_compared" in row["warnings"]] == ["opposing"]


def test_a_camp_that_kept_silent_has_an_empty_row(three: HonestClient) -> None:
    found = rows(three, f"{MATRIX}?conflict=war&basis=incidents&harm=injured")
    assert [(row["stance"], row["best"], row["silences"]) for row in found] == [
        ("own", None, ["silent"]),
        ("opposing", 3, found[1]["silences"]),
    ]


# Over HTTP -------------------------------------------------------------------------------------------------------


def test_csv_says_what_json_says(client: HonestClient) -> None:
    flat = list(csv.DictReader(io.StringIO(client.get(WAR.replace("matrix?", "matrix.csv?")).text)))
    nested = rows(client, WAR)
    assert len(flat) == len(nested)
    for row, cells in zip(nested, flat, strict=True):
        for name in (
            "basis",
            "low",
            "best",
            "high",
            "ratio",
            "ratio_reason",
            "last_day",
            "measure",
            "stance",
            "claims",
        ):
            assert cells[name] == ("" if row[name] is None else str(row[name]))
        assert cells["claimant_side_id"] == (row["claimant_side"] or {"id": ""})["id"]
        assert cells["warnings"] == ";".join(row["warnings"])
        assert cells["sum_of_best"] == ";".join(str(part["best"]) for part in row["sum_of"])
        assert cells["links_claims"] == ((row["links"] or {}).get("claims") or "")
    lines = client.get(WAR.replace("matrix?", "matrix.ndjson?")).text.splitlines()
    whole = [{name: value for name, value in row.items() if name != "statements"} for row in nested]
    assert [json.loads(line) for line in lines] == whole


def test_an_unchanged_answer_is_not_sent_again(client: HonestClient) -> None:
    first = client.get(f"{WAR}&as_of=2020-10-22")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{WAR}&as_of=2020-10-22", headers=tag).status_code == 304
    meta = first.json["meta"]
    assert (meta["as_of"], meta["basis"]) == ("2020-10-22", "totals")
    assert meta["policy"] == ["own_side", "opposing_side", "affiliated", "third_party"]
    assert "as publicly stated by 2020-10-22" in meta["citation"]


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("", 422, "invalid-parameter"),
        ("?conflict=nagorno", 422, "unknown-record"),
        ("?conflict=gaza-2023,nagorno-karabakh", 422, "invalid-parameter"),
        ("?conflict=gaza-2023&basis=total", 422, "invalid-parameter"),
        ("?conflict=gaza-2023&policy=lowest", 400, "unknown-parameter"),
    ],
)
def test_what_is_no_question_is_refused(client: HonestClient, query: str, status: int, problem: str) -> None:
    told(client.get(f"{MATRIX}{query}"), status, problem)


def test_the_number_of_statements_does_not_grow(seeded: Flask, caplog: pytest.LogCaptureFixture) -> None:
    seeded.test_client().get("/v1/statistics/matrix?conflict=gaza-2023")  # names are read once per revision
    few = statements(seeded, f"{MATRIX}?conflict=armenia-azerbaijan-july-2020&as_of=2026-01-01", caplog)
    many = statements(seeded, f"{WAR}&as_of=2026-01-01", caplog)  # ten claims against a hundred, neither cached
    assert few < 40 and many <= few + 20  # a few more if claims replace each other
