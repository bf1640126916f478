"""The worked examples of docs/readers/methodology.md, each under several policies. The figures come by hand from the
seeds."""

import re
from typing import NamedTuple

import pytest

from schemas.statistics.casualties import BASES, FIGURES, POLICIES, REASONS
from tests.support.contract import HonestClient
from tests.support.worlds import ids
from tests.test_docs import ROOT, examples

PAGE = ROOT / "docs" / "readers" / "methodology.md"
WAR = "recorded_conflict=nagorno-karabakh-2020&harm=killed"
TOTALS = f"{WAR}&basis=totals&measure=cumulative"
NO_LOSSES = {"armenian injured": 0, "armenian killed": 0}
GANJA = "from=2020-10-04&to=2020-10-17&victim_status=civilian&harm=killed"
STRIKES = {"ganja-2020-10-04": 1, "ganja-2020-10-11": 10, "ganja-2020-10-17": 13}
Figure = int | tuple[int, int, int]  # low, best and high; one number if they are equal


class Example(NamedTuple):
    title: str
    question: str
    by: tuple[str, ...]  # the columns that name a row
    answers: dict[str, dict[str, Figure]]  # policy → row → figure


EXAMPLES = [
    Example(
        "12 July 2020: a correction",
        "event=border-clash-2020-07-12&group_by=subject_side",
        ("subject_side", "harm"),
        {
            "envelope": {
                "armenian injured": 0,
                "armenian killed": 0,
                "azerbaijan injured": 5 - 1,
                "azerbaijan killed": 3,
            },
            "own_side": {
                "armenian injured": 0,
                "armenian killed": 0,
                "azerbaijan injured": 5 - 1,
                "azerbaijan killed": 3,
            },
            "third_party": {"azerbaijan injured": 4, "azerbaijan killed": 3},
            "opposing_side": {},
        },
    ),
    Example(
        "12 July 2020, as known that night",
        "event=border-clash-2020-07-12&as_of=2020-07-12&group_by=subject_side",
        ("subject_side", "harm"),
        {
            "envelope": {"azerbaijan injured": 5, "azerbaijan killed": 2},
            "own_side": {"azerbaijan injured": 5, "azerbaijan killed": 2},
            "third_party": {},
        },
    ),
    Example(
        "The night after is another event",
        "event=border-clash-2020-07-12,border-clash-2020-07-13&harm=killed",
        (),
        {"envelope": {"": 3 + 1}, "own_side": {"": 3 + 1}, "latest": {"": 3 + 1}, "third_party": {"": 3}},
    ),
    Example(
        "Ganja: three strikes and their total",
        f"{GANJA}&basis=incidents",
        (),
        {"envelope": {"": 26}, "own_side": {"": 26}, "latest": {"": 26}, "opposing_side": {}, "third_party": {}},
    ),
    Example(
        "Ganja, as of 11 October",
        f"{GANJA}&as_of=2020-10-11&group_by=event",
        ("event",),
        {"envelope": {"ganja-2020-10-11": 7}, "own_side": {"ganja-2020-10-11": 7}, "third_party": {}},
    ),
    Example(
        "A denial is not a zero",
        "event=ganja-2020-10-17",
        ("harm",),
        {
            "envelope": {"injured": 53, "killed": 13},
            "own_side": {"injured": 53, "killed": 13},
            "lowest": {"injured": 53, "killed": 13},
            "opposing_side": {},
            "third_party": {},
        },
    ),
    Example(
        "Disputed: the Al-Ahli hospital",
        "event=al-ahli-hospital-2023-10-17&harm=killed",
        (),
        {
            "envelope": {"": (100, 100, 471)},
            "own_side": {"": 471},
            "third_party": {"": (100, 100, 300)},
            "highest": {"": 471},
        },
    ),
    Example(
        "Single events of the 2020 war",
        f"{WAR}&basis=incidents&group_by=event",
        ("event",),
        {
            "envelope": {**STRIKES, "barda-2020-10-28": 21, "": 60 + 54 + 400 + 26},
            "own_side": {**STRIKES, "barda-2020-10-28": 21, "": 54 + 26},
            "opposing_side": {"": 60 + 400},
            "third_party": {},
        },
    ),
    Example(
        "The 2020 war in two windows",
        f"{WAR}&basis=incidents&from=2020-09-27&to=2020-10-10",
        (),
        {
            "envelope": {"": 60 + 54 + 400 + 26},
            "own_side": {"": 54 + 26},
            "opposing_side": {"": 60 + 400},
        },
    ),
    Example(
        "29 September: 95 is 84 + 9 + 2",
        f"{TOTALS}&as_of=2020-09-29&group_by=subject_side",
        ("subject_side",),
        {
            "third_party": {"all": 95, "azerbaijan": 9, "armenian": 2},
            "own_side": {"armenian": 84},
            "opposing_side": {"azerbaijan": 400},
            "envelope": {"all": 95, "azerbaijan": 400 + 9, "armenian": 84 + 2},
        },
    ),
    Example(
        "30 September: about 2,300 against 103 or 104",
        "recorded_conflict=nagorno-karabakh-2020&basis=totals&as_of=2020-09-30&subject_side=armenian"
        "&victim_status=member_of_armed_forces&harm=killed,killed_or_injured",
        ("harm",),
        {
            "envelope": {"killed": (103, 103, 104), "killed_or_injured": 2300},
            "own_side": {"killed": (103, 103, 104)},
            "opposing_side": {"killed_or_injured": 2300},
            "third_party": {},
        },
    ),
    Example(
        "30 September: parts above the whole",
        f"{TOTALS}&as_of=2020-09-30",
        (),
        {
            "envelope": {"": (95, 100, 400 + 104)},
            "highest": {"": (400 + 103, 400 + 103, 400 + 104)},
            "third_party": {"": (95, 95, 100)},
            "own_side": {"": (103, 103, 104)},
            "opposing_side": {"": 400},
        },
    ),
    Example(
        "13 October: OHCHR's 53 civilians",
        f"{TOTALS}&as_of=2020-10-13&victim_status=civilian",
        (),
        {
            "envelope": {"": 41 + 31},
            "own_side": {"": 41 + 31},
            "third_party": {"": 53},
            "highest": {"": 41 + 31},
        },
    ),
    Example(
        "Putin's pair",
        f"{TOTALS}&as_of=2020-10-22&subject_side=azerbaijan,armenian&group_by=subject_side",
        ("subject_side",),
        {
            "third_party": {"armenian": 2000, "azerbaijan": 2000},
            "latest": {"armenian": 2000, "azerbaijan": 2000},
            "own_side": {"armenian": 673 + 31, "azerbaijan": 61},
        },
    ),
    Example(
        "An affiliated politician is not a third party",
        f"{TOTALS}&subject_side=azerbaijan",
        (),
        {"affiliated": {"": 18000}, "third_party": {"": 2000}, "own_side": {"": (2906 + 93, 2906 + 93, 3000 + 94)}},
    ),
    Example(
        "15 November: a silence",
        f"{TOTALS}&as_of=2020-11-15",
        (),
        {
            "own_side": {"": 1383 + 45 + 2 + 91},
            "third_party": {"": 5000},
            "envelope": {"": 5000},
        },
    ),
    Example(
        "Died, buried",
        "recorded_conflict=nagorno-karabakh-2020&basis=totals&harm=killed&as_of=2020-12-08&subject_side=azerbaijan"
        "&victim_status=member_of_armed_forces",
        ("measure",),
        {
            "envelope": {"buried": 2723, "cumulative": 2783},
            "own_side": {"buried": 2723, "cumulative": 2783},
            "latest": {"buried": 2723, "cumulative": 2783},
            "third_party": {},
        },
    ),
    Example(
        "Three measures of Armenia's toll",
        f"{WAR}&basis=totals&as_of=2021-09-27&subject_side=armenian",
        ("measure",),
        {
            "own_side": {"bodies": 3330, "cumulative": 3781, "identified": 3621},
            "opposing_side": {"cumulative": 7000},
            "latest": {"bodies": 3330, "cumulative": 3781, "identified": 3621},
        },
    ),
    Example(
        "3,781 against Aliyev's 7,000",
        f"{TOTALS}&as_of=2021-09-27&subject_side=armenian",
        (),
        {
            "own_side": {"": 3781},
            "opposing_side": {"": 7000},
            "envelope": {"": (3781, 3781, 10000 + 72)},
        },
    ),
    Example(
        "Members of a camp",
        f"{TOTALS}&as_of=2020-11-02&victim_status=civilian&subject_side=armenian",
        (),
        {"envelope": {"": 45 + 2}, "own_side": {"": 45 + 2}, "latest": {"": 45 + 2}, "opposing_side": {}},
    ),
    Example(
        "Conflicts within conflicts",
        "conflict=nagorno-karabakh&basis=totals&harm=killed&measure=cumulative&as_of=2020-10-22",
        ("conflict",),
        {
            "envelope": {
                "armenia-azerbaijan-july-2020": 11 + 4,
                "nagorno-karabakh-1988-1994": 30000,
                "nagorno-karabakh-2020": 5000,
            },
            "third_party": {"nagorno-karabakh-1988-1994": 30000, "nagorno-karabakh-2020": 5000},
            "own_side": {"armenia-azerbaijan-july-2020": 11 + 4, "nagorno-karabakh-2020": 673 + 31 + 61},
        },
    ),
]
ASKED = [pytest.param(e, policy, id=f"{e.title}-{policy}") for e in EXAMPLES for policy in e.answers]


