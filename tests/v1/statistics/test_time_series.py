"""Running figures as series: rises, falls and breaks. They come by hand from the seeds and from a small world."""

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import World, claim, made, report, told, word
from tests.v1.records.test_lists import statements

WAR = "/v1/statistics/series?conflict=nagorno-karabakh-2020"
Line = dict[str, Any]


def lines(client: HonestClient, address: str) -> list[Line]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[Line] = answer.json["data"]
    return found


def line(client: HonestClient, address: str) -> Line:
    """Return the only series of the whole; each part has its own series (rule 8)."""
    (found,) = (one for one in lines(client, address) if one["part"] is None)
    return found


def bests(found: Line) -> list[tuple[str, int | None]]:
    return [(point["measure"], point["best"]) for point in found["points"]]


# The seeds -------------------------------------------------------------------------------------------------------


def test_armenias_toll_is_three_series_and_not_one(client: HonestClient) -> None:
    artsakh = line(client, f"{WAR}&subject_side=armenian&harm=killed&claimant=artsakh-mod")
    assert bests(artsakh) == [
        *[("cumulative", best) for best in (32, 58, 84, 103, 157, 532, 673, 1177, 1221, 1383)],
        ("identified", 1585),
    ]
    assert artsakh["points"][-1]["breaks"]["before"] == "cumulative" and artsakh["points"][-1]["change"] is None
    soldiers = line(client, f"{WAR}&subject_side=armenian&claimant=armenia-moh&victim_status=member_of_armed_forces")
    assert bests(soldiers) == [("bodies", best) for best in (2317, 2425, 2718, 2996)]
    committee = line(client, f"{WAR}&subject_side=armenian&harm=killed&claimant=armenia-investigative-committee")
    assert bests(committee) == [("cumulative", 3781), ("cumulative", 3822)]
    assert [point["change"] for point in committee["points"]] == [None, 41]


def test_died_to_buried_is_a_break_and_no_fall(client: HonestClient) -> None:
    found = line(client, f"{WAR}&subject_side=azerbaijan&harm=killed&claimant=azerbaijan-mod")
    assert bests(found) == [
        ("cumulative", 2783),
        *[("buried", best) for best in (2723, 2756, 2802, 2823, 2855, 2881)],
        ("cumulative", 2900),
        ("cumulative", 2906),
    ]
    assert found["points"][1]["breaks"] == {
        "reason": "definition",
        "field": "measure",
        "before": "cumulative",
        "after": "buried",
        "since": "az-mod-2020-12-03-azerbaijani-killed",
        "silence": None,
    }
    assert [point["change"] for point in found["points"]] == [None, None, 33, 46, 21, 32, 26, 2900 - 2783, 6]
    assert not any(point["revision"] for point in found["points"])


def test_a_fall_of_one_measure_is_a_revision(client: HonestClient) -> None:
    injured = line(client, f"{WAR}&subject_side=armenian&harm=injured&claimant=armenia-mod")
    assert [(point["best"], point["change"], point["revision"]) for point in injured["points"]] == [
        (200, None, False),
        (120, -80, True),
    ]
    fall = injured["points"][1]["breaks"]
    assert (fall["reason"], fall["field"], fall["before"], fall["after"]) == ("correction", "best", "200", "120")


def test_the_ministry_of_health_breaks_from_soldiers_to_everybody(client: HonestClient) -> None:
    found = lines(client, f"{WAR}&subject_side=armenian&claimant=armenia-moh&harm=killed")
    assert [(one["victim_status"], one["part"], len(one["points"])) for one in found] == [
        ("any", None, 1),
        ("member_of_armed_forces", "not yet identified", 1),  # 250 of the 2,425 bodies of that day
        ("member_of_armed_forces", None, 4),
    ]
    assert found[0]["points"][0]["breaks"]["field"] == "victim_status"
    assert found[0]["points"][0]["breaks"]["since"] == "armenia-moh-2020-12-11-armenian-bodies"
    assert found[2]["points"][0]["breaks"] is None


