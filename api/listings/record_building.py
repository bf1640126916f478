"""From rows to records, as on the wire: column by column, then each record once."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.history.revisions import current_revision
from api.listings.columns import Column, read_attached
from api.listings.references import cached_references
from schemas.details import read_details

Columns = dict[str, Column]
Rows = list[tuple[Any, ...]]


def build_records(columns: Columns, fields: tuple[str, ...], rows: Rows) -> list[dict[str, Any]]:
    """Return rows of `select_columns` as records."""
    return [dict(zip(fields, values, strict=True)) for values in _read_values(columns, fields, rows)]


def build_structs(columns: Columns, fields: tuple[str, ...], rows: Rows) -> list[Any]:
    """Return the same records for an answer in JSON: as objects of msgspec, made in an eighth of the time of dicts."""
    return list(itertools.starmap(_define_struct(fields), _read_values(columns, fields, rows)))


@functools.lru_cache(maxsize=256)
def _define_struct(fields: tuple[str, ...]) -> Any:
    import msgspec  # commands do not need it

    names = [f"field_{number}" for number in range(len(fields))]  # of Python, whatever the fields are called
    return msgspec.defstruct("Record", names, rename=dict(zip(names, fields, strict=True)), gc=False)


def _read_values(columns: Columns, fields: tuple[str, ...], rows: Rows) -> Iterable[tuple[Any, ...]]:
    """Return the values of each record in the order of `fields`."""
    if not rows:
        return ()
    keys, *cells = zip(*rows, strict=True)
    reader = _RowReader(keys, iter(cells[len(fields) :]))
    read: list[Iterable[Any]] = [*cells[: len(fields)]]
    for number, field in enumerate(fields):
        if columns[field].kind != "plain":
            read[number] = reader.read(columns[field], cells[number])
    return zip(*read, strict=True)


class _RowReader:
    """What the columns of some rows share. `names_of_pairs`: the cells with the names of each column of pairs."""

    def __init__(self, keys: Sequence[int], names_of_pairs: Iterator[Sequence[str]]) -> None:
        self.keys, self.names_of_pairs = list(keys), names_of_pairs
        self.references = cached_references(current_revision())
        self.wholes: dict[Any, dict[int, Any]] = {}

    def read(self, column: Column, cells: Sequence[Any]) -> Iterable[Any]:
        """Return the values of one column, row by row."""
        match column.kind:
            case "names":
                return map(getattr(self.references, column.source).__getitem__, cells)
            case "pair":
                return map(_name_pair, cells, next(self.names_of_pairs))
            case "list":
                return [[] if text == "[]" else json.loads(text) for text in cells]
            case "object":
                return map(read_details, cells)
            case "attached":
                attached = read_attached(column.source, self.keys, self.wholes)
                return [attached.get(key, []) for key in self.keys]
        raise ValueError(column.kind)


def _name_pair(slug: str | None, name: str) -> dict[str, str] | None:
    return None if slug is None else {"id": slug, "name": name}
