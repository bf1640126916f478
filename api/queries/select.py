"""Filters, sort and keyset cut, interpreted once for every noun: from question to kept SQL text, from rows to records.

A question is what a Query schema loads: `{"side": ("azerbaijan",), "best_min": 3, "sort": ("-stated_on",), …}`. Two
questions of one shape (the same names with as many values) share one SQL text, which peewee builds once.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from peewee import ModelSelect, Ordering, Value, fn

from api.db import database, dialect, rows, tuples
from api.models import Table
from api.queries.filters import Filter, either
from api.queries.references import current_revision, redactions, references, require, with_descendants

Question = Mapping[str, Any]
CHUNK = 1000


@dataclasses.dataclass(frozen=True)
class Slot:
    """A place in kept SQL text that a value of the question fills. (Not a tuple: peewee would unpack it.)"""

    name: str
    index: int


class Column(NamedTuple):
    """How one field of the answer is read.

    `kind`: plain · names (an integer key, named from `source`) · pair (a slug, and its name in `source`) ·
    list (JSON text) · attached (`source(keys)` gives the lists of a whole page at once).
    """

    kind: str
    expression: Any
    source: Any = None


def plain(expression: Any) -> Column:
    return Column("plain", expression)


def named(expression: Any, source: str) -> Column:
    return Column("names", expression, source)


def pair(slug: Any, name: Any) -> Column:
    return Column("pair", slug, name)


def json_list(expression: Any) -> Column:
    return Column("list", expression)


def attached(source: Callable[[list[int]], dict[int, Any]]) -> Column:
    return Column("attached", Value(None), source)


class Listing(NamedTuple):
    """A noun as it can be asked for."""

    name: str
    model: type[Table]
    columns: dict[str, Column]
    where: dict[str, Filter]
    sort: dict[str, Any]
    join: Callable[[ModelSelect[Any]], ModelSelect[Any]] = lambda query: query
    unique: Any = None  # the column that makes every order total; the slug unless told
    then: str | None = None  # name of the listing that tells the same records as of a day
    joined_for: frozenset[str] | None = None  # the filters for which a count needs the join; None: it always does

    @property
    def key(self) -> Any:
        return self.model._meta.primary_key

    @property
    def last(self) -> Any:
        return self.model.slug if self.unique is None else self.unique  # type: ignore[attr-defined]


# From a question to SQL ------------------------------------------------------------------------------------------

Bound = dict[str, tuple[Any, ...]]


def bind(listing: Listing, question: Question) -> Bound:
    """The values of the filters in `question`. Raises `NoSuchRecord` for a slug that names nothing."""
    bound: Bound = {}
    for name, filter_ in listing.where.items():
        if name not in question:
            continue
        values = filter_.bind(question[name])
        stated = tuple(value for value in values if value is not None)
        if filter_.requires is not None and stated:
            require(name, filter_.requires, stated)
        if filter_.below:
            tree = getattr(references(current_revision()), filter_.below)
            values = with_descendants(tree, stated) + values[len(stated) :]
        bound[name] = values
    return bound


def shape_of(bound: Bound) -> tuple[Any, ...]:
    return tuple((name, tuple(value is not None for value in values)) for name, values in bound.items())


def _slots(name: str, given: tuple[bool, ...]) -> list[Value | None]:
    return [Value(Slot(name, index), converter=False) if stated else None for index, stated in enumerate(given)]


def narrowed(listing: Listing, query: ModelSelect[Any], shape: tuple[Any, ...]) -> ModelSelect[Any]:
    return _filtered(listing, listing.join(query), shape)


def _filtered(listing: Listing, query: ModelSelect[Any], shape: tuple[Any, ...]) -> ModelSelect[Any]:
    for name, given in shape:
        query = query.where(listing.where[name].condition(*_slots(name, given)))
    return query


class Text(NamedTuple):
    """SQL text that was built once, and what fills its places."""

    sql: str
    parameters: list[Any]

    def ask(self, bound: Bound) -> list[tuple[Any, ...]]:
        return rows(self.sql, self.filled(bound))

    def filled(self, bound: Bound) -> list[Any]:
        return [bound[p.name][p.index] if isinstance(p, Slot) else p for p in self.parameters]


LISTINGS: dict[str, Listing] = {}


def listing(name: str, model: type[Table], **parts: Any) -> Listing:
    """Make a listing known under its name, which is what kept SQL text is found by."""
    made = LISTINGS[name] = Listing(name, model, **parts)
    return made


@functools.lru_cache(maxsize=1024)
def _page_text(
    engine: tuple[bool, bool], name: str, fields: tuple[str, ...], sort: tuple[str, ...], shape: tuple[Any, ...],
    after: tuple[bool, ...] | None, limit: int,
) -> Text:  # fmt: skip
    asked = LISTINGS[name]
    keys = _keys(asked, sort)
    query = narrowed(asked, selected(asked, fields, *(key for key, _ in keys)), shape)
    if after is not None:
        query = query.where(_after(keys, _slots("cursor", after)))
    query = query.order_by(*(_order(key, descending) for key, descending in keys)).limit(limit)
    return Text(*query.sql())


def selected(asked: Listing, fields: tuple[str, ...], *more: Any) -> ModelSelect[Any]:
    """A SELECT of what `records` makes records of: `(key, *fields, *names of pairs, *more)`."""
    visible = [asked.columns[field].expression for field in fields]
    names = [column.source for field in fields if (column := asked.columns[field]).kind == "pair"]
    return asked.model.select(asked.key, *visible, *names, *more)


@functools.lru_cache(maxsize=256)
def _total_text(engine: tuple[bool, bool], name: str, shape: tuple[Any, ...]) -> Text:
    asked = LISTINGS[name]
    query = asked.model.select(fn.COUNT(asked.key))
    joins = asked.joined_for is None or any(name in asked.joined_for for name, _ in shape)
    return Text(*_filtered(asked, asked.join(query) if joins else query, shape).sql())


def _keys(asked: Listing, sort: tuple[str, ...]) -> list[tuple[Any, bool]]:
    """What to sort by, ended by the id so that the order is total."""
    keys = [(asked.sort[name.removeprefix("-")], name.startswith("-")) for name in sort]
    return keys if any(key is asked.last for key, _ in keys) else [*keys, (asked.last, False)]


def _order(key: Any, descending: bool) -> Ordering:
    nulls = "LAST" if key.null else None
    ordered: Ordering = key.desc(nulls=nulls) if descending else key.asc(nulls=nulls)
    return ordered


def _after(keys: list[tuple[Any, bool]], values: list[Value | None]) -> Any:
    """Rows behind the one with these sort values: equal in the first keys and behind in the next; nulls are last."""
    alternatives = []
    equal: list[Any] = []
    for (key, descending), value in zip(keys, values, strict=True):
        if value is not None:
            behind = key < value if descending else key > value
            behind = behind | key.is_null() if key.null else behind
            alternatives.append(functools.reduce(lambda one, other: one & other, [*equal, behind]))
        equal.append(key.is_null() if value is None else key == value)
    return either(*alternatives)


# From rows to records --------------------------------------------------------------------------------------------


class Page(NamedTuple):
    records: list[dict[str, Any]]
    last: tuple[Any, ...] | None  # sort values of the last record; None when nothing follows


def page(
    asked: Listing, bound: Bound, *, fields: tuple[str, ...] = (), sort: tuple[str, ...] = (),
    limit: int = CHUNK, after: tuple[Any, ...] | None = None,
) -> Page:  # fmt: skip
    """The records behind `after` (the sort values of a record), `limit` at the most."""
    asked = on_the_day(asked, bound)
    fields = fields or tuple(asked.columns)
    given = None if after is None else tuple(value is not None for value in after)
    found = _page_text(dialect(), asked.name, fields, sort, shape_of(bound), given, limit + 1).ask(
        bound if after is None else bound | {"cursor": after}
    )
    more = len(found) > limit
    found = found[:limit]
    width = len(_keys(asked, sort))
    return Page(records(asked, fields, found), found[-1][-width:] if more else None)


def on_the_day(asked: Listing, bound: Bound) -> Listing:
    """The listing that tells the records as of the day asked for, if one is."""
    return LISTINGS[asked.then] if asked.then and "as_of" in bound else asked


def every(asked: Listing, bound: Bound, **how: Any) -> Iterator[list[dict[str, Any]]]:
    """All records, in chunks: memory does not grow with their number."""
    after = None
    while True:
        chunk = page(asked, bound, after=after, **how)
        yield chunk.records
        if chunk.last is None:
            return
        after = chunk.last


def by(as_of: str | None) -> Bound:
    """The filter of the first clock, if it is asked for."""
    return {} if as_of is None else {"as_of": (as_of,)}


def total(asked: Listing, bound: Bound, revision: int) -> int:
    """How many records answer; kept for the pages that follow, until the next revision."""
    asked = on_the_day(asked, bound)
    return _total(database.obj.database, asked.name, (revision, redactions()), tuple(bound.items()))


@functools.lru_cache(maxsize=4096)
def _total(database_name: str, name: str, held: tuple[int, int], bound: tuple[tuple[str, tuple[Any, ...]], ...]) -> int:
    values = dict(bound)
    return int(_total_text(dialect(), name, shape_of(values)).ask(values)[0][0])


def one(asked: Listing, slug: str, as_of: str | None = None) -> dict[str, Any] | None:
    """The record of that id, if it had been stated by `as_of`."""
    found = page(asked, {"id": (slug,), **by(as_of)}, limit=1).records
    return found[0] if found else None


def records(asked: Listing, fields: tuple[str, ...], found: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows that `selected` selected, as they stand on the wire."""
    records = [dict(zip(fields, row[1:], strict=False)) for row in found]
    names = references(current_revision())
    pairs = 1 + len(fields)
    for field in fields:
        column = asked.columns[field]
        if column.kind == "names":
            _name(records, field, getattr(names, column.source))
        elif column.kind == "pair":
            _pair(records, field, [row[pairs] for row in found])
            pairs += 1
        elif column.kind == "list":
            for record in records:
                record[field] = [] if record[field] == "[]" else json.loads(record[field])
        elif column.kind == "attached":
            lists = column.source([row[0] for row in found])
            for record, row in zip(records, found, strict=True):
                record[field] = lists.get(row[0], [])
    return records


def grouped(query: ModelSelect[Any], names: tuple[str, ...]) -> dict[int, list[dict[str, Any]]]:
    """Rows of `(key, *values)` as lists of records under their key."""
    found: dict[int, list[dict[str, Any]]] = {}
    for key, *values in tuples(query):
        found.setdefault(key, []).append(dict(zip(names, values, strict=True)))
    return found


def _name(records: list[dict[str, Any]], field: str, names: dict[int | None, Any]) -> None:
    for record in records:
        record[field] = names[record[field]]


def _pair(records: list[dict[str, Any]], field: str, names: Iterable[str]) -> None:
    for record, name in zip(records, names, strict=True):
        if record[field] is not None:
            record[field] = {"id": record[field], "name": name}
