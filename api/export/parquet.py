"""A table as Parquet, with types in place of text. pyarrow is an optional extra, and imported only here."""

import datetime
import importlib
import itertools
from collections.abc import Iterator
from typing import Any

from api.export.drain import Drain
from api.export.tables import Table

CHUNKS_IN_A_GROUP = 10
HOW_TO_INSTALL = "Parquet needs pyarrow, which does not come with Counterclaim: .venv/bin/pip install 'pyarrow~=26.0'"


class Missing(Exception):
    """pyarrow is not installed; the message says how to."""


def parts(table: Table) -> Iterator[bytes]:
    """The file in parts, one a row group. Raises `Missing`."""
    try:
        pyarrow = importlib.import_module("pyarrow")
        files = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise Missing(HOW_TO_INSTALL) from None
    drain, schema, chunks = Drain(), _schema(pyarrow, table), table.chunks()
    with files.ParquetWriter(drain, schema) as writer:
        while group := list(itertools.islice(chunks, CHUNKS_IN_A_GROUP)):
            rows = [table.layout.cells(record) for chunk in group for record in chunk]
            writer.write_table(pyarrow.table(_arrays(pyarrow, schema, rows), schema=schema))
            yield from drain.parts()
    yield from drain.parts()


def _schema(pyarrow: Any, table: Table) -> Any:
    types = {
        "string": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "date": pyarrow.date32(),
    }
    return pyarrow.schema(
        pyarrow.field(column.name, types[column.kind], metadata={"description": column.description})
        for column in table.columns
    )


def _arrays(pyarrow: Any, schema: Any, rows: list[list[Any]]) -> list[Any]:
    values = zip(*rows, strict=True)
    return [
        pyarrow.array(_days(column) if field.type == pyarrow.date32() else column, field.type)
        for field, column in zip(schema, values, strict=True)
    ]


def _days(column: tuple[Any, ...]) -> list[datetime.date | None]:
    return [day and datetime.date.fromisoformat(day) for day in column]
