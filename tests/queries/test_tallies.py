"""Broad answers from the tallies are those of `reconcile`, byte for byte, and the tallies follow every write."""

import itertools
import random
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.cli.tallies import tallies as commands
from api.db import database, rows, snapshot, writing
from api.models import TALLIES, External, Fate, RollUp, Tallied, Tally, Untallied
from api.queries import casualties, record, tallies
from api.queries.amounts import POLICIES
from api.queries.evidence import Claim as Said
from api.queries.evidence import Conflict, Event, Membership, Refused, Relation, Side, World, world
from api.queries.outcomes import Outcomes
from api.queries.questions import Question
from api.queries.reconcile import Answer
from api.queries.record import TooMany
from api.queries.references import current_revision
from api.queries.theatres import Theatre
from api.records import bulk, intake
from api.records import tallies as kept
from api.records.change import retract, revise
from tests.cases import CASES
from tests.conftest import Databases
from tests.recorded import Recorded, documents, renamed
from tests.v1.test_cases import RECORDS, shuffled
from tests.worlds import Document, made, write

GROUPS = sorted(tallies.GROUPS - {"harm"})
Asked = dict[str, Any]


def asking(policy: str, group_by: tuple[str, ...] = (), **filters: Any) -> Asked:
    return {"basis": "incidents", "policy": policy, "group_by": group_by, **filters}


def told(answer: Answer) -> list[Any]:
    """All that an answer says, but for the cells that a tally does not keep one by one."""
    return [
        answer.dimensions,
        [row._replace(claims=list(row.claims), claimants=len(row.claimants), sources=len(row.sources),
                      cells=len(row.cells), spread=repr(row.spread)) for row in answer.rows],
        {reason: (number, answer.left_out(reason)) for reason, number in answer.reasons().items()},
        {claim: left for claim, left in answer.excluded.items() if left.figure},
        answer.warnings,
    ]  # fmt: skip


def answers(asked: Asked) -> tuple[Any, Any]:
    """What the tallies and what `reconcile` answer; a refusal as its words."""
    found = []
    for ask in (casualties.broad, casualties.casualties):
        try:
            found.append(told(ask(asked)))
        except Refused as refusal:
            found.append(str(refusal).split(":")[0])
    return found[0], found[1]


def assert_equal(asked: Asked) -> None:
    tallied, live = answers(asked)
    assert tallied == live, asked


def assert_tallied(asked: Asked) -> None:
    question = Question(asked["basis"], asked["policy"], None, asked.get("as_of"), asked["group_by"])
    assert tallies.can_answer(question, asked.keys() - set(casualties.OWN)), asked


def difference() -> str | None:
    return kept.first_difference(current_revision())


@pytest.fixture(autouse=True)
def read() -> Iterator[None]:
    """What is asked here is asked of a database with records in it, outside of a request."""
    casualties._broad.cache_clear()
    casualties._answer.cache_clear()
    yield


# The seeds and the cases -----------------------------------------------------------------------------------------


def few_groups() -> list[tuple[str, ...]]:
    return [group for number in range(3) for group in itertools.combinations(GROUPS, number)]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_group_of_the_seeds_is_the_same(seeded: Flask, policy: str) -> None:
    with database.connection_context(), snapshot(None):
        for number, group_by in enumerate(few_groups()):
            if len(group_by) < 2 or number % len(POLICIES) == POLICIES.index(policy):
                assert_tallied(asking(policy, group_by))
                assert_equal(asking(policy, group_by))


FILTERS: list[Asked] = [
    {"conflict": ("nagorno-karabakh-conflict",)},
    {"year": ("2020",), "harm": ("killed",)},
    {"month": ("2020-10", "2020-07")},
    {"from": "2020-10-05", "to": "2020-10-12"},
    {"country": ("AZE", "none")},
    {"event": ("none",)},
    {"admin1": ("none",)},
    {"event_type": ("Battles", "none")},
    {"bbox": (46.0, 40.0, 47.0, 41.0)},
    {"harm": ("none", "injured")},
]


@pytest.mark.parametrize("filters", FILTERS, ids=lambda asked: ",".join(asked))
def test_every_filter_of_the_seeds_is_the_same(seeded: Flask, filters: Asked) -> None:
    with database.connection_context(), snapshot(None):
        conflicts = [slug for (slug,) in rows("SELECT slug FROM conflict ORDER BY id")]
        filters = {name: tuple(conflicts[:1]) if name == "conflict" else value for name, value in filters.items()}
        for policy, group_by in itertools.product(POLICIES, ((), ("subject_side",), ("year",), ("event", "day"))):
            assert_equal(asking(policy, group_by, **filters))


