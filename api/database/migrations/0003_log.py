"""The change log: append-only, chained, with the hashes of its Merkle tree; and the texts it is committed to.

The database itself refuses to update, delete or replace an entry; on PostgreSQL also to truncate. A text can be
deleted (that is how one is erased), never altered. Frozen: a later change of the models is a later script.
"""

from typing import Any

import peewee

ENGINES = {
    "postgres": {"text": 'TEXT COLLATE "C"', "bigint": "BIGINT", "keyed": ""},
    "sqlite": {"text": "TEXT", "bigint": "INTEGER", "keyed": " WITHOUT ROWID"},
}

TABLES = (
    """
CREATE TABLE change (
    seq {bigint} NOT NULL PRIMARY KEY CHECK (seq > 0),
    revision INTEGER NOT NULL,
    made_at {text} NOT NULL,
    who {text} NOT NULL CHECK (length(who) > 0),
    noun {text} NOT NULL,
    record {text} NOT NULL,
    operation {text} NOT NULL,
    reason {text} NOT NULL CHECK (length(reason) > 0),
    before {text},
    after {text},
    prev {text} NOT NULL CHECK (length(prev) = 64),
    hash {text} NOT NULL CHECK (length(hash) = 64),
    nodes {text} NOT NULL CHECK (length(nodes) >= 64 AND length(nodes) % 64 = 0),
    FOREIGN KEY (revision) REFERENCES revision (number)
)""",
    "CREATE UNIQUE INDEX change_prev ON change (prev)",
    "CREATE INDEX change_noun_record ON change (noun, record, seq)",
    "CREATE INDEX change_revision ON change (revision, seq)",
    "CREATE INDEX change_who ON change (who, seq)",
    """
CREATE TABLE change_text (
    seq {bigint} NOT NULL,
    side {text} NOT NULL CHECK (side IN ('before', 'after')),
    field {text} NOT NULL,
    salt {text} NOT NULL CHECK (length(salt) = 64),
    value {text} NOT NULL CHECK (length(value) > 0),
    PRIMARY KEY (seq, side, field),
    FOREIGN KEY (seq) REFERENCES change (seq)
){keyed}""",
)

# An entry that is not the next one is refused before REPLACE could remove what stands in its place: that is so even
# on a connection without recursive_triggers, whose REPLACE fires no delete trigger.
SQLITE = (
    """
CREATE TRIGGER change_insert BEFORE INSERT ON change
WHEN new.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM change)
    OR EXISTS (SELECT 1 FROM change WHERE prev = new.prev)
BEGIN SELECT RAISE(ABORT, 'change is append-only: not the next entry'); END""",
    """
CREATE TRIGGER change_update BEFORE UPDATE ON change
BEGIN SELECT RAISE(ABORT, 'change is append-only: no update'); END""",
    """
CREATE TRIGGER change_delete BEFORE DELETE ON change
BEGIN SELECT RAISE(ABORT, 'change is append-only: no delete'); END""",
    """
CREATE TRIGGER change_text_insert BEFORE INSERT ON change_text
WHEN EXISTS (SELECT 1 FROM change_text WHERE seq = new.seq AND side = new.side AND field = new.field)
BEGIN SELECT RAISE(ABORT, 'change_text is never altered'); END""",
    """
CREATE TRIGGER change_text_update BEFORE UPDATE ON change_text
BEGIN SELECT RAISE(ABORT, 'change_text is never altered'); END""",
)
POSTGRES = (
    """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, lower(TG_OP);
END $$""",
    """
CREATE TRIGGER change_refused BEFORE UPDATE OR DELETE OR TRUNCATE ON change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """
CREATE TRIGGER change_text_refused BEFORE UPDATE OR TRUNCATE ON change_text
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    "ALTER TABLE change ENABLE ALWAYS TRIGGER change_refused",
    "ALTER TABLE change_text ENABLE ALWAYS TRIGGER change_text_refused",
)


def up(migrator: Any, db: peewee.Database) -> None:
    postgres = isinstance(db, peewee.PostgresqlDatabase)
    tables = [statement.format(**ENGINES["postgres" if postgres else "sqlite"]) for statement in TABLES]
    for statement in [*tables, *(POSTGRES if postgres else SQLITE)]:
        db.execute_sql(statement.replace("%", "%%") if postgres else statement)
