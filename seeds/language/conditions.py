"""Conditions of a mapping compiled: whether they hold of the cells of a row."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from seeds.language.cells import Cell, Cells, Unfit, text
from seeds.language.numbers import decimal

Condition = Callable[[Cells], bool]
Test = Callable[[Any], bool]
Reading = Callable[[Any], Callable[[Cells], Cell]]


def condition(given: Any, reading: Reading) -> Condition:
    """A condition as the schema loads it; an empty list always holds. `reading` compiles the values compared."""
    if isinstance(given, list):
        all_of = [condition(inner, reading) for inner in given]
        return lambda cells: all(holds(cells) for holds in all_of)
    for word, quantified in (("any", any), ("all", all)):
        if word in given:
            inner = given[word] if isinstance(given[word], list) else [given[word]]
            some_of = [condition(one, reading) for one in inner]
            return lambda cells, some_of=some_of, quantified=quantified: quantified(  # type: ignore[misc]
                holds(cells) for holds in some_of
            )
    if "not" in given:
        holds = condition(given["not"], reading)
        return lambda cells: not holds(cells)
    return _comparison(given, reading)


def _comparison(given: dict[str, Any], reading: Reading) -> Condition:
    read = reading({name: given[name] for name in ("column", "text", "first") if name in given})
    texts = [TEXTS[name](given[name]) for name in given if name in TEXTS]
    listed = reading({"column": [given["listed_in"]]}) if "listed_in" in given else None
    sums = [NUMBERS[name](Decimal(given[name])) for name in given if name in NUMBERS]

    def holds(cells: Cells) -> bool:
        found = read(cells)
        if not all(test(found.value) for test in texts):
            return False
        if listed and _words(found.value) not in map(_words, listed(cells).value or []):
            return False
        if not sums or found.value is None:
            return not sums
        try:
            number = decimal(found.value, found.numbers)
        except ValueError as error:
            raise Unfit(found.column, found.value, str(error)) from None
        return all(test(number) for test in sums)

    return holds


def _words(value: Any) -> str:
    return "" if value is None else text(value)


#: Comparisons of the text in a cell; an empty cell is the empty text.
TEXTS: dict[str, Callable[[Any], Test]] = {
    "is_": lambda told: lambda value: _words(value) == _words(told),
    "is_not": lambda told: lambda value: _words(value) != _words(told),
    "in_": lambda told: lambda value: _words(value) in set(map(_words, told)),
    "not_in": lambda told: lambda value: _words(value) not in set(map(_words, told)),
    "empty": lambda told: lambda value: (_words(value) == "" or value == []) is told,
    "contains": lambda told: lambda value: told in _words(value),
    "starts_with": lambda told: lambda value: _words(value).startswith(told),
}
#: Comparisons of numbers; none holds of an empty cell.
NUMBERS: dict[str, Callable[[Decimal], Test]] = {
    "above": lambda told: lambda value: value > told,
    "below": lambda told: lambda value: value < told,
    "at_least": lambda told: lambda value: value >= told,
    "at_most": lambda told: lambda value: value <= told,
}
