"""I1 and I2: what validation, references, log, search text and tallies cost beside the bare inserting of the rows.

The yardstick is `executemany` of the very rows that were written, into the same tables with the same indexes, triggers
and checks, in one transaction: all of the tables that a write fills, and those of claims and reports alone.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from api.db import database, rows, writing
from api.models import Change, ChangeText, Claim, Fate, Report, Revision, RollUp, RollUpLeft, Table, Tally, Untallied
from api.records import bulk, create, tallies, transaction
from bench import documents, generated
from bench.clock import cpu, interleaved, say
from bench.place import Place, place
from bench.table import Line, share, told

EVENTS = 1000
CLAIMS: tuple[type[Table], ...] = (Claim, Report)
LOGGED: tuple[type[Table], ...] = (Revision, *CLAIMS, Change, ChangeText)
TABLES: tuple[type[Table], ...] = (*LOGGED, Tally, Fate, Untallied, RollUp, RollUpLeft)
Rows = dict[type[Table], list[tuple[Any, ...]]]


def lines() -> Iterable[Line]:
    say("10,000 claims: ingesting")
    with place() as found:
        sent = _sent(found)
        written = _written(found, sent)
        upkeep: list[float] = []
        times = interleaved(
            {
                "ours": lambda: _anew(found, lambda: cpu(lambda: _ingest(sent))),
                "rows": lambda: _anew(found, lambda: cpu(lambda: _insert(written, TABLES))),
                "logged": lambda: _anew(found, lambda: cpu(lambda: _insert(written, LOGGED))),
                "claims": lambda: _anew(found, lambda: cpu(lambda: _insert(written, (Revision, *CLAIMS)))),
                "upkeep": lambda: _anew(found, lambda: _upkeep(sent, upkeep)),
            }
        )
    ratio = times["rows"] / times["ours"]
    kept = sorted(upkeep)[len(upkeep) // 2]
    yield share("I1", "ingest of JSON ≥ 50% of `executemany` of the same rows", ratio, ratio >= 0.5)
    yield told("the same beside the rows of claims and reports alone", f"{times['claims'] / times['ours']:.0%}")
    apart = times["logged"] / (times["ours"] * (1 - kept))
    yield told("the same with the log, without the upkeep of tallies on either side", f"{apart:.0%}")
    goal = "upkeep of tally and roll-ups ≤ 25% of ingest, where two or three claimants tell of either side"
    yield share("I2", goal, kept, kept <= 0.25)


def _sent(found: Place) -> bytes:
    """The documents as they come in; what they refer to is there already."""
    with database.connection_context():
        generated.write_world(10 * EVENTS)
        tallies.rebuild(1)
        given = documents.about(1, EVENTS, EVENTS)
    found.keep("world.db")
    return orjson.dumps(given)


def _anew(found: Place, work: Callable[[], float]) -> float:
    found.restore("world.db")
    with database.connection_context():
        return work()


def _ingest(sent: bytes) -> None:
    create.create(orjson.loads(sent), "The bench.")


def _written(found: Place, sent: bytes) -> Rows:
    """The rows that it writes."""
    before: dict[type[Table], int] = {}

    def work() -> float:
        before.update({table: table.select().count() for table in TABLES})
        return cpu(lambda: _ingest(sent))

    _anew(found, work)
    with database.connection_context():
        return {table: _all(table)[before[table] :] for table in TABLES}


def _all(table: type[Table]) -> list[tuple[Any, ...]]:
    return rows(f"SELECT {', '.join(bulk.columns(table))} FROM {table._meta.table_name}")


def _insert(written: Rows, tables: Iterable[type[Table]]) -> None:
    with writing():
        for table in tables:
            names = bulk.columns(table)
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table._meta.table_name} ({', '.join(names)}) VALUES ({marks})"
            database.cursor().executemany(statement, written[table])


def _upkeep(sent: bytes, shares: list[float]) -> float:
    upkeep, whole = of_following(lambda: _ingest(sent))
    shares.append(upkeep / whole)
    return whole


def of_following(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds that a work spends in `follow`, and in all."""
    follow, spent = tallies.follow, 0.0

    def timed(*given: Any) -> None:
        nonlocal spent
        started = time.process_time()
        follow(*given)
        spent += time.process_time() - started

    transaction.tallies.follow = timed  # type: ignore[assignment]
    try:
        whole = cpu(work)
        return spent, whole
    finally:
        transaction.tallies.follow = follow  # type: ignore[assignment]
