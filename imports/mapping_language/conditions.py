"""Compile the conditions of a mapping into tests of a row's cells."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from imports.mapping_language.cells import Cell, Cells, UnfitCellError, cell_text
from imports.mapping_language.numbers import parse_decimal

Condition = Callable[[Cells], bool]
Test = Callable[[Any], bool]
Reading = Callable[[Any], Callable[[Cells], Cell]]


def compile_condition(loaded: Any, reading: Reading) -> Condition:
    """Compile a condition, as the schema loads it. An empty list is always true.

    `reading` compiles the values that are compared.
    """
    if isinstance(loaded, list):
        all_of = [compile_condition(inner, reading) for inner in loaded]
        return lambda cells: all(holds(cells) for holds in all_of)
    for word, quantified in (("any", any), ("all", all)):
        if word in loaded:
            inner = loaded[word] if isinstance(loaded[word], list) else [loaded[word]]
            some_of = [compile_condition(part, reading) for part in inner]
            return lambda cells, some_of=some_of, quantified=quantified: quantified(  # type: ignore[misc]
                holds(cells) for holds in some_of
            )
    if "not" in loaded:
        holds = compile_condition(loaded["not"], reading)
        return lambda cells: not holds(cells)
    return _compile_comparison(loaded, reading)


def _compile_comparison(loaded: dict[str, Any], reading: Reading) -> Condition:
    read = reading({name: loaded[name] for name in ("column", "text", "first") if name in loaded})
    text_tests = [TEXT_TESTS[name](loaded[name]) for name in loaded if name in TEXT_TESTS]
    listed = reading({"column": [loaded["listed_in"]]}) if "listed_in" in loaded else None
    number_tests = [NUMBER_TESTS[name](Decimal(loaded[name])) for name in loaded if name in NUMBER_TESTS]

    def holds(cells: Cells) -> bool:
        cell = read(cells)
        if not all(test(cell.value) for test in text_tests):
            return False
        if listed and _text_or_empty(cell.value) not in map(_text_or_empty, listed(cells).value or []):
            return False
        if not number_tests or cell.value is None:
            return not number_tests
        try:
            number = parse_decimal(cell.value, cell.numbers)
        except ValueError as error:
            raise UnfitCellError(cell.column, cell.value, str(error)) from None
        return all(test(number) for test in number_tests)

    return holds


def _text_or_empty(value: Any) -> str:
    return "" if value is None else cell_text(value)


#: Comparisons of the text in a cell. An empty cell is the empty text.
TEXT_TESTS: dict[str, Callable[[Any], Test]] = {
    "is_": lambda expected: lambda value: _text_or_empty(value) == _text_or_empty(expected),
    "is_not": lambda expected: lambda value: _text_or_empty(value) != _text_or_empty(expected),
    "in_": lambda expected: lambda value: _text_or_empty(value) in set(map(_text_or_empty, expected)),
    "not_in": lambda expected: lambda value: _text_or_empty(value) not in set(map(_text_or_empty, expected)),
    "empty": lambda expected: lambda value: (_text_or_empty(value) == "" or value == []) is expected,
    "contains": lambda expected: lambda value: expected in _text_or_empty(value),
    "starts_with": lambda expected: lambda value: _text_or_empty(value).startswith(expected),
}
#: Comparisons of numbers. All are false for an empty cell.
NUMBER_TESTS: dict[str, Callable[[Decimal], Test]] = {
    "above": lambda expected: lambda value: value > expected,
    "below": lambda expected: lambda value: value < expected,
    "at_least": lambda expected: lambda value: value >= expected,
    "at_most": lambda expected: lambda value: value <= expected,
}
