"""Nobody is counted twice: what must never stand in one sum, judged from the claims used, however they came there."""

import itertools
from collections import defaultdict

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.queries.evidence import PERIOD, Claim, Refused, World
from api.queries.questions import OF_EVENTS, POLICIES, Question
from api.queries.reconcile import Answer, reconcile
from tests.generated import DAYS, a_record
from tests.recorded import Recorded

INCREMENTS = ("incident", "period")
seeds = st.integers(0, 10**9)
bases = st.sampled_from(["incidents", "totals"])
policies = st.sampled_from(sorted(POLICIES - {"claimant"}))
days = st.sampled_from([None, None, *DAYS])
groups = st.lists(
    st.sampled_from(["harm", "subject_side", "victim_status", "victim_sex", "responsible_side"]), max_size=2
)


def answered(record: Recorded, question: Question) -> Answer:
    try:
        return reconcile(*record, question)
    except Refused:
        assume(False)
        raise


def rows_of_claims(record: Recorded, answer: Answer) -> list[list[Claim]]:
    claims = {claim.id: claim for claim in record.claims}
    return [[claims[id] for id in row.claims] for row in answer.rows]


def containers(record: Recorded, answer: Answer) -> dict[str, set[str]]:
    """For each claim those that contain it, however many stand between; what was taken back contains nothing."""
    gone = {claim for claim, left in answer.excluded.items() if left.reason in ("retracted", "misreport", "same_as")}
    told = [r for r in record.relations if r.kind == "includes" and r.claim not in gone]
    around: dict[str, set[str]] = defaultdict(set)
    for relation in told * len(told):
        around[relation.target] |= {relation.claim, *around[relation.claim]}
    return around


@settings(max_examples=150, deadline=None)
@given(seeds, policies, groups)
def test_what_a_used_figure_contains_is_not_used_beside_it(seed: int, policy: str, group_by: list[str]) -> None:
    record = a_record(seed, "incidents")
    answer = answered(record, Question(policy=policy, group_by=tuple(dict.fromkeys(group_by))))
    around = containers(record, answer)
    for used in rows_of_claims(record, answer):
        ids = {claim.id: claim for claim in used}
        for inner in used:
            for outer in (ids[id] for id in around[inner.id] if id in ids):
                assert outer.harm != inner.harm or outer.id == inner.id, (outer.id, inner.id)


def camp(known: World, claim: Claim) -> str | None:
    place = known.place(claim, None)
    assert place
    return None if claim.subject_side is None else known.camp(claim.subject_side, place)


def meet(known: World, one: Claim, other: Claim) -> bool:
    """Whether the two may count the same people."""
    pairs = [
        (camp(known, one) or "any", camp(known, other) or "any"), (one.victim_status, other.victim_status),
        (one.victim_sex, other.victim_sex), (one.victim_age, other.victim_age),
    ]  # fmt: skip
    related = {one.conflict, *known.ancestry(one.conflict)} & {other.conflict, *known.ancestry(other.conflict)}
    nested = one.conflict in known.ancestry(other.conflict) or other.conflict in known.ancestry(one.conflict)
    return bool(related) and nested and all(a == b or "any" in (a, b) for a, b in pairs)


@settings(max_examples=150, deadline=None)
@given(seeds, policies, days)
def test_a_used_period_meets_no_other_used_figure(seed: int, policy: str, as_of: str | None) -> None:
    record = a_record(seed, "incidents")
    for used in rows_of_claims(record, answered(record, Question(policy=policy, as_of=as_of))):
        for period, other in itertools.permutations(used, 2):
            if period.measure != PERIOD or not meet(record.world, period, other):
                continue
            stretch = period.covers_from or "", period.covers_to or ""
            if other.measure == PERIOD:
                theirs = other.covers_from or "", other.covers_to or ""
                assert stretch == theirs or stretch[1] < theirs[0] or theirs[1] < stretch[0]
            else:
                assert not stretch[0] <= record.world.events[other.event or ""].started_on <= stretch[1]


@settings(max_examples=150, deadline=None)
@given(seeds, bases, policies, groups, days)
def test_a_claimant_is_used_once_a_scope_and_not_on_a_part_of_its_whole(
    seed: int, basis: str, policy: str, group_by: list[str], as_of: str | None
) -> None:
    record = a_record(seed, basis)
    question = Question(basis, policy, as_of=as_of, group_by=tuple(dict.fromkeys(group_by)))
    for used in rows_of_claims(record, answered(record, question)):
        for one, other in itertools.permutations(used, 2):
            places = {record.world.place(claim, as_of) for claim in (one, other)}
            if len(places) == 1 and (one.claimant, one.harm) == (other.claimant, other.harm):
                assert not holds(record.world, one, other, as_of), (one.id, other.id)


def holds(known: World, whole: Claim, part: Claim, as_of: str | None) -> bool:
    """Whether the part's people are all among the whole's."""
    place = known.place(part, as_of)
    assert place
    sides = whole.subject_side is None or (
        part.subject_side is not None and whole.subject_side in known.lineage(part.subject_side, place)
    )
    return (
        sides
        and whole.victim_status in ("any", part.victim_status)
        and (whole.victim_sex, whole.victim_age) == (part.victim_sex, part.victim_age)
    )


@settings(max_examples=100, deadline=None)
@given(st.data(), seeds, bases, policies, groups, days)
def test_every_claim_is_used_or_left_out_whatever_the_order(
    data: st.DataObject, seed: int, basis: str, policy: str, group_by: list[str], as_of: str | None
) -> None:
    record = a_record(seed, basis)
    question = Question(basis, policy, as_of=as_of, group_by=tuple(dict.fromkeys(group_by)))
    answer = answered(record, question)
    used = [claim for row in answer.rows for claim in row.claims]
    assert sorted([*used, *answer.excluded]) == sorted(claim.id for claim in record.claims)
    shuffled = data.draw(st.permutations(record.claims)), data.draw(st.permutations(record.relations))
    assert reconcile(record.world, *shuffled, question) == answer


@settings(max_examples=100, deadline=None)
@given(seeds, bases, policies, days)
def test_the_claims_used_are_enough_for_their_figure(seed: int, basis: str, policy: str, as_of: str | None) -> None:
    """Whoever has only the evidence of a row, and puts it together as an envelope, has the row."""
    record = a_record(seed, basis)
    for row in answered(record, Question(basis, policy, as_of=as_of)).rows:
        used = [claim for claim in record.claims if claim.id in row.claims]
        again = reconcile(record.world, used, [], Question(basis, as_of=as_of)).rows
        assert [(r.key, r.low, r.best, r.high, r.open_ended, r.imputed, r.incomplete) for r in again] == [
            (row.key, row.low, row.best, row.high, row.open_ended, row.imputed, row.incomplete)
        ]


@settings(max_examples=100, deadline=None)
@given(seeds, policies, st.sets(st.sampled_from(sorted(OF_EVENTS | {"conflict"})), min_size=1, max_size=3), days)
def test_rows_by_what_events_are_add_up(seed: int, policy: str, dimensions: set[str], as_of: str | None) -> None:
    record = a_record(seed, "incidents")
    whole = answered(record, Question(policy=policy, as_of=as_of))
    parts = answered(record, Question(policy=policy, as_of=as_of, group_by=tuple(sorted(dimensions))))
    for row in whole.rows:
        same = [part for part in parts.rows if dict(part.key)["harm"] == dict(row.key)["harm"]]
        for name in ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed"):
            assert sum(getattr(part, name) for part in same) == getattr(row, name)
        assert sorted(claim for part in same for claim in part.claims) == list(row.claims)
    assert parts.excluded == whole.excluded
