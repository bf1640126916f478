"""DuckDB adds up plain cells and a walk adds the others: the answer equals that of a walk of all cells."""

import itertools
import random
from collections.abc import Iterable
from typing import Any

import pytest

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.evidence import process
from api.evidence.frame import open_frame
from api.reconciling.question import Question
from api.reconciling.reconciled_answer import Answer
from api.reconciling.record import Claim, Conflict, Event, Membership, Relation, Side, make_world
from api.statistics import casualties, disagreement, plain_cells, relevant_claims
from api.statistics.casualty_question import make_question
from api.writes.update import mark_retracted, revise_record
from schemas.statistics.casualties import POLICIES
from tests.conftest import Databases
from tests.reconciling.worlds import a_figure
from tests.support.frames import write_image
from tests.support.recorded import Recorded, documents
from tests.support.relations import find_impossible
from tests.support.worlds import made, write

#: A seed, and the number of questions about its record.
FORMS = [pytest.param(0, 6), *(pytest.param(n, 40, marks=pytest.mark.night) for n in range(10))]
EVENTS = 120
CLAIMANTS = {
    "xa": ("x", None), "ya": ("y", None), "y1a": ("y1", None), "t1": (None, None), "t2": (None, None),
    "t3": (None, None), "exile": (None, "y"),
}  # fmt: skip
SPLIT = [("x", "civilian"), ("x", "member_of_armed_forces"), ("y", "any"), ("y", "civilian"), ("x", "any")]
GROUPS = [
    "conflict", "event", "event_type", "country", "admin1", "year", "quarter", "month", "week", "day", "subject_side",
    "responsible_side", "harm",
]  # fmt: skip
#: The claims of an event: subjects and statuses, and whether one claimant makes all of them.
SHAPES: list[tuple[list[tuple[str | None, str]], bool]] = [
    ([("x", "any")], False),
    ([("x", "any"), ("x", "any")], False),
    ([("x", "any"), ("x", "any"), ("x", "any")], False),
    ([("x", "any"), ("y", "any")], False),
    ([("x", "civilian")], False),
    ([("x", "civilian"), ("y", "member_of_armed_forces")], False),
    ([(None, "any"), (None, "any")], False),
    ([(None, "any"), ("x", "any"), ("y", "civilian")], True),
    ([("x", "any"), ("x", "civilian"), ("x", "member_of_armed_forces")], True),
    ([("y1", "any"), ("y", "any")], False),  # a member and its camp: not plain, so walked
    ([("x", "civilian"), ("x", "any"), ("x", "unknown")], False),
]


