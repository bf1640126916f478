"""The names of the code: which word each module binds and where, and which words are banned from names.

`python -m tests.support.names` prints the share of banned names, the words per function name, and the names themselves.
"""

import ast
import collections
import pathlib
import sys
from collections.abc import Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("api", "schemas", "imports", "seeds")
# docs/developers/glossary.md, "Words that are no names": they do not say what they stand for.
BANNED = frozenset(
    "told tell found made given asked held kept said heard stood wanted one other own there about more left known "
    "twice".split()
)
# One word is enough where a protocol or a library gives the name, or where the module names the noun.
PROTOCOL = frozenset({"main", "run", "upgrade", "downgrade", "get", "post", "patch", "put", "delete"})


class Name(NamedTuple):
    """One binding: its place, its scope (`Class.method`, or "" in a module), its kind and its word."""

    path: str
    line: int
    scope: str
    kind: str
    word: str

    @property
    def parts(self) -> list[str]:
        """Return the words of the name: `sum_of_parts` → sum, of, parts; `FigureMaker` → figure, maker."""
        spaced = "".join(
            f"_{c.lower()}" if c.isupper() and i and self.word[i - 1].islower() else c for i, c in enumerate(self.word)
        )
        return [part for part in spaced.lower().split("_") if part]

    @property
    def is_banned(self) -> bool:
        return not BANNED.isdisjoint(self.parts)


class Reader(ast.NodeVisitor):
    """Collect the bindings of a module, each once for its scope."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.scope: list[str] = []
        self.names: dict[tuple[str, str], Name] = {}

    def add_name(self, kind: str, word: str, line: int) -> None:
        if word.strip("_"):
            scope = ".".join(self.scope)
            self.names.setdefault((scope, word), Name(self.path, line, scope, kind, word))

    def visit_scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, kind: str) -> None:
        self.add_name(kind, node.name, node.lineno)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.scope.append(node.name)
        self.generic_visit(node)
        self.scope.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.visit_scope(node, "function")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_scope(node, "function")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_scope(node, "class")

    def visit_arg(self, node: ast.arg) -> None:
        self.add_name("argument", node.arg, node.lineno)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.add_name("variable", node.id, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            self.add_name("variable", node.attr, node.lineno)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        if node.asname:
            self.add_name("alias", node.asname, node.lineno)


def find_modules() -> list[pathlib.Path]:
    """Return the files whose names must follow the rules: all of our own code, without the migrations."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in paths if "migrations" not in path.parts]


def read_names(path: pathlib.Path) -> list[Name]:
    """Return the names that a file binds, each once for its scope."""
    reader = Reader(path.relative_to(ROOT).as_posix())
    reader.visit(ast.parse(path.read_text()))
    return list(reader.names.values())


def read_all_names() -> list[Name]:
    return [name for path in find_modules() for name in read_names(path)]


def has_one_word(name: Name) -> bool:
    """Return whether a function's name is one word that no protocol gives."""
    return (
        name.kind == "function"
        and not name.word.startswith("__")
        and len(name.parts) == 1
        and name.word not in PROTOCOL
    )


def count_names(names: list[Name]) -> Iterator[str]:
    """Yield the lines of the summary."""
    functions = [name for name in names if name.kind == "function" and not name.word.startswith("__")]
    banned = [name for name in names if name.is_banned]
    short = sum(map(has_one_word, functions))
    yield f"{len(names)} names, {len(banned)} with a banned word ({100 * len(banned) / len(names):.1f} %)"
    yield f"{len(functions)} functions, {sum(len(f.parts) for f in functions) / len(functions):.2f} words each"
    yield f"{short} of one word ({100 * short / len(functions):.0f} %)"
    words = collections.Counter(part for name in banned for part in name.parts if part in BANNED)
    yield ", ".join(f"{word} {count}" for word, count in words.most_common())


def main(prefixes: list[str]) -> None:
    """Print the summary. With prefixes of paths, print also each name under them that breaks a rule."""
    names = read_all_names()
    print("\n".join(count_names(names)))
    for name in names:
        if any(name.path.startswith(prefix) for prefix in prefixes) and (name.is_banned or has_one_word(name)):
            print(f"{name.path}:{name.line}\t{name.scope}\t{name.kind}\t{name.word}")


if __name__ == "__main__":
    main(sys.argv[1:])
