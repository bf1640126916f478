"""Answers that were once wrong: each input from the list of wrong figures, with its right answer, on both engines.

Every fault has its own conflict, `f2` for fault F2. Tests of faults in the seed claims use the seed claims.
The answers follow docs/developers/reconciling.md.
"""

import csv
import io
import json
import re
from typing import Any

import pytest
from flask import Flask

from schemas.vocabularies import HARM
from tests.conftest import ENGINES, Databases
from tests.support.contract import HonestClient, open_client
from tests.support.frames import write_image
from tests.support.worlds import Document, World, ids, made, report

PLACES = ("tables", "image")
CASUALTIES = "/v1/statistics/casualties"
WAR = "conflict=nagorno-karabakh-2020"
SERIES, CHECK, DISAGREEMENT = "/v1/statistics/series", "/v1/check", "/v1/statistics/disagreement"


def figure(id: str, claimant: str, number: int, stated: str | None, **more: Any) -> Document:
    """Return a claim of an exact number of dead of side alpha. Its id begins with the id of its conflict."""
    conflict = id.partition("-")[0]
    measure = "incident" if "event" in more else "cumulative"
    numbers = {name: number for name in ("value", "low", "best", "high")}
    known = {"kind": "casualty", "harm": "killed", "subject_side": "alpha", "qualifier": "exact", "measure": measure}
    days = {"stated_on": stated, "stated_until": stated, "stated_precision": 1 if stated else None}
    return {"id": id, "conflict": conflict, "claimant": claimant, **known, **numbers, **days, **more}


def during(first: str, last: str) -> Document:
    return {"measure": "period", "covers_from": first, "covers_to": last}


def event(id: str, first: str, last: str | None = None, precision: int = 1) -> Document:
    days = {"started_on": first, "ended_on": last or first, "date_precision": precision}
    known = {"type": "Battles", "sides": [{"side": "alpha", "role": "target"}]}
    return {"id": id, "name": id, "conflict": id.partition("-")[0], **known, **days}