def named(value: dict[str, str] | str | None) -> str:
    return value["id"] if isinstance(value, dict) else value or ""


@pytest.mark.parametrize(("example", "policy"), ASKED)
def test_an_example_is_as_worked_by_hand(example: Example, policy: str, client: HonestClient) -> None:
    rows = client.get(f"/v1/statistics/casualties?{example.question}&policy={policy}").json["data"]
    found = {" ".join(named(row[name]) for name in example.by): (row["low"], row["best"], row["high"]) for row in rows}
    assert len(found) == len(rows)
    assert found == {
        row: figure if isinstance(figure, tuple) else (figure,) * 3 for row, figure in example.answers[policy].items()
    }


def row(client: HonestClient, question: str) -> dict[str, object]:
    (found,) = client.get(f"/v1/statistics/casualties?{question}").json["data"]
    assert isinstance(found, dict)
    return found


def left_out(client: HonestClient, question: str) -> dict[str, list[str]]:
    """Return the ids of excluded claims, by reason."""
    meta = client.get(f"/v1/statistics/casualties?{question}").json["meta"]
    return {
        left["reason"]: ids(client.get(left["url"].removeprefix("http://127.0.0.1:8000"))) for left in meta["excluded"]
    }


def test_the_strikes_of_ganja_are_parts_of_the_26(client: HonestClient) -> None:
    parts = left_out(client, f"{GANJA}&basis=incidents")["included_in"]
    assert [claim["best"] for claim in client.get(f"/v1/claims?id={','.join(parts)}&sort=best").json["data"]] == [
        1,
        10,
        13,
    ]
    by_event = client.get(f"/v1/statistics/casualties?{GANJA}&basis=incidents&group_by=event").json["meta"]
    (text,) = [warning["text"] for warning in by_event["warnings"] if warning["code"] == "rows_overlap"]
    assert text.startswith("A row with 26 people contains an event or period that is in another row.")