class Maker:
    """Makes one random record: most events have no link, and some are linked."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"plain {seed}")
        self.count = 0
        self.world = make_world(
            [
                Conflict("war", None, None, ("x", "y"), "2020-01-01"),
                Conflict("phase", "war", "2021-06-30", (), "2020-06-01"),
                Conflict("other", None, None, ("x", "z"), "2020-01-01"),
            ],
            [
                Side("x"), Side("y"), Side("z"), Side("y1", (Membership("y"),)),
                Side("y2", (Membership("y", "2020-09-01"),)),
            ],
            [self.make_event(f"e{n:03}") for n in range(EVENTS)],
        )  # fmt: skip

    def make_day(self) -> str:
        chance = self.chance
        return f"202{chance.choice([0, 0, 1])}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"

    def make_event(self, name: str) -> Event:
        chance, first = self.chance, self.make_day()
        last = first[:8] + f"{min(28, int(first[8:]) + 9):02}" if chance.random() < 0.2 else first
        return Event(
            name,
            chance.choice(["war", "war", "phase", "other"]),
            first,
            chance.choice([last, last, f"{first[:4]}-12-31"]) if chance.random() < 0.1 else last,
            chance.choice([("x", "y"), ("x", "y"), ("x",), (), ("x", "y1"), ("x", "y2")]),
            chance.choice(["Battles", "Riots", "unknown"]),
            chance.choice([None, "ALB", "BGR"]),
            chance.choice([None, "North"]),
            chance.choice([1, 1, 1, 2, 3, 4, 5]),
        )

    def make_claim(self, claimant: str, scope: tuple[str | None, str], **given: Any) -> Claim:
        chance = self.chance
        self.count += 1
        name, day = f"c{self.count:04}", chance.choice([self.make_day(), self.make_day(), None])
        side, affiliation = CLAIMANTS[claimant]
        taken_back = chance.choice([None] * 27 + ["editor", "claimant"])
        usual = {
            "id": name,
            "kind": "casualty",
            "event": None,
            "claimant": claimant,
            "claimant_side": side,
            "affiliation": affiliation,
            "subject_side": scope[0],
            "victim_status": scope[1],
            "harm": "killed",
            "measure": "incident",
            "stated_on": day,
            "stated_last": day,
            "stated_time": chance.choice([None, None, "08:00"]) if day else None,
            "retracted_by": taken_back,
            "retracted_on": self.make_day() if taken_back == "claimant" else None,
            "reliability": chance.choice(["A", "B", "D", "F", None]),
            "credibility": chance.choice([1, 3, None, 5]),
            "sources": (f"source-{chance.randint(1, 30)}", f"source-of-{name}")[chance.choice([0, 0, 1]) :],
            **a_figure(chance),
        }
        return Claim(**{**usual, **given})

    def make_claims(self, event: Event) -> list[Claim]:
        chance = self.chance
        scopes, is_one_claimant = chance.choice(SHAPES)
        speakers = chance.sample(sorted(CLAIMANTS), len(scopes))
        where: dict[str, Any] = {
            "event": event.id,
            "conflict": event.conflict,
            "harm": chance.choice(["killed", "injured"]),
        }
        if is_one_claimant:
            day = self.make_day()
            where |= {"stated_on": day, "stated_last": day, "stated_time": None}
        if chance.random() < 0.1:
            where |= {"responsible_side": chance.choice(["x", "y"])}
        claims = [
            self.make_claim(speakers[0] if is_one_claimant else speaker, scope, **where)
            for scope, speaker in zip(scopes, speakers, strict=True)
        ]
        if chance.random() < 0.15:
            claims.append(self.make_oddity(where))
        return claims

    def make_oddity(self, where: dict[str, Any]) -> Claim:
        """Return a claim that only the walk can judge, or that has no figure."""
        odd: dict[str, Any] = self.chance.choice(
            [{"part": "north"}, {"measure": "cumulative"}, {"measure": "identified"}, {"victim_sex": "woman"},
             {"victim_age": "child"}, {"kind": "denial"}, {"responsible_side": "x"}]
        )  # fmt: skip
        if "kind" in odd:
            odd |= {"low": None, "best": None, "high": None, "qualifier": None, "measure": None}
        return self.make_claim(self.chance.choice(sorted(CLAIMANTS)), ("x", "any"), **{**where, **odd})

    def make_others(self) -> list[Claim]:
        """Return periods, running totals and silences."""
        chance, claims = self.chance, []
        for _ in range(3):
            month = f"202{chance.choice([0, 1])}-{chance.randint(1, 12):02}"
            days = {
                "covers_from": f"{month}-05",
                "covers_to": f"{month}-20",
                "conflict": chance.choice(["war", "phase"]),
            }
            speaker = chance.choice(sorted(CLAIMANTS))
            claims.append(self.make_claim(speaker, chance.choice(SPLIT), measure="period", **days))
            claims.append(self.make_claim(speaker, chance.choice(SPLIT), measure="cumulative", conflict="war"))
            claims.append(
                self.make_claim(
                    "ya", ("y", chance.choice(["any", "civilian"])), kind="silence", measure=None, low=None, best=None,
                    high=None, qualifier=None, **days,
                )
            )  # fmt: skip
        return claims

    def make_record(self) -> Recorded:
        claims = [claim for event in self.world.events.values() for claim in self.make_claims(event)]
        claims += self.make_others()
        kinds = ["supersedes", "includes", "same_as", "misreports"]
        figures = [c for c in claims if c.kind == "casualty"]
        pairs = [self.chance.sample(figures, 2) for _ in range(50)]
        pairs += [(a, b) for a, b in itertools.pairwise(figures) if a.event == b.event]
        relations = [Relation(self.chance.choice(kinds), max(a.id, b.id), min(a.id, b.id)) for a, b in pairs]
        record = Recorded(self.world, claims, relations)
        written = documents(record)
        impossible = find_impossible(written)
        kept = [r for r, one in zip(relations, written["relations"], strict=True) if one["id"] not in impossible]
        return record._replace(relations=kept[:5])

    def change(self, record: Recorded) -> None:
        """Write what the image does not have yet: claims, relations, corrections, retractions."""
        chance = self.chance
        events = chance.sample(sorted(self.world.events.values()), 6)
        later = [
            self.make_claim("t3", ("x", "any"), event=e.id, conflict=e.conflict, stated_on=None, stated_last=None,
                            stated_time=None)
            for e in events
        ]  # fmt: skip
        later += self.make_others()[:2]
        later = [claim._replace(sources=(f"source-of-{claim.id}",)) for claim in later]
        told = documents(Recorded(self.world, later, []))
        write({record_type: told[record_type] for record_type in ("claims", "reports")} | {"sources": told["sources"]})
        figures = [c for c in record.claims if c.kind == "casualty" and c.retracted_by is None and c.best is not None]
        with database.connection_context():
            for claim in chance.sample(figures, 4):
                mark_retracted("claims", claim.id, "Taken back.", "editor")
            revise_record(
                "events", events[0].id, {"started_on": "2020-01-01", "ended_on": "2020-01-02"}, "Earlier.", "editor"
            )


def ask(chance: random.Random) -> dict[str, Any]:
    policy = chance.choice(sorted(POLICIES))
    asked: dict[str, Any] = {
        "basis": chance.choice(["both", "incidents", "incidents"]),
        "policy": policy,
        "group_by": tuple(chance.sample(GROUPS, chance.choice([0, 1, 1, 2]))),
    }
    if policy == "claimant":
        asked["claimant"] = (chance.choice(sorted(CLAIMANTS)),)
    more: list[tuple[float, dict[str, Any]]] = [
        (0.3, {"as_of": chance.choice(["2020-06-15", "2021-03-01"])}),
        (0.3, {"from": chance.choice(["2020-03-05", "2020-12-20"])}),
        (0.3, {"to": chance.choice(["2021-03-05", "2020-08-03"])}),
        (0.2, {"conflict": (chance.choice(["war", "phase"]),)}),
        (0.2, {"harm": ("killed",)}),
        (0.2, {"subject_side": (chance.choice(["x", "y", "y1"]),)}),
        (0.15, {"victim_status": chance.choice([("civilian",), ("any",), ("civilian", "member_of_armed_forces")])}),
        (0.15, {"responsible_side": ("x",)}),
        (0.15, {"claimant_side": ("x",)}),
        (0.15, {"country": ("ALB",)}),
        (0.1, {"event": tuple(f"e{n:03}" for n in chance.sample(range(EVENTS), 20))}),
    ]
    for share, filters in more:
        if chance.random() < share:
            asked |= filters
    return asked


def describe(answer: Answer) -> dict[str, Any]:
    """Return all parts of an answer, with the ids of the claims behind it."""
    rows = {
        (row.basis, row.key): {
            **{name: getattr(row, name) for name in ("low", "best", "high", "cells_count", "open_ended", "imputed")},
            **{name: getattr(row, name) for name in ("incomplete", "reaches_over", "disputed", "missing", "silences")},
            "spread": row.spread and round(row.spread, 9),
            "claims": sorted(row.claims),
            "claimants": sorted(row.claimants),
            "sources": sorted(map(str, row.sources)),
            "is_added_up": row.is_added_up,
        }
        for row in answer.rows
    }
    assert len(rows) == len(answer.rows)
    reasons = {reason: number for reason, number in answer.count_reasons().items() if number}
    excluded = {reason: answer.find_excluded(reason) for reason in reasons}
    assert reasons == {reason: len(claims) for reason, claims in excluded.items()}
    others = [(w.code, w.figure, w.number) for w in answer.warnings if w.code != "began_before"]
    earlier = [w for w in answer.warnings if w.code == "began_before"]
    warned = sum(w.figure or 0 for w in earlier), sum(w.number or 1 for w in earlier)
    return {
        "order": [*rows],
        "rows": rows,
        "excluded": excluded,
        "warnings": sorted(others, key=str),
        "earlier": warned,
        "double_counts": answer.double_counts,
    }


#: Two limits, of claims to walk and of claims to keep in memory. With them the relevant claims are kept in memory, all
#: walked, or left in place.
KEPT, WALKED, LEFT = (0, relevant_claims.MOST_KEPT), (relevant_claims.MOST_WALKED, relevant_claims.MOST_KEPT), (0, -1)


def compare(questions: Iterable[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Compare answers with and without plain cells; return how many had plain cells, and how many of these a row."""
    plain = with_rows = 0
    for number, asked in enumerate(questions):
        with database.connection_context(), open_snapshot(None):
            walked = describe(casualties.answer_casualties(make_question(asked), with_cells=True))
            with open_frame() as frame:
                can = plain_cells.PlainCells.can_answer(frame, Question(**{k: asked[k] for k in ("basis", "group_by")}))
            for few, most in (KEPT, (WALKED, LEFT)[number % 2]):
                casualties._answer_question.cache_clear()
                monkeypatch.setattr(relevant_claims, "MOST_WALKED", few)
                monkeypatch.setattr(relevant_claims, "MOST_KEPT", most)
                mixed = describe(casualties.answer_casualties(make_question(asked)))
                for part in walked:
                    assert mixed[part] == walked[part], (asked, few, most)
        plain += can
        with_rows += can and bool(walked["rows"])
    return plain, with_rows


