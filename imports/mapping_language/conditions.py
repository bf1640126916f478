"""Compile the conditions of a mapping into tests of a row's cells."""

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from imports.mapping_language.cells import Cell, Cells, Numbers, UnfitCellError, cell_text
from imports.mapping_language.numbers import is_same_number, parse_decimal

Condition = Callable[[Cells], bool]
Test = Callable[[Any], bool]
REMEMBERED = 2_000  # compared texts of a condition


class Reading(Protocol):
    """Compiles the values that are compared."""

    def compile_value(self, loaded: Any) -> Callable[[Cells], Any]: ...
    def build_cell_maker(self, loaded: Any) -> Callable[[Any], Cell]: ...


def compile_condition(loaded: Any, reading: Reading) -> Condition:
    """Compile a condition, as the schema loads it. An empty list is always true."""
    if isinstance(loaded, list):
        return _compile_quantified([compile_condition(inner, reading) for inner in loaded], is_any=False)
    for word in ("any", "all"):
        if word in loaded:
            inner = loaded[word] if isinstance(loaded[word], list) else [loaded[word]]
            return _compile_quantified([compile_condition(part, reading) for part in inner], is_any=word == "any")
    if "not" in loaded:
        holds = compile_condition(loaded["not"], reading)
        return lambda cells: not holds(cells)
    return _compile_comparison(loaded, reading)


def _compile_quantified(conditions: list[Condition], is_any: bool) -> Condition:
    """Return the condition that any of these holds, or all."""
    if len(conditions) == 1:
        return conditions[0]

    def holds(cells: Cells) -> bool:
        for condition in conditions:
            if condition(cells) is is_any:
                return is_any
        return not is_any

    return holds


def _compile_comparison(loaded: dict[str, Any], reading: Reading) -> Condition:
    compared = {name: loaded[name] for name in ("column", "text") if name in loaded}
    read, test_value = reading.compile_value(compared), _compile_tests(loaded, reading.build_cell_maker(compared))
    listed = reading.compile_value({"column": [loaded["listed_in"]]}) if "listed_in" in loaded else None
    test_text = functools.lru_cache(REMEMBERED)(test_value)

    def holds(cells: Cells) -> bool:
        value = read(cells)
        if listed and _text_or_empty(value) not in map(_text_or_empty, listed(cells) or []):
            return False
        return test_text(value) if type(value) is str else test_value(value)

    return holds


def _compile_tests(loaded: dict[str, Any], build_cell: Callable[[Any], Cell]) -> Test:
    """Return the test of a value that all comparisons of a condition hold."""
    format = build_cell(None).numbers
    text_tests = [TEXT_TESTS[name](loaded[name], format) for name in loaded if name in TEXT_TESTS]
    number_tests = [NUMBER_TESTS[name](Decimal(loaded[name])) for name in loaded if name in NUMBER_TESTS]

    def test_value(value: Any) -> bool:
        if not all(test(value) for test in text_tests):
            return False
        if not number_tests or value is None:
            return not number_tests
        cell = build_cell(value)
        try:
            number = parse_decimal(value, cell.numbers)
        except ValueError as error:
            raise UnfitCellError(cell.column, value, str(error)) from None
        return all(test(number) for test in number_tests)

    return test_value


def _text_or_empty(value: Any) -> str:
    return "" if value is None else cell_text(value)


def _compile_equality(expected: Any, format: Numbers) -> Test:
    """Return the test for a value. A number that the mapping writes without quotes is compared as a number."""
    text = _text_or_empty(expected)
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        return lambda value: _text_or_empty(value) == text
    return lambda value: _text_or_empty(value) == text or value is not None and is_same_number(value, expected, format)


def _compile_membership(expected: Any, format: Numbers) -> Test:
    texts = frozenset(map(_text_or_empty, expected))
    numbers = [_compile_equality(entry, format) for entry in expected if isinstance(entry, int | float)]
    return lambda value: _text_or_empty(value) in texts or any(test(value) for test in numbers)


def _negate(test: Test) -> Test:
    return lambda value: not test(value)


#: Comparisons of the content of a cell. An empty cell is the empty text.
TEXT_TESTS: dict[str, Callable[[Any, Numbers], Test]] = {
    "is_": _compile_equality,
    "is_not": lambda expected, format: _negate(_compile_equality(expected, format)),
    "in_": _compile_membership,
    "empty": lambda expected, _: lambda value: (_text_or_empty(value) == "" or value == []) is expected,
    "contains": lambda expected, _: lambda value: expected in _text_or_empty(value),
    "starts_with": lambda expected, _: lambda value: _text_or_empty(value).startswith(expected),
}
#: Comparisons of numbers. All are false for an empty cell.
NUMBER_TESTS: dict[str, Callable[[Decimal], Test]] = {
    "above": lambda expected: lambda value: value > expected,
    "below": lambda expected: lambda value: value < expected,
    "at_least": lambda expected: lambda value: value >= expected,
    "at_most": lambda expected: lambda value: value <= expected,
}
