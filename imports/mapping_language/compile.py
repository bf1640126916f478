"""Read, validate and compile a mapping, by its name or path."""

import copy
import functools
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.records.faults import flatten_messages as list_faults
from imports.mapping_language import constants, yaml_lines
from imports.mapping_language.cells import Cells
from imports.mapping_language.conditions import Condition
from imports.mapping_language.group_rows import Grouping, compile_grouping
from imports.mapping_language.looped_entries import LoopedEntries
from imports.mapping_language.record_makers import Make, compile_records
from imports.mapping_language.row_keys import KEY, compile_key
from imports.mapping_language.shipped_tables import insert_tables
from imports.mapping_language.values import Compiler, Read
from schemas.fields import INVISIBLE
from schemas.imports.expressions import suggest_nearest
from schemas.imports.mappings import MappingIn

FOLDER = pathlib.Path(__file__).parents[1] / "mappings"
#: Marks the places of a drafted mapping that a person has to fill in.
FILL_IN = "FILL_IN"
#: Words of a mapping that `like` does not take over.
OWN_WORDS = ("about", "chosen_for")
#: Cells that are added to every row.
ROW = "row"
EXTRA_CELLS = frozenset({"release", "file", ROW})


class MappingError(Exception):
    """A mapping that cannot be used; the message names every fault with its line."""


class Mapping(NamedTuple):
    """A compiled mapping."""

    name: str
    definition: dict[str, Any]  # as `MappingIn` loads it
    values: dict[str, Read]
    ignored: list[tuple[Condition, str]]
    always: Make
    records: Make
    columns: frozenset[str]  # the columns that the mapping reads
    oddities: list[str]  # messages about the row whose records were made last; who reads them clears them
    patterns: frozenset[str] = frozenset()  # of columns that the mapping loops over
    grouping: Grouping | None = None  # how rows are counted
    read_key: Callable[[Cells], str] | None = None  # what identifies a row
    has_numbered_rows: bool = False  # records depend on the number of a row, or on its place among equal rows
    entries: LoopedEntries | None = None  # of the row whose records were made last

    @property
    def needed_columns(self) -> frozenset[str]:
        return self.columns - frozenset(self.definition["optional"])

    def prepare_cells(self, cells: dict[str, Any]) -> dict[str, Any]:
        """Return a row's cells without invisible characters and the texts of `remove`, and with the `values`."""
        prepared = dict(cells)
        for name, value in cells.items():
            if type(value) is not str or not value.isascii():
                prepared[name] = self._remove_invisible(name, value)
        if self.definition["remove"]:
            prepared = {name: self._remove_pieces(value) for name, value in prepared.items()}
        for name, read in self.values.items():
            prepared[name] = read(prepared)
        return prepared

    def _remove_invisible(self, name: str, value: Any) -> Any:
        """Return a cell without characters that nobody sees and no record can have. Note them for the row."""
        if isinstance(value, str):
            text = self._remove_pieces(value) if self.definition["remove"] else value
            if marks := sorted(set(INVISIBLE.findall(text))):
                codes = ", ".join(f"U+{ord(mark):04X}" for mark in marks)
                self.oddities.append(f"{name} has invisible characters ({codes}), which were removed")
                return INVISIBLE.sub("", text)
            return value
        if isinstance(value, list):
            return [self._remove_invisible(name, item) for item in value]
        if isinstance(value, dict):
            return {key: self._remove_invisible(name, item) for key, item in value.items()}
        return value

    def _remove_pieces(self, value: Any) -> Any:
        if isinstance(value, str):
            for piece in self.definition["remove"]:
                value = value.replace(piece, "")
        elif isinstance(value, list):
            return [self._remove_pieces(item) for item in value]
        elif isinstance(value, dict):
            return {name: self._remove_pieces(item) for name, item in value.items()}
        return value

    def why_ignored(self, cells: Cells) -> str | None:
        return next((why for holds, why in self.ignored if holds(cells)), None)


def list_built_in() -> Iterator[str]:
    """Return the names of the built-in mappings."""
    return (path.stem for path in sorted(FOLDER.glob("*.yaml")))


def load_mapping(name: str) -> Mapping:
    """Return the built-in mapping with this name, or the mapping in this file. Raise `MappingError`."""
    path = pathlib.Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        is_file = pathlib.Path(name).exists()
        hint = " The file name of a mapping ends in .yaml or .yml." if is_file else ""
        names = ", ".join(list_built_in())
        raise MappingError(f"There is no mapping {name}.{hint} Built-in mappings: {names}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path} cannot be read: {error}.") from None
    return compile_mapping(path.stem, copy.deepcopy(_validate_mapping(path.name, text)))


@functools.lru_cache(maxsize=64)  # all that come along take 0.7 s to read, and each import looks for those that fit
def _validate_mapping(name: str, text: str) -> dict[str, Any]:
    try:
        marked = yaml_lines.read(text)
    except yaml_lines.UnreadableYamlError as error:
        raise MappingError(f"{name}, {error}") from None
    _refuse_faults(name, marked, _find_unfilled_places(marked.content))
    marked = marked._replace(content=_add_inherited(name, marked))
    insert_tables(marked.content)
    _refuse_undefined_tables(name, marked)
    try:
        loaded: dict[str, Any] = MappingIn().load(marked.content)
    except ValidationError as error:
        _refuse_faults(name, marked, ((_parse_path(where), why) for where, why in list_faults(error.messages)))
    _refuse_faults(name, marked, constants.find_unfit_constants(marked.content, loaded))
    _refuse_faults(name, marked, _find_forward_uses(marked.content))
    return loaded


