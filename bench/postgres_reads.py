"""Reads over HTTP of a PostgreSQL, compared with the same reads by FastAPI with SQLAlchemy. Datasette cannot read it.

A read has two figures, because most of its work is PostgreSQL's: the CPU time of the server, and that of all processes
of PostgreSQL. A thread of ours keeps its connection, and the peer has a pool.

`python -m bench.postgres_reads [--claims 1000000]` prints these lines alone.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from api.database.connection import database
from bench.clock import QUICK_ROUNDS, ROUNDS, cpu_of_backends, is_quick, say
from bench.peers import serving_orm
from bench.place import Place, postgres_place
from bench.questions import QUESTIONS
from bench.reads import NUMBER, READS, SLOW, SLOW_NUMBER, fill
from bench.serving import Server, serving
from bench.table import mark, put, rows_of, told_run

SECTION = "reads of PostgreSQL measured"
CLAIMS = 1_000_000
NAMES = ("list of 100 claims", "side and harm", "one claim", "counts of claims by claimant")
STATISTIC, STATISTIC_MS = "one conflict by harm and month", 300
WAIT = 0.1  # seconds until the processes of closed connections have ended


class Costs(NamedTuple):
    """CPU seconds of one request."""

    server: float
    postgres: float


class Read(NamedTuple):
    name: str
    path: str
    query: str | None  # the address of the peer
    most_ms: float | None


class Measured(NamedTuple):
    read: Read
    ours: Costs
    orm: Costs | None


def list_reads() -> Iterator[Read]:
    for read in READS:
        if read.name in NAMES:
            yield Read(read.name, f"/v1/{read.path}", read.query and f"/{read.query}", read.most_ms)
    address = next(question.address for question in QUESTIONS if question.name == STATISTIC)
    yield Read(f"statistic: {STATISTIC}", address, None, STATISTIC_MS)


def measure(found: Place) -> list[Measured]:
    peer = found.url.replace("postgresql://", "postgresql+psycopg://", 1)
    with serving("wsgi:app", found.folder, **found.variables) as ours, serving_orm(peer) as orm:
        return [_measure(read, ours, orm, found.postmaster) for read in list_reads()]


def _measure(read: Read, ours: Server, orm: Server, postmaster: int) -> Measured:
    say(f"reading from PostgreSQL: {read.name}")
    asked = {"ours": (ours, read.path)} | ({"orm": (orm, read.query)} if read.query else {})
    numbers = {name: _choose_number(server, path) for name, (server, path) in asked.items()}
    costs = defaultdict(list)
    for _ in range(QUICK_ROUNDS if is_quick() else ROUNDS):
        for name, (server, path) in asked.items():
            costs[name].append(_ask(server, path, numbers[name], postmaster))
    middle = {
        name: Costs(*(statistics.median(seconds) for seconds in zip(*rounds, strict=True)))
        for name, rounds in costs.items()
    }
    return Measured(read, middle["ours"], middle.get("orm"))


def _choose_number(server: Server, path: str) -> int:
    seconds, status = server.cost(path)
    assert status == 200, (path, status)
    return SLOW_NUMBER if seconds > SLOW else NUMBER


def _ask(server: Server, path: str, number: int, postmaster: int) -> Costs:
    before = cpu_of_backends(postmaster)
    server_seconds = server.cpu(path, number)
    time.sleep(WAIT)
    return Costs(server_seconds, (cpu_of_backends(postmaster) - before) / number)


def write_section(found: list[Measured], claims: int, scale: float = 1) -> str:
    """Return the table. `scale` is how many times as long as on the machine of the targets a read takes here."""
    head = (
        "CPU ms of a read",
        "ours",
        "PostgreSQL for it",
        "FastAPI + SQLAlchemy",
        "PostgreSQL for it",
        "target",
        "met",
    )
    lines = [_write_line(one, scale) for one in found]
    about = f"At {claims:,} claims on PostgreSQL. The target, scaled, is that of SQLite, for our two figures together."
    return "\n".join([told_run(), "", about, "", *rows_of([head, ("---",) * len(head), *lines])])


def _write_line(one: Measured, scale: float) -> tuple[str, ...]:
    both = [*one.ours, *(one.orm or ())]
    shown = [f"{seconds * 1000:.2f}" for seconds in both] + [""] * (4 - len(both))
    if one.read.most_ms is None:
        return (one.read.name, *shown, "", "")
    most, total = one.read.most_ms * scale, sum(one.ours) * 1000
    return (one.read.name, *shown, f"≤ {most:.2f}: {total:.2f}", mark(total <= most))


def run(claims: int) -> list[Measured]:
    with postgres_place() as found:
        say(f"{claims:,} claims: generating on PostgreSQL")
        with database.connection_context():
            fill(claims)
        return measure(found)


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.postgres_reads", description=__doc__)
    given.add_argument("--claims", type=int, default=CLAIMS)
    given.add_argument("--write", action="store_true", help="put the table into docs/developers/performance.md")
    asked = given.parse_args()
    section = write_section(run(asked.claims), asked.claims)
    print(section)
    if asked.write:
        put(section, SECTION)
    sys.exit("**no**" in section)


if __name__ == "__main__":
    main()
