"""Rules that the reference cases do not cover. Figures come by hand; both engines answer over HTTP."""

import random
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.create import check_documents, put
from api.writes.transaction import open_transaction
from tests.conftest import ENGINES, Databases
from tests.support.recorded import documents, renamed
from tests.support.rules import RULES, Rule
from tests.support.worlds import Document, World, ids, local, made

FLAGS = {"open_ended": "o", "imputed": "i", "incomplete": "p", "disputed": "d"}
DEFAULTS = {"killed", "cumulative", "over"}
of_each = pytest.mark.parametrize("number", range(len(RULES)), ids=lambda n: RULES[n].title.replace(" ", "-"))


@pytest.fixture(scope="module")
def apps(databases: Databases) -> dict[str, Flask]:
    """Return per engine an application with all worlds, written in different orders."""
    return {engine: store(databases, engine, written(random.Random(engine))) for engine in ENGINES}


def store(databases: Databases, engine: str, records: World) -> Flask:
    """Write relations as an older version did. Today some of them are refused, because they cannot be true."""
    app = made(
        databases, engine, {record_type: told for record_type, told in records.items() if record_type != "relations"}
    )
    with database.connection_context(), open_transaction("A test.", "seed") as transaction:
        put(transaction, check_documents({"relations": records["relations"]}))
    return app


def written(order: random.Random) -> dict[str, list[Document]]:
    together: dict[str, list[Document]] = {}
    for number, rule in enumerate(RULES):
        for record_type, told in documents(renamed(f"rule{number}", rule.recorded)).items():
            together.setdefault(record_type, []).extend(told)
    return {record_type: order.sample(told, len(told)) for record_type, told in together.items()}


@of_each
def test_a_rule_answers_as_worked_by_hand(number: int, apps: dict[str, Flask]) -> None:
    rule, prefix = RULES[number], f"rule{number}-"
    roots = ",".join(prefix + conflict for conflict in ("war", "over", "tree"))
    client = apps["sqlite"].test_client()
    for question, expected in rule.asked.items():
        basis = "" if "basis=" in question else "&basis=incidents"
        url = f"/v1/statistics/casualties?conflict={roots}&{question.replace('RULE-', prefix)}{basis}"
        answers = [app.test_client().get(url) for app in apps.values()]
        assert answers[0].data == answers[1].data
        assert told(client, answers[0].json, prefix) == expected, question


BOTH_GRADES = [
    "a t 20-10-05 x k 1 @a rel=D",  # a second report, by a source without a grade, makes it as good as b and c
    "b u 20-10-05 x k 2 @a",
    "c v 20-10-05 x k 4 @a rel=F",
    "d w 20-10-06 x k 8 @a rel=D",
]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_claim_that_one_poor_and_one_ungraded_source_carry_is_as_good_as_the_better(
    engine: str, databases: Databases
) -> None:
    written = documents(Rule("", BOTH_GRADES, {}).recorded)
    written["sources"].append({"id": "another", "publisher": "another"})
    written["reports"].append({"id": "a-again", "claim": "a", "source": "another"})
    client = made(databases, engine, written).test_client()

    answer = client.get("/v1/statistics/casualties?conflict=war&basis=incidents&policy=best_graded").json
    assert told(client, answer, "") == "1/2/4 p1 d1 | d=not_picked"


def told(client: Any, answer: Document, prefix: str) -> str:
    """Return the rows and the exclusions in the format of tests/support/rules.py."""
    dimensions = answer["meta"]["group_by"]
    rows = "; ".join(row_told(row, dimensions, prefix) for row in answer["data"])
    left_out = [
        (claim, left["reason"]) for left in answer["meta"]["excluded"] for claim in ids(client.get(local(left["url"])))
    ]
    used = [claim for row in answer["data"] for claim in ids(client.get(local(row["links"]["claims"])))]
    assert len(used) == sum(row["claims"] for row in answer["data"]) and not {*used} & dict(left_out).keys()
    words = " ".join(f"{claim.removeprefix(prefix)}={reason}" for claim, reason in sorted(left_out))
    return f"{rows} | {words}".strip(" |")


def row_told(row: Document, dimensions: list[str], prefix: str) -> str:
    values = [row[dimension] for dimension in dimensions]
    words = [value["id"].removeprefix(prefix) if isinstance(value, dict) else value or "-" for value in values]
    bounds = [str(row[bound]) for bound in ("low", "best", "high")]
    figure = bounds[0] if len(set(bounds)) == 1 else "/".join(bounds)
    flags = [f"{letter}{row[name]}" for name, letter in FLAGS.items() if row[name]]
    return " ".join([*(word for word in words if word not in DEFAULTS), figure, *flags])
