"""Rows of single events add up to the whole under every grouping; claims that take no part change nothing."""

import random

import pytest

from api.reconciling.question import DAY_PERIODS, Question
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import Answer, Row
from api.reconciling.record import PERIOD, Relation
from tests.reconciling.worlds import POLICIES, Recorded, a_record

BLOCK = 100  # worlds in one test
BLOCKS = [pytest.param(n, marks=[pytest.mark.night] if n >= 2 else []) for n in range(20)]
OF_EVENTS = ("event_type", "country", "admin1", "event", "conflict", *DAY_PERIODS)
SUMMED = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed", "cells_count")
in_blocks = pytest.mark.parametrize("block", BLOCKS)


def make_question(seed: int, record: Recorded, basis: str) -> Question:
    chance = random.Random(seed)
    policy = chance.choice(POLICIES)
    speaker = chance.choice(sorted({c.claimant for c in record.claims})) if policy == "claimant" else None
    return Question(basis=basis, policy=policy, claimant=speaker)


def read_figures(row: Row) -> tuple[int, ...]:
    return tuple(getattr(row, name) for name in SUMMED)


def read_reasons(answer: Answer) -> dict[str, str]:
    return {claim: exclusion.reason for claim, exclusion in answer.excluded.items()}


@in_blocks
def test_rows_by_what_events_are_add_up_where_no_event_is_inside_another(block: int) -> None:
    """Rule 18: periods and claims that include others link events, and such rows do not add up."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        record, chance = a_record(seed), random.Random(seed)
        claims = [c for c in record.claims if c.measure != PERIOD]
        known = {c.id for c in claims}
        relations = [r for r in record.relations if r.kind != "includes" and {r.claim, r.target} <= known]
        question = make_question(seed, record, "incidents")
        groups = tuple(chance.sample(OF_EVENTS, chance.choice([1, 1, 2])))
        whole = reconcile(record.world, claims, relations, question)
        parts = reconcile(record.world, claims, relations, question._replace(group_by=groups))
        for row in whole.rows:
            of_harm = [part for part in parts.rows if dict(part.key)["harm"] == dict(row.key)["harm"]]
            sums = tuple(sum(numbers) for numbers in zip(*map(read_figures, of_harm), strict=True))
            assert sums == read_figures(row), (seed, groups)
            assert sorted(claim for part in of_harm for claim in part.claims) == list(row.claims), (seed, groups)
        assert {dict(part.key)["harm"] for part in parts.rows} == {dict(row.key)["harm"] for row in whole.rows}
        assert not any(w.code == "rows_overlap" for w in parts.warnings), seed
        now_grouped = {c for c, reason in read_reasons(whole).items() if reason == "of_one_event"}
        reasons = {c: reason for c, reason in read_reasons(parts).items() if c not in now_grouped}
        assert reasons == {c: r for c, r in read_reasons(whole).items() if c not in now_grouped}, (seed, groups)


@in_blocks
def test_another_report_of_a_claim_changes_no_figure(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        record, chance = a_record(seed), random.Random(seed)
        question = make_question(seed, record, "both")
        told = chance.choice(record.claims)
        more = [c._replace(sources=("another", *c.sources)) if c is told else c for c in record.claims]
        before, after = reconcile(*record, question), reconcile(record.world, more, record.relations, question)
        assert [read_figures(row) for row in after.rows] == [read_figures(row) for row in before.rows], seed
        assert after.excluded == before.excluded, seed
        for row, earlier in zip(after.rows, before.rows, strict=True):
            assert ("another" in row.sources) == (told.id in row.claims), seed
            assert {*row.sources} - {"another"} == {*earlier.sources} and row.claimants == earlier.claimants, seed


@in_blocks
@pytest.mark.parametrize("kind", ["retracted", "incident", "same_as"])
def test_what_takes_no_part_changes_no_running_total(block: int, kind: str) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        record, chance = a_record(seed), random.Random(seed)
        question, relations = make_question(seed, record, "totals"), record.relations
        extra = chance.choice(record.claims)._replace(id="extra", low=900, best=900, high=900, qualifier="exact")
        if kind == "retracted":
            extra = extra._replace(retracted_by="editor")
        elif kind == "incident":
            extra = extra._replace(measure="incident", event="e0", conflict=record.world.events["e0"].conflict)
        else:
            relations = [*relations, Relation("same_as", "extra", chance.choice(record.claims).id)]
        before = reconcile(*record, question)
        if kind == "same_as" and is_withdrawn(before, relations[-1].target):
            continue  # a repetition takes the place of the retracted claim
        after = reconcile(record.world, [*record.claims, extra], relations, question)
        assert [read_figures(row) for row in after.rows] == [read_figures(row) for row in before.rows], seed


def is_withdrawn(answer: Answer, claim: str) -> bool:
    return claim in answer.excluded and answer.excluded[claim].reason in ("retracted", "same_as", "misreport")
