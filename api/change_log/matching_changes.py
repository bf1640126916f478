"""Entries of the log about records that match filters before or after the change, newest first.

A record that a correction moves out of a question, or a retraction with `status=active`, is an entry too: each former
row of a record is compared like the current one. What a row refers to, such as the place of its event, is read as now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from peewee import Column, ModelSelect, Value, fn

from api.change_log.entries import LISTING as LOG
from api.database.connection import find_pin, is_postgres, pin_snapshot
from api.database.models import Change, Claim, Record, Relation, Report, Table
from api.listings import claims
from api.listings.query import Bound, Listing, SqlText, listing_as_of, narrow_query, shape_of

NEVER_REPLACED = 2_147_483_647  # in place of a revision
#: Record types that claims refer to. A new record of these types changes no statistic of claims.
REFERRED = ("conflicts", "sides", "events", "claimants", "sources")
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

    def count_operations(self, revisions: Sequence[int]) -> list[tuple[int, str, str, int]]:
        """Return `(revision, record type, operation, number of entries)`."""
        columns = [Change.revision, Change.record_type, Change.operation]
        return self.fetch_rows(
            [*columns, fn.COUNT(Change.seq.distinct())],
            lambda query: query.where(Change.revision.in_(revisions)).group_by(*columns).order_by(*columns),
        )

    def list_seqs(self, revisions: Sequence[int], most: int) -> list[int]:
        """Return the numbers of the newest entries of these revisions, newest first."""
        return [
            seq
            for (seq,) in self.fetch_rows(
                [Change.seq],
                lambda query: (
                    query.where(Change.revision.in_(revisions)).distinct().order_by(Change.seq.desc()).limit(most)
                ),
            )
        ]


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
    types of which a new record counts too.
    """
    selections = [select_changes_of(claims.LISTING, bound), *_select_attached(bound), _select_corrected(with_new)]
    revisions = {revision for selection in selections for revision in selection.list_revisions(most)}
    return sorted(revisions, reverse=True)[:most]


def read_writes(revisions: Sequence[int]) -> list[Write]:
    """Return the revisions, newest first."""
    columns = (Change.revision, Change.made_at, Change.who, Change.reason)
    query = Change.select(*columns, fn.COUNT(Change.seq)).where(Change.revision.in_(revisions))
    query = query.group_by(*columns).order_by(Change.revision.desc())
    return [Write._make(row) for row in SqlText(*query.sql()).fetch_rows({})]


def _select_attached(bound: Bound) -> Iterable[ChangeSelection]:
    """Yield the changes of the reports and relations of the claims that match."""
    for name, model, ends in (
        ("reports", Report, (Report.claim,)),
        ("relations", Relation, (Relation.claim, Relation.target)),
    ):
        for end in ends:
            yield _select_joined(bound, name, model, end)


def _select_joined(bound: Bound, name: str, model: type[Record], end: Any) -> ChangeSelection:
    if not bound:
        return ChangeSelection(lambda *columns: Change.select(*columns).where(Change.record_type == name))

    def build(*columns: Any) -> ModelSelect[Any]:
        query = _select_matching(claims.LISTING, bound, columns).join_from(Claim, model, on=(end == Claim.id))
        return query.join_from(model, Change, on=(Change.record_type == name) & (Change.record == model.slug))

    return ChangeSelection(build, bound, Claim)


def _select_corrected(with_new: Iterable[str]) -> ChangeSelection:
    is_corrected = Change.record_type.in_(REFERRED) & (Change.operation != "create")
    new = list(with_new)
    condition = is_corrected | Change.record_type.in_(new) if new else is_corrected
    return ChangeSelection(lambda *columns: Change.select(*columns).where(condition))


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