def compare_rankings(questions: Iterable[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> int:
    """Compare the rankings with and without plain cells; return how many events had a difference."""
    differing = 0
    for asked in questions:
        filters = {name: value for name, value in asked.items() if name not in ("basis", "policy", "group_by")}
        with database.connection_context(), open_snapshot(None):
            with monkeypatch.context() as patched:
                patched.setattr(plain_cells.PlainCells, "can_answer", lambda frame, question: False)
                walked = disagreement.rank_disagreements(filters, "both", None)
            for limit, (few, most) in itertools.product((1, 7, None), (KEPT, WALKED)):
                monkeypatch.setattr(relevant_claims, "MOST_WALKED", few)
                monkeypatch.setattr(relevant_claims, "MOST_KEPT", most)
                ranking = disagreement.rank_disagreements(filters, "both", limit)
                assert (ranking.differing, ranking.compared) == (walked.differing, walked.compared), asked
                told, expected = ([(d.row.key, d.lowest, d.highest) for d in r.ranked] for r in (ranking, walked))
                assert told[:limit] == expected[:limit] and (limit is not None or told == expected), asked
        differing += walked.differing
    return differing


@pytest.mark.parametrize(("seed", "number"), FORMS)
def test_plain_cells_and_the_walk_of_the_others_are_the_walk_of_all(
    seed: int, number: int, databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process._evidence = None
    maker, chance = Maker(seed), random.Random(f"questions {seed}")
    record = maker.make_record()
    images = str(databases.folder / f"plain-{engine}-{seed}-{number}")
    app = made(databases, engine, documents(record), image_folder=images)
    assert app
    questions = [ask(chance) for _ in range(number)]
    write_image()
    plain, with_rows = compare(questions, monkeypatch)
    assert plain == number and with_rows > number / 2
    maker.change(record)  # from here on the image has an overlay
    assert compare(questions, monkeypatch) == (plain, pytest.approx(with_rows, abs=3))
    assert compare_rankings([q for q in questions if q["policy"] != "claimant"], monkeypatch) > 0
    process._evidence = None
