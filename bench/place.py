"""A separate database in a temporary folder, which is deleted at the end."""

import gc
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask import Flask

from api.app import create_app
from api.config import Settings
from api.database import upgrade
from api.database.connection import database


class Place(NamedTuple):
    folder: pathlib.Path
    app: Flask

    @property
    def file(self) -> pathlib.Path:
        return self.folder / "bench.db"

    def keep(self, name: str) -> None:
        """Save a copy of the current state of the database under this name."""
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


def settings(folder: pathlib.Path, seconds: float = 600) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/bench.db",
        secret_file=str(folder / "secret"),
        log_key_file=str(folder / "log-key"),
        statement_seconds=seconds,
    )
