"""Statistics over HTTP in CPU seconds of all processes of the server, without a cache, and the same in DuckDB's SQL.

`python -m bench.statistics` prints this part alone. Every round begins with the write of one claim. After it, nothing
that is cached by revision is of use. The answers come from the image with an overlay, as in a database in use.
"""

import argparse
import json
import math
import pathlib
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated, window
from bench.clock import cpu, growth, is_quick, say
from bench.late import write_late_claims
from bench.place import Place, place
from bench.questions import BROAD, FEW, FIGURES, NARROW, QUESTIONS, Question
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, parse_sizes, put, rows_of, told, written
from bench.upkeep import SHARE, open_newest_frame, upkeep_timed

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
#: Rounds that count, after one that does not. From a million claims and in a quick run, the first counts: it is long.
ROUNDS, ONLY_THE_FIRST = 3, 0
LARGE = 1_000_000
MOST_GROWTH = 0.8  # exponent
SECTION = "statistics measured"
SLOW = 5  # CPU seconds; a slower question is asked only once
QUESTION_NAMES = frozenset(question.name for question in QUESTIONS)
MESSY_CONFLICT = f"conflict-{generated.MESSY}"
TARGET = 0.25  # CPU seconds of any question up to 100,000 claims
TARGETS = {BROAD: 1.2, NARROW: 0.3, FEW: 0.05}  # the same for more claims
RATIO, AFTER_WRITE, IMAGE_SECONDS, PRIVATE, PEAK, SOURCE_LINES = 1.5, 1.2, 30, 200, 400, 4000
SOURCES = ("api/statistics", "api/evidence", "api/reconciling")
DIFFERENT = 12  # statistics after which memory is read; its peak is that in them
#: One of them is the first question after a write, the other the second, and then the other way round.
TURNS = tuple(FIGURES + f"group_by=conflict,year&policy={policy}" for policy in ("envelope", "lowest"))


class Measured(NamedTuple):
    """The measures of one size. Times are CPU seconds, memory is MB."""

    claims: int
    costs: dict[str, float]  # by the name of the question
    refused: dict[str, int]  # the status of those without an answer
    ours: dict[str, float]  # by the name of the yardstick
    duckdb: dict[str, float]
    first: float  # statistic after a write
    following: float
    image: float
    image_size: float
    write: float
    write_upkeep: float
    overlay: float
    private: float
    peak: float


def choose_rounds(claims: int) -> int:
    return ONLY_THE_FIRST if claims >= LARGE or is_quick() else ROUNDS


