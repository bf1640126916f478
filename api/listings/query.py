"""Filters, sort and paging for every listing: from a question to cached SQL text, from rows to records.

A question is what a Query schema loads: `{"subject_side": ("azerbaijan",), "best_min": 3, "sort": ("-stated_on",), …}`.
Two questions of one shape (the same names and numbers of values) share one SQL text, which peewee builds once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from peewee import ModelSelect, Ordering, Value, fn

from api.database.connection import database, is_postgres
from api.database.models import Table
from api.database.snapshot import SqlDialect, sql_dialect
from api.database.statements import bind_keys, is_among_bound, select_rows
from api.history.revisions import current_revision, redaction_after_pin
from api.listings.columns import Column
from api.listings.filters import Filter, any_of
from api.listings.record_building import build_records, build_structs
from api.listings.references import cached_references, require_existing, with_descendants

Question = Mapping[str, Any]
CHUNK = 1000
MANY = 10_000  # records that match: of more it is quicker to walk in their order until a page is full


@dataclasses.dataclass(frozen=True)
class Slot:
    """A place in cached SQL text for a value of the question. (Not a tuple: peewee would unpack it.)"""

    name: str
    index: int


class Listing(NamedTuple):
    """A table of one record type that can be filtered, sorted and paged."""

    name: str
    model: type[Table]
    columns: dict[str, Column]
    where: dict[str, Filter]
    sort: dict[str, Any]
    join: Callable[[ModelSelect[Any]], ModelSelect[Any]] = lambda query: query
    unique: Any = None  # the column that makes every order total; default: the slug
    then: str | None = None  # name of the listing of the same records on an as-of day
    joined_for: frozenset[str] | None = None  # the filters for which a count needs the join; None: always

    @property
    def key(self) -> Any:
        return self.model._meta.primary_key

    @property
    def last(self) -> Any:
        return self.model.slug if self.unique is None else self.unique  # type: ignore[attr-defined]


# From a question to SQL ------------------------------------------------------------------------------------------

Bound = dict[str, tuple[Any, ...]]


def bind_question(listing: Listing, question: Question) -> Bound:
    """Return the values of each filter in `question`. Raises `UnknownValueError` for a slug without a record."""
    bound: Bound = {}
    for name, filter_ in listing.where.items():
        if name not in question or filter_.is_switch:
            continue
        values = filter_.bind(question[name])
        stated = tuple(value for value in values if value is not None)
        if filter_.requires is not None and stated:
            require_existing(name, filter_.requires, stated)
        if filter_.below and (filter_.below_if is None or question.get(filter_.below_if)):
            tree = getattr(cached_references(current_revision()), filter_.below)
            values = with_descendants(tree, stated) + values[len(stated) :]
        bound[name] = values
    return bound


def shape_of(bound: Bound) -> tuple[Any, ...]:
    return tuple((name, tuple(value is not None for value in values)) for name, values in bound.items())


def _make_slots(name: str, presence: tuple[bool, ...]) -> list[Value | None]:
    return [Value(Slot(name, index), converter=False) if stated else None for index, stated in enumerate(presence)]


def narrow_query(
    listing: Listing, query: ModelSelect[Any], shape: tuple[Any, ...], has_many: bool = False
) -> ModelSelect[Any]:
    """Return the query with the filters of `shape`; `has_many`: it is known that many records match."""
    return _apply_filters(listing, listing.join(query), shape, has_many)


def _apply_filters(
    listing: Listing, query: ModelSelect[Any], shape: tuple[Any, ...], has_many: bool = False
) -> ModelSelect[Any]:
    for name, presence in shape:
        filter_ = listing.where[name]
        condition = filter_.condition(*_make_slots(name, presence))
        # SQLite would find the joined records, or the words, by their index, and then sort all to show the first few.
        is_misleading = filter_.is_search or name in (listing.joined_for or ())
        is_hidden = has_many and not is_postgres() and is_misleading
        query = query.where(fn.COALESCE(condition, 0) if is_hidden else condition)
    return query


class SqlText(NamedTuple):
    """SQL text that was built once, with its parameters: values, and slots for values of a question."""

    sql: str
    parameters: list[Any]

    def fetch_rows(self, bound: Bound) -> list[tuple[Any, ...]]:
        return select_rows(self.sql, self.fill_parameters(bound))

    def fill_parameters(self, bound: Bound) -> list[Any]:
        return [bound[p.name][p.index] if isinstance(p, Slot) else p for p in self.parameters]


LISTINGS: dict[str, Listing] = {}


def register_listing(name: str, model: type[Table], **parts: Any) -> Listing:
    """Add a listing to `LISTINGS` under its name, by which SQL text is cached."""
    registered = LISTINGS[name] = Listing(name, model, **parts)
    return registered


class RowColumns(Protocol):
    """The columns that are read of each row. SQL text is cached for each of them, so it must be hashable."""

    def select_from(self, listing: Listing, *extra: Any) -> ModelSelect[Any]:
        """Return the SELECT of the key, the columns and `extra`, without a filter."""

    def __hash__(self) -> int: ...


class RecordColumns(NamedTuple):
    """The columns from which `build_records` makes records."""

    fields: tuple[str, ...]

    def select_from(self, listing: Listing, *extra: Any) -> ModelSelect[Any]:
        return select_columns(listing, self.fields, *extra)


@functools.lru_cache(maxsize=1024)
def _page_text(
    engine: SqlDialect, name: str, columns: RowColumns, sort: tuple[str, ...], shape: tuple[Any, ...],
    beside: tuple[bool, ...] | None, is_backward: bool, limit: int, has_many: bool,
) -> SqlText:  # fmt: skip
    listing = LISTINGS[name]
    keys = _sort_keys(listing, sort)
    query = narrow_query(listing, columns.select_from(listing, *(key for key, _ in keys)), shape, has_many)
    if beside is not None:
        query = query.where(_rows_beyond(keys, _make_slots("cursor", beside), is_backward))
    query = query.order_by(*(_order_by(key, descending, is_backward) for key, descending in keys)).limit(limit)
    return SqlText(*query.sql())


def select_columns(listing: Listing, fields: tuple[str, ...], *extra: Any) -> ModelSelect[Any]:
    """Return the SELECT of `(key, *fields, *names of pairs, *extra)`, from which `build_records` makes records."""
    visible = [listing.columns[field].expression for field in fields]
    names = [column.source for field in fields if (column := listing.columns[field]).kind == "pair"]
    return listing.model.select(listing.key, *visible, *names, *extra)


@functools.lru_cache(maxsize=256)
def _total_text(engine: SqlDialect, name: str, shape: tuple[Any, ...]) -> SqlText:
    listing = LISTINGS[name]
    query = listing.model.select(fn.COUNT(listing.key))
    joins = listing.joined_for is None or any(name in listing.joined_for for name, _ in shape)
    return SqlText(*_apply_filters(listing, listing.join(query) if joins else query, shape).sql())


def _sort_keys(listing: Listing, sort: tuple[str, ...]) -> list[tuple[Any, bool]]:
    """Return the columns to sort by, as (column, is descending). The last is the id, so that the order is total."""
    keys = [(listing.sort[name.removeprefix("-")], name.startswith("-")) for name in sort]
    return keys if any(key is listing.last for key, _ in keys) else [*keys, (listing.last, False)]


def _order_by(key: Any, descending: bool, is_backward: bool) -> Ordering:
    """Return the order by a column, nulls last; backward it is turned round, nulls first."""
    nulls = ("FIRST" if is_backward else "LAST") if key.null else None
    ordered: Ordering = key.desc(nulls=nulls) if descending != is_backward else key.asc(nulls=nulls)
    return ordered


def _rows_beyond(keys: list[tuple[Any, bool]], values: list[Value | None], is_backward: bool) -> Any:
    """Return the condition for the rows after these sort values: equal in the first keys, after in the next.

    Nulls are last. Backward the rows are those before the values.
    """
    alternatives = []
    equal: list[Any] = []
    for (key, descending), value in zip(keys, values, strict=True):
        beyond = None if value is None else key < value if descending != is_backward else key > value
        if key.null and (value is None) == is_backward:  # nulls are after every value
            beyond = key.is_null(not is_backward) if beyond is None else beyond | key.is_null()
        if beyond is not None:
            alternatives.append(functools.reduce(lambda first, second: first & second, [*equal, beyond]))
        equal.append(key.is_null() if value is None else key == value)
    return any_of(*alternatives)


# From rows to records --------------------------------------------------------------------------------------------


class RowPage(NamedTuple):
    rows: list[tuple[Any, ...]]
    last: tuple[Any, ...] | None  # sort values of the last row; None when nothing follows
    first: tuple[Any, ...] | None = None  # sort values of the first row; None when nothing precedes


class Page(NamedTuple):
    records: list[dict[str, Any]]
    last: tuple[Any, ...] | None
    first: tuple[Any, ...] | None = None


def read_rows(
    listing: Listing, bound: Bound, columns: RowColumns, *, sort: tuple[str, ...] = (),
    limit: int = CHUNK, after: tuple[Any, ...] | None = None, before: tuple[Any, ...] | None = None, total: int = 0,
) -> RowPage:  # fmt: skip
    """Return the columns of at most `limit` records after `after`, or before `before` (the sort values of a record).

    `total` records match (0: not counted).
    """
    listing = listing_as_of(listing, bound)
    is_backward, beside = before is not None, after if before is None else before
    presence = None if beside is None else tuple(value is not None for value in beside)
    text = _page_text(
        sql_dialect(), listing.name, columns, sort, shape_of(bound), presence, is_backward, limit + 1, total > MANY
    )
    rows = text.fetch_rows(bound if beside is None else bound | {"cursor": beside})
    has_more, rows = len(rows) > limit, rows[:limit]
    if not rows:
        return RowPage(rows, None)
    rows = rows[::-1] if is_backward else rows
    width = len(_sort_keys(listing, sort))
    first, last = rows[0][-width:], rows[-1][-width:]
    has_previous = has_more if is_backward else after is not None
    return RowPage(rows, last if has_more or is_backward else None, first if has_previous else None)


def read_page(listing: Listing, bound: Bound, *, fields: tuple[str, ...] = (), **how: Any) -> Page:
    """Return the records of `read_rows`, which has the other arguments."""
    return _build_page(build_records, listing, bound, fields, **how)


def read_struct_page(listing: Listing, bound: Bound, *, fields: tuple[str, ...] = (), **how: Any) -> Page:
    """Return the same page for an answer in JSON: its records are of `build_structs`."""
    return _build_page(build_structs, listing, bound, fields, **how)


def _build_page(
    build: Callable[..., list[Any]], listing: Listing, bound: Bound, fields: tuple[str, ...], **how: Any
) -> Page:
    fields = fields or tuple(listing.columns)
    page = read_rows(listing, bound, RecordColumns(fields), **how)
    return Page(build(listing_as_of(listing, bound).columns, fields, page.rows), page.last, page.first)


def listing_as_of(listing: Listing, bound: Bound) -> Listing:
    """Return the listing of the records on the as-of day, if the question has one; else the same listing."""
    return LISTINGS[listing.then] if listing.then and "as_of" in bound else listing


def read_chunks(listing: Listing, bound: Bound, **how: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield all records in chunks, so that memory does not grow with their number."""
    after, total = None, count_matches(listing, bound, current_revision())
    while True:
        chunk = read_page(listing, bound, after=after, total=total, **how)
        yield chunk.records
        if chunk.last is None:
            return
        after = chunk.last