def test_azerbaijans_silence_is_a_gap_in_its_own_series_only(client: HonestClient) -> None:
    found = lines(client, f"{WAR}&subject_side=azerbaijan&harm=killed&victim_status=member_of_armed_forces")
    gaps = {one["claimant"]["id"]: [(gap["from"], gap["to"]) for gap in one["gaps"]] for one in found}
    silence = [("2020-09-27", "2020-12-02")]
    assert gaps["azerbaijan-mod"] == gaps["aliyev"] == silence
    assert gaps["armenia-mod"] == gaps["armenia-government"] == []
    civilians = lines(client, f"{WAR}&subject_side=azerbaijan&harm=killed&victim_status=civilian")
    assert civilians and not any(one["gaps"] for one in civilians)


def test_on_a_day_the_silence_has_lasted_until_that_day(client: HonestClient) -> None:
    found = line(client, f"{WAR}&subject_side=azerbaijan&harm=killed&claimant=azerbaijan-mod&as_of=2020-10-22")
    assert (found["points"], [gap["to"] for gap in found["gaps"]]) == ([], ["2020-10-22"])
    answer = client.get(f"{WAR}&subject_side=azerbaijan&as_of=2020-10-22").json
    assert answer["meta"]["as_of"] == "2020-10-22"
    assert all(point["stated_until"] <= "2020-10-22" for one in answer["data"] for point in one["points"])


def test_what_is_no_point_is_listed_with_its_reason(client: HonestClient) -> None:
    excluded = {left["claim"]: left["reason"] for left in client.get(WAR).json["meta"]["excluded"]}
    assert excluded["armradio-2020-10-03-azerbaijani-losses"] == "misreport"
    assert excluded["aliyev-2021-08-26-armenian-killed"] == "same_as"
    assert excluded["az-officials-2020-09-30-armenian-losses"] == "unquantified"
    points = {point["claim"] for one in lines(client, WAR) for point in one["points"]}
    assert points.isdisjoint(excluded)
    every = client.get(
        "/v1/claims?recorded_conflict=nagorno-karabakh-2020&kind=casualty&limit=1000"
        "&measure=cumulative,identified,bodies,buried,estimate&fields=id"
    ).json["data"]
    assert points | set(excluded) == {found["id"] for found in every}


def test_phases_have_series_of_their_own(client: HonestClient) -> None:
    answer = client.get("/v1/statistics/series?conflict=nagorno-karabakh").json
    assert answer["data"] == []
    assert [warning["code"] for warning in answer["meta"]["warnings"]] == ["phases_apart"]
    assert "2020 Nagorno-Karabakh war (nagorno-karabakh-2020)" in answer["meta"]["warnings"][0]["text"]


def test_every_point_names_its_claimant_side_measure_day_and_source(client: HonestClient) -> None:
    for one in lines(client, WAR):
        assert one["claimant"] and "subject_side" in one
        assert all(point["measure"] and point["sources"] and "stated_on" in point for point in one["points"])


# A small world ---------------------------------------------------------------------------------------------------


def said(id: str, day: str | None, best: int | None, measure: str = "cumulative", **given: Any) -> dict[str, Any]:
    usual = {"subject_side": "red", "measure": measure, "low": best, "best": best, "high": best, "qualifier": "exact"}
    return claim(id, **usual, stated_on=day, stated_until=day, **given)


SAID = [
    said("first", "2020-02-01", 10),
    said("second", "2020-02-02", 8),
    said("bodies", "2020-02-03", 5, "bodies"),
    said("third", "2020-02-04", 12),
    said("undated", None, 99),
    said("taken-back", "2020-02-05", 500, status="retracted", status_by="editor", status_reason="Wrong."),
    said("open", "2020-02-06", None) | {"low": 20, "qualifier": "vague"},
    said("of-one-event", "2020-02-07", 4, event="clash"),
    said("one-event-later", "2020-02-08", 6, event="clash"),
    said("civilians", "2020-02-09", 2, victim_status="civilian"),
    word("silent", "silence", claimant="red-army", harm="killed", subject_side="red", covers_from="2020-02-01",
         covers_to="2020-02-20"),
]  # fmt: skip
SMALL: World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "red", "name": "Red"}],
    "conflicts": [{"id": "war", "name": "The war", "started_on": "2020-01-01", "sides": ["alpha", "red"]}],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry", "side": "alpha"},
        {"id": "red-army", "name": "Army", "side": "red"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "events": [
        {"id": "clash", "name": "Clash", "type": "Battles", "conflict": "war", "started_on": "2020-02-07",
         "ended_on": "2020-02-07"},
    ],
    "claims": SAID,
    "reports": [report(found["id"], "times") for found in SAID],
    "relations": [
        {"id": "replaces", "claim": "second", "kind": "supersedes", "target": "first", "stated_on": "2020-02-02",
         "stated_until": "2020-02-02"},
    ],
}  # fmt: skip