def test_two_neighbouring_windows_add_up(client: HonestClient) -> None:
    second = row(client, f"{WAR}&basis=incidents&from=2020-10-11&to=2020-11-10")
    assert (second["best"], "began_before" in second["warnings"]) == (21, True)  # type: ignore[operator]
    assert row(client, f"{WAR}&basis=incidents")["best"] == 540 + 21


def test_what_is_left_out_of_ganja(client: HonestClient) -> None:
    gone = left_out(client, f"{GANJA}&recorded_conflict=nagorno-karabakh-2020&basis=incidents")
    assert {claim for claim in gone["superseded"] if "ganja" in claim} == {
        "az-prosecutor-2020-10-11-ganja-2020-10-11-killed",
        "az-prosecutor-2020-10-17-ganja-2020-10-17-killed",
    }
    assert "az-prosecutor-undated-ganja-2020-10-04-killed" in left_out(client, f"{GANJA}&as_of=2020-10-11")["undated"]


def test_denials_and_responsibilities_are_no_figures(client: HonestClient) -> None:
    assert left_out(client, "event=ganja-2020-10-17")["not_a_figure"] == [
        "armenia-mod-2020-10-17-ganja-2020-10-17-denial",
        "az-officials-2020-10-17-ganja-2020-10-17-by-armenia",
    ]


def test_the_silence_of_november_is_named(client: HonestClient) -> None:
    found = row(client, f"{TOTALS}&as_of=2020-11-15&policy=own_side")
    assert found["missing"] == [{"side": "azerbaijan", "status": "member_of_armed_forces", "cells": 1}]
    assert found["silences"] == ["az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed"]
    assert (found["open_ended"], found["incomplete"]) == (1, 1)


def test_what_a_row_says_of_itself(client: HonestClient) -> None:
    flags = ("open_ended", "imputed", "incomplete", "disputed", "spread")
    whole = row(client, f"{TOTALS}&as_of=2020-09-30")
    assert [whole[flag] for flag in flags] == [1, 1, 0, 1, round(503 / 95, 2)]
    toll = row(client, f"{TOTALS}&as_of=2021-09-27&subject_side=armenian&policy=opposing_side")
    assert [toll[flag] for flag in flags] == [1, 1, 1, 1, 10000 / 4000]  # soldiers have the widest comparison
    hospital = row(client, "event=al-ahli-hospital-2023-10-17&harm=killed")
    assert [hospital[flag] for flag in flags] == [1, 1, 0, 1, 4.71]


def test_every_example_of_the_page_is_worked_here() -> None:
    told = re.findall(r"^### (.+)$", PAGE.read_text(), re.MULTILINE)
    assert told == [example.title for example in EXAMPLES]
    assert len(told) >= 12 and all(len(example.answers) >= 3 for example in EXAMPLES)
    asked = [command for command, _ in examples(PAGE)]
    assert len(asked) >= len(EXAMPLES)


@pytest.mark.parametrize("word", [*BASES, *POLICIES, *REASONS])
def test_the_page_explains_every_word_of_a_statistic(word: str) -> None:
    assert re.search(rf"`(basis=)?{word}`", PAGE.read_text())


@pytest.mark.parametrize("column", ["open_ended", "imputed", "incomplete", "disputed", "spread", "silences"])
def test_the_page_explains_the_columns(column: str) -> None:
    assert column in FIGURES and f"| `{column}` |" in PAGE.read_text()


def test_the_api_serves_the_page_section_by_section(client: HonestClient) -> None:
    sections = client.get("/v1/methodology").json["data"]["sections"]
    titles = [section["title"] for section in sections]
    assert titles == re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)
    assert "Worked examples" in titles
