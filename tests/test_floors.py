"""The floors of the house: arrows never go up, and there is no cycle."""

import ast
import graphlib
import pathlib

ROOT = pathlib.Path(__file__).parents[1]
FLASK, MARSHMALLOW, PEEWEE = "flask", "marshmallow", "peewee"
# module prefix → the prefixes of ours that it may import, and the libraries that it must not
FLOORS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    ("schemas", ("schemas",), (FLASK, PEEWEE, "orjson")),
    ("api.config", (), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.db", (), (FLASK, MARSHMALLOW)),
    ("api.models", ("api.db", "schemas.vocab", "schemas.fields"), (FLASK, MARSHMALLOW)),
    ("api.upgrade", ("api.db",), (FLASK, MARSHMALLOW)),
    ("api.migrations", (), (FLASK, MARSHMALLOW)),
    ("api.queries", ("api.models", "api.db", "api.queries", "schemas.vocab", "schemas.fields"), (FLASK, MARSHMALLOW)),
    ("api.records", ("api.models", "api.db", "api.queries", "api.records", "schemas"), (FLASK,)),
    ("api.windows", (), (FLASK, MARSHMALLOW, PEEWEE)),
    ("api.rates", ("api.config", "api.problems", "api.windows"), (MARSHMALLOW, PEEWEE)),
    ("api.bodies", ("api.problems",), (MARSHMALLOW, PEEWEE)),
    ("api.params", ("api.bodies", "api.problems", "schemas"), (PEEWEE,)),
    ("api.paging", ("api.problems", "schemas"), (PEEWEE,)),
    ("api.render", ("api.problems", "schemas"), (PEEWEE,)),
    ("api.problems", ("schemas",), (PEEWEE,)),
    ("api.workbook", ("api.problems", "api.render", "schemas"), (PEEWEE,)),
    ("api.export", ("api.export", "api.codebook", "api.queries", "api.render", "schemas"), (PEEWEE,)),
    ("api.codebook", ("schemas",), (FLASK, PEEWEE)),
    ("api.openapi", ("api.problems", "api.render", "schemas"), (PEEWEE,)),
    (
        "api.v1",
        ("api.v1", "api.queries", "api.records", "api.bodies", "api.rates", "api.params", "api.render", "api.paging",
         "api.problems", "api.openapi", "api.codebook", "api.db", "api.workbook", "api.export", "schemas"),
        (),
    ),
    (
        "api.web",
        ("api.web", "api.v1", "api.queries", "api.render", "api.problems", "api.db", "api.upgrade", "schemas"),
        (),
    ),
    (
        "api.cli",
        ("api.export", "api.upgrade", "api.codebook", "api.config", "api.db", "api.records", "api.queries", "api.v1",
         "api.params", "api.problems", "api.render", "api.workbook", "schemas"),
        (),
    ),
    ("api.app", ("api",), ()),
    ("seeds", ("seeds", "api.records", "api.db", "api.models", "schemas"), (FLASK,)),
    ("wsgi", ("api.app", "api.cli", "api.config", "seeds.cli"), ()),
]  # fmt: skip


def modules() -> dict[str, set[str]]:
    """Every module of ours and what it imports."""
    found = {}
    for folder in ("schemas", "api", "seeds"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = imports(path)
    return found | {"wsgi": imports(ROOT / "wsgi.py")}


def imports(path: pathlib.Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def floor_of(module: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return max((floor for floor in FLOORS if under(module, floor[0])), key=lambda floor: len(floor[0]))


def test_nothing_is_imported_from_a_floor_above() -> None:
    wrong = []
    for module, imported in modules().items():
        if module == "api":
            continue
        _, allowed, forbidden = floor_of(module)
        for name in imported:
            ours = name.split(".")[0] in ("api", "schemas", "seeds") and name not in ("api", "schemas", "seeds")
            if ours and not any(under(name, prefix) or under(prefix, name) for prefix in allowed):
                wrong.append(f"{module} imports {name}")
            wrong += [f"{module} imports {name}" for library in forbidden if under(name, library)]
    assert wrong == []


def test_there_is_no_cycle() -> None:
    graph = modules()
    ours = {
        module: {name for name in imported if name in graph and name != module} for module, imported in graph.items()
    }
    assert len(list(graphlib.TopologicalSorter(ours).static_order())) == len(graph)
