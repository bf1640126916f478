"""Compile the values of a mapping into functions from a row's cells to a constant, text, number, list, or None."""

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from imports.mapping_language.cells import Cell, Cells, Numbers, UnfitCellError, cell_text, item_cells
from imports.mapping_language.conditions import Condition, compile_condition
from imports.mapping_language.dates import parse_days
from imports.mapping_language.looped_entries import LoopedEntries
from imports.mapping_language.numbers import parse_whole
from schemas.imports.expressions import HOLE, SOURCES

Read = Callable[[Cells], Any]
T = TypeVar("T")
ITEM = "item"
WHOLE_NUMBER = re.compile(r"[0-9]+\.0+")  # `3.0`, as pandas writes the 3 of a column with empty cells
LISTED_NAMES = 20  # of a table, in a message
REMEMBERED = 2_000  # converted texts of a field


class Compiler:
    """Compiles the values of one mapping. `names` collects the columns that they read."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.tables: dict[str, Any] = mapping["tables"]
        self.missing = frozenset(mapping["missing"]) | {""}
        self.dates: tuple[str, ...] = tuple(mapping["dates"])
        self.numbers = Numbers(**mapping["numbers"])
        self.names: set[str] = set()
        self.patterns: set[str] = set()  # of columns that are looped over
        self.oddities: list[str] = []  # messages about the row that is being read
        self.entries = LoopedEntries(mapping)

    def compile_cell(self, loaded: Any, field: str = "") -> Callable[[Cells], Cell]:
        """Return a function that returns a value as a `Cell`. If it reads no column, the cell names the field."""
        read, build_cell = self.compile_value(loaded), self.build_cell_maker(loaded, field)
        return lambda cells: build_cell(read(cells))

    def compile_conversion(self, loaded: Any, field: str, convert: Callable[[Cell], T]) -> Callable[[Cells], T]:
        """Return a function that converts a value as a `Cell`. Texts repeat in a column, so results are remembered.

        The result must depend on the cell alone, and nobody may change it.
        """
        read, build_cell = self.compile_value(loaded), self.build_cell_maker(loaded, field)

        def convert_value(value: Any) -> T:
            return convert(build_cell(value))

        convert_text = functools.lru_cache(REMEMBERED)(convert_value)

        def read_converted(cells: Cells) -> T:
            value = read(cells)
            return convert_text(value) if type(value) is str else convert_value(value)

        return read_converted

    def build_cell_maker(self, loaded: Any, field: str = "") -> Callable[[Any], Cell]:
        """Return a function that adds to a value its columns, and how its date or number is written."""
        options = loaded if isinstance(loaded, dict) else {}
        column = self._blamed_columns(loaded) or field
        formats = tuple(options.get("date", self.dates))
        marks = Numbers(**options["number"]) if "number" in options else self.numbers
        return lambda value: Cell(value, column, formats, marks)

    def is_constant(self, loaded: Any) -> bool:
        """Return whether a value is the same for every row, because it reads no column."""
        before, self.names = self.names, set()
        self.compile_value(loaded)
        names, self.names = self.names, before
        return not names

    def compile_value(self, loaded: Any) -> Read:
        """Return a function for a constant or an expression, as the schema loads it."""
        if isinstance(loaded, str):
            return self.compile_template(loaded)
        if isinstance(loaded, list):
            inner = [self.compile_value(entry) for entry in loaded]
            return lambda cells: [value for read in inner if (value := read(cells)) is not None]
        if isinstance(loaded, dict):
            return (
                self._compile_entry(loaded) if loaded.keys().isdisjoint(SOURCES) else self._compile_expression(loaded)
            )
        return lambda cells: loaded

    def compile_condition(self, loaded: Any) -> Condition:
        return compile_condition(loaded, self)

    def compile_column(self, name: str) -> Read:
        self.names.add(name)
        missing = self.missing

        def read(cells: Cells) -> Any:
            value = cells.get(name)
            if isinstance(value, str):
                value = value.strip()
                return None if value in missing else value
            return value

        return read

    def is_empty(self, value: Any) -> bool:
        """Return whether a cell is empty, or has a content that means: not stated."""
        return value is None or isinstance(value, str) and value.strip() in self.missing

    def compile_template(self, template: str) -> Read:
        """Return a function that fills {columns} in a text; it returns None if a column is empty.

        `{{` and `}}` are braces.
        """
        parts: list[str | Read] = []
        end = 0
        for hole in HOLE.finditer(template):
            parts += [template[end : hole.start()], self.compile_column(hole[1]) if hole[1] else hole[0][0]]
            end = hole.end()
        parts.append(template[end:])
        if all(isinstance(part, str) for part in parts):
            constant = "".join(map(str, parts))
            return lambda cells: constant
        if not any(part for part in parts if isinstance(part, str)) and len(parts) == 3:
            return next(part for part in parts if not isinstance(part, str))  # {column} alone keeps the cell's type
        pattern = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
        return _compile_join_of_columns(pattern, [part for part in parts if not isinstance(part, str)])

    def _compile_entry(self, loaded: dict[str, Any]) -> Read:
        """Return a function for an entry of a list of records; it returns None if the condition is false."""
        when = self.compile_condition(loaded.get("when", []))
        inner = {name: self.compile_value(value) for name, value in loaded.items() if name != "when"}
        return lambda cells: {name: read(cells) for name, read in inner.items()} if when(cells) else None

    def _compile_expression(self, loaded: dict[str, Any]) -> Read:
        read = self._compile_source(loaded)
        if "split" in loaded:
            read = self._compile_split(read, loaded)
        if "table" in loaded:
            read = self._compile_lookup(read, loaded)
        if "each" in loaded:
            read = self._compile_each(read, loaded["each"])
        if "join" in loaded:
            read = _compile_join(read, loaded["join"])
        if "shift" in loaded:
            return self._compile_shift(read, loaded)
        if "date" in loaded:
            return self._compile_date(read, loaded)
        return read

    def _compile_source(self, loaded: dict[str, Any]) -> Read:
        if "text" in loaded:
            return self.compile_template(loaded["text"])
        if "cases" in loaded:
            return self._compile_cases(loaded["cases"])
        choices = [self.compile_column(name) for name in loaded["column"]] if "column" in loaded else []
        choices += [self.compile_value(value) for value in loaded.get("first", [])]
        if len(choices) == 1:
            return choices[0]
        return lambda cells: next((value for read in choices if (value := read(cells)) is not None), None)

    def _compile_cases(self, loaded: list[dict[str, Any]]) -> Read:
        cases = [(self.compile_condition(case.get("when", [])), self.compile_value(case["then"])) for case in loaded]
        return lambda cells: next((read(cells) for holds, read in cases if holds(cells)), None)

    def _compile_split(self, read: Read, loaded: dict[str, Any]) -> Read:
        separator, part, column = loaded["split"], loaded.get("part"), self._blamed_columns(loaded)

        def split_text(cells: Cells) -> Any:
            value = read(cells)
            if value is None:
                return None if part else []
            items = self.split_items(cell_text(value).split(separator), "" if part else column)
            if part is None:
                return items
            place = part - 1 if part > 0 else part
            return items[place] if -len(items) <= place < len(items) else None

        return split_text

    def split_items(self, items: list[str], column: str) -> list[str]:
        """Return the items that are not empty. If there is an empty one, note it for this column (none: do not)."""
        filled = [item.strip() for item in items if item.strip()]
        if column and len(filled) < len(items):
            self.oddities.append(f"{column} has an empty item in its list, which was left out")
        return filled

    def compile_named_value(self, name: str, loaded: Any) -> Read:
        """Return a function for a value of `values`. If one column of several leaves it empty, the row is noted."""
        read = self.compile_value(loaded)
        template = loaded.get("text") if isinstance(loaded, dict) else loaded
        holes = [hole[1] for hole in HOLE.finditer(template) if hole[1]] if isinstance(template, str) else []
        if len(holes) < 2:
            return read
        columns = {hole: self.compile_column(hole) for hole in holes}

        def read_noted(cells: Cells) -> Any:
            value = read(cells)
            if value is None:
                empty = [hole for hole, read_column in columns.items() if read_column(cells) is None]
                if len(empty) < len(columns):
                    self.oddities.append(f"{name} is empty, because {', '.join(empty)} is empty")
            return value

        return read_noted

    def _compile_lookup(self, read: Read, loaded: dict[str, Any]) -> Read:
        table = loaded["table"] if isinstance(loaded["table"], dict) else self.tables[loaded["table"]]
        otherwise = self.compile_value(loaded["otherwise"]) if "otherwise" in loaded else None
        column, allowed = self._blamed_columns(loaded), _describe_table(table)

        def look_up(value: Any, cells: Cells) -> Any:
            key = "" if value is None else cell_text(value)
            if value is None or key in table:
                return table.get(key)
            if WHOLE_NUMBER.fullmatch(key) and (whole := key.partition(".")[0]) in table:
                return table[whole]
            if otherwise is None:
                raise UnfitCellError(column, value, allowed)
            return otherwise(cells)

        def look_up_all(cells: Cells) -> Any:
            value = read(cells)
            return [look_up(item, cells) for item in value] if isinstance(value, list) else look_up(value, cells)

        return look_up_all

    def _compile_each(self, read: Read, loaded: Any) -> Read:
        names_before = set(self.names)
        make = self.compile_value(loaded)
        self.names -= {name for name in self.names - names_before if name.split(".")[0] == ITEM}
        return lambda cells: [make({**cells, **item_cells(ITEM, item)}) for item in _as_list(read(cells))]

    def _compile_shift(self, read: Read, loaded: dict[str, Any]) -> Read:
        read_steps, formats, column = (
            self.compile_cell(loaded["shift"]),
            tuple(loaded.get("date", self.dates)),
            self._blamed_columns(loaded),
        )

        def shift_day(cells: Cells) -> Any:
            value, steps = read(cells), read_steps(cells)
            if value is None or steps.value is None:
                return None
            try:
                start = parse_days(value, formats)
                if start.first != start.last:
                    raise ValueError("Must be a full day, because shift counts days from it.")
                return datetime.date.fromisoformat(start.first) + datetime.timedelta(
                    parse_whole(steps.value, steps.numbers)
                )
            except (ValueError, OverflowError) as error:
                raise UnfitCellError(column, value, str(error)) from None

        return shift_day

    def _compile_date(self, read: Read, loaded: dict[str, Any]) -> Read:
        formats, column = tuple(loaded["date"]), self._blamed_columns(loaded)

        def parse_date(cells: Cells) -> Any:
            value = read(cells)
            try:
                if isinstance(value, list):
                    return [parse_days(item, formats) for item in value]
                return None if value is None else parse_days(value, formats)
            except ValueError as error:
                raise UnfitCellError(column, value, str(error)) from None

        return parse_date

    def _blamed_columns(self, loaded: Any) -> str:
        """Return the columns that a value reads, for the message about an unfit cell."""
        return ", ".join(sorted(self.list_columns(loaded)))

    def list_columns(self, loaded: Any) -> set[str]:
        """Return the columns that a value reads before it is changed."""
        before, self.names = self.names, set()
        if isinstance(loaded, str):
            self.compile_template(loaded)
        elif isinstance(loaded, dict) and "column" in loaded:
            self.names = set(loaded["column"])
        elif isinstance(loaded, dict) and "text" in loaded:
            self.compile_template(loaded["text"])
        columns, self.names = self.names, before
        return columns


def _describe_table(table: Mapping[str, Any]) -> str:
    """Return what a cell must be to be in a table: its first words, and what else to do."""
    names = [name or '""' for name in table]
    listed = ", ".join(names[:LISTED_NAMES]) + (", …" if len(names) > LISTED_NAMES else "")
    return f"Must be one of: {listed}. Or add it to the table in the mapping."


def _compile_join_of_columns(pattern: str, columns: list[Read]) -> Read:
    """Return a function that fills columns into a pattern of `%`; it returns None if a column is empty."""

    def join_columns(cells: Cells) -> str | None:
        texts = []
        for read in columns:
            if (value := read(cells)) is None:
                return None
            texts.append(cell_text(value))
        return pattern % tuple(texts)

    return join_columns


def _as_list(value: Any) -> list[Any]:
    """Return a list unchanged, None as an empty list, and any other value as a list with one item."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _compile_join(read: Read, between: str) -> Read:
    return lambda cells: between.join(map(cell_text, _as_list(read(cells)))) or None
