"""How each field of an answer is read: the kinds of columns of a listing."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from peewee import Value


class Column(NamedTuple):
    """How one field of an answer is read.

    `kind`: plain · names (an integer key, named from `source`) · pair (a slug, and its name in `source`) ·
    list and object (JSON text) · attached (`source(keys)` gives the lists of a whole page at once).
    """

    kind: str
    expression: Any
    source: Any = None


def plain_column(expression: Any) -> Column:
    return Column("plain", expression)


def named_column(expression: Any, source: str) -> Column:
    return Column("names", expression, source)


def pair_column(slug: Any, name: Any) -> Column:
    return Column("pair", slug, name)


def json_list_column(expression: Any) -> Column:
    return Column("list", expression)


def json_object_column(expression: Any) -> Column:
    return Column("object", expression)


def attached_column(source: Callable[[list[int]], dict[int, Any]]) -> Column:
    return Column("attached", Value(None), source)


@dataclasses.dataclass(frozen=True)
class PartOf:
    """The source of an attached column that is a part of a whole. A page reads the whole once for all its parts."""

    load: Callable[[list[int]], dict[int, Any]]
    read: Callable[[Any], Any]

    def __call__(self, keys: list[int]) -> dict[int, Any]:
        return self.read_from(self.load(keys))

    def read_from(self, wholes: dict[int, Any]) -> dict[int, Any]:
        return {key: self.read(whole) for key, whole in wholes.items()}


def read_attached(source: Any, keys: list[int], wholes: dict[Any, dict[int, Any]]) -> dict[int, Any]:
    """Return the values of an attached column by key. `wholes` keeps what its other columns may be parts of."""
    if not isinstance(source, PartOf):
        values: dict[int, Any] = source(keys)
        return values
    if source.load not in wholes:
        wholes[source.load] = source.load(keys)
    return source.read_from(wholes[source.load])
