"""Messages say in plain words what is wrong and what to do. They also replace the texts of marshmallow."""

from typing import Any

import pytest
from flask import Flask

from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

CLAIM = {
    "id": "new", "conflict": "war", "claimant": "observers", "harm": "killed", "measure": "cumulative",
    "qualifier": "exact", "value": 3, "reports": [{"source": "times"}],
}  # fmt: skip
QUESTIONS = [
    ("claims?has_figure=yes", "has_figure", "'yes': Must be 1 (yes) or 0 (no)."),
    ("claims?limit=5000", "limit", "'5000': Must be between 1 and 1000."),
    ("claims?month=2022-14", "month", "'2022-14': Must be a month such as 2020-10, or none."),
    ("claims?as_of=2100-01-01", "as_of", "Must not be later than today, "),
    ("claims?to=2022-02-31", "to", "'2022-02-31': There is no such day. The month ends on 2022-02-28."),
    ("sources?language=English", "language", "'English': Must be a language code such as en."),
    ("claims?harn=killed", "", "There is no parameter harn."),
    ("claims?harn=killed&wen=2020", "", "There are no parameters harn, wen."),
    ("claims/a-own?pretty=1&pretty=1", "pretty", "Appears more than once, but takes a single value. Send it once."),
    ("claims?event=ganja", "event", "'ganja' is not in this database."),
]  # fmt: skip
BODIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"conflict": ...}, {"name": "/conflict", "message": "Required."}),
    ({"claimant": None}, {"name": "/claimant", "message": "Must not be null."}),
    ({"stated_on": "2020-02-31"}, {"message": "There is no such day. The month ends on 2020-02-29."}),
    ({"stated_on": "2020-02-01", "stated_at": "7 pm"}, {"message": "Must be an hour written HH:MM, such as 19:00."}),
    ({"phrase_lang": "English"}, {"message": "Must be a language code (BCP 47), such as en or zh-Hant."}),
    ({"harm": "wounded"}, {"name": "/harm", "did_you_mean": ["injured"]}),
    ({"deaths": 3}, {"message": "Is not a field of this record.", "did_you_mean": ["harm"]}),
    ({"value": -1}, {"message": "Must be between 0 and 1000000000."}),
    ({"claimant": "nobody"}, {"message": "There is no claimant nobody. Create it first, or send another id."}),
    ({"subject_side": "narnia"}, {"message": "There is no side narnia. Create it first, or send another id."}),
]


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world with a key for every scope."""
    return open_small_world(empty, "admin")


@pytest.mark.parametrize(("address", "name", "message"), QUESTIONS)
def test_a_wrong_question(client: HonestClient, address: str, name: str, message: str) -> None:
    found = client.get(f"/v1/{address}").json
    expected = f"{name}: {message}" if name else message
    assert found["detail"].startswith(expected), found


@pytest.mark.parametrize(("change", "fault"), BODIES)
def test_a_wrong_body(client: HonestClient, change: dict[str, Any], fault: dict[str, Any]) -> None:
    body = {name: value for name, value in {**CLAIM, **change}.items() if value is not ...}
    for place, sent in (("", body), ("/0", [body])):
        (shown,) = told(ask(client, "POST", "claims", dumped(sent)), 422, "invalid-body")["errors"]
        expected = fault | ({"name": place + fault["name"]} if "name" in fault else {})
        assert expected.items() <= shown.items(), shown


def test_a_wrong_word_in_a_patch_has_suggestions(client: HonestClient) -> None:
    answer = ask(client, "PATCH", "claims", dumped({"victim_age": "children"}), path="a-own")
    (fault,) = told(answer, 422, "invalid-body")["errors"]
    assert fault["name"] == "/victim_age" and "child" in fault["did_you_mean"]


def test_a_denial_with_a_number_names_only_what_was_sent(client: HonestClient) -> None:
    denial = {**CLAIM, "kind": "denial"}
    found = told(ask(client, "POST", "claims", dumped(denial)), 422, "invalid-body")
    assert [fault["name"] for fault in found["errors"]] == ["/value", "/qualifier"]


def test_a_wrong_method_lists_the_others(client: HonestClient) -> None:
    for address, methods in (("claims", "GET or POST"), ("claims/a-own", "GET, PATCH or DELETE")):
        found = told(client.put(f"/v1/{address}"), 405, "method-not-allowed")
        assert found["detail"] == f"PUT is not available here. Use {methods}."


def test_an_unknown_parameter_does_not_suggest_a_word_of_which_half_differs(client: HonestClient) -> None:
    (fault,) = told(client.get("/v1/statistics/claims?fields=claimant"), 400, "unknown-parameter")["errors"]
    assert "did_you_mean" not in fault
