"""Our modules, their imports, and the page that draws the arrows between their folders.

`python -m tests.support.folders` writes the page; a test compares it with the code.
"""

import ast
import pathlib
from collections.abc import Iterable

ROOT = pathlib.Path(__file__).parents[2]
ROOMS = ("api", "imports", "schemas", "seeds")
PAGE = ROOT / "docs" / "developers" / "folders.md"
HEAD = """# Folders

For developers: which folder imports which. `.venv/bin/python -m tests.support.folders` draws this page from the
imports, and `tests/test_floors.py` compares it with them. Arrows go down; there is no cycle. `api/app.py`,
`api/config.py` and `wsgi.py` are left out.

"""


def read_modules() -> dict[str, set[str]]:
    """Return each of our modules and its imports."""
    modules = {}
    for folder in ROOMS:
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            modules[name] = read_imports(path)
    return modules | {"wsgi": read_imports(ROOT / "wsgi.py")}


def read_imports(path: pathlib.Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def name_folder(module: str) -> str | None:
    """Return the folder of a module, `api/http` or `schemas`; None for modules directly in `api`."""
    parts = module.split(".")
    if parts[0] not in ROOMS:
        return None
    if parts[0] != "api":
        return parts[0]
    is_folder = len(parts) > 1 and (ROOT / "api" / parts[1]).is_dir()
    return f"api/{parts[1]}" if is_folder else None


def find_arrows(modules: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return for each folder the folders that it imports from."""
    arrows: dict[str, set[str]] = {}
    for module, imported in modules.items():
        folder = name_folder(module)
        if folder:
            others = {name_folder(name) for name in imported} - {folder, None}
            arrows.setdefault(folder, set()).update(other for other in others if other)
    return arrows


def find_floors(arrows: dict[str, set[str]]) -> dict[str, int]:
    """Return for each folder how many levels of folders are below it. Raise `ValueError` for a cycle."""
    floors: dict[str, int] = {}

    def count_below(folder: str, above: tuple[str, ...]) -> int:
        if folder in above:
            raise ValueError(f"a cycle: {' → '.join((*above, folder))}")
        if folder not in floors:
            floors[folder] = 1 + max((count_below(below, (*above, folder)) for below in arrows[folder]), default=-1)
        return floors[folder]

    for folder in arrows:
        count_below(folder, ())
    return floors


def find_direct(arrows: dict[str, set[str]]) -> dict[str, list[str]]:
    """Remove the arrows that a longer path implies, so that the picture is readable."""

    def reach(folder: str) -> set[str]:
        return arrows[folder].union(*(reach(below) for below in arrows[folder]))

    return {
        folder: sorted(below for below in all_below if not any(below in reach(other) for other in all_below - {below}))
        for folder, all_below in arrows.items()
    }


def draw_page() -> str:
    arrows = find_arrows(read_modules())
    floors, direct = find_floors(arrows), find_direct(arrows)
    ordered = sorted(arrows, key=lambda folder: (-floors[folder], folder))
    edges = (f"  {_name(folder)} --> {_name(below)}" for folder in ordered for below in direct[folder])
    nodes = (f'  {_name(folder)}["{folder}"]' for folder in ordered)
    return (
        HEAD + "\n".join(["```mermaid", "graph TD", *nodes, *edges, "```", "", *_list_arrows(ordered, arrows)]) + "\n"
    )


def _list_arrows(ordered: Iterable[str], arrows: dict[str, set[str]]) -> Iterable[str]:
    yield "The picture leaves out arrows that a longer way implies. The table has all of them."
    yield ""
    yield "| folder | imports from |"
    yield "| --- | --- |"
    for folder in ordered:
        yield f"| `{folder}` | {', '.join(f'`{below}`' for below in sorted(arrows[folder])) or 'nothing of ours'} |"


def _name(folder: str) -> str:
    return folder.replace("/", "_")


if __name__ == "__main__":
    PAGE.write_text(draw_page())
    print(PAGE.relative_to(ROOT))
