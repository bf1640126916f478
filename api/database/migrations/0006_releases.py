"""Releases: revisions with a name."""

from typing import Any

import peewee

RELEASE = """
CREATE TABLE release (
    slug {text} NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    made_at {text} NOT NULL,
    note {text} NOT NULL DEFAULT '',
    sha256 {text} NOT NULL CHECK (length(sha256) = 64),
    FOREIGN KEY (revision) REFERENCES revision (number)
)"""


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    db.execute_sql(RELEASE.format(text=text))
