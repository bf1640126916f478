"""New records: all are written under one revision, or none is and the error names every fault."""

from typing import Any

import peewee
import pytest
from flask import Flask

from api.database.connection import database
from api.database.key_sets import KeySet
from api.database.models import SEARCHED, TABLES, Claim, Revision
from api.records.faults import RefusedError
from api.records.search_text import refold_records
from tests.conftest import Databases
from tests.support import worlds

BASE: worlds.World = {name: worlds.SMALL[name] for name in ("sides", "conflicts", "claimants", "sources", "events")}


@pytest.fixture
def base(empty: Flask) -> Flask:
    """Return an application with all records that a claim refers to."""
    worlds.write(BASE)
    return empty


@pytest.fixture(scope="module")
def whole(databases: Databases, engine: str) -> Flask:
    """Return the small world, for tests of refused writes, which change nothing."""
    return worlds.made(databases, engine, worlds.SMALL)


def rows_written() -> dict[str, int]:
    with database.connection_context():
        return {table.__name__: table.select().count() for table in TABLES}


def faults_of(given: worlds.World) -> list[tuple[str, int, str]]:
    """Return the places of the faults, and check that nothing was written."""
    before = rows_written()
    with pytest.raises(RefusedError) as refused:
        worlds.write_as_given(given)
    assert rows_written() == before
    assert str(refused.value).count("\n") == len(refused.value.faults) - 1
    return [(fault.record_type, fault.position, fault.field) for fault in refused.value.faults]


def claims(*given: worlds.Document) -> worlds.World:
    return {"claims": list(given), "reports": [worlds.report(found["id"], "times") for found in given]}


def test_revisions_are_numbered_1_2_3(empty: Flask) -> None:
    numbers = [worlds.write({"sides": [{"id": f"side-{n}", "name": "A side"}]}, f"Reason {n}.") for n in (1, 2, 3)]
    assert numbers == [1, 2, 3]
    with database.connection_context():
        assert list(Revision.select(Revision.number, Revision.reason).order_by(Revision.number).tuples()) == [
            (1, "Reason 1."), (2, "Reason 2."), (3, "Reason 3."),
        ]  # fmt: skip
    revisions = [record["revision"] for record in empty.test_client().get("/v1/sides").json["data"]]
    assert revisions == [1, 2, 3]


def test_nothing_to_write_takes_no_number(empty: Flask) -> None:
    assert (worlds.write({}), worlds.write({"sides": []})) == (0, 0)
    assert worlds.write({"sides": [{"id": "a", "name": "A"}]}) == 1


def test_a_refused_write_takes_no_number(base: Flask) -> None:
    faults_of(claims(worlds.claim("a", claimant="nobody")))
    assert worlds.write(claims(worlds.claim("a"))) == 2


def test_a_world_is_written_as_it_was_given(empty: Flask) -> None:
    assert worlds.write(worlds.SMALL) == 1
    client = empty.test_client()
    for record_type, given in worlds.SMALL.items():
        told = {record["id"]: record for record in client.get(f"/v1/{record_type}").json["data"]}
        for document in given:
            for name, value in document.items():
                assert simple(told[document["id"]][name]) == simple(value), (record_type, document["id"], name)


def simple(value: Any) -> Any:
    """Return a reference as its id alone, as a client writes it."""
    if isinstance(value, list):
        return [simple(entry) for entry in value]
    if isinstance(value, dict):
        return value.get("id") or value.get("side")
    return value


def test_every_fault_of_every_record_type_is_told_at_once(whole: Flask) -> None:
    worlds.rebound(whole)
    given = claims(
        worlds.claim("a", harm="dead", best=-1, stated_on="2020-02-30"),
        worlds.claim("b"),
        worlds.claim("c", unknown=1, qualifier=None),
    )
    given["sources"] = [{"id": "Not a slug", "publisher": " "}]
    given["events"] = [{"id": "e"}]
    assert set(faults_of(given)) == {
        ("claims", 0, "harm"),
        ("claims", 0, "best"),
        ("claims", 0, "stated_on"),
        ("claims", 2, "unknown"),
        ("claims", 2, "qualifier"),
        ("sources", 0, "id"),
        ("sources", 0, "publisher"),
        ("events", 0, "name"),
        ("events", 0, "type"),
        ("events", 0, "started_on"),
        ("events", 0, "ended_on"),
        ("events", 0, "conflict"),
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"claimant": "nobody"}, "claimant"),
        ({"conflict": "no-war"}, "conflict"),
        ({"event": "no-event"}, "event"),
        ({"subject_side": "no-side"}, "subject_side"),
        ({"responsible_side": "no-side"}, "responsible_side"),
        ({"harm": None}, "harm"),
        ({"measure": None}, "measure"),
        ({"qualifier": None}, "qualifier"),
        ({"measure": "incident"}, "event"),
        ({"measure": "period", "covers_from": "2020-01-01"}, "covers_from"),
        ({"covers_from": "2020-01-02", "covers_to": "2020-01-01"}, "covers_to"),
        ({"stated_on": "2020-01-02", "stated_until": "2020-01-01"}, "stated_until"),
        ({"kind": "responsibility"}, "responsible_side"),
        ({"kind": "silence"}, "covers_from"),
        ({"best": 3.7}, "best"),
        ({"best": True}, "best"),
        ({"best": "3"}, "best"),
        ({"best": 10**9 + 1}, "best"),
        ({"best": 2**63}, "best"),
        ({"phrase": "a\x00b"}, "phrase"),
        ({"phrase": "\ud800"}, "phrase"),
        ({"phrase": "a\u202eb"}, "phrase"),
        ({"phrase": "x" * 301}, "phrase"),
        ({"stated_on": "1799-12-31"}, "stated_on"),
        ({"stated_on": "2020"}, "stated_on"),
        ({"stated_at": "24:00"}, "stated_at"),
        ({"id": "a\n"}, "id"),
        ({"id": "a" * 161}, "id"),
        ({"id": ""}, "id"),
        ({"statement": "One"}, "statement"),
        ({"flags": ["wrong"]}, "flags/0"),
        ({"revision": 7}, "revision"),
    ],
)
def test_a_claim_with_a_fault_is_refused_by_the_field(whole: Flask, given: worlds.Document, field: str) -> None:
    worlds.rebound(whole)
    document = {**worlds.claim("a"), **given}
    found = faults_of({"claims": [document], "reports": [worlds.report("a", "times")]})
    assert ("claims", 0, field) in found


