"""Counts of records by any filterable word. No sums of people: those need `reconcile`."""

import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import fn

from api.db import dialect
from api.queries.filters import Group
from api.queries.references import SMALL_NOUNS, References, current_revision, references
from api.queries.select import LISTINGS, Bound, Listing, Text, narrowed, on_the_day, shape_of

GREATEST = 10_000


class TooManyGroups(Exception):
    """More groups than one answer holds."""


class Row(NamedTuple):
    """One group: for each name the value or reference that its records share (None: not stated), and their number."""

    keys: tuple[Any, ...]
    number: int


def groupable(asked: Listing) -> dict[str, Group]:
    """The words by which records of a noun can be counted."""
    return {name: filter_.group for name, filter_ in asked.where.items() if filter_.group is not None}


def counts(asked: Listing, bound: Bound, names: tuple[str, ...]) -> list[Row]:
    """How many records there are of each combination of `names`, in the order of their values; null is last.

    Raises `TooManyGroups`.
    """
    asked = on_the_day(asked, bound)
    groups = groupable(asked)
    found = _count_text(dialect(), asked.name, names, shape_of(bound)).ask(bound)
    if len(found) > GREATEST:
        raise TooManyGroups(asked.name)
    shown = references(current_revision())
    rows = [Row(tuple(_keys(groups, names, shown, row)), row[-1]) for row in found]
    rows = [
        row for row in rows if all(_is_asked_for(groups, bound, *told) for told in zip(names, row.keys, strict=True))
    ]
    return sorted(rows, key=lambda row: [(key is None, _word(key)) for key in row.keys])


@functools.lru_cache(maxsize=256)
def _count_text(engine: tuple[bool, bool], name: str, names: tuple[str, ...], shape: tuple[Any, ...]) -> Text:
    asked = LISTINGS[name]
    groups = [groupable(asked)[word] for word in names]
    columns = [column for group in groups for column in group.columns]
    query = narrowed(asked, asked.model.select(*columns, fn.COUNT(asked.key.distinct())), shape)
    for join in dict.fromkeys(group.join for group in groups):
        query = join(query)
    return Text(*query.group_by(*columns).limit(GREATEST + 1).sql())


def _keys(groups: dict[str, Group], names: tuple[str, ...], shown: References, row: tuple[Any, ...]) -> Iterable[Any]:
    position = 0
    for name in names:
        columns = groups[name].columns
        yield _key(columns[0], row[position : position + len(columns)], shown)
        position += len(columns)


def _key(column: Any, values: tuple[Any, ...], shown: References) -> Any:
    """A named reference, a slug with its name, or a word; an empty text is not stated."""
    referred = getattr(column, "rel_model", None)
    if referred in SMALL_NOUNS:
        return getattr(shown, SMALL_NOUNS[referred])[values[0]]
    if len(values) == 2:
        return None if values[0] is None else {"id": values[0], "name": values[1]}
    return values[0] or None


def _is_asked_for(groups: dict[str, Group], bound: Bound, name: str, key: Any) -> bool:
    """Of the rows in which one record may stand, a question that names some wants no others."""
    return not groups[name].several or name not in bound or (key and _word(key)) in bound[name]


def _word(key: Any) -> str:
    return str(key["id"] if isinstance(key, dict) else key)
