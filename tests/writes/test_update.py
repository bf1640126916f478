"""Corrections and retractions: old row versions stay, dependent records follow, and no reference breaks."""

import contextlib

import pytest
from flask import Flask

from api.database.connection import database
from api.database.writing import writing
from api.records.documents import load_documents
from api.records.faults import InUseError, NoSuchRecordError, RefusedError, StaleRevisionError
from api.writes.update import mark_retracted, merge_patch, revise_record
from tests.support import worlds
from tests.support.contract import HonestClient, open_client


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world."""
    worlds.write(worlds.SMALL)
    return open_client(empty)


def found(client: HonestClient, words: str) -> list[str]:
    return worlds.ids(client.get(f"/v1/claims?q={words}"))


def change(record_type: str, slug: str, **patch: object) -> int:
    with database.connection_context():
        return revise_record(record_type, slug, patch, "A correction.", "editor")


def take_back(record_type: str, slug: str) -> int:
    with database.connection_context():
        return mark_retracted(record_type, slug, "Gone.", "editor")


def test_a_merge_patch_is_that_of_the_rfc() -> None:
    """The examples of RFC 7396, appendix A."""
    assert merge_patch({"a": "b"}, {"a": "c"}) == {"a": "c"}
    assert merge_patch({"a": "b", "b": "c"}, {"a": None}) == {"b": "c"}
    assert merge_patch({"a": ["b"]}, {"a": "c"}) == {"a": "c"}
    assert merge_patch({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}) == {"a": {"b": "d"}}
    assert merge_patch({"e": None}, {"a": 1}) == {"e": None, "a": 1}
    assert merge_patch([1, 2], {"a": "b", "c": None}) == {"a": "b"}
    assert merge_patch({}, {"a": {"bb": {"ccc": None}}}) == {"a": {"bb": {}}}


def test_a_claim_is_found_by_the_words_of_a_report_that_came_later(client: HonestClient) -> None:
    assert found(client, "sixtyish") == []
    worlds.write({"reports": [worlds.report("c-blame", "agency", phrase="sixtyish")]}, "A second source.")
    assert found(client, "sixtyish") == ["c-blame"]
    assert found(client, "sixtyish&revision=1") == []


def test_a_report_takes_its_words_along_to_another_claim(client: HonestClient) -> None:
    assert "a-own" in found(client, "communique")
    change("reports", "a-own-in-agency", claim="a-killed")
    assert "a-own" not in found(client, "communique") and "a-killed" in found(client, "communique")
    assert "a-own" in found(client, "communique&revision=1")


def test_the_last_report_of_a_claim_stays_with_it(client: HonestClient) -> None:
    for patch in ({"claim": "b-north"}, {"status": "withdrawn", "status_reason": "Gone."}):
        with pytest.raises(InUseError, match="depend on it: a-killed"):
            change("reports", "a-killed-in-times", **patch)
    with pytest.raises(InUseError, match="depend on it: a-killed"):
        take_back("reports", "a-killed-in-times")
    take_back("claims", "a-killed")
    change("reports", "a-killed-in-times", status_reason="Never printed.")
    with pytest.raises(RefusedError, match="has no active report"):
        change("claims", "a-killed", status="active", status_reason="")


def test_a_new_claim_that_stands_needs_a_report_that_stands(client: HonestClient) -> None:
    gone = {"status": "withdrawn", "status_reason": "Gone."}
    reports = [worlds.report("x", "times", **gone)]
    with pytest.raises(RefusedError, match="x has no report"):
        worlds.write({"claims": [worlds.claim("x")], "reports": reports})
    worlds.write({"claims": [worlds.claim("x", **gone)], "reports": reports})
    assert client.get("/v1/claims/x").json["data"]["status"] == "withdrawn"


def test_what_is_needed_does_not_go_by_a_patch_either(client: HonestClient) -> None:
    for record_type, slug in (
        ("sides", "alpha"),
        ("conflicts", "war"),
        ("claimants", "alpha-mod"),
        ("events", "clash"),
    ):
        with pytest.raises(InUseError):
            change(record_type, slug, status="retracted", status_reason="Gone.")
    with pytest.raises(RefusedError, match="Required when status is not active"):
        change("events", "vow", status="retracted")


def test_a_relation_is_told_once_and_never_of_a_claim_itself(client: HonestClient) -> None:
    again = {"id": "again", "claim": "g-estimate", "kind": "supersedes", "target": "e-losses"}
    with pytest.raises(RefusedError, match="target: g-supersedes-e has the same content"):
        worlds.write({"relations": [again]})
    with pytest.raises(RefusedError, match="record 2, target: again has the same content"):
        worlds.write({"relations": [again | {"kind": "includes"}, again | {"kind": "includes", "id": "twice"}]})
    with pytest.raises(RefusedError, match="Must be another claim"):
        worlds.write({"relations": [again | {"target": "g-estimate"}]})
    worlds.write({"relations": [again | {"kind": "includes"}]})
    with pytest.raises(RefusedError, match="g-supersedes-e has the same content"):
        change("relations", "again", kind="supersedes")
    assert change("relations", "again", note="A word.") == 3


@pytest.mark.parametrize("kind", ["denial", "casualty"])
def test_a_measure_needs_what_it_is_about_whatever_the_kind(client: HonestClient, kind: str) -> None:
    for measure, field in (("incident", "event"), ("period", "covers_from")):
        with pytest.raises(RefusedError, match=field):
            change("claims", "a-killed", kind=kind, measure=measure, event=None, covers_from=None)


def test_a_new_day_of_an_event_is_that_of_its_claims_from_then_on(client: HonestClient) -> None:
    revision = change("events", "clash", started_on="2020-03-02")
    told = client.get("/v1/claims/a-own").json["data"]
    assert (told["event_date"], told["revision"]) == ("2020-03-02", revision)
    assert client.get("/v1/claims/a-own?revision=1").json["data"]["event_date"] == "2020-03-01"


def test_a_change_needs_the_record_the_version_and_a_difference(client: HonestClient) -> None:
    with pytest.raises(NoSuchRecordError):
        change("claims", "nobody", best=1)
    revision = change("claims", "a-own", value=4)
    assert change("claims", "a-own", value=4) == revision, "nothing changes: there is no new revision"
    with pytest.raises(StaleRevisionError), database.connection_context():
        revise_record("claims", "a-own", {"best": 5}, "Too late.", "editor", expected_revision=revision - 1)
    with pytest.raises(RefusedError, match="Cannot be changed"):
        change("claims", "a-own", id="b")
    with pytest.raises(RefusedError, match="Unknown field"):
        change("claims", "a-own", nots=None)


def test_names_of_a_write_that_is_undone_are_not_kept(client: HonestClient) -> None:
    """The next write has the same revision number and another name."""
    with database.connection_context(), contextlib.suppress(ZeroDivisionError), writing():
        revise_record("sides", "alpha", {"name": "Undone"}, "A trial.", "editor")
        assert load_documents("claimants", ["alpha-mod"])["alpha-mod"]["side"] == "alpha"
        raise ZeroDivisionError
    assert change("sides", "alpha", name="Alpha anew") == 2
    assert client.get("/v1/claimants/alpha-mod").json["data"]["side"] == {"id": "alpha", "name": "Alpha anew"}
