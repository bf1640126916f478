"""The tables of an export: the columns and rows of each record type, without revisions and timestamps.

Without them, an export that is imported into an empty database and exported again has the same bytes.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api.codebook import RECORD_TYPES
from api.export import selection
from api.export.csv_rows import Dialect, build_csv_row, has_special
from api.export.row_texts import RowText, RowWriter
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
    # The records as such, or as rows of a dialect of CSV. Both are by id. They are read within an open snapshot, in the
    # order of the tables.
    chunks: Callable[[], Records]
    texts: Callable[[Dialect], Iterator[str]]


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
    datasets = _build_datasets(origins)
    return Export((*record_types, datasets), lambda: sum(part.count_records() for part in parts), origins)


def _build_datasets(origins: Origins) -> Table:
    schema = DatasetRow()
    layout = formats.build_layout(schema, schema.fields)

    def read_texts(dialect: Dialect) -> Iterator[str]:
        write = dialect.find_writer(is_single=False)
        for chunk in origins.read_chunks():
            rows = layout.list_rows(chunk)
            yield "".join(formats.LINE_END + dialect.separator.join(map(write, row)) for row in rows)

    return _build_table("datasets", schema, tuple(schema.fields), origins.read_chunks, read_texts)


def _make_table(part: selection.Part, origins: Origins, seen: Progress) -> Table:
    excluded = NOT_EXPORTED | DERIVED.get(part.record_type, frozenset())
    names = tuple(name for name in part.listing.columns if name not in excluded)
    schema = type(part.record_type, (RECORD_TYPES[part.record_type], Origin), {})()

    def read_chunks() -> Records:
        for chunk in part.read_chunks(names):
            origins.mark_records(part.record_type, chunk)
            yield chunk
            seen(len(chunk))

    def read_texts(dialect: Dialect) -> Iterator[str]:
        columns = {name: part.listing.columns[name] for name in names}
        columns |= origins.columns_of(part.record_type, part.listing.model)  # type: ignore[arg-type]
        texts = _PartTexts(
            part, columns["dataset"].expression, functools.partial(build_csv_row, schema, columns, dialect)
        )
        for keys in part.read_keys():
            text, datasets = texts.read_page(keys)
            origins.met_datasets.update(datasets)
            yield text
            seen(len(keys))

    return _build_table(part.record_type, schema, (*names, *FIELDS), read_chunks, read_texts)


class _PartTexts:
    """The rows of a part of a package as text, with the datasets that the records come from.

    `build_row` returns the row. Its argument says whether the database writes no cell.
    """

    def __init__(self, part: selection.Part, dataset: Any, build_row: Callable[[bool], RowText]) -> None:
        self.part, self.dataset, self.build_row = part, dataset, build_row
        self._start(False)

    def _start(self, is_careful: bool) -> None:
        self.writer = RowWriter(self.build_row(is_careful))
        self.text = self.part.build_text(self.writer.row_text, self.dataset)

    def read_page(self, keys: list[int]) -> tuple[str, set[str]]:
        columns = list(zip(*self.part.fetch_rows(self.text, keys), strict=True))
        if columns and has_special(self.writer.row_text, columns, ","):
            self._start(True)
            columns = list(zip(*self.part.fetch_rows(self.text, keys), strict=True))
        return (self.writer.write_rows(columns), set(filter(None, columns[-2]))) if columns else ("", set())


def _build_table(
    name: str, schema: Schema, names: tuple[str, ...], chunks: Callable[[], Records],
    texts: Callable[[Dialect], Iterator[str]],
) -> Table:  # fmt: skip
    columns = tuple(column for name in names for column in _build_columns(schema, name))
    return Table(name, formats.build_layout(schema, names), columns, chunks, texts)


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
