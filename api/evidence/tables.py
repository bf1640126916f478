"""Queries of the tables behind the claims frame."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from api.database.connection import database, is_postgres, translate_errors

Row = tuple[Any, ...]


def query_tables(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Return the rows of a SELECT over the current tables, also in a snapshot that is pinned to an older revision."""
    cursor = database.execute_sql(sql, parameters)
    with translate_errors():
        result: list[Row] = cursor.fetchall()
    return result


def texts_clause(texts: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that follows `IN` for these texts, and its values. The SQL is the same for any texts."""
    if is_postgres():
        return "(SELECT unnest(%s::text[]))", (list(texts),)
    return "(SELECT value FROM json_each(?))", (json.dumps(list(texts)),)
