"""A database without the tables of this version is unavailable, and the answer names the command that makes them."""

import pathlib

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from api.database import upgrade
from api.database.connection import database, is_postgres
from tests.conftest import Databases, make_app

READS = ("/v1/claims", "/v1/claims.csv", "/v1/statistics/casualties", "/v1/changes", "/v1/log/checkpoint")
NO_TABLES = "The database has no tables. Run `flask upgrade`."


@pytest.fixture
def bare(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Flask:
    """Return an application whose database exists and was never upgraded."""
    url = databases.new(engine)
    app = create_app(Settings(database_url=url, secret_file=str(tmp_path / "secret"), log_key_file=str(tmp_path / "k")))
    with database.connection_context():
        database.execute_sql("SELECT 1")  # SQLite makes its file
    return app


def find_details(app: Flask) -> dict[str, tuple[int, str]]:
    client = app.test_client()
    answers = {path: client.get(path, buffered=True) for path in READS}
    answers["POST"] = client.post("/v1/claims", json={}, headers={"Authorization": "Bearer cst_x"}, buffered=True)
    assert all(answer.headers["Retry-After"] for answer in answers.values() if answer.status_code == 503)
    return {path: (answer.status_code, (answer.json or {}).get("detail", "")) for path, answer in answers.items()}


def test_a_database_that_was_never_upgraded_names_the_command(bare: Flask) -> None:
    assert find_details(bare) == dict.fromkeys([*READS, "POST"], (503, NO_TABLES))
    page = bare.test_client().get("/claims/x", headers={"Accept": "text/html"}, buffered=True)
    assert (page.status_code, NO_TABLES.split(". ")[0] in page.text) == (503, True)
    state = bare.test_client().get("/readyz", buffered=True)
    assert (state.status_code, (state.json or {})["detail"]) == (503, NO_TABLES)
    with database.connection_context():
        upgrade.upgrade()
    assert bare.test_client().get("/v1/claims", buffered=True).status_code == 200  # without a restart


def test_older_tables_name_the_command(databases: Databases, engine: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        newest = database.execute_sql("SELECT MAX(name) FROM schema_migration").fetchone()[0]
        database.execute_sql("DELETE FROM schema_migration WHERE name = " + ("%s" if is_postgres() else "?"), (newest,))
        database.execute_sql("ALTER TABLE claim RENAME TO claims_of_before")
    answer = app.test_client().get("/v1/claims", buffered=True)
    assert (answer.status_code, (answer.json or {})["detail"]) == (503, f"Run `flask upgrade`. It has to run {newest}.")


def test_a_table_that_this_version_lacks_is_a_fault_of_ours(databases: Databases, engine: str) -> None:
    """No migration makes the table, so that no operator can help."""
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        database.execute_sql("ALTER TABLE claim RENAME TO claims_of_before")
    answer = FlaskClient(app).get("/v1/claims", buffered=True)  # the contract has no 500
    assert (answer.status_code, (answer.json or {})["type"].rsplit("/", 1)[1]) == (500, "internal-error")


def test_a_file_that_is_missing_is_said_to_be_missing(databases: Databases, tmp_path: pathlib.Path) -> None:
    app = make_app(databases.upgraded("sqlite"), databases.folder)
    pathlib.Path(database.obj.database).unlink()
    missing = "The database file is missing. Put it back, or run `flask upgrade` for a new one."
    assert find_details(app) == dict.fromkeys([*READS, "POST"], (503, missing))
