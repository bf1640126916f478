"""The first tables: all nouns, with their checks written out (the migration tool would drop them), and full text.

Frozen: a later change of the models is a later script.
"""

from typing import Any

import peewee

ENGINES = {
    "postgres": {
        "text": 'TEXT COLLATE "C"', "key": "SERIAL NOT NULL PRIMARY KEY", "bigint": "BIGINT", "double": "DOUBLE PRECISION"
    },
    "sqlite": {"text": "TEXT", "key": "INTEGER NOT NULL PRIMARY KEY", "bigint": "INTEGER", "double": "REAL"},
}  # fmt: skip

TABLES = """
CREATE TABLE revision (
    number INTEGER NOT NULL PRIMARY KEY,
    made_at {text} NOT NULL,
    reason {text} NOT NULL CHECK (length(reason) > 0)
);
CREATE TABLE conflict (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    name {text} NOT NULL,
    parent_id INTEGER,
    started_on {text} CHECK (started_on IS NULL OR (length(started_on) = 10 AND started_on BETWEEN '1800-01-01' AND '2100-12-31')),
    ended_on {text} CHECK (ended_on IS NULL OR (length(ended_on) = 10 AND ended_on BETWEEN '1800-01-01' AND '2100-12-31')),
    date_precision INTEGER CHECK (date_precision IS NULL OR date_precision BETWEEN 1 AND 5),
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (parent_id) REFERENCES conflict (id)
);
CREATE UNIQUE INDEX conflict_slug ON conflict (slug);
CREATE INDEX conflict_parent_id ON conflict (parent_id);
CREATE TABLE side (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    name {text} NOT NULL,
    kind {text} NOT NULL,
    country {text},
    aliases {text} NOT NULL DEFAULT '[]',
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number)
);
CREATE UNIQUE INDEX side_slug ON side (slug);
CREATE TABLE conflict_side (
    conflict_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    held_from INTEGER NOT NULL,
    side_id INTEGER NOT NULL,
    PRIMARY KEY (conflict_id, position),
    FOREIGN KEY (conflict_id) REFERENCES conflict (id) ON DELETE CASCADE,
    FOREIGN KEY (side_id) REFERENCES side (id)
);
CREATE INDEX conflict_side_side_id ON conflict_side (side_id);
CREATE TABLE side_membership (
    side_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    held_from INTEGER NOT NULL,
    member_of_id INTEGER NOT NULL,
    from_day {text} CHECK (from_day IS NULL OR (length(from_day) = 10 AND from_day BETWEEN '1800-01-01' AND '2100-12-31')),
    to_day {text} CHECK (to_day IS NULL OR (length(to_day) = 10 AND to_day BETWEEN '1800-01-01' AND '2100-12-31')),
    PRIMARY KEY (side_id, position),
    FOREIGN KEY (side_id) REFERENCES side (id) ON DELETE CASCADE,
    FOREIGN KEY (member_of_id) REFERENCES side (id)
);
CREATE INDEX side_membership_member_of_id ON side_membership (member_of_id);
CREATE TABLE claimant (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    name {text} NOT NULL,
    kind {text} NOT NULL,
    side_id INTEGER,
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (side_id) REFERENCES side (id)
);
CREATE UNIQUE INDEX claimant_slug ON claimant (slug);
CREATE INDEX claimant_side_id ON claimant (side_id);
CREATE TABLE source (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    publisher {text} NOT NULL,
    title {text} NOT NULL DEFAULT '',
    url {text},
    archived_url {text},
    published_on {text} CHECK (published_on IS NULL OR (length(published_on) = 10 AND published_on BETWEEN '1800-01-01' AND '2100-12-31')),
    published_until {text} CHECK (published_until IS NULL OR (length(published_until) = 10 AND published_until BETWEEN '1800-01-01' AND '2100-12-31')),
    published_precision INTEGER CHECK (published_precision IS NULL OR published_precision BETWEEN 1 AND 5),
    language {text} NOT NULL,
    kind {text} NOT NULL,
    reliability {text},
    licence {text} NOT NULL DEFAULT '',
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number)
);
CREATE UNIQUE INDEX source_slug ON source (slug);
CREATE INDEX source_publisher ON source (publisher);
CREATE TABLE event (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    conflict_id INTEGER NOT NULL,
    name {text} NOT NULL,
    type {text} NOT NULL,
    sub_type {text} NOT NULL,
    violence {text} NOT NULL,
    cause {text} NOT NULL,
    started_on {text} NOT NULL CHECK (started_on IS NULL OR (length(started_on) = 10 AND started_on BETWEEN '1800-01-01' AND '2100-12-31')),
    ended_on {text} NOT NULL CHECK (ended_on IS NULL OR (length(ended_on) = 10 AND ended_on BETWEEN '1800-01-01' AND '2100-12-31')) CHECK (ended_on >= started_on),
    date_precision INTEGER CHECK (date_precision IS NULL OR date_precision BETWEEN 1 AND 5),
    place {text} NOT NULL DEFAULT '',
    place_aliases {text} NOT NULL DEFAULT '[]',
    admin1 {text} NOT NULL DEFAULT '',
    admin2 {text} NOT NULL DEFAULT '',
    country {text} CHECK (country IS NULL OR length(country) = 3),
    latitude {double} CHECK (latitude IS NULL OR latitude BETWEEN -90 AND 90),
    longitude {double} CHECK (longitude IS NULL OR longitude BETWEEN -180 AND 180),
    place_precision INTEGER CHECK (place_precision IS NULL OR place_precision BETWEEN 1 AND 7),
    place_note {text} NOT NULL DEFAULT '',
    clarity INTEGER CHECK (clarity IS NULL OR clarity BETWEEN 1 AND 2),
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (conflict_id) REFERENCES conflict (id)
);
CREATE UNIQUE INDEX event_slug ON event (slug);
CREATE INDEX event_conflict_id ON event (conflict_id);
CREATE INDEX event_started_on ON event (started_on);
CREATE TABLE event_side (
    event_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    held_from INTEGER NOT NULL,
    side_id INTEGER NOT NULL,
    role {text} NOT NULL,
    PRIMARY KEY (event_id, position),
    FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    FOREIGN KEY (side_id) REFERENCES side (id)
);
CREATE INDEX event_side_side_id ON event_side (side_id);
CREATE TABLE claim (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    statement {text},
    kind {text} NOT NULL,
    conflict_id INTEGER NOT NULL,
    event_id INTEGER,
    claimant_id INTEGER NOT NULL,
    stated_on {text} CHECK (stated_on IS NULL OR (length(stated_on) = 10 AND stated_on BETWEEN '1800-01-01' AND '2100-12-31')),
    stated_until {text} CHECK (stated_until IS NULL OR (length(stated_until) = 10 AND stated_until BETWEEN '1800-01-01' AND '2100-12-31')),
    stated_precision INTEGER CHECK (stated_precision IS NULL OR stated_precision BETWEEN 1 AND 5),
    stated_at {text},
    subject_side_id INTEGER,
    responsible_side_id INTEGER,
    harm {text},
    victim_status {text} NOT NULL,
    victim_sex {text} NOT NULL,
    victim_age {text} NOT NULL,
    measure {text},
    covers_from {text} CHECK (covers_from IS NULL OR (length(covers_from) = 10 AND covers_from BETWEEN '1800-01-01' AND '2100-12-31')),
    covers_to {text} CHECK (covers_to IS NULL OR (length(covers_to) = 10 AND covers_to BETWEEN '1800-01-01' AND '2100-12-31')),
    value {bigint} CHECK (value IS NULL OR value BETWEEN 0 AND 1000000000),
    low {bigint} CHECK (low IS NULL OR low BETWEEN 0 AND 1000000000),
    best {bigint} CHECK (best IS NULL OR best BETWEEN 0 AND 1000000000),
    high {bigint} CHECK (high IS NULL OR high BETWEEN 0 AND 1000000000),
    qualifier {text},
    figure_rule {text},
    phrase {text} NOT NULL DEFAULT '',
    phrase_lang {text} NOT NULL,
    confirmation {text} NOT NULL,
    credibility INTEGER CHECK (credibility IS NULL OR credibility BETWEEN 1 AND 6),
    status_by {text},
    status_on {text} CHECK (status_on IS NULL OR (length(status_on) = 10 AND status_on BETWEEN '1800-01-01' AND '2100-12-31')),
    flags {text} NOT NULL DEFAULT '[]',
    note {text} NOT NULL DEFAULT '',
    event_date {text},
    event_until {text},
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (conflict_id) REFERENCES conflict (id),
    FOREIGN KEY (event_id) REFERENCES event (id),
    FOREIGN KEY (claimant_id) REFERENCES claimant (id),
    FOREIGN KEY (subject_side_id) REFERENCES side (id),
    FOREIGN KEY (responsible_side_id) REFERENCES side (id),
    CHECK (kind <> 'casualty' OR (harm IS NOT NULL AND measure IS NOT NULL AND qualifier IS NOT NULL)),
    CHECK (measure IS NULL OR measure <> 'incident' OR event_id IS NOT NULL),
    CHECK (measure IS NULL OR measure <> 'period' OR (covers_from IS NOT NULL AND covers_to IS NOT NULL)),
    CHECK (covers_to IS NULL OR covers_from IS NULL OR covers_to >= covers_from),
    CHECK (stated_until IS NULL OR stated_on IS NULL OR stated_until >= stated_on),
    CHECK (status = 'active' OR length(status_reason) > 0)
);
CREATE UNIQUE INDEX claim_slug ON claim (slug);
CREATE INDEX claim_statement ON claim (statement);
CREATE INDEX claim_event_id ON claim (event_id);
CREATE INDEX claim_responsible_side_id ON claim (responsible_side_id);
CREATE INDEX claim_subject_side_id_harm_slug ON claim (subject_side_id, harm, slug);
CREATE INDEX claim_claimant_id_stated_until ON claim (claimant_id, stated_until);
CREATE INDEX claim_conflict_id_event_date ON claim (conflict_id, event_date);
CREATE INDEX claim_stated_until_slug ON claim (stated_until, slug);
CREATE INDEX claim_event_date_slug ON claim (event_date, slug);
CREATE TABLE report (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    claim_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    reported_on {text} CHECK (reported_on IS NULL OR (length(reported_on) = 10 AND reported_on BETWEEN '1800-01-01' AND '2100-12-31')),
    harm {text},
    value {bigint} CHECK (value IS NULL OR value BETWEEN 0 AND 1000000000),
    low {bigint} CHECK (low IS NULL OR low BETWEEN 0 AND 1000000000),
    best {bigint} CHECK (best IS NULL OR best BETWEEN 0 AND 1000000000),
    high {bigint} CHECK (high IS NULL OR high BETWEEN 0 AND 1000000000),
    qualifier {text},
    phrase {text} NOT NULL DEFAULT '',
    phrase_lang {text} NOT NULL,
    source_original {text} NOT NULL DEFAULT '',
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (claim_id) REFERENCES claim (id),
    FOREIGN KEY (source_id) REFERENCES source (id)
);
CREATE UNIQUE INDEX report_slug ON report (slug);
CREATE INDEX report_claim_id ON report (claim_id);
CREATE INDEX report_source_id ON report (source_id);
CREATE TABLE relation (
    id {key},
    slug {text} NOT NULL CHECK (length(slug) BETWEEN 1 AND 160),
    folded {text} NOT NULL DEFAULT '',
    revision INTEGER NOT NULL,
    created_at {text} NOT NULL,
    updated_at {text} NOT NULL,
    held_from INTEGER NOT NULL,
    status {text} NOT NULL DEFAULT 'active',
    status_reason {text} NOT NULL DEFAULT '',
    claim_id INTEGER NOT NULL,
    kind {text} NOT NULL,
    target_id INTEGER NOT NULL CHECK (target_id <> claim_id),
    stated_on {text} CHECK (stated_on IS NULL OR (length(stated_on) = 10 AND stated_on BETWEEN '1800-01-01' AND '2100-12-31')),
    stated_until {text} CHECK (stated_until IS NULL OR (length(stated_until) = 10 AND stated_until BETWEEN '1800-01-01' AND '2100-12-31')),
    note {text} NOT NULL DEFAULT '',
    FOREIGN KEY (revision) REFERENCES revision (number),
    FOREIGN KEY (claim_id) REFERENCES claim (id),
    FOREIGN KEY (target_id) REFERENCES claim (id)
);
CREATE UNIQUE INDEX relation_slug ON relation (slug);
CREATE INDEX relation_claim_id ON relation (claim_id);
CREATE INDEX relation_target_id ON relation (target_id);
CREATE UNIQUE INDEX relation_claim_id_kind_target_id ON relation (claim_id, kind, target_id);
"""

