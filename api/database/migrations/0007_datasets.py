"""Datasets that were imported, and which record each of theirs is."""

from typing import Any

import peewee

TABLES = (
    """
CREATE TABLE dataset (
    slug {text} NOT NULL PRIMARY KEY,
    title {text} NOT NULL,
    publisher {text} NOT NULL,
    url {text} NOT NULL DEFAULT '',
    licence {text} NOT NULL,
    citation {text} NOT NULL,
    release {text} NOT NULL CHECK (length(release) > 0),
    imported_at {text} NOT NULL
)""",
    """
CREATE TABLE external (
    noun {text} NOT NULL,
    slug {text} NOT NULL,
    dataset_id {text} NOT NULL,
    digest {text} NOT NULL CHECK (length(digest) = 64),
    PRIMARY KEY (noun, slug),
    FOREIGN KEY (dataset_id) REFERENCES dataset (slug)
)""",
    "CREATE INDEX external_dataset ON external (dataset_id, noun, slug)",
)


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for statement in TABLES:
        db.execute_sql(statement.format(text=text))
