"""`flask backup` and `flask restore` as an operator runs them: stopped half way, without space, with progress."""

import contextlib
import os
import pathlib
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import handle_of
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.backups import read_tables
from tests.support.servers import ROOT

PAUSE = threading.Event()  # nobody sets it
PATIENCE = 600  # seconds: a busy machine is slow
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(scope="module")
def url(databases: Databases, engine: str) -> str:
    url = databases.keep(databases.upgraded(engine))
    make_app(url, databases.folder)
    worlds.write(worlds.many(500))
    return url


def start(url: str, folder: pathlib.Path, *words: Any, before: str = "") -> "subprocess.Popen[str]":
    files = {"COUNTERCLAIM_SECRET_FILE": f"{folder}/secret", "COUNTERCLAIM_LOG_KEY_FILE": f"{folder}/log-key"}
    environment = os.environ | files | {"COUNTERCLAIM_DATABASE_URL": url, "TMPDIR": str(folder)}
    command = f'{before} exec "$0" -m flask --app wsgi "$@"'
    return subprocess.Popen(
        ["bash", "-c", command, sys.executable, *map(str, words)],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def list_files(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "secret")


def wait_for_file(folder: pathlib.Path, process: "subprocess.Popen[str]") -> None:
    """Wait until the command writes into a hidden folder beside its target."""
    while process.poll() is None and not any(path.name.startswith(".") for path in folder.iterdir()):
        PAUSE.wait(0.001)
    process.send_signal(signal.SIGSTOP)


@contextlib.contextmanager
def holding_table(url: str) -> Iterator[None]:
    """Keep others from reading and writing the table of claims on PostgreSQL."""
    handle: Any = handle_of(url)
    with handle.connection_context(), handle.atomic():
        handle.execute_sql("LOCK TABLE claim IN ACCESS EXCLUSIVE MODE")
        yield


def wait_for_lock(url: str) -> None:
    """Wait until somebody waits for that table."""
    handle: Any = handle_of(url)
    with handle.connection_context():
        while not handle.execute_sql("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            PAUSE.wait(0.01)


def stop_in_the_middle(url: str, engine: str, folder: pathlib.Path, number: signal.Signals, *words: object) -> None:
    """Start a command, send it the signal while it works, and check that it says so."""
    with holding_table(url) if engine == "postgres" else contextlib.nullcontext():
        process = start(url, folder, *words)
        if engine == "postgres":
            wait_for_lock(url)
        else:
            wait_for_file(folder, process)
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output.splitlines()[-1]) == (1, "Aborted!"), output


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_backup_that_is_stopped_leaves_nothing(
    url: str, engine: str, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    stop_in_the_middle(url, engine, tmp_path, number, "backup", tmp_path / "a.db")
    assert list_files(tmp_path) == []


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_restore_that_is_stopped_leaves_nothing(
    url: str, databases: Databases, engine: str, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    process = start(url, tmp_path, "backup", tmp_path / "a.db")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    target = databases.upgraded(engine) if engine == "postgres" else f"sqlite:///{tmp_path}/new.db"
    stop_in_the_middle(target, engine, tmp_path, number, "restore", tmp_path / "a.db")
    assert list_files(tmp_path) == ["a.db"]
    if engine == "postgres":
        assert not any(read_tables(target).values())


def test_without_space_nothing_is_left(url: str, tmp_path: pathlib.Path) -> None:
    """The limit of a file's size stands for a full disk: SQLite meets both while it writes."""
    process = start(url, tmp_path, "backup", tmp_path / "a.db", before="ulimit -f 100;")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Error: Nothing was written: " in output and "Traceback" not in output, output
    assert list_files(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(url: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("No folder.")
    output, _ = start(url, tmp_path, "backup", tmp_path / "file" / "a.db").communicate(timeout=PATIENCE)
    assert "Error: Nothing was written: " in output and str(tmp_path / "file") in output


def test_progress_is_shown_on_a_terminal(url: str, tmp_path: pathlib.Path) -> None:
    main, other = pty.openpty()
    files = {"COUNTERCLAIM_SECRET_FILE": f"{tmp_path}/secret", "COUNTERCLAIM_LOG_KEY_FILE": f"{tmp_path}/log-key"}
    environment = os.environ | files | {"COUNTERCLAIM_DATABASE_URL": url, "TERM": "xterm"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "backup", str(tmp_path / "a.db")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=other, stderr=other) as process:
        os.close(other)
        output = b""
        with contextlib.suppress(OSError):  # the end of a terminal on Linux
            while part := os.read(main, 65_536):
                output += part
    os.close(main)
    assert process.returncode == 0, output
    assert b"Copying  [" in output and b"100%" in output


def test_a_backup_is_private(url: str, tmp_path: pathlib.Path) -> None:
    output, _ = start(url, tmp_path, "backup", tmp_path / "a.db").communicate(timeout=PATIENCE)
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600, output
