"""Values of a mapping compiled: from the cells of a row to a constant, a text, a number, a list, or None."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from schemas.expressions import HOLE, SOURCES
from seeds.language.cells import Cell, Cells, Numbers, Unfit, item_cells, text
from seeds.language.conditions import Condition, condition
from seeds.language.dates import days
from seeds.language.numbers import whole

Read = Callable[[Cells], Any]
ITEM = "item"


class Compiler:
    """What all values of a mapping share. `names` collects the columns that they read."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.tables: dict[str, Any] = mapping["tables"]
        self.missing = frozenset(mapping["missing"]) | {""}
        self.dates: tuple[str, ...] = tuple(mapping["dates"])
        self.numbers = Numbers(**mapping["numbers"])
        self.names: set[str] = set()

    def read(self, given: Any, field: str = "") -> Callable[[Cells], Cell]:
        """A compiled value, with what it takes to convert it. Where no column is to blame, the field is."""
        read = self.value(given)
        told = given if isinstance(given, dict) else {}
        column = self._blamed(given) or field
        formats = tuple(told.get("date", self.dates))
        marks = Numbers(**told["number"]) if "number" in told else self.numbers
        return lambda cells: Cell(read(cells), column, formats, marks)

    def value(self, given: Any) -> Read:
        """A constant or an expression as the schema loads it."""
        if isinstance(given, str):
            return self.template(given)
        if isinstance(given, list):
            inner = [self.value(entry) for entry in given]
            return lambda cells: [value for read in inner if (value := read(cells)) is not None]
        if isinstance(given, dict):
            return self._entry(given) if given.keys().isdisjoint(SOURCES) else self._expression(given)
        return lambda cells: given

    def condition(self, given: Any) -> Condition:
        return condition(given, self.read)

    def column(self, name: str) -> Read:
        self.names.add(name)
        missing = self.missing

        def read(cells: Cells) -> Any:
            value = cells.get(name)
            if isinstance(value, str):
                value = value.strip()
                return None if value in missing else value
            return value

        return read

    def template(self, given: str) -> Read:
        """Text with {columns}; `{{` and `}}` are braces. None where one of them is empty."""
        parts: list[str | Read] = []
        end = 0
        for hole in HOLE.finditer(given):
            parts += [given[end : hole.start()], self.column(hole[1]) if hole[1] else hole[0][0]]
            end = hole.end()
        parts.append(given[end:])
        if all(isinstance(part, str) for part in parts):
            constant = "".join(map(str, parts))
            return lambda cells: constant
        if not any(part for part in parts if isinstance(part, str)) and len(parts) == 3:
            return next(part for part in parts if not isinstance(part, str))  # {column}: whatever stands there
        return lambda cells: _joined(parts, cells)

    def _entry(self, given: dict[str, Any]) -> Read:
        """An entry of a list of records; None where its condition does not hold."""
        when = self.condition(given.get("when", []))
        inner = {name: self.value(value) for name, value in given.items() if name != "when"}
        return lambda cells: {name: read(cells) for name, read in inner.items()} if when(cells) else None

    def _expression(self, given: dict[str, Any]) -> Read:
        read = self._source(given)
        if "split" in given:
            read = _splitting(read, given["split"], given.get("part"))
        if "table" in given:
            read = self._looking_up(read, given)
        if "each" in given:
            read = self._each(read, given["each"])
        if "join" in given:
            read = _joining(read, given["join"])
        if "shift" in given:
            return self._shifted(read, given)
        if "date" in given:
            return self._dated(read, given)
        return read

    def _source(self, given: dict[str, Any]) -> Read:
        if "text" in given:
            return self.template(given["text"])
        if "cases" in given:
            return self._cases(given["cases"])
        choices = [self.column(name) for name in given["column"]] if "column" in given else []
        choices += [self.value(value) for value in given.get("first", [])]
        if len(choices) == 1:
            return choices[0]
        return lambda cells: next((value for read in choices if (value := read(cells)) is not None), None)

    def _cases(self, given: list[dict[str, Any]]) -> Read:
        cases = [(self.condition(case.get("when", [])), self.value(case["then"])) for case in given]
        return lambda cells: next((read(cells) for holds, read in cases if holds(cells)), None)

    def _looking_up(self, read: Read, given: dict[str, Any]) -> Read:
        table = given["table"] if isinstance(given["table"], dict) else self.tables[given["table"]]
        otherwise = self.value(given["otherwise"]) if "otherwise" in given else None
        column, allowed = self._blamed(given), f"Allowed is: {', '.join(table)}."

        def found(value: Any, cells: Cells) -> Any:
            if value is None or (key := text(value)) in table:
                return table.get("" if value is None else key)
            if otherwise is None:
                raise Unfit(column, value, allowed)
            return otherwise(cells)

        def look(cells: Cells) -> Any:
            value = read(cells)
            return [found(item, cells) for item in value] if isinstance(value, list) else found(value, cells)

        return look

    def _each(self, read: Read, given: Any) -> Read:
        self_names = set(self.names)
        make = self.value(given)
        self.names -= {name for name in self.names - self_names if name.split(".")[0] == ITEM}
        return lambda cells: [make({**cells, **item_cells(ITEM, item)}) for item in _items(read(cells))]

    def _shifted(self, read: Read, given: dict[str, Any]) -> Read:
        by, formats, column = self.read(given["shift"]), tuple(given.get("date", self.dates)), self._blamed(given)

        def shifted(cells: Cells) -> Any:
            value, steps = read(cells), by(cells)
            if value is None or steps.value is None:
                return None
            try:
                found = days(value, formats)
                if found.first != found.last:
                    raise ValueError("Allowed is a day: days are counted from it.")
                return datetime.date.fromisoformat(found.first) + datetime.timedelta(whole(steps.value, steps.numbers))
            except (ValueError, OverflowError) as error:
                raise Unfit(column, value, str(error)) from None

        return shifted

    def _dated(self, read: Read, given: dict[str, Any]) -> Read:
        formats, column = tuple(given["date"]), self._blamed(given)

        def dated(cells: Cells) -> Any:
            value = read(cells)
            try:
                if isinstance(value, list):
                    return [days(item, formats) for item in value]
                return None if value is None else days(value, formats)
            except ValueError as error:
                raise Unfit(column, value, str(error)) from None

        return dated

    def _blamed(self, given: Any) -> str:
        """The columns that a value reads, for telling which cell is unfit."""
        before, self.names = self.names, set()
        if isinstance(given, str):
            self.template(given)
        elif isinstance(given, dict) and "column" in given:
            self.names = set(given["column"])
        elif isinstance(given, dict) and "text" in given:
            self.template(given["text"])
        blamed, self.names = sorted(self.names), before
        return ", ".join(blamed)


def _joined(parts: list[str | Read], cells: Cells) -> str | None:
    made = []
    for part in parts:
        value = part if isinstance(part, str) else part(cells)
        if value is None:
            return None
        made.append(value if isinstance(part, str) else text(value))
    return "".join(made)


def _items(value: Any) -> list[Any]:
    """A list; what is none is a list of itself."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _joining(read: Read, between: str) -> Read:
    return lambda cells: between.join(map(text, _items(read(cells)))) or None


def _splitting(read: Read, separator: str, part: int | None) -> Read:
    def split(cells: Cells) -> Any:
        value = read(cells)
        if value is None:
            return None if part else []
        items = [item.strip() for item in text(value).split(separator)]
        items = [item for item in items if item]
        if part is None:
            return items
        place = part - 1 if part > 0 else part
        return items[place] if -len(items) <= place < len(items) else None

    return split
