"""Broad questions of incidents answered from the tallies (docs/adr/0005), exactly as `reconcile` would.

The record is parted: cells that nothing outside bears on are tallied, and summed here; the rest (periods, silences,
claims whose relations reach over their event) is reconciled now, beside those few tallied incidents to which a period
gives way. What both give is put together row by row.
"""

from __future__ import annotations

import functools
import gc
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from api.db import is_pinned, tuples
from api.models import Claimant, Fate, Source, Tallied
from api.queries import evidence, record, tallied, twice
from api.queries.amounts import POLICIES, REASONS, USED, WHOLE, place_of
from api.queries.evidence import ANY, END_OF_TIME, INCIDENT, PERIOD, Place, World
from api.queries.overlaps import Victims, meets_on
from api.queries.questions import ALL, DATES, Question, RowKey
from api.queries.reconcile import Answer, order, reconcile
from api.queries.record import TooMany
from api.queries.references import current_revision, references
from api.queries.rows import Caution, Counted, Missing, Row, cautions, larger_parts, silent
from api.queries.rows import row as row_of
from api.queries.select import Bound
from api.queries.sums import AMOUNTS, DETAILS, Sum, days_of
from schemas.fields import NONE

GROUPS = frozenset({"conflict", "event", "period", "event_type", "country", "admin1", *DATES, "harm", "subject_side"})
BY_MONTH = frozenset({"conflict", "year", "quarter", "month", "harm", "subject_side"})


def can_answer(question: Question, filters: Iterable[str]) -> bool:
    """Whether the tallies hold what is asked, and what the record holds now."""
    return (
        question.basis == "incidents"
        and question.policy in POLICIES
        and question.as_of is None
        and GROUPS.issuperset(question.group_by)
        and tallied.WHERE.keys() >= set(filters)
        and not is_pinned()
        and tuples(Tallied.select(Tallied.revision)) == [(current_revision(),)]
    )


def answer(question: Question, bound: Bound) -> Answer:
    """The answer to a question that `can_answer` allows. Raises `TooMany`, `Refused`."""
    with _collector_at_rest():
        return _Broad(question, bound).answer()


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A hundred thousand cells are a million objects and no ring: the collector would look through all of them, again
    and again, for nothing, which took as long as the sums themselves."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


NOTHING = Row((), 0, 0, 0, 0, 0, 0, 0, 0.0, (), (), (), (), (), ())


class _Piece(NamedTuple):
    """A row of `tally` or `roll_up`: what of it crosses cells, under the row of the answer that it is part of."""

    key: RowKey
    conflict: str
    victims: Mapping[str, Sequence[str]]  # 'camp/status' of the claims used → days
    missing: Mapping[str, Sequence[str]]  # 'side/status' without a figure → days


class _Met(NamedTuple):
    """Tallied incidents of one day that count victims of a period."""

    harm: str
    side: str
    conflicts: frozenset[str]
    day: str
    victims: tuple[Victims, ...]  # of the period, in the camp that it is read in and in that of the day