SEARCHED = ("conflict", "side", "claimant", "source", "event", "claim", "report")

# External content: the words are stored once, in the table itself, and every supported SQLite can delete from it.
FTS5 = """
CREATE VIRTUAL TABLE {table}_search USING fts5(
    folded, content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 0'
);
CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_search (rowid, folded) VALUES (new.id, new.folded);
END;
CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN
    INSERT INTO {table}_search ({table}_search, rowid, folded) VALUES ('delete', old.id, old.folded);
END;
CREATE TRIGGER {table}_search_update AFTER UPDATE OF folded ON {table} BEGIN
    INSERT INTO {table}_search ({table}_search, rowid, folded) VALUES ('delete', old.id, old.folded);
    INSERT INTO {table}_search (rowid, folded) VALUES (new.id, new.folded);
END;
"""
TSVECTOR = "CREATE INDEX {table}_search ON {table} USING gin (to_tsvector('simple', folded));"


def up(migrator: Any, db: peewee.Database) -> None:
    postgres = isinstance(db, peewee.PostgresqlDatabase)
    run(db, TABLES.format(**ENGINES["postgres" if postgres else "sqlite"]))
    for table in SEARCHED:
        run(db, (TSVECTOR if postgres else FTS5).format(table=table))


def run(db: peewee.Database, script: str) -> None:
    """Run statements that end in `;` at the end of a line; those of a trigger's body are indented."""
    statement = ""
    for line in script.strip().splitlines():
        statement += line + "\n"
        if line.endswith(";") and not line.startswith(" "):
            db.execute_sql(statement)
            statement = ""
