"""The text of the rows of a listing, as parts: what is the same in each row, and cells.

The database joins what is the same with the cells that it can write, so that a row is a few texts and not fifty values.
Other cells are written here, once for each distinct value. `text_formats.py` has the parts of each format.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

import orjson
from peewee import ModelSelect, Value, fn

from api.database.connection import is_postgres
from api.history.revisions import current_revision
from api.listings.columns import Column, read_attached
from api.listings.query import Listing, RowGroups
from api.listings.references import cached_references
from schemas.details import read_details

Write = Callable[[Any], str]  # the value of a field, as on the wire → its text
Rows = Sequence[tuple[Any, ...]]
Columns = list[tuple[Any, ...]]
MOST_REMEMBERED = 2000  # values whose text is remembered, of each cell of an answer
MOST_ARGUMENTS = 90  # of a function of the database


class WrittenCell(NamedTuple):
    """A cell that the database writes. Null is an empty text."""

    expression: Any


class ReadCell(NamedTuple):
    """A cell that is written here from one value, or from a tuple of several."""

    expressions: tuple[Any, ...]
    write: Write


class NamedCell(NamedTuple):
    """A reference by an integer key: `source` is the field of `References` that names it."""

    expression: Any
    source: str
    write: Write


class AttachedCell(NamedTuple):
    """A value that is read for all keys of a page at once."""

    source: Callable[[list[int]], dict[int, Any]]
    write: Write


class GroupCell(NamedTuple):
    """A list that is read for all keys of a page at once. `write` gets its rows."""

    groups: RowGroups
    write: Callable[[tuple[tuple[Any, ...], ...]], str]


Part = str | WrittenCell | ReadCell | NamedCell | AttachedCell | GroupCell


def read_field(column: Column, write: Write) -> Part:
    """Return the cell of a field of a listing that is written here."""
    if column.kind == "names":
        return NamedCell(column.expression, column.source, write)
    if column.kind == "attached" and isinstance(groups := column.source, RowGroups):
        return GroupCell(groups, lambda rows: write(groups.name_values(rows)))
    if column.kind == "attached":
        return AttachedCell(column.source, write)
    if column.kind == "pair":
        return ReadCell((column.expression, column.source), lambda pair: write(_name_pair(*pair)))
    if column.kind == "list":
        return ReadCell((column.expression,), lambda text: write(orjson.loads(text)))
    if column.kind == "object":
        return ReadCell((column.expression,), lambda text: write(read_details(text)))
    return ReadCell((column.expression,), write)


def _name_pair(slug: str | None, name: str | None) -> dict[str, str | None] | None:
    return None if slug is None else {"id": slug, "name": name}


def as_json(expression: Any) -> Any:
    """Return the expression for a text or whole number as JSON, which both engines write as orjson does."""
    if is_postgres():
        return fn.COALESCE(fn.to_json(expression).cast("text"), Value("null", converter=False))
    return fn.json_quote(expression)


class _Texts(dict[Any, str]):
    """The text of each value, written when it is first needed. Values that a long answer repeats stay remembered."""

    def __init__(self, write: Write) -> None:
        super().__init__()
        self.write = write

    def __missing__(self, value: Any) -> str:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        text = self[value] = self.write(value)
        return text


class _Segment(NamedTuple):
    """Parts that the database joins: the cells in a template such as `,%s,%s`."""

    template: str
    cells: tuple[Any, ...]


def _join_parts(parts: Iterable[Part]) -> list[_Segment | Part]:
    """Return the parts with neighbours joined that are texts or written by the database."""
    joined: list[_Segment | Part] = []
    for part in parts:
        if not isinstance(part, str | WrittenCell):
            joined.append(part)
            continue
        template, cells = ("%s", (part.expression,)) if isinstance(part, WrittenCell) else (part.replace("%", "%%"), ())
        last = joined[-1] if joined else None
        if isinstance(last, _Segment) and len(last.cells) + len(cells) <= MOST_ARGUMENTS:
            joined[-1] = _Segment(last.template + template, last.cells + cells)
        else:
            joined.append(_Segment(template, cells))
    return joined


class RowText:
    """How rows of a listing become text. It is among the columns of `read_rows`, so one is made for each shape."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = _join_parts(parts)

    def select_from(self, listing: Listing, *extra: Any) -> ModelSelect[Any]:
        expressions = chain.from_iterable(map(_list_expressions, self.parts))
        return listing.model.select(listing.key, *expressions, *extra)

    def list_segments(self, columns: Columns) -> list[tuple[_Segment, tuple[str, ...]]]:
        """Return the texts that the database joined, for all rows of a page."""
        segments, position = [], 1
        for part in self.parts:
            if isinstance(part, _Segment) and part.cells:
                segments.append((part, columns[position]))
            position += len(_list_expressions(part))
        return segments


def _list_expressions(part: _Segment | Part) -> tuple[Any, ...]:
    if isinstance(part, _Segment):
        return (fn.format(part.template, *part.cells),) if part.cells else ()
    if isinstance(part, ReadCell):
        return part.expressions
    return (part.expression,) if isinstance(part, NamedCell) else ()


Fill = Callable[[Columns], Iterable[str]]  # the columns of a page of rows → one text for each row


class RowWriter:
    """Writes the rows of one answer. It remembers texts, so it must not outlive the snapshot."""

    def __init__(self, row_text: RowText) -> None:
        self.row_text = row_text
        self.wholes: dict[Any, dict[int, Any]] = {}  # of the page: what several of its cells are parts of
        self.fills: list[Fill] = []
        position = 1
        for part in row_text.parts:
            self.fills.append(_build_fill(part, position, self.wholes))
            position += len(_list_expressions(part))

    def write_rows(self, columns: Columns) -> str:
        """Return the text of all rows of a page; `columns` are those of `RowText.select_from`."""
        self.wholes.clear()
        return "".join(chain.from_iterable(zip(*(fill(columns) for fill in self.fills), strict=False)))


def _build_fill(part: _Segment | Part, position: int, wholes: dict[Any, dict[int, Any]]) -> Fill:
    """Return the function that writes a part. Its first column is at this position."""
    if isinstance(part, _Segment):
        text = part.template.replace("%%", "%")
        return (lambda columns: columns[position]) if part.cells else lambda _: repeat(text)
    assert not isinstance(part, str | WrittenCell)
    if isinstance(part, AttachedCell):
        return functools.partial(_fill_attached, part, wholes)
    if isinstance(part, GroupCell):
        return functools.partial(_fill_groups, part.groups, _Texts(part.write))
    if isinstance(part, NamedCell):
        names, write = getattr(cached_references(current_revision()), part.source), part.write
        text_of = _Texts(lambda key: write(names[key])).__getitem__
        return lambda columns: map(text_of, columns[position])
    text_of, end = _Texts(part.write).__getitem__, position + len(part.expressions)
    if len(part.expressions) == 1:
        return lambda columns: map(text_of, columns[position])
    return lambda columns: map(text_of, zip(*columns[position:end], strict=True))


def _fill_attached(part: AttachedCell, wholes: dict[Any, dict[int, Any]], columns: Columns) -> Iterable[str]:
    values = read_attached(part.source, list(columns[0]), wholes)
    return [part.write(values.get(key, [])) for key in columns[0]]


def _fill_groups(source: RowGroups, texts: _Texts, columns: Columns) -> Iterable[str]:
    groups = source.group_rows(list(columns[0]))
    return [texts[groups.get(key, ())] for key in columns[0]]
