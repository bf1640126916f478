"""The report of an import: a CSV of the rows that were refused, and of what else a person should look at."""

import csv
import pathlib
from collections.abc import Iterable
from typing import IO, Any, NamedTuple

from api.records.keyset import KeySet

COLUMNS = ("file", "row", "verdict", "noun", "id", "field", "found", "allowed")
SHOWN = 300  # characters of what was found
FIRST = 5
TABS = 1 << 40  # rows of one table


class Line(NamedTuple):
    """One thing that is wrong, or that was left as it stands."""

    tab: int
    row: int
    verdict: str  # refused, kept, matched
    noun: str
    id: str
    field: str
    found: Any
    allowed: str


class Report:
    """Lines are written as they come; the rows that were refused are remembered, a bit each."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.file: IO[str] | None = None
        self.names: list[str] = []  # of the tables, by their place
        self.rows, self.refused = KeySet(), 0
        self.first: list[str] = []  # of the refusals, for a reader who will not open the file

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()
        elif _is_report(self.path):  # of an earlier run, about what is mended now
            self.path.unlink()

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            if line.verdict == "refused" and not self.is_refused(line.tab, line.row):
                self.rows.add(line.tab * TABS + line.row)
                self.refused += 1
                self.first += [self._told(line)] if len(self.first) < FIRST else []
            found = "" if line.found is None else str(line.found)[:SHOWN]
            place = [self.names[line.tab], line.row] if line.row else ["", ""]  # what vanished stands in no row
            csv.writer(self._open()).writerow([*place, *line[2:6], found, line.allowed])

    def _told(self, line: Line) -> str:
        where = ", ".join(filter(None, (self.where(line.tab, line.row), line.id, line.field)))
        found = "nothing" if line.found is None else repr(str(line.found)[:SHOWN])
        return f"{where}: {found}. {line.allowed}"

    def where(self, tab: int, row: int) -> str:
        """A row by its table and number; what stands for no row, by its place among the records of `always`."""
        return f"{self.names[tab]}, {'row' if tab else 'record'} {row}"

    def is_refused(self, tab: int, row: int) -> bool:
        return tab * TABS + row in self.rows

    def _open(self) -> IO[str]:
        """The file, which is there only once there is something to tell."""
        if self.file is None:
            self.file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self.file).writerow(COLUMNS)
        return self.file


def _is_report(path: pathlib.Path) -> bool:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.readline().rstrip("\r\n") == ",".join(COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False
