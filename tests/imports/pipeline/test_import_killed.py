"""An import that is killed or interrupted at any moment leaves nothing, and the next run succeeds; on both engines."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import pytest
from flask import Flask

from api.change_log import audit
from api.database.connection import database, is_postgres
from api.database.models import TABLES
from api.database.statements import select_rows
from bench.importing import sheet
from tests.conftest import Databases, make_app
from tests.support.imported import counted
from tests.support.servers import ROOT, variables
from tests.support.waiting import wait_until


@pytest.fixture(scope="module", params=[300, pytest.param(100_000, marks=pytest.mark.night)])
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, int]:
    """Return a folder with a mapping and a file, and the number of the file's rows."""
    folder = tmp_path_factory.mktemp("many")
    sheet(folder, request.param)
    return folder, request.param


#: What ends an import: the system, Ctrl-C and a shutdown; and the code with which the command then ends. The command
#: undoes its work after the last two, but the system ends it by any of them while Python starts.
SIGNALS = {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 1, signal.SIGTERM: 1}


def started(folder: pathlib.Path, url: str) -> subprocess.Popen[bytes]:
    """Start an import, whose output goes to `told.txt`."""
    told = [str(folder / "many.csv"), "--mapping", str(folder / "many.yaml"), "--report", str(folder / "report.csv")]
    environment = {**os.environ, **variables(url, folder, 8000)}
    with open(folder / "told.txt", "w") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "import", *told],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )


def written(app: Flask) -> int:
    with database.connection_context():
        return sum(table.select().count() for table in TABLES)


def test_a_killed_import_leaves_nothing_and_the_next_succeeds(
    databases: Databases, engine: str, rows: tuple[pathlib.Path, int]
) -> None:
    folder, count = rows
    url = databases.upgraded(engine)
    began = time.monotonic()
    assert started(folder, url).wait() == 0, (folder / "told.txt").read_text()
    takes = time.monotonic() - began  # on this machine, now
    whole = written(make_app(url, databases.folder))
    url = databases.upgraded(engine)
    app = make_app(url, databases.folder)
    empty = written(app)
    killed = 0
    while killed < (3 if count < 1000 else 12):
        run, sent = started(folder, url), list(SIGNALS)[killed % len(SIGNALS)]
        try:
            run.wait(timeout=takes * random.uniform(0.2, 0.95))
        except subprocess.TimeoutExpired:
            run.send_signal(sent)
            run.wait()
        if run.returncode == 0 or written(app) == whole:
            takes *= 0.8  # it committed before the kill: kill the next one earlier, with a new database
            url = databases.upgraded(engine)
            app = make_app(url, databases.folder)
            continue
        killed += 1
        assert run.returncode in (SIGNALS[sent], -sent), (folder / "told.txt").read_text()
        assert written(app) == empty
    last = started(folder, url)
    assert last.wait() == 0, (folder / "told.txt").read_text()
    told = counted((folder / "told.txt").read_text())
    assert (told["events"], told["claims"]) == ({"created": count}, {"created": count})


MANY, PATIENCE = 100_000, 3600
#: What ends an import that is writing, and the share of its bytes that are stored by then.
WRITING_SIGNALS = {signal.SIGINT: 0.4, signal.SIGTERM: 0.1, signal.SIGKILL: 0.7}


def stored_bytes(url: str) -> int:
    """Return the size of the database, with what is written and not committed."""
    if not is_postgres():
        file = pathlib.Path(url.removeprefix("sqlite:///"))
        return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
    with database.connection_context():
        ((size,),) = select_rows("SELECT pg_database_size(current_database())")
        return int(size)


def logged() -> int:
    """Verify the log, and return the number of its entries."""
    with database.connection_context():
        return audit.verify().size


@pytest.mark.night
def test_an_import_that_is_ended_while_it_writes_leaves_nothing(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    """Each signal comes when a share of the rows is stored but not committed. The log verifies before and after."""
    sheet(tmp_path, MANY)
    url = databases.upgraded(engine)
    app = make_app(url, databases.folder)
    least, empty = stored_bytes(url), written(app)
    assert started(tmp_path, url).wait() == 0, (tmp_path / "told.txt").read_text()
    most, whole, entries = stored_bytes(url), written(app), logged()
    for sent, share in WRITING_SIGNALS.items():
        url = databases.upgraded(engine)
        app = make_app(url, databases.folder)
        _end_while_writing(tmp_path, url, sent, least + share * (most - least))
        assert (written(app), logged()) == (empty, 0)
    assert started(tmp_path, url).wait() == 0, (tmp_path / "told.txt").read_text()
    assert (written(app), logged()) == (whole, entries)


def _end_while_writing(folder: pathlib.Path, url: str, sent: signal.Signals, enough: float) -> None:
    """Send the signal to an import when it is writing and has stored so many bytes."""
    run = started(folder, url)
    wait_until(lambda: run.poll() is not None or _is_writing(folder), PATIENCE)
    wait_until(lambda: run.poll() is not None or stored_bytes(url) >= enough, PATIENCE)
    assert run.poll() is None, (folder / "told.txt").read_text()
    run.send_signal(sent)
    assert run.wait() == SIGNALS[sent], (folder / "told.txt").read_text()


def _is_writing(folder: pathlib.Path) -> bool:
    return "Writing" in (folder / "told.txt").read_text()