SIDES = [{"id": side, "name": side} for side in ("alpha", "bravo", "charlie")]
CLAIMANTS = [
    {"id": "ministry", "name": "Ministry of Alpha", "side": "alpha"},
    {"id": "enemy", "name": "Ministry of Bravo", "side": "bravo"},
    {"id": "politician", "name": "A politician of Alpha", "affiliation": "alpha"},
    *({"id": id, "name": id} for id in ("morgue", "observers", "analysts", "alliance", "monitor")),
]
STARTS = {"f2": "2023-10-07", "f4": "2003-03-20", "f5": "2003-03-20", "f7": "2018-01-01", "f8": "2022-02-24"}
EVENTS = [
    event("f5-first", "2004-05-06"),
    event("f5-second", "2004-05-20"),
    event("f6-strike", "2023-10-25"),
    event("f7-siege", "2018-06-01", "2020-03-31", 5),
    event("f11-siege", "2020-10-03"),
    event("f18-attack", "2020-10-03"),
    event("f22-battle", "2020-10-03"),
]
MAY, NOVEMBER = during("2004-05-01", "2004-05-31"), during("2016-11-01", "2016-11-30")
TRUCE = {"covers_from": "2025-10-10"}
CLAIMS = [
    figure("f2-whole", "ministry", 73000, "2026-08-13"),
    figure("f2-since-truce", "ministry", 1259, "2026-08-14", **TRUCE),
    figure("f3-a", "monitor", 700, "2016-12-01", **NOVEMBER, responsible_side="alpha", statement="f3-november"),
    figure("f3-b", "monitor", 280, "2016-12-01", **NOVEMBER, responsible_side="bravo", statement="f3-november"),
    figure("f3-c", "monitor", 20, "2016-12-01", **NOVEMBER, responsible_side="charlie", statement="f3-november"),
    figure("f3w-a", "monitor", 700, "2016-12-01", **NOVEMBER, responsible_side="alpha", statement="f3w-november"),
    figure("f3w-b", "monitor", 280, "2016-12-01", **NOVEMBER, responsible_side="bravo", statement="f3w-november"),
    figure("f3w-c", "monitor", 20, "2016-12-01", **NOVEMBER, responsible_side="charlie", statement="f3w-november"),
    figure("f3w-whole", "monitor", 1000, "2016-12-01", **NOVEMBER, statement="f3w-november"),
    figure("f4-north", "monitor", 100, "2004-06-01", part="north"),
    figure("f4-south", "monitor", 60, "2004-06-01", part="south"),
    figure("f5-may", "morgue", 700, "2004-06-01", **MAY),
    figure("f5-first", "monitor", 80, "2004-06-02", event="f5-first"),
    figure("f5-second", "monitor", 20, "2004-06-02", event="f5-second"),
    figure("f6-day", "ministry", 756, "2023-10-26", **during("2023-10-25", "2023-10-25")),
    figure("f6-strike", "monitor", 1, "2024-01-10", event="f6-strike"),
    figure("f7-siege", "ministry", 900, "2020-04-01", event="f7-siege"),
    figure("f8-alliance", "alliance", 500000, "2026-06-17"),
    figure("f8-analysts", "analysts", 400000, "2026-06-30", best=None, high=450000, qualifier="between"),
    figure("f9-own", "ministry", 2999, "2021-06-30"),
    figure("f9-enemy", "enemy", 2300, "2020-10-03"),
    figure("f10-own", "ministry", 5937, "2022-09-21"),
    figure("f10-enemy", "enemy", 145850, "2023-02-25"),
    figure("f10-observers", "observers", 60000, "2023-02-20"),
    figure("f11-first", "ministry", 100, "2020-10-03", event="f11-siege", measure="cumulative"),
    figure("f11-second", "ministry", 149, "2020-10-06", event="f11-siege", measure="cumulative"),
    figure("f11-third", "ministry", 171, "2020-10-09", event="f11-siege", measure="cumulative"),
    figure("f13-politician", "politician", 18000, "2021-01-10"),
    figure("f13-own", "ministry", 2783, "2020-12-03"),
    *(
        figure(f"f18-{person}", "monitor", 1, "2020-10-04", event="f18-attack", part=person)
        for person in ("first", "second", "third")
    ),
    figure("f20-abducted", "monitor", 4, "2020-10-04", harm="abducted"),
    figure("f20-detained", "monitor", 5, "2020-10-04", harm="detained"),
    figure("f21-both", "monitor", 33, "2020-10-04", harm="killed_or_missing"),
    figure("f22-battle", "monitor", 7, "2020-10-04", event="f22-battle", victim_status="civilian"),
    figure("f23-lower", "observers", 85, None),
    figure("f23-higher", "analysts", 100, None),
    figure("f23-dated", "monitor", 93, "2020-12-01"),
]
CONFLICTS = sorted({claim["conflict"] for claim in CLAIMS})
RECORDS: World = {
    "sides": SIDES,
    "conflicts": [
        {"id": id, "name": id, "started_on": STARTS.get(id, "2020-09-27"), "sides": ["alpha", "bravo"]}
        for id in CONFLICTS
    ],
    "claimants": CLAIMANTS,
    "sources": [{"id": "paper", "publisher": "A paper"}],
    "events": EVENTS,
    "claims": CLAIMS,
    "reports": [report(claim["id"], "paper") for claim in CLAIMS],
}


@pytest.fixture(scope="module")
def apps(databases: Databases) -> dict[tuple[str, str], Flask]:
    """Return applications with the inputs, by engine and by the place from which statistics read the claims."""
    found = {}
    for engine in ENGINES:
        for place in PLACES:
            found[engine, place] = made(databases, engine, RECORDS)
            if place == "image":
                assert write_image()
    return found


@pytest.fixture(params=PLACES)
def invented(apps: dict[tuple[str, str], Flask], engine: str, request: pytest.FixtureRequest) -> HonestClient:
    """Return a client of the small inputs, on each engine, with and without a columnar image."""
    return open_client(apps[engine, request.param])


def ask(client: HonestClient, query: str, path: str = CASUALTIES) -> Document:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    body: Document = json.loads(answer.data)
    return body


def rows(client: HonestClient, query: str, path: str = CASUALTIES) -> list[Document]:
    found: list[Document] = ask(client, query, path)["data"]
    return found


def only_row(client: HonestClient, query: str) -> Document:
    (row,) = rows(client, query)
    return row


def bounds(client: HonestClient, query: str) -> tuple[int, int, int]:
    row = only_row(client, query)
    return row["low"], row["best"], row["high"]


