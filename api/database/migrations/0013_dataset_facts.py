"""What a dataset counts, and the datasets that count the same people; as its mapping states them."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for table in ("dataset", "dataset_version"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN counts {text} NOT NULL DEFAULT ''")
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN \"overlaps\" {text} NOT NULL DEFAULT '{{}}'")
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN never_beside {text} NOT NULL DEFAULT '{{}}'")
