"""Where claimants differ most. The figures come by hand from the seeds and a small world."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from api.v1.statistics import disagreement
from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import World, claim, made, report, told
from tests.v1.records.test_lists import statements

RANKED = "/v1/statistics/disagreement"
Row = dict[str, Any]


def rows(client: HonestClient, address: str) -> list[Row]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json["data"]
    return found


# The seeds -------------------------------------------------------------------------------------------------------


def test_the_hospital_is_the_one_event_with_ranges_that_do_not_meet(client: HonestClient) -> None:
    (row,) = rows(client, f"{RANKED}?of=events")
    assert (row["event"]["id"], row["harm"], row["spread"]) == ("al-ahli-hospital-2023-10-17", "killed", 4.71)
    assert row["disputed"] is True
    # 100 to 300 takes its best from the stated low: 471/100.
    assert (row["lowest"]["claim"], row["lowest"]["best"]) == ("us-intelligence-2023-10-19-al-ahli-killed", 100)
    assert (row["highest"]["claim"], row["highest"]["best"]) == ("gaza-moh-2023-10-19-al-ahli-killed", 471)


def test_conflicts_by_their_running_totals(client: HonestClient) -> None:
    found = {(row["conflict"]["id"]): row for row in rows(client, f"{RANKED}?of=conflicts&harm=killed")}
    april = found["nagorno-karabakh-april-2016"]
    # Azerbaijan states 31 of its own, Armenia 300 to 1,500: 300/31 = 9.68.
    assert (april["subject_side"]["id"], april["measure"], april["spread"]) == ("azerbaijan", "cumulative", 9.68)
    war = found["nagorno-karabakh-2020"]
    # 2,906 soldiers and 93 civilians against about 18,000 by Bagratyan: 18000/2999 = 6.0.
    assert (war["lowest"]["best"], war["highest"]["claim"]) == (2999, "bagratyan-2021-06-21-azerbaijani-killed")
    assert war["lowest"]["claims"] == [
        "az-mod-2021-06-30-azerbaijani-killed",
        "az-prosecutor-2020-12-01-azerbaijani-civilians-killed",
    ]
    assert all(row["event"] is None for row in found.values())
    spreads = [row["spread"] for row in rows(client, f"{RANKED}?of=conflicts&harm=killed")]
    assert spreads == sorted(spreads, reverse=True)


def test_ganja_agrees_since_13_replaced_12(client: HonestClient) -> None:
    found = rows(client, "/v1/events/ganja-2020-10-17/disagreement")
    killed = next(row for row in found if row["harm"] == "killed")
    assert (killed["spread"], killed["disputed"], killed["lowest"]["best"]) == (1, False, 13)
    assert (
        killed["lowest"]["claim"] == killed["highest"]["claim"] == "az-emergencies-2020-10-17-ganja-2020-10-17-killed"
    )


def test_12_july_own_3_and_own_0_are_of_different_sides(client: HonestClient) -> None:
    found = rows(client, "/v1/events/border-clash-2020-07-12/disagreement")
    told_of = {(row["subject_side"]["id"], row["harm"]): (row["highest"]["best"], row["spread"]) for row in found}
    assert told_of == {
        ("azerbaijan", "killed"): (3, 1),
        ("azerbaijan", "injured"): (4, 1),
        ("armenian", "killed"): (0, 1),
        ("armenian", "injured"): (0, 1),
    }
    on_the_night = rows(client, "/v1/events/border-clash-2020-07-12/disagreement?as_of=2020-07-12")
    assert {(row["harm"], row["highest"]["best"]) for row in on_the_night} == {("killed", 2), ("injured", 5)}


def test_events_and_conflicts_are_ranked_together(client: HonestClient) -> None:
    both = rows(client, f"{RANKED}?harm=killed")
    # 300/31, 18000/2999 and 471/100.
    assert [(row["basis"], row["spread"]) for row in both] == [("totals", 9.68), ("totals", 6.0), ("incidents", 4.71)]
    meta = client.get(f"{RANKED}?harm=killed").json["meta"]
    parts = [client.get(f"{RANKED}?harm=killed&of={of}").json["meta"] for of in ("events", "conflicts")]
    assert (meta["of"], meta["total"], meta["compared"]) == (
        "both",
        sum(part["total"] for part in parts),
        sum(part["compared"] for part in parts),
    )


def test_each_end_has_the_days_it_covers_and_of_its_statements(client: HonestClient) -> None:
    war = next(row for row in rows(client, f"{RANKED}?of=conflicts") if row["spread"] == 6.0)
    days = [
        tuple(war[end][name] for name in ("first_day", "last_day", "first_stated_on", "last_stated_on"))
        for end in ("lowest", "highest")
    ]
    # The Prosecutor General spoke at the end of 2020, the ministry and Bagratyan in June 2021; all about the whole war.
    assert days == [
        ("2020-09-27", "2020-11-10", "2020-11-30", "2021-06-30"),
        ("2020-09-27", "2020-11-10", "2021-06-21", "2021-06-21"),
    ]


def test_an_empty_answer_points_to_the_kind_that_has_rows(client: HonestClient) -> None:
    answer = client.get(f"{RANKED}?conflict=nagorno-karabakh-2020&of=events").json
    assert answer["data"] == []
    (warning,) = [w for w in answer["meta"]["warnings"] if w["code"] == "other_basis"]
    assert warning["text"] == "Claimants differ about 1 conflict. Use of=conflicts or of=both."
    (row,) = rows(client, warning["url"].removeprefix("http://127.0.0.1:8000"))
    assert row["conflict"]["id"] == "nagorno-karabakh-2020"
    assert rows(client, f"{RANKED}?conflict=nagorno-karabakh-2020") == [row]


def test_filters_choose_what_is_compared(client: HonestClient) -> None:
    assert rows(client, f"{RANKED}?conflict=nagorno-karabakh&of=events") == []
    assert client.get(f"{RANKED}?conflict=nagorno-karabakh&of=events").json["meta"]["compared"] > 3
    assert rows(client, f"{RANKED}?claimant_side=palestinian") == []


def test_the_ends_lead_to_their_claims(client: HonestClient) -> None:
    for address in (RANKED, f"{RANKED}?of=conflicts&limit=3"):
        for row in rows(client, address):
            for end in ("lowest", "highest"):
                path = row[end]["url"].removeprefix("http://127.0.0.1:8000")
                assert [found["id"] for found in client.get(path).json["data"]] == row[end]["claims"]
                explained = client.get(row[end]["explain"].removeprefix("http://127.0.0.1:8000")).json["data"]
                assert explained["best"] == row[end]["best"]
            whole = client.get(row["url"].removeprefix("http://127.0.0.1:8000"))
            assert row["spread"] in [found["spread"] for found in whole.json["data"]]


# A small world ---------------------------------------------------------------------------------------------------


def said(id: str, who: str, event: str, best: int, **given: Any) -> dict[str, Any]:
    bounds = {"low": best, "best": best, "high": best, "qualifier": "exact", "measure": "incident"}
    days = {"stated_on": "2020-10-17", "stated_until": "2020-10-17"}
    return claim(id, **{"claimant": who, "subject_side": "red", "event": event, **bounds, **days, **given})


SAID = [
    said("twelve", "red-prosecutor", "ganja", 12),
    said("thirteen", "red-army", "ganja", 13),
    said("denied-none", "alpha-mod", "denied", 0),
    said("some", "red-army", "denied", 7),
    said("zero", "alpha-mod", "quiet", 0),
    said("zero-too", "red-army", "quiet", 0),
    said("few", "alpha-mod", "far", 10),
    said("many", "red-army", "far", 95),
    said("hurt-few", "alpha-mod", "far", 10, harm="injured"),
    said("hurt-many", "red-army", "far", 20, harm="injured"),
    said("soldiers", "red-army", "parts", 4, victim_status="member_of_armed_forces"),
    said("civilians", "red-army", "parts", 6, victim_status="civilian"),
    said("parts-whole", "alpha-mod", "parts", 30),
]
SMALL: World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "red", "name": "Red"}],
    "conflicts": [{"id": "war", "name": "War", "started_on": "2020-01-01", "sides": ["alpha", "red"]}],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry", "side": "alpha"},
        {"id": "red-army", "name": "Army", "side": "red"},
        {"id": "red-prosecutor", "name": "Prosecutor", "side": "red"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "events": [
        {"id": id, "name": id, "type": "Battles", "conflict": "war", "started_on": "2020-10-17",
         "ended_on": "2020-10-17", "sides": [{"side": "red"}]}
        for id in ("denied", "far", "ganja", "parts", "quiet")
    ],
    "claims": SAID,
    "reports": [report(found["id"], "times") for found in SAID],
}  # fmt: skip


@pytest.fixture
def small(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, SMALL))


def test_a_zero_against_a_figure_ranks_first(small: HonestClient) -> None:
    found = rows(small, RANKED)
    assert [(row["event"]["id"], row["harm"], row["spread"]) for row in found] == [
        ("denied", "killed", None),
        ("far", "killed", 9.5),  # not its injured, with 2.0
        ("parts", "killed", 3.0),  # 30 against 4 soldiers and 6 civilians
        ("ganja", "killed", 1.08),  # 13/12: both statements count
    ]
    assert found[2]["lowest"]["claims"] == ["civilians", "soldiers"] and found[2]["lowest"]["best"] == 10
    assert all(row["disputed"] for row in found)
    meta = small.get(RANKED).json["meta"]
    assert (meta["total"], meta["compared"], meta["limit"]) == (4, 5, 20)


def test_the_ends_are_of_the_comparison_with_the_spread(databases: Databases, engine: str) -> None:
    # 12 is compared with 4 soldiers; 6 civilians are added to both ends. The spread is 12/4, not 18/10.
    claims = [
        said("four", "red-army", "ganja", 4, victim_status="member_of_armed_forces"),
        said("twelve", "alpha-mod", "ganja", 12, victim_status="member_of_armed_forces"),
        said("six", "red-prosecutor", "ganja", 6, victim_status="civilian"),
    ]
    reports = [report(found["id"], "times") for found in claims]
    client = open_client(made(databases, engine, SMALL | {"claims": claims, "reports": reports}))
    (row,) = rows(client, RANKED)
    assert (row["spread"], row["lowest"]["claims"], row["highest"]["claims"]) == (3.0, ["four"], ["twelve"])


def test_limit_cuts_the_ranking(small: HonestClient) -> None:
    answer = small.get(f"{RANKED}?limit=2").json
    assert [row["event"]["id"] for row in answer["data"]] == ["denied", "far"]
    assert (answer["meta"]["total"], answer["meta"]["limit"]) == (4, 2)
    assert len(small.get(f"{RANKED}.csv?limit=2").text.splitlines()) == 3


def test_a_bare_array_and_flat_formats_have_the_whole_ranking(
    small: HonestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disagreement, "LIMIT", 2)
    assert len(small.get(RANKED).json["data"]) == 2
    assert len(small.get(f"{RANKED}?shape=array").json) == 4
    assert len(small.get(f"{RANKED}?shape=array&limit=3").json) == 3
    assert len(small.get(f"{RANKED}.csv").text.splitlines()) == 5


def test_one_event_tells_every_harm(small: HonestClient) -> None:
    found = rows(small, "/v1/events/far/disagreement")
    assert [(row["harm"], row["spread"], row["lowest"]["claim"], row["highest"]["claim"]) for row in found] == [
        ("killed", 9.5, "few", "many"),
        ("injured", 2.0, "hurt-few", "hurt-many"),
    ]
    quiet = rows(small, "/v1/events/quiet/disagreement")
    assert [(row["spread"], row["disputed"]) for row in quiet] == [(1, False)]


def total(id: str, who: str, day: str, best: int) -> dict[str, Any]:
    bounds = {"low": best, "best": best, "high": best, "qualifier": "exact", "measure": "cumulative"}
    days = {"stated_on": day, "stated_until": day}
    return claim(id, **{"claimant": who, "subject_side": "red", "victim_status": "member_of_armed_forces",
                        **bounds, **days})  # fmt: skip


@pytest.mark.parametrize(
    ("day", "ratio", "reason", "spreads"),
    [
        # Cases 69 and 70: the newest statement covers 367 days of war, so the tolerance is 36 days.
        ("2023-02-08", 24.57, None, [24.57]),
        ("2022-09-21", None, "other_days", []),
    ],
)
def test_the_matrix_and_the_ranking_compare_by_one_rule(
    databases: Databases, engine: str, day: str, ratio: float | None, reason: str | None, spreads: list[float]
) -> None:
    claims = [total("a", "red-army", day, 5937), total("b", "alpha-mod", "2023-02-25", 145850)]
    started = [SMALL["conflicts"][0] | {"started_on": "2022-02-24"}]
    world = SMALL | {"conflicts": started, "claims": claims, "events": []}
    world["reports"] = [report(found["id"], "times") for found in claims]
    client = open_client(made(databases, engine, world))
    (opposing,) = [r for r in rows(client, "/v1/statistics/matrix?conflict=war") if r["stance"] == "opposing"]
    assert (opposing["ratio"], opposing["ratio_reason"]) == (ratio, reason)
    assert [row["spread"] for row in rows(client, f"{RANKED}?conflict=war")] == spreads


# Over HTTP -------------------------------------------------------------------------------------------------------


def test_csv_says_what_json_says(client: HonestClient) -> None:
    for address in (f"{RANKED}{{}}?of=conflicts", "/v1/events/border-clash-2020-07-12/disagreement{}"):
        flat = list(csv.DictReader(io.StringIO(client.get(address.format(".csv")).text)))
        nested = rows(client, address.format(""))
        assert [
            (cells["conflict_id"], cells["subject_side_id"], cells["harm"], cells["measure"], cells["spread"],
             cells["lowest_claims"], cells["highest_best"])
            for cells in flat
        ] == [
            (row["conflict"]["id"], row["subject_side"]["id"], row["harm"], row["measure"] or "",
             "" if row["spread"] is None else str(row["spread"]), ";".join(row["lowest"]["claims"]),
             str(row["highest"]["best"]))
            for row in nested
        ]  # fmt: skip


def test_an_unchanged_answer_is_not_sent_again(client: HonestClient) -> None:
    for address in (RANKED, "/v1/events/ganja-2020-10-17/disagreement"):
        first = client.get(address)
        assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert first.json["meta"]["citation"].endswith(address)
        assert "is not a death toll" in first.json["meta"]["caveat"]


@pytest.mark.parametrize(
    ("address", "status", "problem"),
    [
        (f"{RANKED}?of=sides", 422, "invalid-parameter"),
        (f"{RANKED}?limit=101", 422, "invalid-parameter"),
        (f"{RANKED}?limit=0", 422, "invalid-parameter"),
        (f"{RANKED}?policy=lowest", 400, "unknown-parameter"),
        (f"{RANKED}?event=ganja", 422, "unknown-record"),
        ("/v1/events/ganja/disagreement", 404, "not-found"),
        ("/v1/events/ganja/disagreement.csv", 404, "not-found"),
        ("/v1/events/ganja-2020-10-17/disagreement?harm=killed", 400, "unknown-parameter"),
    ],
)
def test_what_is_no_question_is_refused(client: HonestClient, address: str, status: int, problem: str) -> None:
    told(client.get(address), status, problem)


def test_the_number_of_statements_does_not_grow(seeded: Flask, caplog: pytest.LogCaptureFixture) -> None:
    seeded.test_client().get(f"{RANKED}?conflict=gaza-2023")  # names are read once per revision
    few = statements(seeded, f"{RANKED}?of=conflicts&conflict=gaza-2023&as_of=2026-01-01", caplog)
    many = statements(seeded, f"{RANKED}?of=conflicts&as_of=2026-01-01", caplog)
    assert few < 40 and many <= few + 6  # a few more if claims replace each other