@pytest.mark.parametrize(
    "more",
    [
        {"basis": "totals"}, {"as_of": "2020-10-22"}, {"side": ("azerbaijan",)}, {"victim_status": ("civilian",)},
        {"claimant": ("ocha",)}, {"source": ("none",)}, {"measure": ("incident",)}, {"group_by": ("victim_status",)},
        {"group_by": ("responsible_side",)}, {"policy": "claimant"},
    ],
)  # fmt: skip
def test_what_the_tallies_do_not_hold_is_not_asked_of_them(seeded: Flask, more: Asked) -> None:
    asked = asking("envelope") | more
    question = Question(asked["basis"], asked["policy"], None, asked.get("as_of"), asked["group_by"])
    with database.connection_context(), snapshot(None):
        assert not tallies.can_answer(question, asked.keys() - set(casualties.OWN))


def test_http_answers_are_the_same_bytes(seeded: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = seeded.test_client()
    for policy, group_by in itertools.product(("envelope", "third_party"), ("", "subject_side", "year", "event,day")):
        query = urllib.parse.urlencode({"policy": policy, "group_by": group_by} if group_by else {"policy": policy})
        tallied = client.get(f"/v1/statistics/casualties?{query}")
        with monkeypatch.context() as patched:
            patched.setattr("api.v1.casualties.broad", casualties.casualties)
            live = client.get(f"/v1/statistics/casualties?{query}")
        assert tallied.status_code == 200 and tallied.data == live.data


@pytest.fixture(scope="module")
def of_cases(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, shuffled(7))


def test_every_case_is_the_same(of_cases: Flask, engine: str) -> None:
    with database.connection_context(), snapshot(None):
        assert difference() is None
        for case in CASES:
            root = tuple(RECORDS[case.number].roots)
            policies = "envelope", POLICIES[1 + case.number % (len(POLICIES) - 1)]
            for policy, group_by in itertools.product(policies, ((), ("subject_side",), ("conflict", "month"))):
                assert_equal(asking(policy, group_by, conflict=root))
        for policy in POLICIES:
            assert_equal(asking(policy, ("event",)))
            assert_equal(asking(policy, ("subject_side", "month")))


# Generated records -----------------------------------------------------------------------------------------------

CLAIMANTS = {
    "az1": "azerbaijan", "az2": "azerbaijan", "arm1": "armenia", "nk1": "artsakh", "hire": "hired", "third1": None,
    "third2": None, "third3": None,
}  # fmt: skip
IN_WAR = ("azerbaijan", "armenian")


def a_world(random: random.Random) -> World:
    moved = random.choice([None, "2020-03-15"])
    return world(
        [
            Conflict("war", None, None, IN_WAR), Conflict("phase", "war", "2020-11-10", ()),
            Conflict("apart", None, None, IN_WAR),
        ],
        [
            Side("azerbaijan"), Side("armenian"), Side("hired"),
            Side("armenia", (Membership("armenian"),)),
            Side("artsakh", (Membership("armenian", None, moved), *([Membership("hired", moved)] if moved else []))),
        ],
        [
            Event(
                f"e{n}", random.choice(["war", "phase", "phase", "apart"]), day := random.choice(DAYS), day,
                random.choice([(), IN_WAR, ("azerbaijan",), ("armenia", "azerbaijan")]),
                random.choice(["Battles", "unknown"]), random.choice([None, "AZE"]), random.choice([None, "North"]),
            )
            for n in range(6)
        ],
    )  # fmt: skip


DAYS = ["2020-02-28", "2020-03-01", "2020-03-02", "2020-03-31", "2020-10-04", "2021-01-01"]
BOUNDS: list[dict[str, Any]] = [
    {"qualifier": "exact", "low": 3, "best": 3, "high": 3},
    {"qualifier": "exact", "low": 0, "best": 0, "high": 0},
    {"qualifier": "exact", "low": 9, "best": 9, "high": 9},
    {"qualifier": "about", "best": 8},
    {"qualifier": "at_least", "low": 5, "best": 5},
    {"qualifier": "nearly", "best": 10, "high": 10},
    {"qualifier": "between", "low": 4, "high": 7},
    {"qualifier": "vague", "low": 24},
    {"qualifier": "up_to", "high": 6},
    {"qualifier": "unquantified"},
]


def a_claim(random: random.Random, id: str, world: World) -> Said:
    claimant = random.choice(sorted(CLAIMANTS))
    kind = random.choice(["casualty"] * 20 + ["silence", "responsibility"])
    measure = random.choice(["incident"] * 10 + ["period", "cumulative"]) if kind == "casualty" else None
    event = random.choice(sorted(world.events)) if measure == "incident" or random.random() < 0.2 else None
    conflict = world.events[event].conflict if event and random.random() < 0.97 else random.choice(["war", "phase"])
    since, until = sorted([random.choice(DAYS), random.choice(DAYS)])
    stated = random.choice([*DAYS, None])
    return Said(
        id=id,
        kind=kind,
        conflict=conflict,
        event=event,
        claimant=claimant,
        claimant_side=CLAIMANTS[claimant],
        subject_side=random.choice([None, "azerbaijan", "azerbaijan", "armenian", "artsakh", "armenia"]),
        harm=random.choice(["killed", "killed", "injured"]),
        measure=measure,
        stated_on=stated,
        stated_last=stated,
        victim_status=random.choice(["any", "any", "any", "civilian", "member_of_armed_forces"]),
        victim_sex=random.choice(["any"] * 20 + ["woman"]),
        covers_from=since if measure != "incident" else None,
        covers_to=until if measure != "incident" else None,
        retracted_by=random.choice([None] * 15 + ["editor"]),
        reliability=random.choice(["A", "C", None]),
        credibility=random.choice([1, None, 5]),
        sources=tuple(sorted(random.sample(["s1", "s2", "s3", "s4"], random.choice([1, 1, 2])))),
        **(random.choice(BOUNDS) if kind == "casualty" else {}),
    )


def a_record(seed: int) -> Recorded:
    chance = random.Random(seed)
    known = a_world(chance)
    claims = [a_claim(chance, f"c{n:02}", known) for n in range(chance.choice([3, 12, 30]))]
    pairs = list(itertools.combinations(claims, 2))
    related = chance.sample(pairs, min(len(pairs), chance.choice([0, 0, 2, 4])))
    near = [(a, b) for a, b in pairs if a.event and (a.event, a.harm) == (b.event, b.harm)]
    related += chance.sample(near, min(len(near), chance.choice([0, 1, 2])))
    relations = {
        Relation(chance.choice(["supersedes", "includes", "same_as", "misreports"]), b.id, a.id)
        for a, b in set(related)
    }
    return renamed(f"g{seed}", Recorded(known, claims, sorted(relations, key=str)))


def in_two_parts(record: Recorded, seed: int) -> list[dict[str, list[Document]]]:
    """The record as two writes, of which the second adds claims, reports and relations to what is there."""
    told = documents(record)
    told["claims"] = [as_word(claim) for claim in told["claims"]]
    told["events"] = [event | {"sides": told_once(event["sides"])} for event in told["events"]]
    chance = random.Random(seed)
    later = {claim["id"] for claim in told["claims"] if chance.random() < 0.5}
    reports: dict[str, list[Document]] = {}
    for report in told["reports"]:
        reports.setdefault(report["claim"], []).append(report)
    second = [r for claim, found in reports.items() for r in (found if claim in later else found[1:])]
    first = [r for claim, found in reports.items() if claim not in later for r in found[:1]]
    before = told | {"claims": [c for c in told["claims"] if c["id"] not in later], "reports": first, "relations": []}
    after = {
        "claims": [c for c in told["claims"] if c["id"] in later],
        "reports": second,
        "relations": told["relations"],
    }
    return [part for part in (before, after) if any(part.values())]


def told_once(sides: list[Document]) -> list[Document]:
    return list({side["side"]: side for side in sides}.values())


def as_word(claim: Document) -> Document:
    if claim["kind"] == "casualty":
        return claim
    if claim["kind"] == "silence":
        return claim | {"subject_side": claim["subject_side"] or f"{claim['id'].split('-')[0]}-azerbaijan"}
    blamed = claim["subject_side"] or f"{claim['id'].split('-')[0]}-hired"
    return claim | {"harm": None, "measure": None, "covers_from": None, "covers_to": None, "responsible_side": blamed}


@pytest.fixture(scope="module")
def generated(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, {})


def brought(record: Recorded, seed: int) -> None:
    """Let datasets own some of the events and claims, so that answers warn of what is counted twice."""
    chance = random.Random(seed)
    about = {"title": "D", "publisher": "P", "url": "", "licence": "CC0-1.0", "citation": "D"}
    slugs = [("events", event) for event in record.world.events] + [("claims", claim.id) for claim in record.claims]
    with database.connection_context(), writing():
        for dataset in ("one", "other"):
            intake.register({"slug": dataset, **about}, "1")
        owned = [(noun, slug, chance.choice(["one", "other", ""]), "0" * 64) for noun, slug in slugs]
        bulk.insert(External, [row for row in owned if row[2]])


questions = st.tuples(
    st.sampled_from(POLICIES),
    st.lists(st.sampled_from(GROUPS), max_size=3, unique=True),
    st.sampled_from([
        {}, {}, {"year": ("2020",)}, {"month": ("2020-03",)}, {"harm": ("killed",)}, {"from": "2020-03-02"},
        {"country": ("AZE",)}, {"event_type": ("Battles",)}, {"admin1": ("none",)}, {"to": "2020-03-05"},
    ]),
)  # fmt: skip
written: set[tuple[str, int]] = set()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.lists(questions, min_size=8, max_size=8))
def test_generated_records_are_answered_alike(
    generated: Flask, engine: str, seed: int, asked: list[tuple[str, list[str], Asked]]
) -> None:
    record = a_record(seed)
    if (engine, seed) not in written:
        for part in in_two_parts(record, seed):
            write(part)
        brought(record, seed)
        written.add((engine, seed))
    with database.connection_context(), snapshot(None):
        for policy, group_by, filters in asked:
            for root in (("war",), ("war", "apart")):
                conflicts = tuple(f"g{seed}-{name}" for name in root)
                assert_tallied(asking(policy, tuple(group_by), conflict=conflicts, **filters))
                assert_equal(asking(policy, tuple(group_by), conflict=conflicts, **filters))


