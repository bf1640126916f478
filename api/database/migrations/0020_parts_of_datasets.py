"""The parts of a dataset that were imported one by one, such as the files of several countries, and their records."""

from typing import Any

import peewee

TABLES = (
    """
CREATE TABLE dataset_part (
    dataset_id {text} NOT NULL,
    part {text} NOT NULL,
    noun {text} NOT NULL,
    slug {text} NOT NULL,
    PRIMARY KEY (dataset_id, part, noun, slug),
    FOREIGN KEY (dataset_id) REFERENCES dataset (slug)
)""",
    "CREATE INDEX dataset_part_dataset_id_noun_slug ON dataset_part (dataset_id, noun, slug)",
)


def up(migrator: Any, db: peewee.Database) -> None:
    text = 'TEXT COLLATE "C"' if isinstance(db, peewee.PostgresqlDatabase) else "TEXT"
    for statement in TABLES:
        db.execute_sql(statement.format(text=text))
