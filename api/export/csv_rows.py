"""Rows of CSV: what the database writes of them, what is written here, and the check of what the database wrote."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from marshmallow import Schema, fields
from peewee import Field, IntegerField

from api.export.row_texts import Columns, GroupCell, Part, ReadCell, RowText, Write, WrittenCell, read_field
from api.http import formats
from api.listings.columns import Column
from api.listings.query import RowGroups
from schemas.fields import Day, Slug, Word, join_entries

#: Fields whose text needs no quotes in CSV, and is never empty where the column can be null.
PLAIN_FIELDS = (Slug, Word, Day, fields.Integer, fields.DateTime)
PLAIN_NAMES = frozenset(
    {"stated_at", "phrase_lang", "language", "country", "claim", "target", "dataset", "dataset_digest"}
)
PLAIN_CHARACTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/ "


class Dialect(NamedTuple):
    separator: str = ","
    is_for_program: bool = False  # text is quoted and null is not, so that null differs from an empty text; no guard

    def find_writer(self, is_single: bool) -> Write:
        """Return the function that writes a cell. `is_single`: the row has no other."""
        if self.is_for_program:
            return functools.partial(formats.quoted_text, is_single=is_single)
        return functools.partial(formats.csv_text, separator=self.separator, is_single=is_single)


DIALECTS = {"csv": Dialect(), "tsv": Dialect("\t"), "parquet": Dialect(is_for_program=True)}


def build_csv_row(schema: Schema, columns: Mapping[str, Column], dialect: Dialect, is_careful: bool) -> RowText:
    """Return the row of a listing with these columns. `is_careful`: the database writes no cell."""
    header = formats.build_layout(schema, columns).header
    write = dialect.find_writer(len(header) == 1)
    return RowText(_list_parts(schema, columns, dialect, write, is_careful or len(header) == 1))


def _list_parts(
    schema: Schema, columns: Mapping[str, Column], dialect: Dialect, write: Write, is_careful: bool
) -> Iterator[Part]:
    """Yield a row with its line break before it, so that every cell begins after a separator or a line break."""
    before = formats.LINE_END
    for name, column in columns.items():
        yield before
        before = dialect.separator
        if column.kind == "plain":
            is_plain = isinstance(schema.fields[name], PLAIN_FIELDS) or name in PLAIN_NAMES
            yield from _write_plain(column, dialect) if is_plain and not is_careful else (read_field(column, write),)
        elif column.kind == "pair":
            yield ReadCell((column.expression,), write) if is_careful else WrittenCell(column.expression)
            yield dialect.separator
            yield ReadCell((column.source,), write)
        elif column.kind == "attached" and isinstance(column.source, RowGroups):
            width = len(column.source.names)
            yield GroupCell(column.source, _write_lists(write, dialect.separator, width))
        else:
            yield read_field(column, _write_cells(schema, name, write, dialect.separator))


def _write_plain(column: Column, dialect: Dialect) -> Iterator[Part]:
    """Yield a cell that the database writes. A text that cannot be null may be empty."""
    expression = column.expression
    is_text = isinstance(expression, Field) and not isinstance(expression, IntegerField) and not expression.null
    quote = '"' if dialect.is_for_program and is_text else ""
    yield quote
    yield WrittenCell(expression)
    yield quote


def _write_lists(write: Write, separator: str, width: int) -> Callable[[tuple[tuple[Any, ...], ...]], str]:
    """Return the function that writes a cell for each column of rows, with the values of the rows as a list."""
    nothing = separator.join([write(None)] * width)

    def write_rows(rows: tuple[tuple[Any, ...], ...]) -> str:
        if len(rows) == 1 and ";" not in (texts := "".join(map(str, filter(None, rows[0])))) and "\\" not in texts:
            return separator.join([write(value or None) for value in rows[0]])
        return separator.join([write(join_entries(values)) for values in zip(*rows, strict=True)]) or nothing

    return write_rows


def _write_cells(schema: Schema, name: str, write: Write, separator: str) -> Write:
    """Return the function that writes a value of the field as cells of its columns."""
    fill = formats.build_layout(schema, (name,)).fill_columns
    return lambda value: separator.join(write(cell) for (cell,) in fill([{name: value}]))


def has_special(row_text: RowText, columns: Columns, separator: str) -> bool:
    """Return whether a cell that the database wrote needs quotes or a guard.

    None does, unless somebody wrote into the database by other means. Of the special characters, only those of the
    templates may be there. A minus begins no cell.
    """
    segments = row_text.list_segments(columns)
    written = "".join(chain.from_iterable(texts for _, texts in segments)).encode()
    special = written.translate(None, PLAIN_CHARACTERS)
    marks = f'{separator}{formats.LINE_END}"'
    numbers = [sum(segment.template.count(mark) * len(texts) for segment, texts in segments) for mark in marks]
    return (
        len(special) != sum(numbers)
        or any(special.count(mark.encode()) != number for mark, number in zip(marks, numbers, strict=True))
        or any(start.encode() in written for start in (f"{separator}-", "\n-", " -"))
    )


def write_csv(texts: Iterator[str], header: str) -> Iterator[str]:
    """Yield CSV of the texts of rows. The header ends with a line break, and rows begin with one."""
    before = header.removesuffix(formats.LINE_END)
    for text in texts:
        yield before + text
        before = ""
    yield before + formats.LINE_END