def test_a_claim_without_a_report_is_refused(whole: Flask) -> None:
    worlds.rebound(whole)
    given = claims(worlds.claim("a"), worlds.claim("b"), worlds.claim("c"))
    del given["reports"][1]
    assert faults_of(given) == [("claims", 1, "reports")]


@pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)
def test_an_id_that_is_taken_is_refused(whole: Flask, record_type: str) -> None:
    worlds.rebound(whole)
    assert (record_type, 0, "id") in faults_of({record_type: worlds.SMALL[record_type][:1]})


def test_an_id_given_twice_is_refused(empty: Flask) -> None:
    assert faults_of({"sides": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}) == [("sides", 1, "id")]


def test_a_list_that_names_nobody_is_refused(whole: Flask) -> None:
    worlds.rebound(whole)
    war = {"id": "new-war", "name": "New", "sides": ["alpha", "nobody"]}
    assert [fault[0] for fault in faults_of({"conflicts": [war]})] == ["conflicts"]
    lost = {"id": "lost", "name": "Lost", "member_of": [{"side": "nobody"}]}
    assert [fault[0] for fault in faults_of({"sides": [lost]})] == ["sides"]


def test_everything_that_other_records_tell_is_told_at_once_and_where(whole: Flask) -> None:
    worlds.rebound(whole)
    event = {**worlds.SMALL["events"][0], "id": "new", "sides": [{"side": "alpha"}, {"side": "nobody"}]}
    given = {
        "sides": [{"id": "new", "name": "New"}, {"id": "lost", "name": "Lost", "member_of": [{"side": "nobody"}]}],
        "conflicts": [{"id": "new-war", "name": "New", "parent": "no-war", "sides": ["new", "nobody"]}],
        "events": [event, worlds.SMALL["events"][0]],
        **claims(worlds.claim("a"), worlds.claim("b", claimant="nobody")),
    }
    given["reports"][0]["source"] = "no-paper"
    assert set(faults_of(given)) == {
        ("sides", 1, "member_of/0/side"),
        ("conflicts", 0, "parent"),
        ("conflicts", 0, "sides/1"),
        ("events", 0, "sides/1/side"),
        ("events", 1, "id"),
        ("claims", 1, "claimant"),
        ("reports", 0, "source"),
    }


def test_a_text_may_begin_with_a_bracket(base: Flask) -> None:
    worlds.write({"sources": [{"id": "bracket", "publisher": "[Unknown]", "title": "[In Russian] Losses"}]})
    given = claims(worlds.claim("a", phrase="[some] sixty", note="[sic]"))
    in_words = {"phrase": "[60]", "qualifier": "unquantified"}
    given["reports"].append({"id": "r", "claim": "a", "source": "bracket", **in_words})
    worlds.write(given)
    client = base.test_client()
    assert worlds.ids(client.get("/v1/claims?q=russian sixty 60 sic")) == ["a"]
    assert worlds.ids(client.get("/v1/sources?q=unknown")) == ["bracket"]


def test_the_words_of_new_records_are_those_that_are_made_anew(empty: Flask) -> None:
    worlds.write(worlds.SMALL)
    with database.connection_context():
        for model in SEARCHED:
            told = dict(model.select(model.id, model.folded).tuples())
            refold_records(model, KeySet(told))
            assert dict(model.select(model.id, model.folded).tuples()) == told
            assert any(text.strip() for text in told.values())


def test_records_of_one_record_type_may_refer_to_each_other_in_any_order(empty: Flask) -> None:
    phase = {"id": "phase", "name": "Phase", "parent": "whole"}
    worlds.write({"conflicts": [phase, {"id": "whole", "name": "Whole"}]})
    told = empty.test_client().get("/v1/conflicts/phase").json["data"]
    assert told["parent"] == {"id": "whole", "name": "Whole"}


def test_a_claim_is_dated_by_its_event_else_by_what_it_covers(empty: Flask) -> None:
    worlds.write(worlds.SMALL)
    told = {claim["id"]: claim["event_date"] for claim in empty.test_client().get("/v1/claims").json["data"]}
    assert told["a-own"] == "2020-03-01"
    assert told["a-killed"] == "2020-03-01"
    assert told["f-silence"] == "2020-06-01"
    assert told["e-losses"] is None


def test_nothing_is_written_without_a_reason(empty: Flask) -> None:
    before = rows_written()
    with pytest.raises(peewee.IntegrityError):
        worlds.write({"sides": [{"id": "a", "name": "A"}]}, "")
    assert rows_written() == before


def test_text_is_kept_in_one_normal_form(base: Flask) -> None:
    worlds.write({"sources": [{"id": "nfd", "publisher": "Caf\u0065\u0301", "title": "\u0646\u200c\u0645"}]})
    told = base.test_client().get("/v1/sources/nfd").json["data"]
    assert (told["publisher"], told["title"]) == ("Caf\u00e9", "\u0646\u200c\u0645")
    with database.connection_context():
        assert Claim.select().count() == 0
