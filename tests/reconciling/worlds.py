"""Small random worlds, in which claims meet in every way that the second edition has, and questions about them.

The same seed gives the same world. Each world draws its claims from a few places, claimants and scopes, so that they
meet. A relation points at an earlier claim, and no record closes a ring: rule 1 refuses such a record.
"""

import random
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from api.reconciling.question import Question
from api.reconciling.record import (
    Claim,
    Conflict,
    Event,
    Membership,
    Relation,
    Side,
    World,
    make_world,
)
from tests.reconciling.reference import Record

DAYS = [
    "2020-02-20", "2020-03-01", "2020-03-02", "2020-03-05", "2020-03-08", "2020-03-10", "2020-03-20", "2020-03-31",
    "2020-04-10", "2020-05-01", "2020-12-31",
]  # fmt: skip
PERIODS = [
    ("2020-03-01", "2020-03-31"),
    ("2020-03-01", "2020-03-10"),
    ("2020-03-05", "2020-03-20"),
    ("2020-03-05", "2020-03-08"),
    ("2020-03-10", "2020-03-10"),
    ("2020-03-20", "2020-04-10"),
    ("2020-02-20", "2020-03-05"),
]
CLAIMANTS = {  # the side for which each speaks, and its affiliation
    "xa": ("x", None), "xb": ("x", None), "ya": ("y", None), "y1a": ("y1", None), "y11a": ("y11", None),
    "wa": ("w", None), "t1": (None, None), "t2": (None, None), "exile": (None, "y1"), "guest": (None, "w"),
}  # fmt: skip
SIDES = [None, None, "x", "x", "x", "y", "y", "y1", "y2", "y11", "z"]
STATUSES = ["any"] * 4 + ["civilian"] * 3 + ["member_of_armed_forces"] * 3 + ["unknown"]
MEASURES = {
    "incidents": ["incident"] * 5 + ["period"] * 5 + ["event cumulative"] * 2,
    "totals": ["cumulative"] * 8 + ["identified", "estimate", "event identified"],
    "both": ["incident", "period", "cumulative", "event cumulative", "event identified"],
}
CONFLICTS = ["war", "war", "war", "phase", "battle", "nostart", "apart"]
RELATIONS = ["supersedes", "supersedes", "includes", "includes", "includes", "same_as", "misreports"]
EVENTS = [f"e{n}" for n in range(6)]
POLICIES = (
    "envelope", "lowest", "highest", "latest", "best_graded", "own_side", "opposing_side", "affiliated", "third_party",
    "claimant",
)  # fmt: skip
GROUPS = [
    *[()] * 16, ("subject_side",), ("victim_status",), ("responsible_side",), ("event",), ("month",), ("day",),
    ("year",), ("week",), ("quarter",), ("conflict",), ("country",), ("event_type",), ("victim_sex",),
    ("month", "subject_side"), ("subject_side", "victim_status"), ("event", "responsible_side"),
]  # fmt: skip


class Recorded(NamedTuple):
    world: World
    claims: list[Claim]
    relations: list[Relation]


@dataclass(frozen=True)
class Filter:
    """The counted claims, as a predicate that can be printed. A conflict includes those nested in it."""

    world: World = field(repr=False)
    conflict: str | None = None
    events: frozenset[str] | None = None
    perpetrators: frozenset[str] | None = None

    def __call__(self, claim: Claim) -> bool:
        return (
            (self.conflict is None or self.world.is_nested(claim.conflict, self.conflict))
            and (self.events is None or claim.event in self.events)
            and (self.perpetrators is None or claim.responsible_side in self.perpetrators)
        )


#: A member of one camp until the 4th, and of the other from the 5th.
IN_TURN = (Membership("x", None, "2020-03-04"), Membership("y", "2020-03-05"))


@dataclass(frozen=True)
class Hearing:
    """The claimants that count, as a predicate that can be printed."""

    claimants: frozenset[str]

    def __call__(self, claim: Claim) -> bool:
        return claim.claimant in self.claimants


