"""The p99 of ordinary clients alone, and beside silent, slow and greedy ones, with `make serve` and with `make run`.

`python -m bench.clients [--claims 200000] [--seconds 10] [--rounds 3]` prints the table of
docs/operators/serving.md. In each round an attack follows a time without one, because the machine has noise of its own.
"""

import argparse
import asyncio
import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated
from bench.attackers import attacked
from bench.clock import say
from bench.place import place
from bench.ports import free_port, wait_for
from bench.table import rows_of, told_run

CLIENTS, PAUSE = 4, 0.1  # ordinary clients, and the seconds between two requests of each
PATIENCE = 10  # seconds after which an ordinary client gives up
ARRIVAL = 20  # seconds for the attackers to come
PAGES = (
    "/v1/claims?limit=20&claimant=claimant-{day}&from=2015-01-{day:02}",
    "/v1/events?limit=20&country=ALB&from=2016-02-{day:02}",
    "/v1/claims?limit=100&conflict=conflict-3&from=2017-03-{day:02}",
    "/healthz",
)
CROWDS: dict[str, dict[str, int]] = {
    "200 silent": {"idle": 200},
    "200 slow heads": {"slow heads": 200},
    "200 slow bodies": {"slow bodies": 200},
    "50 slow readers": {"slow readers": 50},
    "these 650 together": {"idle": 200, "slow heads": 200, "slow bodies": 200, "slow readers": 50},
    "20 greedy": {"greedy": 20},
    "all 670 together": {"idle": 200, "slow heads": 200, "slow bodies": 200, "slow readers": 50, "greedy": 20},
}
SERVE = (sys.executable, "-m", "deploy.serve", "--listen")
RUN = (sys.executable, "-m", "gunicorn", "wsgi:app", "--bind")


class Times(NamedTuple):
    """Of the requests in a time: the seconds of each, and how many had no answer of 200."""

    seconds: list[float]
    failed: int

    @property
    def p99(self) -> float:
        """Return the p99 in milliseconds."""
        return sorted(self.seconds)[int(0.99 * len(self.seconds))] * 1000


class Compared(NamedTuple):
    """The medians of several rounds."""

    alone: float
    attacked: float
    failed: int
    requests: int


async def _ask(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return int((await reader.read()).split(b" ", 2)[1])
    finally:
        writer.close()


async def _run_client(port: int, number: int, ends_at: float) -> list[tuple[float, bool]]:
    answers = []
    while time.monotonic() < ends_at:
        number += 7  # another address than the last one, and than other clients
        path = PAGES[number % len(PAGES)].format(day=number % 28 + 1)
        started, status = time.monotonic(), 0
        with contextlib.suppress(OSError, IndexError, ValueError, TimeoutError):
            status = await asyncio.wait_for(_ask(port, path), PATIENCE)
        answers.append((time.monotonic() - started, status == 200))
        await asyncio.sleep(PAUSE)
    return answers


async def _run_clients(port: int, seconds: float) -> Times:
    ends_at = time.monotonic() + seconds
    lists = await asyncio.gather(*(_run_client(port, number, ends_at) for number in range(CLIENTS)))
    answers = [answer for answers in lists for answer in answers]
    return Times([seconds for seconds, _ in answers], sum(not is_right for _, is_right in answers))


def compare(port: int, crowd: Mapping[str, int], seconds: float, rounds: int) -> Compared:
    """Measure ordinary clients alone and beside the crowd, in turns."""
    asyncio.run(_run_clients(port, seconds))  # it fills the caches, and does not count
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(asyncio.run(_run_clients(port, seconds)))
        with attacked(port, crowd) as all_there:
            all_there.wait(ARRIVAL)
            beside.append(asyncio.run(_run_clients(port, seconds)))
    return Compared(
        statistics.median(times.p99 for times in alone),
        statistics.median(times.p99 for times in beside),
        sum(times.failed for times in beside),
        sum(len(times.seconds) for times in beside),
    )


@contextmanager
def started(command: tuple[str, ...], folder: pathlib.Path) -> Iterator[int]:
    """Serve the database in the folder. Yield the port."""
    port = free_port()
    environment = {
        **os.environ,
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key"),
        "COUNTERCLAIM_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, f"127.0.0.1:{port}"], env=environment, **quiet)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(claims: int, seconds: float, rounds: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    yield ("beside", "command", "p99 alone", "p99 beside them", "ratio", "requests without an answer")
    yield ("---",) * 6
    with place() as found:
        with database.connection_context():
            say(f"{claims:,} claims: generating")
            generated.write(claims)
            refresh_image(is_forced=True)
        for name, command in (("make serve", SERVE), ("make run", RUN)):
            for crowd, numbers in CROWDS.items():
                say(f"{name}: {crowd}")
                with started(command, found.folder) as port:
                    found_times = compare(port, numbers, seconds, rounds)
                alone, beside, failed, requests = found_times
                yield (
                    crowd, name, f"{alone:.0f} ms", f"{beside:.0f} ms", f"{beside / alone:.1f}",
                    f"{failed} of {requests}",
                )  # fmt: skip


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.clients", description=__doc__)
    given.add_argument("--claims", type=int, default=200_000)
    given.add_argument("--seconds", type=float, default=10)
    given.add_argument("--rounds", type=int, default=3)
    asked = given.parse_args()
    table = "\n".join(rows_of(measure(asked.claims, asked.seconds, asked.rounds)))
    print(f"{told_run()} {asked.claims:,} claims on SQLite.\n\n{table}")


if __name__ == "__main__":
    main()
