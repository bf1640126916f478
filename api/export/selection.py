"""The records of a data package: everything, or the claims that answer a question and the records that they need.

These are: their reports with sources, the relations between them, their events and claimants, their conflicts with
the conflicts above, and their sides with the coalitions above.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from peewee import ModelSelect, fn

from api.database.models import (
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
from api.database.statements import bind_keys, fetch_tuples, is_among, is_among_bound
from api.history.revisions import current_revision
from api.listings import claimants, claims, conflicts, events, relations, reports, sides, sources
from api.listings.query import (
    Bound,
    Listing,
    RecordColumns,
    RowColumns,
    Slot,
    SqlText,
    count_matches,
    listing_as_of,
    narrow_query,
    shape_of,
)
from api.listings.record_building import build_records

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


#: Claims for subqueries from other types: the filters use `Claim` itself, and `Event` with it.
Referring = Claim.alias("referring")
KEYS, CHUNK = 10_000, 1000
#: Up to this number of claims, the queries start from their keys. Above it, they start from the other record types,
#: because SQLite would hold the keys of all claims in memory.
MANY = 10_000


class Part(NamedTuple):
    """The records of one type in a package."""

    record_type: str
    listing: Listing
    bound: Bound
    narrow: Narrow

    def count_records(self) -> int:
        query = self.narrow(self.listing.model.select(fn.COUNT(self.listing.key)))
        return int(SqlText(*query.sql()).fetch_rows(self.bound)[0][0])

    def read_chunks(self, fields: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
        """Yield the records in chunks, by id, within an open snapshot. Memory does not grow with their number."""
        text = self.build_text(RecordColumns(fields))
        for keys in self.read_keys():
            yield build_records(self.listing.columns, fields, self.fetch_rows(text, keys))

    def build_text(self, columns: RowColumns, *extra: Any) -> SqlText:
        """Return the SQL text of `fetch_rows`. The last column of a row is its id, after `extra`."""
        query = self.listing.join(columns.select_from(self.listing, *extra, self.listing.last))
        return SqlText(*query.where(is_among_bound(self.listing.key, Slot("keys", 0))).sql())

    def fetch_rows(self, text: SqlText, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the rows with these keys, by id. The database would sort them with all their columns."""
        return sorted(text.fetch_rows(self.bound | {"keys": (bind_keys(keys),)}), key=itemgetter(-1))

    def read_keys(self) -> Iterator[list[int]]:
        """Yield the keys in chunks, by id, so that the database does not repeat the search for each chunk."""
        after, has_next = "", True
        while has_next:
            query = self.narrow(self.listing.model.select(self.listing.key, self.listing.last))
            query = query.where(self.listing.last > after).order_by(self.listing.last).limit(KEYS)
            rows = SqlText(*query.sql()).fetch_rows(self.bound)
            yield from ([key for key, _ in rows[start : start + CHUNK]] for start in range(0, len(rows), CHUNK))
            has_next = len(rows) == KEYS
            after = rows[-1][1] if has_next else after


def select_parts(bound: Bound) -> list[Part]:
    """Return the parts of the package that answers a question about claims. Without a question: everything."""
    if not bound:
        return [Part(listing.name, listing, {}, lambda query: query) for listing in LISTINGS]
    needed = _NeededRecords(bound).build_conditions()
    return [
        Part(listing.name, listing_as_of(listing, bound), bound, functools.partial(_narrow_to_answers, bound))
        if listing is claims.LISTING
        else Part(listing.name, listing, bound, functools.partial(_narrow_to_condition, listing, needed[listing.name]))
        for listing in LISTINGS
    ]


def _narrow_to_answers(bound: Bound, query: ModelSelect[Any]) -> ModelSelect[Any]:
    return narrow_query(listing_as_of(claims.LISTING, bound), query, shape_of(bound))


def _narrow_to_condition(listing: Listing, condition: Any, query: ModelSelect[Any]) -> ModelSelect[Any]:
    return listing.join(query).where(condition)


class _NeededRecords:
    """The records of other types that the answering claims need."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.many = count_matches(claims.LISTING, bound, current_revision()) > MANY

    def by_claims(self, name: str, key: Any) -> Any:
        """Return the condition that an answering claim has the key in this field."""
        if not self.many:
            return key.in_(self.of_claims(name))
        answers = fn.EXISTS(_narrow_to_answers(self.bound, Claim.select(Claim.id)).where(Claim.id == Referring.id))
        return fn.EXISTS(Referring.select(Referring.id).where((getattr(Referring, name) == key) & answers))

    def sources_condition(self) -> Any:
        named = Report.select(Report.source).where(self.by_claims("id", Report.claim))
        return fn.EXISTS(named.where(Report.source == Source.id)) if self.many else Source.id.in_(named)

    def relations_condition(self) -> Any:
        among = self.by_claims("id", Relation.claim) & self.by_claims("id", Relation.target)
        return among & relations.WHERE["as_of"].condition(claims.AS_OF_DAY) if "as_of" in self.bound else among

    def conflict_keys(self) -> set[int]:
        of_events = Event.select(Event.conflict).where(self.by_claims("event", Event.id))
        links = fetch_tuples(Conflict.select(Conflict.id, Conflict.parent))
        return _add_ancestors(self.load_keys(self.of_claims("conflict"), of_events), links)

    def side_keys(self, conflicts: set[int]) -> set[int]:
        of_events = EventSide.select(EventSide.side).join(Event, on=EventSide.event)
        named = self.load_keys(
            self.of_claims("subject_side"),
            self.of_claims("responsible_side"),
            Claimant.select(Claimant.side).where(self.by_claims("claimant", Claimant.id)),
            Claimant.select(Claimant.affiliation).where(self.by_claims("claimant", Claimant.id)),
            of_events.where(self.by_claims("event", Event.id)),
            ConflictSide.select(ConflictSide.side).where(is_among(ConflictSide.conflict, conflicts)),
        )
        return _add_ancestors(named, fetch_tuples(SideMembership.select(SideMembership.side, SideMembership.member_of)))

    def build_conditions(self) -> dict[str, Any]:
        conflicts = self.conflict_keys()
        return {
            "reports": self.by_claims("id", Report.claim),
            "sources": self.sources_condition(),
            "relations": self.relations_condition(),
            "events": self.by_claims("event", Event.id),
            "claimants": self.by_claims("claimant", Claimant.id),
            "conflicts": is_among(Conflict.id, conflicts),
            "sides": is_among(Side.id, self.side_keys(conflicts)),
        }

    def of_claims(self, name: str) -> ModelSelect[Any]:
        return _narrow_to_answers(self.bound, Claim.select(getattr(Claim, name)))

    def load_keys(self, *queries: ModelSelect[Any]) -> set[int]:
        """Return the keys that the queries select, of small record types that the process caches anyway."""
        results = (SqlText(*query.distinct().sql()).fetch_rows(self.bound) for query in queries)
        return {key for rows in results for (key,) in rows if key is not None}


def _add_ancestors(keys: set[int], links: list[tuple[Any, ...]]) -> set[int]:
    """Return the keys, and all keys that they lead to by links `(from, to)`."""
    leads = defaultdict(set)
    for start, end in links:
        leads[start].add(end)
    reached: set[int] = set()
    waiting = keys
    while waiting:
        reached |= waiting
        waiting = {end for key in waiting for end in leads[key] if end is not None} - reached
    return reached
