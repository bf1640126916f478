"""Which release of a dataset was here at a revision. What was imported before counts for all of the past, as it did."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    db.execute_sql("ALTER TABLE dataset ADD COLUMN held_from INTEGER NOT NULL DEFAULT 0")
    db.execute_sql("CREATE TABLE dataset_version AS SELECT *, held_from AS held_until FROM dataset WHERE 1 = 0")
