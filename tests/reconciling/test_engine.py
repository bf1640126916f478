"""The engine gives the answer of every case, agrees with the reference in random worlds, and does what it promises."""

import gc
import random
from collections.abc import Sequence
from typing import Any

import pytest

from api.reconciling.question import ALL, Question, RowKey
from api.reconciling.reconcile import Reconciliation, reconcile, reconcile_policies
from api.reconciling.reconciled_answer import Answer, Row
from api.reconciling.record import Claim, Relation, UnanswerableError
from tests.reconciling.cases import CASES, POLICIES, WORLD, Case, Expected
from tests.reconciling.reference import Record, fill_bounds, work
from tests.reconciling.reference import Row as WorkedRow
from tests.reconciling.test_cases import IDS, SHUFFLES, label_row
from tests.reconciling.worlds import Recorded, a_question, a_record, join_records

BLOCK = 100  # worlds in one test
QUESTIONS = 3  # of each world
JOINED = 6  # random records in one of many claims
BLOCKS = [pytest.param(n, marks=[pytest.mark.night] if n >= 3 else []) for n in range(50)]
of_each_case = pytest.mark.parametrize("case", CASES, ids=IDS)
in_blocks = pytest.mark.parametrize("block", BLOCKS)


def seeds_of(block: int) -> range:
    return range(block * BLOCK, (block + 1) * BLOCK)


def ask(seed: int, number: int = 0) -> tuple[Recorded, Question]:
    """Return a random world and one of the questions about it; only `policy=claimant` names a claimant."""
    record = a_record(seed)
    return record, ask_about(record, seed * 10 + number)


def ask_about(record: Recorded, seed: int) -> Question:
    question = a_question(seed, record)
    return question if question.policy == "claimant" else question._replace(claimant=None)


def test_an_answer_leaves_no_work_in_memory() -> None:
    """A question about a million claims works with hundreds of MB: nothing may hold them until garbage is collected."""
    record, question = ask(1)
    gc.disable()
    try:
        reconcile(record.world, record.claims, record.relations, question)
        assert [found for found in gc.get_objects() if isinstance(found, Reconciliation)] == []
    finally:
        gc.enable()


def shuffle(seed: int, claims: Sequence[Claim], relations: Sequence[Relation]) -> tuple[list[Claim], list[Relation]]:
    chance = random.Random(seed)
    return chance.sample(claims, len(claims)), chance.sample(relations, len(relations))


def read_reasons(answer: Answer) -> dict[str, str]:
    return {claim: exclusion.reason for claim, exclusion in answer.excluded.items()}


def read_warnings(answer: Answer) -> set[tuple[str, int | None]]:
    return {(w.code, w.figure if w.number is None else w.number) for w in answer.warnings}


def read_key(key: RowKey) -> RowKey:
    """Return a row's key in a form that the reference shares: without order, and without a side for all sides."""
    return tuple(sorted(((d, None if (d, v) == ("subject_side", ALL) else v) for d, v in key), key=repr))


def read_counts(row: Row | WorkedRow) -> tuple[int, ...]:
    cells = row.cells_count if isinstance(row, Row) else row.cells
    return row.low, row.best, row.high, row.open_ended, row.imputed, row.incomplete, row.reaches_over, cells


# ---- the cases


def answer_shuffled(case: Case, policy: str, seed: int) -> Answer:
    claims, relations = shuffle(seed, case.claims, case.relations)
    return reconcile(WORLD, claims, relations, case.question._replace(policy=policy))


@pytest.mark.parametrize("policy", POLICIES)
@of_each_case
def test_rows_are_the_case_s(case: Case, policy: str) -> None:
    for seed in range(SHUFFLES):
        rows = answer_shuffled(case, policy, seed).rows
        labelled = [Expected(label_row(case, row.basis, read_key(row.key)), *read_counts(row)) for row in rows]
        assert set(labelled) == set(case.answers[policy]) and len(labelled) == len(case.answers[policy]), case.title


