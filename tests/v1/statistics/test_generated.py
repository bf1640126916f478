"""Random worlds in a database answer over HTTP as the pure rules do, with an image and without.

Many worlds share one database, each with its own ids. So an answer shows any record that leaks in from another world.
"""

import json
import random
import urllib.parse
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from api.evidence import process
from api.reconciling.question import Question
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import Answer, Row
from api.reconciling.record import Claim, Event, Relation, UnanswerableError, World
from api.statistics import casualties
from tests.conftest import ENGINES, Databases
from tests.reconciling.worlds import Filter, Hearing, a_question, a_record
from tests.support.contradictions import closes_ring
from tests.support.frames import write_image
from tests.support.recorded import Recorded, documents, renamed
from tests.support.relations import find_impossible
from tests.support.worlds import Document, local, made, rebound

BLOCK = 20  # worlds in one database
QUESTIONS = 2  # per world
BLOCKS = [pytest.param(n, marks=[pytest.mark.night] if n >= 1 else []) for n in range(40)]
FIGURES = ("low", "best", "high", "open_ended", "imputed", "incomplete", "reaches_over", "disputed")


def name_world(seed: int) -> str:
    return f"w{seed}"


def make_writable(record: Recorded) -> Recorded:
    """Return the claims and events in a form that a database accepts, without the relations that it refuses."""
    claims = [make_dated(c if c.kind == "casualty" else make_word(c)) for c in record.claims]
    events = dict(place_in_conflict(record.world, named_event) for named_event in record.world.events.items())
    world = World(record.world.conflicts, record.world.sides, events)
    record = Recorded(world, claims, keep_accepted(record.relations))
    written = documents(record)
    impossible = find_impossible(written)
    pairs = zip(record.relations, written["relations"], strict=True)
    return record._replace(relations=[relation for relation, one in pairs if one["id"] not in impossible])


def keep_accepted(relations: Iterable[Relation]) -> list[Relation]:
    """Return the relations without repeated ones and those that form a ring."""
    links: dict[str, set[tuple[str, str]]] = defaultdict(set)
    kept = []
    for relation in relations:
        pair = relation.claim, relation.target
        if pair not in links[relation.kind] and not closes_ring(relation.kind, pair, links):
            links[relation.kind].add(pair)
            kept.append(relation)
    return kept


def make_word(claim: Claim) -> Claim:
    claim = claim._replace(low=None, best=None, high=None, qualifier=None, measure=None)
    if claim.kind != "silence":
        return claim
    first = claim.covers_from or claim.stated_on or "2020-03-01"
    last = max(first, claim.covers_to or "")
    return claim._replace(subject_side=claim.subject_side or "x", covers_from=first, covers_to=last)


def make_dated(claim: Claim) -> Claim:
    """Return the claim without its day of retraction, if that is before its statement."""
    is_early = bool(claim.retracted_on and claim.stated_on and claim.retracted_on < claim.stated_on)
    return claim._replace(retracted_on=None) if is_early else claim


def place_in_conflict(world: World, named_event: tuple[str, Event]) -> tuple[str, Event]:
    """Return the event. If it is outside the days of its conflict, move it to the first or last of them."""
    name, event = named_event
    conflict = world.conflicts[event.conflict]
    first, last = conflict.started_on or event.started_on, conflict.ended_on or event.started_on
    if (event.ended_on or event.started_on) < first or event.started_on > last:
        event = event._replace(started_on=conflict.started_on or last, ended_on=conflict.started_on or last)
    return name, event


def ask(seed: int, number: int) -> tuple[Recorded, Question]:
    """Return a random world and a question about it that HTTP can carry."""
    record = make_writable(Recorded(*a_record(seed)))
    question = a_question(seed * 10 + number, a_record(seed))
    speakers = {c.claimant for c in record.claims}
    hearing = question.is_heard
    if isinstance(hearing, Hearing):
        heard = hearing.claimants & speakers
        keep = heard and question.policy != "claimant"
        question = question._replace(is_heard=Hearing(heard)) if keep else without_hearing(question)
    if question.policy != "claimant":
        question = question._replace(claimant=None)
    sides = question.sides and question.sides - {"all"}
    return record, question._replace(sides=sides or None, group_by=question.group_by or ("harm",))


def without_hearing(question: Question) -> Question:
    return question._replace(is_heard=Question().is_heard)


def write_address(record: Recorded, question: Question, prefix: str) -> str:
    asked: dict[str, str | Iterable[str] | None] = {
        "conflict": record.roots,
        "subject_side": question.sides,
        "claimant": [question.claimant] if question.claimant else None,
    }
    if isinstance(question.is_counted, Filter):
        counted = question.is_counted
        asked["conflict"] = [counted.conflict] if counted.conflict else record.roots
        asked |= {"event": counted.events, "responsible_side": counted.perpetrators}
    if isinstance(question.is_heard, Hearing):
        asked["claimant"] = question.is_heard.claimants
    named = {name: ",".join(f"{prefix}-{id}" for id in sorted(ids)) for name, ids in asked.items() if ids}
    words = {
        "victim_status": question.statuses,
        "victim_sex": question.sexes,
        "victim_age": question.ages,
        "group_by": question.group_by,
    }
    given = {
        "basis": question.basis,
        "policy": question.policy,
        "as_of": question.as_of,
        "from": question.window_from,
        "to": question.window_to,
        **named,
        **{name: ",".join(values) for name, values in words.items() if values},
    }
    query = {name: value for name, value in given.items() if value}
    return f"/v1/statistics/casualties?{urllib.parse.urlencode(query)}"


