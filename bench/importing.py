"""Peak memory of `flask import` by the rows of the file, and its rows a second; each size in a separate process.

The goal is for private memory, which does not come from a file. All memory also has the pages mapped from files, which
the kernel can write back and free: libraries, and 8 bytes of `-shm` for each page that SQLite writes. Like the command,
each process writes the image of statistics if one is due.
"""

import argparse
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout

from api.cli.image import write_with_progress
from api.database.connection import connect_to, database
from bench.clock import greatest, memory, say
from bench.memory import NOISE
from bench.place import place
from bench.table import Line, mark, share, told
from bench.upkeep import SHARE, upkeep_timed
from imports.cli.import_files import show_progress
from imports.mapping_language.compile import load_mapping
from imports.pipeline.error_report import ErrorReport
from imports.pipeline.run import ImportOptions, ImportRun

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
    upkeep = found[great][3] / found[great][2]
    yield share("S6", f"image upkeep in importing {great:,} rows ≤ {SHARE:.0%}", upkeep, upkeep <= SHARE)
    each = "import of rows with an event, a claim and a report each: peak private of all memory, rows a CPU second"
    yield told(each, "; ".join(shown))


def sheet(folder: pathlib.Path, rows: int) -> tuple[pathlib.Path, pathlib.Path]:
    """Write a file with this number of rows, and its mapping."""
    mapping, file = folder / "many.yaml", folder / "many.csv"
    mapping.write_text(MAPPING)
    with file.open("w") as lines:
        lines.write("no,day,dead\n")
        lines.writelines(f"{n},20{10 + n % 12}-{1 + n % 12:02}-{1 + n % 28:02},{n % 90}\n" for n in range(rows))
    return file, mapping


def _run(rows: int) -> tuple[float, float, float, float]:
    """Return peak private and peak total memory in MB, the CPU seconds, and the part of them for the image."""
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
    mapping = load_mapping(str(file.with_name("many.yaml")))
    asked = ImportOptions([file.with_name("many.csv")], mapping, "1", "The bench.")
    with database.connection_context(), ErrorReport(file.with_name("report.csv")) as report:
        database.execute_sql("PRAGMA synchronous = OFF")
        with redirect_stdout(sys.stderr), upkeep_timed() as spent:
            ImportRun(asked, report, show_progress).run()
            write_with_progress()
    print(memory("self", "VmHWM"), time.process_time(), sum(spent))


if __name__ == "__main__":
    main()