class ByTheMachinery(Outcomes):
    """Nothing is left out of the reconciling, as where relations act."""

    def _settled(self, theatre: Theatre | None, claims: Sequence[Said]) -> Any:
        return self._reconciled(theatre, claims, [])


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 10**9), st.sampled_from([None, *sorted(CLAIMANTS)]), st.booleans(), st.sampled_from([1, 3, 5, 12])
)
def test_what_one_event_comes_to_is_what_reconcile_says(seed: int, alone: str | None, plain: bool, number: int) -> None:
    record, chance = a_record(seed), random.Random(seed)
    event = next(iter(record.world.events.values()))
    unit = [of(event, claim, harm="killed") for claim in record.claims if claim.kind != "silence"]
    if alone:
        side = CLAIMANTS[alone] and f"g{seed}-{CLAIMANTS[alone]}"
        unit = [claim._replace(claimant=alone, claimant_side=side) for claim in unit]
    if plain:  # whole camps, as most records tell
        camps = f"g{seed}-azerbaijan", f"g{seed}-armenian"
        unit = [claim._replace(victim_status="any", subject_side=chance.choice(camps)) for claim in unit]
    unit = chance.sample(unit, min(number, len(unit)))
    assert outcome(Outcomes, record, unit, []) == outcome(ByTheMachinery, record, unit, [])