def reasons(client: HonestClient, query: str) -> dict[str, list[str]]:
    """Return the exclusions of an answer, by reason."""
    excluded = ask(client, query)["meta"]["excluded"]
    return {out["reason"]: ids(client.get(out["url"].removeprefix("http://127.0.0.1:8000"))) for out in excluded}


def codes(client: HonestClient, query: str) -> set[str]:
    return {warning["code"] for warning in ask(client, query)["meta"]["warnings"]}


def read_csv(client: HonestClient, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"{CASUALTIES}.csv?{query}").text)))


def find_matrix_rows(client: HonestClient, query: str) -> dict[tuple[str, str], Document]:
    """Return the rows of running totals about one side's dead, by side and stance."""
    found = rows(client, query, "/v1/statistics/matrix")
    return {(row["subject_side"]["id"], row["stance"]): row for row in found if row["measure"] == "cumulative"}


def test_f1_both_bases_are_answered_and_labelled(client: HonestClient) -> None:
    found = rows(client, f"{WAR}&harm=killed")
    assert {row["basis"] for row in found} == {"incidents", "totals"}
    totals = next(row for row in found if row["measure"] == "cumulative")
    incidents = next(row for row in found if row["basis"] == "incidents")
    assert totals["best"] > 5000 > incidents["best"] == 561
    assert "bases_apart" in codes(client, f"{WAR}&harm=killed")
    table = read_csv(client, f"{WAR}&harm=killed")
    assert {line["basis"] for line in table} == {"incidents", "totals"}
    assert all("bases_apart" in line["warnings"].split(";") for line in table)


def test_f2_a_count_from_a_later_day_never_hides_the_whole(invented: HonestClient) -> None:
    assert bounds(invented, "conflict=f2") == (73000,) * 3
    assert reasons(invented, "conflict=f2") == {"later_start": ["f2-since-truce"]}
    series = rows(invented, "conflict=f2", SERIES)
    points = [(line["series_from"], point) for line in series for point in line["points"]]
    assert sorted((first, point["best"], point["change"], point["revision"]) for first, point in points) == [
        ("2023-10-07", 73000, None, False),
        ("2025-10-10", 1259, None, False),
    ]


@pytest.mark.parametrize("conflict", ["f3", "f3w"])
def test_f3_perpetrators_of_one_statement_are_parts(invented: HonestClient, conflict: str) -> None:
    assert bounds(invented, f"conflict={conflict}") == (1000,) * 3
    for side, best in (("alpha", 700), ("bravo", 280), ("charlie", 20)):
        assert bounds(invented, f"conflict={conflict}&responsible_side={side}") == (best,) * 3
    by_perpetrator = rows(invented, f"conflict={conflict}&group_by=responsible_side")
    named = {row["responsible_side"]["id"]: row["best"] for row in by_perpetrator if row["responsible_side"]}
    assert named == {"alpha": 700, "bravo": 280, "charlie": 20}


def test_f4_two_provinces_are_added(invented: HonestClient) -> None:
    assert bounds(invented, "conflict=f4") == (160,) * 3
    assert reasons(invented, "conflict=f4") == {}


@pytest.mark.parametrize("policy", ["envelope", "highest", "lowest", "latest"])
def test_f5_incidents_are_parts_below_a_stated_whole(invented: HonestClient, policy: str) -> None:
    assert bounds(invented, f"conflict=f5&policy={policy}") == (700,) * 3
    assert reasons(invented, f"conflict=f5&policy={policy}") == {"included_in": ["f5-first", "f5-second"]}


def test_f6_one_death_does_not_hide_a_day_of_756(invented: HonestClient) -> None:
    assert bounds(invented, "conflict=f6") == (756,) * 3


def test_f7_a_long_event_is_counted_once(invented: HonestClient) -> None:
    window = "conflict=f7&from={0}-01-01&to={0}-12-31"
    first = only_row(invented, window.format(2018))
    assert (first["best"], first["reaches_over"], first["warnings"]) == (900, 1, ["reaches_over"])
    for year in (2019, 2020):
        answer = ask(invented, window.format(year))
        assert answer["data"] == []
        assert [(w["code"], "900" in w["text"]) for w in answer["meta"]["warnings"]] == [("began_before", True)]
    assert [(row["day"], row["best"]) for row in rows(invented, "conflict=f7&group_by=day")] == [(None, 900)]


