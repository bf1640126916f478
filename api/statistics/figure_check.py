"""Check a sentence with a number against the claims: the claimant stated it, another claimant did, or nobody.

The sentence compares its number (`schemas.vocabularies.COMPARISON`). A claim supports it if all that the claim's words
allow agrees with the sentence; `exactly` and `about` are also supported by a range that includes the number.

| sentence | claims that support it | claims that do not |
| --- | --- | --- |
| exactly 75 | 75; between 70 and 80; about 80 (72 to 88) | at least 53; up to 400; 74 |
| about 5,000 | about 5,000; 5,200; 4,500 | 5,501; at least 4,000 |
| nearly 100 | nearly 100; 95 | about 100; 101; up to 100 |
| at least 50 | at least 53; 50; about 60 | at least 49; up to 400 |
| more than 5,000 | more than 5,000; 5,200; about 6,000 | nearly 5,000; 5,000; at least 5,000 |
| at most 400 | up to 400; 399; nearly 400 | at least 53; about 400 |
| less than 6,000 | 5,200; nearly 6,000; fewer than 6,000 | 6,000; up to 6,000 |

A part never limits the whole: a figure of some days, some victims, one perpetrator or one part supports neither
`at_most` nor `less_than`, and neither does a figure that its claimant has replaced by a newer one (rule 7).

Rules: docs/developers/reconciling.md#rule-7, #rule-16.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.database.models import Claim as ClaimTable
from api.database.models import Claimant, Conflict, Event, Side
from api.database.statements import fetch_tuples
from api.history.revisions import current_revision
from api.listings import claims
from api.listings.query import Bound, bind_question
from api.listings.references import ancestors_of, by_id, cached_references, require_existing
from api.reconciling.record import ANY, PERIOD, Claim
from api.reconciling.standing import Exclusion
from api.reconciling.statements import fill_claim
from api.statistics.counts import find_parts, find_replaced
from api.statistics.notices import Notice
from api.statistics.reading import ClaimsAsOf, read_claims_as_of
from schemas.fields import ALL, NONE
from schemas.sentences import join_words

# How a claim relates to the sentence, the plainest first (schemas.statistics.figure_check.RELATIONS).
STATES, INCLUDES, WITHIN = "states", "includes", "within"
CONTRADICTS, PARTLY, OPEN_END, BELOW, ABOVE = "contradicts", "partly", "open_end", "below", "above"
SUPPORTING = (STATES, INCLUDES, WITHIN)
TOUCHING = (*SUPPORTING, CONTRADICTS, PARTLY, OPEN_END)
RELATION_ORDER = (*TOUCHING, BELOW, ABOVE)
UPPER_LIMITS = ("at_most", "less_than")
PERSON = 10  # ranges are in tenths of a person, as rule 16 has them


class Sentence(NamedTuple):
    number: int
    comparison: str

    @property
    def span(self) -> tuple[float, float]:
        """Return the lowest and the highest number that agree with the sentence, in tenths."""
        number = self.number
        return {
            "exactly": (10 * number, 10 * number),
            "about": (9 * number, 11 * number),
            "nearly": (9 * number, 10 * number),
            "at_least": (10 * number, math.inf),
            "more_than": (10 * number + PERSON, math.inf),
            "at_most": (0, 10 * number),
            "less_than": (0, 10 * number - PERSON),
        }[self.comparison]


class ClaimFigure(NamedTuple):
    """The numbers that a claim's words allow, in tenths; an exclusive end is just outside."""

    numbers: tuple[int, ...]  # those that the claim gives
    best: int | None
    lowest: float
    highest: float
    is_open_below: bool
    excludes_lowest: bool
    excludes_highest: bool
    is_part: bool

    @property
    def span(self) -> tuple[float, float]:
        return self.lowest + PERSON * self.excludes_lowest, self.highest - PERSON * self.excludes_highest

    @property
    def closed_span(self) -> tuple[float, float]:
        """Return the span without open ends, which support nothing."""
        lowest, highest = self.span
        if self.is_open_below:
            lowest = 10 * min(self.numbers)
        if highest == math.inf:
            highest = 10 * max(self.numbers)
        return lowest, highest


class Related(NamedTuple):
    """A claim and how it relates to the sentence."""

    claim: Claim
    relation: str


class Checked(NamedTuple):
    verdict: str
    claims: list[Related]
    below: Related | None  # the nearest figure below the sentence's range
    above: Related | None
    not_current: list[tuple[Related, Exclusion]]
    warnings: list[Notice]


def check_figure(question: dict[str, Any]) -> Checked:
    """Return the verdict, and the claims that support it.

    Raises `UnknownValueError`, and `UnanswerableError` for relations that make no sense.
    """
    if "claimant" in question:
        require_existing("claimant", Claimant.slug, (question["claimant"],))
    if question.get("subject_side", ALL) != ALL:
        require_existing("subject_side", Side.slug, (question["subject_side"],))
    evidence = read_claims_as_of(_bind_question(question), question.get("as_of"))
    figures = [claim for claim in evidence.claims if _matches_question(claim, question)]
    return _judge_figures(question, evidence, figures)


