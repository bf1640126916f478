"""The entries of the lists in JSON: which fields of them no record reads, and which of them made no record.

A file that is read as one row has no rows of which the import could say that nothing was made of them. A part of the
tree may be deeper than the rest, so that its figures would be left out without a word.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.imports.mappings import WHOLE
from schemas.sentences import count_noun

FIRST_SHOWN = 5
LONGEST_LABEL = 60


class LoopedEntries:
    """The entries of the loops of a mapping. An entry that makes a record in any loop over its list is not silent."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.is_tree = definition["file"].get("path") == WHOLE and "count" not in definition
        self.path: list[int] = []  # the numbers of the entries in which the present loop is
        self.labels: dict[tuple[str, tuple[int, ...]], str | None] = {}  # None: the entry made a record
        self.fields: dict[str, set[str]] = {}  # of the entries, by the column of their list
        self.read: dict[str, set[str]] = {}  # the fields that any loop over the column reads

    def add_loop(self, column: str, name: str, names: Iterable[str]) -> set[str]:
        """Note which fields a loop reads. Return the set to which the fields of its entries are added.

        `name`: of an entry. `names`: what the loop reads, such as `item.url`; `item` alone may be any field.
        """
        read = self.read.setdefault(column, {"key"})  # which the loop adds
        read.update("*" if part == name else part.split(".")[1] for part in names)
        return self.fields.setdefault(column, set())

    def list_unread(self, ignored: Iterable[str]) -> list[str]:
        """Return the fields of entries that no loop reads, such as `metrics.note`, without those of these patterns."""
        patterns = list(ignored)
        unread = (
            f"{column}.{field}"
            for column, fields in self.fields.items()
            if "*" not in self.read[column]
            for field in fields - self.read[column]
        )
        return sorted(name for name in unread if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))

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
