"""Whether this server can do its work, part by part. Each part that cannot says why, and what to do."""

import datetime
import os
import pathlib
import shutil
from collections.abc import Callable
from typing import NamedTuple

import peewee
from flask import current_app

from api.change_log.mirrored_origin import read_following, read_origin
from api.database import clock, upgrade
from api.database.connection import database, is_postgres
from api.database.failures import MISSING_FILE
from api.database.read_replica import has_replica, open_for_reading, open_primary, reads_from_replica, use_replica
from api.database.role_rights import find_missing_right
from api.database.statements import select_rows
from api.evidence import newest_file

MEGABYTE = 1_048_576
MOST_BEHIND = datetime.timedelta(minutes=15)  # `flask mirror` asks at least every 10 minutes
MOST_REPLAY = datetime.timedelta(minutes=5)  # until a replica must show what the primary has
REPLICA_AWAY = "The read replica cannot be reached. The primary answers its reads."


class Part(NamedTuple):
    """A part of the server. `obstacle`: what is wrong and what to do; empty if it is in order."""

    name: str
    obstacle: str


class Readiness(NamedTuple):
    """All parts that were examined, and the name of the database. Where `is_down`, nothing can be answered."""

    parts: list[Part]
    database: str
    is_down: bool

    @property
    def obstacles(self) -> list[Part]:
        return [part for part in self.parts if part.obstacle]


def examine_server() -> Readiness:
    """Examine every part. Where the database does not answer, the parts that need it are left out."""
    disk = Part("disk", _find_full_disk())
    try:
        _open_database()
        name = _name_database()
    except peewee.PeeweeException:
        return Readiness([Part("database", _describe_lost_database()), disk], "", True)
    if missing := _find_missing_right("SELECT"):
        return Readiness([Part("database", missing), disk], name, True)
    if migrations := upgrade.explain_other_tables():
        return Readiness([Part("database", ""), Part("migrations", migrations), disk], name, True)
    parts = [Part("database", ""), Part("migrations", ""), disk]
    return Readiness([*parts, *(Part(name, find()) for name, find in CHECKS.items())], name, False)


def _describe_lost_database() -> str:
    if is_postgres() or os.path.exists(database.obj.database):
        return "The database does not answer."
    return MISSING_FILE


def _open_database() -> None:
    """Open the database. Where it does not answer, open its read replica, which can still answer readers."""
    try:
        open_primary(database.obj)
    except peewee.OperationalError:
        open_for_reading(database.obj)


def _name_database() -> str:
    version: str = select_rows("SELECT version()" if is_postgres() else "SELECT sqlite_version()")[0][0]
    return version.partition(" on ")[0] if is_postgres() else f"SQLite {version}"


def _find_write_obstacle() -> str:
    """Return why nothing can be written. It takes no lock: another writer is no obstacle."""
    return _find_refusal_of_postgres() if is_postgres() else _find_refusal_of_sqlite()


def _find_refusal_of_postgres() -> str:
    ((recovering, read_only, may_write, user),) = select_rows(
        "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', "
        "has_table_privilege('change', 'INSERT'), current_user"
    )
    if recovering and reads_from_replica(database.obj):
        return "The primary database does not answer, so that nothing can be written. Its read replica answers reads."
    if recovering:
        return "The database is a replica in recovery, which is read-only. Write to its primary."
    if read_only:
        return "The database is read-only: default_transaction_read_only is on."
    if not may_write:
        return f"The database role {user} may only read. Connect as a role that may write."
    return _find_missing_right("INSERT")


def _find_missing_right(right: str) -> str:
    """Say which tables of PostgreSQL this role may not read (`SELECT`) or add to (`INSERT`). Empty: none."""
    missing = find_missing_right(right) if is_postgres() else None
    if missing is None:
        return ""
    words = "read" if right == "SELECT" else "write to"
    tables = ", ".join(missing.tables)
    return f"The database role {missing.role} may not {words} {tables}. Run deploy/roles.sql, as after each upgrade."


def _find_refusal_of_sqlite() -> str:
    file = pathlib.Path(str(database.obj.database)).absolute()
    for path, name in ((file, "file"), (file.parent, "folder")):
        if not os.access(path, os.W_OK, effective_ids=True):
            return f"The database is read-only: this process may not write to the {name} {path}."
    return "The database is read-only: its connection is." if select_rows("PRAGMA query_only")[0][0] else ""


