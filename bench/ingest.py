"""I1 and I2: what validation, references, log, search text and tallies cost beside the bare inserting of the rows.

The yardstick is `executemany` of the very rows that were written, into the same tables with the same indexes, triggers
and checks, in one transaction. What the upkeep of tallies takes is I2's, and so on neither side of I1.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from api.db import database, rows, writing
from api.models import Change, ChangeText, Claim, Fate, Report, Revision, RollUp, RollUpLeft, Table, Tally, Untallied
from api.records import bulk, create, tallies, transaction
from bench import documents, generated
from bench.clock import cpu, interleaved, say
from bench.place import Place, place
from bench.table import Line, share, told

EVENTS = 10_000
LOGGED: tuple[type[Table], ...] = (Revision, Claim, Report, Change, ChangeText)
TABLES: tuple[type[Table], ...] = (*LOGGED, Tally, Fate, Untallied, RollUp, RollUpLeft)
Rows = dict[type[Table], list[tuple[Any, ...]]]


def lines() -> Iterable[Line]:
    say(f"{10 * EVENTS:,} claims: ingesting")
    with place() as found:
        sent = _sent(found)
        written = _written(found, sent)
        upkeep: list[float] = []
        times = interleaved(
            {
                "ours": lambda: _anew(found, lambda: _share(sent, upkeep)),
                "rows": lambda: _anew(found, lambda: cpu(lambda: _insert(written, TABLES))),
                "ours, not followed": lambda: _anew(found, lambda: _not_followed(sent)),
                "rows, not followed": lambda: _anew(found, lambda: cpu(lambda: _insert(written, LOGGED))),
            }
        )
    apart = times["rows, not followed"] / times["ours, not followed"]
    goal = f"validated ingest of {10 * EVENTS:,} claims as JSON, with the log, ≥ 50% of `executemany` of the same rows"
    yield share("I1", goal, apart, apart >= 0.5)
    yield told("the same with the upkeep of tallies, on both sides", f"{times['rows'] / times['ours']:.0%}")
    kept = statistics.median(upkeep)
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


def _share(sent: bytes, upkeep: list[float]) -> float:
    spent, whole = of_following(lambda: _ingest(sent))
    upkeep.append(spent / whole)
    return whole


def _not_followed(sent: bytes) -> float:
    with _followed_by(lambda *_: None):
        return cpu(lambda: _ingest(sent))


def of_following(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds that a work spends in `follow`, and in all."""
    follow, spent = tallies.follow, 0.0

    def timed(*given: Any) -> None:
        nonlocal spent
        spent += cpu(lambda: follow(*given))

    with _followed_by(timed):
        whole = cpu(work)
    return spent, whole


@contextmanager
def _followed_by(other: Callable[..., None]) -> Iterator[None]:
    follow = tallies.follow
    transaction.tallies.follow = other  # type: ignore[assignment]
    try:
        yield
    finally:
        transaction.tallies.follow = follow  # type: ignore[assignment]
