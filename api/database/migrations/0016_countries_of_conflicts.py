"""A conflict may have the country in which it was fought."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for table in ("conflict", "conflict_version"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN country {text}")
