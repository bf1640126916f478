"""Upgrades: a second one changes nothing, two at once both succeed, and a wrong setting stops the start."""

import os
import pathlib
import subprocess
import sys

import pytest
from click.testing import CliRunner

from api.cli.upgrade import upgrade as command
from api.database import upgrade
from api.database.connection import connect_to, database
from api.database.models import TABLES
from api.database.statements import select_rows
from tests.conftest import Databases

ROOT = pathlib.Path(__file__).parents[2]


def process(databases: Databases, url: str, *words: str, **more: str) -> "subprocess.Popen[str]":
    """Run `flask …`, as `make run` does."""
    ours = {"COUNTERCLAIM_DATABASE_URL": url, "COUNTERCLAIM_SECRET_FILE": str(databases.folder / "secret"), **more}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env={**os.environ, **ours},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_upgrading_twice_does_nothing_the_second_time(databases: Databases, engine: str) -> None:
    connect_to(databases.new(engine))
    with database.connection_context():
        pending = upgrade.pending_scripts()
        assert upgrade.upgrade() == pending
        assert pending and upgrade.pending_scripts() == []
        assert upgrade.upgrade() == []
        assert {table._meta.table_name for table in TABLES} <= set(database.get_tables())


def test_the_command_says_what_it_did(databases: Databases, engine: str) -> None:
    connect_to(databases.new(engine))
    first, second = (CliRunner().invoke(command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("Upgraded: 0001")
    assert second.output == "The database is up to date.\n"


def test_two_processes_at_once_both_succeed(databases: Databases, engine: str) -> None:
    url = databases.new(engine)
    running = [process(databases, url, "upgrade") for _ in range(2)]
    told = [started.communicate(timeout=60) for started in running]
    assert [started.returncode for started in running] == [0, 0], told
    assert sorted(out.partition(":")[0] for out, _ in told) == ["The database is up to date.\n", "Upgraded"]


def test_the_lock_of_an_upgrade_ends_with_the_transaction(databases: Databases) -> None:
    """Behind PgBouncer in transaction mode a session lock stays, and the next upgrade waits for ever."""
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    connect_to(databases.new("postgres"))
    with database.connection_context(), upgrade.lock_upgrades():
        assert select_rows(held) == [(1,)]
        database.obj.rollback()
        assert select_rows(held) == [(0,)]


@pytest.mark.parametrize(
    ("name", "value"), [("COUNTERCLAIM_CACHE_SECONDS", "often"), ("COUNTERCLAIM_DATABASE", "x")], ids=["value", "name"]
)
def test_a_bad_setting_stops_the_start_and_is_named(databases: Databases, name: str, value: str) -> None:
    started = process(databases, databases.new("sqlite"), "upgrade", **{name: value})
    _, told = started.communicate(timeout=60)
    assert started.returncode != 0
    assert name in told and "Traceback" not in told