@of_each_case
def test_exclusions_disputes_and_warnings_are_the_case_s(case: Case) -> None:
    for seed in range(SHUFFLES):
        answer = answer_shuffled(case, "envelope", seed)
        assert read_reasons(answer) == case.excluded, case.title
        assert any(row.disputed for row in answer.rows) == case.is_disputed
        spreads = [None if row.spread is None else round(row.spread, 2) for row in answer.rows]
        assert read_spread(spreads) == case.spread
        assert read_warnings(answer) == case.warnings


def read_spread(spreads: list[float | None]) -> str:
    if not spreads:
        return "none"
    return "null" if None in spreads else f"{max(s for s in spreads if s is not None):.2f}".rstrip("0").rstrip(".")


# ---- the reference


def read_answer(record: Recorded, question: Question) -> Any:
    """Return those parts of the engine's answer that the reference gives too."""
    try:
        answer = reconcile(*record, question)
    except UnanswerableError:
        return "refused"
    rows = {}
    for row in answer.rows:
        judged = row.disputed > 0, read_float(row.spread)
        rows[row.basis, read_key(row.key)] = read_counts(row), frozenset(row.claims), *judged
    return rows, read_reasons(answer), read_warnings(answer)


def read_worked(record: Recorded, question: Question) -> Any:
    try:
        worked = work(*record, question)
    except UnanswerableError:
        return "refused"
    rows = {
        (basis, read_key(key)): (read_counts(row), row.claims, row.disputed, read_float(row.spread))
        for (basis, key), row in worked.rows.items()
    }
    return rows, worked.excluded, set(worked.warnings)


def read_float(spread: Any) -> float | None:
    return None if spread is None else round(float(spread), 9)


@in_blocks
def test_the_engine_agrees_with_the_reference(block: int) -> None:
    """Figures, counts, claims used, reasons, disputes, spreads and warnings."""
    for seed in seeds_of(block):
        for number in range(QUESTIONS):
            record, question = ask(seed, number)
            assert read_answer(record, question) == read_worked(record, question), (seed, number)


@in_blocks
def test_the_engine_agrees_with_the_reference_on_records_of_many_claims(block: int) -> None:
    """The reference refuses inclusions in a ring, which rule 1 keeps out of a record."""
    for seed in seeds_of(block):
        record = join_records(range(JOINED * seed, JOINED * (seed + 1)))
        question = ask_about(record, seed)
        worked = read_worked(record, question)
        assert worked == "refused" or read_answer(record, question) == worked, seed


# ---- what the engine promises, without the reference


@in_blocks
def test_policies_answered_together_are_those_answered_alone(block: int) -> None:
    together = [policy for policy in POLICIES if policy != "claimant"]
    for seed in seeds_of(block):
        record, question = ask(seed)
        question = question._replace(policy="envelope", claimant=None)
        answers = reconcile_policies(*record, question, together)
        for policy in together:
            assert answers[policy] == reconcile(*record, question._replace(policy=policy)), (seed, policy)


@in_blocks
def test_every_claim_is_used_by_one_row_or_excluded_with_a_reason(block: int) -> None:
    for seed in seeds_of(block):
        record, question = ask(seed)
        answer = reconcile(*record, question)
        used = [claim for row in answer.rows for claim in row.claims]
        assert sorted([*used, *answer.excluded]) == sorted(c.id for c in record.claims), seed
        for row in answer.rows:
            assert sorted(c for cell in row.cells for c in cell.figure.claims) == list(row.claims), seed
            assert sum(cell.figure.best for cell in row.cells) == row.best, seed


@in_blocks
def test_the_order_of_claims_and_relations_changes_nothing(block: int) -> None:
    for seed in seeds_of(block):
        record, question = ask(seed)
        claims, relations = shuffle(seed, record.claims, record.relations)
        assert reconcile(record.world, claims, relations, question) == reconcile(*record, question), seed


