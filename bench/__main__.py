"""`make bench` prints every ratio of docs/developers/performance.md as a table; `--write` puts it into the page."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack

from bench import exports, importing, ingest, kept, log, memory, posting, reads, repeats, starting, statistics
from bench.place import place
from bench.table import MEASURED, Line, parse_sizes, put, written

SIZES = (10_000, 100_000, 1_000_000)
WRITTEN = (10_000, 100_000)


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    given.add_argument("--sizes", type=parse_sizes, default=SIZES, help="claims that are read, from few to many")
    given.add_argument("--written", type=parse_sizes, default=WRITTEN, help="claims written in one transaction")
    given.add_argument("--write", action="store_true", help="put the table into docs/developers/performance.md")
    asked = given.parse_args()
    answered: list[statistics.Measured] = []
    read: list[reads.Measured] = []
    table = written(measured(asked.sizes, asked.written, answered, read))
    sections = {
        MEASURED: table,
        reads.SECTION: reads.write_section(read, (asked.sizes[0], asked.sizes[-1])),
        statistics.SECTION: statistics.write_section(answered),
    }
    print(*sections.values(), sep="\n\n")
    if asked.write:
        for name, section in sections.items():
            put(section, name)


def measured(
    sizes: tuple[int, ...],
    written: tuple[int, ...],
    answered: list[statistics.Measured],
    read: list[reads.Measured],
) -> Iterator[Line]:
    """Yield all lines except those of statistics and reads. Add the figures of these to `answered` and `read`."""
    yield from ingest.lines()
    yield from memory.lines(written)
    yield from importing.lines(written)
    yield from log.lines()
    with ExitStack() as places:
        filled = []
        for size in sizes:
            filled.append(places.enter_context(place()))
            answered.append(statistics.measure(filled[-1], size))
        small, great = filled[0], filled[-1]
        read += reads.measure(small, great, (sizes[0], sizes[-1]))
        yield from posting.lines((small, great), (sizes[0], sizes[-1]))
        yield from repeats.lines(great)
        yield from kept.lines(great, sizes[-1])
        yield from exports.lines(great, sizes[-1])
        yield from starting.lines(great)


if __name__ == "__main__":
    main()
