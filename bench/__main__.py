"""`make bench` prints every line of docs/developers/performance.md as tables; `--write` puts them into the page.

It ends with an error where a target is missed. `--quick` has the same ratios at 100,000 claims in under three minutes;
it leaves out PostgreSQL, imports, exports, old versions and the many connections.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

from bench import (
    exports,
    importing,
    ingest,
    kept,
    log,
    memory,
    postgres_reads,
    posting,
    reads,
    repeats,
    soak,
    starting,
    statistics,
)
from bench.clock import say
from bench.place import Place, place
from bench.table import MEASURED, Line, count_goals, list_misses, mark, parse_sizes, put, written

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
WRITTEN = (10_000, 100_000)


class Tables(NamedTuple):
    """The figures of the tables with columns of their own; the other lines go into the first table."""

    statistics: list[statistics.Measured]
    reads: list[reads.Measured]
    postgres: list[postgres_reads.Measured]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=parse_sizes, help="claims that are read, from few to many")
    parser.add_argument("--written", type=parse_sizes, default=WRITTEN, help="claims written in one transaction")
    parser.add_argument("--quick", action="store_true", help="the ratios at 100,000 claims, in under three minutes")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/developers/performance.md")
    options = parser.parse_args()
    if options.quick:
        os.environ["BENCH_QUICK"] = "1"
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    started = time.monotonic()
    sections = measure_sections(sizes, options.written, options.quick)
    print(*sections.values(), sep="\n\n")
    if options.write:
        for name, section in sections.items():
            put(section, name)
    met, goals = count_goals(sections.values())
    print(f"\n{met} of {goals} targets are met, in {(time.monotonic() - started) / 60:.0f} minutes. Missed:")
    print(*list_misses(sections.values()), sep="\n")
    sys.exit(met < goals)


def measure_sections(sizes: tuple[int, ...], written_sizes: tuple[int, ...], is_quick: bool) -> dict[str, str]:
    """Return the tables by the name of their section of the page."""
    tables = Tables([], [], [])
    lines = written(timed("quick" if is_quick else "all", measure_lines(sizes, written_sizes, tables, is_quick)))
    ends = sizes[0], sizes[-1]
    sections = {reads.SECTION: reads.write_section(tables.reads, ends)}
    if tables.postgres:
        scale = reads.find_scale(tables.reads)
        sections[postgres_reads.SECTION] = postgres_reads.write_section(tables.postgres, sizes[-1], scale)
    return sections | {MEASURED: lines, statistics.SECTION: statistics.write_section(tables.statistics)}


def measure_lines(
    sizes: tuple[int, ...], written_sizes: tuple[int, ...], tables: Tables, is_quick: bool
) -> Iterator[Line]:
    """Yield the lines of the first table. Add the figures of the other tables to `tables`."""
    with ExitStack() as stack:
        places = []
        for size in sizes:
            places.append(stack.enter_context(place()))
            tables.statistics.append(statistics.measure(places[-1], size))
            say_time(f"statistics at {size:,} claims")
        ends = (places[0], places[-1]), (sizes[0], sizes[-1])
        tables.reads.extend(reads.measure(*ends[0], ends[1]))
        say_time("reads")
        yield from timed("repeats", repeats.lines(places[-1], reads.find_scale(tables.reads)))
        yield from timed("start", starting.lines(places[-1]))
        yield from timed("posting", posting.lines(*ends))
        if not is_quick:
            yield from measure_slow_lines(places, sizes)
    if not is_quick:
        tables.postgres.extend(postgres_reads.run(sizes[-1]))
        say_time("reads of PostgreSQL")
        yield from timed("import", importing.lines(written_sizes))
        yield from timed("ingest", ingest.lines())
        yield from timed("memory of writes", memory.lines(written_sizes))
        yield from timed("log", log.lines())
        yield from timed("many connections", soak.measure(soak.CLAIMS, soak.SECONDS))


def measure_slow_lines(places: list[Place], sizes: tuple[int, ...]) -> Iterator[Line]:
    """Yield the lines of large databases that a quick run leaves out."""
    yield from timed("exports", exports.lines(places[-1], sizes[-1]))
    middle = len(sizes) // 2  # with all versions and the log of a million claims, writing them would take minutes
    yield from timed("versions and log", kept.lines(places[middle], sizes[middle]))


STARTED = time.monotonic()
_last = [STARTED]


def say_time(part: str) -> None:
    """Say how long a part took."""
    now = time.monotonic()
    say(f"{part}: {now - _last[0]:.0f} s; {now - STARTED:.0f} s since the start")
    _last[0] = now


def timed(part: str, lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines of a part. If it fails, yield that as a missed goal: the other parts took long."""
    try:
        yield from lines
    except Exception as error:
        traceback.print_exc()
        yield Line("", f"{part}: measured to the end", f"{type(error).__name__}: {error}"[:200], mark(False))
    say_time(part)


if __name__ == "__main__":
    main()
