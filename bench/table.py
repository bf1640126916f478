"""The table of docs/performance.md: its lines, and how they come to the page."""

import datetime
import os
import pathlib
import platform
from collections.abc import Iterable
from typing import NamedTuple

PAGE = pathlib.Path("docs/performance.md")
START, END = "<!-- measured -->\n", "<!-- end of measured -->"


class Line(NamedTuple):
    number: str  # of the goal; '': told besides
    goal: str
    measured: str
    held: str


def at_least(number: str, goal: str, measured: float, least: float) -> Line:
    """A goal `… ≥ n×`."""
    return Line(number, f"{goal} ≥ {least:g}×", f"{measured:.3g}×", mark(measured >= least))


def at_most(number: str, goal: str, measured: float, most: float) -> Line:
    return Line(number, f"{goal} ≤ {most:g}×", f"{measured:.2f}×", mark(measured <= most))


def share(number: str, goal: str, measured: float, held: bool) -> Line:
    """A goal in per cent, which `goal` names."""
    return Line(number, goal, f"{measured:.0%}", mark(held))


def told(goal: str, measured: str) -> Line:
    """No goal, but good to know."""
    return Line("", goal, measured, "")


def unmeasured(number: str, goal: str, why: str) -> Line:
    return Line(number, goal, f"not measured: {why}", "?")


def mark(held: bool) -> str:
    return "yes" if held else "**no**"


def written(lines: Iterable[Line]) -> str:
    made_on = datetime.date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows = [("#", "goal", "measured", "held"), ("---",) * 4, *lines]
    return "\n".join(
        [f"Run on {made_on}; {machine}.", "", *("| " + " | ".join(row) + " |" for row in rows)],
    )


def put(table: str) -> None:
    before, start, rest = PAGE.read_text().partition(START)
    _, end, after = rest.partition(END)
    assert start and end, f"{PAGE} has no place for the table"
    PAGE.write_text(f"{before}{start}\n{table}\n\n{end}{after}")