def of(event: Event, claim: Said, **more: Any) -> Said:
    measure = "incident" if claim.measure == "period" else claim.measure
    return claim._replace(event=event.id, conflict=event.conflict, measure=measure, **more)


def outcome(kind: type[Outcomes], record: Recorded, claims: list[Said], relations: list[Relation]) -> Any:
    try:
        return kind(record.world).of(claims, relations)
    except Refused as refusal:
        return str(refusal)


def test_what_was_kept_up_is_what_a_rebuild_makes(generated: Flask, engine: str) -> None:
    with database.connection_context():
        with snapshot(None):
            assert difference() is None
            before = contents()
        with database.atomic():
            kept.rebuild(current_revision())
        assert contents() == before


def contents() -> list[Any]:
    return [sorted(kept._rows_of(table, "1 = 1"), key=repr) for table in TALLIES]


# Following other writes ------------------------------------------------------------------------------------------

CHANGES: list[tuple[str, str, Document]] = [
    ("claims", "c-2", {"low": 7, "best": 7, "high": 7}),
    ("claims", "c-2", {"harm": "injured"}),
    ("claims", "c-2", {"event": "raid"}),
    ("claims", "c-2", {"event": None, "measure": "cumulative", "covers_to": "2020-03-04"}),
    ("events", "fight", {"started_on": "2020-05-01", "ended_on": "2020-05-02"}),
    ("events", "fight", {"conflict": "phase"}),
    ("events", "fight", {"sides": [{"side": "azerbaijan", "role": "target"}]}),
    ("sources", "s1", {"reliability": "E"}),
    ("claimants", "hrw", {"side": "armenia"}),
    ("sides", "armenia", {"name": "Armenia again"}),
    ("sides", "armenia", {"member_of": []}),
    ("conflicts", "war", {"sides": ["azerbaijan"]}),
    ("conflicts", "phase", {"parent": None}),
    ("reports", "c-1-in-s1", {"source": "s2"}),
    ("reports", "c-1-extra", {"claim": "c-2"}),
    ("relations", "c-3-supersedes-c-1", {"target": "c-4"}),
    ("relations", "c-3-supersedes-c-1", {"claim": "c-4", "target": "c-2"}),
]


