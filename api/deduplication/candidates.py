"""Propose claims and events that may be recorded twice. Nothing is merged.

Records are read in the order of their days. Each is compared with the records just before it that share a block with
it: a side or a country, and for claims also harm, measure, part and a figure of nearly the same size. Claims without a
common block cannot be duplicates. So comparisons grow in proportion to records.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from peewee import fn

from api.database.models import Claim, Event, Relation
from api.database.statements import fetch_tuples
from api.deduplication import similarity
from api.deduplication.neighbour_window import Block, NeighbourWindow
from api.deduplication.similarity import LEAST_FIGURE, Likeness, Part, RecordFields, stated_number
from api.listings import claims, events, query
from api.listings.dataset_origins import Origins
from api.reconciling.record import INCIDENT, PERIOD

#: The logarithm of the ratio of two figures that are just alike. The score is rounded, so half a point counts.
FIGURE_STEP = math.log(100 / (LEAST_FIGURE - 0.5))
CLAIM_FIELDS = (
    "id", "statement", "harm", "measure", "claimant", "subject_side", "victim_status", "victim_sex", "victim_age",
    "part", "event", "event_date", "stated_on", "place", "country", "latitude", "longitude", "low", "best", "high",
)  # fmt: skip
EVENT_FIELDS = (
    "id", "name", "type", "started_on", "place", "place_aliases", "country", "latitude", "longitude", "sides", "status",
)  # fmt: skip
Compare = Callable[[RecordFields, RecordFields], Likeness | None]
Blocks = Callable[[RecordFields], "RecordBlocks"]
Target = Claim.alias("target")


class Proposal(NamedTuple):
    """Two records that may be one thing, with a score from 0 to 100. The lower id is `first`."""

    record_type: str
    score: int
    first: str
    second: str
    first_dataset: str | None
    second_dataset: str | None
    parts: tuple[Part, ...]

    @property
    def has_same_dataset(self) -> bool:
        """Return whether both records are from one dataset, or from none."""
        return self.first_dataset == self.second_dataset


class RecordBlocks(NamedTuple):
    """The blocks in which later records find a record, and those in which it looks for earlier ones."""

    own: list[Block]
    near: list[Block]


class Search:
    """One search, which counts what it compared and what it could not compare."""

    def __init__(self, days: int = 1, least: int = 85, within: bool = True) -> None:
        self.days, self.least, self.within = days, least, within
        self.compared = self.proposed = self.undated = self.crowded = 0

    def find_best(self, record_types: Iterable[str], most: int) -> list[Proposal]:
        """Return up to `most` proposals, the likeliest first. Call it in an open snapshot."""
        proposals = (proposal for record_type in record_types for proposal in FINDERS[record_type](self))
        return heapq.nsmallest(
            most, self._count_proposals(proposals), key=lambda p: (-p.score, p.record_type, p.first, p.second)
        )

    def _count_proposals(self, proposals: Iterator[Proposal]) -> Iterator[Proposal]:
        for proposal in proposals:
            self.proposed += 1
            yield proposal

    def find_claims(self) -> Iterator[Proposal]:
        """Yield proposals for claims: incidents and periods by the day of the event, others by the day stated."""
        by_event_day = self._compare_neighbours(
            "claims", _read_claims("event_date", True), _claim_blocks, similarity.compare_claims, self.days
        )
        by_stated_day = self._compare_neighbours(
            "claims", _read_claims("stated_on", False), _claim_blocks, similarity.compare_claims, 0
        )
        for proposals in (by_event_day, by_stated_day):
            yield from _drop_related(proposals)

    def find_events(self) -> Iterator[Proposal]:
        return self._compare_neighbours("events", _read_events(), _event_blocks, similarity.compare_events, self.days)

    def _compare_neighbours(
        self, record_type: str, records: Iterator[RecordFields], blocks: Blocks, compare: Compare, days: int
    ) -> Iterator[Proposal]:
        window = NeighbourWindow(days)
        for record in records:
            if record["day"] is None:
                self.undated += 1
                continue
            own, near = blocks(record)
            for before in window.find_neighbours(record, near, self.within):
                self.compared += 1
                likeness = compare(before, record)
                if likeness and likeness.score >= self.least:
                    yield _make_proposal(record_type, likeness, before, record)
            window.add_record(record, own)
        self.crowded += window.crowded


FINDERS: dict[str, Callable[[Search], Iterator[Proposal]]] = {
    "claims": Search.find_claims,
    "events": Search.find_events,
}


def _make_proposal(record_type: str, likeness: Likeness, before: RecordFields, after: RecordFields) -> Proposal:
    first, second = sorted((before, after), key=lambda record: record["id"])
    return Proposal(
        record_type, likeness.score, first["id"], second["id"], first["dataset"], second["dataset"], likeness.parts
    )


# Records in the order of their days ------------------------------------------------------------------------------


def _read_claims(day: str, has_event_measure: bool) -> Iterator[RecordFields]:
    """Yield active claims with their day: incidents and periods, or all others."""
    bound = query.bind_question(claims.LISTING, {"status": ("active",), "kind": ("casualty",)})
    for chunk in query.read_chunks(claims.LISTING, bound, fields=CLAIM_FIELDS, sort=(day,)):
        chosen = [claim for claim in chunk if (claim["measure"] in (INCIDENT, PERIOD)) == has_event_measure]
        repeats = _find_repeats([claim["id"] for claim in chosen])
        Origins().mark_records("claims", chosen)
        yield from (claim | {"day": claim[day]} for claim in chosen if claim["id"] not in repeats)


def _find_repeats(slugs: list[str]) -> set[str]:
    """Return which of these claims have an active relation `same_as`."""
    query = Relation.select(Claim.slug).join(Claim, on=Relation.claim)
    is_repeat = (Relation.kind == "same_as") & (Relation.status == "active")
    return {slug for (slug,) in fetch_tuples(query.where(is_repeat & Claim.slug.in_(slugs)))}


def _read_events() -> Iterator[RecordFields]:
    for chunk in query.read_chunks(events.LISTING, {}, fields=EVENT_FIELDS, sort=("started_on",)):
        standing = [event for event in chunk if event["status"] == "active"]
        killed = _highest_tolls([event["id"] for event in standing])
        Origins().mark_records("events", standing)
        yield from (event | {"day": event["started_on"], "killed": killed.get(event["id"])} for event in standing)


def score_events(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the likeness of each pair of events, 0 to 100. A pair with an event that is not active has no score."""
    listed = list(pairs)
    slugs = tuple(sorted({slug for pair in listed for slug in pair}))
    bound = query.bind_question(events.LISTING, {"id": slugs})
    chunks = query.read_chunks(events.LISTING, bound, fields=EVENT_FIELDS, sort=("started_on",)) if slugs else ()
    standing = {event["id"]: event for chunk in chunks for event in chunk if event["status"] == "active"}
    killed = _highest_tolls(list(standing))
    for slug, event in standing.items():
        event |= {"day": event["started_on"], "killed": killed.get(slug)}
    return {
        (first, second): similarity.compare_events(standing[first], standing[second]).score
        for first, second in listed
        if first in standing and second in standing
    }


