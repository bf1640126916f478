"""The tables of an export: for each noun its columns, without revisions and timestamps of records, and its rows.

So what is exported, imported into an empty database and exported again is the same to the byte.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api import render
from api.codebook import NOUNS
from api.queries import packages
from api.queries.select import Bound
from schemas.fields import Day, Degrees

NOT_EXPORTED = frozenset({"revision", "created_at", "updated_at"})
#: What answers add to a record from others.
DERIVED = {
    "claims": frozenset({"claimant_side", "sources", "event_date", "place", "country", "latitude", "longitude"}),
    "reports": frozenset({"claimant", "subject_side", "measure", "stated_on", "url"}),
}
Records = Iterator[list[dict[str, Any]]]
Progress = Callable[[int], Any]  # is told of so many more rows


class Column(NamedTuple):
    name: str
    kind: str  # as Table Schema calls it: string, integer, number or date
    description: str
    field: fields.Field[Any]


class Table(NamedTuple):
    noun: str
    fields: tuple[str, ...]
    layout: render.Layout
    columns: tuple[Column, ...]
    part: packages.Part
    seen: Progress

    def chunks(self) -> Records:
        """The records by their ids; within an open snapshot."""
        for chunk in self.part.chunks(self.fields):
            yield chunk
            self.seen(len(chunk))


def unseen(_: int) -> None:
    """Nobody watches."""


def tables(bound: Bound, seen: Progress = unseen) -> list[Table]:
    """The tables of everything, or of the claims that answer a question with all that they need."""
    return [_table(part, seen) for part in packages.parts(bound)]


def _table(part: packages.Part, seen: Progress) -> Table:
    schema, left_out = NOUNS[part.noun](), NOT_EXPORTED | DERIVED.get(part.noun, frozenset())
    names = tuple(name for name in part.listing.columns if name not in left_out)
    columns = tuple(column for name in names for column in _columns(schema, name))
    return Table(part.noun, names, render.layout(schema, names), columns, part, seen)


def _columns(schema: Schema, name: str) -> Iterator[Column]:
    field = schema.fields[name]
    about = field.metadata["description"]
    header = render.layout(schema, [name]).header
    if header == [name]:
        yield Column(name, _kind(field), about, field)
        return
    parts = _entries(field)
    for column, part in zip(header, parts, strict=True):
        yield Column(column, "string", f"{about} {parts[part].metadata['description']}", field)


def _entries(field: fields.Field[Any]) -> dict[str, fields.Field[Any]]:
    """The fields of a record, or of the records of a list, within a record."""
    nested = field.inner if isinstance(field, fields.List) else field
    assert isinstance(nested, fields.Nested)
    return nested.schema.fields


def _kind(field: fields.Field[Any]) -> str:
    if isinstance(field, Day):
        return "date"
    if isinstance(field, Degrees):
        return "number"
    return "integer" if isinstance(field, fields.Integer) else "string"
