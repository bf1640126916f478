"""Filters: how one parameter narrows a noun. A noun's WHERE is a table of these; `select` interprets it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import OP, SQL, Case, Expression, ModelSelect, fn

from api.db import is_pinned, is_postgres
from api.models import External, Record
from api.queries import search
from api.queries.references import SMALL_NOUNS
from schemas.fields import NONE


class Filter(NamedTuple):
    """How one parameter narrows a noun.

    `condition` makes the SQL from one `Value` per bound value (None where the bound value is None); `bind` turns the
    parameter into bound values; `requires` is the column in which each value must exist; `below` names the tree whose
    descendants are meant too; `group` is what records are counted by.
    """

    condition: Callable[..., Any]
    bind: Callable[[Any], tuple[Any, ...]]
    requires: Any = None
    below: str | None = None
    group: Group | None = None


class Group(NamedTuple):
    """What records are counted by: columns (a value, or a slug and a name), and the join that brings them in."""

    columns: tuple[Any, ...]
    join: Callable[[ModelSelect[Any]], ModelSelect[Any]] = lambda query: query
    several: bool = False  # one record may stand in several groups
    selected_by: str | None = None  # the filter that selects exactly one group, where it is not the one of this name


def _several(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """`none` becomes None and stands last, so that it never takes a slot."""
    stated = tuple(value for value in values if value != NONE)
    return (*stated, None) if len(stated) < len(values) else stated


def scalar(value: Any) -> tuple[Any, ...]:
    return (int(value) if isinstance(value, bool) else value,)


def either(*conditions: Any) -> Any:
    return functools.reduce(lambda one, other: one | other, [c for c in conditions if c is not None])


def _asks_null(values: tuple[Any, ...]) -> bool:
    """One of the values is None. (`None in values` would ask peewee's values, whose `==` is SQL and so always true.)"""
    return any(value is None for value in values)


def among(column: Any, empty: str | None = None, requires: bool = False) -> Filter:
    """One of the values; `none` means null, or `empty` in a column that has no null."""

    def condition(*values: Any) -> Any:
        stated = [value for value in values if value is not None]
        missing = column.is_null() if empty is None else column == empty
        return either(column.in_(stated) if stated else None, missing if _asks_null(values) else None)

    return Filter(condition, _several, requires=column if requires else None, group=Group((column,)))


def refers(key: Any, noun: type[Record], below: str | None = None) -> Filter:
    """A reference to one of the slugs, or to one below them in a tree; `none`: no reference."""

    def condition(*slugs: Any) -> Any:
        stated = [slug for slug in slugs if slug is not None]
        keys = noun.select(noun.id).where(noun.slug.in_(stated))
        one_of = key == keys if len(stated) == 1 else key.in_(keys)  # of one key an index gives the order too
        return either(one_of if stated else None, key.is_null() if _asks_null(slugs) else None)

    group = Group((key,)) if noun in SMALL_NOUNS else None
    return Filter(condition, _several, requires=noun.slug, below=below, group=group)


def linked(links: Callable[[Any], ModelSelect[Any]], own: Any, requires: Any, group: Group | None = None) -> Filter:
    """Own key among those that `links(values)` selects; `none`: linked to nothing at all."""

    def condition(*values: Any) -> Any:
        stated = [value for value in values if value is not None]
        return either(
            own.in_(links(stated)) if stated else None, own.not_in(links(None)) if _asks_null(values) else None
        )

    return Filter(condition, _several, requires=requires, group=group)


def brought(noun: str) -> Callable[[Any], ModelSelect[Any]]:
    """The slugs of the records of a noun that these datasets brought, or any."""

    def by(datasets: Any) -> ModelSelect[Any]:
        query = External.select(External.slug).where(External.noun == noun)
        return query if datasets is None else query.where(External.dataset.in_(datasets))

    return by


def at_least(column: Any) -> Filter:
    return Filter(lambda value: column >= value, scalar)


def at_most(column: Any) -> Filter:
    return Filter(lambda value: column <= value, scalar)


def begun_in(column: Any, length: int) -> Filter:
    """Days that start with one of the years (`length` 4) or months (7)."""
    return among(fn.substr(column, 1, length))


def on_scale(column: Any) -> Filter:
    """A column of whole numbers, asked for by the words of their scale."""
    return among(column)._replace(bind=lambda words: tuple(word and int(word) for word in _several(words)), group=None)


def stated(*columns: Any) -> Filter:
    """`1`: one of the columns is stated at least; `0`: none is."""
    known = Case(None, [(fn.COALESCE(*columns, None).is_null(), 0)], 1)
    return Filter(lambda wanted: known == wanted, scalar)


def inside(latitude: Any, longitude: Any) -> Filter:
    """Within west, south, east, north; west greater than east crosses the antimeridian. No edges: without a point."""

    def condition(*edges: Any) -> Any:
        if not edges:
            return latitude.is_null()
        west, south, east, north = edges
        between = (longitude >= west) & (longitude <= east)
        across = (longitude >= west) | (longitude <= east)
        return latitude.between(south, north) & (
            (Expression(west, "<=", east) & between) | (Expression(west, ">", east) & across)
        )

    return Filter(condition, tuple)


def text(noun: type[Record]) -> Filter:
    def condition(wanted: Any, unwanted: Any) -> Any:
        found = []
        if wanted is not None:
            found.append(search.holds(noun, wanted, every=True) if is_pinned() else search.matches(noun, wanted))
        if unwanted is not None:
            held = search.holds(noun, unwanted, every=False) if is_pinned() else search.matches(noun, unwanted)
            found.append(~held)
        return functools.reduce(lambda one, other: one & other, found)

    return Filter(condition, search.bind)


def holding(column: Any) -> Filter:
    """A JSON list that holds one of the words; `none`: an empty list."""

    def condition(*words: Any) -> Any:
        return either(*(column == "[]" if word is None else Expression(column, OP.ILIKE, word) for word in words))

    def bind(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value and f'%"{value}"%' for value in _several(values))

    return Filter(condition, bind)


def listed(column: Any) -> Filter:
    """One of any number of values, sent as one: a list as long as the evidence behind a statistic."""

    def condition(values: Any) -> Any:
        each = "jsonb_array_elements_text(CAST(%s AS jsonb))" if is_postgres() else "value FROM json_each(?)"
        return column.in_(SQL(f"(SELECT {each})", (values.value,)))

    return Filter(condition, lambda values: (json.dumps(values),))


def own_id(noun: type[Record]) -> Filter:
    return among(noun.slug, requires=True)._replace(group=None)
