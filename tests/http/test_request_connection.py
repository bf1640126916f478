"""A thread reuses its connection to an SQLite file between requests, while the file is the same."""

import os
import pathlib
import shutil

from flask import Flask

from api.database.connection import database, is_postgres
from tests.conftest import Databases, make_app
from tests.support import worlds


def test_the_next_request_has_the_connection_of_the_last(empty: Flask) -> None:
    client, handle = empty.test_client(), database.obj
    client.get("/v1/claims")
    assert handle.is_closed() == is_postgres()
    kept = handle._state.conn
    client.get("/v1/claims")
    assert handle._state.conn is kept


def test_a_file_that_takes_the_place_of_the_database_is_read(databases: Databases, tmp_path: pathlib.Path) -> None:
    """After the restore of a backup the old connection points to a deleted file."""
    other = databases.upgraded("sqlite").removeprefix("sqlite:///")
    app = make_app(f"sqlite:///{tmp_path}/claims.db", tmp_path)
    worlds.write({"sides": [{"id": "older", "name": "Older"}]})
    assert app.test_client().get("/v1/sides").json["meta"]["total"] == 1
    shutil.copyfile(other, tmp_path / "restored.db")
    for ending in ("-wal", "-shm"):
        (tmp_path / f"claims.db{ending}").unlink(missing_ok=True)
    os.replace(tmp_path / "restored.db", tmp_path / "claims.db")
    assert app.test_client().get("/v1/sides").json["meta"]["total"] == 0


def test_a_request_that_failed_leaves_no_connection(empty: Flask) -> None:
    @empty.get("/failing")
    def fail() -> str:
        raise RuntimeError("A test.")

    empty.test_client().get("/v1/claims")
    assert empty.test_client().get("/failing").status_code == 500
    assert database.obj.is_closed()