def as_of_filter(as_of: str | None) -> Bound:
    """Return the filter of the as-of day, or no filter."""
    return {} if as_of is None else {"as_of": (as_of,)}


def count_matches(listing: Listing, bound: Bound, revision: int) -> int:
    """Return the number of records that match. It is cached for the following pages, until the next revision."""
    listing = listing_as_of(listing, bound)
    return _count_bound(database.obj.database, listing.name, (revision, redaction_after_pin()), tuple(bound.items()))


@functools.lru_cache(maxsize=1024)
def _count_bound(
    database_name: str, name: str, content_key: tuple[int, int], bound: tuple[tuple[str, tuple[Any, ...]], ...]
) -> int:
    values = dict(bound)
    return int(_total_text(sql_dialect(), name, shape_of(values)).fetch_rows(values)[0][0])


def read_record(listing: Listing, slug: str, as_of: str | None = None) -> dict[str, Any] | None:
    """Return the record with this id, if it was stated by `as_of`; else None."""
    records = read_page(listing, {"id": (slug,), **as_of_filter(as_of)}, limit=1).records
    return records[0] if records else None


Among = Callable[[Any], Any]  # a column of keys → the condition that it has one of some keys


@dataclasses.dataclass(frozen=True)
class RowGroups:
    """Lists of records by the key of another: rows of `(key, *values)`. The text of the query is made once.

    `is_set`: of equal rows one counts, and they are sorted here. SQLite would make two temporary trees for both.
    """

    build_query: Callable[[Among], ModelSelect[Any]]
    names: tuple[str, ...]
    is_set: bool = False

    def __call__(self, keys: list[int]) -> dict[int, list[dict[str, Any]]]:
        groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self._fetch_rows(keys):
            groups[row[0]].append(dict(zip(self.names, row[1:])))  # noqa: B905  `strict` takes a third of the time
        return groups

    def group_rows(self, keys: list[int]) -> dict[int, tuple[tuple[Any, ...], ...]]:
        """Return the rows of each key, without the key."""
        groups: dict[int, list[tuple[Any, ...]]] = {}
        for row in self._fetch_rows(keys):
            groups.setdefault(row[0], []).append(row[1:])
        return {key: tuple(group) for key, group in groups.items()}

    def _fetch_rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        rows = _group_text(sql_dialect(), self.build_query).fetch_rows({"keys": (bind_keys(keys),)})
        return sorted(set(rows)) if self.is_set else rows

    def name_values(self, rows: tuple[tuple[Any, ...], ...]) -> list[dict[str, Any]]:
        return [dict(zip(self.names, row, strict=True)) for row in rows]


@functools.lru_cache(maxsize=64)
def _group_text(engine: SqlDialect, build_query: Callable[[Among], ModelSelect[Any]]) -> SqlText:
    return SqlText(*build_query(lambda column: is_among_bound(column, Slot("keys", 0))).sql())