def a_world(chance: random.Random) -> World:
    membership = chance.choice([(None, None)] * 3 + [("2020-03-02", "2020-03-08"), ("2020-03-05", None)])
    parties = [("x", "y")] * 3 + [("x", "y", "z"), ("x", "y1", "y2")]
    return make_world(
        [
            Conflict("war", None, chance.choice([None, "2020-04-10"]), chance.choice(parties), "2020-03-01"),
            Conflict("phase", "war", chance.choice([None, "2020-03-20"]), (), chance.choice([None, "2020-03-05"])),
            Conflict("battle", "phase", "2020-03-31", chance.choice([(), ("x",)]), "2020-03-10"),
            Conflict("nostart", None, None, ("x", "y")),
            Conflict("apart", None, None, (), "2020-02-01"),
        ],
        [
            Side("x"),
            Side("y"),
            Side("z", chance.choice([(), (), (Membership("x", "2020-03-08"),), IN_TURN])),
            Side("w"),
            Side("y1", (Membership("y", *membership),)),
            Side("y2", (Membership("y"),)),
            Side("y11", (Membership("y1"),)),
        ],
        [an_event(chance, name) for name in EVENTS],
    )


def an_event(chance: random.Random, name: str) -> Event:
    first = chance.choice(DAYS[:8])
    is_long = chance.random() < 0.25
    return Event(
        name,
        chance.choice(["war", "war", "phase", "battle", "nostart", "apart"]),
        first,
        max(first, chance.choice(DAYS)) if is_long else chance.choice([None, first]),
        chance.choice([(), ("x", "y"), ("x", "y"), ("x",), ("x", "y1"), ("y1", "y2", "x")]),
        chance.choice(["Battles", "Riots", None]),
        chance.choice([None, "AZE", "ARM"]),
        date_precision=chance.choice([None, None, 1, 2, 3, 4, 5]),
    )


def a_figure(chance: random.Random) -> dict[str, Any]:
    n = chance.choice([0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 20, 40, 50, 60, 100])
    more = n + chance.choice([1, 3, 20])
    exact = {"qualifier": "exact", "low": n, "best": n, "high": n}
    return chance.choice(
        [exact] * 12
        + [
            {"qualifier": "about", "best": n},
            {"qualifier": "at_least", "low": n, "best": n},
            {"qualifier": "more_than", "low": n, "best": n},
            {"qualifier": "nearly", "best": n, "high": n},
            {"qualifier": "between", "low": n, "high": more},
            {"qualifier": "vague", "low": 24},
            {"qualifier": "up_to", "high": n},
            {"qualifier": "unquantified"},
            {"qualifier": None, "best": n},
            {"qualifier": None, "low": n, "best": more, "high": more},
            {"qualifier": None, "low": more, "best": more, "high": n},
            {"qualifier": None, "low": n, "best": more, "high": n},
        ]
    )


class Places(NamedTuple):
    """The values from which the claims of one world are drawn."""

    measures: list[str]
    events: list[str]
    periods: list[tuple[str, str]]
    conflicts: list[str]
    claimants: list[str]
    scopes: list[tuple[str | None, str]]
    perpetrators: list[str | None]
    parts: list[str | None]
    days: list[str]


def the_places(chance: random.Random) -> Places:
    def draw(values: list[Any], *counts: int) -> list[Any]:
        return chance.sample(values, min(len(values), chance.choice(counts)))

    places = Places(
        measures=MEASURES[chance.choice(["incidents", "incidents", "totals", "totals", "both"])],
        events=draw(EVENTS, 1, 2, 4),
        periods=draw(PERIODS, 1, 2, 4),
        conflicts=draw(CONFLICTS, 1, 1, 2),
        claimants=draw(sorted(CLAIMANTS), 1, 2, 3, 5),
        scopes=[(chance.choice(SIDES), chance.choice(STATUSES)) for _ in range(chance.choice([1, 2, 3, 5, 8]))],
        perpetrators=chance.choice([[None], [None, None, "y"], [None, "x", "y", "z"], ["x", "y", "y1", "y11", None]]),
        parts=chance.choice([[None], [None], [None, None, "north"], [None, "north", "south"]]),
        days=draw(DAYS, 1, 2, 4, 8),
    )
    if chance.random() < 0.4:
        return places
    # Most worlds are dense: a few claimants speak about the parts of one side or of all, in one or two places.
    side = chance.choice([None, "x", "y"])
    statuses = ["any", "civilian", "member_of_armed_forces"]
    inner = chance.choice([[], {None: ["x", "y"], "x": ["x"], "y": ["y", "y1", "y2"]}[side], [side]])
    return places._replace(
        measures=chance.choice([["incident"], ["period"], ["incident", "period"], ["cumulative"], ["cumulative"]]),
        events=draw(EVENTS, 1, 1, 2),
        periods=chance.choice([draw(PERIODS, 1, 2), PERIODS[:1], PERIODS[1:3]]),
        conflicts=draw(CONFLICTS, 1),
        claimants=draw(sorted(CLAIMANTS), 1, 2, 2, 3),
        scopes=[(s, status) for s in (side, *inner) for status in statuses],
        perpetrators=chance.choice([[None], [None], places.perpetrators]),
        parts=chance.choice([[None], [None], places.parts]),
    )


