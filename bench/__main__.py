"""`make bench`: every ratio of docs/developers/performance.md, printed as a table; `--write` puts it into the page."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack

from bench import exports, importing, ingest, kept, log, memory, posting, reads, repeats, starting, statistics
from bench.place import place
from bench.table import Line, put, written

SIZES = (10_000, 100_000, 1_000_000)
WRITTEN = (10_000, 100_000)


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    given.add_argument(
        "--sizes", type=statistics.parse_sizes, default=SIZES, help="claims that are read, from few to many"
    )
    given.add_argument(
        "--written", type=statistics.parse_sizes, default=WRITTEN, help="claims written in one transaction"
    )
    given.add_argument("--write", action="store_true", help="put the table into docs/developers/performance.md")
    asked = given.parse_args()
    answered: list[statistics.Measured] = []
    table = written(measured(asked.sizes, asked.written, answered))
    section = statistics.write_section(answered)
    print(table, section, sep="\n\n")
    if asked.write:
        put(table)
        put(section, statistics.SECTION)


def measured(read: tuple[int, ...], written: tuple[int, ...], answered: list[statistics.Measured]) -> Iterator[Line]:
    """Yield the lines of all but statistics, whose figures are added to `answered`."""
    yield from ingest.lines()
    yield from memory.lines(written)
    yield from importing.lines(written)
    yield from log.lines()
    with ExitStack() as places:
        filled = []
        for size in read:
            filled.append(places.enter_context(place()))
            answered.append(statistics.measure(filled[-1], size))
        small, great = filled[0], filled[-1]
        yield from posting.lines((small, great), (read[0], read[-1]))
        yield from reads.lines(small, great, (read[0], read[-1]))
        yield from repeats.lines(great)
        yield from kept.lines(great, read[-1])
        yield from exports.lines(great, read[-1])
        yield from starting.lines(great)


if __name__ == "__main__":
    main()
