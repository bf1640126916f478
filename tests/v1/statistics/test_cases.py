"""The 147 reference cases over HTTP, on both engines, in several orders of writing.

All cases share one database. Each has its own world, whose conflicts, sides, events and claimants have the name of the
case. So an answer shows any record that leaks in from another case.
"""

import json
import random
import re
import urllib.parse

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from api.reconciling.record import Conflict, World
from tests.conftest import ENGINES, Databases
from tests.reconciling.cases import CASES, POLICIES, WORLD, Case, Expected
from tests.support.recorded import Recorded, documents, renamed
from tests.support.worlds import Document, local, made

ORDERS = {"sqlite": 2, "postgres": 1}
pytestmark = pytest.mark.xdist_group("cases")  # one worker asks them all, once
ROOTS = [conflict.id for conflict in WORLD.conflicts.values() if conflict.parent is None]
of_each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.title.replace(' ', '-')}")


def own(case: Case) -> Recorded:
    """Return the case in its own world. A claim that it misreports lies outside the question."""
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


def shuffled(seed: str) -> dict[str, list[Document]]:
    """Return the records of all cases together, in a random order."""
    together: dict[str, list[Document]] = {}
    for record in RECORDS.values():
        for record_type, told in documents(record).items():
            together.setdefault(record_type, []).extend(told)
    order = random.Random(seed)
    return {record_type: order.sample(told, len(told)) for record_type, told in together.items()}


@pytest.fixture(scope="module")
def apps(databases: Databases) -> dict[str, list[Flask]]:
    """Return a few applications per engine with the same records, written in different orders."""
    return {
        engine: [made(databases, engine, shuffled(f"{engine} {order}")) for order in range(ORDERS[engine])]
        for engine in ENGINES
    }


def asking(case: Case, policy: str) -> str:
    """Return the address of the case's question."""

    def named(id: str) -> str:
        return f"case{case.number}-{id}".lower()

    asked = case.question
    options = dict(re.findall(r", (event|conflict|by)=(\w+)", case.text))
    conflicts = [options["conflict"]] if "conflict" in options else ROOTS
    perpetrator = {"arm": "armenian", "az": "azerbaijan"}.get(options.get("by", ""), options.get("by"))
    question = {
        "conflict": ",".join(named(conflict) for conflict in conflicts),
        "basis": asked.basis,
        "policy": policy,
        "as_of": asked.as_of,
        "group_by": ",".join(asked.group_by),
        "event": named(options["event"]) if "event" in options else None,
        "responsible_side": perpetrator and named(perpetrator),
        "victim_status": asked.statuses and ",".join(asked.statuses),
        "from": asked.window_from,
        "to": asked.window_to,
    }
    given = {name: value for name, value in question.items() if value}
    return f"/v1/statistics/casualties?{urllib.parse.urlencode(given)}"


def bare(case: Case, slug: str) -> str:
    return slug.removeprefix(f"case{case.number}-")


def label(case: Case, row: Document, group_by: list[str]) -> frozenset[str]:
    """Return the words that name a row, without those that most rows share."""
    words = [row["basis"]] if case.question.basis == "both" else []
    of_row = [d for d in group_by if row["basis"] == "totals" or d in (*case.question.group_by, "harm")]
    for dimension in of_row:
        value = row[dimension]
        word = bare(case, value["id"]) if isinstance(value, dict) else value
        if word is None:
            words.append("–")
        elif word == "all" and dimension == "subject_side":
            words.append("ALL")
        elif (dimension, word) not in [("harm", "killed"), ("measure", "cumulative"), ("conflict", case.conflict)]:
            words.append(word)
    return frozenset(words)


def by_label(rows: list[Expected]) -> list[Expected]:
    plain = [row._replace(label=frozenset(word.replace("_ua", "-ua").lower() for word in row.label)) for row in rows]
    return sorted(plain, key=lambda row: sorted(row.label))


