"""CPU time, side by side: rounds in which every piece of work has its turn, and the middle of what each took."""

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping

ROUNDS = 5
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def of_process(pid: int) -> float:
    """CPU seconds that a process has had, with the threads and children that it has waited for."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """Each work tells the seconds it took; the middle of its rounds, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            seconds = work()
            if number:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