@pytest.fixture
def small(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, SMALL))


def test_a_series_by_hand(small: HonestClient) -> None:
    found = line(small, "/v1/statistics/series?conflict=war&claimant=alpha-mod&victim_status=any")
    assert [(p["claim"], p["standing"], p["change"], p["revision"]) for p in found["points"]] == [
        ("undated", "undated", None, False),
        ("first", "superseded", None, False),
        ("second", "earlier", -2, True),
        ("bodies", "stands", None, False),
        ("third", "earlier", 4, False),
        ("open", "stands", None, False),
    ]
    assert found["points"][1]["stands_instead"] == "second"
    assert [(p["claim"], p["breaks"]["reason"], p["breaks"]["after"]) for p in found["points"] if p["breaks"]] == [
        ("second", "correction", "8"),
        ("bodies", "definition", "bodies"),
        ("third", "definition", "cumulative"),
    ]
    assert found["gaps"] == []


def test_a_side_that_never_spoke_has_a_series_of_silence(small: HonestClient) -> None:
    found = line(small, "/v1/statistics/series?conflict=war&claimant=red-army")
    assert (found["points"], [(gap["from"], gap["to"]) for gap in found["gaps"]]) == (
        [],
        [("2020-02-01", "2020-02-20")],
    )


def test_running_figures_of_an_event_are_series_of_the_event(small: HonestClient) -> None:
    answer = small.get("/v1/statistics/series?conflict=war&victim_status=any").json
    excluded = {left["claim"]: left["reason"] for left in answer["meta"]["excluded"]}
    assert excluded == {"taken-back": "retracted", "of-one-event": "of_one_event", "one-event-later": "of_one_event"}
    found = line(small, "/v1/statistics/series?event=clash")
    assert [(point["best"], point["change"]) for point in found["points"]] == [(4, None), (6, 2)]


def test_as_of_knows_neither_later_nor_undated_figures(small: HonestClient) -> None:
    address = "/v1/statistics/series?conflict=war&claimant=alpha-mod&victim_status=any&as_of=2020-02-01"
    assert [(p["claim"], p["standing"]) for p in line(small, address)["points"]] == [("first", "stands")]
    excluded = {left["claim"]: left["reason"] for left in small.get(address).json["meta"]["excluded"]}
    assert excluded["undated"] == "undated" and excluded["second"] == "later"


# A counter that starts again, days without a figure, parts -------------------------------------------------------

TOLLS = [
    said("toll-may", "2026-05-01", 70_000, covers_from="2023-10-07"),
    said("toll-august", "2026-08-13", 73_000, covers_from="2023-10-07"),
    said("since-truce", "2026-08-14", 1_259, covers_from="2026-01-19"),
    said("since-truce-later", "2026-08-20", 1_300, covers_from="2026-01-20"),
    said("toll-last", "2026-08-21", 73_100, covers_from="2023-10-07"),
    said("corrected", "2026-08-22", 4, harm="injured", covers_to="2026-08-20"),
    said("correcting", "2026-08-25", 5, harm="injured", covers_to="2026-08-20"),
    said("own-before", "2026-02-01", 10, claimant="red-army"),
    said("own-after", "2026-04-01", 30, claimant="red-army"),
    said("by-alpha", "2026-08-01", 700, harm="missing", responsible_side="alpha", statement="one-utterance"),
    said("by-red", "2026-08-01", 280, harm="missing", responsible_side="red", statement="one-utterance"),
    said("undated-toll", None, 85, harm="captured"),
    said("dated-toll", "2026-08-01", 100, harm="captured"),
    said("bulletin", "2026-08-01", 85_671, harm="displaced"),
    said("yearbook", "2026-08-05", 456, harm="displaced", covers_to="2024-03-31"),
    said("next-bulletin", "2026-08-08", 86_000, harm="displaced"),
    said("count", "2026-08-01", 500, harm="abducted"),
    said("table-march", "2026-08-05", 100, harm="abducted", covers_to="2024-03-31"),
    said("table-june", "2026-08-05", 180, harm="abducted", covers_to="2024-06-30"),
    said("table-july", "2026-08-05", 170, harm="abducted", covers_to="2024-07-31"),
    said("older-table", "2026-08-06", 90, harm="abducted", covers_to="2025-03-31"),
    said("next-count", "2026-08-08", 520, harm="abducted"),
    word("silent", "silence", claimant="red-army", harm="killed", subject_side="red", covers_from="2026-02-01",
         covers_to="2026-03-20", stated_on="2026-02-01", stated_until="2026-02-01"),
]  # fmt: skip
RESTARTED: World = SMALL | {
    "conflicts": [{"id": "war", "name": "The war", "started_on": "2023-10-07", "sides": ["alpha", "red"]}],
    "events": [],
    "claims": TOLLS,
    "reports": [report(one["id"], "times") for one in TOLLS],
    "relations": [
        {"id": "corrects", "claim": "correcting", "kind": "supersedes", "target": "corrected",
         "stated_on": "2026-08-25", "stated_until": "2026-08-25"},
    ],
}  # fmt: skip


