"""Run SQL text: SELECTs at the pinned revision, lists of values in them, plans, and the times that they take."""

import functools
import itertools
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import peewee

from api.database.connection import database, is_postgres, translate_errors
from api.database.snapshot import find_pin
from api.monitoring import statement_times


@contextmanager
def enlarge_cache(size: int) -> Iterator[None]:
    """Let SQLite keep `size` KiB of pages for a large write, which else writes and reads many of them again."""
    if is_postgres():
        yield
        return
    ((before,),) = select_rows("PRAGMA cache_size")
    database.execute_sql(f"PRAGMA cache_size = -{size}")
    try:
        yield
    finally:
        database.execute_sql(f"PRAGMA cache_size = {before}")


def select_rows(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT. A pinned snapshot reads the tables of its revision."""
    sql = find_pin()[0] + sql
    began = time.monotonic()
    try:
        cursor = database.execute_sql(sql, parameters)
        with translate_errors():  # SQLite may still be interrupted here
            result: list[tuple[Any, ...]] = cursor.fetchall()
    finally:
        _note_statement(sql, parameters, began)
    return result


def stream_rows(sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a SELECT without loading all of them. Run no other statement before the last row."""
    began = time.monotonic()
    rows = iter(database.cursor().stream(sql, parameters) if is_postgres() else database.execute_sql(sql, parameters))
    first = list(itertools.islice(rows, 1))
    _note_statement(sql, parameters, began)  # the client takes its time for the others
    yield from first
    yield from rows


def _note_statement(sql: str, parameters: Any, began: float) -> None:
    """Note the time of a statement that ended now, and how to get its plan."""
    if statement_times.is_notable(began):
        engine = "postgresql" if is_postgres() else "sqlite"
        statement_times.note_slowest(engine, sql, began, functools.partial(explain_statement, sql, parameters))


def explain_statement(sql: str, parameters: Any) -> list[str]:
    """Return the plan of a statement, by line, without running it."""
    if is_postgres():
        return [str(line) for (line,) in database.execute_sql(f"EXPLAIN {sql}", parameters).fetchall()]
    # A step names the step that it is a part of: id, parent, unused, text.
    depths = {0: -1}
    lines = []
    for step, parent, _, text in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall():
        depths[step] = depths.get(parent, -1) + 1
        lines.append("  " * depths[step] + str(text))
    return lines


def execute_many(sql: str, values: Iterable[Sequence[Any]]) -> None:
    """Run a writing statement once for each sequence of values."""
    with translate_errors():
        database.cursor().executemany(sql, values)


def keys_clause(keys: Iterable[int]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that follows `IN` for these integer keys, and its values.

    On SQLite the text is the same for any keys: its driver caches the last hundred statements. Texts that contain
    the keys would be large and never be used again.
    """
    listed = list(map(int, keys))
    if is_postgres():
        return f"({', '.join(map(str, listed)) or 'NULL'})", ()
    return "(SELECT value FROM json_each(?))", (json.dumps(listed),)


def texts_clause(texts: Iterable[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that follows `IN` for these texts, and its values. The SQL is the same for any texts."""
    if is_postgres():
        return "(SELECT unnest(%s::text[]))", (list(texts),)
    return "(SELECT value FROM json_each(?))", (json.dumps(list(texts)),)


def texts_table(texts: Iterable[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of a table `sent` with these texts in its column `value`, and its values."""
    if is_postgres():
        return "unnest(%s::text[]) AS sent(value)", (list(texts),)
    return "json_each(?) AS sent", (json.dumps(list(texts)),)


def bind_keys(keys: Iterable[int]) -> Any:
    """Return integer keys as the one value that `is_among_bound` binds."""
    listed = list(map(int, keys))
    return listed if is_postgres() else orjson.dumps(listed).decode()


def is_among_bound(column: Any, value: Any) -> Any:
    """Return the condition that a column holds one of the keys of a value of `bind_keys`: its text never changes."""
    sql = "(SELECT unnest(%s::bigint[]))" if is_postgres() else "(SELECT value FROM json_each(?))"
    return column.in_(peewee.SQL(sql, (value,)))


def is_among(column: Any, keys: Iterable[int]) -> Any:
    """Return the condition that a column holds one of these integer keys, however many there are."""
    return column.in_(peewee.SQL(*keys_clause(keys)))


def fetch_tuples(query: Any) -> list[tuple[Any, ...]]:
    """Return all rows of a peewee query as tuples, without model instances."""
    return select_rows(*query.sql())
