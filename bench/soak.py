"""Many connections with a mixed load: no error, memory that does not grow, and no answer that is much slower.

`python -m bench.soak [--seconds 300] [--claims 100000] [--rate 150] [--as-served]` prints its lines. With a rate, so
many requests begin each second, however slow the answers are; without one, each client sends its next request at once.
One worker answers, and is never replaced; `--as-served` takes the workers of gunicorn.conf.py, which end after a number
of requests. Their memory goes up and down, so its means in the first and the last third of the time are compared: a
third should be as long as a worker lives, such as ten minutes at 36 requests a second.

Before the time that counts, the same requests come as fast as they are answered. Then the worker has all its threads,
each with its connection, and its caches are full, which are bounded: answers, totals, pages of the database. Each of
200 clients sends a request and reads the whole answer. 80% of the requests are pages that others requested before, half
of them with `If-None-Match`; 15% are new filters, 4% are statistics of a conflict, and 1% are POSTs of a claim.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from api.auth import api_keys
from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated
from bench.clock import find_children, private_memory, say
from bench.place import place
from bench.posting import list_claims
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, told, written

CONNECTIONS, SECONDS, CLAIMS = 200, 300, 100_000
WARM_REQUESTS, WARM_SECONDS = 20_000, 300  # before the time that counts: the first that is reached
PART = 6  # memory and p99 are those of the first sixth of the time, and of the last: five minutes of thirty
HOT = tuple(f"/v1/claims?limit=100&conflict=conflict-{number}" for number in range(1, 7)) + (
    "/v1/claims?limit=100", "/v1/events?limit=100", "/v1/conflicts", "/v1/sources?limit=100",
)  # fmt: skip
SHARES = {"hot": 0.40, "unchanged": 0.40, "cold": 0.15, "statistic": 0.04, "write": 0.01}
MOST_GROWTH, MOST_SPREAD, MOST_SLOWER = 1.05, 5, 1.2
LIMITS = {"COUNTERCLAIM_READS_PER_MINUTE": "0", "COUNTERCLAIM_WRITES_PER_MINUTE": "0"}


class Answered(NamedTuple):
    at: float  # on the clock that is never put back
    kind: str
    status: int  # 0: there was no answer
    seconds: float


class Load:
    """The requests of all clients, and their answers."""

    def __init__(self, port: int, key: str, claims: Iterator[Any], seconds: float, rate: float) -> None:
        self.port, self.key, self.claims = port, key, claims
        self.seconds, self.rate = seconds, rate
        self.started = time.monotonic()
        self.is_counting = False
        self.ends_at = self.started + WARM_SECONDS + seconds
        self.answers: list[Answered] = []
        self.tags: dict[str, str] = {}
        self.numbers = itertools.count()

    def begin_to_count(self) -> bool:
        """Return whether the time that counts has begun, and set when it ends."""
        if len(self.answers) < WARM_REQUESTS and time.monotonic() < self.started + WARM_SECONDS:
            return False
        self.ends_at = min(self.ends_at, time.monotonic() + self.seconds)
        self.is_counting = True
        return True

    async def run_client(self, number: int) -> None:
        chance = random.Random(number)
        begins_at: float | None = None
        while time.monotonic() < self.ends_at:
            kind = chance.choices(tuple(SHARES), tuple(SHARES.values()))[0]
            due = started = time.monotonic()
            if self.rate and self.is_counting:
                # A request that waited for its client counts from the time at which it should have begun.
                due = started + number / self.rate if begins_at is None else begins_at
                begins_at = due + CONNECTIONS / self.rate
                await asyncio.sleep(max(0, due - started))
            try:
                status = await self._ask(*self._make_request(kind, chance))
            except (OSError, asyncio.IncompleteReadError, ValueError):
                status = 0
            self.answers.append(Answered(due, kind, status, time.monotonic() - due))

    def _make_request(self, kind: str, chance: random.Random) -> tuple[str, bytes]:
        """Return the path and the bytes of a request."""
        if kind == "write":
            body = orjson.dumps(next(self.claims))
            head = (
                f"POST /v1/claims?reason=The+bench. HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\n"
                f"Idempotency-Key: soak-{next(self.numbers)}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            return "", head.encode() + body
        if kind == "cold":
            day = f"{chance.randrange(2014, 2024)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            address = f"/v1/claims?limit=100&claimant=claimant-{chance.randrange(1, 96)}&from={day}"
        elif kind == "statistic":
            year = chance.randrange(2014, 2024)
            address = f"/v1/statistics/casualties?conflict=conflict-{chance.randrange(1, 12)}&year={year}"
        else:
            address = chance.choice(HOT)
        tag = self.tags.get(address) if kind == "unchanged" else None
        more = f"If-None-Match: {tag}\r\n" if tag else ""
        accept = "Accept: application/json\r\nAccept-Encoding: gzip\r\n"
        return address, f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n{accept}{more}Connection: close\r\n\r\n".encode()

    async def _ask(self, address: str, sent: bytes) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent)
            answer = await reader.read()
        finally:
            writer.close()
        head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
        for line in head.split("\r\n"):
            if line.lower().startswith("etag:") and address:
                self.tags[address] = line.split(":", 1)[1].strip()
        return int(head.split(" ", 2)[1])


async def _run(load: Load, server: Server) -> list[float]:
    """Return the MB of private memory of the server's workers at each second of the time that counts."""
    clients = [asyncio.create_task(load.run_client(number)) for number in range(CONNECTIONS)]
    memory = []
    while not load.begin_to_count():
        await asyncio.sleep(1)
    while time.monotonic() < load.ends_at:
        await asyncio.sleep(1)
        memory.append(_read_memory(server))
    await asyncio.gather(*clients)
    return memory


