"""A PostgreSQL with several databases, for benches that write into copies of one."""

import pathlib
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.database import upgrade
from api.database.connection import database, handle_of, use_database
from bench.clock import cpu_of_backends
from bench.place import start_postgres

SETTLING = 0.2  # seconds: a session ends a moment after its connection


class Postgres:
    """A server in a temporary folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.server = start_postgres(folder / "data")
        self.process = self.server.get_postmaster_info().process

    def run(self, sql: str) -> None:
        import psycopg

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
        time.sleep(SETTLING)
        return cpu_of_backends(self.process.pid)

    def close(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        self.server.cleanup()


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-postgres-"))
    folder.chmod(0o755)  # under root, PostgreSQL runs as another user
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
