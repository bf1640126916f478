"""The reference does what the rules promise for every record. The worlds are random."""

import random

import pytest

from api.reconciling.policies import POLICIES as POLICIES_OF_THE_PRODUCT
from api.reconciling.question import Question
from api.reconciling.record import ACTING_KINDS, Claim
from tests.reconciling.cases import RELATIONS as KINDS_IN_CASES
from tests.reconciling.reference import Record, Row, Worked, fill_bounds, name_row, work
from tests.reconciling.worlds import DAYS, POLICIES, RELATIONS, Recorded, a_question, a_record

BLOCK = 100  # worlds in one test
BLOCKS = [pytest.param(n, marks=[pytest.mark.night] if n >= 3 else []) for n in range(50)]
in_blocks = pytest.mark.parametrize("block", BLOCKS)


def seeds_of(block: int) -> range:
    return range(block * BLOCK, (block + 1) * BLOCK)


def work_seed(seed: int) -> tuple[Recorded, Question, Worked]:
    record = a_record(seed)
    question = a_question(seed, record)
    return record, question, work(*record, question)


@in_blocks
def test_the_order_of_claims_and_relations_changes_nothing(block: int) -> None:
    for seed in seeds_of(block):
        record, question, worked = work_seed(seed)
        chance = random.Random(seed)
        claims = chance.sample(record.claims, len(record.claims))
        relations = chance.sample(record.relations, len(record.relations))
        assert work(record.world, claims, relations, question) == worked, seed


@in_blocks
def test_every_claim_is_used_by_one_row_or_excluded_with_a_reason(block: int) -> None:
    for seed in seeds_of(block):
        record, _, worked = work_seed(seed)
        used = [name for row in worked.rows.values() for name in row.claims]
        assert sorted([*used, *worked.excluded]) == sorted(c.id for c in record.claims), seed


@in_blocks
def test_low_best_and_high_are_in_order_where_the_stated_bounds_are(block: int) -> None:
    for seed in seeds_of(block):
        record, _, worked = work_seed(seed)
        by_id = {c.id: c for c in record.claims}
        for row in worked.rows.values():
            if all(fill_bounds(by_id[name]) == tuple(sorted(fill_bounds(by_id[name]))) for name in row.claims):
                assert row.low <= row.best <= row.high, seed


def read_figure(row: Row | None) -> tuple[int, int, int, int]:
    return (row.low, row.best, row.high, row.cells) if row else (0, 0, 0, 0)


@in_blocks
def test_incidents_of_neighbouring_windows_add_up_to_the_whole(block: int) -> None:
    """Rule 19: up to a day plus from the next day on is the whole: figures, cells and claims, for every policy.

    The units that reach over the end of the first window are those that began before the second.
    """
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        question = question._replace(basis="incidents", group_by=(), window_from=None, window_to=None)
        last, first = "2020-03-05", "2020-03-06"
        whole, before, after = (
            work(*record, question._replace(**window)) for window in ({}, {"window_to": last}, {"window_from": first})
        )
        for name, row in whole.rows.items():
            halves = before.rows.get(name), after.rows.get(name)
            sums = tuple(a + b for a, b in zip(*map(read_figure, halves), strict=True))
            assert sums == read_figure(row), seed
            claims = [half.claims if half else frozenset() for half in halves]
            assert claims[0] | claims[1] == row.claims and not claims[0] & claims[1], seed
        assert {*before.rows, *after.rows} == {*whole.rows}, seed
        reaching = sum(row.reaches_over for row in before.rows.values())
        cells = [c for every in after.cells.values() for c in every if c.unit.first < first <= c.unit.last]
        assert reaching == len(cells), seed
        assert {n for code, n in after.warnings if code == "began_before"} == {c.best for c in cells}, seed


@in_blocks
def test_no_claim_that_is_used_is_above_the_high_of_its_row(block: int) -> None:
    """Rules 11 and 13: a comparable stated whole is an alternative, so it is never above the envelope's high. A part
    that counts is in a sum or above the whole."""
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        worked = work(*record, question._replace(policy="envelope"))
        by_id = {c.id: c for c in record.claims}
        for row in worked.rows.values():
            assert max(fill_bounds(by_id[name])[2] for name in row.claims) <= row.high, seed


@in_blocks
def test_crossing_days_and_scopes_of_one_claimant_never_hide_the_higher(block: int) -> None:
    """Rules 9, 11 and 12: with one claimant and ordered bounds, a claim that gives way to another scope or to crossing
    days is not above its row.

    The test leaves out several claimants and parts: the lower median of their alternatives may lie below one of them.
    It leaves out claims inside the claimant's own whole of the unit: they do not count beside it, but still cross.
    Totals may lose the higher figure again (13).
    """
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        claimant = record.claims[0].claimant
        claims = [
            c
            for c in record.claims
            if c.claimant == claimant
            and list(fill_bounds(c)) == sorted(fill_bounds(c))
            and c.part is c.responsible_side is None
        ]
        relations = [r for r in record.relations if r.kind != "includes"]
        question = question._replace(policy="envelope", basis="incidents", window_from=None, window_to=None)
        known = Record(record.world, claims, relations, question)
        claims = [c for c in claims if not any(is_in_whole(known, c, whole) for whole in claims)]
        worked = work(record.world, claims, relations, question)
        for name, reason in worked.excluded.items():
            claim = known.by_id[name]
            if reason in ("other_scope", "period_overlap") and known.find_question_fault(claim) is None:
                assert fill_bounds(claim)[1] <= worked.rows[name_row(known, claim)].high, seed


