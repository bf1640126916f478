"""Listings as CSV, TSV, NDJSON, GeoJSON, a bare JSON array and the CSV of which Parquet is made, page by page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import orjson
from marshmallow import Schema, fields

from api.database.connection import is_postgres
from api.export.csv_rows import DIALECTS, build_csv_row, has_special
from api.export.row_texts import Part, ReadCell, RowText, RowWriter, WrittenCell, as_json, read_field
from api.history.revisions import current_revision
from api.http import formats
from api.listings.columns import Column
from api.listings.query import LISTINGS, Bound, count_matches, listing_as_of, read_rows

NO_PLACE = '"geometry":null'  # is in no text: JSON writes a quotation mark in it as `\"`


class Shape(NamedTuple):
    """What decides the SQL text of an answer, and how its rows become text."""

    format_name: str
    listing: str
    schema: Schema
    names: tuple[str, ...]
    is_careful: bool = False  # every text of CSV is written here, whatever its field is


@functools.lru_cache(maxsize=256)
def _build_row_text(is_on_postgres: bool, shape: Shape) -> RowText:
    if dialect := DIALECTS.get(shape.format_name):
        columns = {name: LISTINGS[shape.listing].columns[name] for name in shape.names}
        return build_csv_row(shape.schema, columns, dialect, shape.is_careful)
    build = {"ndjson": _ndjson_parts, "json": _array_parts, "geojson": _feature_parts}
    return RowText(build[shape.format_name](shape))


def _list_columns(shape: Shape) -> list[tuple[str, fields.Field[Any], Column]]:
    columns = LISTINGS[shape.listing].columns
    return [(name, shape.schema.fields[name], columns[name]) for name in shape.names]


# JSON ------------------------------------------------------------------------------------------------------------


def dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _record_parts(shape: Shape) -> Iterator[Part]:
    before = "{"
    for name, field, column in _list_columns(shape):
        yield f'{before}"{name}":'
        before = ","
        yield _json_cell(field, column)
    yield "}"


def _json_cell(field: fields.Field[Any], column: Column) -> Part:
    if column.kind == "plain" and isinstance(field, fields.String | fields.Integer | fields.DateTime):
        return WrittenCell(as_json(column.expression))
    return read_field(column, dump_json)


def _ndjson_parts(shape: Shape) -> Iterator[Part]:
    yield from _record_parts(shape)
    yield "\n"


def _array_parts(shape: Shape) -> Iterator[Part]:
    yield ","
    yield from _record_parts(shape)


def _feature_parts(shape: Shape) -> Iterator[Part]:
    """Yield a feature of GeoJSON, with a comma before it."""
    columns = LISTINGS[shape.listing].columns
    place = tuple(columns[name].expression for name in ("longitude", "latitude"))
    yield ',{"type":"Feature","id":'
    yield WrittenCell(as_json(columns["id"].expression))
    yield ',"geometry":'
    yield ReadCell(place, _write_point)
    before = ',"properties":{'
    for name, field, column in _list_columns(shape):
        yield before
        before = ","
        header = formats.build_layout(shape.schema, (name,)).header
        if header == [name] and column.kind == "plain":
            yield f'"{name}":'
            yield _json_cell(field, column)
        else:
            yield read_field(column, _write_properties(shape.schema, name))
    yield "}}"


def _write_point(place: tuple[float | None, float | None]) -> str:
    return "null" if place[1] is None else dump_json({"type": "Point", "coordinates": place})


def _write_properties(schema: Schema, name: str) -> Callable[[Any], str]:
    layout = formats.build_layout(schema, (name,))
    return lambda value: dump_json(dict(zip(layout.header, chain(*layout.fill_columns([{name: value}])), strict=True)))[
        1:-1
    ]


# Pages of rows ---------------------------------------------------------------------------------------------------


class TextPage(NamedTuple):
    text: str
    last: tuple[Any, ...] | None  # sort values of the last row; None when nothing follows
    first: tuple[Any, ...] | None  # sort values of the first row; None when nothing precedes
    size: int  # rows


class ListingTexts:
    """The records of one answer as text, page by page, within an open snapshot."""

    def __init__(self, shape: Shape, bound: Bound, sort: tuple[str, ...]) -> None:
        self.listing = listing_as_of(LISTINGS[shape.listing], bound)
        self.shape, self.bound, self.sort = shape._replace(listing=self.listing.name), bound, sort
        self.writer = RowWriter(_build_row_text(is_postgres(), self.shape))

    def read_page(self, **how: Any) -> TextPage:
        """Return a page of `read_rows`, which has the other arguments."""
        page = read_rows(self.listing, self.bound, self.writer.row_text, sort=self.sort, **how)
        columns = list(zip(*page.rows, strict=True))
        dialect = DIALECTS.get(self.shape.format_name)
        if columns and dialect and has_special(self.writer.row_text, columns, dialect.separator):
            self.shape = self.shape._replace(is_careful=True)
            self.writer = RowWriter(_build_row_text(is_postgres(), self.shape))
            return self.read_page(**how)
        return TextPage(self.writer.write_rows(columns) if columns else "", page.last, page.first, len(page.rows))

    def read_pages(self) -> Iterator[str]:
        """Yield all records, so that memory does not grow with their number."""
        after, total = None, count_matches(self.listing, self.bound, current_revision())
        while True:
            page = self.read_page(after=after, total=total)
            yield page.text
            if page.last is None:
                return
            after = page.last


def write_array(texts: Iterator[str]) -> Iterator[str]:
    """Yield a JSON array of rows, which begin with a comma."""
    begin, end = "[", "[]\n"
    for text in texts:
        if text:
            yield begin + text[1 if begin else 0 :]
            begin, end = "", "]\n"
    yield end


def write_features(texts: Iterator[str]) -> Iterator[str]:
    """Yield a collection of features, which begin with a comma. `without_place` is the number without a geometry."""
    yield '{"type":"FeatureCollection","features":['
    missing, skipped = 0, 1
    for text in texts:
        missing += text.count(NO_PLACE)
        yield text[skipped:]
        skipped = 0 if text else skipped
    yield f'],"without_place":{missing}}}\n'
