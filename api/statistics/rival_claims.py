"""Finds claims of different claimants about the scope of a claim, and tells whether the ranges meet.

Nothing here is a rule of its own: days are compared by rule 4, stances are those of rule 3, ranges those of rule 16.

Rules: docs/developers/reconciling.md#rule-3, #rule-4, #rule-16.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

from api.listings import claims
from api.listings.query import bind_question
from api.reconciling.comparing import are_comparable
from api.reconciling.coverage import Coverage, cover_claim, day_number, find_tolerance
from api.reconciling.record import PERIOD, RUNNING, Claim, Unit, World
from api.reconciling.stance import find_stance
from api.reconciling.statements import fill_claim
from api.statistics.reading import read_claims_as_of
from schemas.fields import ALL, NONE

WireRecord = dict[str, Any]
CLASHES, MEETS, OTHER_VICTIMS = "clashes", "meets", "other_victims"
#: Days after the last day of a running total on which others may still state theirs of the same days.
LATER_STATEMENTS = 366


class Rival(NamedTuple):
    """A claim of another claimant about the same unit, side and harm, of comparable days."""

    claim: str
    stance: str | None
    comparison: str  # clashes: the ranges do not meet; meets; other_victims: not compared


class _Placed(NamedTuple):
    claim: Claim
    unit: Unit
    days: Coverage


class Scope(NamedTuple):
    """The stance of a claim (None: it has none, or says too little), and what others claim of the same."""

    stance: str | None
    rivals: list[Rival]


def read_scope(claim: WireRecord) -> Scope:
    """Return the stance of a claim, and of each other claimant and group of victims the claim nearest in days.

    Claims that do not count any more are left out. A claim without a figure has no rivals.
    """
    if claim["kind"] != "casualty" or claim["low"] is claim["best"] is claim["high"] is None:
        return Scope(None, [])
    evidence = read_claims_as_of(bind_question(claims.LISTING, _filter_scope(claim)), None)
    placed = {c.id: p for c in evidence.claims if (p := _place_claim(evidence.world, c)) is not None}
    subject = placed.pop(claim["id"], None)
    if subject is None:
        return Scope(None, [])
    others = [
        other
        for other in placed.values()
        if other.claim.id not in evidence.excluded
        and other.claim.claimant != subject.claim.claimant
        and _are_of_one_scope(subject, other)
    ]
    rivals = [_make_rival(evidence.world, subject, other) for other in _choose_nearest(subject, others)]
    return Scope(find_stance(evidence.world, subject.claim, subject.unit), rivals)


def _filter_scope(claim: WireRecord) -> WireRecord:
    """Return the filters that find few claims, and all of the scope among them."""
    filters: WireRecord = {
        "kind": ("casualty",),
        "has_figure": True,
        "harm": (claim["harm"],),
        "subject_side": (claim["subject_side"]["id"] if claim["subject_side"] else ALL,),
    }
    if claim["event"]:
        return filters | {"event": (claim["event"]["id"],)}
    filters |= {"recorded_conflict": (claim["conflict"]["id"],), "event": (NONE,), "measure": (claim["measure"],)}
    if claim["measure"] == PERIOD:
        return filters | {"from": claim["covers_from"], "to": claim["covers_to"]}
    last = claim["covers_to"] or claim["stated_until"]
    if claim["measure"] not in RUNNING or last is None:
        return filters | {"id": (claim["id"],)}
    tolerance = find_tolerance([Coverage(claim["covers_from"] or "", last)])
    return filters | {
        "stated_from": _move_day(last, -max(tolerance, LATER_STATEMENTS // 2)),
        "stated_to": _move_day(max(last, claim["stated_until"] or last), LATER_STATEMENTS),
    }


def _move_day(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def _place_claim(world: World, claim: Claim) -> _Placed | None:
    unit = world.find_unit(claim, None)
    return None if unit is None else _Placed(claim, unit, cover_claim(world, claim, unit))


def _are_of_one_scope(subject: _Placed, other: _Placed) -> bool:
    if subject.unit.is_running != other.unit.is_running or subject.unit.event != other.unit.event:
        return False
    return are_comparable(subject.days, other.days)


def _name_victims(claim: Claim) -> tuple[str | None, ...]:
    return claim.victim_status, claim.victim_sex, claim.victim_age, claim.part


def _choose_nearest(subject: _Placed, others: list[_Placed]) -> list[_Placed]:
    """Return one claim for each claimant and group of victims: the nearest last day, then the newest."""

    def find_distance(other: _Placed) -> tuple[int, int, str]:
        days = [day_number(p.days.last) if p.days.last else 0 for p in (subject, other)]
        stated = day_number(other.claim.stated_last) if other.claim.stated_last else 0
        return abs(days[0] - days[1]), -stated, other.claim.id

    nearest: dict[tuple[Any, ...], _Placed] = {}
    for other in sorted(others, key=find_distance):
        nearest.setdefault((other.claim.claimant, *_name_victims(other.claim)), other)
    return list(nearest.values())


def _make_rival(world: World, subject: _Placed, other: _Placed) -> Rival:
    stance = find_stance(world, other.claim, other.unit)
    if _name_victims(subject.claim) != _name_victims(other.claim):
        return Rival(other.claim.id, stance, OTHER_VICTIMS)
    spans = [fill_claim(placed.claim).span for placed in (subject, other)]
    clashes = max(span[0] for span in spans) > min(span[1] for span in spans)
    return Rival(other.claim.id, stance, CLASHES if clashes else MEETS)
