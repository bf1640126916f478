"""/readyz names each part of the server that is not in order, and what to do, on both engines."""

import os
import pathlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask

from api.app import create_app
from api.config import Settings
from api.database import clock, upgrade
from api.database.connection import connect_to, database, is_postgres
from api.evidence import newest_file
from api.web.server_parts import PARTS
from tests.conftest import Databases, make_app
from tests.support import worlds

NOBODY = 65_534  # a user without any right


def read_state(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/readyz", buffered=True)
    state: dict[str, Any] = answer.json
    return state | {"code": answer.status_code}


def list_obstacles(app: Flask) -> dict[str, str]:
    state = read_state(app)
    obstacles = {name: text for name, text in state["parts"].items() if text != "ok"}
    assert (state["code"], state["status"]) == (200, "limited" if obstacles else "ready")
    assert state["warnings"] == list(obstacles.values())
    return obstacles


@pytest.fixture
def world(empty: Flask, tmp_path: pathlib.Path) -> Flask:
    """Return an application with records, and a key of its own for the log."""
    empty.config["LOG_KEY_FILE"] = str(tmp_path / "log-key")
    worlds.write(worlds.SMALL)
    assert empty.test_client().get("/v1/log/checkpoint").status_code == 200
    return empty


def test_every_part_is_named(world: Flask, engine: str) -> None:
    state = read_state(world)
    assert (state["code"], state["status"], state["warnings"]) == (200, "ready", [])
    assert state["parts"] == dict.fromkeys(PARTS, "ok")
    assert state["database"].startswith({"sqlite": "SQLite 3.", "postgres": "PostgreSQL "}[engine])


def test_a_read_only_database_is_named_and_reads_go_on(world: Flask, engine: str) -> None:
    if is_postgres():
        database.obj.connect_params["options"] = "-c default_transaction_read_only=on"
        database.obj.close()
        reason = "default_transaction_read_only is on."
    else:
        with database.connection_context():
            database.obj.pragma("query_only", 1, permanent=True)
        reason = "its connection is."
    assert list_obstacles(world) == {"writing": f"The database is read-only: {reason}"}
    assert world.test_client().get("/v1/claims").status_code == 200


@contextmanager
def without_rights() -> Iterator[None]:
    """Act as a user without rights: root may write everywhere."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_file_of_sqlite_that_may_not_be_written_is_named(databases: Databases, place: str) -> None:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-readyz-"))
    file = folder / "claims.db"
    app = make_app(f"sqlite:///{file}", databases.folder)
    app.config["LOG_KEY_FILE"] = str(folder / "log-key")
    assert app.test_client().get("/v1/log/checkpoint").status_code == 200
    folder.chmod(0o777)
    for path in folder.iterdir():
        path.chmod(0o666)
    (file if place == "file" else folder).chmod(0o555 if place == "folder" else 0o444)
    path = file if place == "file" else folder
    with without_rights():
        obstacles = list_obstacles(app)
    assert obstacles == {"writing": f"The database is read-only: this process may not write to the {place} {path}."}
    database.obj.close()


def test_a_role_that_may_only_read_is_named(databases: Databases, tmp_path: pathlib.Path) -> None:
    url = databases.upgraded("postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS only_reads")
        connection.execute("CREATE ROLE only_reads LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads")
    as_reader = url.replace("://postgres", "://only_reads", 1)
    assert as_reader != url
    app = create_app(Settings(database_url=as_reader, secret_file=str(tmp_path / "secret")))
    assert list_obstacles(app) == {
        "writing": "The database role only_reads may only read. Connect as a role that may write."
    }
    database.obj.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY only_reads")
        connection.execute("DROP ROLE only_reads")


def test_a_disk_that_is_nearly_full_is_named(databases: Databases, engine: str) -> None:
    most = 1_048_576  # MB: no disk of a test has so much
    app = make_app(databases.upgraded(engine), databases.folder, least_free_mb=most)
    obstacles = list_obstacles(app)
    assert obstacles.keys() == {"disk"}
    assert obstacles["disk"].startswith(f"The disk of the {'database' if engine == 'sqlite' else 'image'} has ")
    assert obstacles["disk"].endswith(f" MB left, less than {most} MB. Make room.")


def test_a_clock_that_was_set_back_is_named(world: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "utc_now", lambda: "2020-01-01T00:00:00Z")
    obstacles = list_obstacles(world)
    assert obstacles.keys() == {"clock"} and "is behind revision 1" in obstacles["clock"]


def test_an_image_that_is_too_old_is_named(world: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest_file, "MOST_OVERLAY", 5)
    claims = len(worlds.SMALL["claims"])
    text = f"The image for statistics is missing, and {claims} changes are not in it. Run `flask image`."
    assert list_obstacles(world) == {"image": text}


def test_migrations_that_are_missing_are_named(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    url = databases.new(engine)
    if engine == "sqlite":
        pathlib.Path(url.removeprefix("sqlite:///")).touch()  # a missing file is another obstacle
    app = create_app(Settings(database_url=url, secret_file=str(tmp_path / "secret")))
    state = read_state(app)
    assert (state["code"], state["errors"][0]["name"]) == (503, "migrations")
    assert state["detail"] == "The database has no tables. Run `flask upgrade`."
    connect_to(url)
    with database.connection_context():
        upgrade.upgrade()
    assert read_state(app)["code"] == 200


def test_tables_of_a_newer_version_are_named(world: Flask) -> None:
    with database.connection_context():
        database.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    state = read_state(world)
    assert (state["code"], state["errors"][0]["name"]) == (503, "migrations")
    assert state["detail"].startswith("A newer version upgraded the tables (9999_later). Use that version")


def test_a_database_that_does_not_answer_is_named(tmp_path: pathlib.Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    state = read_state(create_app(Settings(database_url=url, secret_file=str(tmp_path / "secret"))))
    assert (state["code"], state["detail"]) == (503, "The database does not answer.")
    assert state["errors"] == [{"in": "server", "name": "database", "message": "The database does not answer."}]


def test_a_missing_key_of_the_log_is_named(world: Flask) -> None:
    file = pathlib.Path(world.config["LOG_KEY_FILE"])
    file.rename(file.with_name("moved"))
    obstacles = list_obstacles(world)
    assert obstacles.keys() == {"log_key"}
    assert obstacles["log_key"].startswith(f"The key of the change log is missing: {file}. Restore it from a backup")
    file.with_name("moved").rename(file)
    assert list_obstacles(world) == {}


def test_a_new_database_needs_no_key_yet(empty: Flask, tmp_path: pathlib.Path) -> None:
    empty.config["LOG_KEY_FILE"] = str(tmp_path / "none")
    assert list_obstacles(empty) == {}
