"""Whether a number was claimed: by the claimant asked about, by somebody else, or by nobody."""

from collections.abc import Iterable
from math import inf
from typing import Any, NamedTuple

from api.models import Claimant, Conflict, Event, Side
from api.queries import claims
from api.queries.evidence import PERIOD, Claim
from api.queries.known import NOT_YET, Known, known
from api.queries.references import above, current_revision, references, require
from api.queries.rows import Caution
from api.queries.select import Bound, bind
from api.queries.standing import Exclusion
from api.queries.statements import spoken
from schemas.fields import NONE

# How a claim's figure holds the number, the plainest first.
STATED, RANGE, OPEN_END = "stated", "range", "open_end"
HOW = (STATED, RANGE, OPEN_END)


class Hit(NamedTuple):
    claim: Claim
    how: str


class Checked(NamedTuple):
    verdict: str
    hits: list[Hit]
    below: Claim | None  # of the figures whose range lies below the number, the nearest
    above: Claim | None
    was_said: list[tuple[Hit, Exclusion]]
    warnings: list[Caution]


def check(asked: dict[str, Any]) -> Checked:
    """Raises `NoSuchRecord`."""
    for name, column in (("claimant", Claimant.slug), ("subject_side", Side.slug)):
        if asked.get(name, NONE) != NONE:
            require(name, column, (asked[name],))
    held = known(_about(asked), asked.get("as_of"))
    return _judged(asked, held, [c for c in held.claims if _is_about(c, asked)])


def _about(asked: dict[str, Any]) -> Bound:
    """Figures of the event; or of the conflict itself, since a part of it never confirms the whole."""
    question: dict[str, Any] = {"kind": ("casualty",), "has_figure": True}
    if "event" in asked:
        require("event", Event.slug, (asked["event"],))
        question["event"] = (asked["event"],)
    else:
        require("conflict", Conflict.slug, (asked["conflict"],))
        question |= {"recorded_conflict": (asked["conflict"],), "event": (NONE,)}
    if "harm" in asked:
        question["harm"] = (asked["harm"],)
    return bind(claims.LISTING, question)


def _is_about(claim: Claim, asked: dict[str, Any]) -> bool:
    side = asked.get("subject_side")
    return side is None or claim.subject_side == (None if side == NONE else side)


def _judged(asked: dict[str, Any], held: Known, figures: list[Claim]) -> Checked:
    number, claimant = asked["number"], asked.get("claimant")
    hits = _hits(figures, number)
    standing = [hit for hit in hits if hit.claim.id not in held.fallen]
    # Who said "at least 53" did not say 75: an open end is told, but supports nothing.
    firm = [hit for hit in standing if hit.how != OPEN_END]
    own = [hit for hit in firm if claimant in (None, hit.claim.claimant)]
    told = [hit for hit in standing if claimant in (None, hit.claim.claimant)] if own else firm or standing
    active = [c for c in figures if c.id not in held.fallen]
    verdict = "supported" if own else "other_claimant" if firm else "outside" if active else "not_found"
    below, above = _nearest(active, number) if verdict == "outside" else (None, None)
    said = [(hit, held.fallen[hit.claim.id]) for hit in hits if hit.claim.id in held.fallen]
    was_said = [(hit, why) for hit, why in said if why.reason not in NOT_YET]
    undated = [hit for hit, why in said if why.reason == "undated"]
    return Checked(verdict, told, below, above, was_said, list(_cautions(asked, held, told, undated)))


def _hits(figures: Iterable[Claim], number: int) -> list[Hit]:
    found = [Hit(claim, how) for claim in figures if (how := _how(claim, number))]
    return sorted(found, key=lambda hit: (HOW.index(hit.how), hit.claim.said, hit.claim.id))


def _how(claim: Claim, number: int) -> str | None:
    """How the figure holds the number, by the ranges by which disputes are judged; None: it does not."""
    floor, ceiling = _span(claim)
    if not floor <= 10 * number <= ceiling:
        return None
    stated = [bound for bound in (claim.low, claim.best, claim.high) if bound is not None]
    if number in stated:
        return STATED
    beyond = (ceiling == inf and number > max(stated)) or (floor == 0 and number < min(stated))
    return OPEN_END if beyond else RANGE


def _span(claim: Claim) -> tuple[float, float]:
    return spoken(claim, None, "").span


def _nearest(figures: list[Claim], number: int) -> tuple[Claim | None, Claim | None]:
    below = [c for c in figures if _span(c)[1] < 10 * number]
    above = [c for c in figures if _span(c)[0] > 10 * number]
    return (
        min(below, key=lambda c: (-_span(c)[1], c.id), default=None),
        min(above, key=lambda c: (_span(c)[0], c.id), default=None),
    )


def _cautions(asked: dict[str, Any], held: Known, told: list[Hit], undated: list[Hit]) -> Iterable[Caution]:
    harms = sorted({hit.claim.harm for hit in told})
    if told and all(hit.how == OPEN_END for hit in told):
        yield Caution(
            "only_open_ended",
            "only the open end of claims such as `at least` or `up to` holds it, which supports nothing",
        )
    if told and all(hit.claim.measure == PERIOD for hit in told):
        yield Caution("only_of_some_days", "only figures of some days say it, not one of the conflict so far")
    if "harm" not in asked and len(harms) > 1:
        yield Caution("several_harms", f"claims of different harms hold it: {', '.join(harms)}; ask harm=")
    if undated:
        ids = ", ".join(hit.claim.id for hit in undated)
        yield Caution("undated", f"claims without a day hold it, which as_of cannot place: {ids}")
    if related := _related(asked, held):
        yield Caution("related_sides", f"there are figures of {', '.join(related)} too, which were not compared")
    if "conflict" in asked:
        text = "only figures of the conflict itself were compared, not those of its events or phases"
        yield Caution("conflict_itself", text)


def _related(asked: dict[str, Any], held: Known) -> list[str]:
    """The sides that hold the one asked about, or are held by it, with figures of their own."""
    side = asked.get("subject_side")
    if side in (None, NONE):
        return []
    members = references(current_revision()).members
    others = {c.subject_side for c in held.claims if c.subject_side and c.id not in held.fallen} - {side}
    return sorted(o for o in others if o in above(members, side) or side in above(members, o))