def _find_full_disk() -> str:
    least = current_app.config["LEAST_FREE_MB"]
    for name, free in measure_disks().items():
        if free < least * MEGABYTE:
            return f"The disk of the {name} has {free // MEGABYTE} MB left, less than {least} MB. Make room."
    return ""


def measure_disks() -> dict[str, int]:
    """Return the free bytes on the disks of the `database` (only SQLite) and of the `image`."""
    folders = {"image": newest_file.find_folder()}
    if not is_postgres():
        folders["database"] = pathlib.Path(str(database.obj.database)).absolute().parent
    return {name: _measure_free(folder) for name, folder in sorted(folders.items())}


def _measure_free(folder: pathlib.Path) -> int:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free


def _find_clock_delay() -> str:
    ahead = clock.revision_ahead_of_clock()
    return clock.describe_delay(ahead) if ahead else ""


def _find_old_image() -> str:
    if not newest_file.is_too_old():
        return ""
    image = newest_file.find_newest_file()
    state = f"is of revision {image.revision}" if image else "is missing"
    changes = newest_file.count_missing()
    return f"The image for statistics {state}, and {changes:,} changes are not in it. Run `flask image`."


def _find_missing_key() -> str:
    """A log without its key goes on under another name, which readers of the log must not find out by accident."""
    file = pathlib.Path(current_app.config["LOG_KEY_FILE"]).absolute()
    if os.path.exists(file) or not count_log_entries() or read_origin():  # a mirror signs nothing
        return ""
    return (
        f"The key of the change log is missing: {file}. Restore it from a backup before anybody asks for a checkpoint, "
        "which would make another key. Of a new log, `flask log key` makes it."
    )


def count_log_entries() -> int:
    return int(select_rows("SELECT COALESCE(MAX(seq), 0) FROM change")[0][0])


def _find_mirror_obstacle() -> str:
    """Return why a mirror does not follow its origin; empty too for a database of its own."""
    following = read_following()
    if following is None:
        return ""
    if following.failure:
        return f"This mirror does not follow {following.url} since {following.checked_at}. {following.failure}"
    if not following.is_complete:
        return f"The first copy of {following.url} has not ended. `flask mirror` must run until it has."
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(following.checked_at)
    if age <= MOST_BEHIND:
        return ""
    minutes = int(age.total_seconds() // 60)
    return (
        f"This mirror had all of {following.url} {minutes:,} minutes ago, at {following.checked_at}, and may be behind "
        "now. Look whether `flask mirror` runs."
    )


def _find_replica_obstacle() -> str:
    """Return what is wrong with the read replica. Without the primary, `writing` is not in order instead."""
    handle = database.obj
    newest = clock.read_newest_revision()
    if not has_replica(handle) or reads_from_replica(handle):
        return ""
    try:
        with use_replica(handle) as is_reached:
            if not is_reached:
                return REPLICA_AWAY
            shown = clock.read_newest_revision()
    except peewee.OperationalError:
        return REPLICA_AWAY
    if newest is None or (shown and shown.number >= newest.number):
        return ""
    if datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(newest.made_at) <= MOST_REPLAY:
        return ""
    return (
        f"The read replica shows revision {shown.number if shown else 0}, and revision {newest.number} is of "
        f"{newest.made_at}. Look whether it receives and replays."
    )


def _find_slow_driver() -> str:
    has_cysqlite = "CySqlite" in "".join(kind.__name__ for kind in type(database.obj).__mro__)
    return "" if is_postgres() or has_cysqlite else "cysqlite is missing: slower, with the rollback journal."


#: The parts that need a database with the newest tables.
CHECKS: dict[str, Callable[[], str]] = {
    "writing": _find_write_obstacle,
    "clock": _find_clock_delay,
    "image": _find_old_image,
    "log_key": _find_missing_key,
    "mirror": _find_mirror_obstacle,
    "replica": _find_replica_obstacle,
    "driver": _find_slow_driver,
}
PARTS = ("database", "migrations", "disk", *CHECKS)