def _highest_tolls(slugs: list[str]) -> dict[str, int]:
    """Return the highest active figure of killed for each event that has one, by slug."""
    query = Claim.select(Event.slug, fn.MAX(Claim.best)).join(Event, on=Claim.event).group_by(Event.slug)
    counted = (Claim.status == "active") & (Claim.harm == "killed") & (Claim.measure == INCIDENT)
    return dict(fetch_tuples(query.where(counted & Claim.best.is_null(False) & Event.slug.in_(slugs))))


def _claim_blocks(claim: RecordFields) -> RecordBlocks:
    """Return the blocks of a claim: harm, measure and part; side or country; and the size of the figure.

    Claims about all sides together share a block only if they share a country, or if one of them has none.
    """
    common = (claim["harm"], claim["measure"], claim["part"])
    side, country = claim["subject_side"], claim["country"]
    in_country: list[Block] = [("country", country)] if country else []
    if side:
        own: list[Block] = [("side", side["id"]), *in_country]
        near = own
    else:
        own = [("all sides, with a country" if country else "all sides, without a country",), *in_country]
        near = [("all sides, without a country",), *(in_country or [("all sides, with a country",)])]
    size = _figure_size(stated_number(claim))
    sizes = [size] if size is None or size < 0 else [size - 1, size, size + 1]
    return RecordBlocks(
        [(*common, *place, size) for place in own],
        [(*common, *place, near_size) for place, near_size in product(near, sizes)],
    )


def _figure_size(number: int | None) -> int | None:
    """Return the size of a figure on a logarithmic scale. Figures that are alike have sizes at most 1 apart.

    -2 is the size of 0, which is like no other number; None is the size of no number.
    """
    return None if number is None else -2 if number == 0 else int(math.log(number) / FIGURE_STEP)


def _event_blocks(event: RecordFields) -> RecordBlocks:
    blocks: list[Block] = [("country", event["country"]), *(("side", side["id"]) for side in event["sides"])]
    return RecordBlocks(blocks, blocks)


# Existing relations -----------------------------------------------------------------------------------------------


def _drop_related(proposals: Iterator[Proposal], size: int = 200) -> Iterator[Proposal]:
    """Yield the proposals without an active relation between their claims."""
    waiting: list[Proposal] = []
    for proposal in proposals:
        waiting.append(proposal)
        if len(waiting) == size:
            yield from _keep_unrelated(waiting)
            waiting = []
    yield from _keep_unrelated(waiting)


def _keep_unrelated(proposals: list[Proposal]) -> list[Proposal]:
    ids = sorted({slug for proposal in proposals for slug in (proposal.first, proposal.second)})
    query = Relation.select(Claim.slug, Target.slug).join(Claim, on=Relation.claim)
    query = query.join_from(Relation, Target, on=(Relation.target == Target.id))
    relations = query.where((Relation.status == "active") & Claim.slug.in_(ids) & Target.slug.in_(ids))
    related = {frozenset(pair) for pair in fetch_tuples(relations)}
    return [proposal for proposal in proposals if frozenset((proposal.first, proposal.second)) not in related]


def relation_between(first: str, kind: str, second: str) -> str | None:
    """Return the id of an active relation of this kind between two claims, in either direction."""
    pairs = ((Claim.slug == first) & (Target.slug == second)) | ((Claim.slug == second) & (Target.slug == first))
    query = (
        Relation.select(Relation.slug)
        .join(Claim, on=(Relation.claim == Claim.id))
        .join_from(Relation, Target, on=(Relation.target == Target.id))
        .where(pairs & (Relation.kind == kind) & (Relation.status == "active"))
    )
    return next((slug for (slug,) in fetch_tuples(query.limit(1))), None)
