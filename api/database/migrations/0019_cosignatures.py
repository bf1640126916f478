"""Cosignatures of witnesses on checkpoints, and the log that a mirror follows."""

from typing import Any

import peewee

TABLES = (
    """
CREATE TABLE cosignature (
    size {big} NOT NULL,
    cosigner {text} NOT NULL,
    root {text} NOT NULL,
    line {text} NOT NULL,
    PRIMARY KEY (size, cosigner)
)""",
    """
CREATE TABLE origin (
    url {text} NOT NULL PRIMARY KEY,
    verifier {text} NOT NULL,
    checkpoint {text} NOT NULL DEFAULT '',
    checked_at {text} NOT NULL
)""",
)


def up(migrator: Any, db: peewee.Database) -> None:
    types = {"text": "TEXT", "big": "INTEGER"}
    if isinstance(db, peewee.PostgresqlDatabase):
        types = {"text": 'TEXT COLLATE "C"', "big": "BIGINT"}
    for statement in TABLES:
        db.execute_sql(statement.format(**types))
