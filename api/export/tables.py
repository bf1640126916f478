"""The tables of an export: the columns and rows of each record type, without revisions and timestamps.

Without them, an export that is imported into an empty database and exported again has the same bytes.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api.codebook import RECORD_TYPES
from api.export import selection
from api.http import formats
from api.listings.dataset_origins import FIELDS, Origins
from api.listings.query import Bound
from schemas.datasets import DatasetRow, Origin
from schemas.fields import Day, Degrees

NOT_EXPORTED = frozenset({"revision", "created_at", "updated_at", "dataset"})  # `Origins` adds the dataset
#: The fields that the API adds to a record from other records.
DERIVED = {
    "claims": frozenset({"claimant_side", "sources", "event_date", "place", "country", "latitude", "longitude"}),
    "reports": frozenset({"claimant", "subject_side", "measure", "stated_on", "url"}),
}
Records = Iterator[list[dict[str, Any]]]
Progress = Callable[[int], Any]  # is called with the number of rows since the last call


class Column(NamedTuple):
    name: str
    kind: str  # as Table Schema calls it: string, integer, number or date
    description: str
    field: fields.Field[Any]


class Table(NamedTuple):
    record_type: str
    layout: formats.Layout
    columns: tuple[Column, ...]
    chunks: Callable[[], Records]  # by the records' ids; within an open snapshot, and read in the order of the tables


class Export(NamedTuple):
    """The tables of an export, their size, and the datasets of their records."""

    tables: tuple[Table, ...]
    size: Callable[[], int]  # how many records, datasets aside
    origins: Origins


def ignore_progress(_: int) -> None:
    """Do nothing: the default of `seen`."""


def build_export(bound: Bound, seen: Progress = ignore_progress, digests: bool = True) -> Export:
    """Return an export of everything, or of the claims that answer a question and the records that they need.

    The last table has the datasets from which records were imported.
    """
    parts, origins = selection.select_parts(bound), Origins(digests)
    record_types = [_make_table(part, origins, seen) for part in parts]
    datasets = _build_table("datasets", DatasetRow(), tuple(DatasetRow().fields), origins.read_chunks)
    return Export((*record_types, datasets), lambda: sum(part.count_records() for part in parts), origins)


def _make_table(part: selection.Part, origins: Origins, seen: Progress) -> Table:
    excluded = NOT_EXPORTED | DERIVED.get(part.record_type, frozenset())
    names = tuple(name for name in part.listing.columns if name not in excluded)
    schema = type(part.record_type, (RECORD_TYPES[part.record_type], Origin), {})()

    def read_chunks() -> Records:
        for chunk in part.read_chunks(names):
            origins.mark_records(part.record_type, chunk)
            yield chunk
            seen(len(chunk))

    return _build_table(part.record_type, schema, (*names, *FIELDS), read_chunks)


def _build_table(name: str, schema: Schema, names: tuple[str, ...], chunks: Callable[[], Records]) -> Table:
    columns = tuple(column for name in names for column in _build_columns(schema, name))
    return Table(name, formats.build_layout(schema, names), columns, chunks)


def _build_columns(schema: Schema, name: str) -> Iterator[Column]:
    field = schema.fields[name]
    description = field.metadata["description"]
    header = formats.build_layout(schema, [name]).header
    if header == [name]:
        yield Column(name, _column_type(field), description, field)
        return
    parts = _nested_fields(field)
    for column, part in zip(header, parts, strict=True):
        yield Column(column, "string", f"{description} {parts[part].metadata['description']}", field)


def _nested_fields(field: fields.Field[Any]) -> dict[str, fields.Field[Any]]:
    """Return the fields of a nested object, or of the objects of a list."""
    nested = field.inner if isinstance(field, fields.List) else field
    assert isinstance(nested, fields.Nested)
    return nested.schema.fields


def _column_type(field: fields.Field[Any]) -> str:
    if isinstance(field, Day):
        return "date"
    if isinstance(field, Degrees):
        return "number"
    return "integer" if isinstance(field, fields.Integer) else "string"
