"""What a data package holds: everything, or the claims that answer a question and all that they need to be read alone.

That is: their reports and the sources of these, the relations among them, their events, claimants, conflicts with
those that they are phases of, and sides with those that they are members of.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from peewee import ModelSelect, fn

from api.db import tuples
from api.models import (
    Claim,
    Claimant,
    Conflict,
    ConflictSide,
    Event,
    EventSide,
    Relation,
    Report,
    Side,
    SideMembership,
    Source,
)
from api.queries import claimants, claims, conflicts, events, relations, reports, sides, sources
from api.queries.record import having
from api.queries.references import current_revision
from api.queries.select import Bound, Listing, Text, narrowed, on_the_day, records, selected, shape_of, total

Narrow = Callable[[Any], Any]  # of queries
LISTINGS: tuple[Listing, ...] = (
    conflicts.LISTING,
    sides.LISTING,
    claimants.LISTING,
    sources.LISTING,
    events.LISTING,
    claims.LISTING,
    reports.LISTING,
    relations.LISTING,
)


#: A claim as it is looked up from what it refers to: `Claim` itself is bound by the filters, `Event` with it.
Referring = Claim.alias("referring")
KEYS, CHUNK = 10_000, 1000
#: Above so many claims, what they need is found by walking the other nouns; up to it, from the claims: SQLite would
#: hold the keys of all of them in memory.
MANY = 10_000


class Part(NamedTuple):
    """The records of one noun in a package."""

    noun: str
    listing: Listing
    bound: Bound
    narrow: Narrow

    def size(self) -> int:
        query = self.narrow(self.listing.model.select(fn.COUNT(self.listing.key)))
        return int(Text(*query.sql()).ask(self.bound)[0][0])

    def chunks(self, fields: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
        """The records by their ids, within an open snapshot: memory does not grow with their number.

        Keys first: no engine then sorts whole records, or finds those that answer anew for every chunk.
        """
        for keys in self._keys():
            query = self.listing.join(selected(self.listing, fields)).where(self.listing.key.in_(keys))
            text = Text(*query.order_by(self.listing.last).sql())
            yield records(self.listing, fields, text.ask(self.bound))

    def _keys(self) -> Iterator[list[int]]:
        after, more = "", True
        while more:
            query = self.narrow(self.listing.model.select(self.listing.key, self.listing.last))
            query = query.where(self.listing.last > after).order_by(self.listing.last).limit(KEYS)
            found = Text(*query.sql()).ask(self.bound)
            yield from ([key for key, _ in found[start : start + CHUNK]] for start in range(0, len(found), CHUNK))
            more = len(found) == KEYS
            after = found[-1][1] if more else after


def parts(bound: Bound) -> list[Part]:
    """The parts of the package that answers a question about claims; no question is everything."""
    if not bound:
        return [Part(asked.name, asked, {}, lambda query: query) for asked in LISTINGS]
    needed = _Needed(bound).conditions()
    return [
        Part(asked.name, on_the_day(asked, bound), bound, functools.partial(_answering, bound))
        if asked is claims.LISTING
        else Part(asked.name, asked, bound, functools.partial(_those, asked, needed[asked.name]))
        for asked in LISTINGS
    ]


def _answering(bound: Bound, query: ModelSelect[Any]) -> ModelSelect[Any]:
    return narrowed(on_the_day(claims.LISTING, bound), query, shape_of(bound))


def _those(asked: Listing, condition: Any, query: ModelSelect[Any]) -> ModelSelect[Any]:
    return asked.join(query).where(condition)


class _Needed:
    """Which records of the other nouns the claims that answer need."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.many = total(claims.LISTING, bound, current_revision()) > MANY

    def by_claims(self, name: str, key: Any) -> Any:
        """The key is in that field of a claim that answers."""
        if not self.many:
            return key.in_(self.of_claims(name))
        answers = fn.EXISTS(_answering(self.bound, Claim.select(Claim.id)).where(Claim.id == Referring.id))
        return fn.EXISTS(Referring.select(Referring.id).where((getattr(Referring, name) == key) & answers))

    def sources(self) -> Any:
        named = Report.select(Report.source).where(self.by_claims("id", Report.claim))
        return fn.EXISTS(named.where(Report.source == Source.id)) if self.many else Source.id.in_(named)

    def relations(self) -> Any:
        among = self.by_claims("id", Relation.claim) & self.by_claims("id", Relation.target)
        return among & relations.WHERE["as_of"].condition(claims.STOOD) if "as_of" in self.bound else among

    def conflicts(self) -> set[int]:
        of_events = Event.select(Event.conflict).where(self.by_claims("event", Event.id))
        links = tuples(Conflict.select(Conflict.id, Conflict.parent))
        return _above(self.keys(self.of_claims("conflict"), of_events), links)

    def sides(self, conflicts: set[int]) -> set[int]:
        of_events = EventSide.select(EventSide.side).join(Event, on=EventSide.event)
        named = self.keys(
            self.of_claims("subject_side"),
            self.of_claims("responsible_side"),
            Claimant.select(Claimant.side).where(self.by_claims("claimant", Claimant.id)),
            of_events.where(self.by_claims("event", Event.id)),
            ConflictSide.select(ConflictSide.side).where(having(ConflictSide.conflict, conflicts)),
        )
        return _above(named, tuples(SideMembership.select(SideMembership.side, SideMembership.member_of)))

    def conditions(self) -> dict[str, Any]:
        conflicts = self.conflicts()
        return {
            "reports": self.by_claims("id", Report.claim),
            "sources": self.sources(),
            "relations": self.relations(),
            "events": self.by_claims("event", Event.id),
            "claimants": self.by_claims("claimant", Claimant.id),
            "conflicts": having(Conflict.id, conflicts),
            "sides": having(Side.id, self.sides(conflicts)),
        }

    def of_claims(self, name: str) -> ModelSelect[Any]:
        return _answering(self.bound, Claim.select(getattr(Claim, name)))

    def keys(self, *queries: ModelSelect[Any]) -> set[int]:
        """The keys that these queries select. (Of small nouns: the names of all are kept in the process anyway.)"""
        found = (Text(*query.distinct().sql()).ask(self.bound) for query in queries)
        return {key for rows in found for (key,) in rows if key is not None}


def _above(keys: set[int], links: list[tuple[Any, ...]]) -> set[int]:
    """The keys, and all that they lead to by links of `(from, to)`."""
    leads = defaultdict(set)
    for start, end in links:
        leads[start].add(end)
    found: set[int] = set()
    waiting = keys
    while waiting:
        found |= waiting
        waiting = {end for key in waiting for end in leads[key] if end is not None} - found
    return found
