"""The ratios S1, S2 and I2 of docs/performance.md: CPU time side by side in one interleaved run, never absolute times.

`make bench` runs it and prints the table; `--write` puts it into docs/performance.md.
"""

import argparse
import datetime
import math
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask

from api import upgrade
from api.app import create_app
from api.config import Settings
from api.db import database, rows, snapshot, writing
from api.queries import casualties
from api.records import create, tallies, transaction
from bench import generated
from bench.window import BY_SIDE, WINDOW
from schemas.claims import ClaimIn, ReportIn

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
DATASETTE = pathlib.Path(os.environ.get("DATASETTE", ".venv-bench/bin/datasette"))
PAGE = pathlib.Path("docs/performance.md")
QUESTION = {"basis": "incidents", "policy": "envelope", "group_by": ("conflict", "subject_side", "year")}
URL = "/v1/statistics/casualties?group_by=conflict,subject_side,year"
FILTERED = {**QUESTION, "country": ("AAA",)}


class Line(NamedTuple):
    number: str
    goal: str
    measured: str
    held: str


class Measured(NamedTuple):
    """CPU seconds of one size, the middle of several rounds."""

    claims: int
    tallied: float
    http: float
    cells: float
    window: float
    datasette: float | None
    rebuild: float


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of claims, from small to great")
    given.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    asked = given.parse_args()
    measured = [measure(int(size)) for size in asked.sizes.split(",")]
    lines = [*statistics(measured), ingest()]
    table = written(lines, measured)
    print(table)
    if asked.write:
        put(table)


# One size --------------------------------------------------------------------------------------------------------


def measure(claims: int) -> Measured:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-"))
    try:
        app = database_with(folder, claims)
        with database.connection_context(), writing():
            started = time.process_time()
            tallies.rebuild(1)
            rebuild = time.process_time() - started
        with database.connection_context(), snapshot(None):
            assert_identical()
        return interleaved(app, folder, claims, rebuild)
    finally:
        shutil.rmtree(folder)


def database_with(folder: pathlib.Path, claims: int = 0) -> Flask:
    app = create_app(Settings(database_url=f"sqlite:///{folder}/bench.db", secret_file=str(folder / "secret"),
                              statement_seconds=600))  # fmt: skip
    with database.connection_context():
        upgrade.upgrade()
        database.execute_sql("PRAGMA synchronous = OFF")
        if claims:
            say(f"{claims:,} claims: generating")
            generated.write(claims)
            say(f"{claims:,} claims: tallying")
    return app


