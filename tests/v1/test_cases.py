"""The 58 reference cases through HTTP, on both engines, whatever the order in which their records were written.

All of them lie in one database, each in a world of its own whose conflicts, sides, events and claimants are named
after the case: whatever one case let slip into the answer of another would show.
"""

import random
import urllib.parse
from typing import Any

import pytest
from flask import Flask

from api.queries.evidence import Conflict, World
from tests import reference
from tests.cases import CASES, WORLD, Case, Expected
from tests.conftest import ENGINES, Databases
from tests.recorded import Recorded, documents, renamed
from tests.worlds import Document, ids, made

POLICIES = ("envelope", "own_side", "opposing_side", "third_party")
SHUFFLES = 3
DEFAULTS = {"killed", "cumulative", "war2020"}
of_each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.title.replace(' ', '-')}")


def own(case: Case) -> Recorded:
    """The case in a world of its own. What a claim misreports lies outside of the question."""
    given = {claim.id for claim in case.claims}
    garbled = [
        case.claims[0]._replace(id=relation.target, conflict="elsewhere", event=None, measure="cumulative")
        for relation in case.relations
        if relation.target not in given
    ]
    conflicts = {**WORLD.conflicts, "elsewhere": Conflict("elsewhere")}
    world = World(conflicts, WORLD.sides, WORLD.events)
    return renamed(f"case{case.number}", Recorded(world, [*case.claims, *garbled], case.relations))


RECORDS = {case.number: own(case) for case in CASES}


def shuffled(seed: int) -> dict[str, list[Document]]:
    """The records of all cases together, in one of many orders."""
    together: dict[str, list[Document]] = {}
    for record in RECORDS.values():
        for noun, told in documents(record).items():
            together.setdefault(noun, []).extend(told)
    order = random.Random(seed)
    return {noun: order.sample(told, len(told)) for noun, told in together.items()}


@pytest.fixture(scope="module")
def apps(databases: Databases) -> dict[str, list[Flask]]:
    """Of each engine a few applications: the same records, written in different orders."""
    return {engine: [made(databases, engine, shuffled(seed)) for seed in range(SHUFFLES)] for engine in ENGINES}


def asking(case: Case, policy: str) -> str:
    """The address of the case's question."""

    def named(id: str) -> str:
        return f"case{case.number}-{id}"

    asked = case.asked
    conflicts = [asked.conflict] if asked.conflict else ["karabakh", "ukraine"]
    question = {
        "conflict": ",".join(named(conflict) for conflict in conflicts),
        "basis": asked.basis,
        "policy": policy,
        "as_of": asked.as_of,
        "group_by": ",".join(asked.group_by),
        "event": asked.event and named(asked.event),
        "victim_status": asked.status,
    }
    given = {name: value for name, value in question.items() if value}
    return f"/v1/statistics/casualties?{urllib.parse.urlencode(given)}"


def bare(case: Case, slug: str) -> str:
    return slug.removeprefix(f"case{case.number}-")


def label(case: Case, row: Document, group_by: list[str]) -> frozenset[str]:
    """The words that name a row, without those that most rows share."""
    values = [row[dimension] for dimension in group_by]
    words = [value["id"] if isinstance(value, dict) else value for value in values if value]
    return frozenset(bare(case, word) for word in words) - DEFAULTS


def by_label(rows: list[Expected]) -> list[Expected]:
    plain = [
        row._replace(label=frozenset(word.replace("govt_ua", "govt-ua") for word in row.label - DEFAULTS))
        for row in rows
    ]
    return sorted(plain, key=lambda row: sorted(row.label))


def shape(case: Case, row: Document, group_by: list[str]) -> Expected:
    names = ("low", "best", "high", "open_ended", "imputed", "incomplete", "cells")
    return Expected(label(case, row, group_by), *(row[name] for name in names))


def greatest_spread(rows: list[Document]) -> str:
    if not rows:
        return "none"
    spreads = [row["spread"] for row in rows]
    return "null" if None in spreads else f"{max(spreads):.2f}"


def address(url: str) -> str:
    """A link of an answer, for the test client."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("engine", ENGINES)
@of_each_case
def test_a_case_answers_as_worked_by_hand(case: Case, engine: str, apps: dict[str, list[Flask]]) -> None:
    client = apps[engine][0].test_client()
    for policy in POLICIES:
        answer = client.get(asking(case, policy)).json
        rows, meta = answer["data"], answer["meta"]
        assert by_label([shape(case, row, meta["group_by"]) for row in rows]) == by_label(case.answers[policy])
        left_out = {
            bare(case, claim): left["reason"]
            for left in meta["excluded"]
            for claim in ids(client.get(address(left["url"])))
        }
        if policy == "envelope":
            assert any(row["disputed"] for row in rows) == case.disputed
            spread = case.spread if case.spread in ("none", "null") else f"{float(case.spread):.2f}"
            assert greatest_spread(rows) == spread
            assert left_out == case.excluded
            assert sum(left["claims"] for left in meta["excluded"]) == len(case.excluded)
        used = [bare(case, claim) for row in rows for claim in evidence(client, case, row)]
        assert sorted([*used, *left_out]) == sorted(claim.id for claim in case.claims)


def evidence(client: Any, case: Case, row: Document) -> list[str]:
    """The ids behind a row's link, once they are known to be those that its explanation adds up, to its figure."""
    used = ids(client.get(address(row["links"]["claims"])))
    told = client.get(address(row["links"]["explain"])).json["data"]
    assert len(used) == row["claims"]
    assert len(told["cells"]) == row["cells"]
    for bound in ("low", "best", "high"):
        assert row[bound] == told[bound] == sum(cell["figure"][bound] for cell in told["cells"])
    assert sum(cell["disputed"] for cell in told["cells"]) == row["disputed"]
    assert sorted(claim for cell in told["cells"] for claim in added_up(cell["figure"])) == used
    record = RECORDS[case.number]
    if not (case.asked.group_by or case.asked.status):
        again = reference.work(record.world, [claim for claim in record.claims if claim.id in used])
        assert again == tuple(row[n] for n in ("low", "best", "high", "open_ended", "imputed", "incomplete"))
    return used


def added_up(figure: Document) -> set[str]:
    """The claims at the ends of an explanation, each step of which follows from the one below."""
    statements = figure["statements"]
    assert figure["low"] == min(statement["low"] for statement in statements)
    assert figure["high"] == max(statement["high"] for statement in statements)
    assert figure["best"] in [statement["best"] for statement in statements]
    claims: set[str] = set()
    for statement in statements:
        parts = statement["parts"]
        below = [claim for part in parts for claim in added_up(part)]
        assert len(below) == len(set(below)), "a claim was added twice"
        if parts:
            assert set(below) == set(statement["claims"])
            for bound in ("low", "best", "high"):
                assert statement[bound] == sum(part[bound] for part in parts)
        assert claims.isdisjoint(statement["claims"])
        claims |= set(statement["claims"])
    return claims


@pytest.fixture(scope="module")
def answered(apps: dict[str, list[Flask]]) -> list[dict[str, bytes]]:
    """What each application says to every question, one application after the other."""
    questions = [asking(case, policy) for case in CASES for policy in POLICIES]
    return [
        {question: app.test_client().get(question).data for question in questions}
        for made in apps.values()
        for app in made
    ]


@of_each_case
def test_both_engines_and_all_orders_give_the_same_bytes(case: Case, answered: list[dict[str, bytes]]) -> None:
    for policy in POLICIES:
        told = [answers[asking(case, policy)] for answers in answered]
        assert len(told) == 2 * SHUFFLES and len(set(told)) == 1