def a_fight(corrected: bool = False) -> dict[str, list[Document]]:
    """Two events of one war, three claimants, a period over both days."""
    sides = ("azerbaijan", "armenian")
    known = world(
        [Conflict("war", None, None, sides), Conflict("phase", "war", None, sides)],
        [Side("azerbaijan"), Side("armenian"), Side("armenia", (Membership("armenian"),))],
        [
            Event("fight", "war", "2020-03-04", "2020-03-05", sides),
            Event("raid", "war", "2020-03-06", "2020-03-06", sides),
        ],
    )  # fmt: skip

    def said(id: str, claimant: str, side: str | None, event: str | None, **more: Any) -> Said:
        figure = {"low": 5, "best": 5, "high": 5, "qualifier": "exact"}
        measure = "incident" if event else "period"
        return Said(
            id, "casualty", "war", event, claimant, side, "armenia", "killed", measure, "2020-03-07", "2020-03-07",
            sources=more.pop("sources", ("s1",)), **{**figure, **more},
        )  # fmt: skip

    claims = [
        said("c-1", "azmod", "azerbaijan", "fight", reliability="B"),
        said("c-2", "armmod", "armenia", "fight", low=2, best=2, high=2, reliability="B"),
        said("c-3", "hrw", None, "fight", low=3, best=3, high=3, sources=("s2",), reliability="C"),
        said("c-4", "hrw", None, "raid", sources=("s2",), reliability="C"),
        said("c-5", "armmod", "armenia", None, covers_from="2020-03-01", covers_to="2020-03-31", sources=("s2",)),
    ]
    related = [Relation("supersedes", "c-3", "c-1")] if corrected else []
    told = documents(Recorded(known, [claim._replace(reliability=None) for claim in claims], related))
    extra = [{"id": "c-1-extra", "claim": "c-1", "source": "s2"}] if corrected else []
    return told | {"reports": told["reports"] + extra}


@pytest.fixture
def fight(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, a_fight())


@pytest.mark.parametrize(("noun", "slug", "patch"), CHANGES, ids=lambda given: str(given)[:40])
def test_the_tallies_follow_a_correction(
    databases: Databases, engine: str, noun: str, slug: str, patch: Document
) -> None:
    made(databases, engine, a_fight(corrected=True))
    with database.connection_context():
        revise(noun, slug, patch, "A test.", "tester")
        with snapshot(None):
            assert difference() is None
            for policy, group_by in itertools.product(("envelope", "own_side"), ((), ("subject_side", "event"))):
                assert_tallied(asking(policy, group_by))
                assert_equal(asking(policy, group_by))


def test_the_tallies_follow_a_retraction(fight: Flask) -> None:
    with database.connection_context():
        retract("claims", "c-1", "A test.", "tester")
        with snapshot(None):
            assert difference() is None
            assert_equal(asking("envelope"))
            assert casualties.broad(asking("envelope")).reasons()["retracted"] == 1


def test_a_new_member_of_a_coalition_is_missed_where_it_has_no_figure(fight: Flask) -> None:
    write({"sides": [{"id": "artsakh", "name": "Artsakh", "member_of": [{"side": "armenian"}]}]})
    with database.connection_context(), snapshot(None):
        assert difference() is None
        assert_tallied(asking("envelope", ("subject_side",)))
        assert_equal(asking("envelope", ("subject_side",)))


def test_a_large_record_whose_sides_change_is_answered_live(fight: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "GREATEST", 1)
    write({"sides": [{"id": "artsakh", "name": "Artsakh", "member_of": [{"side": "armenian"}]}]})
    write({"sides": [{"id": "other", "name": "Other"}]})
    with database.connection_context(), snapshot(None):
        assert not tallies.can_answer(Question(), ())
        assert "rebuild" in (difference() or "")
        assert_equal(asking("envelope", ("subject_side",)))