def measure(found: Place, claims: int, rounds: int | None = None) -> Measured:
    """Write this number of claims into the current database, and measure the questions."""
    rounds = choose_rounds(claims) if rounds is None else rounds
    with database.connection_context():
        database.execute_sql("PRAGMA synchronous = OFF")
        say(f"{claims:,} claims: generating")
        generated.write(claims)
        write_late_claims(1, claims // 100, claims // 10)
        say(f"{claims:,} claims: writing the image")
        paths: list[pathlib.Path | None] = []
        image_seconds = cpu(lambda: paths.append(refresh_image(is_forced=True)))
        image = paths[0]
        assert image
        open_newest_frame()
    with serving("wsgi:app", found.folder) as server:
        asking = Asking(server, claims, image)
        asking.compare_figures()
        asking.ask_in_rounds(rounds)
    say(f"{claims:,} claims: reading memory")
    with serving("wsgi:app", found.folder) as server:
        private, peak = _read_memory(server)
    middle = {name: statistics.median(seconds) for name, seconds in asking.times.items()}
    return Measured(
        claims,
        {question.name: middle[question.name] for question in QUESTIONS},
        asking.refused,
        {yardstick.name: middle[f"ours {yardstick.name}"] for yardstick in window.YARDSTICKS},
        {yardstick.name: middle[f"duckdb {yardstick.name}"] for yardstick in window.YARDSTICKS},
        middle["first"],
        middle["following"],
        image_seconds,
        image.stat().st_size / 1e6,
        middle["write"],
        middle["upkeep"],
        middle["overlay"],
        private,
        peak,
    )


class Asking:
    """A server that gets the questions, and DuckDB for comparison."""

    def __init__(self, server: Server, claims: int, image: pathlib.Path) -> None:
        self.server, self.claims, self.image, self.duckdb = server, claims, image, window.connect()
        self.times: dict[str, list[float]] = defaultdict(list)
        self.refused: dict[str, int] = {}  # the status of questions without an answer

    def compare_figures(self) -> None:
        """Raise if DuckDB has other figures. Leave out the conflict with parts and periods: SQL cannot reconcile it."""
        say(f"{self.claims:,} claims: comparing with DuckDB")
        for yardstick in window.YARDSTICKS:
            theirs = {tuple(row[:4]): tuple(map(int, row[4:])) for row in self._run(yardstick)}
            ours = dict(map(cell_of_row, json.loads(self.server.get(yardstick.address))["data"]))
            cells = sorted({cell for cell, _ in set(theirs.items()) ^ set(ours.items()) if cell[0] != MESSY_CONFLICT})
            assert not cells, (yardstick.name, [(cell, ours.get(cell), theirs.get(cell)) for cell in cells[:3]])

    def _run(self, yardstick: window.Yardstick) -> list[Any]:
        return self.duckdb.execute(yardstick.sql(self.image)).fetchall()

    def ask_in_rounds(self, rounds: int) -> None:
        """Ask every question in every round. The first round counts if it is the only one.

        It also counts for refused and slow questions, which are asked only once.
        """
        for number in range(rounds + 1):
            say(f"{self.claims:,} claims: round {number} of {rounds}")
            took = self._ask_everything(number)
            for name, seconds in took.items():
                if number or not rounds or self._is_done(name, seconds):
                    self.times[name].append(seconds)

    def _is_done(self, name: str, seconds: float) -> bool:
        return name in self.refused or (name in QUESTION_NAMES and seconds > SLOW)

    def _ask_everything(self, number: int) -> dict[str, float]:
        took = self._ask_after_writes(number)
        for question in QUESTIONS:
            if question.name in self.times and self._is_done(question.name, self.times[question.name][0]):
                continue
            took[question.name], status = self.server.cost(question.address)
            if status != 200:
                self.refused[question.name] = status
        for yardstick in window.YARDSTICKS:
            took[f"ours {yardstick.name}"], _ = self.server.cost(yardstick.address)
            took[f"duckdb {yardstick.name}"] = cpu(partial(self._run, yardstick))
        return took

    def _ask_after_writes(self, number: int) -> dict[str, float]:
        """Write a claim, ask the first and the second question, and once more in the other order; return the means.

        The two questions differ in cost, so each has to be the first one as often as the other.
        """
        turns = [self._ask_after_write(2 * number, TURNS), self._ask_after_write(2 * number + 1, TURNS[::-1])]
        return {name: statistics.mean(took[name] for took in turns) for name in turns[0]}

    def _ask_after_write(self, number: int, addresses: Sequence[str]) -> dict[str, float]:
        took = _write_one(self.claims, number)
        took["first"], took["following"] = (self.server.cost(address)[0] for address in addresses)
        return took


def cell_of_row(row: dict[str, Any]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the cell and the figures of a row, in the form of the yardstick."""
    cell = row["conflict"]["id"], row["subject_side"]["id"], row["harm"], row["year"]
    return cell, (row["low"], row["best"], row["high"])


def _write_one(claims: int, number: int) -> dict[str, float]:
    """Write one claim; return the CPU seconds of the write, of the image in it, and of the overlay after it."""
    with database.connection_context():
        with upkeep_timed() as spent:
            write = cpu(lambda: write_late_claims(claims // 100 + 1 + number, 1, claims // 10))
        behind, again = cpu(open_newest_frame), cpu(open_newest_frame)
    return {"write": write, "upkeep": sum(spent), "overlay": behind - again}


def _read_memory(server: Server) -> tuple[float, float]:
    """Return the private memory of a worker after different statistics, and its peak in them."""
    with server.watched() as peak:
        for number in range(DIFFERENT):
            server.ask(QUESTIONS[number * len(QUESTIONS) // DIFFERENT].address)
    return server.private(), peak[0]


def count_source_lines() -> int:
    files = (file for folder in SOURCES for file in pathlib.Path(folder).rglob("*.py"))
    return sum(len(file.read_text().splitlines()) for file in files)


# The section of docs/developers/performance.md ------------------------------------------------------------------------


def target_of(question: Question, claims: int) -> float:
    return TARGETS[question.breadth] if claims > 100_000 else TARGET


def is_met(one: Measured, question: Question) -> bool:
    return question.name not in one.refused and one.costs[question.name] <= target_of(question, one.claims)


def write_section(measured: Sequence[Measured]) -> str:
    return "\n\n".join(
        [written(write_goals(measured)), _write_yardsticks(measured), _write_questions(measured)],
    )


def write_goals(measured: Sequence[Measured]) -> Iterator[Line]:
    """Yield the goals that are not about a single question; goals for one size count at 1,000,000 claims."""
    for one in measured:
        at = f"at {one.claims:,} claims"
        met = sum(is_met(one, question) for question in QUESTIONS)
        yield Line(
            "S1",
            f"questions answered within their target {at}",
            f"{met} of {len(QUESTIONS)}",
            mark(met == len(QUESTIONS)),
        )
        if one.refused:
            names = ", ".join(f"{name} ({status})" for name, status in one.refused.items())
            yield Line("S1", f"questions without an answer {at}", names, mark(False))
        ratios = [one.ours[name] / one.duckdb[name] for name in one.ours]
        met = sum(ratio <= RATIO for ratio in ratios)
        goal = f"questions ≤ {RATIO:g}× the CPU of DuckDB {at}"
        yield Line(
            "S2", goal, f"{met} of {len(ratios)}; {min(ratios):.2f} to {max(ratios):.2f}×", mark(met == len(ratios))
        )
        yield at_most(
            "S3", f"first statistic after a write over the next one {at}", one.first / one.following, AFTER_WRITE
        )
        yield Line(
            "S4",
            f"image from nothing {at} ≤ {IMAGE_SECONDS} CPU s",
            f"{one.image:.1f} s, {one.image_size:.1f} MB",
            mark(one.image <= IMAGE_SECONDS),
        )
        yield Line(
            "S5",
            f"private memory of a worker after {DIFFERENT} statistics {at} ≤ {PRIVATE} MB",
            f"{one.private:.0f} MB",
            mark(one.private <= PRIVATE),
        )
        yield Line("S5", f"its peak in these statistics {at} ≤ {PEAK} MB", f"{one.peak:.0f} MB", mark(one.peak <= PEAK))
        share = one.write_upkeep / one.write
        yield Line("S6", f"image upkeep inside a single write {at} ≤ {SHARE:.0%}", f"{share:.1%}", mark(share <= SHARE))
        yield told(
            f"a single write {at}; what the first question after it spends on the overlay",
            f"{one.write * 1000:.1f} ms; {one.overlay * 1000:.1f} ms",
        )
    if len(measured) > 1:
        exponents = [find_growth(measured, question) for question in QUESTIONS]
        met = sum(exponent <= MOST_GROWTH for exponent in exponents)
        sizes = f"from {measured[0].claims:,} to {measured[-1].claims:,} claims"
        goal = f"growth of a question {sizes}: exponent ≤ {MOST_GROWTH:g}"
        yield Line("S8", goal, f"{met} of {len(exponents)}; to {max(exponents):.2f}", mark(met == len(exponents)))
    lines = count_source_lines()
    yield Line("S7", f"lines of {', '.join(SOURCES)} ≤ {SOURCE_LINES:,}", f"{lines:,}", mark(lines <= SOURCE_LINES))


def find_growth(measured: Sequence[Measured], question: Question) -> float:
    """Return the exponent of the time by the number of claims, from the smallest size to the greatest."""
    small, great = measured[0], measured[-1]
    return growth(small.costs[question.name], great.costs[question.name], great.claims / small.claims)


def _write_yardsticks(measured: Sequence[Measured]) -> str:
    """Return one row for each yardstick: our CPU seconds, and our ratio to DuckDB, by size."""
    rows = []
    for yardstick in window.YARDSTICKS:
        pairs = [(one.ours[yardstick.name], one.duckdb[yardstick.name]) for one in measured]
        shown = [
            f"{ours:.3f} / {theirs:.3f} = {_emphasize(f'{ours / theirs:.2f}×', ours / theirs <= RATIO)}"
            for ours, theirs in pairs
        ]
        rows.append((yardstick.name, *shown, f"≤ {RATIO:g}×", mark(all(a / b <= RATIO for a, b in pairs))))
    return _write_table("CPU s of ours over DuckDB", measured, rows)


def _write_questions(measured: Sequence[Measured]) -> str:
    rows = []
    for question in QUESTIONS:
        shown = [
            _emphasize(str(one.refused.get(question.name) or f"{one.costs[question.name]:.3f}"), is_met(one, question))
            for one in measured
        ]
        targets = dict.fromkeys(f"≤ {target_of(question, one.claims):g}" for one in measured)
        met = all(is_met(one, question) for one in measured)
        exponent = find_growth(measured, question) if len(measured) > 1 else math.nan
        grown = (f"{exponent:.2f}", f"≤ {MOST_GROWTH:g}", mark(exponent <= MOST_GROWTH)) if len(measured) > 1 else ()
        rows.append((question.name, *shown, "; ".join(targets), mark(met), *grown))
    grown = ("growth", "target", "met") if len(measured) > 1 else ()
    return _write_table("CPU s of a question", measured, rows, *grown)


def _write_table(title: str, measured: Sequence[Measured], rows: Iterable[tuple[str, ...]], *more: str) -> str:
    head = (title, *(f"{one.claims:,} claims" for one in measured), "target", "met", *more)
    return "\n".join(rows_of([head, ("---",) * len(head), *rows]))


def _emphasize(text: str, met: bool) -> str:
    return text if met else f"**{text}**"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.statistics", description=__doc__)
    parser.add_argument("--sizes", type=parse_sizes, help="claims, separated by commas (default 10000,100000,1000000)")
    parser.add_argument("--quick", action="store_true", help="10,000 and 100,000 claims, every question once")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/developers/performance.md")
    options = parser.parse_args()
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    measured = []
    for size in sizes:
        with place() as found:
            measured.append(measure(found, size, ONLY_THE_FIRST if options.quick else None))
    section = write_section(measured)
    print(section)
    if options.write:
        put(section, SECTION)
    sys.exit("**no**" in section)


if __name__ == "__main__":
    main()
