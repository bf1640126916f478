"""Checks whether a number was claimed. Verdicts come by hand from the seeds and a small world; GET and POST."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support.contract import HonestClient, make_validator, open_client, resolve, write_document
from tests.support.worlds import World, claim, made, report, told
from tests.v1.records.test_lists import statements

WAR = "conflict=nagorno-karabakh-2020"
Checked = dict[str, Any]


def check(client: HonestClient, query: str) -> Checked:
    answer = client.get(f"/v1/check?{query}")
    assert answer.status_code == 200, answer.text
    data: Checked = answer.json["data"]
    return data


def ids(claims: list[dict[str, Any]]) -> list[str]:
    return [claim["claim"] for claim in claims]


def warned(client: HonestClient, query: str) -> list[str]:
    return [warning["code"] for warning in client.get(f"/v1/check?{query}").json["meta"]["warnings"]]


# The seeds -------------------------------------------------------------------------------------------------------


def test_putin_said_2000_of_each_side(client: HonestClient) -> None:
    found = check(client, f"{WAR}&number=2000&claimant=putin")
    assert found["verdict"] == "supported"
    assert ids(found["claims"]) == ["putin-2020-10-22-armenian-killed", "putin-2020-10-22-azerbaijani-killed"]
    assert found["claims"][0]["sources"] and found["claims"][0]["phrase"] and found["claims"][0]["relation"] == "states"


@pytest.mark.parametrize(
    ("number", "verdict"), [(1799, "outside"), (1800, "supported"), (2200, "supported"), (2201, "outside")]
)
def test_about_2000_holds_a_tenth_more_or_less(client: HonestClient, number: int, verdict: str) -> None:
    query = f"conflict=nagorno-karabakh-2020&harm=killed&subject_side=armenian&claimant=putin&number={number}"
    assert check(client, query)["verdict"] == verdict


def test_104_not_current_by_the_other_side(client: HonestClient) -> None:
    found = check(client, f"{WAR}&number=104&harm=killed&subject_side=armenian&claimant=azerbaijan-mod")
    assert found["verdict"] == "other_claimant"
    assert found["claims"][0]["claim"] == "artsakh-mod-2020-09-30-armenian-killed"
    assert "azerbaijan-mod" not in {claim["claimant"]["id"] for claim in found["claims"]}


def test_the_2300_of_30_september_are_killed_or_injured(client: HonestClient) -> None:
    assert check(client, f"{WAR}&number=2300&claimant=azerbaijan-mod&harm=killed_or_injured")["verdict"] == "supported"
    assert check(client, f"{WAR}&number=2300&claimant=azerbaijan-mod&harm=killed")["verdict"] == "other_claimant"
    assert "several_harms" in warned(client, f"{WAR}&number=2300")


def test_the_2_of_12_july_were_said_and_then_replaced_by_3(client: HonestClient) -> None:
    clash = "event=border-clash-2020-07-12&harm=killed&subject_side=azerbaijan"
    assert check(client, f"{clash}&number=3")["verdict"] == "supported"
    found = check(client, f"{clash}&number=2")
    assert (found["verdict"], found["claims"]) == ("outside", [])
    (was,) = found["not_current"]
    assert (was["claim"], was["reason"], was["by"]) == (
        "az-mod-2020-07-12-azerbaijani-killed",
        "superseded",
        "az-mod-2020-07-13-azerbaijani-killed",
    )
    assert found["nearest"]["below"] is None and found["nearest"]["above"]["best"] == 3


def test_on_the_night_itself_2_stood(client: HonestClient) -> None:
    clash = "event=border-clash-2020-07-12&harm=killed&subject_side=azerbaijan&as_of=2020-07-12"
    assert check(client, f"{clash}&number=2")["verdict"] == "supported"
    assert check(client, f"{clash}&number=3")["verdict"] == "outside"


def test_no_losses_is_a_figure_of_zero(client: HonestClient) -> None:
    clash = "event=border-clash-2020-07-12&harm=killed&subject_side=armenian"
    assert check(client, f"{clash}&number=0")["verdict"] == "supported"
    assert check(client, f"{clash}&number=1")["nearest"]["below"]["best"] == 0


def test_two_ranges_that_do_not_meet_give_the_nearest_on_both_sides(client: HonestClient) -> None:
    found = check(client, "event=al-ahli-hospital-2023-10-17&harm=killed&number=400")
    assert found["verdict"] == "outside"
    assert found["nearest"]["below"]["claim"] == "us-intelligence-2023-10-19-al-ahli-killed"
    assert found["nearest"]["above"]["claim"] == "gaza-moh-2023-10-19-al-ahli-killed"


def test_a_strike_of_the_war_is_no_figure_of_the_war(client: HonestClient) -> None:
    assert check(client, "event=ganja-2020-10-17&number=13&harm=killed")["verdict"] == "supported"
    of_the_war = check(client, f"{WAR}&number=13&harm=killed&subject_side=azerbaijan&claimant=azerbaijan-emergencies")
    assert of_the_war["verdict"] != "supported"
    assert "conflict_itself" in warned(client, f"{WAR}&number=13")


def test_a_misreport_supports_nothing_but_is_told(client: HonestClient) -> None:
    found = check(client, f"{WAR}&number=3825&harm=killed&subject_side=armenian&claimant=armenia-officials")
    assert found["verdict"] == "other_claimant"  # about 4,000, Pashinyan, and figures without an upper bound
    assert ("wikimili-undated-armenian-soldiers-killed", "misreport") in [
        (claim["claim"], claim["reason"]) for claim in found["not_current"]
    ]


def test_where_nobody_gave_a_figure_nothing_is_found(client: HonestClient) -> None:
    found = check(client, "event=barda-2020-10-28&number=5&harm=captured")
    assert (found["verdict"], found["claims"], found["not_current"]) == ("not_found", [], [])
    assert found["nearest"] == {"below": None, "above": None}


def test_all_sides_together_are_asked_for_as_none(client: HonestClient) -> None:
    found = check(client, f"{WAR}&number=95&harm=killed&subject_side=all&claimant=al-jazeera")
    assert found["verdict"] == "supported" and found["claims"][0]["subject_side"] is None
    assert (
        check(client, f"{WAR}&number=95&harm=killed&subject_side=armenian&claimant=al-jazeera")["verdict"]
        != "supported"
    )


def test_figures_of_the_camp_are_pointed_at_when_a_member_is_asked_about(client: HonestClient) -> None:
    answer = client.get(f"/v1/check?{WAR}&number=1383&harm=killed&subject_side=artsakh").json
    (text,) = (found["text"] for found in answer["meta"]["warnings"] if found["code"] == "related_sides")
    assert text == "Figures of Armenian side (armenian) were not compared. Send subject_side= to compare them."


# A small world ---------------------------------------------------------------------------------------------------


def said(id: str, qualifier: str, low: int | None, best: int | None, high: int | None, **given: Any) -> dict[str, Any]:
    usual = {"conflict": "war", "harm": "killed", "subject_side": "red", "stated_on": "2020-02-01"}
    bounds = {"qualifier": qualifier, "low": low, "best": best, "high": high, "stated_until": "2020-02-01"}
    return claim(id, **{**usual, **bounds, **given})


SAID = [
    said("least", "at_least", 53, 53, None, harm="killed"),
    said("most", "up_to", None, None, 400, harm="injured"),
    said("almost", "nearly", None, 100, 100, harm="missing"),
    said("from-to", "between", 4000, None, 5000, harm="captured"),
    said("disordered", "as_given", 154, 154, 153, harm="displaced", flags=["bounds_disordered"]),
    said("taken-back", "exact", 7, 7, 7, harm="losses", status="retracted", status_by="editor", status_reason="Wrong."),
]
SMALL: World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "red", "name": "Red"}],
    "conflicts": [{"id": "war", "name": "The war", "started_on": "2020-01-01", "sides": ["alpha", "red"]}],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry", "side": "alpha"},
        {"id": "red-army", "name": "Army", "side": "red"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "claims": SAID,
    "reports": [report(found["id"], "times") for found in SAID],
}


@pytest.fixture
def small(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, SMALL))


OPEN_BOUNDS = [
    ("killed", 52, None), ("killed", 53, "states"), ("killed", 1_000_000, "open_end"),
    ("injured", 0, "open_end"), ("injured", 400, "states"), ("injured", 401, None),
    ("missing", 89, None), ("missing", 90, "includes"), ("missing", 100, "states"), ("missing", 101, None),
    ("captured", 3999, None), ("captured", 4500, "includes"), ("captured", 5000, "states"), ("captured", 5001, None),
    ("displaced", 152, None), ("displaced", 153, "states"), ("displaced", 154, "states"), ("displaced", 155, None),
]  # fmt: skip


def test_open_bounds_count_as_the_rules_say(small: HonestClient) -> None:
    for harm, number, how in OPEN_BOUNDS:
        found = check(small, f"conflict=war&harm={harm}&number={number}&claimant=alpha-mod")
        verdict = "supported" if how in ("states", "includes") else "outside"
        assert (found["verdict"], [claim["relation"] for claim in found["claims"]]) == (
            verdict,
            [how] if how else [],
        ), (
            harm,
            number,
        )


def test_who_said_more_than_400_did_not_say_2783(client: HonestClient) -> None:
    """Azerbaijan's ministry states 2,783. Armenia's says "more than 400", and its open end supports nothing."""
    query = f"{WAR}&number=2783&harm=killed&subject_side=azerbaijan&claimant=armenia-mod"
    found = check(client, query)
    assert (found["verdict"], ids(found["claims"])[0]) == ("other_claimant", "az-mod-2020-12-03-azerbaijani-killed")
    assert check(client, f"{query}&as_of=2020-09-30")["verdict"] == "outside"
    assert "only_open_ended" in warned(client, f"{query}&as_of=2020-09-30")


def test_what_only_an_open_end_holds_is_said_to_be_so(small: HonestClient) -> None:
    assert "only_open_ended" in warned(small, "conflict=war&harm=killed&number=99")
    assert "only_open_ended" not in warned(small, "conflict=war&harm=killed&number=53")


def test_what_was_taken_back_is_told_but_supports_nothing(small: HonestClient) -> None:
    found = check(small, "conflict=war&harm=losses&number=7")
    assert (found["verdict"], [c["reason"] for c in found["not_current"]]) == ("not_found", ["retracted"])


# What the sentence says about its number -------------------------------------------------------------------------

KINDS_OF_FIGURE = [
    said("at-least-53", "at_least", 53, 53, None, harm="killed"),
    said("nearly-5000", "nearly", None, 5000, 5000, harm="injured"),
    said("about-5000", "about", None, 5000, None, harm="missing"),
    said("exactly-5200", "exact", 5200, 5200, 5200, harm="captured"),
    said("more-than-5000", "more_than", 5000, 5000, None, harm="displaced"),
    said("fewer-than-40", "up_to", None, None, 40, harm="losses", figure_rule="fewer_than"),
    said("range", "between", 70, None, 80, harm="killed_or_injured"),
]
HARM_OF = {found["id"]: found["harm"] for found in KINDS_OF_FIGURE}
SENTENCES = [
    ("at-least-53", "at_least", 53, "states"), ("at-least-53", "at_least", 50, "within"),
    ("at-least-53", "at_least", 54, "open_end"), ("at-least-53", "exactly", 75, "open_end"),
    ("at-least-53", "exactly", 53, "states"), ("at-least-53", "more_than", 53, "open_end"),
    ("at-least-53", "more_than", 52, "within"), ("at-least-53", "at_most", 100, "partly"),
    ("at-least-53", "less_than", 53, "contradicts"), ("at-least-53", "about", 50, "within"),
    ("at-least-53", "about", 100, "open_end"), ("at-least-53", "nearly", 53, "partly"),
    ("nearly-5000", "more_than", 5000, "contradicts"), ("nearly-5000", "exactly", 5000, "states"),
    ("nearly-5000", "nearly", 5000, "states"), ("nearly-5000", "less_than", 5000, "states"),
    ("nearly-5000", "at_least", 4500, "within"), ("nearly-5000", "at_least", 4501, "partly"),
    ("nearly-5000", "at_least", 5001, "below"), ("nearly-5000", "at_most", 4000, "above"),
    ("about-5000", "about", 5000, "states"), ("about-5000", "about", 4600, "includes"),
    ("about-5000", "exactly", 5500, "includes"), ("about-5000", "exactly", 5501, "below"),
    ("about-5000", "more_than", 5000, "partly"), ("about-5000", "less_than", 5501, "within"),
    ("about-5000", "at_most", 5500, "within"), ("about-5000", "nearly", 5000, "partly"),
    ("about-5000", "about", 6000, "partly"),
    ("exactly-5200", "more_than", 5000, "within"), ("exactly-5200", "at_least", 5200, "states"),
    ("exactly-5200", "less_than", 6000, "within"), ("exactly-5200", "about", 5000, "within"),
    ("exactly-5200", "less_than", 5200, "contradicts"), ("exactly-5200", "about", 4700, "above"),
    ("more-than-5000", "more_than", 5000, "states"), ("more-than-5000", "at_least", 5000, "states"),
    ("more-than-5000", "at_most", 5000, "contradicts"), ("more-than-5000", "exactly", 5001, "open_end"),
    ("more-than-5000", "more_than", 5001, "open_end"),
    ("fewer-than-40", "less_than", 40, "states"), ("fewer-than-40", "at_most", 40, "states"),
    ("fewer-than-40", "at_least", 10, "partly"), ("fewer-than-40", "at_least", 0, "partly"),
    ("fewer-than-40", "exactly", 12, "open_end"), ("fewer-than-40", "at_least", 40, "contradicts"),
    ("range", "exactly", 75, "includes"), ("range", "about", 76, "includes"), ("range", "at_least", 75, "partly"),
    ("range", "at_most", 80, "states"), ("range", "about", 72, "includes"),
    ("range", "about", 88, "partly"), ("range", "about", 90, "below"),
]  # fmt: skip


@pytest.fixture
def kinds(databases: Databases, engine: str) -> HonestClient:
    reports = [report(found["id"], "times") for found in KINDS_OF_FIGURE]
    return open_client(made(databases, engine, SMALL | {"claims": KINDS_OF_FIGURE, "reports": reports}))


def test_each_kind_of_figure_relates_to_each_comparison_as_worked_by_hand(kinds: HonestClient) -> None:
    for claim_id, comparison, number, relation in SENTENCES:
        query = f"conflict=war&harm={HARM_OF[claim_id]}&number={number}&comparison={comparison}"
        found = check(kinds, query)
        (related,) = [*found["claims"], *(c for c in found["nearest"].values() if c)]
        verdict = "supported" if relation in ("states", "includes", "within") else "outside"
        assert (related["relation"], found["verdict"]) == (relation, verdict), (claim_id, comparison, number)


def test_nearly_5000_does_not_support_more_than_5000(client: HonestClient) -> None:
    """Fault F16."""
    query = f"{WAR}&subject_side=all&harm=killed&number=5000&as_of=2020-10-22"
    assert check(client, query)["verdict"] == "supported"
    found = check(client, f"{query}&comparison=more_than")
    assert (found["verdict"], found["comparison"]) == ("outside", "more_than")
    assert [(c["claim"], c["relation"]) for c in found["claims"]] == [
        ("putin-2020-10-22-all-killed", "contradicts"),
        ("ohchr-2020-10-09-all-civilians-killed", "open_end"),
    ]
    read = check(client, f"{WAR}&subject_side=all&phrase=more than 5,000 dead&as_of=2020-10-22")
    assert {**read, "reading": None} == found
    assert read["reading"] == {"number": 5000, "comparison": "more_than", "harm": "killed", "rule": "more_than"}
    later = check(client, f"{WAR}&subject_side=all&phrase=more than 5,000 dead")
    assert ids(later["claims"])[0] == "bbc-2020-12-03-all-soldiers-killed" and later["verdict"] == "supported"


def test_a_part_or_an_older_total_never_limits_the_whole(databases: Databases, engine: str) -> None:
    claims = [
        said("older", "exact", 58, 58, 58, stated_on="2020-02-01", stated_until="2020-02-01", subject_side="alpha"),
        said("newer", "exact", 1383, 1383, 1383, stated_on="2020-05-01", stated_until="2020-05-01",
             subject_side="alpha"),
        said("civilians", "exact", 37, 37, 37, victim_status="civilian"),
        said("war-toll", "exact", 73_000, 73_000, 73_000, stated_on="2020-08-13", stated_until="2020-08-13"),
        said("since-truce", "exact", 1_259, 1_259, 1_259, stated_on="2020-08-14", stated_until="2020-08-14",
             covers_from="2020-06-01"),
    ]  # fmt: skip
    world = SMALL | {"claims": claims, "reports": [report(found["id"], "times") for found in claims]}
    client = open_client(made(databases, engine, world))
    below_100 = check(client, "conflict=war&number=100&comparison=less_than&subject_side=alpha")
    assert (below_100["verdict"], below_100["claims"], below_100["nearest"]["above"]["claim"]) == (
        "outside", [], "newer",
    )  # fmt: skip
    assert [(c["claim"], c["reason"], c["by"]) for c in below_100["not_current"]] == [("older", "superseded", "newer")]
    assert check(client, "conflict=war&number=58&subject_side=alpha")["verdict"] == "supported"
    of_red = check(client, "conflict=war&number=2000&comparison=at_most&subject_side=red")
    assert of_red["verdict"] == "outside"
    assert [(c["claim"], c["relation"]) for c in of_red["claims"]] == [
        ("civilians", "partly"),
        ("since-truce", "partly"),
    ]
    civilians = "conflict=war&number=100&comparison=at_most&subject_side=red&victim_status=civilian"
    assert check(client, civilians)["verdict"] == "supported"
    assert "only_of_some_days" in warned(client, "conflict=war&number=1259&subject_side=red")


def test_an_undated_claim_is_shown_as_one_that_as_of_cannot_place(client: HonestClient) -> None:
    """Fault F23."""
    query = f"{WAR}&number=85&harm=killed&subject_side=armenian&victim_status=civilian"
    assert ids(check(client, query)["claims"])[0] == "wikimili-undated-armenian-civilians-killed"
    found = check(client, f"{query}&as_of=2021-12-31")
    assert found["verdict"] == "outside"
    assert [(c["claim"], c["reason"], c["relation"]) for c in found["not_current"]] == [
        ("wikimili-undated-armenian-civilians-killed", "undated", "states")
    ]
    assert "undated" in warned(client, f"{query}&as_of=2021-12-31")


PHRASES = [
    ("more than 5,000 dead", 5000, "more_than", "killed", "more_than"),
    ("nearly 100 killed", 100, "nearly", "killed", "nearly"),
    ("fewer than 40 soldiers wounded", 40, "less_than", "injured", "fewer_than"),
    ("up to 400", 400, "at_most", None, "up_to"),
    ("at least 53 people", 53, "at_least", None, "at_least"),
    ("5,000 dead", 5000, "about", "killed", "round_number"),
    ("two dozen people were captured", 24, "about", "captured", "round_word"),
    ("2,783 servicemen died", 2783, "exactly", "killed", "exact"),
    ("550 killed and wounded", 550, "exactly", "killed_or_injured", "exact"),
]


def test_a_phrase_is_read_as_the_importer_reads_it(client: HonestClient) -> None:
    for phrase, *reading in PHRASES:
        found = check(client, f"{WAR}&phrase={phrase}")
        assert list(found["reading"].values()) == [reading[0], reading[1], reading[2], reading[3]], phrase
        assert (found["number"], found["comparison"]) == tuple(reading[:2])
        assert reading[2] is None or {c["harm"] for c in found["claims"]} <= {reading[2]}
    assert check(client, f"{WAR}&number=2783")["reading"] is None
    body = post(client, {"conflict": "nagorno-karabakh-2020", "phrase": "больше 5000", "phrase_lang": "ru"})
    assert body.json["data"]["reading"]["comparison"] == "more_than"
    body = post(client, {"conflict": "nagorno-karabakh-2020", "phrase": "более сотни человек", "phrase_lang": "ru"})
    assert list(body.json["data"]["reading"].values())[:2] == [100, "more_than"]
    agreeing = f"{WAR}&phrase=more than 5,000 dead&number=5000&comparison=more_than&harm=killed"
    assert check(client, agreeing) == check(client, f"{WAR}&phrase=more than 5,000 dead")


@pytest.mark.parametrize(
    ("query", "name", "text"),
    [
        ("phrase=more than 5,000 dead&number=400", "number", "The phrase says 5000. Leave number out"),
        ("phrase=more than 5,000 dead&comparison=at_most", "comparison", "The phrase says more_than."),
        ("phrase=more than 5,000 dead&harm=injured", "harm", "The phrase says killed."),
        ("phrase=dozens killed", "phrase", "States no number. Send number and comparison instead"),
        ("phrase=heavy losses", "phrase", "States no number."),
        ("phrase=between 4,000 and 5,000 dead", "phrase", "States a range."),
        ("phrase=5 camels killed", "phrase", "counts “camels”, not people"),
        ("phrase=three sources", "phrase", "counts “sources”, not people"),
        ("phrase=4-Mar", "phrase", "A spreadsheet may have turned a range such as 3-4 into a date."),
        ("phrase=23-23", "phrase", "Both ends of the range are 23."),
        ("phrase=not 5", "phrase", "Send number and comparison instead"),
        ("phrase=3 captured or missing", "phrase", "No harm counts missing and captured together."),
        ("phrase=больше 5000", "phrase", "is not in the phrase's language"),
        ("number=3&phrase_lang=en", "phrase_lang", "Send phrase too"),
        ("number=0&comparison=less_than", "number", "No figure is less than 0."),
        ("number=3&comparison=over", "comparison", "Must be one of"),
        ("harm=killed", "number", "Send number, for example 2000, or phrase."),
    ],
)
def test_a_sentence_that_cannot_be_checked_is_refused(client: HonestClient, query: str, name: str, text: str) -> None:
    refused = told(client.get(f"/v1/check?{WAR}&{query}"), 422, "invalid-parameter")
    assert [fault["name"] for fault in refused["errors"]] == [name]
    assert text in refused["errors"][0]["message"]
    question: dict[str, Any] = dict(pair.split("=") for pair in query.split("&"))
    question = {"conflict": "nagorno-karabakh-2020", **question}
    if "number" in question:
        question["number"] = int(question["number"])
    by_body = told(post(client, question), 422, "invalid-body")
    assert [fault["name"] for fault in by_body["errors"]] == [f"/{name}"]


# GET and POST ----------------------------------------------------------------------------------------------------


def post(client: HonestClient, body: Any, **kwargs: Any) -> Any:
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/v1/check", data=data, **{"content_type": "application/json", **kwargs})


QUESTION = {"conflict": "nagorno-karabakh-2020", "number": 104, "claimant": "azerbaijan-mod", "harm": "killed"}
AS_QUERY = "&".join(f"{name}={value}" for name, value in QUESTION.items())


def test_a_body_is_answered_as_the_address_is(client: HonestClient) -> None:
    by_body, by_address = post(client, QUESTION), client.get(f"/v1/check?{AS_QUERY}")
    assert by_body.json["data"] == by_address.json["data"]
    assert by_body.json["meta"] == by_address.json["meta"]
    assert by_body.headers["Cache-Control"] == "no-store" and "ETag" not in by_body.headers
    promised = client.document()["paths"]["/v1/check"]["post"]["responses"]["200"]
    schema = resolve(client.document(), promised)["content"]["application/json"]["schema"]
    make_validator(write_document(client.application), json.dumps(schema)).validate(by_body.json)


def rows(client: HonestClient, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"/v1/check.csv?{query}").text)))


def test_what_must_be_given_is_asked_for_by_an_example(client: HonestClient) -> None:
    lacking = told(client.get(f"/v1/check?{WAR}"), 422, "invalid-parameter")
    assert lacking["detail"] == "number: Send number, for example 2000, or phrase."


def test_csv_says_what_json_says(client: HonestClient) -> None:
    apart = "event=al-ahli-hospital-2023-10-17&harm=killed&number=400"
    nowhere = "event=barda-2020-10-28&number=5&harm=captured"
    nearest = check(client, apart)["nearest"]
    assert [(row["verdict"], row["role"], row["claim"]) for row in rows(client, apart)] == [
        ("outside", role, nearest[role]["claim"]) for role in ("below", "above")
    ]
    assert [(row["verdict"], row["number"], row["claim"]) for row in rows(client, nowhere)] == [("not_found", "5", "")]
    by_body = post(client, QUESTION, headers={"Accept": "text/csv"})
    assert by_body.text == client.get(f"/v1/check.csv?{AS_QUERY}").text


def test_an_unchanged_answer_is_not_sent_again(client: HonestClient) -> None:
    first = client.get(f"/v1/check?{AS_QUERY}")
    again = client.get(f"/v1/check?{AS_QUERY}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_says_when_and_where_it_was_answered(client: HonestClient) -> None:
    meta = client.get(f"/v1/check?{AS_QUERY}&as_of=2020-10-22").json["meta"]
    assert meta["as_of"] == "2020-10-22" and "is not a death toll" in meta["caveat"]
    assert f"/v1/check?{AS_QUERY.split('&number')[0]}" in meta["citation"] and "2020-10-22" in meta["citation"]


def test_what_is_not_json_is_refused(client: HonestClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/problem+json", ""):
        body = told(post(client, QUESTION, content_type=content_type), 415, "unsupported-media-type")
        assert body["errors"][0]["in"] == "header" and "Content-Type: application/json" in body["detail"]
    for text in ('{"number": 1', "", "[1,", '{"number": NaN}'):
        told(post(client, text), 400, "invalid-json")
    told(post(client, b'{"harm": "\xff"}'), 400, "invalid-utf8")
    told(post(client, '{"harm": "\\ud800"}'), 422, "invalid-body")
    told(post(client, "[" * 5000), 400, "json-too-deep")
    twice = told(post(client, '{"number": 1, "conflict": "x", "number": 2}'), 400, "duplicate-key")
    assert [(found["in"], found["name"]) for found in twice["errors"]] == [("body", "/number")]


def test_every_fault_of_a_body_is_named_by_its_pointer(client: HonestClient) -> None:
    def faults(body: Any) -> dict[str, dict[str, Any]]:
        found = told(post(client, body), 422, "invalid-body")["errors"]
        assert {fault["in"] for fault in found} == {"body"}
        return {fault["name"]: fault for fault in found}

    assert set(faults({})) == {"/conflict", "/number"}
    assert set(faults({"number": 3})) == {"/conflict"}
    assert set(faults({"number": 3, "conflict": "a", "event": "b"})) == {"/conflict"}
    assert faults({**QUESTION, "claiment": "x"})["/claiment"]["did_you_mean"] == ["claimant"]
    assert set(faults({**QUESTION, "a/b~c": 1})) == {"/a~1b~0c"}
    assert "killed" in faults({**QUESTION, "harm": "kiled"})["/harm"]["allowed"]
    for number in ("3", 3.7, -1, True, None, 10**10, 2**63, [3]):
        assert set(faults({**QUESTION, "number": number})) == {"/number"}
    for body in ([], "x", 3, None):
        assert set(faults(json.dumps(body))) == {""}
    missing = told(post(client, {**QUESTION, "claimant": "putni"}), 422, "unknown-record")
    assert (missing["errors"][0]["in"], missing["errors"][0]["name"]) == ("body", "/claimant")
    assert missing["errors"][0]["did_you_mean"][0] == "putin"


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("number=3", 422, "invalid-parameter"),
        (f"{WAR}&event=ganja-2020-10-17&number=3", 422, "invalid-parameter"),
        (f"{WAR}", 422, "invalid-parameter"),
        (f"{WAR}&number=3.5", 422, "invalid-parameter"),
        (f"{WAR}&number=-3", 422, "invalid-parameter"),
        (f"{WAR}&number=3&side=armenian", 400, "unknown-parameter"),
        (f"{WAR}&number=3&number=4", 400, "repeated-parameter"),
        (f"{WAR}&number=3&claimant=putni", 422, "unknown-record"),
        ("conflict=nagorno&number=3", 422, "unknown-record"),
        ("event=ganja&number=3", 422, "unknown-record"),
        (f"{WAR}&number=3&subject_side=armenians", 422, "unknown-record"),
        (f"{WAR}&number=3&format=geojson", 422, "format-not-available"),
    ],
)
def test_what_cannot_be_checked_is_refused(client: HonestClient, query: str, status: int, problem: str) -> None:
    told(client.get(f"/v1/check?{query}"), status, problem)


def test_another_origin_may_post(client: HonestClient) -> None:
    asking = {
        "Origin": "https://news.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    allowed = client.options("/v1/check", headers=asking).headers
    assert allowed["Access-Control-Allow-Origin"] == "*"
    assert "POST" in allowed["Access-Control-Allow-Methods"]
    assert allowed["Access-Control-Allow-Headers"].lower() == "content-type"
    assert "POST" not in client.options("/v1/claims", headers=asking).headers.get("Access-Control-Allow-Methods", "")


def test_a_parameter_of_a_body_s_address_must_be_known(client: HonestClient) -> None:
    told(client.post("/v1/check?number=3", json=QUESTION), 400, "unknown-parameter")


def test_the_number_of_statements_does_not_grow(seeded: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def taken(address: str) -> int:
        seeded.test_client().get(address)
        return statements(seeded, address, caplog)

    few, many = "conflict=gaza-2023&number=24686", f"{WAR}&number=200"
    assert len(check(seeded.test_client(), many)["claims"]) > 5 * len(check(seeded.test_client(), few)["claims"])
    # A few more if claims replace each other, because their relations read more claims.
    assert taken(f"/v1/check?{many}") <= taken(f"/v1/check?{few}") + 6