@pytest.fixture
def restarted(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, RESTARTED))


def test_a_counter_that_begins_again_is_a_series_of_its_own(restarted: HonestClient) -> None:
    """Fault F2: 73,000 since the war began, then 1,259 since the truce, counted as a fall by 71,741."""
    war, truce = lines(restarted, "/v1/statistics/series?conflict=war&claimant=alpha-mod&harm=killed")
    assert [(one["series_from"], len(one["points"])) for one in (war, truce)] == [("2023-10-07", 3), ("2026-01-19", 2)]
    assert [(p["claim"], p["standing"], p["change"], p["revision"], p["breaks"]) for p in war["points"]] == [
        ("toll-may", "earlier", None, False, None),
        ("toll-august", "earlier", 3_000, False, None),
        ("toll-last", "stands", 100, False, None),
    ]
    first, second = truce["points"]
    assert (first["change"], first["revision"], second["change"], second["breaks"]) == (None, False, 41, None)
    assert first["breaks"] == {
        "reason": "counter_restarted",
        "field": "covers_from",
        "before": "2023-10-07",
        "after": "2026-01-19",
        "since": "toll-august",
        "silence": None,
    }
    assert (second["standing"], second["stands_instead"]) == ("later_start", "toll-last")


def test_what_replaces_a_figure_of_the_same_days_is_a_correction(restarted: HonestClient) -> None:
    corrected, correcting = line(restarted, "/v1/statistics/series?conflict=war&harm=injured")["points"]
    assert (corrected["standing"], corrected["stands_instead"]) == ("superseded", "correcting")
    assert (correcting["change"], correcting["revision"]) == (1, False)
    assert correcting["breaks"]["reason"] == "correction"


def test_a_figure_until_an_earlier_day_is_no_fall(restarted: HonestClient) -> None:
    """Once it was a correction from 85,671 to 456, and the next figure a rise by 85,544."""
    _, yearbook, bulletin = line(restarted, "/v1/statistics/series?conflict=war&harm=displaced")["points"]
    assert (yearbook["claim"], yearbook["change"], yearbook["revision"]) == ("yearbook", None, False)
    assert yearbook["breaks"] == {
        "reason": "earlier_days",
        "field": "covers_to",
        "before": "2026-08-01",
        "after": "2024-03-31",
        "since": "bulletin",
        "silence": None,
    }
    assert (bulletin["change"], bulletin["breaks"]) == (329, None)


def test_figures_of_one_table_of_earlier_days_follow_each_other(restarted: HonestClient) -> None:
    """Each figure of a table by week was a break of its own, with a ring in the picture: 182 rings on one line."""
    points = line(restarted, "/v1/statistics/series?conflict=war&harm=abducted")["points"]
    assert [
        (p["claim"], p["change"], p["revision"], p["breaks"] and (p["breaks"]["reason"], p["breaks"]["since"]))
        for p in points
    ] == [
        ("count", None, False, None),
        ("table-march", None, False, ("earlier_days", "count")),
        ("table-june", 80, False, None),
        ("table-july", -10, True, ("correction", "table-june")),
        ("older-table", None, False, ("earlier_days", "count")),
        ("next-count", 20, False, None),
    ]


