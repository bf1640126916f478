"""The reference gives the answer of every case of reconcile-cases.md, in any order of its claims."""

import random

import pytest

from api.reconciling.question import RowKey
from tests.reconciling.cases import CASES, POLICIES, WORLD, Case, Expected, format_ratio
from tests.reconciling.reference import Worked, compare_stances, widest, work

SHUFFLES = 8
IDS = [str(case.number) for case in CASES]


def label_row(case: Case, basis: str, key: RowKey) -> frozenset[str]:
    words = [basis] if case.question.basis == "both" else []
    for dimension, value in key:
        if value is None:
            words.append("ALL" if dimension == "subject_side" else "–")
        elif (dimension, value) not in {("harm", "killed"), ("measure", "cumulative"), ("conflict", case.conflict)}:
            words.append(value)
    return frozenset(words)


def read_rows(case: Case, worked: Worked) -> set[Expected]:
    return {
        Expected(
            label_row(case, basis, key),
            row.low,
            row.best,
            row.high,
            row.open_ended,
            row.imputed,
            row.incomplete,
            row.reaches_over,
            row.cells,
        )
        for (basis, key), row in worked.rows.items()
    }


def work_shuffled(case: Case, policy: str, seed: int) -> Worked:
    chance = random.Random(seed)
    claims, relations = list(case.claims), list(case.relations)
    if seed:
        chance.shuffle(claims)
        chance.shuffle(relations)
    return work(WORLD, claims, relations, case.question._replace(policy=policy))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_rows_are_the_case_s(case: Case, policy: str) -> None:
    for seed in range(SHUFFLES):
        assert read_rows(case, work_shuffled(case, policy, seed)) == set(case.answers[policy]), case.title


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_exclusions_disputes_and_warnings_are_the_case_s(case: Case) -> None:
    for seed in range(SHUFFLES):
        worked = work_shuffled(case, "envelope", seed)
        assert worked.excluded == case.excluded, case.title
        assert any(row.disputed for row in worked.rows.values()) == case.is_disputed
        spreads = [row.spread for row in worked.rows.values()]
        assert (format_ratio(widest(spreads)) if spreads else "none") == case.spread
        assert worked.warnings == case.warnings


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.ratio], ids=[i for c, i in zip(CASES, IDS, strict=True) if c.ratio]
)
def test_ratios_are_the_case_s(case: Case) -> None:
    ((_, ratio, reason),) = compare_stances(WORLD, case.claims, case.relations, case.question)
    assert (f"null: {reason}" if ratio is None else format_ratio(ratio)) == case.ratio
