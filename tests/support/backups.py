"""Backups by the command, and all rows of a database."""

import pathlib
import random
from typing import Any, NamedTuple

from click.testing import Result
from flask import Flask

from api.auth import api_keys
from api.database.connection import connect_to, database, handle_of
from api.database.models import Dataset, External
from api.recovery import copy_tables
from api.webhooks.registrations import add_webhook
from api.writes.name_release import add_release
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.editors import Editor, base
from tests.support.worlds import rebound
from wsgi import app as commands


class Backup(NamedTuple):
    """A backup, and the application and database that it is of."""

    app: Flask
    url: str
    file: pathlib.Path
    output: str  # of the command


def run(url: str, *words: Any) -> Result:
    """Run a command on the database at `url`."""
    connect_to(url)
    with commands.app_context():
        return commands.test_cli_runner().invoke(args=list(map(str, words)))


def fill(app: Flask) -> None:
    """Write records of every kind, with a past, and rows that the log does not have."""
    worlds.write(base())
    editor = Editor(app, random.Random(7))
    editor.add_dataset(4)
    for _ in range(40):
        editor.act()
    rebound(app)
    with database.connection_context():
        add_webhook(
            api_keys.create("A reader", ["webhook"], None).split("_")[1], "https://news.example/", "/v1/claims", 0
        )
        add_release("2020-1", 2, "The first.", "0" * 64)
        facts = {name: "x" for name in ("title", "publisher", "licence", "citation", "release")}
        Dataset.insert(slug="ours", imported_at="2026-11-30T10:00:00Z", **facts).execute()
        External.insert(record_type="claims", slug="c00001", dataset="ours", digest="0" * 64).execute()
    with commands.app_context():
        words = ["redact", "events/clash", "name", "--reason", "A person", "--yes"]
        answer = commands.test_cli_runner().invoke(args=words)
    assert answer.exit_code == 0, answer.output


def make_backup(databases: Databases, engine: str, folder: pathlib.Path) -> Backup:
    """Return the backup of a database that has rows of every kind."""
    url, file = databases.upgraded(engine), folder / "backup.db"
    app = make_app(url, databases.folder)
    fill(app)
    answer = run(url, "backup", file)
    assert answer.exit_code == 0, answer.output
    assert [path.name for path in folder.iterdir()] == ["backup.db"]
    return Backup(app, url, file, answer.output)


def read_tables(url: str) -> dict[str, list[Any]]:
    """Return all rows of all tables, with their internal keys, in the order of their texts."""
    handle: Any = handle_of(url)
    with handle.connection_context():
        return {
            table: sorted(map(list, handle.execute_sql(f"SELECT {list_columns(handle, table)} FROM {table}")), key=repr)
            for table in copy_tables.list_tables(handle)
        }


def list_columns(handle: Any, table: str) -> str:
    return ", ".join(sorted(f'"{column.name}"' for column in handle.get_columns(table)))