def test_a_silence_between_two_figures_is_a_gap(restarted: HonestClient) -> None:
    found = line(restarted, "/v1/statistics/series?conflict=war&harm=killed&claimant=red-army")
    before, after = found["points"]
    assert before["breaks"] is None and after["change"] == 20
    assert after["breaks"]["reason"] == "gap"
    assert (after["breaks"]["since"], after["breaks"]["silence"]) == ("own-before", "silent")


def test_parts_are_series_of_their_own(restarted: HonestClient) -> None:
    found = lines(restarted, "/v1/statistics/series?conflict=war&harm=missing")
    assert [(one["responsible_side"]["id"], one["points"][0]["best"]) for one in found] == [
        ("alpha", 700),
        ("red", 280),
    ]


def test_an_undated_figure_is_shown_and_neither_before_nor_after(restarted: HonestClient) -> None:
    """Fault F23."""
    found = line(restarted, "/v1/statistics/series?conflict=war&harm=captured")
    assert [(p["claim"], p["standing"], p["change"]) for p in found["points"]] == [
        ("undated-toll", "undated", None),
        ("dated-toll", "stands", None),
    ]
    answer = restarted.get("/v1/statistics/series?conflict=war&harm=captured&as_of=2026-09-01").json
    assert [p["claim"] for p in answer["data"][0]["points"]] == ["dated-toll"]
    assert answer["meta"]["excluded"] == [{"claim": "undated-toll", "reason": "undated", "by": None}]


# Over HTTP -------------------------------------------------------------------------------------------------------


def test_csv_has_a_row_for_every_point_and_gap_of_json(client: HonestClient) -> None:
    nested = lines(client, WAR)
    rows = list(csv.DictReader(io.StringIO(client.get(WAR.replace("series?", "series.csv?")).text)))
    points = [
        ("point", one["claimant"]["id"], p["claim"], p["measure"], p["best"], p["change"]) if "best" in p
        else ("gap", one["claimant"]["id"], p["claim"], None, p["from"], p["to"])
        for one in nested
        for p in (*one["points"], *one["gaps"])
    ]  # fmt: skip
    flat = [(r["kind"], r["claimant_id"], r["claim"], r["measure"] or None, *_numbers(r)) for r in rows]
    assert flat == points


def _numbers(row: dict[str, str]) -> tuple[Any, Any]:
    if row["kind"] == "gap":
        assert row["best"] == row["low"] == row["high"] == ""
        return row["from"], row["to"]
    return int(row["best"]) if row["best"] else None, int(row["change"]) if row["change"] else None


def test_an_unchanged_answer_is_not_sent_again(client: HonestClient) -> None:
    first = client.get(WAR)
    assert client.get(WAR, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert "is not a death toll" in first.json["meta"]["caveat"]
    assert first.json["meta"]["citation"].endswith(WAR)


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("", 422, "invalid-parameter"),
        ("?conflict=nagorno-karabakh-2020&event=ganja-2020-10-17", 422, "invalid-parameter"),
        ("?conflict=nagorno-karabakh-2020,gaza-2023", 422, "invalid-parameter"),
        ("?conflict=nagorno-karabakh-2020&measure=incident", 422, "invalid-parameter"),
        ("?conflict=nagorno", 422, "unknown-record"),
        ("?conflict=gaza-2023&group_by=harm", 400, "unknown-parameter"),
    ],
)
def test_what_is_no_question_is_refused(client: HonestClient, query: str, status: int, problem: str) -> None:
    told(client.get(f"/v1/statistics/series{query}"), status, problem)


def test_the_number_of_statements_does_not_grow(seeded: Flask, caplog: pytest.LogCaptureFixture) -> None:
    taken = []
    for address in (f"{WAR}&claimant=putin", WAR):
        seeded.test_client().get(address)
        taken.append(statements(seeded, address, caplog))
    # Two points against more than 100: a few more statements if claims replace each other. It reads figures and
    # silences.
    assert taken[1] <= taken[0] + 6 and taken[0] < 40
