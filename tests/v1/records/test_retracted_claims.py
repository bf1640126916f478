"""A retracted claim takes its reports along, and brings them back."""

from typing import Any

import pytest
from flask import Flask

from tests.support import worlds
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped, new_key

BACK = {"status": "active"}
BOTH = ("a-own-in-agency", "a-own-in-times")


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    worlds.write(worlds.SMALL)
    empty.config["KEY"] = new_key("admin")
    client = empty.test_client()
    assert isinstance(client, HonestClient)
    return client


def retract(client: HonestClient, record_type: str, slug: str, reason: str = "Misread.") -> dict[str, Any]:
    answer = ask(client, "DELETE", record_type, b"", path=slug, query=f"reason={reason}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json["data"]
    return data


def correct(client: HonestClient, slug: str, patch: dict[str, Any], query: str = "reason=Seen.") -> dict[str, Any]:
    answer = ask(client, "PATCH", "claims", dumped(patch), path=slug, query=query)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json["data"]
    return data


def statuses(client: HonestClient, query: str = "") -> list[tuple[str, str, str]]:
    """The reports of a-own: id, status, reason."""
    reports = client.get(f"/v1/reports?claim=a-own{query}").json["data"]
    return [(report["id"], report["status"], report["status_reason"]) for report in reports]


def test_reports_are_retracted_with_their_claim_and_told(client: HonestClient) -> None:
    receipt = retract(client, "claims", "a-own")
    assert receipt["reports"] == [{"id": slug, "status": "retracted"} for slug in BOTH]
    assert statuses(client) == [(slug, "retracted", "Misread.") for slug in BOTH]
    assert statuses(client, "&revision=1") == [(slug, "active", "") for slug in BOTH]
    entries = client.get("/v1/changes?since=1").json["data"]
    assert {(entry["resource"], entry["id"], entry["operation"], entry["reason"]) for entry in entries} == {
        ("claims", "a-own", "retract", "Misread."),
        *(("reports", slug, "retract", "Misread.") for slug in BOTH),
    }
    assert {entry["revision"] for entry in entries} == {receipt["revision"]}


def test_a_claim_that_is_active_again_brings_back_what_went_with_it(client: HonestClient) -> None:
    """The report in the agency was misread before the claim was retracted: it stays retracted."""
    retract(client, "reports", "a-own-in-agency", "Another+one.")
    assert retract(client, "claims", "a-own")["reports"] == [{"id": "a-own-in-times", "status": "retracted"}]
    receipt = correct(client, "a-own", BACK)
    assert receipt["reports"] == [{"id": "a-own-in-times", "status": "active"}]
    assert statuses(client) == [("a-own-in-agency", "retracted", "Another one."), ("a-own-in-times", "active", "")]
    assert correct(client, "a-own", {"note": "Counted."})["reports"] == []


def test_a_new_reason_or_status_of_a_retracted_claim_is_that_of_its_reports(client: HonestClient) -> None:
    retract(client, "claims", "a-own")
    correct(client, "a-own", {"status_reason": "Misread twice."})
    assert statuses(client) == [(slug, "retracted", "Misread twice.") for slug in BOTH]
    correct(client, "a-own", {"status": "withdrawn", "status_reason": "Gone.", "status_by": "dataset"})
    assert statuses(client) == [(slug, "withdrawn", "Gone.") for slug in BOTH]
    correct(client, "a-own", BACK)
    assert statuses(client) == [(slug, "active", "") for slug in BOTH]


def test_a_claim_that_counted_until_a_day_keeps_its_reports(client: HonestClient) -> None:
    """Figures as of earlier days have them as their sources."""
    ended = {"status": "retracted", "status_reason": "Taken back.", "status_by": "claimant", "status_on": "2020-05-01"}
    assert correct(client, "a-own", ended)["reports"] == []
    assert statuses(client) == [(slug, "active", "") for slug in BOTH]
    receipt = retract(client, "claims", "a-own")
    assert [report["status"] for report in receipt["reports"]] == ["retracted", "retracted"]
    receipt = correct(client, "a-own", ended)
    assert [report["status"] for report in receipt["reports"]] == ["active", "active"]


def test_a_claim_does_not_come_back_without_a_source(client: HonestClient) -> None:
    retract(client, "claims", "a-own")
    for slug in BOTH:
        answer = ask(client, "PATCH", "reports", dumped({"status_reason": "Never printed."}), path=slug)
        assert answer.status_code == 200
    found = told(ask(client, "PATCH", "claims", dumped(BACK), path="a-own"), 422, "invalid-body")
    assert [(error["name"], error["message"]) for error in found["errors"]] == [
        (
            "/status",
            "a-own has no active report, and none that ended with it for the same reason. "
            "Make one of its reports active first, or add one.",
        )
    ]
    assert ask(client, "PATCH", "reports", dumped(BACK), path=BOTH[0]).status_code == 200
    assert correct(client, "a-own", BACK)["reports"] == []


def test_a_report_does_not_come_back_on_a_source_that_fell(client: HonestClient) -> None:
    retract(client, "claims", "b-north")
    for slug in ("a-own-in-agency", "d-denial-in-agency"):
        retract(client, "reports", slug)
    retract(client, "sources", "agency")
    found = told(ask(client, "PATCH", "claims", dumped(BACK), path="b-north"), 422, "invalid-body")
    (error,) = found["errors"]
    assert error["name"] == "/status"
    assert error["message"].startswith(
        "Its report b-north-in-agency cannot be active again: source: agency is retracted"
    )