def _read_memory(server: Server) -> float:
    return sum(_read_private_memory(worker) for worker in find_children(server.process.pid))


def _read_private_memory(worker: int) -> float:
    try:
        return private_memory(worker)
    except (OSError, RuntimeError):  # it has just ended: another takes its place
        return 0


def measure(claims: int, seconds: float, rate: float = 0, as_served: bool = False) -> Iterator[Line]:
    with place() as found:
        with database.connection_context():
            say(f"{claims:,} claims: generating")
            generated.write(claims)
            generated.write_spare_events(claims // 10, 20_000)
            key = api_keys.create("bench", ["write"], None)
            refresh_image(is_forced=True)
        cached = {"COUNTERCLAIM_RESPONSE_CACHE_MB": "32", "COUNTERCLAIM_STATEMENT_SECONDS": "5"}
        with serving("wsgi:app", found.folder, as_served=as_served, **LIMITS, **cached) as server:
            say(f"{CONNECTIONS} connections: filling the caches, then {seconds:g} seconds")
            load = Load(server.port, key, list_claims(claims // 10), seconds, rate)
            memory = asyncio.run(_run(load, server))
    begins_at = load.ends_at - seconds
    counted = [answer for answer in load.answers if answer.at >= begins_at]
    yield from _list_lines(counted, seconds, is_rated=bool(rate))
    yield from _compare_memory(memory, seconds, as_served)
    if rate:
        yield _compare_times(counted, begins_at, seconds)


def _list_lines(answers: list[Answered], seconds: float, is_rated: bool) -> Iterator[Line]:
    """Yield the errors and times. p99 over p50 has a target only without a rate: with one, most wait for nobody."""
    wrong = Counter((a.kind, a.status) for a in answers if a.status not in (200, 201, 304))
    listed = ", ".join(f"{number} {kind} {status}" for (kind, status), number in wrong.items())
    yield Line(
        "M2", f"errors among {len(answers):,} requests of {CONNECTIONS} connections: 0", listed or "0", mark(not wrong)
    )
    times = sorted(a.seconds for a in answers)
    middle, late = statistics.median(times), times[int(0.99 * len(times))]
    if is_rated:
        yield told("ms of p50 and p99", f"{middle * 1000:.0f}; {late * 1000:.0f}")
    else:
        yield at_most("M2", f"p99 ({late * 1000:.0f} ms) over p50 ({middle * 1000:.0f} ms)", late / middle, MOST_SPREAD)
    yield told("requests a second, with the clients on the same cores", f"{len(answers) / seconds:.0f}")


def _compare_memory(memory: list[float], seconds: float, as_served: bool) -> Iterator[Line]:
    """Compare the medians of sixths of the time; of workers that are replaced the means of thirds."""
    part = len(memory) // (3 if as_served else PART)
    middle = statistics.mean if as_served else statistics.median
    first, last = middle(memory[:part]), middle(memory[-part:])
    name = "third" if as_served else "sixth"
    goal = f"memory in the last {name} of {seconds:g} seconds ({last:.0f} MB) over the first {name} ({first:.0f} MB)"
    yield at_most("M2", goal, last / first, MOST_GROWTH)
    yield told(
        "private memory of the workers in that time: least, greatest", f"{min(memory):.0f}; {max(memory):.0f} MB"
    )


def _compare_times(answers: list[Answered], begins_at: float, seconds: float) -> Line:
    """Compare the p99 of the last sixth of the time that counts with that of the first."""
    part, ends_at = seconds / PART, begins_at + seconds
    first = _find_p99(answer.seconds for answer in answers if begins_at <= answer.at < begins_at + part)
    last = _find_p99(answer.seconds for answer in answers if ends_at - part <= answer.at < ends_at)
    goal = f"p99 in the last sixth ({last * 1000:.0f} ms) over the first sixth ({first * 1000:.0f} ms)"
    return at_most("M2", goal, last / first, MOST_SLOWER)


def _find_p99(seconds: Iterable[float]) -> float:
    ordered = sorted(seconds)
    return ordered[int(0.99 * len(ordered))]


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    given.add_argument("--seconds", type=float, default=SECONDS)
    given.add_argument("--claims", type=int, default=CLAIMS)
    given.add_argument("--rate", type=float, default=0, help="Begin N requests a second (default: as many as it can).")
    given.add_argument("--as-served", action="store_true", help="Take the workers of gunicorn.conf.py.")
    asked = given.parse_args()
    table = written(measure(asked.claims, asked.seconds, asked.rate, asked.as_served))
    print(table)
    sys.exit("**no**" in table)


if __name__ == "__main__":
    main()
