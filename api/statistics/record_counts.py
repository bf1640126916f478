"""Counts of records by any filter field. These are not sums of people: those need `api.reconciling`."""

import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import fn

from api.database.snapshot import SqlDialect, sql_dialect
from api.evidence.frame import open_frame
from api.history.revisions import current_revision
from api.listings.filters import Group
from api.listings.query import LISTINGS, Bound, Listing, SqlText, listing_as_of, narrow_query, shape_of
from api.listings.references import SMALL_RECORD_TYPES, Ref, References, by_id, cached_references
from api.statistics.selection import select_claims

MOST_ROWS = 10_000


class TooManyGroupsError(Exception):
    """More groups than one answer holds."""


class RecordCount(NamedTuple):
    """One group: for each name the value or reference that its records share (None: not stated), and their number."""

    keys: tuple[Any, ...]
    number: int


def find_groups(listing: Listing) -> dict[str, Group]:
    """Return the fields by which records of a listing can be counted."""
    return {name: filter_.group for name, filter_ in listing.where.items() if filter_.group is not None}


def count_records(listing: Listing, bound: Bound, names: tuple[str, ...]) -> list[RecordCount]:
    """Return how many records have each combination of values of `names`, in the order of the values, null last.

    Raises `TooManyGroups`.
    """
    listing = listing_as_of(listing, bound)
    groups = find_groups(listing)
    counted = _count_text(sql_dialect(), listing.name, names, shape_of(bound)).fetch_rows(bound)
    if len(counted) > MOST_ROWS:
        raise TooManyGroupsError(listing.name)
    named = cached_references(current_revision())
    rows = [RecordCount(tuple(_read_keys(groups, names, named, row)), row[-1]) for row in counted]
    rows = [
        row for row in rows if all(_is_selected(groups, bound, *pair) for pair in zip(names, row.keys, strict=True))
    ]
    return sorted(rows, key=lambda row: [(key is None, _find_word(key)) for key in row.keys])


class FrameGroup(NamedTuple):
    """A group of claims in the claims frame: an expression, and the record type whose ids it gives."""

    expression: str
    record_type: str | None = None


EVENT_DATE = "COALESCE(event_first, covers_from)"
#: Groups of claims that the frame can count. Others need the tables: reports, sources, flags, names of events.
FRAME_GROUPS = {
    "conflict": FrameGroup("conflict", "conflicts"),
    "recorded_conflict": FrameGroup("conflict", "conflicts"),
    "claimant": FrameGroup("claimant", "claimants"),
    "claimant_side": FrameGroup("claimant_side", "sides"),
    "subject_side": FrameGroup("subject_side", "sides"),
    "responsible_side": FrameGroup("responsible_side", "sides"),
    "year": FrameGroup(f"SUBSTR({EVENT_DATE}, 1, 4)"),
    "month": FrameGroup(f"SUBSTR({EVENT_DATE}, 1, 7)"),
    "stated_year": FrameGroup("SUBSTR(stated_on, 1, 4)"),
    "stated_month": FrameGroup("SUBSTR(stated_on, 1, 7)"),
    "stated_day": FrameGroup("stated_last"),
    **{
        name: FrameGroup(name)
        for name in (
            "kind", "harm", "victim_status", "victim_sex", "victim_age", "measure", "qualifier", "event_type",
            "country", "admin1", "dataset",
        )
    },
}  # fmt: skip


def can_count_in_frame(filters: dict[str, Any], names: tuple[str, ...]) -> bool:
    return "as_of" not in filters and all(name in FRAME_GROUPS for name in names)


def count_claims(filters: dict[str, Any], names: tuple[str, ...]) -> list[RecordCount]:
    """Return how many claims have each combination of values of `names`, as `count_records` does, from the frame.

    Raises `TooManyGroups`.
    """
    listed = ", ".join(FRAME_GROUPS[name].expression for name in names)
    with open_frame() as frame:
        condition = select_claims(frame, filters)
        sql = f"SELECT {listed}, COUNT(*) FROM {frame.claims} WHERE {condition.sql} GROUP BY ALL LIMIT {MOST_ROWS + 1}"
        counted = frame.fetch(sql, condition.values)
    if len(counted) > MOST_ROWS:
        raise TooManyGroupsError("claims")
    named = cached_references(current_revision())
    record_types = {
        record_type: by_id(getattr(named, record_type)) for record_type in ("conflicts", "claimants", "sides")
    }
    rows = [RecordCount(tuple(_name_keys(names, row, record_types)), row[-1]) for row in counted]
    return sorted(rows, key=lambda row: [(key is None, _find_word(key)) for key in row.keys])


def _name_keys(names: tuple[str, ...], row: tuple[Any, ...], record_types: dict[str, dict[str, Ref]]) -> Iterable[Any]:
    for name, value in zip(names, row[:-1], strict=True):
        record_type = FRAME_GROUPS[name].record_type
        yield value or None if record_type is None else value and record_types[record_type][value]


@functools.lru_cache(maxsize=256)
def _count_text(engine: SqlDialect, name: str, names: tuple[str, ...], shape: tuple[Any, ...]) -> SqlText:
    listing = LISTINGS[name]
    groups = [find_groups(listing)[word] for word in names]
    columns = [column for group in groups for column in group.columns]
    query = narrow_query(listing, listing.model.select(*columns, fn.COUNT(listing.key.distinct())), shape)
    for join in dict.fromkeys(group.join for group in groups):
        query = join(query)
    return SqlText(*query.group_by(*columns).limit(MOST_ROWS + 1).sql())


def _read_keys(
    groups: dict[str, Group], names: tuple[str, ...], named: References, row: tuple[Any, ...]
) -> Iterable[Any]:
    position = 0
    for name in names:
        columns = groups[name].columns
        yield _read_key(columns[0], row[position : position + len(columns)], named)
        position += len(columns)


def _read_key(column: Any, values: tuple[Any, ...], named: References) -> Any:
    """Return a reference, an id with its name, or a word; an empty text becomes None."""
    referred = getattr(column, "rel_model", None)
    if referred in SMALL_RECORD_TYPES:
        return getattr(named, SMALL_RECORD_TYPES[referred])[values[0]]
    if len(values) == 2:
        return None if values[0] is None else {"id": values[0], "name": values[1]}
    return values[0] or None


def _is_selected(groups: dict[str, Group], bound: Bound, name: str, key: Any) -> bool:
    """Return False if a record may be in several rows, and no filter value of the question is that of this row."""
    return not groups[name].several or name not in bound or (key and _find_word(key)) in bound[name]


def _find_word(key: Any) -> str:
    return str(key["id"] if isinstance(key, dict) else key)
