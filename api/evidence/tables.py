"""Queries of the tables behind the claims frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.database.connection import database, translate_errors

Row = tuple[Any, ...]


def query_tables(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Return the rows of a SELECT over the current tables, also in a snapshot that is pinned to an older revision."""
    cursor = database.execute_sql(sql, parameters)
    with translate_errors():
        result: list[Row] = cursor.fetchall()
    return result
