"""Whether a number was claimed: verdicts worked by hand from the seeds and a small world, by address and by body."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.contract import HonestClient, resolve, validator
from tests.v1.test_lists import statements
from tests.worlds import World, claim, made, report, told

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
    assert found["claims"][0]["sources"] and found["claims"][0]["phrase"] and found["claims"][0]["how"] == "stated"


@pytest.mark.parametrize(
    ("number", "verdict"), [(1799, "outside"), (1800, "supported"), (2200, "supported"), (2201, "outside")]
)
def test_about_2000_holds_a_tenth_more_or_less(client: HonestClient, number: int, verdict: str) -> None:
    query = f"conflict=nagorno-karabakh-2020&harm=killed&subject_side=armenian&claimant=putin&number={number}"
    assert check(client, query)["verdict"] == verdict


def test_104_was_said_by_the_other_side(client: HonestClient) -> None:
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
    (was,) = found["was_said"]
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
        (claim["claim"], claim["reason"]) for claim in found["was_said"]
    ]


def test_where_nobody_gave_a_figure_nothing_is_found(client: HonestClient) -> None:
    found = check(client, "event=barda-2020-10-28&number=5&harm=captured")
    assert (found["verdict"], found["claims"], found["was_said"]) == ("not_found", [], [])
    assert found["nearest"] == {"below": None, "above": None}


def test_all_sides_together_are_asked_for_as_none(client: HonestClient) -> None:
    found = check(client, f"{WAR}&number=95&harm=killed&subject_side=none&claimant=al-jazeera")
    assert found["verdict"] == "supported" and found["claims"][0]["subject_side"] is None
    assert (
        check(client, f"{WAR}&number=95&harm=killed&subject_side=armenian&claimant=al-jazeera")["verdict"]
        != "supported"
    )


def test_figures_of_the_camp_are_pointed_at_when_a_member_is_asked_about(client: HonestClient) -> None:
    assert "related_sides" in warned(client, f"{WAR}&number=1383&harm=killed&subject_side=artsakh")


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
    client = made(databases, engine, SMALL).test_client()
    assert isinstance(client, HonestClient)
    return client


OPEN_BOUNDS = [
    ("killed", 52, None), ("killed", 53, "stated"), ("killed", 1_000_000, "open_end"),
    ("injured", 0, "open_end"), ("injured", 400, "stated"), ("injured", 401, None),
    ("missing", 89, None), ("missing", 90, "range"), ("missing", 100, "stated"), ("missing", 101, None),
    ("captured", 3999, None), ("captured", 4500, "range"), ("captured", 5000, "stated"), ("captured", 5001, None),
    ("displaced", 152, None), ("displaced", 153, "stated"), ("displaced", 154, "stated"), ("displaced", 155, None),
]  # fmt: skip


def test_open_bounds_count_as_the_rules_say(small: HonestClient) -> None:
    for harm, number, how in OPEN_BOUNDS:
        found = check(small, f"conflict=war&harm={harm}&number={number}&claimant=alpha-mod")
        verdict = "supported" if how in ("stated", "range") else "outside"
        assert (found["verdict"], [claim["how"] for claim in found["claims"]]) == (verdict, [how] if how else []), (
            harm,
            number,
        )


def test_who_said_more_than_400_did_not_say_2783(client: HonestClient) -> None:
    """Azerbaijan's ministry stated 2,783; Armenia's said "more than 400", whose open end supports nothing."""
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
    assert (found["verdict"], [c["reason"] for c in found["was_said"]]) == ("not_found", ["retracted"])


# By address and by body ------------------------------------------------------------------------------------------


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
    validator(client.application, json.dumps(schema)).validate(by_body.json)


def rows(client: HonestClient, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"/v1/check.csv?{query}").text)))


def test_what_must_be_given_is_asked_for_by_an_example(client: HonestClient) -> None:
    lacking = told(client.get(f"/v1/check?{WAR}"), 422, "invalid-parameter")
    assert lacking["detail"] == "number: Must be given, for example number=2000."


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
    assert meta["as_of"] == "2020-10-22" and "not the number of the dead" in meta["caveat"]
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

    assert set(faults({})) == {"/number"}
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
    assert taken(f"/v1/check?{few}") == taken(f"/v1/check?{many}")
