"""A backup has every row of one state. It is restored into either engine, or refused with the reason."""

import contextlib
import pathlib
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response

from api.change_log import audit
from api.database.connection import database, handle_of, use_database
from api.database.statements import select_rows
from api.history.revisions import current_revision
from api.recovery import compare_databases, copy_tables, rebuild_from_log
from tests.conftest import ENGINES, Databases, make_app
from tests.history.test_past import LISTS, LOGGED, STATISTICS
from tests.support import nasty, worlds
from tests.support.backups import Backup, make_backup, read_tables, run
from tests.support.contract import BufferedClient
from tests.support.editors import Editor
from tests.support.servers import ROOT
from tests.support.worlds import rebound

BEYOND_THE_LOG = ("api_key", "answered", "webhook", "release", "dataset", "external")


@pytest.fixture(scope="module")
def backup(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    return make_backup(databases, engine, tmp_path_factory.mktemp("backup"))


@pytest.mark.parametrize("other", ["same", "other"])
def test_every_row_comes_back_on_either_engine(databases: Databases, backup: Backup, engine: str, other: str) -> None:
    app, url, file, _ = backup
    target = databases.new(engine if other == "same" else ({*ENGINES} - {engine}).pop())
    answer = run(target, "restore", file)
    assert answer.exit_code == 0, answer.output
    first, second = read_tables(url), read_tables(target)
    assert all(first[table] for table in ("claim_version", "change_text", *BEYOND_THE_LOG))
    assert second == first
    again = BufferedClient(make_app(target, databases.folder), Response)
    before = BufferedClient(app, Response)
    for address in (*LISTS, *STATISTICS, *LOGGED, "/v1/releases", "/v1/claims?revision=2", "/v1/events/clash/history"):
        if "xlsx" not in address:
            assert strip_request(again.get(address).data) == strip_request(before.get(address).data), address
    assert again.get("/v1/claims?q=camp").json["meta"]["total"] > 0, "search finds nothing"


def strip_request(body: bytes) -> bytes:
    return re.sub(rb',"request_id":"[0-9a-f]*"', b"", body)


@pytest.mark.parametrize("other", ENGINES)
def test_a_restored_database_is_written_to_as_before(databases: Databases, backup: Backup, other: str) -> None:
    file = backup.file
    target = databases.new(other)
    assert run(target, "restore", file).exit_code == 0
    app = make_app(target, databases.folder)
    with database.connection_context():
        head, revision = audit.verify(), current_revision()
    editor = Editor(app, random.Random(3))
    for _ in range(10):
        editor.act()
    assert 201 in editor.told and not {status for status in editor.told if status >= 500}
    rebound(app)
    with database.connection_context():
        assert audit.verify().size > head.size and current_revision() > revision


def test_the_commands_say_what_is_in_the_backup_and_what_is_not(databases: Databases, backup: Backup) -> None:
    app, url, file, _ = backup
    rebound(app)
    with database.connection_context():
        head, revision = audit.verify(), current_revision()
        ((claims,),) = select_rows("SELECT COUNT(*) FROM claim")
    answer = run(databases.new("sqlite"), "restore", file)
    for output in (backup.output, answer.output):
        assert f"revision {revision} of 20" in output and f" {claims} claims, " in output
        assert f"The log of {head.size} entries verifies.\nCheckpoint: {head.size}, root {head.root.hex()}.\n" in output
        assert "the key of the log (" in output and "the secret (" in output and "the folders of releases" in output
    assert "Run `flask log verify` with saved checkpoints" in answer.output


def test_hard_texts_and_numbers_come_back(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    url = databases.upgraded(engine)
    make_app(url, databases.folder)
    worlds.write(nasty.world())
    assert run(url, "backup", tmp_path / "a.db").exit_code == 0
    for target in map(databases.new, ENGINES):
        assert run(target, "restore", tmp_path / "a.db").exit_code == 0
        assert read_tables(target) == read_tables(url)


def test_every_table_is_copied(databases: Databases, engine: str) -> None:
    """A new table belongs into backups, unless its name says that it is a search index."""
    handle: Any = handle_of(databases.upgraded(engine))
    with handle.connection_context():
        listed = set(copy_tables.list_tables(handle))
        tables = set(handle.get_tables())
    assert {name for name in tables - listed if "_search" not in name} == {"schema_migration"}


# While others write ----------------------------------------------------------------------------------------------

WRITE_SIDES = """
import sys
from api.database.connection import connect_to, database
from api.writes.create import create_records
connect_to(sys.argv[1])
for number in range(100_000):
    with database.connection_context():
        side = {"id": f"side-{number}", "name": f"side {number}", "note": "A note. " * 200}
        create_records({"sides": [side]}, "A test.", "seed")
    print(number, flush=True)
"""


@contextlib.contextmanager
def writing_beside(url: str) -> Iterator[None]:
    """Let another process write small records inside."""
    with subprocess.Popen([sys.executable, "-c", WRITE_SIDES, url], stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout and writer.stdout.readline()
        threading.Thread(target=writer.stdout.read).start()  # or it stops when the pipe is full
        yield
        assert writer.poll() is None, "it still writes"
        writer.kill()


def test_a_backup_made_while_others_write_has_one_state(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    url = databases.upgraded(engine)
    make_app(url, databases.folder)
    worlds.write(worlds.SMALL)
    files = [tmp_path / f"{number}.db" for number in range(3)]
    with writing_beside(url):
        answers = [run(url, "backup", file) for file in files]
    assert [answer.exit_code for answer in answers] == [0] * 3, [answer.output for answer in answers]
    revisions = [assert_one_state(file, databases.upgraded("sqlite")) for file in files]
    assert revisions == sorted(set(revisions)), "each has more than the one before"


def assert_one_state(file: pathlib.Path, empty: str) -> int:
    """Check that all rows are those that the log of the file makes. Return its revision."""
    source, target = handle_of(f"sqlite:///{file}"), handle_of(empty)
    with use_database(source), source.connection_context(), target.connection_context():
        revision = sum(1 for _ in rebuild_from_log.replay_log(source, target))
        rebuild_from_log.complete_rebuild(source, target)
        assert compare_databases.first_difference(source, target) is None
        assert revision == current_revision()
    return revision
