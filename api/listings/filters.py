"""Filters: how one parameter narrows a listing. `WHERE` of a listing has its filters; `query` applies them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import JOIN, OP, SQL, Case, Expression, ModelSelect, fn

from api.database.connection import is_postgres
from api.database.models import Claim, Dataset, External, Record, Side
from api.listings import full_text
from api.listings.references import SMALL_RECORD_TYPES
from schemas.fields import ALL, NONE


class Filter(NamedTuple):
    """How one parameter narrows a listing.

    `condition` makes the SQL from one `Value` per bound value (None where the bound value is None). `bind` turns the
    parameter into bound values. Each value must exist in the column `requires`. `below` names the tree whose
    descendants are included, with `below_if` only if that parameter is true. `group` is how records are counted by
    this parameter. `is_switch`: the parameter narrows nothing itself, but is the `below_if` of another. `is_search`: it
    finds the keys of records in an index of words.
    """

    condition: Callable[..., Any]
    bind: Callable[[Any], tuple[Any, ...]]
    requires: Any = None
    below: str | None = None
    group: Group | None = None
    below_if: str | None = None
    is_switch: bool = False
    is_search: bool = False


class Group(NamedTuple):
    """How records are counted: by columns (a value, or a slug and a name), after a join that adds them."""

    columns: tuple[Any, ...]
    join: Callable[[ModelSelect[Any]], ModelSelect[Any]] = lambda query: query
    several: bool = False  # one record may be in several groups
    selected_by: str | None = None  # the filter of exactly one group, if it has another name


def _nulls_last(values: tuple[Any, ...], null_word: str = NONE) -> tuple[Any, ...]:
    """Return the values with `none` as None in the last place, so that it never takes a slot."""
    stated = tuple(value for value in values if value != null_word)
    return (*stated, None) if len(stated) < len(values) else stated


def bind_scalar(value: Any) -> tuple[Any, ...]:
    return (int(value) if isinstance(value, bool) else value,)


def any_of(*conditions: Any) -> Any:
    return functools.reduce(lambda first, second: first | second, [c for c in conditions if c is not None])


def _has_null(values: tuple[Any, ...]) -> bool:
    """Return whether a value is None. (`None in values` is always true: `==` of peewee's values makes SQL.)"""
    return any(value is None for value in values)


def value_filter(column: Any, empty: str | None = None, requires: bool = False) -> Filter:
    """Return the filter for any of some values; `none` means null, or `empty` in a column without nulls."""

    def make_condition(*values: Any) -> Any:
        stated = [value for value in values if value is not None]
        missing = column.is_null() if empty is None else column == empty
        return any_of(column.in_(stated) if stated else None, missing if _has_null(values) else None)

    return Filter(make_condition, _nulls_last, requires=column if requires else None, group=Group((column,)))


def reference_filter(key: Any, model: type[Record], below: str | None = None) -> Filter:
    """Return the filter for a reference to any of some slugs, or below them in a tree; `none`: no reference."""

    def make_condition(*slugs: Any) -> Any:
        stated = [slug for slug in slugs if slug is not None]
        keys = model.select(model.id).where(model.slug.in_(stated))
        is_match = key == keys if len(stated) == 1 else key.in_(keys)  # with one key, an index also gives the order
        return any_of(is_match if stated else None, key.is_null() if _has_null(slugs) else None)

    group = Group((key,)) if model in SMALL_RECORD_TYPES else None
    return Filter(make_condition, _nulls_last, requires=model.slug, below=below, group=group)


def subject_side_filter() -> Filter:
    """Return the filter of claims for the sides whose losses they are about; `all`: all sides together."""
    return reference_filter(Claim.subject_side, Side)._replace(bind=lambda values: _nulls_last(values, ALL))


def switch_filter() -> Filter:
    """Return the filter for a parameter that only says whether another one includes what is below."""
    return Filter(lambda: None, bind_scalar, is_switch=True)


def link_filter(
    links: Callable[[Any], ModelSelect[Any]], key_column: Any, requires: Any, group: Group | None = None
) -> Filter:
    """Return the filter for a key among those that `links(values)` selects; `none`: linked to nothing."""

    def make_condition(*values: Any) -> Any:
        stated = [value for value in values if value is not None]
        return any_of(
            key_column.in_(links(stated)) if stated else None,
            key_column.not_in(links(None)) if _has_null(values) else None,
        )

    return Filter(make_condition, _nulls_last, requires=requires, group=group)


def brought_by_datasets(record_type: str) -> Callable[[Any], ModelSelect[Any]]:
    """Return a function that selects the slugs of records imported from some datasets (None: from any)."""

    def select_slugs(datasets: Any) -> ModelSelect[Any]:
        query = External.select(External.slug).where(External.record_type == record_type)
        return query if datasets is None else query.where(External.dataset.in_(datasets))

    return select_slugs


def dataset_of(record_type: str, model: type[Record]) -> Any:
    """Return the expression for the dataset that a record was imported from; null: none."""
    return _origin_of(record_type, model, External.dataset)


def digest_of(record_type: str, model: type[Record]) -> Any:
    """Return the expression for the digest of a record in the newest release of its dataset; null: none."""
    return _origin_of(record_type, model, External.digest)


def _origin_of(record_type: str, model: type[Record], column: Any) -> Any:
    return External.select(column).where((External.record_type == record_type) & (External.slug == model.slug))


def dataset_filter(record_type: str, model: type[Record]) -> Filter:
    """Return the filter for records imported from any of some datasets; `none`: entered by an editor."""

    def join_dataset(query: ModelSelect[Any]) -> ModelSelect[Any]:
        is_same = (External.record_type == record_type) & (External.slug == model.slug)
        return query.join_from(model, External, JOIN.LEFT_OUTER, on=is_same)

    group = Group((External.dataset,), join_dataset)
    return link_filter(brought_by_datasets(record_type), model.slug, requires=Dataset.slug, group=group)


def at_least(column: Any) -> Filter:
    return Filter(lambda value: column >= value, bind_scalar)


def at_most(column: Any) -> Filter:
    return Filter(lambda value: column <= value, bind_scalar)


def begun_in(column: Any, length: int) -> Filter:
    """Return the filter for days in any of some years (`length` 4) or months (7)."""
    return value_filter(fn.substr(column, 1, length))


def on_scale(column: Any) -> Filter:
    """Return the filter for a column of whole numbers, whose values arrive as words: `"1"`."""
    return value_filter(column)._replace(
        bind=lambda words: tuple(word and int(word) for word in _nulls_last(words)), group=None
    )


def presence_filter(*columns: Any) -> Filter:
    """Return the filter for columns with values; `1`: at least one is not null; `0`: all are null."""
    is_stated = Case(None, [(fn.COALESCE(*columns, None).is_null(), 0)], 1)
    return Filter(lambda value: is_stated == value, bind_scalar)


def bbox_filter(latitude: Any, longitude: Any) -> Filter:
    """Return the filter for a box of west, south, east, north; no edges: records without a point.

    If west is greater than east, the box crosses the antimeridian.
    """

    def make_condition(*edges: Any) -> Any:
        if not edges:
            return latitude.is_null()
        west, south, east, north = edges
        between = (longitude >= west) & (longitude <= east)
        across = (longitude >= west) | (longitude <= east)
        return latitude.between(south, north) & (
            (Expression(west, "<=", east) & between) | (Expression(west, ">", east) & across)
        )

    return Filter(make_condition, tuple)


def text_filter(model: type[Record]) -> Filter:
    return Filter(functools.partial(full_text.match_terms, model), full_text.bind_terms, is_search=True)


def list_filter(column: Any) -> Filter:
    """Return the filter for a JSON list that has any of some words; `none`: an empty list."""

    def make_condition(*words: Any) -> Any:
        return any_of(*(column == "[]" if word is None else Expression(column, OP.ILIKE, word) for word in words))

    def bind_words(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value and f'%"{value}"%' for value in _nulls_last(values))

    return Filter(make_condition, bind_words)


def long_list_filter(column: Any) -> Filter:
    """Return the filter for any number of values in one parameter, for example all claims behind a statistic."""

    def make_condition(values: Any) -> Any:
        each = "jsonb_array_elements_text(CAST(%s AS jsonb))" if is_postgres() else "value FROM json_each(?)"
        return column.in_(SQL(f"(SELECT {each})", (values.value,)))

    return Filter(make_condition, lambda values: (json.dumps(values),))


def id_filter(model: Any) -> Filter:
    return value_filter(model.slug, requires=True)._replace(group=None)
