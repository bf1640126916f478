"""The 58 reference cases, and what must hold of every question."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.queries.evidence import Claim, Refused, Relation
from api.queries.questions import POLICIES, Question
from api.queries.reconcile import Answer, reconcile
from api.queries.rows import Row
from tests import reference
from tests.cases import CASES, WORLD, Asked, Case, Expected, claim_line

DEFAULTS = {"killed", "cumulative", "war2020"}


def asking(asked: Asked, policy: str) -> Question:
    def counted(claim: Claim) -> bool:
        return (asked.event is None or claim.event == asked.event) and (
            asked.conflict is None or asked.conflict in WORLD.ancestry(claim.conflict)
        )

    return Question(
        basis=asked.basis,
        policy=policy,
        as_of=asked.as_of,
        group_by=asked.group_by,
        statuses=frozenset({asked.status}) if asked.status else None,
        counted=counted,
    )


def shape(row: Row) -> Expected:
    return Expected(
        frozenset(value for _, value in row.key if value) - DEFAULTS,
        row.low,
        row.best,
        row.high,
        row.open_ended,
        row.imputed,
        row.incomplete,
        len(row.cells),
    )


def by_label(rows: list[Expected]) -> list[Expected]:
    return sorted((r._replace(label=r.label - DEFAULTS) for r in rows), key=lambda r: sorted(r.label))


def spread(answer: Answer) -> str:
    if not answer.rows:
        return "none"
    spreads = [row.spread for row in answer.rows]
    return "null" if None in spreads else f"{max(s for s in spreads if s is not None):.2f}"


@pytest.mark.parametrize("policy", ["envelope", "own_side", "opposing_side", "third_party"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.title.replace(' ', '-')}")
def test_a_reference_case_whatever_the_order_of_its_claims(case: Case, policy: str) -> None:
    question = asking(case.asked, policy)
    answer = reconcile(WORLD, case.claims, case.relations, question)

    assert by_label([shape(row) for row in answer.rows]) == by_label(case.answers[policy])
    if policy == "envelope":
        assert {claim: why.reason for claim, why in answer.excluded.items()} == case.excluded
        assert any(row.disputed for row in answer.rows) == case.disputed
        assert spread(answer) == (case.spread if case.spread in ("none", "null") else f"{float(case.spread):.2f}")
    used = [claim for row in answer.rows for claim in row.claims]
    assert sorted([*used, *answer.excluded]) == sorted(claim.id for claim in case.claims)

    shuffled = random.Random(case.number)
    for _ in range(8):
        claims = shuffled.sample(case.claims, len(case.claims))
        relations = shuffled.sample(case.relations, len(case.relations))
        assert reconcile(WORLD, claims, relations, question) == answer


def asked(*lines: str, **question: object) -> Answer:
    """The answer to claim lines of the notation in tests/cases.py; relations are among their words."""
    read_lines = [claim_line(line) for line in lines]
    claims = [claim for claim, _ in read_lines]
    relations = [relation for _, some in read_lines for relation in some]
    return reconcile(WORLD, claims, relations, Question(**question))  # type: ignore[arg-type]


def reasons(answer: Answer) -> dict[str, str]:
    return {claim: why.reason for claim, why in answer.excluded.items()}


def bounds(answer: Answer) -> list[tuple[int, int, int]]:
    return [(row.low, row.best, row.high) for row in answer.rows]


def test_missing_sides_and_their_silences_are_named() -> None:
    (row,) = asked(
        "a NKMoD 20-11-09 arm.mil k 1221 cum",
        "b AzProsecutor 20-10-29 az.civ k 90 cum",
        "c AzMoD 20-11-15 az.mil k ? cum kind=silence",
        "d AzMoD 20-11-15 az.civ k ? cum kind=silence",
        basis="totals",
        policy="own_side",
    ).rows
    assert {(m.side, m.status) for m in row.missing} == {
        ("azerbaijan", "member_of_armed_forces"),
        ("armenian", "civilian"),
    }
    assert row.silences == ("c",)
    assert row.sources == ("source-a", "source-b")


def test_a_members_silence_is_its_camps_in_its_days_and_of_its_harm() -> None:
    silences = (
        "c ArmMoD 20-10-20 armenia k ? 20-10-01..20-10-20 kind=silence",
        "d ArmMoD 20-10-20 armenia w ? 20-10-01..20-10-20 kind=silence",
        "e ArmMoD 20-10-20 armenia k ? 20-10-04..20-10-20 kind=silence",
        "f ArmMoD 20-10-20 armenia k ? 20-09-01..20-10-02 kind=silence",
        "g AzMoD 20-10-20 az k ? 20-10-01..20-10-20 kind=silence",
    )
    (row,) = asked("a AzMoD 20-10-03 az k 2 @E1", *silences).rows
    assert [(m.side, m.status, m.cells) for m in row.missing] == [("armenian", "any", 1)]
    assert row.silences == ("c",)


def test_a_filtered_correction_does_not_revive_what_it_corrected() -> None:
    lines = "a AzMoD 20-10-03 az.mil k 2 @E1", "b AzMoD 20-10-04 az.mil k 3 @E1"
    answer = asked(*lines, speaks=lambda claim: claim.id == "a")
    assert answer.rows == ()
    assert reasons(answer) == {"a": "superseded", "b": "filtered"}


def test_a_superseded_whole_takes_its_parts_along() -> None:
    answer = asked(
        "a AzMoD 20-10-03 az k 9 @E1",
        "a2 AzMoD 20-10-03 az.civ k 4 @E1",
        "b AzEmergencies 20-10-04 az k 7 @E1 supersedes=a",
        "b2 AzMoD 20-10-05 az.mil k 5 @E1",
        group_by=("victim_status",),
    )
    assert reasons(answer) == {"a": "superseded", "a2": "superseded"}
    assert bounds(answer) == [(7, 7, 7), (5, 5, 5)]


def test_a_claimants_retraction_counts_from_its_day_and_an_editors_always() -> None:
    claim, _ = claim_line("a AzMoD 20-10-03 az.mil k 2 @E1")
    taken_back = claim._replace(retracted_by="claimant", retracted_on="2020-10-10")
    for as_of, rows in (("2020-10-09", 1), ("2020-10-10", 0), (None, 0)):
        assert len(reconcile(WORLD, [taken_back], [], Question(as_of=as_of)).rows) == rows
    by_editor = claim._replace(retracted_by="editor", retracted_on="2020-10-10")
    assert not reconcile(WORLD, [by_editor], [], Question(as_of="2020-10-09")).rows


def test_an_inclusion_needs_the_container_in_the_question_and_a_ring_is_refused() -> None:
    short, long = "a AzMoD 20-07-12 az.mil k 3 @jul12", "c AzMoD 20-07-14 az.mil k 11 @clash includes=a"
    assert bounds(asked(short, long)) == [(11, 11, 11)]
    assert bounds(asked(short, long, as_of="2020-07-12")) == [(3, 3, 3)]
    assert bounds(asked(short, long, policy="third_party")) == []
    with pytest.raises(Refused, match="ring"):
        asked(f"{short} includes=c", long)


def test_an_inclusion_within_one_event_leaves_out_the_contained_claim_alone() -> None:
    answer = asked(
        "a NKOmbudsman 20-10-04 arm.civ k 3 @E1",
        "b NKMoD 20-10-04 arm.mil k 11 @E1 includes=a",
        "c HRW 20-10-04 arm.civ k 4 @E1",
    )
    assert reasons(answer) == {"a": "included_in"}
    assert bounds(answer) == [(15, 15, 15)]


def test_a_period_shows_its_figure_and_the_incident_that_it_gave_way_to() -> None:
    answer = asked(
        "a ArmMoD 20-10-03 az.mil k ~400 20-10-02..20-10-03",
        "b HRW 20-10-04 az.mil k 2 @E1",
    )
    assert answer.excluded["a"] == ("period_overlap", "b", (None, 400, None))


def test_daily_increments_are_added_and_a_month_over_them_stands_alone() -> None:
    days = [f"d{n} ArmMoD 20-10-{n:02} az k {n} 20-10-{n:02}..20-10-{n:02}" for n in (5, 6, 7)]
    assert bounds(asked(*days)) == [(18, 18, 18)]
    assert reasons(asked(*days, "m ArmMoD 20-11-01 az k 40 20-10-01..20-10-31")) == {
        f"d{n}": "period_overlap" for n in (5, 6, 7)
    }


def test_rows_by_date_keep_a_period_only_where_both_its_ends_agree() -> None:
    answer = asked(
        "a ArmMoD 20-10-08 az k 5 20-10-05..20-10-08",
        "b ArmMoD 20-11-08 az k 7 20-10-30..20-11-08",
        group_by=("month",),
    )
    assert [dict(row.key)["month"] for row in answer.rows] == ["2020-10", None]


def test_women_count_only_where_asked_for() -> None:
    everyone, _ = claim_line("a HRW 20-10-04 az.civ k 9 @E1")
    women = claim_line("b HRW 20-10-04 az.civ k 4 @E1")[0]._replace(victim_sex="woman")
    answer = reconcile(WORLD, [everyone, women], [], Question())
    assert bounds(answer) == [(9, 9, 9)] and reasons(answer) == {"b": "other_scope"}
    answer = reconcile(WORLD, [everyone, women], [], Question(group_by=("victim_sex",)))
    assert [(dict(row.key)["victim_sex"], row.best) for row in answer.rows] == [("any", 9), ("woman", 4)]
    assert [caution.code for caution in answer.warnings] == ["rows_do_not_add_up"]


def test_policies_that_pick() -> None:
    claims = [
        claim_line("a AzMoD 20-10-03 az k 3 @E1")[0]._replace(reliability="D", credibility=1),
        claim_line("b ArmMoD 20-10-05 az k ~100 @E1")[0]._replace(reliability="B", credibility=3),
        claim_line("c HRW 20-10-04 az k 40 @E1")[0]._replace(reliability="B", credibility=2),
        claim_line("d OHCHR 20-10-04 az k 41 @E1")[0]._replace(reliability="B", credibility=2),
    ]
    best = {"lowest": 3, "highest": 100, "latest": 100, "best_graded": 40, "envelope": 40}
    for policy, expected in best.items():
        (row,) = reconcile(WORLD, claims, [], Question(policy=policy)).rows
        assert row.best == expected
    (row,) = reconcile(WORLD, claims, [], Question(policy="claimant", claimant="ArmMoD")).rows
    assert row.claims == ("b",) and row.disputed == 1 and row.spread == 100 / 3


@pytest.mark.parametrize("basis", ["incidents", "totals"])
@pytest.mark.parametrize(
    "dimension", ["subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "conflict", "harm"]
)
def test_rows_that_do_not_add_up_say_so(dimension: str, basis: str) -> None:
    answer = asked("a NKMoD 20-09-28 arm k 58 cum", "b AzMoD 20-10-03 az k 2 @E1", basis=basis, group_by=(dimension,))
    codes = {caution.code for caution in answer.warnings}
    assert ("rows_do_not_add_up" in codes) == (dimension not in ("conflict", "harm"))


@pytest.mark.parametrize(
    "question",
    [
        {"basis": "both"},
        {"policy": "mean"},
        {"policy": "claimant"},
        {"group_by": ("moon",)},
        {"basis": "totals", "group_by": ("month",)},
    ],
)
def test_a_question_without_a_right_answer_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(Refused):
        asked("a AzMoD 20-10-03 az.mil k 2 @E1", **question)


def test_figures_of_the_other_basis_are_counted_in_a_warning() -> None:
    answer = asked("a NKMoD 20-09-28 arm.mil k 58 cum", "b AzMoD 20-10-03 az.mil k 2 @E1")
    assert [caution.code for caution in answer.warnings] == ["other_basis"]


def test_a_part_of_all_sides_above_the_sides_is_left_out_but_not_unseen() -> None:
    answer = asked("a HRW 20-10-04 all.civ k 100 @E1", "b AzMoD 20-10-03 az.mil k 2 @E1")
    assert bounds(answer) == [(2, 2, 2)] and reasons(answer) == {"a": "other_scope"}
    assert [caution.code for caution in answer.warnings] == ["larger_part_left_out"]


def test_what_a_claimant_said_of_a_part_after_its_whole_is_not_unseen_where_it_is_more() -> None:
    answer = asked("a HRW 20-10-04 az k 100 @E1", "b HRW 20-10-20 az.mil k 900 @E1")
    assert bounds(answer) == [(100, 100, 100)] and reasons(answer)["b"] == "included_in"
    assert [(caution.code, caution.text[-2:]) for caution in answer.warnings] == [("larger_part_left_out", " b")]


def test_claims_that_replace_each_other_are_refused() -> None:
    """Otherwise both would be gone, and with them the figure."""
    lines = "a AzMoD 20-10-03 az.mil k 2 @E1 supersedes=b", "b AzMoD 20-10-04 az.mil k 3 @E1 supersedes=a"
    with pytest.raises(Refused, match="supersede each other in a ring: a > b > a"):
        asked(*lines)
    assert bounds(asked(*lines, as_of="2020-10-03")) == [(2, 2, 2)]


def test_a_relation_told_twice_with_and_without_a_day_acts_from_the_day_of_its_claim() -> None:
    claims = [claim_line("a AzMoD 20-10-03 az.mil k 2 @E1")[0], claim_line("b HRW 20-10-04 az.mil k 3 @E1")[0]]
    told = [Relation("supersedes", "b", "a", "2020-10-09"), Relation("supersedes", "b", "a")]
    for relations in (told, told[::-1]):
        answer = reconcile(WORLD, claims, relations, Question(as_of="2020-10-05"))
        assert bounds(answer) == [(3, 3, 3)] and reasons(answer) == {"a": "superseded"}


def test_the_explanation_is_the_figure_itself() -> None:
    (row,) = asked(
        "a OHCHR 20-10-04 all k 20 @E1", "b AzMoD 20-10-04 az k 5 @E1", "c ArmMoD 20-10-04 arm k ~9 @E1"
    ).rows
    whole, total = row.cells[0].figure.statements
    assert (whole.claims, whole.best) == (("a",), 20)
    assert [(part.scope.side, part.best, part.imputed) for part in total.parts] == [
        ("armenian", 9, True),
        ("azerbaijan", 5, False),
    ]


# What must hold of every question, over a small world where claims meet in every way.

CLAIMANTS = {
    "az1": "azerbaijan",
    "az2": "azerbaijan",
    "arm1": "armenia",
    "nk1": "artsakh",
    "third1": None,
    "third2": None,
}
DAYS = [f"2020-10-{day:02}" for day in (1, 2, 3, 9, 20)]
RUNNING = ["cumulative", "bodies"]
numbers = st.integers(0, 40)


@st.composite
def figures(draw: st.DrawFn, vague: bool = True) -> dict[str, object]:
    low, best, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    kinds = {
        "exact": {"low": best, "best": best, "high": best},
        "about": {"best": best},
        "at_least": {"low": best, "best": best},
        "nearly": {"best": best, "high": best},
        "between": {"low": low, "high": high},
        None: {"low": low, "best": best, "high": high},
    }
    loose = {"vague": {"low": low}, "up_to": {"high": high}}
    qualifier = draw(st.sampled_from([*kinds, *(loose if vague else ())]))
    return {"qualifier": qualifier, **({**kinds, **loose}[qualifier])}


@st.composite
def records(
    draw: st.DrawFn, basis: str = "incidents", periods: bool = True, vague: bool = True, related: bool = True
) -> tuple[list[Claim], list[Relation]]:
    claims = []
    for n in range(draw(st.integers(1, 9))):
        claimant = draw(st.sampled_from(sorted(CLAIMANTS)))
        measure = draw(st.sampled_from((["incident"] * 3 + ["period"] * periods) if basis == "incidents" else RUNNING))
        since, until = sorted(draw(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS))))
        day = draw(st.sampled_from([*DAYS, None]))
        claims.append(
            Claim(
                id=f"c{n}",
                kind="casualty",
                conflict=draw(st.sampled_from(["war2020", "war2020", "karabakh"])),
                event=draw(st.sampled_from(["E1", "ganja04", "sep27"])) if measure == "incident" else None,
                claimant=claimant,
                claimant_side=CLAIMANTS[claimant],
                subject_side=draw(st.sampled_from([None, "azerbaijan", "armenian", "artsakh", "armenia"])),
                harm=draw(st.sampled_from(["killed", "killed", "injured"])),
                measure=measure,
                stated_on=day,
                stated_last=day,
                victim_status=draw(st.sampled_from(["any", "any", "civilian", "member_of_armed_forces", "unknown"])),
                covers_from=since if measure == "period" else None,
                covers_to=until if measure == "period" else None,
                reliability=draw(st.sampled_from(["A", "C", None, "E"])),
                credibility=draw(st.sampled_from([1, None, 5])),
                sources=(f"source-{n % 3}",),
                **draw(figures(vague)),
            )
        )
    pairs = [(a, b) for a in range(len(claims)) for b in range(a)]
    if not (related and pairs):
        return claims, []
    kinds = st.sampled_from(["supersedes", "includes", "includes", "same_as"])
    chosen = draw(st.lists(st.tuples(kinds, st.sampled_from(pairs)), max_size=3))
    return claims, [Relation(kind, f"c{a}", f"c{b}") for kind, (a, b) in chosen]


def answered(record: tuple[list[Claim], list[Relation]], question: Question) -> Answer:
    try:
        return reconcile(WORLD, *record, question)
    except Refused:
        assume(False)
        raise


def totals(answer: Answer) -> list[tuple[object, ...]]:
    return [(r.key, r.low, r.best, r.high, r.open_ended, r.imputed, r.incomplete, len(r.cells)) for r in answer.rows]


policies = st.sampled_from(sorted(POLICIES - {"claimant"}))
bases = st.sampled_from(["incidents", "totals"])
groups = st.sampled_from([(), ("subject_side",), ("victim_status",), ("conflict",), ("subject_side", "victim_status")])


@given(st.data(), bases, policies, groups, st.sampled_from([None, *DAYS]))
def test_order_never_matters_and_every_claim_is_accounted_for(
    data: st.DataObject, basis: str, policy: str, group_by: tuple[str, ...], as_of: str | None
) -> None:
    claims, relations = data.draw(records(basis))
    question = Question(basis=basis, policy=policy, group_by=group_by, as_of=as_of)
    answer = answered((claims, relations), question)
    shuffled = data.draw(st.permutations(claims)), data.draw(st.permutations(relations))
    assert reconcile(WORLD, *shuffled, question) == answer
    used = [claim for row in answer.rows for claim in row.claims]
    assert sorted([*used, *answer.excluded]) == [claim.id for claim in claims]
    for row in answer.rows:
        assert row.low <= row.best <= row.high
        assert row.spread is None or row.spread >= 1


@given(st.data(), policies, st.sampled_from(["retracted", "cumulative", "same_as", "misreports"]))
def test_what_takes_no_part_changes_no_total(data: st.DataObject, policy: str, kind: str) -> None:
    claims, relations = data.draw(records())
    question = Question(policy=policy)
    before = answered((claims, relations), question)
    extra = data.draw(st.sampled_from(claims))._replace(id="extra", low=900, best=900, high=900)
    if kind == "retracted":
        extra = extra._replace(retracted_by="editor")
    elif kind == "cumulative":
        extra = extra._replace(measure="cumulative")
    else:
        relations = [*relations, Relation(kind, "extra", data.draw(st.sampled_from(claims)).id)]
    after = reconcile(WORLD, [extra, *claims], relations, question)
    assert totals(after) == totals(before)
    assert {k: v for k, v in after.excluded.items() if k != "extra"} == before.excluded


@given(st.data(), bases, policies)
def test_a_whole_told_as_its_parts_is_the_same_total(data: st.DataObject, basis: str, policy: str) -> None:
    claims, _ = data.draw(records(basis, periods=False, related=False))
    whole = claims[0]._replace(victim_status="any", low=17, best=17, high=17, qualifier="exact")
    scope = (whole.claimant, whole.subject_side)
    others = [c for c in claims[1:] if (c.claimant, c.subject_side) != scope]
    civilians = whole._replace(id="civilians", victim_status="civilian", low=5, best=5, high=5)
    soldiers = whole._replace(id="soldiers", victim_status="member_of_armed_forces", low=12, best=12, high=12)
    question = Question(basis=basis, policy=policy)
    told_whole = reconcile(WORLD, [whole, *others], [], question)
    told_apart = reconcile(WORLD, [civilians, soldiers, *others], [], question)
    assert totals(told_apart) == totals(told_whole)


@given(st.data(), bases)
def test_the_envelope_lies_between_lowest_and_highest(data: st.DataObject, basis: str) -> None:
    record = data.draw(records(basis, periods=False, vague=False))
    lowest, envelope, highest = (
        {row.key: row.best for row in answered(record, Question(basis=basis, policy=policy)).rows}
        for policy in ("lowest", "envelope", "highest")
    )
    assert lowest.keys() == envelope.keys() == highest.keys()
    assert all(lowest[key] <= envelope[key] <= highest[key] for key in envelope)


@given(st.data(), policies, st.sampled_from(["conflict", "event", "event_type", "country", "year", "month", "day"]))
def test_rows_by_what_an_event_is_add_up(data: st.DataObject, policy: str, dimension: str) -> None:
    record = data.draw(records())
    whole = answered(record, Question(policy=policy))
    parts = answered(record, Question(policy=policy, group_by=(dimension,)))
    for row in whole.rows:
        same = [part for part in parts.rows if dict(part.key)["harm"] == dict(row.key)["harm"]]
        for bound in ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed"):
            assert sum(getattr(part, bound) for part in same) == getattr(row, bound)
        assert sorted(claim for part in same for claim in part.claims) == list(row.claims)
    assert parts.excluded == whole.excluded


@given(st.data(), bases, policies)
def test_a_row_worked_again_from_its_claims_is_the_same(data: st.DataObject, basis: str, policy: str) -> None:
    claims, relations = data.draw(records(basis))
    for row in answered((claims, relations), Question(basis=basis, policy=policy)).rows:
        used = [claim for claim in claims if claim.id in row.claims]
        again = reference.work(WORLD, used)
        assert again == (row.low, row.best, row.high, row.open_ended, row.imputed, row.incomplete)