def interleaved(app: Flask, folder: pathlib.Path, claims: int, rebuild: float) -> Measured:
    say(f"{claims:,} claims: asking")
    client = app.test_client()
    server = Datasette(folder / "bench.db") if DATASETTE.exists() else None
    asks: dict[str, Callable[[], float]] = {
        "tallied": lambda: cpu(lambda: broad(QUESTION)),
        "http": lambda: cpu(lambda: get(client)),
        "cells": lambda: cpu(lambda: broad(FILTERED)),
        "window": lambda: cpu(lambda: connected(lambda: rows(WINDOW))),
    }
    if server:
        asks["datasette"] = server.ask
    try:
        times: dict[str, list[float]] = {name: [] for name in asks}
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                times[name].append(ask())
    finally:
        if server:
            server.close()
    middle = {name: sorted(found)[len(found) // 2] for name, found in times.items()}
    return Measured(claims, middle["tallied"], middle["http"], middle["cells"], middle["window"],
                    middle.get("datasette"), rebuild)  # fmt: skip


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def connected(work: Callable[[], Any]) -> Any:
    with database.connection_context(), snapshot(None):
        return work()


def broad(question: dict[str, Any]) -> Any:
    casualties._broad.cache_clear()
    return connected(lambda: casualties.broad(question))


def get(client: Any) -> None:
    casualties._broad.cache_clear()
    answer = client.get(URL)
    assert answer.status_code == 200, answer.text


def assert_identical() -> None:
    """The window query gives the same rows wherever it is able to."""
    found = {}
    for row in casualties.broad(QUESTION).rows:
        key = dict(row.key)
        if key["conflict"] != f"conflict-{generated.MESSY}":
            found[key["conflict"], key["subject_side"], key["harm"], key["year"]] = row.low, row.best, row.high
    told = {tuple(row[:4]): tuple(row[4:]) for row in rows(WINDOW) if row[0] != f"conflict-{generated.MESSY}"}
    assert told == found, sorted(set(told.items()) ^ set(found.items()))[:6]
    assert BY_SIDE in WINDOW


class Datasette:
    """The window query as Datasette's SQL over HTTP; CPU time is that of its process."""

    def __init__(self, path: pathlib.Path) -> None:
        settings = ["--setting", "sql_time_limit_ms", "600000", "--setting", "max_returned_rows", "100000"]
        self.process = subprocess.Popen(
            [DATASETTE, "serve", str(path), "--port", "8765", *settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(300):
            time.sleep(0.1)
            try:
                urllib.request.urlopen("http://127.0.0.1:8765/-/versions.json")
                return
            except OSError:
                continue
        raise RuntimeError("Datasette does not answer")

    def ask(self) -> float:
        started = self._cpu()
        query = urllib.parse.urlencode({"sql": WINDOW, "_shape": "arrays", "_ttl": "0"})
        with urllib.request.urlopen(f"http://127.0.0.1:8765/bench.json?{query}", timeout=600) as answer:
            assert answer.status == 200 and b'"rows"' in answer.read()
        return self._cpu() - started

    def _cpu(self) -> float:
        told = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


# Ingest ----------------------------------------------------------------------------------------------------------


def ingest(events: int = 1000) -> Line:
    """The share of `follow` in writing 10,000 claims through the one road."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-bench-"))
    try:
        database_with(folder)
        spent = 0.0

        def timed(*given: Any) -> None:
            nonlocal spent
            started = time.process_time()
            follow(*given)
            spent += time.process_time() - started

        follow, transaction.tallies.follow = transaction.tallies.follow, timed  # type: ignore[assignment]
        say("10,000 claims: ingesting")
        with database.connection_context():
            generated.write_world(10 * events)
            tallies.rebuild(1)
            documents = as_documents(events)
            started = time.process_time()
            create.create(documents, "The bench.")
            whole = time.process_time() - started
        transaction.tallies.follow = follow  # type: ignore[assignment]
        share = spent / whole
        return Line("I2", "upkeep of tally and roll-ups ≤ 25% of ingest", f"{share:.0%}", mark(share <= 0.25))
    finally:
        shutil.rmtree(folder)


def as_documents(events: int) -> dict[str, list[dict[str, Any]]]:
    names = {"conflict_id": "conflict", "event_id": "event", "claimant_id": "claimant"}
    claims, reports = [], []
    sides = dict(rows("SELECT id, slug FROM side"))
    known = set(ClaimIn().fields) - {"event_date", "event_until"}
    for event in range(1, events + 1):
        for row in generated.claims_of(event, events):
            told = {name: value for name, value in row.items() if name in known}
            told |= {name: f"{name}-{row[column]}" for column, name in names.items() if row[column]}
            told |= {"id": row["slug"], "subject_side": sides.get(row["subject_side_id"])}
            claims.append({name: value for name, value in told.items() if value is not None})
            if row["kind"] == "silence":
                claims.pop()
                continue
            source = f"source-{1 + row['id'] % max(events // 5, 40)}"
            reports.append({"id": f"report-{row['id']}", "claim": row["slug"], "source": source})
    assert {"id", "claim", "source"} <= set(ReportIn().fields)
    return {"claims": claims, "reports": reports}


# The table -------------------------------------------------------------------------------------------------------


def statistics(measured: list[Measured]) -> list[Line]:
    small, great = measured[0], measured[-1]
    at = f"at {great.claims:,} claims"
    ratio = great.window / great.tallied
    lines = [Line("S1", f"reconciled statistic {at} ≥ 20× the live window query", f"{ratio:.0f}×", mark(ratio >= 20))]
    if great.datasette is None:
        lines.append(Line("S1", "≥ 10× Datasette's SQL over HTTP", "not measured: no .venv-bench", "?"))
    else:
        over = great.datasette / great.http
        lines.append(
            Line("S1", f"the same over HTTP {at} ≥ 10× Datasette's SQL over HTTP", f"{over:.0f}×", mark(over >= 10))
        )
    ratio = great.window / great.cells
    lines.append(Line("", f"with a filter that roll-ups lack (country), {at}", f"{ratio:.1f}× the window query", ""))
    for number, name in (("S2", "tallied"), ("", "cells")):
        what = "statistic" if number else "statistic with that filter"
        grown = growth(getattr(small, name), getattr(great, name), great.claims / small.claims)
        goal = f"{what}: growth exponent from {small.claims:,} to {great.claims:,} ≤ 0.8"
        lines.append(Line(number, goal, f"{grown:.2f}", mark(grown <= 0.8) if number else ""))
    return lines


def growth(small: float, great: float, times: float) -> float:
    return math.log(great / small) / math.log(times) if times > 1 else math.nan


def mark(held: bool) -> str:
    return "yes" if held else "**no**"


def written(lines: list[Line], measured: list[Measured]) -> str:
    made_on = datetime.date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    table = [("#", "goal", "measured", "held"), ("---",) * 4, *lines]
    rebuilt = ", ".join(f"{m.claims:,}: {m.rebuild / m.window:.0f}×" for m in measured)
    return "\n".join(
        [
            f"Run on {made_on}; {machine}. CPU time, middle of {ROUNDS} interleaved rounds.",
            "",
            *("| " + " | ".join(row) + " |" for row in table),
            "",
            f"`flask tallies rebuild` in window queries, by claims: {rebuilt}.",
        ]
    )


def put(table: str) -> None:
    before, start, rest = PAGE.read_text().partition("<!-- statistics -->\n")
    _, end, after = rest.partition("<!-- end of statistics -->")
    PAGE.write_text(f"{before}{start}\n{table}\n\n{end}{after}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
