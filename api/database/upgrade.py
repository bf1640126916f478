"""Run the migrations of a database, one process at a time."""

import contextlib
import fcntl
import pathlib
from collections.abc import Iterator

from playhouse.migrations import Runner

from api.database.connection import database, is_postgres

SCRIPTS = pathlib.Path(__file__).parent / "migrations"
USE_THAT_VERSION = "Use that version, or restore a backup that this one made."
UPGRADE_LOCK = 0x557067  # "Upg": PostgreSQL's advisory lock for upgrades


def _migration_runner() -> Runner:
    return Runner(database.obj, str(SCRIPTS))


def pending_scripts() -> list[str]:
    """Return the names of the migrations that this database still needs."""
    return [migration.name for migration in _migration_runner().status() if not migration.applied]


def newer_scripts() -> list[str]:
    """Return the names of the migrations that a newer version ran in this database."""
    return [
        migration.name for migration in _migration_runner().status() if migration.applied and migration.path is None
    ]


def explain_newer_scripts() -> str:
    """Say that the tables are newer than this version; empty if they are not."""
    newer = newer_scripts()
    return f"A newer version upgraded the tables ({', '.join(newer)}). {USE_THAT_VERSION}" if newer else ""


def explain_other_tables() -> str:
    """Say why the tables are not those of this version: none, older or newer; empty if they are."""
    status = _migration_runner().status()
    if not any(migration.applied for migration in status):
        return "The database has no tables. Run `flask upgrade`."
    if pending := [migration.name for migration in status if not migration.applied]:
        return f"Run `flask upgrade`. It has to run {', '.join(pending)}."
    return explain_newer_scripts()


def upgrade() -> list[str]:
    """Run the pending migrations in order, and return their names.

    Each has its own transaction; on PostgreSQL one transaction has all of them.
    """
    with lock_upgrades():
        names: list[str] = _migration_runner().up()
        return names


@contextlib.contextmanager
def lock_upgrades() -> Iterator[None]:
    """Keep other processes from upgrading this database."""
    if is_postgres():
        # The lock ends with the transaction: behind PgBouncer the next statement may run in another session.
        with database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (UPGRADE_LOCK,))
            yield
    else:
        with open(f"{database.obj.database}.upgrade-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
