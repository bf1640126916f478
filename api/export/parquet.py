"""A table as Parquet, with typed columns. pyarrow is an optional extra, so only this module imports it."""

import datetime
import importlib
import itertools
from collections.abc import Iterator
from typing import Any

from api.export.stream import Drain
from api.export.tables import Table

CHUNKS_IN_A_GROUP = 10
HOW_TO_INSTALL = "Parquet needs pyarrow, which does not come with Counterclaim: .venv/bin/pip install 'pyarrow~=26.0'"


class PyarrowMissingError(Exception):
    """pyarrow is not installed. The message says how to install it."""


def encode_table(table: Table) -> Iterator[bytes]:
    """Yield the file in parts, one for each row group. Raise `PyarrowMissingError`."""
    try:
        pyarrow = importlib.import_module("pyarrow")
        files = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise PyarrowMissingError(HOW_TO_INSTALL) from None
    drain, schema, chunks = Drain(), _build_schema(pyarrow, table), table.chunks()
    with files.ParquetWriter(drain, schema) as writer:
        while group := list(itertools.islice(chunks, CHUNKS_IN_A_GROUP)):
            parts = zip(*map(table.layout.fill_columns, group), strict=True)  # of each column, by chunk
            columns = [list(itertools.chain.from_iterable(chunks_of_column)) for chunks_of_column in parts]
            writer.write_table(pyarrow.table(_build_arrays(pyarrow, schema, columns), schema=schema))
            yield from drain.take_parts()
    yield from drain.take_parts()


def _build_schema(pyarrow: Any, table: Table) -> Any:
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


def _build_arrays(pyarrow: Any, schema: Any, columns: list[list[Any]]) -> list[Any]:
    return [
        pyarrow.array(_parse_days(column) if field.type == pyarrow.date32() else column, field.type)
        for field, column in zip(schema, columns, strict=True)
    ]


def _parse_days(column: list[Any]) -> list[datetime.date | None]:
    return [day and datetime.date.fromisoformat(day) for day in column]
