"""Worlds by chance in which claims meet in every way that the rules know: coalitions of some days, camps within camps,
events of several days, phases, hours, sexes and ages, corrections and retractions with days of their own, chains."""

import random
from typing import Any

from api.queries.evidence import Claim, Conflict, Event, Membership, Relation, Side, World, world
from tests.recorded import Recorded

DAYS = [
    "2020-02-28", "2020-03-01", "2020-03-02", "2020-03-08", "2020-03-09", "2020-03-31", "2020-10-04", "2021-01-01",
]  # fmt: skip
CLAIMANTS = {
    "xa": "x", "xb": "x", "ya": "y", "y1a": "y1", "y2a": "y2", "y11a": "y11", "za": "z", "t1": None, "t2": None,
    "t3": None,
}  # fmt: skip
SIDES = ["x", "x", "y", "y", "y1", "y2", "y11", "z"]
VICTIMS = ["any"] * 4 + ["civilian"] * 2 + ["member_of_armed_forces"] * 2 + ["unknown", "other_protected_person"]
MEASURES = {
    "incidents": ["incident"] * 9 + ["period"] * 3 + ["cumulative"],
    "totals": ["cumulative"] * 4 + ["bodies", "estimate"] * 2 + ["incident"],
}
ACTING = ["supersedes", "supersedes", "includes", "includes", "includes", "same_as", "misreports"]


def a_world(chance: random.Random) -> World:
    days = chance.choice([(None, None), (None, None), ("2020-03-02", "2020-03-08"), ("2020-03-05", None)])
    parties = [("x", "y"), ("x", "y"), (), ("x", "y1", "y2"), ("x",)]
    return world(
        [
            Conflict("root", None, None, chance.choice([("x", "y"), ("x", "y", "z")])),
            Conflict("phase", "root", chance.choice([None, "2020-03-10"]), chance.choice(parties)),
            Conflict("other-phase", "root"),
            Conflict("battle", "phase", "2020-03-31"),
            Conflict("apart", None, None, ("x", "y")),
        ],
        [
            Side("x"), Side("y"), Side("z", (Membership("x"),) if chance.random() < 0.2 else ()),
            Side("y1", (Membership("y", *days),)), Side("y2", (Membership("y"),)), Side("y11", (Membership("y1"),)),
        ],
        [_event(chance, f"e{n}") for n in range(7)],
    )  # fmt: skip


def _event(chance: random.Random, name: str) -> Event:
    first = chance.choice(DAYS)
    return Event(
        name,
        chance.choice(["root", "phase", "phase", "other-phase", "battle", "apart"]),
        first,
        chance.choice([first, max(first, chance.choice(DAYS))]),
        chance.choice([(), ("x", "y"), ("x",), ("x", "y1"), ("y1", "y2", "x"), ("y", "z")]),
        chance.choice(["Battles", "unknown", "Riots"]),
        chance.choice([None, "AZE", "ARM"]),
        chance.choice([None, "North", "South"]),
    )


def _figure(chance: random.Random) -> dict[str, Any]:
    n = chance.choice([0, 1, 2, 3, 5, 9, 10, 11, 12, 20, 50])
    more = n + chance.choice([0, 1, 3, 20])
    exact = {"qualifier": "exact", "low": n, "best": n, "high": n}
    return chance.choice(
        [
            exact, exact, exact, exact,
            {"qualifier": "about", "best": n}, {"qualifier": "at_least", "low": n, "best": n},
            {"qualifier": "nearly", "best": n, "high": n}, {"qualifier": "between", "low": n, "high": more},
            {"qualifier": "vague", "low": 24}, {"qualifier": "up_to", "high": n}, {"qualifier": "unquantified"},
            {"qualifier": "as_given", "low": n, "best": more, "high": more},
            {"qualifier": "as_given", "low": more, "best": more, "high": n},
        ]
    )  # fmt: skip


def _claim(chance: random.Random, name: str, known: World, basis: str) -> Claim:
    claimant = chance.choice(sorted(CLAIMANTS))
    measure = chance.choice(MEASURES[basis])
    event = chance.choice(sorted(known.events)) if measure == "incident" else None
    since, until = sorted(chance.choices(DAYS, k=2))
    covers = measure == "period" or (measure != "incident" and chance.random() < 0.3)
    stated = chance.choice([*DAYS, None])
    taken_back = chance.choice([None] * 14 + ["editor", "claimant"])
    return Claim(
        id=name,
        kind="casualty",
        conflict=known.events[event].conflict if event else chance.choice(sorted(known.conflicts)),
        event=event,
        claimant=claimant,
        claimant_side=CLAIMANTS[claimant],
        subject_side=chance.choice([None, *SIDES]),
        harm=chance.choice(["killed", "killed", "killed", "injured"]),
        measure=measure,
        stated_on=stated,
        stated_last=stated and chance.choice([stated, stated, max(stated, chance.choice(DAYS))]),
        stated_time=chance.choice([None, None, "08:00", "19:00"]) if stated else None,
        responsible_side=chance.choice([None, None, "x", "y"]),
        victim_status=chance.choice(VICTIMS),
        victim_sex=chance.choice(["any"] * 18 + ["woman", "man"]),
        victim_age=chance.choice(["any"] * 18 + ["child"]),
        covers_from=since if covers else None,
        covers_to=until if covers else None,
        retracted_by=taken_back,
        retracted_on=chance.choice(DAYS) if taken_back == "claimant" else None,
        reliability=chance.choice(["A", "B", "C", "D", "E", "F", None]),
        credibility=chance.choice([1, 2, None, 5, 6]),
        sources=(f"source-of-{name}",),
        **_figure(chance),
    )


def a_record(seed: int, basis: str) -> Recorded:
    """The same for the same seed. A relation points at an earlier claim, so that none closes a ring."""
    chance = random.Random(seed)
    known = a_world(chance)
    claims = [_claim(chance, f"c{n:02}", known, basis) for n in range(chance.choice([3, 6, 10, 20]))]
    pairs = [(claims[later], claims[earlier]) for later in range(len(claims)) for earlier in range(later)]
    near = [(a, b) for a, b in pairs if (a.harm, a.measure, a.conflict) == (b.harm, b.measure, b.conflict)]
    related = chance.sample(pairs, min(len(pairs), chance.choice([0, 1, 3])))
    related += chance.sample(near, min(len(near), chance.choice([0, 2, 4])))
    relations = {
        Relation(chance.choice(ACTING), later.id, earlier.id, chance.choice([None, None, *DAYS]))
        for later, earlier in related
    }
    return Recorded(known, claims, sorted(relations, key=str))
