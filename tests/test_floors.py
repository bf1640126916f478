"""The floors of the code: no import goes up, there is no cycle, and every folder has a description and tests."""

import graphlib
import pathlib
import re

import pytest

from tests.support.folders import PAGE, ROOMS, ROOT, draw_page, find_arrows, find_floors, read_modules

FLASK, MARSHMALLOW, PEEWEE = "flask", "marshmallow", "peewee"
FOLDERS = [*sorted(p for p in (ROOT / "api").iterdir() if (p / "__init__.py").exists()), *map(ROOT.joinpath, ROOMS[1:])]
HEADINGS = ["What is here", "What is never here", "Its rules", "Read first", "Its tests"]
# module prefix → the prefixes of our modules that it may import, and the libraries that it must not import
#: The modules of `api.database` by which an answer reads and a route writes, without the tables.
QUESTIONS = (
    "api.database.connection", "api.database.deadline", "api.database.snapshot", "api.database.statements",
    "api.database.writing",
)  # fmt: skip
FLOORS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("schemas", ("schemas",), (FLASK, PEEWEE, "orjson")),
    ("api.config", ("api.monitoring.log_lines",), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.monitoring", ("api.monitoring",), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.codebook", ("schemas",), (FLASK, PEEWEE)),
    (
        "api.database",
        ("api.database", "api.monitoring", "schemas.vocabularies", "schemas.fields"),
        (FLASK, MARSHMALLOW),
    ),
    ("api.database.migrations", (), (FLASK, MARSHMALLOW)),
    ("api.history", ("api.history", "api.database"), (FLASK, MARSHMALLOW)),
    ("api.auth", ("api.auth", "api.database"), (FLASK, MARSHMALLOW)),
    ("api.webhooks", ("api.webhooks", "api.auth", "api.database"), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.reconciling", ("api.reconciling", "schemas.vocabularies"), (FLASK, MARSHMALLOW, PEEWEE, "duckdb")),
    (
        "api.listings",
        ("api.listings", "api.history", "api.database", "schemas.vocabularies", "schemas.fields", "schemas.details"),
        (FLASK, MARSHMALLOW),
    ),
    (
        "api.deduplication",
        ("api.deduplication", "api.listings", "api.history", "api.database", "api.reconciling"),
        (FLASK, MARSHMALLOW),
    ),
    (
        "api.name_matching",
        ("api.name_matching", "api.listings", "api.history", "api.database"),
        (FLASK, MARSHMALLOW),
    ),
    (
        "api.evidence",
        ("api.evidence", "api.listings", "api.history", "api.database", "api.monitoring", "api.reconciling", "schemas"),
        (FLASK, MARSHMALLOW),
    ),
    (
        "api.statistics",
        ("api.statistics", "api.evidence", "api.deduplication", "api.listings", "api.history", "api.database",
         "api.reconciling", "schemas.vocabularies", "schemas.fields", "schemas.filter_roles", "schemas.claims",
         "schemas.sentences", "schemas.labels"),
        (FLASK, MARSHMALLOW),
    ),
    ("api.change_log", ("api.change_log", "api.listings", "api.history", "api.database", "schemas"), (FLASK,)),
    ("api.records", ("api.records", "api.listings", "api.history", "api.database", "schemas"), (FLASK,)),
    (
        "api.rules",
        ("api.rules", "api.records", "api.change_log", "api.listings", "api.history", "api.database",
         "api.reconciling", "schemas"),
        (FLASK,),
    ),
    (
        "api.writes",
        ("api.writes", "api.rules", "api.records", "api.change_log", "api.auth", "api.listings", "api.history",
         "api.database", "schemas"),
        (FLASK,),
    ),
    (
        "api.recovery",
        ("api.recovery", "api.writes", "api.records", "api.change_log", "api.listings", "api.history", "api.database",
         "schemas"),
        (FLASK,),
    ),
    ("api.metadata", ("api.metadata", "api.http.formats", "schemas"), (FLASK, PEEWEE)),
    ("api.http.window_counter", (), (FLASK, MARSHMALLOW, PEEWEE)),
    (
        "api.http.rate_limits",
        ("api.config", "api.http.problems", "api.http.window_counter", "api.monitoring"),
        (MARSHMALLOW, PEEWEE),
    ),
    ("api.http.request_bodies", ("api.http.problems", "api.monitoring.log_lines"), (MARSHMALLOW, PEEWEE)),
    (
        "api.http.query_strings",
        ("api.http.request_bodies", "api.http.problems", "api.monitoring", "schemas"),
        (PEEWEE,),
    ),
    ("api.http.cursors", ("api.http.problems", "schemas"), (PEEWEE,)),
    ("api.http.formats", ("api.http.problems", "schemas"), (PEEWEE,)),
    ("api.http.problems", ("api.monitoring", "schemas"), (PEEWEE,)),
    ("api.http.request_facts", (), (MARSHMALLOW, PEEWEE)),
    ("api.http.slow_questions", ("api.config", "api.monitoring"), (MARSHMALLOW,)),
    ("api.http.xlsx", ("api.http.problems", "api.http.formats", "schemas"), (PEEWEE,)),
    ("api.http.typed_clients", ("api.http.formats",), (MARSHMALLOW, PEEWEE)),
    ("api.http.openapi", ("api.http.problems", "api.http.formats", "api.http.typed_clients", "schemas"), (PEEWEE,)),
    (
        "api.http.request_connection",
        ("api.database.connection", "api.database.kept_connections", "api.database.read_replica",
         "api.database.snapshot", "api.http.formats"),
        (),
    ),
    ("api.http.pinned_files", ("api.config",), (FLASK, MARSHMALLOW, PEEWEE)),
    (
        "api.http.byte_ranges",
        ("api.http.formats", "api.http.pinned_files", "api.http.problems"),
        (MARSHMALLOW, PEEWEE),
    ),
    ("api.http.answer_store", (), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.http.content_encodings", (), (FLASK, MARSHMALLOW, PEEWEE)),
    (
        "api.http.response_cache",
        ("api.http", "api.config", "api.database.current_state", "api.database.snapshot", "schemas.pages"),
        (MARSHMALLOW,),
    ),
    ("api.http", ("api.http", "api.config", "api.monitoring", "schemas"), (PEEWEE,)),
    (
        "api.export",
        ("api.export", "api.codebook", "api.listings", "api.history", "api.database", "api.http.formats", "schemas"),
        (FLASK,),
    ),
    ("api.pictures", ("api.pictures", "schemas"), (FLASK, MARSHMALLOW, PEEWEE)),
    (
        "api.v1",
        ("api.v1", "api.pictures", "api.statistics", "api.reconciling", "api.name_matching", "api.metadata",
         "api.listings", "api.history", "api.writes", "api.rules", "api.records", "api.change_log", "api.auth",
         "api.webhooks", "api.export", "api.http", "api.codebook", *QUESTIONS, "api.database.failures",
         "api.database.read_replica", "api.database.upgrade", "api.database.write_waits", "api.monitoring.log_lines",
         "schemas"),
        (),
    ),
    (
        "api.web",
        ("api.web", "api.v1", "api.pictures", "api.statistics", "api.reconciling", "api.name_matching",
         "api.change_log", "api.evidence.newest_file", "api.listings", "api.history", "api.http", "api.config",
         "api.monitoring", *QUESTIONS, "api.database.clock", "api.database.failures", "api.database.read_replica",
         "api.database.role_rights", "api.database.upgrade", "schemas"),
        (),
    ),
    (
        "api.cli",
        ("api.cli", "api.export", "api.codebook", "api.config", "api.database", "api.evidence", "api.recovery",
         "api.writes", "api.records", "api.change_log", "api.auth", "api.webhooks", "api.deduplication", "api.listings",
         "api.history", "api.reconciling", "api.v1", "api.http", "api.monitoring", "schemas"),
        (),
    ),
    ("api.app", ("api",), ()),
    (
        "imports",
        ("imports", "api.cli.arguments", "api.cli.image", "api.cli.rare_collections", "api.monitoring", "api.writes",
         "api.rules", "api.records", "api.change_log", "api.history", "api.database", "schemas"),
        (FLASK,),
    ),
    (
        "seeds",
        (
            "seeds", "imports", "api.cli.arguments", "api.cli.image", "api.records.faults",
            "api.rules.written_duplicates",
            "api.database.connection", "api.database.snapshot", "api.database.writing", "schemas",
        ),  # fmt: skip
        (FLASK,),
    ),
    ("wsgi", ("api.app", "api.cli", "api.config", "imports.cli", "seeds.cli"), ()),
]  # fmt: skip


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def floor_of(module: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return max((floor for floor in FLOORS if under(module, floor[0])), key=lambda floor: len(floor[0]))


def test_nothing_is_imported_from_a_floor_above() -> None:
    wrong = []
    for module, imported in read_modules().items():
        if module == "api":
            continue
        _, allowed, forbidden = floor_of(module)
        for name in imported:
            ours = name.split(".")[0] in ROOMS and name not in ROOMS
            if ours and not any(under(name, prefix) or under(prefix, name) for prefix in allowed):
                wrong.append(f"{module} imports {name}")
            wrong += [f"{module} imports {name}" for library in forbidden if under(name, library)]
    assert wrong == []


def test_the_request_is_read_at_the_door_alone() -> None:
    """Other modules get a question as plain arguments; in version 1 one module makes its address."""
    readers = {name for name, imported in read_modules().items() if "flask.request" in imported}
    pages = {"api.web.pages", "api.web.statics", "api.web.crawlers", "api.web.record_pages.routes",
             "api.web.explorer.routes", "api.web.metrics_page"}  # fmt: skip
    outside = {name for name in readers if not under(name, "api.v1")}
    assert outside <= pages | {name for name in readers if under(name, "api.http")}
    address_readers = {
        name
        for name in readers
        if under(name, "api.v1") and re.search(r"request\.(args|path|query_string|url)\b", read_source(name))
    }
    assert address_readers == {"api.v1.shared.addresses"}


def read_source(module: str) -> str:
    return (ROOT / f"{module.replace('.', '/')}.py").read_text()


def test_there_is_no_cycle() -> None:
    graph = read_modules()
    ours = {
        module: {name for name in imported if name in graph and name != module} for module, imported in graph.items()
    }
    assert len(list(graphlib.TopologicalSorter(ours).static_order())) == len(graph)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_folder_says_what_it_is_and_names_only_what_exists(folder: pathlib.Path) -> None:
    text = (folder / "README.md").read_text()
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, flags=re.MULTILINE) == HEADINGS
    named = [name for name in re.findall(r"`([\w./-]+)`", text) if "/" in name or name.endswith((".py", ".md"))]
    missing = [name for name in named if not (folder / name).exists() and not (ROOT / name).exists()]
    assert missing == []
    (tests,) = re.findall(r"^\*\*Its tests\.\*\* (.+)", text, flags=re.MULTILINE)
    assert re.findall(r"`(tests/[\w./]+)`", tests), "name the folder of its tests"


def test_no_folder_is_above_itself_and_the_page_draws_them_all() -> None:
    floors = find_floors(find_arrows(read_modules()))
    assert floors["api/reconciling"] == floors["schemas"] + 1  # it stands only on the word lists
    assert PAGE.read_text() == draw_page(), "run .venv/bin/python -m tests.support.folders"