def shape(case: Case, row: Document, group_by: list[str]) -> Expected:
    names = ("low", "best", "high", "open_ended", "imputed", "incomplete", "reaches_over", "cells")
    return Expected(label(case, row, group_by), *(row[name] for name in names))


def greatest_spread(rows: list[Document]) -> str:
    if not rows:
        return "none"
    spreads = [row["spread"] for row in rows]
    return "null" if None in spreads else f"{max(spreads):.2f}"


@pytest.fixture(scope="module")
def answered(apps: dict[str, list[Flask]]) -> list[dict[str, bytes]]:
    """Return the answers of each application in turn, because a process caches the evidence of one database.

    The first application of each engine answers every policy, the others only `envelope`.
    """
    return [
        {
            address: ask(app, address)
            for policy in (POLICIES if order == 0 else ("envelope",))
            for address in (asking(case, policy) for case in CASES)
        }
        for of_engine in apps.values()
        for order, app in enumerate(of_engine)
    ]


def ask(app: Flask, address: str) -> bytes:
    """Return the answer of an application. Other tests compare it with the document."""
    return FlaskClient(app, Response).get(address, buffered=True).data


@of_each_case
def test_a_case_answers_as_worked_by_hand(case: Case, answered: list[dict[str, bytes]]) -> None:
    """The answer has the same bytes on both engines, in every order of writing."""
    for policy in POLICIES:
        told = [answers[asking(case, policy)] for answers in answered if asking(case, policy) in answers]
        assert len(told) == (len(answered) if policy == "envelope" else len(ENGINES)) and len(set(told)) == 1
        answer = json.loads(told[0])
        rows, meta = answer["data"], answer["meta"]
        assert by_label([shape(case, row, meta["group_by"]) for row in rows]) == by_label(case.answers[policy])
        left_out = sum(left["claims"] for left in meta["excluded"])
        assert sum(row["claims"] for row in rows) + left_out == len(case.claims)


@of_each_case
@pytest.mark.parametrize("engine", ENGINES, scope="module")
def test_every_claim_of_a_case_is_behind_a_row_or_a_reason(
    engine: str, case: Case, apps: dict[str, list[Flask]]
) -> None:
    app = apps[engine][0]
    answer = json.loads(ask(app, asking(case, "envelope")))
    rows, meta = answer["data"], answer["meta"]
    assert any(row["disputed"] for row in rows) == case.is_disputed
    spread = case.spread if case.spread in ("none", "null") else f"{float(case.spread):.2f}"
    assert greatest_spread(rows) == spread
    left_out = {bare(case, id): left["reason"] for left in meta["excluded"] for id in find_ids(app, left["url"])}
    assert left_out == case.excluded
    texts = {warning["code"]: warning["text"].replace(",", "") for warning in meta["warnings"]}
    for code, number in case.warnings:
        assert re.search(rf"\b{number}\b", texts[code]), texts
    used = [bare(case, claim) for row in rows for claim in find_evidence(app, row)]
    assert sorted([*used, *left_out]) == sorted(claim.id for claim in case.claims)


def find_ids(app: Flask, url: str) -> list[str]:
    return [record["id"] for record in json.loads(ask(app, local(url)))["data"]]


def find_evidence(app: Flask, row: Document) -> list[str]:
    """Return the ids behind a row's link. Check that its explanation adds up these claims to its figure."""
    used = find_ids(app, row["links"]["claims"])
    told = json.loads(ask(app, local(row["links"]["explain"])))["data"]
    assert len(used) == row["claims"]
    for bound in ("low", "best", "high"):
        assert row[bound] == told[bound] == sum(cell["figure"][bound] for cell in told["cells"])
    assert sum(cell["disputed"] for cell in told["cells"]) == row["disputed"]
    assert sum(cell["units"] for cell in told["cells"]) == row["cells"]
    assert sorted(claim for cell in told["cells"] for claim in added_up(cell["figure"])) == used
    return used


def added_up(figure: Document) -> set[str]:
    """Return the claims at the ends of an explanation. Check that each step follows from the one below."""
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
