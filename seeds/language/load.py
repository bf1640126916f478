"""A mapping by its name or path: read, validated, compiled."""

import pathlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.records.faults import flat as told
from schemas.expressions import near
from schemas.mappings import MappingIn
from seeds.language import constants, marked
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
        _refuse(name, read, ((_path(where), why) for where, why in told(error.messages)))
    _refuse(name, read, constants.unfit(read.content, loaded))
    _refuse(name, read, _told_below(read.content))
    return loaded


def _refuse(name: str, read: marked.Marked, found: Iterable[tuple[marked.Path, str]]) -> None:
    """Raises `Wrong` if there is anything, each by its line."""
    faults = sorted({(read.line(path), _shown(path), why) for path, why in found})
    if faults:
        raise Wrong("\n".join(f"{name}, line {line}: {shown}{why}" for line, shown, why in faults))


def _told_below(content: dict[str, Any]) -> Iterator[tuple[marked.Path, str]]:
    """Values that use one that stands below them: it would be empty."""
    below = list(content.get("values", {}))
    for name, given in content.get("values", {}).items():
        below.remove(name)
        for path, value in marked.leaves(given, ("values", name)):
            yield from (
                (path, f"{used} is told below: it must stand above this.") for used in below if _uses(path, value, used)
            )


def _uses(path: marked.Path, value: Any, name: str) -> bool:
    if path[-1] == "column" or path[-2:-1] == ("column",):
        return bool(value == name)
    return isinstance(value, str) and f"{{{name}}}" in value


def _refuse_undefined_tables(name: str, read: marked.Marked) -> None:
    content = read.content if isinstance(read.content, dict) else {}
    tables = content.get("tables") or {}
    for path, value in marked.leaves(content):
        if path[-1] == "table" and isinstance(value, str) and value not in tables:
            raise Wrong(f"{name}, line {read.line(path)}: table {value}: {near(value, tables)}")


def _path(where: str) -> marked.Path:
    return tuple(int(part) if part.isdigit() else part for part in where.split("/"))


def _shown(path: marked.Path) -> str:
    words = [part for part in path if isinstance(part, str) and part not in ("", "_schema")]
    return f"{' › '.join(words)}: " if words else ""


def compiled(name: str, told: dict[str, Any]) -> Mapping:
    compiler = Compiler(told)
    values: dict[str, Read] = {}
    renamed = set()  # columns that a value of the same name reads
    for value, given in told["values"].items():
        compiler.names.discard(value)
        values[value] = compiler.value(given)
        renamed |= compiler.names & {value}
    ignored = [(compiler.condition(rule["when"]), rule["because"]) for rule in told["ignore"]["rows"]]
    records = makings(told["records"], told["usual"], compiler)
    columns = frozenset(compiler.names) - values.keys() - GIVEN | renamed
    compiler.names = set()
    always = makings(told["always"], told["usual"], compiler)
    if read := frozenset(compiler.names) - GIVEN:
        raise Wrong(f"{name}: always reads the columns {', '.join(sorted(read))}, but it stands for no row.")
    return Mapping(name, told, values, ignored, always, records, columns)