def test_f8_statements_of_thirteen_days_apart_compare_after_years_of_war(invented: HonestClient) -> None:
    row = only_row(invented, "conflict=f8")
    assert (row["low"], row["best"], row["high"], row["disputed"]) == (400000, 400000, 500000, 1)
    assert [(s["claimant"], s["stated_on"], s["last_day"], s["used"]) for s in row["statements"]] == [
        ("alliance", "2026-06-17", "2026-06-17", True),
        ("analysts", "2026-06-30", "2026-06-30", True),
    ]


def test_f9_there_is_no_ratio_of_figures_of_other_days(invented: HonestClient) -> None:
    found = find_matrix_rows(invented, "conflict=f9")
    own, enemy = found["alpha", "own"], found["alpha", "opposing"]
    assert (own["best"], own["last_day"]) == (2999, "2021-06-30")
    assert (enemy["best"], enemy["last_day"]) == (2300, "2020-10-03")
    assert (enemy["ratio"], enemy["ratio_reason"]) == (None, "other_days")


def test_f10_matrix_and_disagreement_compare_by_one_rule(invented: HonestClient) -> None:
    enemy = find_matrix_rows(invented, "conflict=f10")["alpha", "opposing"]
    assert (enemy["ratio"], enemy["ratio_reason"]) == (None, "other_days")
    (row,) = rows(invented, "conflict=f10", DISAGREEMENT)
    assert (row["lowest"]["best"], row["highest"]["best"], row["spread"]) == (60000, 145850, 2.43)
    assert only_row(invented, "conflict=f10")["spread"] == 2.43
    assert reasons(invented, "conflict=f10") == {"older_total": ["f10-own"]}


def test_f11_the_newest_running_toll_of_an_event_is_its_toll(invented: HonestClient) -> None:
    row = only_row(invented, "conflict=f11")
    assert (row["basis"], row["best"]) == ("incidents", 171)
    assert only_row(invented, "conflict=f11&basis=incidents")["best"] == 171
    assert reasons(invented, "conflict=f11") == {"superseded": ["f11-first", "f11-second"]}


def test_f12_disagreement_answers_for_events_and_conflicts_at_once(client: HonestClient) -> None:
    found = rows(client, WAR, DISAGREEMENT)
    assert [(row["basis"], row["conflict"]["id"]) for row in found] == [("totals", "nagorno-karabakh-2020")]
    events = ask(client, f"{WAR}&of=events", DISAGREEMENT)
    assert events["data"] == [] and "other_basis" in {w["code"] for w in events["meta"]["warnings"]}


def test_f13_those_affiliated_to_a_party_are_no_third_party(invented: HonestClient, client: HonestClient) -> None:
    assert rows(invented, "conflict=f13&policy=third_party") == []
    assert bounds(invented, "conflict=f13&policy=affiliated") == (18000,) * 3
    speakers = {
        (statement["claimant"], statement["used"])
        for row in rows(client, f"{WAR}&harm=killed&basis=totals&policy=third_party&group_by=subject_side")
        for statement in row["statements"]
    }
    assert ("bagratyan", False) in speakers and ("minasyan", False) in speakers
    assert ("bagratyan", True) not in speakers and ("minasyan", True) not in speakers


def test_f14_a_warning_says_how_many_figures_have_no_month(client: HonestClient) -> None:
    query = f"{WAR}&harm=killed&group_by=month,subject_side"
    (text,) = [w["text"] for w in ask(client, query)["meta"]["warnings"] if w["code"] == "no_such_group"]
    assert text.startswith("92 of 102 figures are running totals and not in rows by month, subject_side.")
    assert len(reasons(client, query)["no_such_group"]) == 92
    table = read_csv(client, query)
    assert table and all("no_such_group" in line["warnings"].split(";") for line in table)


def test_f15_a_sum_says_that_it_is_one_and_of_what(client: HonestClient) -> None:
    """Rule 11: an incomplete sum counts where nobody stated the whole."""
    row = find_matrix_rows(client, f"{WAR}&harm=killed&as_of=2020-10-10")["armenian", "own"]
    assert (row["best"], row["added_up"], row["incomplete"]) == (177, True, 1)
    assert [(part["status"], part["best"], part["last_day"]) for part in row["sum_of"]] == [
        ("civilian", 20, "2020-10-07"),
        ("member_of_armed_forces", 157, "2020-10-02"),
    ]