# What stays live, and what is refused ----------------------------------------------------------------------------


def test_a_period_gives_way_to_the_last_tallied_incident_in_its_days(fight: Flask) -> None:
    with database.connection_context(), snapshot(None):
        assert rows("SELECT COUNT(*) FROM untallied") == [(1,)]
        for group_by in ((), ("subject_side",), ("event",)):
            found = casualties.broad(asking("envelope", group_by))
            assert found.excluded["c-5"][:2] == ("period_overlap", "c-4")
            assert_equal(asking("envelope", group_by))


def test_more_claims_than_are_reconciled_are_answered_from_the_tallies(
    fight: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "GREATEST", 2)
    with database.connection_context(), snapshot(None):
        with pytest.raises(TooMany):
            casualties.casualties(asking("envelope"))
        (row,) = casualties.broad(asking("envelope")).rows
        assert (row.low, row.best, row.high, len(row.cells)) == (7, 8, 10, 2)
        assert list(row.claims) == ["c-1", "c-2", "c-3", "c-4"]
        for unkept in (row.cells, row.claimants, row.sources):
            with pytest.raises(TooMany):
                list(unkept)


def test_evidence_and_explanation_of_a_broad_row(fight: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "GREATEST", 2)
    client = fight.test_client()
    (row,) = client.get("/v1/statistics/casualties").json["data"]
    evidence = client.get(row["links"]["claims"].removeprefix("http://127.0.0.1:8000")).json
    assert [claim["id"] for claim in evidence["data"]] == ["c-1", "c-2", "c-3", "c-4"]
    refused = client.get(row["links"]["explain"].removeprefix("http://127.0.0.1:8000"))
    assert refused.status_code == 422 and "too-broad" in refused.json["type"]


def test_too_many_untallied_claims_are_refused(fight: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "GREATEST", 0)
    with database.connection_context(), snapshot(None), pytest.raises(TooMany):
        casualties.broad(asking("envelope"))


def test_tallies_that_lag_behind_are_not_used(fight: Flask) -> None:
    with database.connection_context():
        Tallied.update(revision=0).execute()
        Tally.update(best=1000).execute()
        with snapshot(None):
            assert_equal(asking("envelope"))


# Commands --------------------------------------------------------------------------------------------------------

SPOILT: list[tuple[Any, Any]] = [
    ("tally", lambda: Tally.update(best=Tally.best + 1).where(Tally.policies > 0)),
    ("tally", lambda: Tally.delete().where(Tally.side == "")),
    ("tally", lambda: Tally.insert(
        event=1, harm="missing", side="", policies=1, conflict_id=1, day="2020-03-04", low=0, best=0, high=0,
        open_ended=0, imputed=0, incomplete=0, disputed=0, claims=1, claimants=b"", sources=b"", victims="",
    )),
    ("fate", lambda: Fate.update(letters="u" * 16).where(Fate.claim == 1)),
    ("untallied", lambda: Untallied.delete()),
    ("roll_up", lambda: RollUp.update(high=RollUp.high + 1)),
    ("roll_up_left", lambda: kept.RollUpLeft.update(claims=5)),
]  # fmt: skip


@pytest.mark.parametrize(("table", "spoil"), SPOILT, ids=lambda given: given if isinstance(given, str) else "")
def test_verify_names_what_differs_and_rebuild_mends_it(fight: Flask, table: str, spoil: Any) -> None:
    runner = fight.test_cli_runner()
    assert runner.invoke(commands, ["verify"]).exit_code == 0
    with database.connection_context():
        spoil().execute()
    verified = runner.invoke(commands, ["verify"])
    assert verified.exit_code == 1 and f"Error: {table}" in verified.output
    assert runner.invoke(commands, ["rebuild"]).exit_code == 0
    assert runner.invoke(commands, ["verify"]).exit_code == 0


def test_a_database_with_records_is_answered_live_until_its_tallies_are_made(fight: Flask) -> None:
    with database.connection_context():
        for table in TALLIES:
            table.delete().execute()
        Tallied.insert(id=1, revision=-1).execute()
    verified = fight.test_cli_runner().invoke(commands, ["verify"])
    assert verified.exit_code == 1 and "rebuild" in verified.output
    with database.connection_context(), snapshot(None):
        assert_equal(asking("envelope"))
    write({"sides": [{"id": "other", "name": "Other"}]})
    with database.connection_context(), snapshot(None):
        assert not tallies.can_answer(Question(), ())
