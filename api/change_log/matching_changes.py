"""Entries of the log about records that match filters before or after the change, newest first.

A record that a correction moves out of a question, or a retraction with `status=active`, is an entry too: each former
row of a record is compared like the current one. What a row refers to, such as the place of its event, is read as now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from peewee import Column, ModelSelect, Value, fn

from api.change_log.entries import LISTING as LOG
from api.database.connection import is_postgres
from api.database.models import Change, Claim, Claimant, Event, Record, Relation, Report, Table
from api.database.snapshot import find_pin, pin_snapshot
from api.database.statements import fetch_tuples
from api.listings import claims
from api.listings.filters import any_of
from api.listings.query import Bound, Listing, SqlText, listing_as_of, narrow_query, shape_of

NEVER_REPLACED = 2_147_483_647  # in place of a revision
#: Record types that claims refer to. A new record of these types changes no statistic of claims.
REFERRED = ("conflicts", "sides", "events", "claimants", "sources")
#: Types of which a record changes only the statistics of the claims that refer to it, with the column that does.
REFERENCES: dict[str, tuple[type[Record], Any]] = {
    "events": (Event, Claim.event),
    "claimants": (Claimant, Claim.claimant),
}
NARROWED = frozenset(REFERENCES)
#: Filters that no correction of an event or a claimant moves a claim into or out of.
OF_CLAIMS_ALONE = frozenset({"conflict", "recorded_conflict", "event"})
Counts = list[tuple[str, str, int]]  # record type, operation, number of entries
MOST_KINDS = 40  # pairs of a record type and an operation
Shape = Callable[["ModelSelect[Any]"], "ModelSelect[Any]"]


class ChangeSelection(NamedTuple):
    """Some entries of the log. `build` returns the query of columns of `Change`; an entry may be in several rows."""

    build: Callable[..., ModelSelect[Any]]
    bound: Bound = {}
    with_former: type[Table] | None = None  # the table that is read with its former rows

    def fetch_rows(self, columns: Sequence[Any], shape: Shape) -> list[tuple[Any, ...]]:
        before = find_pin()
        if self.with_former is not None:
            pin_snapshot(_with_former_rows(self.with_former), frozenset({self.with_former._meta.table_name}))
        try:
            return SqlText(*shape(self.build(*columns)).sql()).fetch_rows(self.bound)
        finally:
            pin_snapshot(*before)

    def list_revisions(self, most: int) -> list[int]:
        """Return the newest revisions with such an entry, newest first."""
        return [
            number
            for (number,) in self.fetch_rows(
                [Change.revision], lambda query: query.distinct().order_by(Change.revision.desc()).limit(most)
            )
        ]

    def count_operations(self, most: int) -> dict[int, Counts]:
        """Return what the newest revisions with such an entry did, at most `most`, newest first."""
        columns = [Change.revision, Change.record_type, Change.operation]
        rows = self.fetch_rows(
            [*columns, fn.COUNT(Change.seq.distinct())],
            lambda query: query.group_by(*columns).order_by(Change.revision.desc()).limit(most * MOST_KINDS),
        )
        counts: dict[int, Counts] = {}
        for revision, record_type, operation, number in rows:
            counts.setdefault(revision, []).append((record_type, operation, number))
        return dict(list(counts.items())[:most])

    def list_seqs(self, among: Sequence[int]) -> list[int]:
        """Return those of the entries `among` that are such, newest first."""
        rows = self.fetch_rows([Change.seq], lambda query: query.where(Change.seq.in_(among)).distinct())
        return sorted((seq for (seq,) in rows), reverse=True)

    def list_seqs_between(self, after: int, last: int, most: int) -> list[int]:
        """Return such entries after `after` up to `last`, at most `most`, oldest first."""
        within = (Change.seq > after) & (Change.seq <= last)
        rows = self.fetch_rows(
            [Change.seq], lambda query: query.where(within).distinct().order_by(Change.seq).limit(most)
        )
        return [seq for (seq,) in rows]


class Write(NamedTuple):
    """A revision, as all its entries state it. `entries`: the number of all its entries."""

    revision: int
    made_at: str
    who: str
    reason: str
    entries: int


def select_changes_of(listing: Listing, bound: Bound) -> ChangeSelection:
    """Return the changes of the records of a type that match."""
    if not bound:
        return ChangeSelection(lambda *columns: Change.select(*columns).where(Change.record_type == listing.name))
    return ChangeSelection(
        lambda *columns: _join_changes(_select_matching(listing, bound, columns), listing.name, listing.model),
        bound,
        listing.model,
    )


def select_log(bound: Bound) -> ChangeSelection:
    """Return the entries within filters of the log itself."""

    def build(*columns: Any) -> ModelSelect[Any]:
        query = Change.select(*columns)
        for name, values in bound.items():
            slots = [value if value is None else Value(value, converter=False) for value in values]
            query = query.where(LOG.where[name].condition(*slots))
        return query

    return ChangeSelection(build)


def list_revisions_behind(bound: Bound, most: int, with_new: Iterable[str] = ()) -> list[int]:
    """Return the newest revisions that may have changed a statistic of the claims that match.

    They wrote such a claim, a report or a relation of it, or corrected a record that claims refer to. `with_new`:
    types of which every record counts, also a new one and one that no such claim refers to.
    """
    selections = [
        select_changes_of(claims.LISTING, bound),
        *_select_attached(bound),
        *_select_corrected(bound, frozenset(with_new)),
    ]
    revisions = {revision for selection in selections for revision in selection.list_revisions(most)}
    return sorted(revisions, reverse=True)[:most]


def read_writes(revisions: Sequence[int]) -> dict[int, Write]:
    """Return revisions by their number."""
    ends = fn.MIN(Change.seq), fn.MAX(Change.seq)
    spans = fetch_tuples(
        Change.select(Change.revision, *ends).where(Change.revision.in_(revisions)).group_by(Change.revision)
    )
    columns = (Change.seq, Change.revision, Change.made_at, Change.who, Change.reason)
    lengths = {first: last - first + 1 for _, first, last in spans}  # the entries of a revision follow each other
    firsts = fetch_tuples(Change.select(*columns).where(Change.seq.in_(list(lengths))))
    return {row[1]: Write._make((*row[1:], lengths[row[0]])) for row in firsts}


def list_seqs_of(revisions: Sequence[int]) -> list[int]:
    """Return the numbers of all entries of these revisions."""
    return [seq for (seq,) in fetch_tuples(Change.select(Change.seq).where(Change.revision.in_(revisions)))]


def list_first_seqs(revision: int, record_types: Sequence[str], most: int) -> list[int]:
    """Return the numbers of the first entries of a revision about these record types, at most `most` of each type."""
    ((first, last),) = fetch_tuples(
        Change.select(fn.MIN(Change.seq), fn.MAX(Change.seq)).where(Change.revision == revision)
    )
    within = Change.select(Change.seq).where(Change.seq.between(first, last)).order_by(Change.seq).limit(most)
    return sorted(seq for name in record_types for (seq,) in fetch_tuples(within.where(Change.record_type == name)))


def _select_attached(bound: Bound) -> Iterable[ChangeSelection]:
    """Yield the changes of the reports and relations of the claims that match."""
    yield _select_naming(bound, "reports", Report, (Report.claim,))
    yield _select_naming(bound, "relations", Relation, (Relation.claim, Relation.target))


def _select_naming(bound: Bound, name: str, model: type[Record], ends: Sequence[Any]) -> ChangeSelection:
    """Return the changes of the records that name a matching claim in one of these columns."""
    if not bound:
        return ChangeSelection(lambda *columns: Change.select(*columns).where(Change.record_type == name))

    def build(*columns: Any) -> ModelSelect[Any]:
        names_claim = any_of(*(end.in_(_select_matching(claims.LISTING, bound, (Claim.id,))) for end in ends))
        records = model.select(model.slug).where(names_claim)
        return Change.select(*columns).where((Change.record_type == name) & Change.record.in_(records))

    return ChangeSelection(build, bound, Claim)


def _select_corrected(bound: Bound, with_new: frozenset[str]) -> Iterable[ChangeSelection]:
    """Yield the corrections of records that claims refer to, and all changes of the types `with_new`.

    Of an event and a claimant only those that a matching claim refers to, or did, if the filters are of claims alone.
    """
    narrowed = NARROWED - with_new if bound and bound.keys() <= OF_CLAIMS_ALONE else frozenset()
    others = [name for name in REFERRED if name not in narrowed]
    is_corrected = Change.record_type.in_(others) & (Change.operation != "create")
    condition = is_corrected | Change.record_type.in_(with_new) if with_new else is_corrected
    yield ChangeSelection(lambda *columns: Change.select(*columns).where(condition))
    for name in narrowed:
        yield _select_referred(bound, name, *REFERENCES[name])


def _select_referred(bound: Bound, name: str, model: type[Record], reference: Any) -> ChangeSelection:
    """Return the corrections of the records that a matching claim refers to, or did."""

    def build(*columns: Any) -> ModelSelect[Any]:
        referred = model.select(model.slug).where(model.id.in_(_select_matching(claims.LISTING, bound, (reference,))))
        is_correction = (Change.record_type == name) & (Change.operation != "create")
        return Change.select(*columns).where(is_correction & Change.record.in_(referred))

    return ChangeSelection(build, bound, Claim)


def _select_matching(listing: Listing, bound: Bound, columns: Sequence[Any]) -> ModelSelect[Any]:
    return narrow_query(listing_as_of(listing, bound), listing.model.select(*columns), shape_of(bound))


def _join_changes(query: ModelSelect[Any], name: str, model: Any) -> ModelSelect[Any]:
    """Join each row with the change that wrote it and with the change that replaced it."""
    until = Column(model._meta.table, "held_until")
    is_of_row = (Change.record_type == name) & (Change.record == model.slug)
    return query.join_from(model, Change, on=is_of_row & Change.revision.between(model.held_from, until))


def _with_former_rows(model: type[Table]) -> str:
    """Return `WITH claim AS (…)`: the rows of a table with all former ones, each with the revision that replaced it."""
    schema, table = "" if is_postgres() else "main.", model._meta.table_name
    columns = ", ".join(f'"{field.column_name}"' for field in model._meta.sorted_fields)
    return (
        f"WITH {table} AS (SELECT {columns}, {NEVER_REPLACED} AS held_until FROM {schema}{table} "
        f"UNION ALL SELECT {columns}, held_until FROM {table}_version), "
        f"older_{table} AS (SELECT id FROM {table}_version) "
    )
