"""Running figures in the order stated: series that break where what they count changes, and the silences beside them.

Nothing is interpolated and nothing carried forward: a point is a statement.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.models import Conflict, Event
from api.queries import claims
from api.queries.evidence import ANY, END_OF_TIME, RUNNING, Claim, Place, World
from api.queries.known import Known, known
from api.queries.references import require
from api.queries.rows import Caution
from api.queries.select import bind
from api.queries.standing import Exclusion, age
from schemas.fields import NONE


class About(NamedTuple):
    """What a series is about; its order is that of the answer."""

    harm: str
    subject_side: str | None
    claimant: str
    victim_status: str
    victim_sex: str
    victim_age: str


class Break(NamedTuple):
    because: str
    before: str
    after: str
    since: str  # the claim before


class Point(NamedTuple):
    claim: str
    superseded_by: str | None
    breaks: Break | None
    change: int | None


class Gap(NamedTuple):
    claim: str
    since: str
    until: str


class Series(NamedTuple):
    about: About
    points: list[Point]
    gaps: list[Gap]


class Found(NamedTuple):
    series: list[Series]
    excluded: dict[str, Exclusion]
    warnings: list[Caution]


def series(asked: dict[str, Any]) -> Found:
    """Raises `NoSuchRecord` and `TooMany`."""
    figures = known(bind(claims.LISTING, _figures(asked)), asked.get("as_of"))
    silences = known(bind(claims.LISTING, _silences(asked)), asked.get("as_of"))
    excluded = {c.id: why for c in figures.claims if _asked(c, asked) and (why := _left_out(c, figures, asked))}
    lines: dict[About, list[Claim]] = defaultdict(list)
    for claim in figures.claims:
        if _asked(claim, asked) and claim.id not in excluded:
            lines[_about(claim)].append(claim)
    for claim in silences.claims:
        heard = claim.claimant in asked.get("claimant", (claim.claimant,))
        if heard and _asked(claim, asked) and _own(silences.world, claim) and claim.id not in silences.fallen:
            lines.setdefault(_about(claim), [])
    told = [
        Series(about, list(_points(figures, lines, about)), list(_gaps(silences, about, lines[about], asked)))
        for about in sorted(lines, key=_order)
    ]
    return Found(told, excluded, list(_cautions(asked, figures.world)))


def _figures(asked: dict[str, Any]) -> dict[str, Any]:
    narrowed = {name: asked[name] for name in ("harm", "claimant") if name in asked}
    measures = asked.get("measure", tuple(sorted(RUNNING)))
    return _place(asked) | narrowed | {"kind": ("casualty",), "measure": measures}


def _silences(asked: dict[str, Any]) -> dict[str, Any]:
    narrowed = {"harm": asked["harm"]} if "harm" in asked else {}
    return _place(asked) | narrowed | {"kind": ("silence",)}


def _place(asked: dict[str, Any]) -> dict[str, Any]:
    """The filters of claims that find those of the conflict itself, or of the event."""
    if "event" in asked:
        require("event", Event.slug, (asked["event"],))
        return {"event": (asked["event"],)}
    require("conflict", Conflict.slug, (asked["conflict"],))
    return {"recorded_conflict": (asked["conflict"],)}


def _asked(claim: Claim, asked: dict[str, Any]) -> bool:
    """The filters on whose losses: a part of the whole must not lose sight of what replaced the whole."""
    sides, statuses = asked.get("side"), asked.get("victim_status")
    return (sides is None or (claim.subject_side or NONE) in sides) and (
        statuses is None or claim.victim_status in statuses
    )


def _left_out(claim: Claim, held: Known, asked: dict[str, Any]) -> Exclusion | None:
    why = held.fallen.get(claim.id)
    if why and why.reason != "superseded":
        return why
    if not claim.quantified:
        return Exclusion("unquantified")
    if "conflict" in asked and claim.event is not None:
        return Exclusion("other_scope")  # a running figure of one event is no total of its conflict
    return None


def _about(claim: Claim) -> About:
    victims = claim.victim_status, claim.victim_sex, claim.victim_age
    return About(claim.harm, claim.subject_side, claim.claimant, *victims)


def _order(about: About) -> tuple[Any, ...]:
    return tuple((value is None, value or "") for value in about)


# The points of a series ------------------------------------------------------------------------------------------


def _points(held: Known, lines: dict[About, list[Claim]], about: About) -> Iterable[Point]:
    before: Claim | None = None
    of_measure: dict[str | None, Claim] = {}
    for claim in sorted(lines[about], key=lambda c: (age(held.world, c), c.id)):
        breaks = _break(before, claim) if before else _widened(held, lines, about, claim)
        change = _change(of_measure.get(claim.measure), claim)
        yield Point(claim.id, _superseded_by(held, claim), breaks, change)
        if claim.stated_on:  # what has no day is neither before nor after another point
            before = of_measure[claim.measure] = claim


def _superseded_by(held: Known, claim: Claim) -> str | None:
    why = held.fallen.get(claim.id)
    return why.by if why else None


def _break(before: Claim, claim: Claim) -> Break | None:
    if before.measure == claim.measure:
        return None
    return Break("measure", before.measure or "", claim.measure or "", before.id)


def _widened(held: Known, lines: dict[About, list[Claim]], about: About, claim: Claim) -> Break | None:
    """The first point of a series breaks with an earlier one about a part of its people, or about their whole."""
    if not claim.stated_on:
        return None
    others = [
        c
        for other, said in lines.items()
        if other != about
        and other._replace(victim_status="") == about._replace(victim_status="")
        and ANY in (other.victim_status, about.victim_status)
        for c in said
        if c.stated_on and age(held.world, c) < age(held.world, claim)
    ]
    before = max(others, key=lambda c: (age(held.world, c), c.id), default=None)
    return before and Break("victim_status", before.victim_status, claim.victim_status, before.id)


def _change(before: Claim | None, claim: Claim) -> int | None:
    """Between numbers that were stated; what was filled in is no rise or fall."""
    if before is None or not claim.stated_on or claim.best is None or before.best is None:
        return None
    return claim.best - before.best


# Silences --------------------------------------------------------------------------------------------------------


def _gaps(held: Known, about: About, points: list[Claim], asked: dict[str, Any]) -> Iterable[Gap]:
    """The silences on what the series is about, where it is the side's own."""
    last = asked.get("as_of") or END_OF_TIME
    for silence in sorted(held.claims, key=lambda c: (c.covers_from or "", c.id)):
        if silence.id in held.fallen or not silence.covers_from or silence.covers_from > last:
            continue
        on_it = silence.harm == about.harm and _meet(silence.victim_status, about.victim_status)
        speaker = points[0].claimant_side if points else silence.claimant_side
        if on_it and all(_of_one_camp(held.world, silence, side) for side in (about.subject_side, speaker)):
            yield Gap(silence.id, silence.covers_from, min(silence.covers_to or last, last))


def _meet(status: str, other: str) -> bool:
    return status == other or ANY in (status, other)


def _own(world: World, silence: Claim) -> bool:
    """Whether the silence is of those who would speak; it then has a series, be it without a point."""
    return _of_one_camp(world, silence, silence.claimant_side)


def _of_one_camp(world: World, silence: Claim, side: str | None) -> bool:
    own = silence.subject_side
    if own is None or side is None:
        return own is side
    place = Place.on(silence.conflict, "", silence.event, silence.covers_from or "")
    return world.camp(own, place) == world.camp(side, place)


def _cautions(asked: dict[str, Any], world: World) -> Iterable[Caution]:
    phases = sorted(c.id for c in world.conflicts.values() if "conflict" in asked and c.parent == asked["conflict"])
    if phases:
        yield Caution("phases_apart", f"phases have series of their own, which are not these: {', '.join(phases)}")
