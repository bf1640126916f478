"""Write many rows at once, by the fastest way of each engine."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.database.connection import database, is_postgres, parameter_mark, translate_errors
from api.database.models import SEARCHED, Record, Table
from api.database.statements import execute_many, select_rows

Row = tuple[Any, ...]


def column_names(table: type[Table]) -> tuple[str, ...]:
    """Return the columns of a table, in the order in which `insert_rows` takes their values."""
    return tuple(field.column_name for field in table._meta.sorted_fields)


def insert_rows(table: type[Table], new_rows: Iterable[Row]) -> None:
    """Insert rows, each with a value for every column (`column_names`). Searched records also go into the index."""
    if not new_rows:
        return
    if is_postgres():
        with translate_errors(), database.cursor().copy(_copy_statement(table)) as copy:
            for row in new_rows:
                copy.write_row(row)
    elif table in SEARCHED:
        records = list(new_rows)
        execute_many(_insert_statement(table), records)
        key, folded = map(column_names(table).index, ("id", "folded"))
        index = f"{table._meta.table_name}_search"
        # A trigger would make FTS5 write its words after every row.
        execute_many(f"INSERT INTO {index} (rowid, folded) VALUES (?, ?)", [(row[key], row[folded]) for row in records])
    else:
        execute_many(_insert_statement(table), new_rows)


def analyze_tables(tables: Iterable[type[Table]]) -> None:
    """Renew PostgreSQL's row counts of these tables after a large write.

    PostgreSQL does not count rows that are not committed, so it would plan a scan of the whole table for each row.
    """
    if is_postgres():
        database.execute_sql(f"ANALYZE {', '.join(sorted(table._meta.table_name for table in tables))}")


def update_rows(table: type[Table], changed_rows: Sequence[Mapping[str, Any]], key_column: str) -> None:
    """Update the row that has the same `key_column` as each mapping. All mappings have the same keys."""
    if not changed_rows:
        return
    names = [name for name in changed_rows[0] if name != key_column]
    column_by_field = {name: table._meta.fields[name].column_name for name in (*names, key_column)}
    mark = parameter_mark()
    assignments = ", ".join(f'"{column_by_field[name]}" = {mark}' for name in names)
    execute_many(
        f'UPDATE {table._meta.table_name} SET {assignments} WHERE "{column_by_field[key_column]}" = {mark}',
        [[*(row[name] for name in names), row[key_column]] for row in changed_rows],
    )


@functools.cache
def _copy_statement(table: type[Table]) -> str:
    return f"COPY {table._meta.table_name} ({_quoted_names(table)}) FROM STDIN"


@functools.cache
def _insert_statement(table: type[Table]) -> str:
    marks = ", ".join("?" * len(column_names(table)))
    return f"INSERT INTO {table._meta.table_name} ({_quoted_names(table)}) VALUES ({marks})"


def _quoted_names(table: type[Table]) -> str:
    return ", ".join(f'"{name}"' for name in column_names(table))


def new_keys(model: type[Record], number: int) -> Sequence[int]:
    """Return `number` unused keys, ascending. Call it inside `writing`: it needs a single writer."""
    table = model._meta.table_name
    if is_postgres():
        query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [key for (key,) in select_rows(query, (table, number))]
    first = select_rows(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")[0][0]
    return range(first, first + number)


def rows_by_slug(model: type[Record], slugs: Iterable[str], *names: str) -> list[Row]:
    """Return `(slug, key, *names)` for each of these slugs that exists."""
    slug_list = list(slugs)
    if not slug_list:
        return []
    selected = ", ".join(("slug", "id", *names))
    among = "= ANY(%s)" if is_postgres() else "IN (SELECT value FROM json_each(?))"
    parameter = slug_list if is_postgres() else json.dumps(slug_list)
    return select_rows(f"SELECT {selected} FROM {model._meta.table_name} WHERE slug {among}", (parameter,))