def is_in_whole(known: Record, claim: Claim, whole: Claim) -> bool:
    """Return whether `claim` is about fewer people of the same unit than `whole`."""
    scope, wider = ((c.subject_side, c.victim_status) for c in (claim, whole))
    is_of_one_unit = known.units[claim.id] == known.units[whole.id]
    return scope != wider and is_of_one_unit and known.is_nested_side(claim, whole) and wider[1] in ("any", scope[1])


@in_blocks
def test_a_stated_whole_that_compares_is_in_its_row(block: int) -> None:
    """Rules 11 and 13: no sum of parts displaces a stated total of everybody; only a comparison can."""
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        question = Question(basis="totals", as_of=question.as_of)
        worked = work(*record, question)
        known = Record(*record, question)
        for c in record.claims:
            is_part = c.part or c.responsible_side or c.id in known.included_in_unit
            if (c.subject_side, c.victim_status, c.victim_sex, c.victim_age) == (
                None,
                "any",
                "any",
                "any",
            ) and not is_part:
                assert worked.excluded.get(c.id) not in (
                    "other_scope",
                    "included_in",
                    "period_overlap",
                    "not_picked",
                ), seed


@in_blocks
def test_what_was_stated_later_changes_nothing(block: int) -> None:
    """Rule 5: as of a day, the answer is the same if the claims stated later are removed from the record."""
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        question = question._replace(as_of=DAYS[5])
        public = [c for c in record.claims if c.stated_last and c.stated_last <= DAYS[5]]
        names = {c.id for c in public}
        relations = [r for r in record.relations if (r.stated_last or "") <= DAYS[5] and r.claim in names]
        whole, part = work(*record, question), work(record.world, public, relations, question)
        assert part.rows == whole.rows and part.warnings == whole.warnings, seed
        assert part.excluded == {n: reason for n, reason in whole.excluded.items() if n in names}, seed


@in_blocks
def test_a_policy_uses_only_what_it_hears(block: int) -> None:
    stances = {"own_side": "own", "opposing_side": "opposing", "third_party": "third"}
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        for policy, stance in stances.items():
            worked = work(*record, question._replace(policy=policy))
            known = Record(*record, question)
            used = [known.by_id[name] for row in worked.rows.values() for name in row.claims]
            assert {known.find_stance(c) for c in used} <= {stance}, seed


@in_blocks
def test_a_picked_figure_lies_within_the_bounds_of_the_envelope_where_nothing_is_added(block: int) -> None:
    """Rule 15: if a row is one cell of one claim under every policy, the bounds of that claim are in the envelope."""
    for seed in seeds_of(block):
        record, question, _ = work_seed(seed)
        envelope = work(*record, question._replace(policy="envelope"))
        for policy in ("lowest", "highest", "latest", "best_graded"):
            worked = work(*record, question._replace(policy=policy))
            assert worked.rows.keys() == envelope.rows.keys() or question.window_from or question.window_to, seed
            for name, row in worked.rows.items():
                if len(row.claims) == 1 and row.claims <= envelope.rows.get(name, row).claims:
                    assert envelope.rows.get(name, row).low <= row.low, seed
                    assert row.high <= envelope.rows.get(name, row).high, seed


def test_the_worlds_reach_every_reason_policy_and_warning() -> None:
    reasons, warnings, policies = set(), set(), set()
    for seed in range(600):
        _, question, worked = work_seed(seed)
        reasons |= set(worked.excluded.values())
        warnings |= {code for code, _ in worked.warnings}
        policies.add(question.policy)
    assert reasons == set(
        "superseded later undated retracted misreport same_as not_a_figure unquantified filtered not_heard later_start "
        "included_in period_overlap other_scope older_total of_one_event cumulative incident no_such_group not_picked "
        "began_before reaches_over".split()
    )
    assert warnings == {"rows_overlap", "began_before", "no_such_group"}
    assert policies == set(POLICIES)


def test_the_worlds_ask_for_every_policy_of_the_product() -> None:
    assert set(POLICIES) == set(POLICIES_OF_THE_PRODUCT)


def test_the_worlds_have_every_kind_of_relation_that_changes_a_figure() -> None:
    assert set(RELATIONS) == set(KINDS_IN_CASES) == set(ACTING_KINDS)