def a_claim(chance: random.Random, name: str, world: World, places: Places) -> Claim:
    claimant = chance.choice(places.claimants)
    place, measure = ([None, *chance.choice(places.measures).split()])[-2:]
    is_of_event = place == "event" or measure == "incident"
    event = chance.choice(places.events) if is_of_event else None
    side, status = chance.choice(places.scopes)
    covers_from = covers_to = None
    if measure == "period":
        covers_from, covers_to = chance.choice(places.periods)
    elif measure != "incident" and chance.random() < 0.2:
        covers_from = chance.choice([None, *DAYS[:8]])
        covers_to = chance.choice([None, *(d for d in DAYS if d >= (covers_from or ""))])
    stated = chance.choice([*places.days * 3, None])
    retracted_by = chance.choice([None] * 27 + ["editor", "claimant", "claimant"])
    claimant_side, affiliation = CLAIMANTS[claimant]
    return Claim(
        id=name,
        kind=chance.choice(["casualty"] * 40 + ["denial", "silence"]),
        conflict=world.events[event].conflict if event else chance.choice(places.conflicts),
        event=event,
        claimant=claimant,
        claimant_side=claimant_side,
        subject_side=side,
        harm=chance.choice(["killed"] * 9 + ["injured"]),
        measure=measure,
        stated_on=stated,
        stated_last=stated and chance.choice([stated, stated, stated, max(stated, chance.choice(DAYS))]),
        stated_time=chance.choice([None, None, "08:00", "19:00"]) if stated else None,
        responsible_side=chance.choice(places.perpetrators),
        victim_status=status,
        victim_sex=chance.choice(["any"] * 24 + ["woman"]),
        victim_age=chance.choice(["any"] * 24 + ["child"]),
        covers_from=covers_from,
        covers_to=covers_to,
        retracted_by=retracted_by,
        retracted_on=chance.choice([None, *DAYS]) if retracted_by == "claimant" else None,
        reliability=chance.choice(["A", "B", "C", "D", "E", "F", None]),
        credibility=chance.choice([1, 2, 3, None, 4, 5, 6]),
        sources=(f"source-of-{name}",),
        part=chance.choice(places.parts),
        affiliation=affiliation,
        **a_figure(chance),
    )


def add_statements(chance: random.Random, claims: list[Claim]) -> list[Claim]:
    """Let some claims of one claimant share a statement. Rule 1 refuses two of one scope, perpetrator and part."""
    used: set[tuple[object, ...]] = set()
    result = []
    for c in claims:
        name = f"{c.claimant}-{chance.choice('ab')}"
        toll = c.measure in ("incident", "cumulative")
        days = (c.covers_from, c.covers_to) if c.measure == "period" else ()
        place = (c.event, toll or c.measure) if c.event else (c.conflict, c.measure, *days)
        victims = c.harm, c.subject_side, c.victim_status, c.victim_sex, c.victim_age
        key = (name, *place, *victims, c.responsible_side, c.part)
        if chance.random() < 0.4 and key not in used:
            used.add(key)
            c = c._replace(statement=name)
        result.append(c)
    return result


def is_ringless(world: World, claims: list[Claim], relations: list[Relation]) -> bool:
    """Return whether no claim supersedes itself and no unit lies inside itself.

    A claim and its repetitions are one (rule 5). All relations together form no ring, so those of one day form none.
    """
    known = Record(world, claims, [], Question())
    alike = {c.id: {c.id} for c in claims}
    for relation in relations:
        if relation.kind == "same_as":
            group = alike[relation.claim] | alike[relation.target]
            alike |= dict.fromkeys(group, group)
    newer: dict[str, set[str]] = {}
    outer = {u: {v for v in known.units.values() if known.is_within_days(u, v)} for u in known.units.values()}
    for relation in relations:
        carriers, targets = alike[relation.claim], alike[relation.target]
        if relation.kind == "supersedes":
            newer.setdefault(min(targets), set()).add(min(carriers))
        if relation.kind == "includes":
            for unit in {known.units[name] for name in targets}:
                outer[unit] |= {known.units[name] for name in carriers} - {unit}
    try:
        TopologicalSorter(newer).prepare()
        TopologicalSorter(outer).prepare()
    except CycleError:
        return False
    return not any(old in new for old, new in newer.items())