def write_together(seeds: Iterable[int]) -> dict[str, list[Document]]:
    together: dict[str, list[Document]] = {}
    for seed in seeds:
        record, _ = ask(seed, 0)
        for record_type, told in documents(renamed(name_world(seed), record)).items():
            together.setdefault(record_type, []).extend(told)
    return {record_type: random.Random(record_type).sample(told, len(told)) for record_type, told in together.items()}


def find_differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Return the places where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return [found for name in one for found in find_differences(one[name], other[name], f"{path}.{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for n, pair in pairs for found in find_differences(*pair, f"{path}.{n}")]
    return [] if (type(one), one) == (type(other), other) else [f"{path}: {one!r} is not {other!r}"]


def read_all(app: Flask, addresses: Iterable[str]) -> list[Any]:
    """Return the answer of an application, without what names the request."""
    answers = []
    casualties._answer_question.cache_clear()
    for address in addresses:
        answer = FlaskClient(app, Response).get(address, buffered=True)
        body = json.loads(answer.data)
        body.pop("request_id", None)
        answers.append([answer.status_code, body])
    return answers


@pytest.mark.parametrize("block", BLOCKS)
def test_databases_answer_as_the_pure_rules(block: int, databases: Databases) -> None:
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    together = write_together(seeds)
    asked = [(seed, *ask(seed, number)) for seed in seeds for number in range(QUESTIONS)]
    addresses = [write_address(record, question, name_world(seed)) for seed, record, question in asked]
    told: list[list[Any]] = []
    for engine in ENGINES:
        folder = databases.folder / f"images-{engine}-{block}"
        app = made(databases, engine, together, image_folder=str(folder))
        told.append(read_all(app, addresses))
        rebound(app)
        write_image()
        process._evidence = None
        told.append(read_all(app, addresses))
    for n, address in enumerate(addresses):
        for answers in told[1:]:
            assert find_differences(told[0][n], answers[n]) == [], address
    client = app.test_client()
    for seed, record, question in asked:
        address = write_address(record, question, name_world(seed))
        answer = client.get(address)
        try:
            expected = reconcile(*record, question)
        except UnanswerableError:
            assert (answer.status_code, answer.json["type"].rpartition("/")[2]) == (422, "no-right-answer")
            continue
        assert answer.status_code == 200, answer.text
        check_answer(client, answer.json, record, question, expected, f"{name_world(seed)}-")


def check_answer(
    client: Any, told: Document, record: Recorded, question: Question, expected: Answer, prefix: str
) -> None:
    address = (prefix, question)
    rows = {(row["basis"], *read_key(row, expected.dimensions[row["basis"]], prefix)): row for row in told["data"]}
    assert {(row.basis, *(value for _, value in row.key)) for row in expected.rows} == rows.keys(), address
    for pure in expected.rows:
        row = rows[pure.basis, *(value for _, value in pure.key)]
        assert [row[name] for name in FIGURES] == [getattr(pure, name) for name in FIGURES], address
        assert (row["cells"], row["claims"], row["claimants"], row["sources"]) == count_sizes(pure), address
        assert row["spread"] == (pure.spread and round(pure.spread, 2)), address
        assert row["added_up"] == pure.is_added_up, address
        assert [(m["side"].removeprefix(prefix), m["status"], m["cells"]) for m in row["missing"]] == [*pure.missing]
        assert read_ids(client, row["links"]["claims"], prefix) == list(pure.claims), address
        if row["statements"] is not None:
            stated = {s["claim"].removeprefix(prefix): s["reason"] for s in row["statements"]}
            assert stated == {s.claim.id: s.reason for s in expected.describe_statements(pure)}, address
    left_out = {
        claim: left["reason"] for left in told["meta"]["excluded"] for claim in read_ids(client, left["url"], prefix)
    }
    # A claim outside the conflicts and events of the question is in the answer only if it acts on them.
    outside = {c.id for c in record.claims if not is_of_units(c, question)}
    pure_reasons = {claim: left.reason for claim, left in expected.excluded.items()}
    assert {c: r for c, r in left_out.items() if c not in outside} == {
        c: r for c, r in pure_reasons.items() if c not in outside
    }, address
    assert left_out.items() <= pure_reasons.items(), address
    codes = {warning["code"] for warning in told["meta"]["warnings"]}
    assert {WIRE_CODES.get(w.code, w.code) for w in expected.warnings} <= codes, address


#: Answers have one code for rows that cross and rows that overlap. The sentence of the warning says which.
WIRE_CODES = {"rows_cross": "rows_overlap"}


def is_of_units(claim: Claim, question: Question) -> bool:
    counted = question.is_counted
    if not isinstance(counted, Filter):
        return True
    return Filter(counted.world, counted.conflict, counted.events)(claim)


def count_sizes(row: Row) -> tuple[int, int, int, int]:
    return row.cells_count, len(row.claims), len(row.claimants), len(row.sources)


def read_ids(client: Any, url: str, prefix: str) -> list[str]:
    answer = client.get(f"{local(url)}&limit=1000&fields=id&sort=id")
    assert answer.status_code == 200, answer.text
    return [record["id"].removeprefix(prefix) for record in answer.json["data"]]


def read_key(row: Document, dimensions: tuple[str, ...], prefix: str) -> tuple[str | None, ...]:
    values = (row[dimension] for dimension in dimensions)
    words = (value["id"] if isinstance(value, dict) else value for value in values)
    return tuple(word and word.removeprefix(prefix) for word in words)
