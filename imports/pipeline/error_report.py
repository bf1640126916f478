"""The report of an import: a CSV of refused rows, probable duplicates, and records that an editor should check."""

import csv
import pathlib
from collections.abc import Iterable
from typing import IO, Any, NamedTuple

from api.database.key_sets import KeySet

COLUMNS = ("file", "row", "verdict", "record_type", "id", "field", "found", "allowed")
SHOWN_LENGTH = 300  # characters of a value
FIRST_SHOWN = 5
ROWS_PER_TAB = 1 << 40  # rows of one table


class ReportLine(NamedTuple):
    """One fault, or one record that was left unchanged."""

    tab: int
    row: int
    verdict: str  # refused, kept, matched, duplicate, contradiction
    record_type: str
    id: str
    field: str
    value: Any
    allowed: str


class ErrorReport:
    """Writes lines immediately, and keeps the refused rows in memory, one bit each."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.file: IO[str] | None = None
        self.names: list[str] = []  # of the tables, in the order of `tab`
        self.rows, self.refused = KeySet(), 0
        self.first: list[str] = []  # the first refusals, which the command prints

    def __enter__(self) -> "ErrorReport":
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()
        elif _is_report(self.path):  # an earlier run wrote it, and its faults are corrected now
            self.path.unlink()

    def add_lines(self, lines: Iterable[ReportLine]) -> None:
        for line in lines:
            if line.verdict == "refused" and not self.is_refused(line.tab, line.row):
                self.rows.add(line.tab * ROWS_PER_TAB + line.row)
                self.refused += 1
                self.first += [self.describe_line(line)] if len(self.first) < FIRST_SHOWN else []
            value = "" if line.value is None else str(line.value)[:SHOWN_LENGTH]
            place = [self.names[line.tab], line.row] if line.row else ["", ""]  # a vanished record has no row
            csv.writer(self._open_file()).writerow([*place, *line[2:6], value, line.allowed])

    def describe_line(self, line: ReportLine) -> str:
        where = ", ".join(filter(None, (self.name_row(line.tab, line.row), line.id or line.record_type, line.field)))
        value = "empty" if line.value is None else repr(str(line.value)[:SHOWN_LENGTH])
        return f"{where}: {value}. {line.allowed}"

    def name_row(self, tab: int, row: int) -> str:
        """Return the table and number of a row, or the place of a record in `always`, which comes from no row."""
        return f"{self.names[tab]}, {'row' if tab else 'record'} {row}"

    def is_refused(self, tab: int, row: int) -> bool:
        return tab * ROWS_PER_TAB + row in self.rows

    def _open_file(self) -> IO[str]:
        """Return the file. Create it at the first line, so that an import without faults writes none."""
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
