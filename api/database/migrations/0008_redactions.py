"""An index finds the newest redaction at once. Answers about the past depend on it."""

from typing import Any

import peewee


def up(migrator: Any, db: peewee.Database) -> None:
    db.execute_sql("CREATE INDEX change_redacted ON change (seq) WHERE operation = 'redact'")