class _Broad:
    def __init__(self, question: Question, bound: Bound) -> None:
        self.question, self.bound, self.dimensions = question, bound, question.dimensions()
        self.by_side = "subject_side" in self.dimensions
        self.policy = POLICIES.index(question.policy)
        self.place = place_of(question.policy, self.by_side)
        self.claimants: dict[str, int] = {}
        self.sources: dict[str, int] = {}
        self.conflicts = {key: ref["id"] for key, ref in references(current_revision()).conflicts.items() if ref}

    def answer(self) -> Answer:
        found = record.untallied(self.bound)
        held = record.completed(found)
        crossing = [c for c in held.claims if c.measure == PERIOD or c.kind == "silence"]
        near = frozenset(other for c in crossing for other in held.world.related(c.conflict))
        sums, pieces = self._added(self.bound, near)
        periods = [c for c in crossing if c.kind == "casualty" and c.id in held.counted]
        live = self._reconciled(held, found, self._witnesses(held.world, periods, pieces))
        standing = [c for c in crossing if c.kind == "silence" and live.excluded[c.id].reason == "not_a_figure"]
        silences = self._silences(held.world, standing, pieces)
        by_key = {row.key: row for row in live.rows}
        self.claimants = _keys(Claimant, (slug for row in live.rows for slug in row.claimants))
        self.sources = _keys(Source, (slug for row in live.rows for slug in row.sources))
        made = tuple(
            self._row(key, by_key.get(key), sums.get(key), silences[key]) for key in sorted({*by_key, *sums}, key=order)
        )
        told = Answer(self.dimensions, made, live.excluded, (), self._beyond())
        larger = larger_parts({c.id: c for c in held.claims}, live.rows)
        larger = sorted(larger + [claim for added in sums.values() for claim in added.larger])
        warned = cautions(self.question, made, told.reasons(), larger)
        return told._replace(warnings=(*warned, *self._twice(held, live.rows)))

    # What is tallied ---------------------------------------------------------------------------------------------

    def _added(self, bound: Bound, near: Container[str]) -> tuple[dict[RowKey, Sum], list[_Piece]]:
        """The sums of all rows; of what lies in these conflicts also the pieces."""
        by_month = BY_MONTH.issuperset(self.dimensions) and tallied.by_month(bound)
        return self._months(bound, near) if by_month else self._cells(bound, near)

    def _months(self, bound: Bound, near: Container[str]) -> tuple[dict[RowKey, Sum], list[_Piece]]:
        sums: dict[RowKey, Sum] = defaultdict(Sum)
        pieces = []
        for conflict, month, harm, side, cells, victims, *rest in tallied.months(bound, self.by_side, self.policy):
            told = {"conflict": self.conflicts[conflict], "harm": harm, "subject_side": side}
            key = self._key(told, f"{month}-01")
            amounts, details = rest[: len(AMOUNTS)], tuple(rest[len(AMOUNTS) :])
            sums[key].add_roll_up(amounts, cells, details)
            if told["conflict"] in near:
                missing = days_of(month, details[DETAILS.index("missing")])
                pieces.append(_Piece(key, told["conflict"], days_of(month, victims), missing))
        return dict(sums), pieces

    def _cells(self, bound: Bound, near: Container[str]) -> tuple[dict[RowKey, Sum], list[_Piece]]:
        sums: dict[RowKey, Sum] = defaultdict(Sum)
        pieces = []
        for conflict, day, harm, side, event, kind, country, admin1, victims, *rest in tallied.cells(
            bound, self.by_side, self.policy
        ):
            told = {"event": event, "event_type": kind, "country": country, "admin1": admin1 or None}
            told |= {"conflict": self.conflicts[conflict], "harm": harm, "subject_side": side}
            key = self._key(told, day)
            amounts, details = rest[: len(AMOUNTS)], tuple(rest[len(AMOUNTS) :])
            sums[key].add_cell(amounts, details)
            if told["conflict"] in near:
                missing = dict.fromkeys(details[DETAILS.index("missing")].split(), (day,))
                pieces.append(_Piece(key, told["conflict"], dict.fromkeys(victims.split(), (day,)), missing))
        return dict(sums), pieces

    def _key(self, told: Mapping[str, str | None], day: str) -> RowKey:
        # No tallied cell is of a period.
        return tuple((d, _date(d, day) if d in DATES else told.get(d)) for d in self.dimensions)

    def _beyond(self) -> dict[str, Counted[str]]:
        """What was left out of the tallied cells, or is about no event, by reason."""
        counted = {letter: int(number) for letter, number in tallied.letters(self.bound, self.place) if letter != USED}
        return {
            REASONS[letter]: Counted(number, functools.partial(self._of_fate, letter))
            for letter, number in counted.items()
        }

    def _of_fate(self, letter: str) -> list[str]:
        return sorted(row[0] for row in tallied.named(self.bound, self.place, letter))

    def _used(self, key: RowKey) -> list[str]:
        """The claims used by the tallied cells of a row."""
        own = {name: (value,) for name, value in key if name in ("event", "harm") and value is not None}
        bound = self.bound | own  # the row's alone, not all that the question counts
        found = []
        for slug, conflict, harm, side, day, event, kind, country, admin1 in tallied.named(bound, self.place, USED):
            told = {"event": event, "event_type": kind, "country": country, "admin1": admin1 or None}
            told |= {"conflict": self.conflicts[conflict], "harm": harm, "subject_side": side}
            if self._key(told, day) == key:
                found.append(slug)
        return found

    # What is not -------------------------------------------------------------------------------------------------

    def _reconciled(
        self, held: record.Record, found: list[tuple[Any, ...]], witnesses: frozenset[tuple[int, str, str]]
    ) -> Answer:
        """The untallied claims reconciled beside the witnesses, which are then left out again: they are tallied."""
        if not witnesses:
            return reconcile(held.world, held.claims, held.relations, self._asking(held))
        beside = record.by_key(_tallied_claims({(event, harm) for event, _, harm in witnesses}))
        held = record.completed(found + beside)
        told = reconcile(held.world, held.claims, held.relations, self._asking(held))
        tallied = {row[1] for row in beside}
        apart = {(event, harm) for _, event, harm in witnesses}
        record_ = {c.id: c for c in held.claims if not _is_fallen_silence(c, told)}
        kept = []
        for row in told.rows:
            harm = dict(row.key)["harm"]
            cells = [c for c in row.cells if c.place.measure == PERIOD or (c.place.event, harm) not in apart]
            if cells:
                kept.append(row_of(held.world, self.question, record_, row.key, cells))
        excluded = {claim: left for claim, left in told.excluded.items() if claim not in tallied}
        return Answer(told.dimensions, tuple(kept), excluded, ())

    def _asking(self, held: record.Record) -> Question:
        return self.question._replace(counted=lambda claim: claim.id in held.counted)

    def _witnesses(
        self, world: World, periods: list[evidence.Claim], pieces: Iterable[_Piece]
    ) -> frozenset[tuple[int, str, str]]:
        """For each period the tallied incident to which it gives way, as (event's key and slug, harm).

        It is that of the last day, and there of the highest claim; unless an untallied one is later still.
        """
        days = self._days_of_victims(pieces) if periods else {}
        last = {met for claim in periods if (met := self._last_met(world, claim, days))}
        witnesses: set[tuple[int, str, str]] = set()
        for met in last:
            used: list[tuple[Any, ...]] = []
            for conflict in (key for key, slug in self.conflicts.items() if key and slug in met.conflicts):
                used += tallied.witnesses(self.bound, self.place, conflict, met.day, met.harm, USED)
            of_them = (row for row in used if self._counts(row[3], row[4], met))
            _, event, slug, *_ = max(of_them, key=lambda row: str(row[0]))
            witnesses.add((event, slug, met.harm))
        return frozenset(witnesses)

    def _counts(self, camp: str, status: str, met: _Met) -> bool:
        """Whether a claim about that camp stands in the row of the period and counts some of its victims."""
        if self.by_side and camp != met.side:
            return False
        counted = Victims(None if camp == ALL else camp, status, ANY, ANY)
        return any(counted.meets(victims) for victims in met.victims)

    def _days_of_victims(self, pieces: Iterable[_Piece]) -> dict[tuple[str, str], dict[tuple[str, str], list[str]]]:
        """By harm and row of a side: by conflict and kind of victims the days, in order."""
        days: dict[tuple[str, str], dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
        for piece in pieces:
            key = dict(piece.key)
            for pair, found in piece.victims.items():
                days[key["harm"] or "", key.get("subject_side") or WHOLE][piece.conflict, pair].update(found)
        return {about: {kind: sorted(found) for kind, found in kinds.items()} for about, kinds in days.items()}

    def _last_met(
        self, world: World, period: evidence.Claim, days: Mapping[tuple[str, str], Mapping[tuple[str, str], list[str]]]
    ) -> _Met | None:
        """The last day of the period on which a tallied incident counts some of its victims (rule 7)."""
        place = world.place(period, None)
        if place is None:
            return None
        camp = None if period.subject_side is None else world.camp(period.subject_side, place)
        side = (camp or ALL) if self.by_side else WHOLE
        related = frozenset(world.related(place.conflict))
        asking = Victims(camp, period.victim_status, ANY, ANY)
        met = []
        for (conflict, pair), found in days.get((period.harm, side), {}).items():
            if conflict in related:
                met += self._last_day(world, period, place, asking, pair, found)
        if not met:
            return None
        of_day = period.subject_side and world.camp_on(period.subject_side, place.conflict, max(met))
        return _Met(period.harm, side, related, max(met), (asking, asking._replace(camp=of_day or camp)))

    def _last_day(
        self, world: World, period: evidence.Claim, place: Place, asking: Victims, pair: str, found: list[str]
    ) -> list[str]:
        """The last of these days inside the period on which such a pair's are some of its victims; none or one."""
        of, status = _pair(pair)
        others = Victims(of or None, status, ANY, ANY)
        inside = found[bisect_left(found, place.since) : bisect_right(found, place.until)]
        if not others.meets(asking):
            inside = [day for day in inside if meets_on(world, asking, period, others, None, day)]
        return inside[-1:]

    def _twice(self, held: record.Record, live: Iterable[Row]) -> Iterable[Caution]:
        """The warnings of what several recorders tell, by looking only where the record says that they may meet."""
        if not twice.came():
            return ()
        beside = twice.counted(held.world, {c.id: c for c in held.claims}, live)
        windows = twice.windows(held.world, beside)
        sweep, states = twice.Sweep(held.world, len(windows.pairs)), twice.states()
        for since, until in windows.days:
            if sweep.done:
                break
            tallied = self._recorded(held.world, windows.conflicts, states, since, until)
            sweep.take([*tallied, *(c for c in beside if since <= c.since <= until)])
        return sweep.cautions()

    def _recorded(
        self, world: World, conflicts: Container[str], states: Mapping[str, frozenset[str]], since: str, until: str
    ) -> Iterator[twice.Counted]:
        """The tallied cells of these days in these conflicts, with who recorded their events."""
        keys = tuple(sorted(key for key, slug in self.conflicts.items() if key and slug in conflicts))
        found = tallied.recorded(self.bound, self.by_side, self.policy, keys, since, until)
        for key, day, harm, side, victims, event, last, country, dataset in found:
            conflict = self.conflicts[key]
            row = twice.whose(self._key({"harm": harm, "subject_side": side}, day))
            whose = frozenset(Victims(camp or None, status, ANY, ANY) for camp, status in map(_pair, victims.split()))
            countries = twice.where(world, conflict, country, states)
            datasets = frozenset((dataset or NONE,))
            yield twice.Counted(day, event, last, row, conflict, countries, whose, datasets)

    # Together ----------------------------------------------------------------------------------------------------

    def _silences(
        self, world: World, standing: Iterable[evidence.Claim], pieces: list[_Piece]
    ) -> dict[RowKey, set[str]]:
        """The silences on what tallied cells lack, by row."""
        found: dict[RowKey, set[str]] = defaultdict(set)
        lacking = _lacking(pieces) if standing else {}
        for silence in standing:
            gaps = lacking if silence.event is None else _lacking(self._pieces_of(silence))
            for conflict in world.related(silence.conflict) if silence.event is None else {about[0] for about in gaps}:
                for (key, gap), days in gaps.get((conflict, silence.harm), {}).items():
                    if silence.id not in found[key] and _is_silent(world, silence, conflict, gap, days):
                        found[key].add(silence.id)
        return found

    def _pieces_of(self, silence: evidence.Claim) -> list[_Piece]:
        if silence.event not in self.bound.get("event", (silence.event,)):
            return []
        return self._cells(self.bound | {"event": (silence.event,)}, frozenset(self.conflicts.values()))[1]

    def _row(self, key: RowKey, live: Row | None, added: Sum | None, silences: set[str]) -> Row:
        """What was reconciled now and what was tallied, as one row."""
        if added is None:
            assert live
            return live
        live = live or NOTHING
        low, best, high, open_ended, imputed, incomplete, disputed, number = added.amounts
        missing = Counter({(gap.side, gap.status): gap.cells for gap in live.missing})
        missing.update({_pair(gap): cells for gap, cells in added.missing.items()})
        own = list(live.claims)
        claimants = added.claimants.number(self.claimants[slug] for slug in live.claimants)
        sources = added.sources.number(self.sources[slug] for slug in live.sources)
        return Row(
            key=key,
            low=live.low + low,
            best=live.best + best,
            high=live.high + high,
            open_ended=live.open_ended + open_ended,
            imputed=live.imputed + imputed,
            incomplete=live.incomplete + incomplete,
            disputed=live.disputed + disputed,
            spread=None if None in (live.spread, added.spread) else max(live.spread or 0.0, added.spread or 0.0),
            claims=Counted(len(own) + number, lambda: sorted(own + self._used(key))),
            claimants=Counted(claimants, _too_many),
            sources=Counted(sources, _too_many),
            missing=tuple(Missing(side, status, cells) for (side, status), cells in sorted(missing.items())),
            silences=tuple(sorted(silences.union(live.silences))),
            cells=Counted(len(live.cells) + added.cells, _too_many),
        )


@functools.lru_cache(maxsize=20_000)
def _date(dimension: str, day: str) -> str:
    return DATES[dimension](day)


def _too_many() -> Any:
    """The cells of a sum are not kept one by one: ask for them live, with a narrower question."""
    raise TooMany


def _pair(told: str) -> tuple[str, str]:
    side, status = told.split("/")
    return side, status


def _lacking(pieces: Iterable[_Piece]) -> dict[tuple[str, str | None], dict[tuple[RowKey, str], list[str]]]:
    """By conflict and harm: by row and gap ('side/status') the days, in order."""
    days: dict[tuple[str, str | None], dict[tuple[RowKey, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for piece in pieces:
        for gap, lacking in piece.missing.items():
            days[piece.conflict, dict(piece.key)["harm"]][piece.key, gap].update(lacking)
    return {about: {gap: sorted(found) for gap, found in gaps.items()} for about, gaps in days.items()}


def _is_silent(world: World, silence: evidence.Claim, conflict: str, gap: str, days: list[str]) -> bool:
    first = bisect_left(days, silence.covers_from or "")
    past = bisect_right(days, silence.covers_to or END_OF_TIME)
    places = (Place.on(conflict, INCIDENT, silence.event, day) for day in days[first:past])
    return any(silent(world, silence, place, [_pair(gap)]) for place in places)


def _is_fallen_silence(claim: evidence.Claim, told: Answer) -> bool:
    return claim.kind == "silence" and told.excluded[claim.id].reason != "not_a_figure"


def _tallied_claims(cells: set[tuple[int, str]]) -> list[int]:
    """The keys of all claims about these, as (event, harm)."""
    found = []
    for batch in record.batches(sorted({event for event, _ in cells})):
        query = Fate.select(Fate.claim, Fate.event_id, Fate.harm).where(record.having(Fate.event_id, batch))
        found += [key for key, event, harm in tuples(query) if (event, harm) in cells]
    return sorted(found)


def _keys(model: Any, slugs: Iterable[str]) -> dict[str, int]:
    return {
        slug: key
        for batch in record.batches(sorted(set(slugs)))
        for slug, key in tuples(model.select(model.slug, model.id).where(model.slug.in_(batch)))
    }
