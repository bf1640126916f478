"""The image as a file: killed writers, damaged and foreign files, forks, and two processes at once."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.evidence import process
from api.evidence.frame import open_frame
from api.evidence.image import BusyError, lock_folder
from api.writes.update import revise_record
from tests.conftest import Databases
from tests.support.frames import rows_of_frame, rows_of_tables, write_image
from tests.support.worlds import SMALL, made

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def app(databases: Databases, tmp_path: pathlib.Path) -> Iterator[Flask]:
    """Return a database with a folder for images. Each test has new evidence."""
    process._evidence = None
    yield made(databases, "sqlite", SMALL, image_folder=str(tmp_path / "images"))
    process._evidence = None


def is_read_from_image() -> bool:
    with database.connection_context(), open_snapshot(None), open_frame() as frame:
        return "read_parquet" in frame.claims


def check_rows() -> None:
    with database.connection_context():
        assert rows_of_frame() == rows_of_tables()


def test_a_damaged_or_foreign_image_is_not_read_and_is_written_again(app: Flask) -> None:
    path = write_image()
    content = path.read_bytes()
    middle = len(content) // 2
    damaged = [
        b"",
        content[:middle],
        content[:-1],
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        b"PAR1 but nothing else PAR1",
    ]
    for bytes_on_disk in damaged:
        process._evidence = None
        path.write_bytes(bytes_on_disk)
        assert not is_read_from_image()
        check_rows()
    path.unlink()
    path.with_name(path.name.replace(path.name[-20:], "0" * 12 + ".parquet")).write_bytes(content)
    (path.parent / "notes.parquet").write_bytes(content)
    assert not is_read_from_image()
    check_rows()
    again = write_image()
    assert again.exists() and is_read_from_image()
    check_rows()
    assert (path.parent / "notes.parquet").exists()  # foreign files stay


def test_an_image_of_another_record_is_not_read(app: Flask, databases: Databases, tmp_path: pathlib.Path) -> None:
    """Another database with the same name and revision takes its place."""
    path = write_image()
    content, name = path.read_bytes(), path.name
    other = made(databases, "sqlite", {"sides": [{"id": "alone", "name": "Alone"}]}, image_folder=str(tmp_path / "b"))
    assert other
    there = write_image().parent / name
    there.write_bytes(content)
    process._evidence = None
    with database.connection_context():
        assert rows_of_frame() == {} == rows_of_tables()


def test_a_database_that_is_restored_under_a_running_process_is_noticed(app: Flask, tmp_path: pathlib.Path) -> None:
    file = pathlib.Path(database.obj.database)
    with database.connection_context():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(file, tmp_path / "backup.db")
    with database.connection_context():
        revise_record("claims", "a-killed", {"best": 60, "value": 60, "low": 60}, "More.", "editor")
    write_image()
    check_rows()
    shutil.copyfile(tmp_path / "backup.db", file)
    check_rows()
    with database.connection_context():
        revise_record("claims", "a-killed", {"best": 70, "value": 70, "low": 70}, "More.", "editor")
    check_rows()


KILLED = """
import os, signal, sys
from api.database.connection import connect_to, database
from api.evidence import image, process, refresh
from api.evidence.engine import Options
connect_to(sys.argv[1])
process.configure(Options(sys.argv[2]))
moment = sys.argv[3]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if moment == "reading":
    image.write_lines = lambda chunks, path: (path.write_text("half"), die())
elif moment == "written":
    image._checksum_of = die
elif moment == "renamed":
    image._sync_folder = die
with database.connection_context():
    refresh.refresh_image(is_forced=True)
"""


@pytest.mark.parametrize("moment", ["reading", "written", "renamed"])
def test_a_killed_writer_leaves_at_most_a_temporary_file(app: Flask, tmp_path: pathlib.Path, moment: str) -> None:
    url, folder = f"sqlite:///{database.obj.database}", tmp_path / "images"
    ended = subprocess.run([sys.executable, "-c", KILLED, url, str(folder), moment], cwd=ROOT, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert is_read_from_image() == (moment == "renamed")
    check_rows()
    path = write_image()
    assert is_read_from_image()
    check_rows()
    left = [found.name for found in path.parent.iterdir() if found.name not in (path.name, "writer.lock")]
    assert all(name.startswith("claims-") for name in left), left


def test_one_process_writes_at_a_time(app: Flask, tmp_path: pathlib.Path) -> None:
    path = write_image()
    with lock_folder(path.parent), pytest.raises(BusyError):
        write_image()


def test_a_child_answers_after_its_parent_did(app: Flask) -> None:
    write_image()
    check_rows()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            database.obj._state.reset()  # like a worker, it opens its own connections
            for _ in range(3):
                check_rows()
            status = 0 if is_read_from_image() else 2
        finally:
            os._exit(status)
    ends = time.monotonic() + 30
    while (found := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < ends:
        time.sleep(0.05)
    if found == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(found[1]) == 0
    check_rows()


WRITERS = """
import sys, time
from api.database.connection import connect_to, database
from api.evidence import process, refresh
from api.evidence.engine import Options
from api.evidence.image import BusyError
from api.writes.update import revise_record
connect_to(sys.argv[1])
process.configure(Options(sys.argv[2]))
with database.connection_context():
    for best in range(100, 115):
        revise_record("claims", "a-killed", {"best": best, "value": best, "low": best}, "More.", "editor")
        refresh.refresh_image(is_forced=best % 2 == 0)
"""


def test_images_that_another_process_replaces_are_never_mixed(app: Flask, tmp_path: pathlib.Path) -> None:
    write_image()
    arguments = [f"sqlite:///{database.obj.database}", str(tmp_path / "images")]
    writer = subprocess.Popen([sys.executable, "-c", WRITERS, *arguments], cwd=ROOT)
    questions = 0
    while writer.poll() is None:
        with database.connection_context(), open_snapshot(None):
            expected = database.execute_sql("SELECT id, best FROM claim ORDER BY id").fetchall()
            with open_frame() as frame:
                for _ in range(3):
                    assert frame.fetch(f"SELECT key, best FROM {frame.claims} ORDER BY key") == expected
                    questions += 1
    assert writer.returncode == 0 and questions > 10
    check_rows()
    assert len(list((tmp_path / "images").glob("*/claims-*"))) <= 3
