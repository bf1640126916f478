"""Which claims and events may be one thing recorded twice. Proposed only: nothing is ever merged.

Records are read in the order of their days, and each is compared with those just before it that share a block with it
(a side or a country; for claims harm and measure too), so that the number of comparisons grows as that of records.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from peewee import fn

from api.db import tuples
from api.models import Claim, Event, Relation
from api.queries import claims, events, resemblance, select
from api.queries.evidence import INCIDENT, PERIOD
from api.queries.origins import Origins
from api.queries.resemblance import Likeness, Part, Told, days_between

NEIGHBOURS = 400  # of a block with which a record is compared
CLAIM_FIELDS = (
    "id", "statement", "harm", "measure", "claimant", "subject_side", "victim_status", "victim_sex", "victim_age",
    "event", "event_date", "stated_on", "place", "country", "latitude", "longitude", "low", "best", "high",
)  # fmt: skip
EVENT_FIELDS = (
    "id", "name", "type", "started_on", "place", "place_aliases", "country", "latitude", "longitude", "sides", "status",
)  # fmt: skip
Compare = Callable[[Told, Told], Likeness | None]
Blocks = Callable[[Told], Iterable[Any]]
Target = Claim.alias("target")


class Proposal(NamedTuple):
    """Two records that may be one, the more alike the higher the score; ids in order."""

    noun: str
    score: int
    one: str
    other: str
    one_dataset: str | None
    other_dataset: str | None
    parts: tuple[Part, ...]

    @property
    def same_dataset(self) -> bool:
        """Both were brought by one dataset, or by none."""
        return self.one_dataset == self.other_dataset


class Search:
    """One run; it counts what it compared, and what it could not."""

    def __init__(self, days: int = 1, least: int = 85, within: bool = True) -> None:
        self.days, self.least, self.within = days, least, within
        self.compared = self.proposed = self.undated = self.crowded = 0

    def best(self, nouns: Iterable[str], most: int) -> list[Proposal]:
        """The likeliest proposals, the likeliest first; within an open snapshot."""
        found = (proposal for noun in nouns for proposal in FINDERS[noun](self))
        return heapq.nsmallest(most, self._counted(found), key=lambda p: (-p.score, p.noun, p.one, p.other))

    def _counted(self, found: Iterator[Proposal]) -> Iterator[Proposal]:
        for proposal in found:
            self.proposed += 1
            yield proposal

    def claims(self) -> Iterator[Proposal]:
        """Figures of incidents and periods by the day that they are about, within `days`; others by the day stated."""
        about = self._pairs("claims", _claims("event_date", True), _claim_blocks, resemblance.claims, self.days)
        stated = self._pairs("claims", _claims("stated_on", False), _claim_blocks, resemblance.claims, 0)
        for found in (about, stated):
            yield from _unrelated(found)

    def events(self) -> Iterator[Proposal]:
        return self._pairs("events", _events(), _event_blocks, resemblance.events, self.days)

    def _pairs(
        self, noun: str, found: Iterator[Told], blocks: Blocks, compare: Compare, days: int
    ) -> Iterator[Proposal]:
        recent: dict[Any, deque[Told]] = defaultdict(lambda: deque(maxlen=NEIGHBOURS))
        for record in found:
            if record["day"] is None:
                self.undated += 1
                continue
            for before in self._neighbours(record, [recent[block] for block in blocks(record)], days):
                self.compared += 1
                likeness = compare(before, record)
                if likeness and likeness.score >= self.least:
                    yield _proposal(noun, likeness, before, record)

    def _neighbours(self, record: Told, blocks: list[deque[Told]], days: int) -> list[Told]:
        """Those before it in its blocks, each once; takes it in, and lets go of those of days gone by."""
        near: dict[str, Told] = {}
        for block in blocks:
            while block and days_between(block[0]["day"], record["day"]) > days:
                block.popleft()
            self.crowded += len(block) == block.maxlen
            near |= {before["id"]: before for before in block}
            block.append(record)
        return [before for before in near.values() if self.within or before["dataset"] != record["dataset"]]


FINDERS: dict[str, Callable[[Search], Iterator[Proposal]]] = {"claims": Search.claims, "events": Search.events}


def _proposal(noun: str, likeness: Likeness, before: Told, after: Told) -> Proposal:
    one, other = sorted((before, after), key=lambda record: record["id"])
    return Proposal(noun, likeness.score, one["id"], other["id"], one["dataset"], other["dataset"], likeness.parts)


# Records in the order of their days ------------------------------------------------------------------------------


def _claims(day: str, about: bool) -> Iterator[Told]:
    """Standing claims with their day: figures of incidents and periods, or all others."""
    bound = select.bind(claims.LISTING, {"status": ("active",), "kind": ("casualty",)})
    for chunk in select.every(claims.LISTING, bound, fields=CLAIM_FIELDS, sort=(day,)):
        chosen = [claim for claim in chunk if (claim["measure"] in (INCIDENT, PERIOD)) == about]
        repeats = _repeats([claim["id"] for claim in chosen])
        Origins().mark("claims", chosen)
        yield from (claim | {"day": claim[day]} for claim in chosen if claim["id"] not in repeats)


def _repeats(slugs: list[str]) -> set[str]:
    """Those that are told to repeat another already."""
    query = Relation.select(Claim.slug).join(Claim, on=Relation.claim)
    said = (Relation.kind == "same_as") & (Relation.status == "active")
    return {slug for (slug,) in tuples(query.where(said & Claim.slug.in_(slugs)))}


def _events() -> Iterator[Told]:
    for chunk in select.every(events.LISTING, {}, fields=EVENT_FIELDS, sort=("started_on",)):
        standing = [event for event in chunk if event["status"] == "active"]
        killed = _killed([event["id"] for event in standing])
        Origins().mark("events", standing)
        yield from (event | {"day": event["started_on"], "killed": killed.get(event["id"])} for event in standing)


def _killed(slugs: list[str]) -> dict[str, int]:
    """The highest toll that anybody claims of each event, where somebody does."""
    query = Claim.select(Event.slug, fn.MAX(Claim.best)).join(Event, on=Claim.event).group_by(Event.slug)
    counted = (Claim.status == "active") & (Claim.harm == "killed") & (Claim.measure == INCIDENT)
    return dict(tuples(query.where(counted & Claim.best.is_null(False) & Event.slug.in_(slugs))))


def _claim_blocks(claim: Told) -> Iterator[Any]:
    side = claim["subject_side"]
    yield claim["harm"], claim["measure"], "side", side and side["id"]
    if claim["country"]:
        yield claim["harm"], claim["measure"], "country", claim["country"]


def _event_blocks(event: Told) -> Iterator[Any]:
    yield "country", event["country"]
    yield from (("side", side["id"]) for side in event["sides"])


# What was decided already ----------------------------------------------------------------------------------------


def _unrelated(found: Iterator[Proposal], size: int = 200) -> Iterator[Proposal]:
    """The proposals between whose claims nothing is said as yet."""
    waiting: list[Proposal] = []
    for proposal in found:
        waiting.append(proposal)
        if len(waiting) == size:
            yield from _still_open(waiting)
            waiting = []
    yield from _still_open(waiting)


def _still_open(proposals: list[Proposal]) -> list[Proposal]:
    ids = sorted({slug for proposal in proposals for slug in (proposal.one, proposal.other)})
    query = Relation.select(Claim.slug, Target.slug).join(Claim, on=Relation.claim)
    query = query.join_from(Relation, Target, on=(Relation.target == Target.id))
    told = query.where((Relation.status == "active") & Claim.slug.in_(ids) & Target.slug.in_(ids))
    related = {frozenset(pair) for pair in tuples(told)}
    return [proposal for proposal in proposals if frozenset((proposal.one, proposal.other)) not in related]


def between(one: str, kind: str, other: str) -> str | None:
    """The id of a standing relation of the kind between two claims, whichever of them it is of."""
    pairs = ((Claim.slug == one) & (Target.slug == other)) | ((Claim.slug == other) & (Target.slug == one))
    query = (
        Relation.select(Relation.slug)
        .join(Claim, on=(Relation.claim == Claim.id))
        .join_from(Relation, Target, on=(Relation.target == Target.id))
        .where(pairs & (Relation.kind == kind) & (Relation.status == "active"))
    )
    return next((slug for (slug,) in tuples(query.limit(1))), None)
