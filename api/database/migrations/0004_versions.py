"""How records read before: a `_version` table beside each, with the same columns and the revision that ended the row."""

from typing import Any

import peewee

TABLES = (
    "conflict", "conflict_side", "side", "side_membership", "claimant", "source", "event", "event_side", "claim",
    "report", "relation",
)  # fmt: skip


def up(migrator: Any, db: peewee.Database) -> None:
    for table in TABLES:
        # AS SELECT takes over names and types; a version has neither keys nor checks: it was checked when it was current.
        db.execute_sql(f"CREATE TABLE {table}_version AS SELECT *, held_from AS held_until FROM {table} WHERE 1 = 0")
        db.execute_sql(f"CREATE INDEX {table}_version_held ON {table}_version (held_until, held_from)")
