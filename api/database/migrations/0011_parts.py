"""Claims may be about a labelled part of the whole; claimants may belong to a side without speaking for it."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for table in ("claim", "claim_version"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN part {text}")
    db.execute_sql("ALTER TABLE claimant ADD COLUMN affiliation_id INTEGER REFERENCES side (id)")
    db.execute_sql("ALTER TABLE claimant_version ADD COLUMN affiliation_id INTEGER")
    db.execute_sql("CREATE INDEX claimant_affiliation_id ON claimant (affiliation_id)")
