"""Peak memory of writing many claims in one transaction, each size in a separate process."""

import argparse
import pathlib
import subprocess
import sys
from collections.abc import Iterable, Sequence

from api.database.connection import connect_to, database
from api.writes import create, transaction
from bench import documents, generated
from bench.clock import memory, say
from bench.place import place
from bench.table import Line, mark, told

EVENTS = 50  # a batch
NOISE = 1.05


def lines(sizes: Sequence[int]) -> Iterable[Line]:
    peaks = {size: _peak(size) for size in sizes}
    small, great = sizes[0], sizes[-1]
    ratio = peaks[great] / peaks[small]
    goal = f"peak memory of writing {great:,} claims in one transaction ≤ {NOISE:g}× that of {small:,}"
    yield Line("", goal, f"{ratio:.2f}×", mark(ratio <= NOISE))
    yield told("peak memory by claims", ", ".join(f"{size:,}: {peak:.0f} MB" for size, peak in peaks.items()))


def _peak(claims: int) -> float:
    """Return the peak memory in MB. Another process first writes the records that the claims refer to."""
    say(f"{claims:,} claims: writing in one transaction")
    with place() as found:
        for step in ("world", "claims"):
            done = subprocess.run(
                [sys.executable, "-m", __name__, step, str(found.file), str(claims)],
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        return float(done.stdout)


def main() -> None:
    given = argparse.ArgumentParser(description="One step of the bench; prints the peak memory of the process in MB.")
    given.add_argument("step", choices=("world", "claims"))
    given.add_argument("file", type=pathlib.Path)
    given.add_argument("claims", type=int)
    asked = given.parse_args()
    connect_to(f"sqlite:///{asked.file}")
    with database.connection_context():
        database.execute_sql("PRAGMA synchronous = OFF")
        (_world if asked.step == "world" else _write)(asked.claims)
    print(memory("self", "VmHWM"))


def _world(claims: int) -> None:
    generated.write_world(claims)


def _write(claims: int) -> None:
    events = claims // 10
    with transaction.open_transaction("The bench.", "bench") as made:
        for first in range(1, events + 1, EVENTS):
            create.add_batch(made, documents.about(first, min(first + EVENTS - 1, events), events))


if __name__ == "__main__":
    main()
