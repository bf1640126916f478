"""Tallies made by older rules are used no more: broad answers are slow or refused until they are made anew, not wrong."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    db.execute_sql("UPDATE tallied SET revision = -1 WHERE EXISTS (SELECT 1 FROM claim)")
