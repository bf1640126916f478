"""On SQLite a new entry of the change log must have the hash of the last one, so its `prev` needs no unique index.

The hashes are random, so that an insert into such an index touched any of its pages: a third of the time of the log in
a large import. PostgreSQL has no trigger for inserts, and keeps the index.
"""

from typing import Any

import peewee

NO_PREVIOUS_HASH = "0" * 64
# As before, REPLACE is refused here also on a connection without recursive_triggers.
TRIGGER = f"""
CREATE TRIGGER change_insert BEFORE INSERT ON change
WHEN (new.seq - 1, new.prev) IS NOT (SELECT seq, hash FROM change ORDER BY seq DESC LIMIT 1)
    AND ((new.seq, new.prev) IS NOT (1, '{NO_PREVIOUS_HASH}') OR EXISTS (SELECT 1 FROM change))
BEGIN SELECT RAISE(ABORT, 'change is append-only: not the next entry'); END"""


def up(migrator: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.PostgresqlDatabase):
        for statement in ("DROP TRIGGER change_insert", TRIGGER, "DROP INDEX change_prev"):
            db.execute_sql(statement)
