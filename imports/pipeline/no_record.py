"""Explain why no row of a file makes a record."""

from collections.abc import Iterable, Iterator
from typing import Any

from schemas.imports.mappings import RECORD_SCHEMAS


class NoRecordError(Exception):
    """A file of which no row makes a record. The message says what was looked for."""


def describe_unmet(makings: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Return what each record of a mapping waits for, as lines of text."""
    for making in makings:
        if "when" in making:
            yield f"No row meets the condition of {name_making(making)} on {describe_condition(making['when'])}."
        elif "for_" in making:
            yield f"No row has an item in {describe_list(making['for_'])}, from which {name_making(making)} is made."
        else:
            yield from describe_unmet(making.get("records", ()))


def describe_list(loop: dict[str, Any]) -> str:
    """Return the columns whose items a loop makes records of."""
    return str(loop["column"]) if "column" in loop else ", ".join(loop["columns"])


def describe_condition(condition: Any) -> str:
    """Return the columns that a condition compares."""
    return ", ".join(dict.fromkeys(_compared_columns(condition)))


def name_making(making: dict[str, Any]) -> str:
    """Return what an entry of `records` makes, for messages."""
    record_type = next((name for name in RECORD_SCHEMAS if name in making), None)
    return f"the {record_type}" if record_type else "several records"


def _compared_columns(condition: Any) -> Iterator[str]:
    if isinstance(condition, list):
        for inner in condition:
            yield from _compared_columns(inner)
        return
    for word, content in condition.items():
        if word in ("any", "all", "not"):
            yield from _compared_columns(content)
        elif word == "column":
            yield from content
        elif word == "text":
            yield str(content)
