"""S6: the cost of the image of statistics, over that of an ingest after which it is due.

A separate process writes the image, and its CPU time counts.
"""

import statistics
from collections.abc import Callable, Iterable

import orjson

from api.database.connection import database
from api.evidence.refresh import refresh_image
from api.writes import create
from bench import documents, generated
from bench.clock import cpu, interleaved, say
from bench.place import Place, place
from bench.table import Line, share
from bench.upkeep import SHARE

EVENTS = 10_000


def lines() -> Iterable[Line]:
    say(f"{10 * EVENTS:,} claims: ingesting")
    with place() as found:
        sent = _sent(found)
        images: list[float] = []
        works = {"ingest": lambda: _anew(found, lambda: _ingest_and_write_image(sent, images))}
        ingest = interleaved(works)["ingest"]
    image = statistics.median(images)
    upkeep = image / (image + ingest)
    goal = f"image upkeep in ingest of {10 * EVENTS:,} claims, after which an image is due ≤ {SHARE:.0%}"
    yield share("S6", goal, upkeep, upkeep <= SHARE)


def _sent(found: Place) -> bytes:
    """Return the documents as they are sent, and write the records that they refer to."""
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


def _ingest_and_write_image(sent: bytes, images: list[float]) -> float:
    """Return the CPU seconds of the ingest, and add those of the image after it to `images`."""
    seconds = cpu(lambda: _ingest(sent))
    images.append(cpu(lambda: refresh_image(is_forced=True)))
    return seconds
