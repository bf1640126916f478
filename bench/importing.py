"""Peak memory of `flask import` by the rows of the file, and its rows a second; each size in a process of its own.

What is held to the goal is private memory, of which no file is the origin. The whole has besides what is mapped from
files, which the kernel may write back and take: libraries, and 8 bytes of `-shm` for each page that SQLite writes.
"""

import argparse
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence

from api.db import connect_to, database
from bench.clock import greatest, memory, say
from bench.ingest import of_following
from bench.memory import NOISE
from bench.place import place
from bench.table import Line, mark, share, told
from seeds.cli.imports import progress
from seeds.importing import Asked, Run
from seeds.language.load import load
from seeds.reports import Report

MAPPING = """
dataset: {id: many, title: Many, publisher: Nobody, licence: CC BY 4.0, citation: Nobody.}
always:
  - claimant: {id: counter, name: Counter, kind: dataset}
  - source: {id: list, publisher: Nobody, kind: dataset}
  - side: {id: alpha, name: Alpha}
  - conflict: {id: war, name: War, sides: [alpha]}
records:
  - event: {id: "many-{no}", conflict: war, name: "Event {no}", type: Battles, happened: "{day}"}
  - claim:
      id: many-{no}
      conflict: war
      event: many-{no}
      claimant: counter
      subject_side: alpha
      harm: killed
      measure: incident
      figure: {number: "{dead}"}
      reports: {source: list}
"""


def lines(sizes: Sequence[int]) -> Iterable[Line]:
    found = {size: _run(size) for size in sizes}
    small, great = sizes[0], sizes[-1]
    ratio = found[great][0] / found[small][0]
    goal = f"peak private memory of importing {great:,} rows ≤ {NOISE:g}× that of {small:,}"
    yield Line("", goal, f"{ratio:.2f}×", mark(ratio <= NOISE))
    shown = (
        f"{size:,}: {private:.0f} of {whole:.0f} MB, {size / seconds:,.0f} rows/s"
        for size, (private, whole, seconds, _) in found.items()
    )
    kept = found[great][3] / found[great][2]
    goal = f"upkeep of tally and roll-ups ≤ 25% of importing {great:,} rows, each an event that one claimant tells"
    yield share("I2", goal, kept, kept <= 0.25)
    each = "import of rows with an event, a claim and a report each: peak private of all memory, rows a CPU second"
    yield told(each, "; ".join(shown))


def sheet(folder: pathlib.Path, rows: int) -> tuple[pathlib.Path, pathlib.Path]:
    """A file of so many rows, and its mapping."""
    mapping, file = folder / "many.yaml", folder / "many.csv"
    mapping.write_text(MAPPING)
    with file.open("w") as lines:
        lines.write("no,day,dead\n")
        lines.writelines(f"{n},20{10 + n % 12}-{1 + n % 12:02}-{1 + n % 28:02},{n % 90}\n" for n in range(rows))
    return file, mapping


def _run(rows: int) -> tuple[float, float, float, float]:
    """Peak private memory and peak of the whole, in MB; CPU seconds, and those of them spent on tallies."""
    say(f"{rows:,} rows: importing")
    with place() as found:
        sheet(found.folder, rows)
        command = [sys.executable, "-m", __name__, str(found.file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
            private, (told, _) = greatest(run, "RssAnon"), run.communicate()
        whole, seconds, upkeep = map(float, told.split())
        return private, whole, seconds, upkeep


def main() -> None:
    given = argparse.ArgumentParser(
        description="Import the many.csv beside the database; prints MB and CPU seconds, all and upkeep."
    )
    given.add_argument("file", type=pathlib.Path)
    file: pathlib.Path = given.parse_args().file
    connect_to(f"sqlite:///{file}")
    mapping = load(str(file.with_name("many.yaml")))
    asked = Asked([file.with_name("many.csv")], mapping, "1", "The bench.")
    with database.connection_context(), Report(file.with_name("report.csv")) as report:
        database.execute_sql("PRAGMA synchronous = OFF")
        run = Run(asked, report, progress)
        upkeep, _ = of_following(run.run)
    print(memory("self", "VmHWM"), time.process_time(), upkeep)


if __name__ == "__main__":
    main()
