"""What would contain, replace or repeat itself is refused at the door: no question about it would have an answer."""

from typing import Any

import pytest
from flask import Flask

from api.db import database
from api.records.change import revise
from api.records.faults import Fault, Refused
from tests import worlds
from tests.conftest import Databases
from tests.worlds import Document


def figure(id: str) -> Document:
    return worlds.claim(id, value=1, best=1, qualifier="about")


def relation(claim: str, kind: str, target: str, **more: Any) -> Document:
    return {"id": f"{claim}-{kind.replace('_', '-')}-{target}", "claim": claim, "kind": kind, "target": target, **more}


@pytest.fixture(scope="module")
def kept(databases: Databases, engine: str) -> Flask:
    """Chains c > b > a of every kind, sides north > south, conflicts late > early."""
    few = {noun: worlds.SMALL[noun] for noun in ("claimants", "sources")}
    told = {
        "sides": [*worlds.SMALL["sides"], {"id": "south", "name": "South"},
                  {"id": "north", "name": "North", "member_of": [{"side": "south"}]}],
        "conflicts": [{"id": "war", "name": "War"}, {"id": "early", "name": "Early"},
                      {"id": "late", "name": "Late", "parent": "early"}],
        "claims": [figure(name) for name in "abcd"],
        "reports": [worlds.report(name, "times") for name in "abcd"],
        "relations": [
            relation(claim, kind, target)
            for kind in ("includes", "supersedes", "same_as")
            for claim, target in (("b", "a"), ("c", "b"))
        ] + [relation("a", "includes", "d", status="retracted", status_reason="Taken back.")],
    }  # fmt: skip
    return worlds.made(databases, engine, few | told)


@pytest.fixture(autouse=True)
def written_to(kept: Flask) -> None:
    worlds.rebound(kept)


@pytest.mark.parametrize("kind", ["includes", "supersedes", "same_as"])
def test_a_relation_that_closes_a_ring_is_refused(kind: str) -> None:
    given = [relation("c", kind, "d"), relation("a", kind, "c")]
    with pytest.raises(Refused) as refused:
        worlds.write({"relations": given})
    assert refused.value.faults == [Fault("relations", 1, "target", "closes a ring: a > c > b > a.")]


def test_rings_are_of_one_kind_and_of_what_stands() -> None:
    given = [relation("a", "contradicts", "b"), relation("a", "revises", "c"), relation("d", "includes", "a")]
    worlds.write({"relations": given})
    with pytest.raises(Refused, match="a > d > a"), database.connection_context():
        revise("relations", "a-includes-d", {"status": "active"}, "A test.", "tester")


def test_a_claim_has_no_relation_to_itself() -> None:
    with pytest.raises(Refused, match="target: Must be another claim"):
        worlds.write({"relations": [relation("a", "includes", "a")]})


@pytest.mark.parametrize(
    ("noun", "slug", "patch", "fault"),
    [
        ("sides", "south", {"member_of": [{"side": "north"}]}, ("member_of", "closes a ring: south > north > south.")),
        ("sides", "south", {"member_of": [{"side": "south"}]}, ("member_of", "closes a ring: south > south.")),
        ("conflicts", "early", {"parent": "late"}, ("parent", "closes a ring: early > late > early.")),
        ("relations", "b-includes-a", {"target": "c"}, ("target", "closes a ring: b > c > b.")),
    ],
)
def test_a_correction_that_closes_a_ring_is_refused(
    kept: Flask, noun: str, slug: str, patch: Document, fault: tuple[str, str]
) -> None:
    client = kept.test_client()
    before = client.get(f"/v1/{noun}/{slug}").data
    worlds.rebound(kept)
    with pytest.raises(Refused) as refused, database.connection_context():
        revise(noun, slug, patch, "A test.", "tester")
    assert refused.value.faults == [Fault(noun, 0, *fault)]
    assert client.get(f"/v1/{noun}/{slug}").data == before


@pytest.mark.parametrize("id", ["none", "all"])
def test_no_record_is_called_what_questions_mean_otherwise(id: str) -> None:
    with pytest.raises(Refused, match="id: Means something else in questions"):
        worlds.write({"sides": [{"id": id, "name": "A side"}]})


def test_no_region_is_called_none() -> None:
    event = worlds.SMALL["events"][1] | {"id": "other-shelling", "admin1": "none", "sides": []}
    with pytest.raises(Refused, match="admin1: Leave it out"):
        worlds.write({"events": [event]})
