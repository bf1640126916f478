"""Tallies go: statistics are answered from a columnar image of the claims (docs/adr/0011), which is no table."""

from typing import Any

import peewee

TABLES = ("roll_up_left", "roll_up", "untallied", "fate", "tally", "tallied")


def up(migrator: Any, db: peewee.Database) -> None:
    for table in TABLES:
        db.execute_sql(f"DROP TABLE IF EXISTS {table}")