def _bind_question(question: dict[str, Any]) -> Bound:
    """Return the filters of figures of the event, or of the conflict itself: a part never confirms the whole."""
    filters: dict[str, Any] = {"kind": ("casualty",), "has_figure": True}
    if "event" in question:
        require_existing("event", Event.slug, (question["event"],))
        filters["event"] = (question["event"],)
    else:
        require_existing("conflict", Conflict.slug, (question["conflict"],))
        filters |= {"recorded_conflict": (question["conflict"],), "event": (NONE,)}
    if "harm" in question:
        filters["harm"] = (question["harm"],)
    return bind_question(claims.LISTING, filters)


def _matches_question(claim: Claim, question: dict[str, Any]) -> bool:
    side = question.get("subject_side")
    is_side = side is None or claim.subject_side == (None if side == ALL else side)
    return is_side and question.get("victim_status") in (None, claim.victim_status)


def _judge_figures(question: dict[str, Any], evidence: ClaimsAsOf, figures: list[Claim]) -> Checked:
    sentence = Sentence(question["number"], question["comparison"])
    replaced = find_replaced(
        evidence.world, (c for c in figures if c.id not in evidence.excluded), question.get("as_of")
    )
    excluded = evidence.excluded
    if sentence.comparison in UPPER_LIMITS:
        excluded = {id: exclusion for id, exclusion in replaced.items() if exclusion.reason == "superseded"} | excluded
    of_some_days = {c.id for c in figures if c.measure == PERIOD or _starts_later(c, replaced)}
    parts = find_parts(evidence.world, figures) | {c.id for c in figures if _is_of_some_victims(c, question)}
    related = _relate_all(sentence, figures, of_some_days | parts)
    current = [r for r in related if r.claim.id not in excluded]
    supporting = [r for r in current if r.relation in SUPPORTING]
    by_claimant = [r for r in supporting if question.get("claimant") in (None, r.claim.claimant)]
    shown = supporting if supporting and not by_claimant else [r for r in current if r.relation in TOUCHING]
    if by_claimant:
        shown = [r for r in shown if question.get("claimant") in (None, r.claim.claimant)]
    verdict = "supported" if by_claimant else "other_claimant" if supporting else "outside" if current else "not_found"
    below, above = _find_nearest(current) if verdict == "outside" else (None, None)
    touching = [(r, excluded[r.claim.id]) for r in related if r.relation in TOUCHING and r.claim.id in excluded]
    not_current = [(r, exclusion) for r, exclusion in touching if exclusion.reason != "later"]
    undated = [r.claim.id for r, exclusion in touching if exclusion.reason == "undated"]
    warnings = [*_warn_of_claims(question, shown, of_some_days, undated), *_warn_of_scope(question, evidence)]
    return Checked(verdict, shown, below, above, not_current, warnings)


def _starts_later(claim: Claim, replaced: dict[str, Exclusion]) -> bool:
    return claim.id in replaced and replaced[claim.id].reason == "later_start"


# How a claim relates to the sentence -----------------------------------------------------------------------------


def _relate_all(sentence: Sentence, figures: list[Claim], parts: set[str]) -> list[Related]:
    fewer_than = _find_fewer_than(c.id for c in figures if c.qualifier == "up_to" and c.high == sentence.number)
    related = []
    for claim in figures:
        figure = read_figure(claim, is_part=claim.id in parts, is_fewer_than=claim.id in fewer_than)
        related.append(Related(claim, relate_figure(figure, sentence)))
    return sorted(related, key=lambda r: (RELATION_ORDER.index(r.relation), r.claim.stated, r.claim.id))


def _find_fewer_than(ids: Iterable[str]) -> frozenset[str]:
    """Return the claims whose words were "fewer than", which excludes the number itself."""
    candidates = sorted(ids)
    if not candidates:
        return frozenset()
    query = ClaimTable.select(ClaimTable.slug).where(ClaimTable.figure_rule == "fewer_than")
    return frozenset(slug for (slug,) in fetch_tuples(query.where(ClaimTable.slug.in_(candidates))))


def _is_of_some_victims(claim: Claim, question: dict[str, Any]) -> bool:
    is_some_status = claim.victim_status != question.get("victim_status", ANY)
    return is_some_status or (claim.victim_sex, claim.victim_age) != (ANY, ANY)


def read_figure(claim: Claim, *, is_part: bool, is_fewer_than: bool) -> ClaimFigure:
    lowest, highest = fill_claim(claim).span
    has_margin = claim.best is not None and claim.qualifier in ("about", "nearly")
    return ClaimFigure(
        numbers=tuple(bound for bound in (claim.low, claim.best, claim.high) if bound is not None),
        best=claim.best,
        lowest=lowest,
        highest=highest,
        is_open_below=claim.low is None and claim.high is not None and not has_margin,
        excludes_lowest=claim.low is not None and claim.qualifier == "more_than",
        excludes_highest=claim.high is not None and (claim.qualifier == "nearly" or is_fewer_than),
        is_part=is_part,
    )


