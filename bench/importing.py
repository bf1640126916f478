"""Peak memory of `flask import` by the rows of the file, and its rows a second; each size in a separate process.

The goal is for private memory, which does not come from a file. All memory also has the pages mapped from files, which
the kernel can write back and free: libraries, and 8 bytes of `-shm` for each page that SQLite writes. Like the command,
each process writes the image of statistics if one is due.

`python -m bench.importing ROWS …` prints the rows a CPU second alone, on both engines. They are those of the importing
process, with its start and the image; the time of PostgreSQL's processes is not in them.
"""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterable, Sequence

from bench.clock import greatest, say
from bench.memory import NOISE
from bench.place import place
from bench.postgres import serving_postgres
from bench.table import Line, mark, share, told
from bench.upkeep import SHARE

ROWS_A_SECOND = 5000
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
    yield _speed_line("SQLite", great, great / found[great][2])


def _speed_line(engine: str, rows: int, speed: float) -> Line:
    goal = f"import of {rows:,} rows on {engine} ≥ {ROWS_A_SECOND:,} rows a CPU second of the process"
    return Line("I2", goal, f"{speed:,.0f}", mark(speed >= ROWS_A_SECOND))


def speeds(sizes: Sequence[int]) -> Iterable[Line]:
    """Yield the rows a CPU second on both engines."""
    with serving_postgres() as server:
        for size in sizes:
            yield _speed_line("SQLite", size, size / _run(size)[2])
            yield _speed_line("PostgreSQL", size, size / _run(size, server.create(f"rows_{size}"))[2])


def sheet(folder: pathlib.Path, rows: int) -> tuple[pathlib.Path, pathlib.Path]:
    """Write a file with this number of rows, and its mapping."""
    mapping, file = folder / "many.yaml", folder / "many.csv"
    mapping.write_text(MAPPING)
    with file.open("w") as lines:
        lines.write("no,day,dead\n")
        lines.writelines(f"{n},20{10 + n % 12}-{1 + n % 12:02}-{1 + n % 28:02},{n % 90}\n" for n in range(rows))
    return file, mapping


def _run(rows: int, url: str = "") -> tuple[float, float, float, float]:
    """Return peak private and peak total memory in MB, the CPU seconds, and the part of them for the image.

    The database is the one at `url` (default: a new SQLite file).
    """
    say(f"{rows:,} rows: importing")
    with place() as found:
        sheet(found.folder, rows)
        address = {"COUNTERCLAIM_DATABASE_URL": url or f"sqlite:///{found.file}"}
        command = [sys.executable, "-m", "bench.import_once", str(found.folder)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **address}
        ) as run:
            private, (told, _) = greatest(run, "RssAnon"), run.communicate()
        whole, seconds, upkeep = map(float, told.split())
        return private, whole, seconds, upkeep


if __name__ == "__main__":
    for line in speeds([int(size) for size in sys.argv[1:]]):
        print(*line, sep=" | ", flush=True)
