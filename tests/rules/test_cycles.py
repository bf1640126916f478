"""A record that would contain, replace or repeat itself is refused: no question about it would have an answer."""

from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.records.faults import Fault, RefusedError
from api.writes.update import revise_record
from tests.conftest import Databases
from tests.support import worlds
from tests.support.worlds import Document


def describe_ring(path: str, field: str = "target") -> str:
    return f"These records would refer to each other in a ring: {path}. Send another {field}."


def figure(id: str) -> Document:
    return worlds.claim(id, value=1, best=1, qualifier="about")


def relation(claim: str, kind: str, target: str, **more: Any) -> Document:
    return {"id": f"{claim}-{kind.replace('_', '-')}-{target}", "claim": claim, "kind": kind, "target": target, **more}


CLAIMS = "abcdefgxy"


@pytest.fixture(scope="module")
def kept(databases: Databases, engine: str) -> Flask:
    """Write chains c > b > a of every kind, x same as a, y same as d, sides north > south, conflicts late > early."""
    few = {record_type: worlds.SMALL[record_type] for record_type in ("claimants", "sources")}
    told = {
        "sides": [*worlds.SMALL["sides"], {"id": "south", "name": "South"},
                  {"id": "north", "name": "North", "member_of": [{"side": "south"}]}],
        "conflicts": [{"id": "war", "name": "War"}, {"id": "early", "name": "Early"},
                      {"id": "late", "name": "Late", "parent": "early"}],
        "claims": [figure(name) for name in CLAIMS],
        "reports": [worlds.report(name, "times") for name in CLAIMS],
        "relations": [
            relation(claim, kind, target)
            for kind in ("includes", "supersedes")
            for claim, target in (("b", "a"), ("c", "b"))
        ] + [
            *(relation(claim, "same_as", target) for claim, target in ("fe", "gf", "xa", "yd")),
            relation("a", "includes", "d", status="retracted", status_reason="Taken back."),
        ],
    }  # fmt: skip
    return worlds.made(databases, engine, few | told)


@pytest.fixture(autouse=True)
def written_to(kept: Flask) -> None:
    worlds.rebound(kept)


def refused_for(relations: list[Document]) -> list[Fault]:
    with pytest.raises(RefusedError) as refused:
        worlds.write({"relations": relations})
    return refused.value.faults


@pytest.mark.parametrize("kind", ["includes", "supersedes"])
def test_a_relation_that_closes_a_ring_is_refused(kind: str) -> None:
    given = [relation("c", kind, "d"), relation("a", kind, "c")]
    assert refused_for(given) == [Fault("relations", 1, "target", describe_ring("a > c > b > a"))]


def test_claims_that_repeat_each_other_in_a_ring_are_refused() -> None:
    given = [relation("g", "same_as", "b"), relation("e", "same_as", "g")]
    assert refused_for(given) == [Fault("relations", 1, "target", describe_ring("e > g > f > e"))]


@pytest.mark.parametrize("kind", ["includes", "supersedes"])
@pytest.mark.parametrize(
    ("drawn", "position", "ring"),
    [
        ([("b", "same_as", "a")], 0, "a = b > a"),
        ([("x", "KIND", "c")], 0, "x > c > b > a = x"),
        ([("d", "KIND", "c"), ("a", "KIND", "y")], 0, "d > c > b > a > y = d"),
        ([("c", "same_as", "d"), ("a", "KIND", "y")], 1, "a > y = d = c > b > a"),
        ([("c", "same_as", "x")], 0, "x = c > b > a = x"),
        ([("e", "KIND", "g")], 0, "e > g = f = e"),
    ],
)  # fmt: skip
def test_a_ring_that_is_closed_by_way_of_the_same_claim_is_refused(
    kind: str, drawn: list[tuple[str, str, str]], position: int, ring: str
) -> None:
    given = [relation(claim, word.replace("KIND", kind), target) for claim, word, target in drawn]
    faults = refused_for(given)
    assert [(fault.record_type, fault.field) for fault in faults] == [("relations", "target")] * len(faults)
    assert Fault("relations", position, "target", describe_ring(ring)) in faults, faults


def test_what_is_the_same_may_be_in_one_whole_and_replace_one_claim() -> None:
    worlds.write({"relations": [relation("c", "includes", "x"), relation("y", "supersedes", "e")]})


def test_rings_are_of_one_kind_and_of_what_stands() -> None:
    given = [relation("a", "contradicts", "b"), relation("a", "revises", "c"), relation("d", "includes", "a")]
    worlds.write({"relations": given})
    with pytest.raises(RefusedError, match="a > d > a"), database.connection_context():
        revise_record("relations", "a-includes-d", {"status": "active"}, "A test.", "tester")


def test_a_claim_has_no_relation_to_itself() -> None:
    with pytest.raises(RefusedError, match="target: Must be another claim"):
        worlds.write({"relations": [relation("a", "includes", "a")]})


@pytest.mark.parametrize(
    ("record_type", "slug", "patch", "ring"),
    [
        ("sides", "south", {"member_of": [{"side": "north"}]}, ("member_of", "south > north > south")),
        ("sides", "south", {"member_of": [{"side": "south"}]}, ("member_of", "south > south")),
        ("conflicts", "early", {"parent": "late"}, ("parent", "early > late > early")),
        ("relations", "b-includes-a", {"target": "c"}, ("target", "b > c > b")),
    ],
)
def test_a_correction_that_closes_a_ring_is_refused(
    kept: Flask, record_type: str, slug: str, patch: Document, ring: tuple[str, str]
) -> None:
    field, path = ring
    client = kept.test_client()
    before = client.get(f"/v1/{record_type}/{slug}").data
    worlds.rebound(kept)
    with pytest.raises(RefusedError) as refused, database.connection_context():
        revise_record(record_type, slug, patch, "A test.", "tester")
    assert refused.value.faults == [Fault(record_type, 0, field, describe_ring(path, field))]
    assert client.get(f"/v1/{record_type}/{slug}").data == before


@pytest.mark.parametrize("id", ["none", "all"])
def test_no_record_is_called_what_questions_mean_otherwise(id: str) -> None:
    with pytest.raises(RefusedError, match="id: This word has a meaning of its own in queries"):
        worlds.write({"sides": [{"id": id, "name": "A side"}]})


def test_no_region_is_called_none() -> None:
    event = worlds.SMALL["events"][1] | {"id": "other-shelling", "admin1": "none", "sides": []}
    with pytest.raises(RefusedError, match="admin1: `none` is not the name of a region"):
        worlds.write({"events": [event]})
