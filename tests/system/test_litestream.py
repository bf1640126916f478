"""Litestream with our configuration: its copy is one state of the past, and how far it may be behind."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.change_log import audit
from api.database.connection import connect_to, database
from api.history.revisions import current_revision
from api.writes.create import create_records
from tests.conftest import Databases
from tests.support.servers import ROOT

CONFIGURATION = ROOT / "deploy" / "litestream.yml"
LITESTREAM = shutil.which("litestream", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
PAUSE = threading.Event()  # nobody sets it
TRIES = 6_000  # with a tenth of a second between them

pytestmark = pytest.mark.skipif(LITESTREAM is None, reason="needs litestream, which has no wheel for this machine")


class Copied:
    """A database on SQLite, its copy, and Litestream between them."""

    def __init__(self, url: str, folder: pathlib.Path) -> None:
        self.url, self.folder = url, folder
        self.path = url.removeprefix("sqlite:///")
        self.replica = f"file://{folder}/copy"
        places = {"COUNTERCLAIM_DATABASE": self.path, "LITESTREAM_REPLICA": self.replica}
        self.environment = os.environ | places

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(LITESTREAM), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    @contextlib.contextmanager
    def replicating(self) -> Iterator["subprocess.Popen[bytes]"]:
        command = [str(LITESTREAM), "replicate", "-config", str(CONFIGURATION)]
        with open(self.folder / "log", "w") as log:
            process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def restore(self) -> tuple[int, audit.Head]:
        """Restore the copy. Return its revision and the head of its log, which verifies."""
        target = self.folder / "restored.db"
        for path in self.folder.glob("restored.db*"):
            path.unlink()
        answer = self.run("restore", "-o", str(target), self.replica)
        if not target.exists():
            return 0, audit.Head(0, b"")
        assert answer.returncode == 0, answer.stderr
        connect_to(f"sqlite:///{target}")
        with database.connection_context():
            return current_revision(), audit.verify()


def wait_until(is_reached: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if is_reached():
            return
        PAUSE.wait(0.1)
    raise AssertionError("it is never reached")


def write_sides(url: str, first: int, count: int) -> int:
    """Write this many revisions. Return the number of the last one."""
    connect_to(url)
    revision = 0
    with database.connection_context():
        for number in range(first, first + count):
            side: dict[str, Any] = {"id": f"side-{number}", "name": f"side {number}", "note": "A note. " * 50}
            revision = create_records({"sides": [side]}, "A test.", "seed")
    return revision


@pytest.fixture
def copied(databases: Databases, tmp_path: pathlib.Path) -> Copied:
    return Copied(databases.upgraded("sqlite"), tmp_path)


def test_a_machine_that_dies_loses_at_most_the_last_writes(copied: Copied, tell: Any) -> None:
    """The copy is an earlier state: all revisions up to one, with the log of that time."""
    with copied.replicating() as litestream:
        first = write_sides(copied.url, 0, 20)
        wait_until(lambda: copied.restore()[0] == first)
        last = write_sides(copied.url, 20, 50)
        litestream.send_signal(signal.SIGKILL)
        litestream.wait()
        revision, head = copied.restore()
    assert first <= revision <= last
    assert head.size == revision, "one entry a revision"
    connect_to(copied.url)
    with database.connection_context():
        assert audit.verify().size == last
    tell(f"litestream: {last - revision} of the {last - first} newest revisions were lost with the machine")


def test_a_litestream_that_is_stopped_loses_nothing(copied: Copied) -> None:
    with copied.replicating() as litestream:
        wait_until(lambda: (copied.folder / "copy").exists())
        last = write_sides(copied.url, 0, 50)
        litestream.terminate()
        litestream.wait(600)
        assert copied.restore()[0] == last


def test_a_restored_file_goes_on(copied: Copied) -> None:
    """It is a database like any other: it takes writes, and Litestream follows it into another copy."""
    with copied.replicating():
        first = write_sides(copied.url, 0, 5)
        wait_until(lambda: copied.restore()[0] == first)
    again = Copied(f"sqlite:///{copied.folder}/restored.db", copied.folder / "again")
    again.folder.mkdir()
    with again.replicating():
        last = write_sides(again.url, 5, 5)
        assert last == first + 5
        wait_until(lambda: again.restore()[0] == last)


def test_what_the_page_says_of_its_options(copied: Copied) -> None:
    answer = copied.run("restore", copied.replica, "-o", f"{copied.folder}/a.db")
    assert (answer.returncode, "too many arguments" in answer.stderr) == (1, True), "options come first"
    answer = copied.run("restore", "-o", f"{copied.folder}/a.db", copied.replica)
    assert answer.returncode == 1 and not (copied.folder / "a.db").exists()
    answer = copied.run("restore", "-if-replica-exists", "-o", f"{copied.folder}/a.db", copied.replica)
    assert answer.returncode == 0 and not (copied.folder / "a.db").exists(), "0, though there is no file"
