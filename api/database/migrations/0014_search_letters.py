"""Search folds more letters. The search text of all records is listed as stale, and `flask upgrade` makes it again."""

from typing import Any

import peewee

TABLES = ("conflict", "side", "claimant", "source", "event", "claim", "report")


def up(migrator: Any, db: peewee.Database) -> None:
    db.execute_sql("CREATE TABLE stale_search_text (table_name TEXT PRIMARY KEY)")
    for table in TABLES:
        db.execute_sql(f"INSERT INTO stale_search_text SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})")
