"""The entries of a JSON tree that is read as one row, and which of them made no record.

Such a file has no rows of which the import could say that nothing was made of them. A part of the tree may be deeper
than the rest, so that its figures would be left out without a word.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.imports.mappings import WHOLE
from schemas.sentences import count_noun

FIRST_SHOWN = 5
LONGEST_LABEL = 60


class LoopedEntries:
    """The entries of the loops of one row. An entry that makes a record in any loop over its list is not silent."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.is_tree = definition["file"].get("path") == WHOLE and "count" not in definition
        self.path: list[int] = []  # the numbers of the entries in which the present loop is
        self.labels: dict[tuple[str, tuple[int, ...]], str | None] = {}  # None: the entry made a record

    def note_entry(self, column: str, number: int, entry: Any, has_records: bool) -> None:
        """Note an entry of the list in a column. `number`: its place in the list."""
        key = (column, (*self.path, number))
        if has_records:
            self.labels[key] = None
        elif isinstance(entry, dict):
            self.labels.setdefault(key, _label_entry(entry, number))

    def describe_silent(self) -> Iterator[str]:
        """Yield a sentence for each list with entries that made no record, and forget all entries."""
        silent: dict[str, list[str]] = {}
        for (column, _), label in self.labels.items():
            if label is not None:
                silent.setdefault(column, []).append(label)
        self.labels.clear()
        for column, labels in silent.items():
            shown = ", ".join(labels[:FIRST_SHOWN]) + (" …" if len(labels) > FIRST_SHOWN else ".")
            yield f"{count_noun(len(labels), 'entry', 'entries')} of {column} made no record: {shown}"


def _label_entry(entry: Mapping[str, Any], number: int) -> str:
    """Return the key of an entry or its first text; its number if it has none."""
    texts = (value for value in entry.values() if isinstance(value, str) and value)
    return str(entry.get("key") or next(texts, number))[:LONGEST_LABEL]