def relate_figure(figure: ClaimFigure, sentence: Sentence) -> str:
    """Return how the figure relates to the sentence: one of `RELATION_ORDER`."""
    if support := _find_support(figure, sentence):
        is_limited = figure.is_part and sentence.comparison in UPPER_LIMITS
        return PARTLY if is_limited else support
    if _is_meeting(figure.closed_span, sentence.span):
        return PARTLY
    if _is_meeting(figure.span, sentence.span):
        return OPEN_END
    if sentence.number in figure.numbers:
        return CONTRADICTS
    return BELOW if figure.span[1] < sentence.span[0] else ABOVE


def _is_meeting(span: tuple[float, float], second: tuple[float, float]) -> bool:
    return span[0] <= second[1] and second[0] <= span[1]


def _find_support(figure: ClaimFigure, sentence: Sentence) -> str | None:
    number = sentence.number
    if sentence.comparison in ("exactly", "about"):
        lowest, highest = figure.closed_span
        if number in figure.numbers:
            return STATES
        if lowest <= 10 * number <= highest:
            return INCLUDES
    if not _is_in_agreement(figure, sentence):
        return None
    return STATES if number in figure.numbers else WITHIN


def _is_in_agreement(figure: ClaimFigure, sentence: Sentence) -> bool:
    """Return whether all that the figure allows agrees with the sentence; for `about` its best alone, if it has one."""
    lowest, highest, limit = figure.lowest, figure.highest, 10 * sentence.number
    match sentence.comparison:
        case "about":
            numbers = figure.numbers if figure.best is None else (figure.best,)
            return all(9 * sentence.number <= 10 * number <= 11 * sentence.number for number in numbers)
        case "nearly":
            return 9 * sentence.number <= lowest and highest <= limit
        case "at_least":
            return lowest >= limit and not figure.is_open_below
        case "more_than":
            return lowest > limit or (lowest == limit and figure.excludes_lowest)
        case "at_most":
            return highest <= limit
        case "less_than":
            return highest < limit or (highest == limit and figure.excludes_highest)
    return False


def _find_nearest(current: list[Related]) -> tuple[Related | None, Related | None]:
    """Return the nearest figure below the range of the sentence, and the nearest above it."""
    below = [r for r in current if r.relation == BELOW]
    above = [r for r in current if r.relation == ABOVE]
    return (
        min(below, key=lambda r: (-fill_claim(r.claim).span[1], r.claim.id), default=None),
        min(above, key=lambda r: (fill_claim(r.claim).span[0], r.claim.id), default=None),
    )


# Warnings --------------------------------------------------------------------------------------------------------


def _warn_of_claims(
    question: dict[str, Any], shown: list[Related], of_some_days: set[str], undated: list[str]
) -> Iterable[Notice]:
    harms = sorted({r.claim.harm for r in shown})
    if shown and all(r.relation == OPEN_END for r in shown):
        yield Notice(
            "only_open_ended",
            "Only open-ended claims ('at least', 'up to') allow this number. They do not support it.",
        )
    if shown and all(r.claim.id in of_some_days for r in shown):
        yield Notice("only_of_some_days", "Only figures of some days give it, not one of the conflict so far.")
    if "harm" not in question and len(harms) > 1:
        text = f"These claims are of different harms: {', '.join(harms)}. Send harm= to compare one."
        yield Notice("several_harms", text)
    if undated:
        text = "Undated claims contain this number; as_of cannot take them into account: "
        yield Notice("undated", f"{text}{', '.join(undated)}.")


def _warn_of_scope(question: dict[str, Any], evidence: ClaimsAsOf) -> Iterable[Notice]:
    if related := _find_related_sides(question, evidence):
        sides = by_id(cached_references(current_revision()).sides)
        named = join_words([f"{sides[side]['name']} ({side})" for side in related])
        text = f"Figures of {named} were not compared. Send subject_side= to compare them."
        yield Notice("related_sides", text)
    if "conflict" in question:
        text = "Only figures of the conflict itself were compared, not those of its events or phases."
        yield Notice("conflict_itself", text)


def _find_related_sides(question: dict[str, Any], evidence: ClaimsAsOf) -> list[str]:
    """Return the sides with figures that hold the side in question, or are members of it."""
    side = question.get("subject_side")
    if side in (None, ALL):
        return []
    members = cached_references(current_revision()).members
    sides = {c.subject_side for c in evidence.claims if c.subject_side and c.id not in evidence.excluded} - {side}
    return sorted(s for s in sides if s in ancestors_of(members, side) or side in ancestors_of(members, s))