@in_blocks
def test_low_best_and_high_are_in_order_where_the_stated_bounds_are(block: int) -> None:
    for seed in seeds_of(block):
        record, question = ask(seed)
        by_id = {c.id: c for c in record.claims}
        for row in reconcile(*record, question).rows:
            if all(fill_bounds(by_id[name]) == tuple(sorted(fill_bounds(by_id[name]))) for name in row.claims):
                assert row.low <= row.best <= row.high, seed


@in_blocks
def test_incidents_of_neighbouring_windows_add_up_to_the_whole(block: int) -> None:
    """Rule 19: up to a day plus from the next day on is the whole; a unit that reaches over that day began before."""
    for seed in seeds_of(block):
        record, question = ask(seed)
        question = question._replace(basis="incidents", group_by=(), window_from=None, window_to=None)
        windows: list[dict[str, str]] = [{}, {"window_to": "2020-03-05"}, {"window_from": "2020-03-06"}]
        answers = [reconcile(*record, question._replace(**window)) for window in windows]
        whole, before, after = ({row.key: row for row in answer.rows} for answer in answers)
        assert before.keys() | after.keys() == whole.keys(), seed
        for key, row in whole.items():
            halves = [half[key] for half in (before, after) if key in half]
            sums = [sum(getattr(h, name) for h in halves) for name in ("low", "best", "high", "cells_count")]
            assert sums == [row.low, row.best, row.high, row.cells_count], seed
            assert sorted(claim for half in halves for claim in half.claims) == list(row.claims), seed
        began = [w for w in answers[2].warnings if w.code == "began_before"]
        assert sum(row.reaches_over for row in before.values()) == len(began), seed


@in_blocks
def test_a_stated_whole_that_compares_is_never_above_the_high(block: int) -> None:
    """Rules 11 and 13: no sum of parts displaces a stated total of everybody; used claims are within the envelope."""
    for seed in seeds_of(block):
        record, _ = ask(seed)
        answer, known = reconcile(*record, Question(basis="totals")), Record(*record, Question(basis="totals"))
        high = {claim: row.high for row in answer.rows for claim in row.claims}
        for c in record.claims:
            if c.id in high:
                assert fill_bounds(c)[2] <= high[c.id], seed
            is_part = c.part or c.responsible_side or c.id in known.included_in_unit
            split = c.subject_side, c.victim_status, c.victim_sex, c.victim_age
            if split == (None, "any", "any", "any") and not is_part:
                displaced = {"other_scope", "included_in", "period_overlap", "not_picked"}
                assert read_reasons(answer).get(c.id) not in displaced, seed


@in_blocks
def test_what_was_stated_later_changes_nothing(block: int) -> None:
    """Rule 5: as of a day, the answer is the same if the claims stated later are removed from the record."""
    for seed in seeds_of(block):
        record, question = ask(seed)
        day = "2020-03-10"
        question = question._replace(as_of=day)
        public = [c for c in record.claims if c.stated_last and c.stated_last <= day]
        names = {c.id for c in public}
        relations = [r for r in record.relations if (r.stated_last or "") <= day and r.claim in names]
        whole, part = reconcile(*record, question), reconcile(record.world, public, relations, question)
        assert part.rows == whole.rows and part.warnings == whole.warnings, seed
        assert part.excluded == {n: out for n, out in whole.excluded.items() if n in names}, seed


def test_a_denial_that_replaces_a_denial_takes_no_figure_along() -> None:
    """Rule 5: a denial is no whole of which the claimant's 13 civilians could be a part."""
    case = next(case for case in CASES if case.number == 10)
    figure, denial = (next(claim for claim in case.claims if claim.id == id) for id in "ab")
    denial = denial._replace(claimant=figure.claimant, claimant_side=figure.claimant_side)
    later = denial._replace(id="c", stated_on="2020-10-19", stated_last="2020-10-19")
    relations = [Relation("supersedes", "c", "b")]
    answer = reconcile(WORLD, [figure, denial, later], relations, case.question)
    assert [(row.best, row.claims) for row in answer.rows] == [(13, ("a",))]
    assert read_reasons(answer) == {"b": "superseded", "c": "not_a_figure"}
