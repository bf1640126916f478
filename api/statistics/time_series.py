"""Running figures in the order stated: a series for each count, its breaks with their reasons, and the silences.

Nothing is interpolated and nothing carried forward: a point is a statement.

Rules: docs/developers/reconciling.md#rule-7.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.database.models import Conflict, Event
from api.history.revisions import current_revision
from api.listings import claims
from api.listings.query import bind_question
from api.listings.references import by_id, cached_references, require_existing
from api.reconciling.coverage import Coverage, cover_claim, find_tolerance, is_within
from api.reconciling.record import ANY, END_OF_TIME, PERIOD, RUNNING, Claim, Unit, World
from api.reconciling.standing import Exclusion
from api.statistics.counts import Count, find_replaced, group_counts
from api.statistics.notices import Notice
from api.statistics.reading import ClaimsAsOf, read_claims_as_of
from schemas.fields import ALL
from schemas.sentences import join_words
from schemas.vocabularies import VICTIM_STATUS

# Why a series breaks before a point (schemas.statistics.time_series.BREAKS). Where several apply, the first counts.
DEFINITION, RESTARTED, EARLIER, CORRECTION, GAP = "definition", "counter_restarted", "earlier_days", "correction", "gap"


class SeriesKey(NamedTuple):
    """The count of a series, and its first day: a count from a later day is a series of its own (rule 7)."""

    scope: Count
    covers_from: str  # the earliest first day of its claims; empty where unknown


class Break(NamedTuple):
    """`field` is what changes, from `before` to `after`; of a gap the id of the silence is `silence`."""

    reason: str
    field: str | None
    before: str | None
    after: str | None
    since: str  # the claim before
    silence: str | None = None


class Point(NamedTuple):
    claim: str
    standing: str
    stands_instead: str | None
    breaks: Break | None
    change: int | None


class Gap(NamedTuple):
    claim: str
    since: str
    until: str


class Series(NamedTuple):
    key: SeriesKey
    points: list[Point]
    gaps: list[Gap]


class SeriesAnswer(NamedTuple):
    series: list[Series]
    excluded: dict[str, Exclusion]
    warnings: list[Notice]


class _Silence(NamedTuple):
    """A silence of a side about its own losses. `camp`: that of the side on the first day; None: of all sides."""

    claim: Claim
    unit: Unit  # its days
    camp: str | None


class _Record(NamedTuple):
    """The data from which all series of an answer are made."""

    evidence: ClaimsAsOf
    covers: dict[str, Coverage]  # by claim
    replaced: dict[str, Exclusion]  # rule 7
    counts: dict[Count, dict[SeriesKey, list[Claim]]]


def make_series(question: dict[str, Any]) -> SeriesAnswer:
    """Return the series of a conflict or event.

    Raises `UnknownValueError`, and `UnanswerableError` for relations that make no sense.
    """
    figures = read_claims_as_of(bind_question(claims.LISTING, _find_figures(question)), question.get("as_of"))
    silences = read_claims_as_of(bind_question(claims.LISTING, _find_silences(question)), question.get("as_of"))
    relevant = [claim for claim in figures.claims if _matches_question(claim, question)]
    excluded = {c.id: exclusion for c in relevant if (exclusion := _find_exclusion(c, figures, question))}
    record = _make_record(figures, [c for c in relevant if c.id not in excluded], question.get("as_of"))
    begun = _list_begun(silences, question)
    for count in _find_silent_counts(silences, question):
        record.counts.setdefault(count, {SeriesKey(count, ""): []})
    series = [
        Series(key, list(_make_points(record, key, gaps)), gaps)
        for count in sorted(record.counts, key=_sort_key)
        for key in sorted(record.counts[count])
        for gaps in [list(_find_gaps(silences.world, begun, count, record.counts[count][key], question))]
    ]
    return SeriesAnswer(series, excluded, list(_warn_of_phases(question, figures.world)))


def _find_figures(question: dict[str, Any]) -> dict[str, Any]:
    narrowed = {name: question[name] for name in ("harm", "claimant") if name in question}
    measures = question.get("measure", tuple(sorted(RUNNING)))
    return _find_place(question) | narrowed | {"kind": ("casualty",), "measure": measures}


def _find_silences(question: dict[str, Any]) -> dict[str, Any]:
    narrowed = {"harm": question["harm"]} if "harm" in question else {}
    return _find_place(question) | narrowed | {"kind": ("silence",)}


def _find_place(question: dict[str, Any]) -> dict[str, Any]:
    """Return the filters that find claims of the conflict itself, or of the event."""
    if "event" in question:
        require_existing("event", Event.slug, (question["event"],))
        return {"event": (question["event"],)}
    require_existing("conflict", Conflict.slug, (question["conflict"],))
    return {"recorded_conflict": (question["conflict"],)}


def _matches_question(claim: Claim, question: dict[str, Any]) -> bool:
    """Return whether the claim passes the filters on sides and statuses.

    They apply after reading, because a figure of the whole may replace a part.
    """
    sides, statuses = question.get("subject_side"), question.get("victim_status")
    return (sides is None or (claim.subject_side or ALL) in sides) and (
        statuses is None or claim.victim_status in statuses
    )


def _find_exclusion(claim: Claim, evidence: ClaimsAsOf, question: dict[str, Any]) -> Exclusion | None:
    exclusion = evidence.excluded.get(claim.id)
    if exclusion and exclusion.reason != "superseded":
        return exclusion
    if not claim.is_quantified:
        return Exclusion("unquantified")
    if "conflict" in question and claim.event is not None:
        return Exclusion("of_one_event")
    return None


def _sort_key(count: Count) -> tuple[Any, ...]:
    return tuple((value is None, value or "") for value in count)


# Counts and where they begin -------------------------------------------------------------------------------------


def _make_record(evidence: ClaimsAsOf, figures: list[Claim], as_of: str | None) -> _Record:
    world = evidence.world
    covers = {}
    for claim in figures:
        unit = world.find_unit(claim, as_of)
        assert unit  # running figures have one
        covers[claim.id] = cover_claim(world, claim, unit)
    replaced = find_replaced(world, (c for c in figures if c.id not in evidence.excluded), as_of)
    counts: dict[Count, dict[SeriesKey, list[Claim]]] = {}
    for count, group in group_counts(world, figures).items():
        counts.setdefault(count, {}).update(_split_by_start(count, group, covers))
    return _Record(evidence, covers, replaced, counts)


def _split_by_start(count: Count, group: list[Claim], covers: dict[str, Coverage]) -> dict[SeriesKey, list[Claim]]:
    """Split the claims of a count into series by their start.

    Claims that start within the tolerance of the earliest start are one series. The later ones are split in the same
    way.
    """
    counts = {}
    while group:
        tolerance = find_tolerance(covers[c.id] for c in group)
        earliest = min(covers[c.id].first for c in group)
        counts[SeriesKey(count, earliest)] = [c for c in group if is_within(earliest, covers[c.id].first, tolerance)]
        group = [c for c in group if not is_within(earliest, covers[c.id].first, tolerance)]
    return counts


# The points of a series ------------------------------------------------------------------------------------------


def _make_points(record: _Record, key: SeriesKey, gaps: list[Gap]) -> Iterable[Point]:
    before: Claim | None = None
    of_measure: dict[str | None, Claim] = {}
    back: Claim | None = None  # the figure of earlier days just before
    for claim in _sort_points(record, record.counts[key.scope][key]):
        last_of_measure = of_measure.get(claim.measure)
        is_earlier = bool(last_of_measure and _ends_earlier(record, claim, last_of_measure))
        if is_earlier and back and _continues(record, back, claim):
            change, breaks = _find_change(back, claim), _find_break(record, back, claim, gaps)
        else:
            change = None if is_earlier else _find_change(last_of_measure, claim)
            breaks = _find_break(record, before, claim, gaps) if before else _find_first_break(record, key, claim)
        standing, by = _find_standing(record, claim)
        yield Point(claim.id, standing, by, breaks, change)
        back = claim if is_earlier else None
        if claim.stated_on and not is_earlier:  # what has no day is neither before nor after another point
            before = of_measure[claim.measure] = claim


def _continues(record: _Record, back: Claim, claim: Claim) -> bool:
    """Return whether a claim goes on with figures of earlier days that were stated with it: a table by week."""
    ends, ended = record.covers[claim.id].last, record.covers[back.id].last
    is_stated_with = (claim.stated_on, claim.stated_last) == (back.stated_on, back.stated_last)
    return is_stated_with and claim.measure == back.measure and bool(ends and ended and ends > ended)


def _sort_points(record: _Record, points: Iterable[Claim]) -> list[Claim]:
    return sorted(points, key=lambda c: _find_age(record, c))


def _find_age(record: _Record, claim: Claim) -> tuple[Any, ...]:
    bounds = (claim.best, claim.low, claim.high)
    best = next(bound for bound in bounds if bound is not None)
    return claim.stated, record.covers[claim.id].last or "", best, claim.id


def _find_standing(record: _Record, claim: Claim) -> tuple[str, str | None]:
    """Return the word of `schemas.statistics.time_series.STANDING`, and the claim that replaced this one."""
    if claim.id in record.evidence.excluded:
        return "superseded", record.evidence.excluded[claim.id].by
    exclusion = record.replaced.get(claim.id)
    if exclusion is None:
        return "stands", None
    if exclusion.reason == "superseded":
        return "earlier" if claim.stated_on else "undated", exclusion.by
    return exclusion.reason, exclusion.by


def _find_change(before: Claim | None, claim: Claim) -> int | None:
    """Return the change between two stated bests; a best that was filled in shows no rise or fall."""
    if before is None or not claim.stated_on or claim.best is None or before.best is None:
        return None
    return claim.best - before.best


def _find_break(record: _Record, before: Claim, claim: Claim, gaps: list[Gap]) -> Break | None:
    """Return why the line breaks between two points of a series."""
    if not claim.stated_on:
        return None
    if before.measure != claim.measure:
        return Break(DEFINITION, "measure", before.measure, claim.measure, before.id)
    if _ends_earlier(record, claim, before):
        days = record.covers[before.id].last, record.covers[claim.id].last
        return Break(EARLIER, "covers_to", *days, before.id)
    if _is_correction(record, before, claim):
        return Break(CORRECTION, "best", _show_number(before.best), _show_number(claim.best), before.id)
    for gap in gaps:
        if (before.stated_last or "") <= gap.since < claim.stated_on:
            return Break(GAP, None, None, None, before.id, gap.claim)
    return None


def _ends_earlier(record: _Record, claim: Claim, before: Claim) -> bool:
    """Return whether the claim covers days until an earlier day, as where a yearbook follows a daily bulletin."""
    ends, ended = record.covers[claim.id].last, record.covers[before.id].last
    return bool(claim.stated_on and ends and ended and ends < ended)


def _is_correction(record: _Record, before: Claim, claim: Claim) -> bool:
    """Return whether the figure falls, or replaces the one before it by a relation and covers the same days."""
    change = _find_change(before, claim)
    exclusion = record.evidence.excluded.get(before.id)
    is_replaced = exclusion is not None and exclusion.by == claim.id
    return (change is not None and change < 0) or (
        is_replaced and record.covers[before.id].last == record.covers[claim.id].last
    )


def _show_number(number: int | None) -> str | None:
    return None if number is None else str(number)


def _find_first_break(record: _Record, key: SeriesKey, claim: Claim) -> Break | None:
    """Return why a series begins after an earlier one: its counter began again, or it is of more or fewer people."""
    if not claim.stated_on:
        return None
    earlier = _find_before(record, claim, (k for k in record.counts[key.scope] if k.covers_from < key.covers_from))
    if earlier:
        first, later = record.covers[earlier.id].first or None, record.covers[claim.id].first
        return Break(RESTARTED, "covers_from", first, later, earlier.id)
    siblings = (k for count in _find_siblings(key.scope) for k in record.counts.get(count, ()))
    before = _find_before(record, claim, siblings)
    return before and Break(DEFINITION, "victim_status", before.victim_status, claim.victim_status, before.id)


def _find_siblings(count: Count) -> Iterable[Count]:
    """Yield the counts of more or of fewer people: those that differ by the status only, where one is of any status."""
    statuses = VICTIM_STATUS if count.victim_status == ANY else (ANY,)
    return (count._replace(victim_status=status) for status in statuses if status != count.victim_status)


def _find_before(record: _Record, claim: Claim, keys: Iterable[SeriesKey]) -> Claim | None:
    """Return the last dated point of these series before the claim."""
    age = _find_age(record, claim)
    points = (c for key in keys for c in record.counts[key.scope][key] if c.stated_on)
    return max((c for c in points if _find_age(record, c) < age), key=lambda c: _find_age(record, c), default=None)


# Silences --------------------------------------------------------------------------------------------------------


def _find_silent_counts(silences: ClaimsAsOf, question: dict[str, Any]) -> Iterable[Count]:
    """Yield the counts about which the side itself is silent; each has a series, even without a point."""
    for silence in silences.claims:
        is_relevant = silence.claimant in question.get("claimant", (silence.claimant,)) and _matches_question(
            silence, question
        )
        if (
            is_relevant
            and silence.id not in silences.excluded
            and _is_of_camp(silences.world, _make_silence(silences.world, silence), silence.claimant_side)
        ):
            victims = silence.victim_status, silence.victim_sex, silence.victim_age
            yield Count(silence.harm, silence.subject_side, silence.claimant, *victims, None, None)


def _list_begun(silences: ClaimsAsOf, question: dict[str, Any]) -> list[_Silence]:
    """Return the silences that begin on a known day, until the day of the question, by that day."""
    last = question.get("as_of") or END_OF_TIME
    begun = [
        claim
        for claim in silences.claims
        if claim.id not in silences.excluded and claim.covers_from and claim.covers_from <= last
    ]
    return [_make_silence(silences.world, claim) for claim in sorted(begun, key=lambda c: (c.covers_from or "", c.id))]


def _make_silence(world: World, claim: Claim) -> _Silence:
    first = claim.covers_from or ""
    unit = Unit(claim.conflict, PERIOD, None, first, claim.covers_to or END_OF_TIME, first)
    return _Silence(claim, unit, claim.subject_side and world.find_camp(claim.subject_side, unit))


def _find_gaps(
    world: World, begun: list[_Silence], count: Count, points: list[Claim], question: dict[str, Any]
) -> Iterable[Gap]:
    """Yield the side's own silences about the losses that the series counts."""
    last = question.get("as_of") or END_OF_TIME
    for silence in begun:
        claim = silence.claim
        if claim.harm != count.harm or not _overlap_statuses(claim.victim_status, count.victim_status):
            continue
        speaker = points[0].claimant_side if points else claim.claimant_side
        if all(_is_of_camp(world, silence, side) for side in (count.subject_side, speaker)):
            yield Gap(claim.id, claim.covers_from or "", min(claim.covers_to or last, last))


def _overlap_statuses(status: str, second: str) -> bool:
    return status == second or ANY in (status, second)


def _is_of_camp(world: World, silence: _Silence, side: str | None) -> bool:
    """Return whether the side is of the camp that is silent about its own losses, on the first day of the silence."""
    if silence.camp is None or side is None:
        return silence.camp is side
    return silence.camp == world.find_camp(side, silence.unit)


def _warn_of_phases(question: dict[str, Any], world: World) -> Iterable[Notice]:
    phases = sorted(
        c.id for c in world.conflicts.values() if "conflict" in question and c.parent == question["conflict"]
    )
    if phases:
        conflicts = by_id(cached_references(current_revision()).conflicts)
        named = join_words([f"{conflicts[phase]['name']} ({phase})" for phase in phases])
        text = f"Phases have series of their own, which are not in this answer: {named}."
        yield Notice("phases_apart", text)