def test_f16_nearly_5000_does_not_support_more_than_5000(client: HonestClient) -> None:
    question = f"{WAR}&number=5000&harm=killed&subject_side=all&as_of=2020-10-22"
    assert ask(client, question, CHECK)["data"]["verdict"] == "supported"
    answer = ask(client, f"{question}&comparison=more_than", CHECK)["data"]
    putin = next(claim for claim in answer["claims"] if claim["claimant"]["id"] == "putin")
    assert (answer["verdict"], putin["relation"]) == ("outside", "contradicts")
    quoted = ask(client, f"{WAR}&phrase=more than 5,000 dead&subject_side=all&as_of=2020-10-22", CHECK)["data"]
    assert quoted["verdict"] == "outside"


def test_f17_spread_is_best_over_best_and_both_are_shown(client: HonestClient) -> None:
    (row,) = rows(client, "conflict=nagorno-karabakh-april-2016&harm=killed", DISAGREEMENT)
    lowest, highest = row["lowest"]["best"], row["highest"]["best"]
    assert (lowest, highest, row["spread"]) == (31, 300, round(300 / 31, 2))


def test_f18_persons_of_one_event_are_parts(invented: HonestClient) -> None:
    assert bounds(invented, "conflict=f18") == (3, 3, 3)


def test_f20_abducted_and_detained_are_two_harms(invented: HonestClient) -> None:
    assert {row["harm"]: row["best"] for row in rows(invented, "conflict=f20")} == {"abducted": 4, "detained": 5}


def test_f21_dead_and_missing_together_are_a_harm_of_their_own(invented: HonestClient) -> None:
    assert "killed_or_missing" in HARM
    assert {row["harm"]: row["best"] for row in rows(invented, "conflict=f21")} == {"killed_or_missing": 33}
    assert rows(invented, "conflict=f21&harm=killed") == []


@pytest.mark.parametrize(
    "query",
    ["", "subject_side=alpha", "as_of=2020-10-04", "q=battle", "victim_status=civilian&group_by=year", "dataset=none"],
)
def test_f22_no_question_is_refused_for_the_size_of_the_database(invented: HonestClient, query: str) -> None:
    """`bench` measures a million claims. This test asks the questions that were once refused."""
    assert rows(invented, f"conflict=f22&{query}")[0]["best"] == 7


def test_f23_undated_totals_are_left_out_as_undated_and_shown(invented: HonestClient) -> None:
    row = only_row(invented, "conflict=f23")
    assert row["best"] == 93
    assert reasons(invented, "conflict=f23") == {"undated": ["f23-higher", "f23-lower"]}
    assert {(s["claimant"], s["best"], s["reason"]) for s in row["statements"]} == {
        ("monitor", 93, None),
        ("analysts", 100, "undated"),
        ("observers", 85, "undated"),
    }


def test_f24_the_warnings_of_csv_are_in_a_column(client: HonestClient) -> None:
    """Rule 20."""
    warned = {w["code"] for w in ask(client, f"{WAR}&harm=killed")["meta"]["warnings"]}
    columns = [line["warnings"] for line in read_csv(client, f"{WAR}&harm=killed")]
    assert warned == {code for codes_of_row in columns for code in codes_of_row.split(";")}
    link = client.get(f"{CASUALTIES}.csv?{WAR}&harm=killed&bom=true").headers["Link"]
    json_address = re.findall(r'<http://127.0.0.1:8000([^>]*)>; rel="describedby"(?!; type)', link)[0]
    assert json_address == f"{CASUALTIES}?{WAR}&harm=killed"
    assert {w["code"] for w in client.get(json_address).json["meta"]["warnings"]} == warned


def test_totals_that_begin_before_the_window_are_named(client: HonestClient) -> None:
    """Rule 19: fault F7, but with running totals."""
    answer = ask(client, f"{WAR}&harm=killed&subject_side=azerbaijan&basis=totals&from=2020-10-10")
    assert answer["data"] == []
    (warning,) = [w for w in answer["meta"]["warnings"] if w["code"] == "totals_began_before"]
    left_out = [out for out in answer["meta"]["excluded"] if out["reason"] == "began_before"]
    assert warning["text"] == f"{left_out[0]['claims']} running totals left out, covering days before 10 October 2020."
