"""Count the rows of a list of persons: one row for each group, with nothing that is about a person."""

import hashlib
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from imports.mapping_language.cells import Cell, Cells, UnfitCellError, cell_text
from imports.mapping_language.figures import whole_number
from imports.mapping_language.values import Compiler, Read
from schemas.imports.mappings import COUNT

CACHE = "-8000"  # KiB
DIGEST_SIZE = 16


class Grouping(NamedTuple):
    """How a mapping counts rows."""

    by: Mapping[str, Read]
    parts: Mapping[str, Read]
    person: str | None  # the column that identifies a person
    read_person: Read | None
    read_people: Any  # a function from cells to a `Cell`; None: a row is one person

    @property
    def cell_names(self) -> frozenset[str]:
        """Return the cells of a group, which records can read."""
        return frozenset({COUNT, *self.by, *self.parts})


class RowInGroup(NamedTuple):
    """What is counted of a row."""

    key: tuple[str, ...]
    shared: tuple[Any, ...]  # the cells that form the group
    parts: tuple[str | None, ...]
    people: int


class Group:
    """A group of rows: its first row, the cells that its rows share, the number of people, and the parts."""

    def __init__(self, tab: int, row: int, file: str, shared: tuple[Any, ...], parts: int) -> None:
        self.tab, self.row, self.file, self.shared, self.people = tab, row, file, shared, 0
        self.parts: list[Counter[str]] = [Counter() for _ in range(parts)]


def compile_grouping(loaded: Mapping[str, Any], compiler: Compiler) -> Grouping:
    """Compile `count` of a mapping. Its columns are those of a row, as the file has them."""
    person = loaded.get("person")
    return Grouping(
        {name: compiler.compile_column(name) for name in loaded["by"]},
        {name: compiler.compile_value(value) for name, value in loaded["parts"].items()},
        person,
        compiler.compile_column(person) if person else None,
        compiler.compile_cell(loaded["people"], "people") if "people" in loaded else None,
    )


class GroupCounter:
    """Counts rows by group. Of persons it knows only digests with a secret key, in a temporary file."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping, self.groups = grouping, dict[tuple[str, ...], Group]()
        self.secret = secrets.token_bytes(DIGEST_SIZE)
        self.persons = sqlite3.connect("", isolation_level=None)  # a file without a name, deleted when it is closed
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", f"PRAGMA cache_size = {CACHE}"):
            self.persons.execute(statement)
        self.persons.execute(
            "CREATE TABLE person (digest BLOB PRIMARY KEY, content BLOB, tab INTEGER, row INTEGER) WITHOUT ROWID"
        )
        self.persons.execute("BEGIN")

    def close(self) -> None:
        self.persons.close()

    def count_row(self, tab: int, number: int, file: str, cells: Cells) -> str | None:
        """Count a row. Return a notice about it, or None. Raise `UnfitCellError`."""
        row = self._read_row(cells)
        notice = None
        if self.grouping.read_person:
            person = self.grouping.read_person(cells)
            if person is None:
                notice = f"{self.grouping.person} is empty, so that nobody can know whether the person is counted twice"
            elif self._is_repeated(cell_text(person), row, tab, number):
                return f"{self.grouping.person} is that of an earlier row: the person was counted once"
        group = self.groups.get(row.key)
        if group is None:
            group = self.groups[row.key] = Group(tab, number, file, row.shared, len(row.parts))
        group.people += row.people
        for counter, part in zip(group.parts, row.parts, strict=True):
            if part is not None:
                counter[part] += row.people
        return notice

    def _read_row(self, cells: Cells) -> RowInGroup:
        shared = tuple(read(cells) for read in self.grouping.by.values())
        for name, value in zip(self.grouping.by, shared, strict=True):
            if _is_empty(value):
                raise UnfitCellError(name, None, "Must not be empty, because it forms the group in `count`.")
        parts = tuple(
            None if _is_empty(part := read(cells)) else cell_text(part) for read in self.grouping.parts.values()
        )
        return RowInGroup(tuple(map(cell_text, shared)), shared, parts, self._read_people(cells))

    def _read_people(self, cells: Cells) -> int:
        if self.grouping.read_people is None:
            return 1
        cell: Cell = self.grouping.read_people(cells)
        people = whole_number(cell)
        if people is None or people < 0:
            raise UnfitCellError(cell.column, cell.value, "Must be a number of people, 0 or more.")
        return people

    def _is_repeated(self, person: str, row: RowInGroup, tab: int, number: int) -> bool:
        """Return whether an earlier row has this person. Raise `UnfitCellError` if it says something else of them."""
        digest = self._hash_text(person)
        content = self._hash_text(repr((row.key, row.parts, row.people)))
        query = "SELECT content, tab, row FROM person WHERE digest = ?"
        if (earlier := self.persons.execute(query, (digest,)).fetchone()) is None:
            self.persons.execute("INSERT INTO person VALUES (?, ?, ?, ?)", (digest, content, tab, number))
            return False
        if earlier[0] != content:
            where = f"Row {earlier[2]}" if earlier[1] == tab else f"Row {earlier[2]} of an earlier file"
            raise UnfitCellError(
                str(self.grouping.person),
                None,
                f"{where} has the same person in another group or part. Correct one of the rows.",
            )
        return True

    def _hash_text(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self.secret, digest_size=DIGEST_SIZE).digest()

    def read_groups(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Return the table, the first row and the cells of each group, in the order of their first rows.

        A part is an object: its names, each with the number of people.
        """
        for group in self.groups.values():
            cells = dict(zip(self.grouping.by, group.shared, strict=True))
            cells |= {
                name: dict(sorted(part.items())) for name, part in zip(self.grouping.parts, group.parts, strict=True)
            }
            yield group.tab, group.row, {**cells, COUNT: group.people, "file": group.file, "row": group.row}


def _is_empty(value: Any) -> bool:
    """Return whether a cell or the constant "" of a mapping says nothing."""
    return value is None or not cell_text(value)
