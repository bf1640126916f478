"""Groups add up wherever the methodology says that they may, and each row follows from its own claims."""

from hypothesis import given
from hypothesis import strategies as st

from api.queries.evidence import Claim, Relation, World
from api.queries.questions import OF_EVENTS, Question
from api.queries.reconcile import Answer, reconcile
from tests import reference
from tests.cases import WORLD
from tests.queries.test_reconcile import answered, bases, policies, records, totals

KINDS = ["Battles", "Explosions/Remote violence", "unknown"]
COUNTRIES = ["AZE", "ARM", None]
REGIONS = ["Ganja", "Tavush", "Ganja", None]
DIMENSIONS = st.sets(st.sampled_from(sorted(OF_EVENTS | {"conflict"})), min_size=1, max_size=3)
SUMMED = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """The world of the cases; its events are of types, in countries and regions, and on days that may differ."""
    events = {
        name: event._replace(
            type=draw(st.sampled_from(KINDS)),
            country=draw(st.sampled_from(COUNTRIES)),
            admin1=draw(st.sampled_from(REGIONS)),
            started_on=(day := draw(st.sampled_from(["2020-09-27", "2020-10-01", "2020-10-12", "2020-12-31"]))),
            ended_on=max(day, "2020-10-12"),
        )
        for name, event in WORLD.events.items()
    }
    return World(WORLD.conflicts, WORLD.sides, events)


def grouped(world: World, record: tuple[list[Claim], list[Relation]], question: Question) -> Answer:
    answered(record, question)  # a record without a right answer is no example
    return reconcile(world, *record, question)


@given(
    st.data(), worlds(), policies, st.sets(st.sampled_from(sorted(OF_EVENTS | {"conflict"})), min_size=1, max_size=3)
)
def test_rows_by_what_events_are_add_up_to_the_whole(
    data: st.DataObject, world: World, policy: str, dimensions: set[str]
) -> None:
    record = data.draw(records())
    whole = grouped(world, record, Question(policy=policy))
    parts = grouped(world, record, Question(policy=policy, group_by=tuple(sorted(dimensions))))
    for row in whole.rows:
        same = [part for part in parts.rows if dict(part.key)["harm"] == dict(row.key)["harm"]]
        for name in SUMMED:
            assert sum(getattr(part, name) for part in same) == getattr(row, name)
        assert sorted(claim for part in same for claim in part.claims) == list(row.claims)
    assert {dict(part.key)["harm"] for part in parts.rows} == {dict(row.key)["harm"] for row in whole.rows}
    assert parts.excluded == whole.excluded
    assert "rows_do_not_add_up" not in {caution.code for caution in parts.warnings}


@given(st.data(), worlds(), policies, st.sampled_from(sorted(OF_EVENTS)))
def test_a_row_by_what_events_are_is_worked_again_from_its_claims(
    data: st.DataObject, world: World, policy: str, dimension: str
) -> None:
    claims, relations = data.draw(records())
    for row in grouped(world, (claims, relations), Question(policy=policy, group_by=(dimension,))).rows:
        again = reference.work(world, [claim for claim in claims if claim.id in row.claims])
        assert again == (row.low, row.best, row.high, row.open_ended, row.imputed, row.incomplete)


@given(st.data(), bases, policies)
def test_another_report_of_a_claim_changes_no_total(data: st.DataObject, basis: str, policy: str) -> None:
    claims, relations = data.draw(records(basis))
    question = Question(basis=basis, policy=policy)
    before = answered((claims, relations), question)
    told = data.draw(st.sampled_from(claims))
    claims[claims.index(told)] = told._replace(sources=("another", *told.sources))
    after = reconcile(WORLD, claims, relations, question)
    assert totals(after) == totals(before) and after.excluded == before.excluded
    for row, earlier in zip(after.rows, before.rows, strict=True):
        assert set(row.sources) - {"another"} == set(earlier.sources)
        assert ("another" in row.sources) == (told.id in row.claims)
        assert row.claimants == earlier.claimants


@given(st.data(), policies, st.sampled_from(["retracted", "increment", "same_as"]))
def test_what_takes_no_part_changes_no_running_total(data: st.DataObject, policy: str, kind: str) -> None:
    claims, relations = data.draw(records("totals"))
    question = Question(basis="totals", policy=policy)
    before = answered((claims, relations), question)
    extra = data.draw(st.sampled_from(claims))._replace(id="extra", low=900, best=900, high=900)
    if kind == "retracted":
        extra = extra._replace(retracted_by="editor")
    elif kind == "increment":
        extra = extra._replace(measure="incident", event="E1", conflict="war2020")
    else:
        relations = [*relations, Relation("same_as", "extra", data.draw(st.sampled_from(claims)).id)]
    assert totals(reconcile(WORLD, [extra, *claims], relations, question)) == totals(before)
