"""Generated claims, written to a database and asked for over HTTP, answer as the pure rules do."""

import itertools
import urllib.parse
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.queries.evidence import Refused
from api.queries.questions import Question
from api.queries.reconcile import Answer, reconcile
from api.queries.rows import Row
from tests.conftest import Databases
from tests.queries.test_groups import worlds
from tests.queries.test_reconcile import DAYS, bases, policies, records
from tests.recorded import Recorded, documents, renamed
from tests.worlds import Document, ids, made, write

GROUPS = {
    "incidents": [("harm",), ("subject_side",), ("victim_status",), ("event_type", "month"), ("country", "admin1")],
    "totals": [("harm",), ("subject_side",), ("victim_status",), ("subject_side", "victim_status")],
}
FIGURES = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed")
numbers = itertools.count()


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, {})


# Without shrinking, which would write thousands of worlds.
@settings(max_examples=20, deadline=None, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data(), basis=bases, policy=policies, as_of=st.sampled_from([None, *DAYS]))
def test_a_database_answers_as_the_pure_rules(
    app: Flask, data: st.DataObject, basis: str, policy: str, as_of: str | None
) -> None:
    claims, relations = data.draw(records(basis))
    own = [claim._replace(sources=(f"source-of-{claim.id}",)) for claim in claims]
    record = renamed(f"e{next(numbers)}", Recorded(data.draw(worlds()), own, sorted(set(relations))))
    question = Question(basis, policy, as_of=as_of, group_by=data.draw(st.sampled_from(GROUPS[basis])))
    client = app.test_client()
    client.get("/readyz")  # from here on the database of this application is the one that is written
    write(documents(record))

    answer = client.get(address(record, question))
    try:
        expected = reconcile(*record, question)
    except Refused:
        assert (answer.status_code, answer.json["type"].rpartition("/")[2]) == (422, "no-right-answer")
        return
    assert_same(client, answer.json, expected)

    # A second report of a claim, by a source of the same grade, is not a second claim.
    again = documents(record)
    reports = [told | {"id": f"{told['id']}-again", "source": f"{told['source']}-again"} for told in again["reports"]]
    sources = [told | {"id": f"{told['id']}-again"} for told in again["sources"]]
    write({"sources": sources, "reports": reports})
    repeated = client.get(address(record, question)).json["data"]
    assert [row["sources"] for row in repeated] == [2 * row["sources"] for row in answer.json["data"]]
    assert [without(row, "sources") for row in repeated] == [without(row, "sources") for row in answer.json["data"]]


def without(row: Document, name: str) -> Document:
    return {key: value for key, value in row.items() if key != name}


def address(record: Recorded, question: Question) -> str:
    asked = {"conflict": ",".join(record.roots), "basis": question.basis, "policy": question.policy}
    asked |= {"group_by": ",".join(question.group_by)} | ({"as_of": question.as_of} if question.as_of else {})
    return f"/v1/statistics/casualties?{urllib.parse.urlencode(asked)}"


def assert_same(client: Any, told: Document, expected: Answer) -> None:
    assert told["meta"]["group_by"] == list(expected.dimensions)
    assert [key(row, expected.dimensions) for row in told["data"]] == [
        tuple(v for _, v in r.key) for r in expected.rows
    ]
    for row, pure in zip(told["data"], expected.rows, strict=True):
        assert [row[name] for name in FIGURES] == [getattr(pure, name) for name in FIGURES]
        assert (row["cells"], row["claims"], row["claimants"], row["sources"]) == sizes(pure)
        assert row["spread"] == (pure.spread and round(pure.spread, 2))
        assert ids(client.get(local(row["links"]["claims"]))) == list(pure.claims)
        explained = client.get(local(row["links"]["explain"])).json["data"]
        assert [explained[bound] for bound in ("low", "best", "high")] == [pure.low, pure.best, pure.high]
    left_out = {
        claim: left["reason"] for left in told["meta"]["excluded"] for claim in ids(client.get(local(left["url"])))
    }
    assert left_out == {claim: left.reason for claim, left in expected.excluded.items()}


def sizes(row: Row) -> tuple[int, int, int, int]:
    return len(row.cells), len(row.claims), len(row.claimants), len(row.sources)


def key(row: Document, dimensions: tuple[str, ...]) -> tuple[str | None, ...]:
    values = (row[dimension] for dimension in dimensions)
    return tuple(value["id"] if isinstance(value, dict) else value for value in values)


def local(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"
