"""Claims may have details: further facts of the source, kept as given."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for table in ("claim", "claim_version"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN details {text}")
