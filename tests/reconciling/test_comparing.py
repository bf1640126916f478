"""Rule 16: a ratio of stances needs the same units and days, and the same parts."""

import pytest

from api.reconciling.comparing import Ratio, compare_rows
from api.reconciling.coverage import Coverage
from api.reconciling.question import Question
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import Row
from tests.reconciling.cases import CASES, WORLD, Case, parse_claim


def compare(case: Case) -> Ratio:
    rows: dict[str, Row] = {}
    for policy in ("opposing_side", "own_side"):
        (rows[policy],) = reconcile(WORLD, case.claims, case.relations, case.question._replace(policy=policy)).rows
    return compare_rows(rows["opposing_side"], rows["own_side"])


@pytest.mark.parametrize("case", [case for case in CASES if case.ratio], ids=lambda case: str(case.number))
def test_ratios_of_the_reference_cases(case: Case) -> None:
    ratio = compare(case)
    assert case.ratio == (f"null: {ratio.reason}" if ratio.value is None else f"{ratio.value:.2f}")


def compare_claims(conflict: str, basis: str, *lines: str) -> Ratio:
    """Compare the opposing and the own stance in claims that are written as in reconcile-cases.md."""
    claims = [parse_claim(line, conflict)[0] for line in lines]
    opposing, base = (
        reconcile(WORLD, claims, (), Question(basis=basis, policy=policy)).rows
        for policy in ("opposing_side", "own_side")
    )
    return compare_rows(opposing[0], base[0] if base else None)


@pytest.mark.parametrize(
    ("basis", "lines", "ratio"),
    [
        # 11 days of war and 15: the tolerance is 3 days, and the ends are 4 days apart.
        ("totals", ["a AzMoD 20-10-07 az.mil k 100 cum", "b ArmMoD 20-10-11 az.mil k 300 cum"], "other_days"),
        ("totals", ["a AzMoD 20-10-08 az.mil k 100 cum", "b ArmMoD 20-10-11 az.mil k 300 cum"], 3.0),
        # Both were stated after the war, so their coverage ends on its last day.
        ("totals", ["a AzMoD 21-06-30 az.mil k 100 cum", "b ArmMoD 20-11-12 az.mil k 300 cum"], 3.0),
        ("totals", ["a AzMoD 20-10-11 az.mil k 100 cum", "b ArmMoD 20-10-11 az.mil k 300 cum:20-10-05.."],
         "other_days"),
        ("totals", ["a AzMoD 20-10-11 az.mil k 100 cum", "b ArmMoD undated az.mil k 300 cum"], "undated"),
        ("totals", ["a AzMoD undated az.mil k 100 cum", "b ArmMoD undated az.mil k 300 cum"], "undated"),
        # One states the whole and the other soldiers only; then one states soldiers and the other civilians.
        ("totals", ["a AzMoD 20-10-11 az.mil k 100 cum", "b ArmMoD 20-10-11 az k 300 cum"], "incomplete"),
        ("totals", ["a AzMoD 20-10-11 az.civ k 100 cum", "b ArmMoD 20-10-11 az.mil k 300 cum"], "incomplete"),
        ("totals", ["a AzMoD 20-10-11 az.mil k 0 cum", "b ArmMoD 20-10-11 az.mil k 300 cum"], "zero"),
        ("totals", ["b ArmMoD 20-10-11 az.mil k 300 cum"], "no_own_figure"),
        # "Up to 1" of 3,000 is not 0.0003 times as many, nor anything else; so are "dozens". "At least 8" has a best.
        ("incidents", ["a AzMoD 20-10-03 az.mil k 3000 @E1", "b ArmMoD 20-10-03 az.mil k <=1 @E1"], "bound_alone"),
        ("incidents", ["a AzMoD 20-10-03 az.mil k 24/-/- @E1", "b ArmMoD 20-10-03 az.mil k 300 @E1"], "bound_alone"),
        ("incidents", ["a AzMoD 20-10-03 az.mil k 4 @E1", "b ArmMoD 20-10-03 az.mil k >=8 @E1"], 2.0),
        ("incidents", ["a AzMoD 20-10-03 az.mil k 4 @E1", "b ArmMoD 20-10-11 az.mil k 6 @E1"], 1.5),
        ("incidents", ["a AzMoD 20-10-03 az.mil k 4 @E1", "b ArmMoD 20-10-11 az.mil k 6 20-10-03..20-10-03"],
         "other_events"),
    ],
)  # fmt: skip
def test_figures_are_compared_only_on_the_same_people_and_days(
    basis: str, lines: list[str], ratio: float | str
) -> None:
    compared = compare_claims("war2020", basis, *lines)
    assert (compared.reason if compared.value is None else compared.value) == ratio


def test_the_toll_of_an_event_so_far_starts_on_its_stated_day() -> None:
    lines = ["a Alpha 18-09-01 alp k 100 cum@L", "b UkrMoD 18-10-01 alp k 20 cum:18-09-20..@L"]
    claims = [parse_claim(line, "long")[0] for line in lines]
    claims[1] = claims[1]._replace(claimant_side="bet")
    opposing, base = (
        reconcile(WORLD, claims, (), Question(basis="incidents", policy=policy)).rows[0]
        for policy in ("opposing_side", "own_side")
    )
    assert opposing.cells[0].figure.coverage == Coverage("2018-09-20", "2020-03-31")
    assert compare_rows(opposing, base) == Ratio(None, "other_days")
