"""Bring a database to the newest tables, one process at a time."""

import contextlib
import fcntl
import pathlib
from collections.abc import Iterator

from playhouse.migrations import Runner

from api.db import database, is_postgres

SCRIPTS = pathlib.Path(__file__).parent / "migrations"
UPGRADE_LOCK = 0x557067  # "Upg": PostgreSQL's advisory lock for upgrades


def _runner() -> Runner:
    return Runner(database.obj, str(SCRIPTS))


def pending() -> list[str]:
    """Names of the scripts that this database has not seen."""
    return [migration.name for migration in _runner().status() if not migration.applied]


def upgrade() -> list[str]:
    """Run what is pending, in order, each in its own transaction; names of what was run."""
    with _alone():
        names: list[str] = _runner().up()
        return names


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    if is_postgres():
        database.execute_sql("SELECT pg_advisory_lock(%s)", (UPGRADE_LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (UPGRADE_LOCK,))
    else:
        with open(f"{database.obj.database}.upgrade-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
