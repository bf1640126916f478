"""The reports of a claim are retracted with it, and become active again with it."""

import pathlib
from typing import Any

import pytest
from flask import Flask

from tests.support import imported, worlds
from tests.support.clients import new_key, open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

BACK = {"status": "active"}
BOTH = ("a-own-in-agency", "a-own-in-times")


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    return open_small_world(empty, "admin")


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
    """Return id, status and reason of the reports of a-own."""
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
    """The report in the agency was retracted before the claim, as misread. It stays retracted."""
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
    """They are the sources of figures as of earlier days."""
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
            "a-own has no active report, and none that ended with it. Make one of its reports active first.",
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
        "Its report b-north-in-agency would be active again too, but is wrong: source: agency is retracted"
    )


def post(client: HonestClient, record_type: str, body: Any, query: str = "reason=Seen.", **more: Any) -> Any:
    return ask(client, "POST", record_type, dumped(body), query=query, **more)


def test_a_report_that_was_retracted_alone_for_the_same_reason_stays_retracted(client: HonestClient) -> None:
    retract(client, "reports", "a-own-in-agency")
    assert retract(client, "claims", "a-own")["reports"] == [{"id": "a-own-in-times", "status": "retracted"}]
    correct(client, "a-own", {"status_reason": "Misread twice."})
    assert statuses(client) == [
        ("a-own-in-agency", "retracted", "Misread."),
        ("a-own-in-times", "retracted", "Misread twice."),
    ]
    correct(client, "a-own", {"status_reason": "Misread."})
    assert correct(client, "a-own", BACK)["reports"] == [{"id": "a-own-in-times", "status": "active"}]
    assert statuses(client) == [("a-own-in-agency", "retracted", "Misread."), ("a-own-in-times", "active", "")]
    retract(client, "claims", "a-own", "Another+one.")
    for slug in BOTH:
        answer = ask(client, "PATCH", "reports", dumped({"status_reason": "Another one."}), path=slug)
        assert answer.status_code == 200
    assert correct(client, "a-own", BACK)["reports"] == [{"id": "a-own-in-times", "status": "active"}]


def test_nothing_new_refers_to_a_claim_that_was_retracted(client: HonestClient) -> None:
    tie = {"id": "tie", "kind": "distinct_from", "claim": "a-own", "target": "a-killed"}
    assert post(client, "relations", tie).status_code == 201
    assert post(client, "reports", {"id": "b-in-wire", "claim": "b-north", "source": "wire"}).status_code == 201
    retract(client, "claims", "a-own")
    sentence = "a-own is retracted. New {} cannot refer to it. Make the claim active first, or send another."
    new = {"id": "new", "claim": "a-own", "source": "wire"}
    other = {"id": "other", "kind": "contradicts", "claim": "a-killed", "target": "a-own"}
    for record_type, body, field in (("reports", new, "claim"), ("relations", other, "target")):
        for sent, pointer in ((body, f"/{field}"), ([body], f"/0/{field}")):
            errors = told(post(client, record_type, sent), 422, "invalid-body")["errors"]
            assert [(error["name"], error["message"]) for error in errors] == [(pointer, sentence.format(record_type))]
        ended = {**body, "status": "retracted", "status_reason": "A slip."}
        assert post(client, record_type, ended).status_code == 201
    for record_type, slug, patch in (
        ("reports", "b-in-wire", {"claim": "a-own"}),
        ("relations", "other", BACK),
        ("relations", "d-denies-b", {"target": "a-own"}),
    ):
        told(ask(client, "PATCH", record_type, dumped(patch), path=slug), 422, "invalid-body")
    assert ask(client, "PATCH", "relations", dumped({"note": "Seen."}), path="tie").status_code == 200
    ended = {"status": "retracted", "status_reason": "Taken back.", "status_by": "claimant", "status_on": "2020-05-01"}
    correct(client, "a-own", ended)  # it counts as of earlier days
    assert post(client, "reports", new | {"id": "newer"}).status_code == 201


def test_a_claim_that_comes_retracted_brings_its_reports_so(client: HonestClient) -> None:
    about = {"conflict": "war", "claimant": "observers", "kind": "casualty", "harm": "killed", "measure": "cumulative"}
    gone = {"status": "retracted", "status_reason": "Printed by mistake."}
    body = {**about, "qualifier": "exact", "value": 5, "reports": [{"id": "gone-in-wire", "source": "wire"}]}
    assert post(client, "claims", [body | {"id": "gone"} | gone]).status_code == 201
    report = client.get("/v1/reports/gone-in-wire").json["data"]
    assert (report["status"], report["status_reason"]) == ("retracted", "Printed by mistake.")
    assert correct(client, "gone", BACK)["reports"] == [{"id": "gone-in-wire", "status": "active"}]
    body["reports"][0]["id"] = "counted-in-wire"
    ended = gone | {"status_by": "claimant", "status_on": "2020-05-01"}
    assert post(client, "claims", body | {"id": "counted", "part": "north"} | ended).status_code == 201
    assert client.get("/v1/reports/counted-in-wire").json["data"]["status"] == "active"


def test_only_a_key_that_may_retract_adds_what_is_not_active(client: HonestClient, empty: Flask) -> None:
    empty.config["KEY"] = new_key("write")
    gone = {"status": "retracted", "status_reason": "A slip."}
    claim = {"id": "gone", "conflict": "war", "claimant": "observers", "kind": "denial"}
    with_report = claim | {"reports": [{"source": "wire", **gone}, {"source": "times"}]}
    for record_type, body in (
        ("claims", claim | gone | {"reports": [{"source": "wire"}]}),
        ("claims", [with_report]),
        ("sources", {"publisher": "Post", **gone}),
    ):
        found = told(post(client, record_type, body), 403, "forbidden")
        assert "A new record that an editor or a dataset ended needs it. Send a key" in found["detail"]
    assert post(client, "sources", {"publisher": "Post", "status": "active"}).status_code == 201


def test_a_report_that_a_dataset_adds_to_a_retracted_claim_ends_with_it(
    client: HonestClient, empty: Flask, tmp_path: pathlib.Path
) -> None:
    """The import is not refused. The report becomes active when the claim does."""

    def run_import() -> str:
        worlds.rebound(empty)
        told = imported.run(tmp_path / "reports.csv", "--mapping", "plain", "--report", tmp_path / "report.csv")
        assert told.exit_code == 0, told.output
        return str(told.output)

    retract(client, "claims", "a-own")
    (tmp_path / "reports.csv").write_text("id,claim_id,source_id\nadded,a-own,wire\n")
    run_import()
    assert ("added", "retracted", "Misread.") in statuses(client)
    run_import()
    assert {report["id"] for report in correct(client, "a-own", BACK)["reports"]} == {*BOTH, "added"}
    run_import()
    assert statuses(client) == [(slug, "active", "") for slug in (*BOTH, "added")]
