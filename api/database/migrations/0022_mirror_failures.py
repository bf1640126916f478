"""Why a mirror could not follow its origin the last time; empty: it could."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    db.execute_sql(f"ALTER TABLE origin ADD COLUMN failure {text} NOT NULL DEFAULT ''")
