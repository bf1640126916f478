"""The table of docs/developers/performance.md: its lines, and the code that writes them into the page."""

import datetime
import os
import pathlib
import platform
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PAGE = pathlib.Path("docs/developers/performance.md")
MEASURED = "measured"  # the name of the section of all lines except statistics and reads


class Line(NamedTuple):
    number: str  # of the goal; '' for a line without a goal
    goal: str
    measured: str
    held: str


def at_most(number: str, goal: str, measured: float, most: float) -> Line:
    """Return a goal `… ≤ n×`."""
    return Line(number, f"{goal} ≤ {most:g}×", f"{measured:.2f}×", mark(measured <= most))


def share(number: str, goal: str, measured: float, held: bool) -> Line:
    """Return a goal in per cent; `goal` names the limit."""
    return Line(number, goal, f"{measured:.0%}", mark(held))


def told(goal: str, measured: str) -> Line:
    """Return a line without a goal, for information."""
    return Line("", goal, measured, "")


def mark(held: bool) -> str:
    return "yes" if held else "**no**"


def written(lines: Iterable[Line]) -> str:
    head = ("#", "goal", "measured", "held")
    return "\n".join([told_run(), "", *rows_of([head, ("---",) * 4, *lines])])


def told_run() -> str:
    """Return when and on what machine the figures of a table were measured."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"Run on {datetime.date.today().isoformat()}; {machine}."


def count_goals(tables: Iterable[str]) -> tuple[int, int]:
    """Return how many targets these tables meet, and how many they have."""
    text = "\n".join(tables)
    met, missed = text.count(f" {mark(True)} |"), text.count(f" {mark(False)} |")
    return met, met + missed


def list_misses(tables: Iterable[str]) -> Iterator[str]:
    """Yield the rows of tables that miss a target."""
    for table in tables:
        yield from (row for row in table.splitlines() if f" {mark(False)} |" in row)


def parse_sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(size) for size in text.split(",")))


def rows_of(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the lines of a table."""
    return ["| " + " | ".join(row) + " |" for row in rows]


def put(table: str, section: str) -> None:
    """Write the table into its section of the page."""
    start, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, found_start, rest = PAGE.read_text().partition(start)
    _, found_end, after = rest.partition(end)
    assert found_start and found_end, f"{PAGE} has no place for the table"
    PAGE.write_text(f"{before}{start}\n{table}\n\n{end}{after}")
