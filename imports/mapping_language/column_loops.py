"""Loop over the columns of a wide table, or over the keys of a JSON object, whose names match a pattern."""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

from imports.mapping_language.cells import Cells, LoopedItem
from imports.mapping_language.values import Compiler

REMEMBERED = 2_000  # names of columns
#: Cells that the import adds to a row.
NOT_OF_THE_FILE = frozenset({"release", "file", "row"})


def compile_column_loop(patterns: Sequence[str], compiler: Compiler) -> Callable[[Cells], list[Any]]:
    """Return a function that returns an item for each cell that is not empty and whose column matches a pattern.

    An item has the name of the column as `key`, what each `*` stands for as `1`, `2` and so on, and the cell as
    `value`. The fields of an object are fields of the item.
    """
    compiler.patterns.update(patterns)
    expressions = [build_pattern(pattern) for pattern in patterns]

    @functools.lru_cache(REMEMBERED)
    def match_name(name: str) -> dict[str, str] | None:
        for expression in expressions:
            if match := expression.fullmatch(name):
                return {"key": name, **{str(place): text for place, text in enumerate(match.groups(), 1)}}
        return None

    def list_items(cells: Cells) -> list[Any]:
        items = []
        for name, value in cells.items():
            if name in NOT_OF_THE_FILE or compiler.is_empty(value) or _is_inner(name, cells):
                continue
            if (words := match_name(name)) is not None:
                inner = value if isinstance(value, dict) else {}
                items.append(LoopedItem({**inner, **words, "value": value}, value))
        return items

    return list_items


@functools.cache
def build_pattern(pattern: str) -> re.Pattern[str]:
    """Return the expression for a pattern of column names, in which only `*` is special."""
    return re.compile("(.*)".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _is_inner(name: str, cells: Cells) -> bool:
    """Return whether a cell is a field of an object that is a cell too: `2020.killed` of `2020`."""
    return "." in name and isinstance(cells.get(name.partition(".")[0]), dict)
