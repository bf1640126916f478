"""CPU time of several works: each runs once in every round, and the median of its rounds counts."""

import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

ROUNDS, QUICK_ROUNDS = 5, 2


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process spends on a work."""
    started = time.process_time()
    work()
    return time.process_time() - started


def of_process(pid: int) -> float:
    """Return the CPU seconds that the threads of a process have used, also those that ended, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # CLOCK_PROCESS_CPUTIME_ID of another process, as Linux encodes it


def cpu_of_tree(pid: int) -> float:
    """Return the CPU seconds of a process and its descendants."""
    return of_process(pid) + sum(map(cpu_of_tree, find_children(pid)))


def cpu_of_backends(pid: int) -> float:
    """Return the CPU seconds of a PostgreSQL: of its processes, and of those that ended, such as a backend."""
    while True:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ended = sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")  # cutime and cstime
        with suppress(OSError):  # a backend ended meanwhile, and is counted there the next time
            return cpu_of_tree(pid) + ended


def find_children(pid: int) -> list[int]:
    files = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def private_memory(pid: int) -> float:
    """Return the MB of memory that a process shares with no other."""
    return sum(memory(pid, f"Private_{kind}", "smaps_rollup") for kind in ("Clean", "Dirty"))


def memory(pid: int | str, name: str, file: str = "status") -> float:
    """Return a measure of memory of a process by its name in /proc, in MB: `VmHWM` is the peak since the start."""
    lines = pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def greatest(run: subprocess.Popen[str], name: str) -> float:
    """Return the maximum of `memory` of a process until it ends, in MB, read a hundred times a second."""
    found = 0.0
    while run.poll() is None:
        with suppress(StopIteration, OSError):  # it ended meanwhile
            found = max(found, memory(run.pid, name))
        time.sleep(0.01)
    return found


def is_quick() -> bool:
    """Return whether this is `make bench-quick`: fewer rounds, and nothing that takes minutes."""
    return os.environ.get("BENCH_QUICK") == "1"


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int | None = None) -> dict[str, float]:
    """Return the median seconds of each work over its rounds, without a first round. A work returns its seconds."""
    rounds = rounds or (QUICK_ROUNDS if is_quick() else ROUNDS)
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            seconds = work()
            if number:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def growth(small: float, great: float, times: float) -> float:
    """Return the exponent by which time grows with size."""
    return math.log(great / small) / math.log(times) if times > 1 else math.nan


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
