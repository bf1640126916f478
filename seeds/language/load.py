"""A mapping by its name or path: read, validated, compiled."""

import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.records.faults import flat as told
from schemas.expressions import near
from schemas.mappings import MappingIn
from seeds.language import marked
from seeds.language.cells import Cells
from seeds.language.conditions import Condition
from seeds.language.makings import Make, makings
from seeds.language.values import Compiler, Read

FOLDER = pathlib.Path(__file__).parents[1] / "mappings"
#: Cells that every row has besides its own.
GIVEN = frozenset({"release", "file", "row"})


class Wrong(Exception):
    """A mapping that cannot be used: every fault with its line."""


class Mapping(NamedTuple):
    """A mapping ready for rows."""

    name: str
    told: dict[str, Any]  # as `MappingIn` loads it
    values: dict[str, Read]
    ignored: list[tuple[Condition, str]]
    always: Make
    records: Make
    columns: frozenset[str]  # that it reads

    @property
    def needed(self) -> frozenset[str]:
        return self.columns - frozenset(self.told["optional"])

    def cells(self, cells: dict[str, Any]) -> dict[str, Any]:
        """A row's cells, without what is to be removed, and with the mapping's own values among them."""
        made = {name: self._without(value) for name, value in cells.items()} if self.told["remove"] else dict(cells)
        for name, read in self.values.items():
            made[name] = read(made)
        return made

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            for piece in self.told["remove"]:
                value = value.replace(piece, "")
        elif isinstance(value, list):
            return [self._without(item) for item in value]
        elif isinstance(value, dict):
            return {name: self._without(item) for name, item in value.items()}
        return value

    def why_ignored(self, cells: Cells) -> str | None:
        return next((why for holds, why in self.ignored if holds(cells)), None)


def shipped() -> Iterator[str]:
    """Names of the mappings that come with the program."""
    return (path.stem for path in sorted(FOLDER.glob("*.yaml")))


def load(name: str) -> Mapping:
    """The mapping of that name, or in that file. Raises `Wrong`."""
    path = pathlib.Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Wrong(f"There is no mapping {name}. Shipped are {', '.join(shipped())}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Wrong(f"{path} cannot be read: {error}.") from None
    return compiled(path.stem, _validated(path.name, text))


def _validated(name: str, text: str) -> dict[str, Any]:
    try:
        read = marked.read(text)
    except marked.Unreadable as error:
        raise Wrong(f"{name}, {error}") from None
    _refuse_undefined_tables(name, read)
    try:
        loaded: dict[str, Any] = MappingIn().load(read.content)
    except ValidationError as error:
        faults = sorted((read.line(_path(where)), where, why) for where, why in told(error.messages))
        raise Wrong("\n".join(f"{name}, line {line}: {_shown(where)}{why}" for line, where, why in faults)) from None
    return loaded


def _refuse_undefined_tables(name: str, read: marked.Marked) -> None:
    content = read.content if isinstance(read.content, dict) else {}
    tables = content.get("tables") or {}
    for path, value in _leaves(content, ()):
        if path[-1] == "table" and isinstance(value, str) and value not in tables:
            raise Wrong(f"{name}, line {read.line(path)}: table {value}: {near(value, tables)}")


def _leaves(content: Any, path: marked.Path) -> Iterator[tuple[marked.Path, Any]]:
    if isinstance(content, dict | list):
        for step, inner in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _leaves(inner, (*path, step))
    elif path:
        yield path, content


def _path(where: str) -> marked.Path:
    return tuple(int(part) if part.isdigit() else part for part in where.split("/"))


def _shown(where: str) -> str:
    words = [part for part in where.split("/") if part and not part.isdigit() and part != "_schema"]
    return f"{' › '.join(words)}: " if words else ""


def compiled(name: str, told: dict[str, Any]) -> Mapping:
    compiler = Compiler(told)
    values = {name: compiler.value(given) for name, given in told["values"].items()}
    ignored = [(compiler.condition(rule["when"]), rule["because"]) for rule in told["ignore"]["rows"]]
    records = makings(told["records"], told["usual"], compiler)
    columns = frozenset(compiler.names) - values.keys() - GIVEN
    compiler.names = set()
    always = makings(told["always"], told["usual"], compiler)
    if read := frozenset(compiler.names) - GIVEN:
        raise Wrong(f"{name}: always reads the columns {', '.join(sorted(read))}, but it stands for no row.")
    return Mapping(name, told, values, ignored, always, records, columns)
