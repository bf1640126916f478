"""The tables of an export: for each noun its columns, without revisions and timestamps of records, and its rows.

So what is exported, imported into an empty database and exported again is the same to the byte.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api import render
from api.codebook import NOUNS
from api.queries import packages
from api.queries.origins import FIELDS, Origins
from api.queries.select import Bound
from schemas.datasets import DatasetOut, Origin
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
    layout: render.Layout
    columns: tuple[Column, ...]
    chunks: Callable[[], Records]  # by the records' ids; within an open snapshot, and read in the order of the tables


class Export(NamedTuple):
    """What an export holds."""

    tables: tuple[Table, ...]
    size: Callable[[], int]  # how many records, datasets aside
    origins: Origins


def unseen(_: int) -> None:
    """Nobody watches."""


def export(bound: Bound, seen: Progress = unseen, digests: bool = True) -> Export:
    """Everything, or the claims that answer a question with all that they need; last the datasets that brought them."""
    parts, origins = packages.parts(bound), Origins(digests)
    nouns = [_of_noun(part, origins, seen) for part in parts]
    datasets = _table("datasets", DatasetOut(), tuple(DatasetOut().fields), origins.chunks)
    return Export((*nouns, datasets), lambda: sum(part.size() for part in parts), origins)


def _of_noun(part: packages.Part, origins: Origins, seen: Progress) -> Table:
    left_out = NOT_EXPORTED | DERIVED.get(part.noun, frozenset())
    names = tuple(name for name in part.listing.columns if name not in left_out)
    schema = type(part.noun, (NOUNS[part.noun], Origin), {})()

    def chunks() -> Records:
        for chunk in part.chunks(names):
            origins.mark(part.noun, chunk)
            yield chunk
            seen(len(chunk))

    return _table(part.noun, schema, (*names, *FIELDS), chunks)


def _table(name: str, schema: Schema, names: tuple[str, ...], chunks: Callable[[], Records]) -> Table:
    columns = tuple(column for name in names for column in _columns(schema, name))
    return Table(name, render.layout(schema, names), columns, chunks)


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
