"""Commands on a database without the newest tables, as a new user types them."""

import os
import pathlib
import subprocess
import sys

import pytest
from flask import Flask

from api.cli.keys import keys_group
from api.cli.require_upgrade import when_upgraded
from api.database import write_waits
from api.database.connection import connect_to, database, handle_of
from tests.conftest import Databases
from wsgi import app

COMMANDS = (
    "seed", "import README.md", "export out.zip", "duplicates", "duplicates confirm a b", "image",
    "keys create ann", "keys list", "redact claims/a note --reason why --yes", "release create one", "log verify",
    "log publish out", "backup out.db", "mirror --from http://127.0.0.1:9 --once", "webhooks list",
)  # fmt: skip


def typed(words: str, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words.split()]
    environment = os.environ | {"COUNTERCLAIM_DATABASE_URL": url}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def new_database(databases: Databases, engine: str) -> str:
    """Return the address of a database without tables. SQLite: an empty file."""
    url = databases.new(engine)
    if engine == "sqlite":
        pathlib.Path(url.removeprefix("sqlite:///")).touch()
    return url


def test_a_database_without_tables_is_told_how_to_get_them(databases: Databases) -> None:
    told = typed("keys create ann", new_database(databases, "sqlite"))
    assert told.returncode == 1
    assert told.stderr.startswith("Error: The tables of the database are out of date (0001_nouns, 0002_tallies, ")
    assert told.stderr.endswith("). Run `flask upgrade`, then run this command again.\n")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_that_asks_the_database_looks_first(databases: Databases, engine: str, words: str) -> None:
    connect_to(new_database(databases, engine))
    told = app.test_cli_runner().invoke(args=words.split())
    assert told.exit_code == 1 and "Run `flask upgrade`, then run this command again." in told.output, told.output


@pytest.mark.parametrize("words", COMMANDS)
def test_no_command_makes_a_database_at_a_misspelt_path(tmp_path: pathlib.Path, words: str) -> None:
    file = tmp_path / "misspelt.db"
    connect_to(f"sqlite:///{file}")
    told = app.test_cli_runner().invoke(args=words.split())
    assert told.exit_code == 1
    assert told.output == (
        f"Error: There is no database {file}. Nothing was made. Correct COUNTERCLAIM_DATABASE_URL, or run "
        "`flask upgrade` for a new one.\n"
    )
    assert list(tmp_path.iterdir()) == []
    folder = tmp_path / "no folder"
    connect_to(f"sqlite:///{folder}/misspelt.db")
    assert f"There is no database {folder}" in app.test_cli_runner().invoke(args=words.split()).output


def test_older_tables_are_named(empty: Flask) -> None:
    with database.connection_context():
        database.execute_sql("DELETE FROM schema_migration WHERE name = '0009_tallies_anew'")
    told = app.test_cli_runner().invoke(args=["keys", "list"])
    assert "(0009_tallies_anew)" in told.output


@pytest.mark.parametrize("words", [*COMMANDS, "upgrade"])
def test_no_command_uses_the_tables_of_a_newer_version(databases: Databases, engine: str, words: str) -> None:
    """It may keep facts that this version does not know, and would lose."""
    connect_to(databases.upgraded(engine))
    with database.connection_context():
        database.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')"
        )
    told = app.test_cli_runner().invoke(args=words.split())
    assert told.exit_code == 1
    assert told.output == (
        "Error: A newer version upgraded the tables (9999_later). Use that version, or restore a backup that this one "
        "made.\n"
    )


def test_what_needs_no_database_works_without_one(databases: Databases) -> None:
    assert typed("log key", databases.new("sqlite")).returncode == 0
    assert typed("log key --if-new", databases.new("sqlite")).returncode == 0
    assert typed("keys create --help", "postgresql://127.0.0.1:9/none").returncode == 0


CLAIMS = (
    "id,conflict_id,conflict_name,claimant_id,claimant_name,sources_id,sources_name,sources_url,harm,measure,"
    "qualifier,value\none,war,The war,desk,The desk,wire,Wire,,killed,cumulative,exact,3\n"
)
FILES = {
    "toll.csv": "Date,Place,Killed\n2021-05-13,Northford,12\n",
    "tagged.csv": "Date,Killed\n#date,#affected+killed\n2021-05-13,12\n",
    "claims.csv": CLAIMS,
    "sides.csv": "id,name\nred,Red\n",
}
WITHOUT_DATABASE = (
    ("toll.csv --draft", "killed"),
    ("toll.csv --output drafted.yaml", "Wrote drafted.yaml."),
    ("toll.csv --explain 2", "Give --mapping."),
    ("tagged.csv --explain 3 --set conflict=war --set claimant=desk --set measure=period", "Claim:"),
    ("sides.csv --explain 2 --mapping plain", "Side:"),
    ("claims.csv --explain 2 --mapping plain-claims", "Claimant:\n  id: 'desk'"),
)  # fmt: skip


@pytest.mark.parametrize(("words", "shown"), WITHOUT_DATABASE)
def test_a_draft_and_an_explanation_need_no_database(
    databases: Databases, tmp_path: pathlib.Path, words: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    connect_to(f"sqlite:///{tmp_path}/misspelt.db")
    output = app.test_cli_runner().invoke(args=["import", *words.split()]).output
    assert shown in output and "database" not in output.replace("no database", ""), output
    assert not (tmp_path / "misspelt.db").exists()
    connect_to(new_database(databases, "sqlite"))
    (tmp_path / "drafted.yaml").unlink(missing_ok=True)
    assert app.test_cli_runner().invoke(args=["import", *words.split()]).output == output


def test_an_explanation_needs_no_server_of_the_database(tmp_path: pathlib.Path) -> None:
    (tmp_path / "claims.csv").write_text(CLAIMS)
    command = f"import {tmp_path}/claims.csv --mapping plain-claims --explain 2"
    told = typed(command, "postgresql://127.0.0.1:9/none")
    assert told.returncode == 0 and "Claimant:" in told.stdout, told.stderr


@pytest.mark.parametrize("words", ["keys list", "upgrade"])
def test_a_database_that_does_not_answer_is_told(words: str) -> None:
    told = typed(words, "postgresql://127.0.0.1:9/none")
    assert told.returncode == 1 and told.stderr.startswith("Error: The database does not answer: ")
    assert "Traceback" not in told.stderr


def test_a_file_that_is_no_database_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "text.db").write_text("No database, but a text. " * 100)
    told = typed("upgrade", f"sqlite:///{tmp_path}/text.db")
    assert told.stderr.startswith("Error: The database does not answer: ") and "not a database" in told.stderr


@pytest.mark.parametrize("words", ["seed", "keys create ann"])
def test_another_writer_is_told_where_he_takes_too_long(
    databases: Databases, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite allows one writer; PostgreSQL makes the second writer wait."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    database.obj.timeout = 0
    monkeypatch.setattr(write_waits._setting, "seconds", 1)
    other = handle_of(url)
    with other.connection_context(), other.atomic():
        told = app.test_cli_runner().invoke(args=words.split())
    assert told.exit_code == 1
    assert told.output.endswith("Error: Another process is writing to the database. Try again.\n")


def test_the_command_itself_stays_as_it_is() -> None:
    assert when_upgraded(keys_group) is not keys_group
