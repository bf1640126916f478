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
    """Run what is pending, in order, each in its own transaction (PostgreSQL: all in one); names of what was run."""
    with alone():
        names: list[str] = _runner().up()
        return names


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """No other process upgrades this database meanwhile."""
    if is_postgres():
        # Ends with the transaction: behind PgBouncer the next statement may be another session's.
        with database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (UPGRADE_LOCK,))
            yield
    else:
        with open(f"{database.obj.database}.upgrade-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