def a_record(seed: int) -> Recorded:
    """Return a world, its claims and their relations; the same for the same seed."""
    chance = random.Random(f"record {seed}")
    world, places = a_world(chance), the_places(chance)
    count = chance.choice([2, 3, 4, 6, 6, 9, 9, 14])
    claims = add_statements(chance, [a_claim(chance, f"c{n:02}", world, places) for n in range(count)])
    pairs = [(later, earlier) for n, later in enumerate(claims) for earlier in claims[:n]]
    close = [(a, b) for a, b in pairs if (a.claimant, a.harm) == (b.claimant, b.harm)]
    chosen = chance.sample(pairs, min(len(pairs), chance.choice([0, 0, 1, 2])))
    chosen += chance.sample(close, min(len(close), chance.choice([0, 1, 3])))
    relations: list[Relation] = []
    for later, earlier in chosen:
        relation = Relation(
            chance.choice(RELATIONS), later.id, earlier.id, chance.choice([None, None, None, *DAYS[4:8]])
        )
        if relation not in relations and is_ringless(world, claims, [*relations, relation]):
            relations.append(relation)
    return Recorded(world, claims, relations)


def join_records(seeds: range) -> Recorded:
    """Return the claims and relations of several random records, in the world of the first.

    Inclusions may form a ring.
    """
    records = [a_record(seed) for seed in seeds]
    claims, relations = [], []
    for number, record in enumerate(records):
        for c in record.claims:
            claims.append(c._replace(id=f"{number}-{c.id}", statement=c.statement and f"{number}-{c.statement}"))
        for r in record.relations:
            relations.append(r._replace(claim=f"{number}-{r.claim}", target=f"{number}-{r.target}"))
    return Recorded(records[0].world, claims, relations)


def a_question(seed: int, record: Recorded) -> Question:
    """Return a question that this record can be asked; most of them without filters."""
    chance = random.Random(f"question {seed}")
    question = Question(
        basis=chance.choice(["both", "both", "incidents", "totals"]),
        policy=chance.choice(["envelope"] * 6 + list(POLICIES)),
        claimant=chance.choice(sorted({c.claimant for c in record.claims})),
        as_of=chance.choice([None] * 15 + DAYS[3:9]),
        group_by=chance.choice(GROUPS),
    )
    if chance.random() < 0.2:
        first, last = sorted(chance.choices(DAYS, k=2))
        question = question._replace(
            window_from=chance.choice([first, first, None]), window_to=chance.choice([last, None])
        )
    return add_filters(chance, question, record.world) if chance.random() < 0.35 else question


def add_filters(chance: random.Random, question: Question, world: World) -> Question:
    events = chance.choice([None, None, None, frozenset(chance.sample(EVENTS, 3))])
    sides = [None, None, {"x"}, {"y"}, {"y1", "y2"}, {"y", "y11"}, {"x", "y"}, {"y1"}]
    statuses = [None, None, {"civilian"}, {"member_of_armed_forces"}, {"civilian", "member_of_armed_forces"}]
    statuses += [{"any", "civilian"}, {"unknown"}]

    def choose(values: list[Any]) -> frozenset[str] | None:
        value = chance.choice(values)
        return None if value is None else frozenset(value)

    return question._replace(
        sides=choose(sides),
        statuses=choose(statuses),
        sexes=choose([None] * 6 + [{"woman"}, {"any"}]) if "victim_sex" not in question.group_by else None,
        ages=choose([None] * 6 + [{"child"}, {"any"}]),
        filters_events=events is not None,
        is_counted=Filter(
            world,
            conflict=chance.choice([None, None, "war", "phase", "nostart"]),
            events=events,
            perpetrators=choose([None, None, None, {"x"}, {"x", "y"}, {"y", "y1"}]),
        ),
        is_heard=Hearing(frozenset(chance.sample(sorted(CLAIMANTS), 6)))
        if chance.random() < 0.2
        else question.is_heard,
    )
