"""S1 and S2: a reconciled statistic beside the live window query, and how its time grows with the record."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from api.db import database, rows, snapshot, writing
from api.queries import casualties
from api.records import tallies
from bench import generated
from bench.clock import cpu, interleaved, say
from bench.datasette import Datasette
from bench.place import Place
from bench.table import Line, at_least, mark, told, unmeasured
from bench.window import BY_SIDE, WINDOW

ROUNDS = 3
QUESTION = {"basis": "incidents", "policy": "envelope", "group_by": ("conflict", "subject_side", "year")}
URL = "/v1/statistics/casualties?group_by=conflict,subject_side,year"
FILTERED = {**QUESTION, "country": ("AAA",)}


class Measured(NamedTuple):
    """CPU seconds of one size."""

    claims: int
    tallied: float
    http: float
    cells: float
    window: float
    datasette: float | None
    rebuild: float


def measure(found: Place, claims: int) -> Measured:
    """Fill the database, which is the one of the moment, with so many claims, and ask it."""
    with database.connection_context():
        database.execute_sql("PRAGMA synchronous = OFF")
        say(f"{claims:,} claims: generating")
        generated.write(claims)
        say(f"{claims:,} claims: tallying")
        with writing():
            rebuild = cpu(lambda: tallies.rebuild(1))
        with snapshot(None):
            assert_identical()
    say(f"{claims:,} claims: asking")
    return _asked(found, claims, rebuild)


def _asked(found: Place, claims: int, rebuild: float) -> Measured:
    client = found.app.test_client()
    asks: dict[str, Callable[[], float]] = {
        "tallied": lambda: cpu(lambda: broad(QUESTION)),
        "http": lambda: cpu(lambda: get(client)),
        "cells": lambda: cpu(lambda: broad(FILTERED)),
        "window": lambda: cpu(lambda: connected(lambda: rows(WINDOW))),
    }
    with Datasette.beside(found.file) as server:
        if server:
            asks["datasette"] = lambda: server.ask(WINDOW)
        times = interleaved(asks, ROUNDS)
    return Measured(claims, datasette=times.pop("datasette", None), rebuild=rebuild, **times)


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
    stated = {tuple(row[:4]): tuple(row[4:]) for row in rows(WINDOW) if row[0] != f"conflict-{generated.MESSY}"}
    assert stated == found, sorted(set(stated.items()) ^ set(found.items()))[:6]
    assert BY_SIDE in WINDOW


def lines(measured: Sequence[Measured]) -> Iterable[Line]:
    small, great = measured[0], measured[-1]
    at = f"at {great.claims:,} claims"
    yield at_least("S1", f"reconciled statistic {at} over the live window query", great.window / great.tallied, 20)
    if great.datasette is None:
        yield unmeasured("S1", "the same over HTTP ≥ 10× Datasette's SQL", "no .venv-bench")
    else:
        yield at_least("S1", f"the same over HTTP {at} over Datasette's SQL", great.datasette / great.http, 10)
    ratio = great.window / great.cells
    yield told(f"with a filter that roll-ups lack (country), {at}", f"{ratio:.1f}× the window query")
    over = f"from {small.claims:,} to {great.claims:,} claims"
    grown = growth(small.tallied, great.tallied, great.claims / small.claims)
    yield Line("S2", f"statistic: growth exponent {over} ≤ 0.8", f"{grown:.2f}", mark(grown <= 0.8))
    grown = growth(small.cells, great.cells, great.claims / small.claims)
    yield told(f"statistic with that filter: growth exponent {over}", f"{grown:.2f}")
    rebuilt = ", ".join(f"{one.claims:,}: {one.rebuild / one.window:.0f}×" for one in measured)
    yield told("`flask tallies rebuild` in window queries, by claims", rebuilt)


def growth(small: float, great: float, times: float) -> float:
    """The exponent by which time grows with size."""
    return math.log(great / small) / math.log(times) if times > 1 else math.nan
