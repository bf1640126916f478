"""Keys with which editors write, and the answers that a retry gets again."""

from typing import Any

import peewee

TABLES = (
    """
CREATE TABLE api_key (
    slug {text} NOT NULL PRIMARY KEY,
    sha256 {text} NOT NULL CHECK (length(sha256) = 64),
    name {text} NOT NULL CHECK (length(name) > 0),
    scopes {text} NOT NULL,
    created_at {text} NOT NULL,
    expires_on {text} CHECK (expires_on IS NULL OR (length(expires_on) = 10 AND expires_on BETWEEN '1800-01-01' AND '2100-12-31')),
    revoked_at {text},
    last_used_at {text}
)""",
    "CREATE UNIQUE INDEX api_key_sha256 ON api_key (sha256)",
    """
CREATE TABLE answered (
    key_id {text} NOT NULL,
    idempotency_key {text} NOT NULL,
    request_sha256 {text} NOT NULL CHECK (length(request_sha256) = 64),
    status INTEGER NOT NULL,
    body {text} NOT NULL,
    made_at {text} NOT NULL,
    PRIMARY KEY (key_id, idempotency_key),
    FOREIGN KEY (key_id) REFERENCES api_key (slug)
)""",
    "CREATE INDEX answered_made_at ON answered (made_at)",
)


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for statement in TABLES:
        db.execute_sql(statement.format(text=text))
