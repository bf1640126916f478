"""kill -9 at random moments of writing: acknowledged writes are there, complete, and a retry writes nothing twice."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import connect_to, database, handle_of, is_postgres, use_database
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.history.revisions import current_revision
from api.recovery import compare_databases, rebuild_from_log
from tests.conftest import Databases
from tests.support import worlds
from tests.support.editors import base
from tests.support.servers import ROOT, free_port, listens, variables
from tests.support.writers import Answer, Broken, Writer, figure

WRITERS = 4
ROUNDS = [
    pytest.param(10, id="10"),
    pytest.param(50, id="50", marks=pytest.mark.faults),
    pytest.param(200, id="200", marks=pytest.mark.night),
]
AGAIN = (409, 429, 503)  # answers after which a client tries again
SOON = 0.05  # seconds
PATIENCE = 120  # seconds until a killed server must work again
PAUSE = threading.Event()  # nobody sets it


class Service:
    """A gunicorn that can be killed and started again at the same address."""

    def __init__(self, url: str, folder: pathlib.Path) -> None:
        self.port, self.folder = free_port(), folder
        self.environment = {**os.environ, **variables(url, folder, self.port)}
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"]
        with open(self.folder / f"killed-{self.port}.log", "a") as told:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=told, stderr=told)
        # Connections may still break while it starts.
        assert any(listens(self.port, self.process) for _ in range(10)), self.process.poll()

    def workers(self) -> list[int]:
        own = self.process.pid
        return [int(pid) for pid in pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()]

    def kill_worker(self, chance: random.Random) -> None:
        if found := self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(found), signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill the master and its workers. The master is stopped first, so that it starts no new worker."""
        self.process.send_signal(signal.SIGSTOP)
        found = self.workers()
        self.process.kill()
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Editor:
    """Write claims, correct them and retract some until `ends` is set. Remember what was acknowledged."""

    def __init__(self, writer: Writer, ends: threading.Event) -> None:
        self.writer, self.ends = writer, ends
        self.kept: dict[str, tuple[str, str]] = {}  # by claim: the note and status acknowledged last
        self.broken = self.replayed = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for number in range(1_000_000):
                if self.ends.is_set():
                    return
                self.write(number)
        except BaseException as error:
            self.failure = error

    def write(self, number: int) -> None:
        claim, key = f"{self.writer.name}-{number}", f"{self.writer.name}-key-{number}"
        told = self.until(lambda: self.writer.post("claims", figure(claim), key))
        assert told.status == 201 and told.body["data"]["id"] == claim, told
        self.replayed += told.replayed
        self.kept[claim] = "", "active"
        if number % 2:
            self.correct(claim, f"Corrected by {claim}.")
        if number % 5 == 4:
            self.take_back(claim)

    def correct(self, claim: str, note: str) -> None:
        """Correct a claim. A patch without an answer may be written already, so each attempt reads the record first."""
        while (seen := self.seen(claim)).body["data"]["note"] != note:
            with contextlib.suppress(Broken):
                told = self.writer.ask(
                    "PATCH", f"/v1/claims/{claim}?reason=x", {"note": note}, **{"If-Match": str(seen.tag)}
                )
                assert told.status in (200, *AGAIN), told
        self.kept[claim] = note, "active"

    def take_back(self, claim: str) -> None:
        while (seen := self.seen(claim)).body["data"]["status"] != "retracted":
            with contextlib.suppress(Broken):
                told = self.writer.ask("DELETE", f"/v1/claims/{claim}?reason=x", **{"If-Match": str(seen.tag)})
                assert told.status in (200, *AGAIN), told
        self.kept[claim] = self.kept[claim][0], "retracted"

    def seen(self, claim: str) -> Answer:
        return self.until(lambda: self.writer.ask("GET", f"/v1/claims/{claim}"))

    def until(self, ask: Callable[[], Answer]) -> Answer:
        """Repeat the request until it has an answer that is not in `AGAIN`. Return this answer."""
        while True:
            try:
                if (answer := ask()).status not in AGAIN:
                    return answer
            except Broken:
                self.broken += 1
            PAUSE.wait(SOON)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_what_was_acknowledged_survives_every_kill(databases: Databases, engine: str, rounds: int) -> None:
    url, chance = databases.upgraded(engine), random.Random(rounds)
    connect_to(url)
    worlds.write(base())
    with database.connection_context():
        key = api_keys.create("Everybody", ["write", "retract"], None)
    service, ends = Service(url, databases.folder), threading.Event()
    editors = [Editor(Writer(service.port, key, f"w{number}"), ends) for number in range(WRITERS)]
    threads = [threading.Thread(target=editor.run) for editor in editors]
    try:
        for thread in threads:
            thread.start()
        for number in range(rounds):
            wait_for_writes(editors, chance.randint(1, 5))
            PAUSE.wait(chance.random() * SOON)
            if number % 4 == 3:
                service.kill_all()
                service.start()
            else:
                service.kill_worker(chance)
    finally:
        ends.set()
        for thread in threads:
            thread.join()
        service.stop()
    assert [editor.failure for editor in editors] == [None] * WRITERS
    tell(engine, rounds, editors)
    assert_acknowledged(editors)
    assert_nothing_is_half_there(url, databases.upgraded(engine))


