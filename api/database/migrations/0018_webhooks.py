"""Webhooks of keys: where changes are sent, and how far they were sent."""

from typing import Any

import peewee

TABLES = (
    """
CREATE TABLE webhook (
    slug {text} NOT NULL PRIMARY KEY,
    key_id {text} NOT NULL,
    url {text} NOT NULL,
    question {text} NOT NULL,
    created_at {text} NOT NULL,
    sent_seq {big} NOT NULL,
    pending_seq {big},
    attempts INTEGER NOT NULL,
    due_at {text},
    failed_at {text},
    last_error {text} NOT NULL DEFAULT '',
    delivered_at {text},
    FOREIGN KEY (key_id) REFERENCES api_key (slug)
)""",
    "CREATE INDEX webhook_key_id ON webhook (key_id)",
)


def up(migrator: Any, db: peewee.Database) -> None:
    types = {"text": "TEXT", "big": "INTEGER"}
    if isinstance(db, peewee.PostgresqlDatabase):
        types = {"text": 'TEXT COLLATE "C"', "big": "BIGINT"}
    for statement in TABLES:
        db.execute_sql(statement.format(**types))
