"""A disk that is full or read-only: the message says so, nothing is written in part, and reads still work."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import connect_to, database, is_postgres
from api.database.statements import select_rows
from tests.conftest import Databases
from tests.support import worlds
from wsgi import app as commands

FULL = "The disk of the database is full."
# The tests cannot fill the disk of PostgreSQL, so a trigger raises the error of a full disk.
ON_POSTGRES = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION full_disk();
"""
ROOMY = 1_000_000_000


@contextmanager
def full() -> Iterator[None]:
    """Make the disk full inside the `with` block: SQLite gets no new page."""
    with database.connection_context():
        if is_postgres():
            database.execute_sql(ON_POSTGRES)
        else:
            database.execute_sql("VACUUM")  # or the pages of removed tables are free
            database.obj.pragma("max_page_count", 1, permanent=True)  # SQLite raises it to the pages in use
    yield
    with database.connection_context():
        if is_postgres():
            database.execute_sql("DROP TRIGGER full_disk ON change; DROP FUNCTION full_disk()")
        else:
            database.obj.pragma("max_page_count", ROOMY, permanent=True)


@pytest.fixture
def app(empty: Flask) -> Flask:
    worlds.write(worlds.SMALL)
    with database.connection_context():
        empty.config["KEY"] = api_keys.create("An editor", ["write"], None)
    return empty


def post(app: Flask, name: str) -> TestResponse:
    many = [{"publisher": f"{name} {n}", "note": "A long note. " * 100} for n in range(100)]
    headers = {"Authorization": f"Bearer {app.config['KEY']}", "Idempotency-Key": name}
    return app.test_client().post("/v1/sources?reason=Entered", json=many, headers=headers, buffered=True)


def held() -> tuple[Any, ...]:
    with database.connection_context():
        audit.verify()
        return tuple(select_rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("revision", "change", "source"))


def test_a_write_on_a_full_disk_is_told_and_leaves_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    before = held()
    with full():
        answer = post(app, "first")
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (507, True), answer.text
        assert (answer.json["type"].rsplit("/", 1)[1], answer.json["detail"]) == ("storage-full", FULL)
        assert answer.json["request_id"] in caplog.text and "rollback" not in caplog.text
        assert app.test_client().get("/v1/claims").status_code == 200
        assert held() == before
    assert post(app, "first").status_code == 201  # the same request, when there is space again
    assert held()[2] == before[2] + 100


def test_where_no_file_can_be_made_beside_sqlite_the_disk_is_full(
    app: Flask, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "postgres":
        pytest.skip("PostgreSQL locks without files")

    def no_space(path: str, *_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28), path)

    monkeypatch.setattr("api.auth.idempotency.open", no_space, raising=False)
    assert post(app, "first").json["detail"] == FULL


@pytest.mark.parametrize(
    "words",
    ["seed", "import docs/editors/example/toll.csv --mapping docs/editors/example/toll.yaml --report {folder}/report"],
)
def test_a_command_on_a_full_disk_ends_in_words(app: Flask, tmp_path: pathlib.Path, words: str) -> None:
    before = held()
    with full():
        told = commands.test_cli_runner().invoke(args=words.format(folder=tmp_path).split())
    assert (told.exit_code, told.output.splitlines()[-1].removeprefix("Error: ")) == (1, FULL), told.output
    assert held() == before


def test_a_file_that_may_grow_no_further_is_told(databases: Databases) -> None:
    url = databases.upgraded("sqlite")
    limited = f"ulimit -f 500; exec {sys.executable} -m flask --app wsgi seed"
    environment = os.environ | {"COUNTERCLAIM_DATABASE_URL": url}
    told = subprocess.run(["bash", "-c", limited], env=environment, capture_output=True, text=True, check=False)
    assert told.stderr.splitlines() == [
        "Error: The disk of the database refuses to write, because of a quota, a limit or a fault."
    ]
    connect_to(url)
    assert held() == (0, 0, 0)


def test_a_database_that_can_only_be_read_is_told_as_that(app: Flask) -> None:
    """Examples: a PostgreSQL replica, or a file that belongs to another user."""
    if is_postgres():
        database.obj.connect_params["options"] = "-c default_transaction_read_only=on"
    else:
        with database.connection_context():
            database.obj.pragma("query_only", 1, permanent=True)
    answer = post(app, "first")
    assert (answer.status_code, answer.json["detail"]) == (503, "The database is read-only.")
    told = commands.test_cli_runner().invoke(args=["seed"])
    assert told.output == "Error: The database is read-only.\n"
    assert app.test_client().get("/v1/claims").status_code == 200
