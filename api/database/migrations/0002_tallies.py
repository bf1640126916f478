"""Tallies: what each event's claims come to under each policy, and their sums by conflict and month (docs/adr/0005).

Frozen: a later change of the models is a later script.
"""

from typing import Any

import peewee

ENGINES = {
    "postgres": {"text": 'TEXT COLLATE "C"', "bigint": "BIGINT", "double": "DOUBLE PRECISION", "blob": "BYTEA"},
    "sqlite": {"text": "TEXT", "bigint": "INTEGER", "double": "REAL", "blob": "BLOB"},
}

TABLES = (
    """
CREATE TABLE tallied (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
)""",
    """
CREATE TABLE tally (
    event_id INTEGER NOT NULL,
    harm {text} NOT NULL,
    side {text} NOT NULL,
    policies INTEGER NOT NULL CHECK (policies BETWEEN 1 AND 255),
    conflict_id INTEGER NOT NULL,
    day {text} NOT NULL CHECK (day IS NULL OR (length(day) = 10 AND day BETWEEN '1800-01-01' AND '2100-12-31')),
    low {bigint} NOT NULL,
    best {bigint} NOT NULL,
    high {bigint} NOT NULL,
    open_ended INTEGER NOT NULL CHECK (open_ended IS NULL OR open_ended BETWEEN 0 AND 1),
    imputed INTEGER NOT NULL CHECK (imputed IS NULL OR imputed BETWEEN 0 AND 1),
    incomplete INTEGER NOT NULL CHECK (incomplete IS NULL OR incomplete BETWEEN 0 AND 1),
    disputed INTEGER NOT NULL CHECK (disputed IS NULL OR disputed BETWEEN 0 AND 1),
    spread {double},
    claims INTEGER NOT NULL CHECK (claims > 0),
    claimants {blob} NOT NULL,
    sources {blob} NOT NULL,
    missing {text} NOT NULL DEFAULT '',
    victims {text} NOT NULL,
    larger {text} NOT NULL DEFAULT '',
    PRIMARY KEY (event_id, harm, side, policies),
    FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE
)""",
    "CREATE INDEX tally_conflict_id_day ON tally (conflict_id, day)",
    """
CREATE TABLE fate (
    claim_id INTEGER NOT NULL PRIMARY KEY,
    event_id INTEGER,
    conflict_id INTEGER NOT NULL,
    month {text} NOT NULL,
    harm {text} NOT NULL,
    side {text} NOT NULL,
    letters {text} NOT NULL CHECK (length(letters) = 16),
    FOREIGN KEY (claim_id) REFERENCES claim (id) ON DELETE CASCADE
)""",
    "CREATE INDEX fate_event_id ON fate (event_id)",
    "CREATE INDEX fate_conflict_id_month ON fate (conflict_id, month)",
    """
CREATE TABLE untallied (
    claim_id INTEGER NOT NULL PRIMARY KEY,
    event_id INTEGER,
    FOREIGN KEY (claim_id) REFERENCES claim (id) ON DELETE CASCADE
)""",
    "CREATE INDEX untallied_event_id ON untallied (event_id)",
    """
CREATE TABLE roll_up (
    conflict_id INTEGER NOT NULL,
    month {text} NOT NULL,
    harm {text} NOT NULL,
    side {text} NOT NULL,
    policy INTEGER NOT NULL CHECK (policy IS NULL OR policy BETWEEN 0 AND 7),
    low {bigint} NOT NULL,
    best {bigint} NOT NULL,
    high {bigint} NOT NULL,
    open_ended INTEGER NOT NULL,
    imputed INTEGER NOT NULL,
    incomplete INTEGER NOT NULL,
    disputed INTEGER NOT NULL,
    cells INTEGER NOT NULL CHECK (cells > 0),
    spread {double},
    claims INTEGER NOT NULL,
    claimants {blob} NOT NULL,
    sources {blob} NOT NULL,
    missing {text} NOT NULL DEFAULT '',
    victims {text} NOT NULL,
    larger {text} NOT NULL DEFAULT '',
    PRIMARY KEY (conflict_id, month, harm, side, policy)
)""",
    """
CREATE TABLE roll_up_left (
    conflict_id INTEGER NOT NULL,
    month {text} NOT NULL,
    harm {text} NOT NULL,
    place INTEGER NOT NULL CHECK (place IS NULL OR place BETWEEN 0 AND 15),
    letter {text} NOT NULL CHECK (length(letter) = 1),
    claims INTEGER NOT NULL CHECK (claims > 0),
    PRIMARY KEY (conflict_id, month, harm, place, letter)
)""",
    # Records that were there before are answered live until `flask tallies rebuild` has seen them.
    """
INSERT INTO tallied (id, revision)
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM claim) THEN -1 ELSE COALESCE(MAX(number), 0) END FROM revision""",
)


def up(migrator: Any, db: peewee.Database) -> None:
    engine = ENGINES["postgres" if isinstance(db, peewee.PostgresqlDatabase) else "sqlite"]
    for statement in TABLES:
        db.execute_sql(statement.format(**engine))
