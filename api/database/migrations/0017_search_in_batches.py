"""New rows go into SQLite's search index by `bulk.insert_rows`, a batch at a time, and no longer by a trigger each.

A trigger makes SQLite save its pages for every row, and FTS5 write its words for every row.
"""

from typing import Any

import peewee

SEARCHED = ("conflict", "side", "claimant", "source", "event", "claim", "report")


def up(migrator: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.PostgresqlDatabase):
        for table in SEARCHED:
            db.execute_sql(f"DROP TRIGGER IF EXISTS {table}_search_insert")
