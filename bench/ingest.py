"""I1 and S6: what validation, references, log and search text cost beside the bare inserting of the rows.

The yardstick is `executemany` of the very rows that were written, into the same tables with the same indexes, triggers
and checks, in one transaction. The image of statistics, which is due after so many claims, is written by a process of
its own: its CPU time is S6's, and so on neither side of I1.
"""

import statistics
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from api.database import bulk
from api.database.connection import database, select_rows, writing
from api.database.models import Change, ChangeText, Claim, Report, Revision, Table
from api.evidence.refresh import refresh_image
from api.writes import create
from bench import documents, generated
from bench.clock import cpu, interleaved, say
from bench.place import Place, place
from bench.table import Line, share
from bench.upkeep import SHARE

EVENTS = 10_000
TABLES: tuple[type[Table], ...] = (Revision, Claim, Report, Change, ChangeText)
Rows = dict[type[Table], list[tuple[Any, ...]]]


def lines() -> Iterable[Line]:
    say(f"{10 * EVENTS:,} claims: ingesting")
    with place() as found:
        sent = _sent(found)
        written = _written(found, sent)
        images: list[float] = []
        times = interleaved(
            {
                "ours": lambda: _anew(found, lambda: _ingest_and_write_image(sent, images)),
                "rows": lambda: _anew(found, lambda: cpu(lambda: _insert(written, TABLES))),
            }
        )
    part = times["rows"] / times["ours"]
    goal = f"validated ingest of {10 * EVENTS:,} claims as JSON, with the log, ≥ 50% of `executemany` of the same rows"
    yield share("I1", goal, part, part >= 0.5)
    image = statistics.median(images)
    upkeep = image / (image + times["ours"])
    goal = f"image upkeep in ingest of {10 * EVENTS:,} claims, after which an image is due ≤ {SHARE:.0%}"
    yield share("S6", goal, upkeep, upkeep <= SHARE)


def _sent(found: Place) -> bytes:
    """The documents as they come in; what they refer to is there already."""
    with database.connection_context():
        generated.write_world(10 * EVENTS)
        given = documents.about(1, EVENTS, EVENTS)
    found.keep("world.db")
    return orjson.dumps(given)


def _anew(found: Place, work: Callable[[], float]) -> float:
    found.restore("world.db")
    with database.connection_context():
        return work()


def _ingest(sent: bytes) -> None:
    create.create_records(orjson.loads(sent), "The bench.")


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
    return select_rows(f"SELECT {', '.join(bulk.column_names(table))} FROM {table._meta.table_name}")


def _insert(written: Rows, tables: Iterable[type[Table]]) -> None:
    with writing():
        for table in tables:
            names = bulk.column_names(table)
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table._meta.table_name} ({', '.join(names)}) VALUES ({marks})"
            database.cursor().executemany(statement, written[table])


def _ingest_and_write_image(sent: bytes, images: list[float]) -> float:
    """Return the CPU seconds of the ingest; those of the image behind it are added to `images`."""
    seconds = cpu(lambda: _ingest(sent))
    images.append(cpu(lambda: refresh_image(is_forced=True)))
    return seconds
