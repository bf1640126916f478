"""deploy/roles.sql: the writer serves and writes but cannot touch the log or its guards; the reader serves reads."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from psycopg.conninfo import conninfo_to_dict

from api.app import create_app
from api.config import Settings
from api.database.connection import database
from tests.conftest import Databases
from tests.support.clients import new_key
from tests.support.servers import ROOT
from tests.test_operator_commands import list_commands
from tests.v1.records.test_bad_inputs import dumped

OWNER, WRITER, READER = "counterclaim_owner", "counterclaim_writer", "counterclaim_reader"


def of_role(url: str, role: str) -> str:
    changed = url.replace("://postgres", f"://{role}", 1)
    assert changed != url
    return changed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("roles")


RUN = """
import json, sys
from wsgi import app
for words in json.loads(sys.argv[1]):
    with app.app_context():
        ran = app.test_cli_runner().invoke(args=words)
    print(ran.output)
    if ran.exit_code:
        sys.exit(f"{words}: {ran.output} {ran.exception!r}")
"""


def run_commands(url: str, folder: pathlib.Path, *commands: list[str]) -> str:
    """Run commands of `flask` in one process. Return their output."""
    settings = {
        "COUNTERCLAIM_DATABASE_URL": url,
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key"),
    }
    command = [sys.executable, "-c", RUN, json.dumps(commands)]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run_client(databases: Databases, command: str, name: str) -> None:
    """Run a command of the page, `createdb` or `psql`, for the database of this name."""
    assert command in list_commands((ROOT / "docs/operators/security.md").read_text())
    program, *words = [name if word == "counterclaim" else word for word in command.split()]
    server = conninfo_to_dict(databases.server.get_uri())
    settings = {"PGHOST": str(server["host"]), "PGUSER": str(server["user"])}
    path = pathlib.Path(databases.server.bin_path) / program
    subprocess.run([path, *words], cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)


@pytest.fixture(scope="module")
def url(databases: Databases, folder: pathlib.Path) -> Iterator[str]:
    """Return a database made by the commands of the page: roles, tables by the owner, roles again; then seeds."""
    name = "counterclaim_of_roles"
    run_client(databases, "createdb counterclaim", name)
    databases.names.append(name)
    url = databases.server.get_uri(database=name)
    for commands in ([["upgrade"]], []):
        run_client(databases, "psql --dbname counterclaim --set ON_ERROR_STOP=1 --file deploy/roles.sql", name)
        run_commands(of_role(url, OWNER), folder, *commands)
    run_commands(of_role(url, WRITER), folder, ["seed"])
    yield url


def open_app(url: str, role: str, folder: pathlib.Path) -> Flask:
    files = {"secret_file": str(folder / "secret"), "log_key_file": str(folder / "log-key")}
    return create_app(Settings(database_url=of_role(url, role), statement_seconds=120, slow_seconds=0.0, **files))


def make_key(url: str, folder: pathlib.Path) -> str:
    open_app(url, WRITER, folder)
    return new_key("admin")


def test_every_command_of_an_editor_runs_as_the_writer(url: str, folder: pathlib.Path) -> None:
    example = "docs/editors/example"
    output = run_commands(
        of_role(url, WRITER),
        folder,
        ["import", f"{example}/toll.csv", "--mapping", f"{example}/toll.yaml", "--report", f"{folder}/report.csv"],
        ["keys", "create", "An editor", "--scope", "write", "--scope", "retract"],
        ["keys", "list"],
        ["redact", "claims/article-2020-09-30-all-killed", "note", "--reason", "A name.", "--yes"],
        ["image", "--force"],
        ["export", f"{folder}/export.zip"],
        ["log", "verify"],
        ["log", "publish", f"{folder}/checkpoint"],
    )
    assert "texts erased: 1" in output and (folder / "checkpoint").exists()


def test_a_server_of_the_writer_adds_and_corrects(url: str, folder: pathlib.Path) -> None:
    key = make_key(url, folder)
    client = open_app(url, WRITER, folder).test_client()
    bearer = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    added = client.post(
        "/v1/sources?reason=Entered",
        data=dumped([{"id": "a-paper", "publisher": "A paper"}]),
        headers=bearer | {"Idempotency-Key": "1"},
    )
    assert added.status_code == 201, added.text
    patch = client.patch(
        "/v1/sources/a-paper?reason=Seen",
        data=dumped({"note": "Seen."}),
        headers=bearer | {"If-Match": client.get("/v1/sources/a-paper").headers["ETag"]},
    )
    assert patch.status_code == 200, patch.text
    assert client.get("/readyz").json["parts"]["writing"] == "ok"
    database.obj.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET who = 'nobody'",
        "DELETE FROM change",
        "TRUNCATE change",
        "UPDATE change_text SET value = 'x'",
        "TRUNCATE change_text",
        "UPDATE revision SET reason = 'x'",
        "DELETE FROM revision",
        "UPDATE schema_migration SET name = 'x'",
        "DROP TRIGGER change_refused ON change",
        "ALTER TABLE change DISABLE TRIGGER ALL",
        "ALTER TABLE claim ADD COLUMN x int",
        "DROP TABLE claim",
        "TRUNCATE claim CASCADE",
        "CREATE TABLE other (x int)",
        "CREATE TEMP TABLE other (x int)",
        "CREATE TRIGGER mine BEFORE INSERT ON change EXECUTE FUNCTION refuse_change()",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER}",
        f"GRANT {OWNER} TO {WRITER}",
        f"ALTER ROLE {WRITER} SUPERUSER",
        f"GRANT UPDATE ON change TO {WRITER}",
        "COPY claim TO '/tmp/claims'",
        "COPY claim FROM PROGRAM 'true'",
    ],
)
@pytest.mark.parametrize("role", [WRITER, READER])
def test_no_server_can_alter_the_log_or_drop_its_guards(url: str, role: str, statement: str) -> None:
    with psycopg.connect(of_role(url, role), autocommit=True, options="-c default_transaction_read_only=off") as held:
        before = held.execute("SELECT count(*), max(hash) FROM change").fetchone()
        if statement.startswith("GRANT UPDATE"):  # PostgreSQL only warns
            held.execute(statement)
            granted = held.execute("SELECT has_table_privilege('change', 'UPDATE')").fetchone()
            assert granted == (False,)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                held.execute(statement)
        assert held.execute("SELECT count(*), max(hash) FROM change").fetchone() == before


def test_every_guarded_table_is_only_added_to(url: str) -> None:
    """A new table with a guard needs its line in roles.sql."""
    sql = """
        SELECT relname, has_table_privilege(%s, pg_class.oid, 'UPDATE')
        FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE proname LIKE 'refuse%%'
    """
    with psycopg.connect(url) as connection:
        guarded = connection.execute(sql, (WRITER,)).fetchall()
    assert {name for name, _ in guarded} >= {"change", "change_text"}
    assert [name for name, may_update in guarded if may_update] == []


def test_a_server_of_the_reader_answers_as_that_of_the_writer(url: str, folder: pathlib.Path) -> None:
    as_writer, as_reader = (open_app(url, role, folder).test_client() for role in (WRITER, READER))
    addresses = [entry["example"].removeprefix("http://127.0.0.1:8000") for entry in as_writer.get("/v1").json["data"]]
    for address in addresses[::8]:
        expected, answer = (client.get(address, buffered=True) for client in (as_writer, as_reader))
        assert answer.status_code == expected.status_code, address
    assert as_reader.get("/v1/claims?limit=500").data == as_writer.get("/v1/claims?limit=500").data
    state = as_reader.get("/readyz").json
    assert (state["status"], state["parts"]["writing"].split(":")[0]) == ("limited", "The database is read-only")
    database.obj.close()


def test_a_write_to_a_server_of_the_reader_is_refused_in_words(url: str, folder: pathlib.Path) -> None:
    key = make_key(url, folder)
    answer = (
        open_app(url, READER, folder)
        .test_client()
        .post(
            "/v1/sources?reason=Entered",
            data=dumped([{"publisher": "A paper"}]),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": "2"},
        )
    )
    assert (answer.status_code, answer.json["detail"]) == (503, "The database is read-only.")
    database.obj.close()


@pytest.mark.parametrize(("table", "right", "part"), [
    ("origin", "SELECT", "database"), ("schema_migration", "SELECT", "database"), ("webhook", "INSERT", "writing"),
])  # fmt: skip
def test_rights_that_were_not_given_after_an_upgrade_are_named(
    url: str, folder: pathlib.Path, table: str, right: str, part: str
) -> None:
    """A new table has no rights before roles.sql runs again."""
    key = make_key(url, folder)
    client = open_app(url, WRITER, folder).test_client()
    body = {"data": dumped([{"publisher": f"Paper of {table}"}])}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": table}
    with psycopg.connect(url, autocommit=True) as owner:
        given = owner.execute(f"SELECT has_table_privilege('{WRITER}', '{table}', 'INSERT')").fetchone()
        owner.execute(f"REVOKE {right} ON {table} FROM {WRITER}")
        try:
            state = client.get("/readyz").json
            answer = client.post("/v1/sources?reason=Entered", headers=headers, **body)
        finally:
            owner.execute(f"GRANT {right} ON {table} TO {WRITER}")
    words = "read" if right == "SELECT" else "write to"
    why = f"The database role {WRITER} may not {words} {table}. Run deploy/roles.sql, as after each upgrade."
    if part == "database":
        assert (state["status"], state["errors"]) == (503, [{"in": "server", "name": part, "message": why}])
    else:
        assert (state["status"], state["parts"][part]) == ("limited", why)
    if table == "origin":  # each write reads it
        assert (answer.status_code, answer.json["detail"]) == (
            503, "The database role lacks a right. Run `flask upgrade` and `flask restore` as the owner of the tables, "
            "and deploy/roles.sql after them.",
        )  # fmt: skip
        assert client.post("/v1/sources?reason=Entered", headers=headers, **body).status_code == 201
    assert given == (table != "schema_migration",)
    database.obj.close()


@pytest.mark.parametrize("command", ["upgrade", "restore"])
def test_what_needs_the_owner_is_refused_to_the_writer_in_words(
    url: str, folder: pathlib.Path, command: str, databases: Databases
) -> None:
    words = [command]
    if command == "restore":
        run_commands(databases.upgraded("sqlite"), folder, ["backup", f"{folder}/empty.db"])
        words.append(f"{folder}/empty.db")
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(f"CREATE SCHEMA empty; GRANT USAGE ON SCHEMA empty TO {WRITER}")
        url = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3Dempty"
    with pytest.raises(AssertionError, match="Run `flask upgrade` and `flask restore` as the owner of the tables"):
        run_commands(of_role(url, WRITER), folder, words)
