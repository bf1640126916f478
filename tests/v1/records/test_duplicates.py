"""A record that is sent twice without an id is refused. The message has the id of the first and a way to add it."""

from typing import Any

import pytest
from flask import Flask

from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped, dumped_all

ANYWAY = "reason=A+test&allow_duplicate=1"
CLAIM = GOOD["claims"] | {"subject_side": "red", "stated_on": "2021-01-01", "stated_until": "2021-01-01"}


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    return open_small_world(empty, "admin")


def add(client: HonestClient, record_type: str, document: dict[str, Any], query: str | None = None) -> str:
    answer = ask(client, "POST", record_type, dumped(document), query=query)
    assert answer.status_code == 201, answer.text
    slug: str = answer.json["data"]["id"]
    return slug


def duplicated(client: HonestClient, record_type: str, document: dict[str, Any]) -> tuple[str, str]:
    (error,) = told(ask(client, "POST", record_type, dumped(document)), 409, "duplicate")["errors"]
    return error["name"], error["message"]


@pytest.mark.parametrize("record_type", ["sides", "conflicts", "claimants", "sources", "events", "claims"])
def test_the_same_record_again_is_refused_unless_it_is_meant(client: HonestClient, record_type: str) -> None:
    first = add(client, record_type, GOOD[record_type])
    name, message = duplicated(client, record_type, GOOD[record_type])
    assert name == {"sources": "/publisher", "claims": ""}.get(record_type, "/name")
    assert message.startswith(f"Duplicates {first}")
    assert message.endswith("or send allow_duplicate=1 if this is a different record.")
    assert add(client, record_type, GOOD[record_type], ANYWAY) == f"{first}-2"
    assert add(client, record_type, GOOD[record_type] | {"id": "of-its-own"}) == "of-its-own"
    reason = "reason=Misread."
    for slug in (first, f"{first}-2", "of-its-own"):
        assert ask(client, "DELETE", record_type, b"", path=slug, query=reason).status_code == 200
    add(client, record_type, GOOD[record_type])  # a retracted record is no duplicate


def test_an_existing_record_is_found_under_any_id(client: HonestClient) -> None:
    """A side has the name Alpha and the id alpha. The Ministry of Alpha has the id alpha-mod, which no name makes."""
    assert duplicated(client, "sides", {"name": "Alpha"})[1].startswith("Duplicates alpha. Use alpha")
    assert duplicated(client, "claimants", {"name": "Ministry of Alpha"})[1].startswith("Duplicates alpha-mod.")
    clash = {"name": "Clash at Ağdərə", "conflict": "war-first-north", "type": "Riots"}
    clash |= {"started_on": "2020-03-01", "ended_on": "2020-03-01"}
    assert duplicated(client, "events", clash)[1].startswith("Duplicates clash.")
    add(client, "events", clash | {"started_on": "2020-03-02", "ended_on": "2020-03-02"})


def test_another_spelling_is_the_same(client: HonestClient) -> None:
    """Case, accents and signs make no difference. Before the fix only equal names were detected."""
    assert duplicated(client, "sides", {"name": "ALPHA"})[1].startswith("Duplicates alpha.")
    assert duplicated(client, "claimants", {"name": "ministry of  Alpha."})[1].startswith("Duplicates alpha-mod.")
    clash = {"name": "clash at Agdere", "conflict": "war-first-north", "type": "Riots"}
    clash |= {"started_on": "2020-03-01", "ended_on": "2020-03-01"}
    assert duplicated(client, "events", clash)[1].startswith("Duplicates clash.")
    first = add(client, "claims", CLAIM | {"part": "Terter district"})
    assert duplicated(client, "claims", CLAIM | {"part": "terter District"})[1].startswith(f"Duplicates {first}:")
    add(client, "claims", CLAIM | {"part": "Agdam district"})


def test_a_document_is_found_by_its_address_and_day(client: HonestClient) -> None:
    page = {"publisher": "The Times", "url": "https://times.example.org/a", "published_on": "2020-03-02"}
    assert duplicated(client, "sources", page) == (
        "/url",
        "Duplicates times, which has the same address and day. Use times, or send allow_duplicate=1 if this is a "
        "different record.",
    )
    add(client, "sources", page | {"published_on": "2020-03-03"})  # a page whose text is extended
    add(client, "sources", page | {"url": "https://times.example.org/b"})


def test_a_claim_in_other_words_or_by_another_source_is_the_same(client: HonestClient) -> None:
    first = add(client, "claims", CLAIM)
    alike: list[dict[str, Any]] = [
        {"phrase": "five dead"},
        {"reports": [{"source": "wire", "qualifier": "about", "value": 5}]},
        {"statement": "of-that-day", "note": "Seen again."},
        {"qualifier": "exact", "value": 5, "low": 5, "high": 5, "reports": [{"source": "wire"}]},
        {"credibility": 3, "confirmation": "confirmed", "stated_at": "19:00"},
    ]
    for change in alike:
        assert duplicated(client, "claims", CLAIM | change) == (
            "",
            f"Duplicates {first}: the same claimant, day, scope and number. Add its source as a report of {first}, or "
            "send allow_duplicate=1 if this is a different record.",
        )
    six = {"value": 6, "best": 6, "reports": [{"source": "times"}]}
    unlike: list[dict[str, Any]] = [
        six, {"stated_on": "2020-12-31"}, {"claimant": "alpha-mod"}, {"subject_side": "alpha"}, {"harm": "injured"},
        {"victim_status": "civilian"}, {"part": "north"}, {"conflict": "war-first"}, {"covers_from": "2020-02-01"},
    ]  # fmt: skip
    for change in unlike:
        add(client, "claims", CLAIM | change)


def test_an_array_with_the_same_twice_names_the_first(client: HonestClient) -> None:
    found = told(ask(client, "POST", "claims", dumped_all([CLAIM, CLAIM | {"note": "x"}])), 409, "duplicate")
    assert [(error["name"], error["message"][:14]) for error in found["errors"]] == [("/1", "Duplicates /0:")]
    assert ask(client, "POST", "claims", dumped_all([CLAIM, CLAIM]), query=ANYWAY).status_code == 201
    told(ask(client, "POST", "claims", dumped(CLAIM), query="reason=x&allow_duplicate=yes"), 422, "invalid-parameter")


def test_a_key_of_a_request_is_that_of_one_way_to_add(client: HonestClient) -> None:
    """A refusal does not use the key. The client may send it again with allow_duplicate; then it is used."""
    key: dict[str, str | None] = {"Idempotency-Key": "mine"}
    add(client, "sides", GOOD["sides"])
    told(ask(client, "POST", "sides", dumped(GOOD["sides"]), headers=key), 409, "duplicate")
    for _ in range(2):
        again = ask(client, "POST", "sides", dumped(GOOD["sides"]), query=ANYWAY, headers=key)
        assert (again.status_code, again.json["data"]["id"]) == (201, "new-side-2")
    told(ask(client, "POST", "sides", dumped(GOOD["sides"]), headers=key), 422, "idempotency-key-reused")