def wait_for_writes(editors: list[Editor], number: int) -> None:
    """Wait until `number` further claims are acknowledged. Then the server works."""
    before = sum(len(editor.kept) for editor in editors)
    for _ in range(int(PATIENCE / SOON)):
        if sum(len(editor.kept) for editor in editors) >= before + number:
            return
        assert not any(editor.failure for editor in editors), [editor.failure for editor in editors]
        PAUSE.wait(SOON)
    raise AssertionError("the server does not come back")


def tell(engine: str, rounds: int, editors: list[Editor]) -> None:
    answered = sum((editor.writer.answered for editor in editors), Counter[int]())
    broken, replayed = (sum(getattr(editor, name) for editor in editors) for name in ("broken", "replayed"))
    print(
        f"{engine}: {rounds} kills, {sum(len(editor.kept) for editor in editors)} claims acknowledged, {broken} broken "
        f"connections, {replayed} answered again by their key, answers {dict(sorted(answered.items()))}"
    )
    assert not [status for status in answered if status >= 500 and status not in AGAIN], answered


def assert_acknowledged(editors: list[Editor]) -> None:
    """Check that every claim is there once, as it was acknowledged last."""
    kept = {claim: told for editor in editors for claim, told in editor.kept.items()}
    with database.connection_context():
        found = {slug: (note, status) for slug, note, status in select_rows("SELECT slug, note, status FROM claim")}
        assert found == kept
        assert select_rows("SELECT COUNT(*) FROM answered")[0][0] == len(kept), "one kept answer for each key"


def assert_nothing_is_half_there(url: str, empty: str) -> None:
    """Check that every claim has a report, and that the database is the same as one rebuilt from the log."""
    with database.connection_context(), open_snapshot(None):
        assert select_rows("SELECT slug FROM claim WHERE id NOT IN (SELECT claim_id FROM report)") == []
        newest = current_revision()
        assert [number for (number,) in select_rows("SELECT number FROM revision ORDER BY 1")] == list(
            range(1, newest + 1)
        )
        assert audit.Walk(audit.OutsideCopy()).to_the_end().size >= newest
        if not is_postgres():
            assert select_rows("PRAGMA integrity_check") == [("ok",)]
    source, target = handle_of(url), handle_of(empty)
    with use_database(source), source.connection_context(), target.connection_context():
        assert sum(1 for _ in rebuild_from_log.replay_log(source, target)) == newest
        rebuild_from_log.complete_rebuild(source, target)
        assert compare_databases.first_difference(source, target) is None