def _add_inherited(name: str, marked: yaml_lines.MarkedYaml) -> Any:
    """Return the content, with everything of the built-in mapping in `like` that it does not set itself."""
    like = marked.content.get("like") if isinstance(marked.content, dict) else None
    if like is None:
        return marked.content
    if like not in list_built_in():
        why = f"There is no built-in mapping {like}. {suggest_nearest(str(like), list_built_in())}"
        _refuse_faults(name, marked, [(("like",), why)])
    inherited = yaml_lines.read((FOLDER / f"{like}.yaml").read_text(encoding="utf-8"))
    base = _add_inherited(like, inherited)
    return {**{key: value for key, value in base.items() if key not in OWN_WORDS}, **marked.content}


def _refuse_faults(name: str, marked: yaml_lines.MarkedYaml, problems: Iterable[tuple[yaml_lines.Path, str]]) -> None:
    """Raise `MappingError` with the line of each problem, if there are any."""
    faults = sorted({(marked.line_of(path), _format_path(path), why) for path, why in problems})
    if faults:
        raise MappingError("\n".join(f"{name}, line {line}: {shown}{why}" for line, shown, why in faults))


def _find_unfilled_places(content: Any) -> Iterator[tuple[yaml_lines.Path, str]]:
    """Return the places of a drafted mapping that are still to be filled in."""
    for path, value in yaml_lines.walk_leaves(content):
        if FILL_IN in str(value):
            yield path, f"Write what belongs here instead of {FILL_IN}."


def _find_forward_uses(content: dict[str, Any]) -> Iterator[tuple[yaml_lines.Path, str]]:
    """Return the values that use a value defined below them, which would be empty."""
    below = list(content.get("values", {}))
    for name, expression in content.get("values", {}).items():
        below.remove(name)
        for path, value in yaml_lines.walk_leaves(expression, ("values", name)):
            yield from (
                (path, f"{used} is defined below. Move it above this value.")
                for used in below
                if _uses_name(path, value, used)
            )


def _uses_name(path: yaml_lines.Path, value: Any, name: str) -> bool:
    if path[-1] == "column" or path[-2:-1] == ("column",):
        return bool(value == name)
    return isinstance(value, str) and f"{{{name}}}" in value


def _refuse_undefined_tables(name: str, marked: yaml_lines.MarkedYaml) -> None:
    content = marked.content if isinstance(marked.content, dict) else {}
    tables = content.get("tables") or {}
    for path, value in yaml_lines.walk_leaves(content):
        if path[-1] == "table" and isinstance(value, str) and value not in tables:
            raise MappingError(f"{name}, line {marked.line_of(path)}: table {value}: {suggest_nearest(value, tables)}")


def _parse_path(where: str) -> yaml_lines.Path:
    return tuple(int(part) if part.isdigit() else part for part in where.split("/"))


def _format_path(path: yaml_lines.Path) -> str:
    words = [part for part in path if isinstance(part, str) and part not in ("", "_schema")]
    return f"{' › '.join(words)}: " if words else ""


def compile_mapping(name: str, definition: dict[str, Any]) -> Mapping:
    compiler = Compiler(definition)
    values: dict[str, Read] = {}
    renamed = set()  # columns that are read by a value of the same name
    for value, expression in definition["values"].items():
        compiler.names.discard(value)
        values[value] = compiler.compile_named_value(value, expression)
        renamed |= compiler.names & {value}
    ignored = [(compiler.compile_condition(rule["when"]), rule["because"]) for rule in definition["ignore"]["rows"]]
    grouping = compile_grouping(definition["count"], compiler) if "count" in definition else None
    read_key = compile_key(definition["key"], compiler) if "key" in definition else None
    read_by_rows, compiler.names = compiler.names, set[str]()
    records = compile_records(definition["records"], definition["usual"], compiler)
    has_numbered_rows = ROW in read_by_rows | compiler.names or read_key is not None
    compiler.names -= {KEY} if read_key else set()
    if grouping is None:
        read_by_rows |= compiler.names
    elif unknown := compiler.names - grouping.cell_names - EXTRA_CELLS:
        raise MappingError(_describe_lost_cells(name, unknown, grouping))
    patterns = frozenset(compiler.patterns)
    if grouping and patterns:
        raise MappingError(f"{name}: `for` over columns does not work with `count`, which keeps no columns.")
    columns = frozenset(read_by_rows) - values.keys() - EXTRA_CELLS | renamed
    compiler.names = set()
    always = compile_records(definition["always"], definition["usual"], compiler)
    if read := frozenset(compiler.names) - EXTRA_CELLS:
        raise MappingError(
            f"{name}: `always` reads the columns {', '.join(sorted(read))}, but its records are made once, "
            "not from a row. Move them to `records`."
        )
    return Mapping(
        name, definition, values, ignored, always, records, columns, compiler.oddities, patterns, grouping, read_key,
        has_numbered_rows, compiler.entries,
    )  # fmt: skip


def _describe_lost_cells(name: str, unknown: Iterable[str], grouping: Grouping) -> str:
    return (
        f"{name}: `records` reads {', '.join(sorted(unknown))}, which `count` does not keep. "
        f"It keeps {', '.join(sorted(grouping.cell_names))}. Add to `by` what is the same for a whole group."
    )
