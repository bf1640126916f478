"""Reads over HTTP, compared with the same reads of the same database by Datasette and by FastAPI with SQLAlchemy.

`python -m bench.reads` prints these lines alone. The response cache is off: the server computes every answer. Targets
in milliseconds are for a machine on which Datasette's list takes `DATASETTE_MS`; the time of its list here scales them.
"""

import argparse
import json
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated
from bench.clock import growth, interleaved, say
from bench.late import write_late_claims
from bench.peers import serving_datasette, serving_orm
from bench.place import Place, place
from bench.serving import Server, serving
from bench.table import mark, parse_sizes, put, rows_of, told_run

SECTION = "reads measured"
SIZES = (10_000, 1_000_000)
NUMBER, SLOW_NUMBER, SLOW = 40, 2, 0.1  # requests a round; those of a slow read; the CPU seconds of a slow one
DATASETTE_MS = 3.88
DEPTH, DEEP_TIMES = 0.6, 1.1
PAGE_GROWTH, FILTER_GROWTH, STATISTIC_GROWTH = 0.1, 0.3, 0.8
MIDDLE = "2018-01-01"


class Base(NamedTuple):
    """Another read of ours, measured in turns with one: the target is `times` its time."""

    name: str
    path: str
    times: float


class Read(NamedTuple):
    """One read. `path` is our address, `condition` is SQL for Datasette, `query` is the address of the ORM server."""

    name: str
    path: str
    condition: str | None = None
    query: str | None = None
    most_ms: float | None = None  # the target, scaled
    times: float | None = None  # the target: how many times as fast as Datasette
    most_growth: float = FILTER_GROWTH
    small_path: str = ""  # our address in the smaller database, if it is another
    base: Base | None = None


READS = (
    Read("list of 100 claims", "claims?limit=100", "TRUE", "claims", 1.6, 2.4, PAGE_GROWTH),
    Read("side and harm", "claims?limit=100&subject_side=camp-3-a&harm=killed",
         "c.subject_side_id = (SELECT id FROM side WHERE slug = 'camp-3-a') AND c.harm = 'killed'",
         "claims?subject_side=camp-3-a&harm=killed", 1.8, 2.2, FILTER_GROWTH),
    Read("claimant and date", f"claims?limit=100&claimant=claimant-3&from={MIDDLE}",
         f"c.claimant_id = (SELECT id FROM claimant WHERE slug = 'claimant-3') AND c.event_date >= '{MIDDLE}'",
         f"claims?claimant=claimant-3&from={MIDDLE}", 3, None, FILTER_GROWTH),
    Read("one event's claims", "claims?limit=100&event=event-100",
         "c.event_id = (SELECT id FROM event WHERE slug = 'event-100')", "claims?event=event-100",
         1.0, 1.3, FILTER_GROWTH),
    Read("country with many claims", "claims?limit=100&country=GEO", "e.country = 'GEO'", "claims?country=GEO",
         5, None, FILTER_GROWTH),
    Read("country with few claims", "claims?limit=100&country=ZWE", "e.country = 'ZWE'", "claims?country=ZWE",
         5, None, FILTER_GROWTH),
    Read("box of one degree", "claims?limit=100&bbox=30,30,31,31",
         "e.longitude BETWEEN 30 AND 31 AND e.latitude BETWEEN 30 AND 31",
         "claims?west=30&south=30&east=31&north=31", 8),
    Read("rare word", "claims?limit=100&q=riverton",
         "c.id IN (SELECT rowid FROM claim_search WHERE claim_search MATCH 'riverton')", "claims?q=riverton",
         1.5, None, FILTER_GROWTH),
    Read("word of a tenth of all", "claims?limit=100&q=market",
         "c.id IN (SELECT rowid FROM claim_search WHERE claim_search MATCH 'market')", "claims?q=market", 30),
    Read("one claim", "claims/claim-1000", "c.slug = 'claim-1000'", "claims/claim-1000", 0.8, 1.25, PAGE_GROWTH),
    Read("100 reports", "reports?limit=100", most_ms=1.6, most_growth=PAGE_GROWTH),
    Read("100 events", "events?limit=100", most_ms=1.6, most_growth=PAGE_GROWTH),
    Read("counts of claims by claimant", "statistics/claims?group_by=claimant", None, "statistics", 250, None,
         STATISTIC_GROWTH),
    Read("counts of claims by month", "statistics/claims?group_by=month", most_ms=250, most_growth=STATISTIC_GROWTH),
)  # fmt: skip
BEST = Read("sort by figure", "claims?limit=100&sort=-best", "TRUE", "claims?sort=-best", 5, None, PAGE_GROWTH)
#: These reads also run at the revision before the last: the target is 1.5 times the newest.
OLDER = ("list of 100 claims", "one claim", "rare word", "one event's claims")
OLDER_TIMES = 1.5

#: The join of a page of claims as one SELECT, with all fields of our answer.
JOIN_SQL = """
SELECT c.*, e.place, e.country, e.latitude, e.longitude, e.slug AS event, e.name AS event_name,
    o.slug AS conflict, o.name AS conflict_name, m.slug AS claimant, m.name AS claimant_name,
    p.slug AS claimant_side, p.name AS claimant_side_name, s.slug AS side, s.name AS side_name,
    r.slug AS responsible, r.name AS responsible_name,
    (SELECT json_group_array(json_object('id', u.slug, 'name', u.publisher, 'url', u.url))
     FROM report t JOIN source u ON u.id = t.source_id WHERE t.claim_id = c.id) AS sources
FROM claim c JOIN conflict o ON o.id = c.conflict_id JOIN claimant m ON m.id = c.claimant_id
LEFT JOIN event e ON e.id = c.event_id LEFT JOIN side p ON p.id = m.side_id
LEFT JOIN side s ON s.id = c.subject_side_id LEFT JOIN side r ON r.id = c.responsible_side_id
WHERE {condition} ORDER BY {order} LIMIT 100
"""


class Servers(NamedTuple):
    ours: Server
    less: Server  # our server, with fewer claims
    datasette: Server
    orm: Server


class Measured(NamedTuple):
    """CPU seconds of one read; None: this server does not get it."""

    read: Read
    ours: float
    datasette: float | None
    orm: float | None
    base: float | None
    growth: float  # the exponent of the time by the number of claims


def measure(small: Place, great: Place, sizes: tuple[int, int]) -> list[Measured]:
    """Measure the reads of two databases. `sizes` are their numbers of claims."""
    with ExitStack() as stack:
        servers = Servers(
            stack.enter_context(serving("wsgi:app", great.folder)),
            stack.enter_context(serving("wsgi:app", small.folder)),
            stack.enter_context(serving_datasette(great.file)),
            stack.enter_context(serving_orm(f"sqlite:///{great.file}")),
        )
        deep = _read_at_depth(servers.ours, int(DEPTH * sizes[1]))
        deep = deep._replace(small_path=_read_at_depth(servers.less, int(DEPTH * sizes[0])).path)
        return [_measure(servers, read, sizes) for read in (*READS[:1], deep, *READS[1:], BEST, *_list_older())]


def _list_older() -> Iterator[Read]:
    for read in READS:
        if read.name in OLDER:
            joint = "&" if "?" in read.path else "?"
            yield Read(
                f"{read.name}, older revision",
                f"{read.path}{joint}revision=1",
                most_growth=read.most_growth,
                base=Base("newest", read.path, OLDER_TIMES),
            )


def _read_at_depth(server: Server, depth: int) -> Read:
    """Return the read of the page after `depth` claims. It follows the links of the pages."""
    path = "/v1/claims?limit=1000&fields=id"
    for _ in range(depth // 1000):
        page = json.loads(server.get(path))
        following = urllib.parse.urlsplit(page["links"]["next"])
        path = f"{following.path}?{following.query}"
    last, cursor = page["data"][-1]["id"], urllib.parse.quote(urllib.parse.parse_qs(following.query)["cursor"][0])
    return Read(
        f"page at depth {depth:,}",
        f"claims?limit=100&cursor={cursor}",
        f"c.slug > '{last}'",
        f"claims?after={last}",
        most_growth=PAGE_GROWTH,
        base=Base("first", READS[0].path, DEEP_TIMES),
    )


def _measure(servers: Servers, read: Read, sizes: tuple[int, int]) -> Measured:
    say(f"reading: {read.name}")
    works = {
        "ours": _ask(servers.ours, f"/v1/{read.path}"),
        "less": _ask(servers.less, f"/v1/{read.small_path or read.path}"),
    }
    if read.condition:
        order = "c.best DESC NULLS LAST, c.slug" if read is BEST else "c.slug"
        sql = JOIN_SQL.format(condition=read.condition, order=order)
        asked = urllib.parse.urlencode({"sql": sql, "_shape": "array", "_ttl": "0"})
        works["datasette"] = _ask(servers.datasette, f"/bench.json?{asked}")
    if read.query:
        works["orm"] = _ask(servers.orm, f"/{read.query}")
    if read.base:
        works["base"] = _ask(servers.ours, f"/v1/{read.base.path}")
    times = interleaved(works)
    grown = growth(times["less"], times["ours"], sizes[1] / sizes[0])
    return Measured(read, times["ours"], times.get("datasette"), times.get("orm"), times.get("base"), grown)


def _ask(server: Server, path: str) -> Callable[[], float]:
    seconds, status = server.cost(path)
    assert status == 200, (path, status)
    return lambda: server.cpu(path, SLOW_NUMBER if seconds > SLOW else NUMBER)


def write_section(found: list[Measured], sizes: tuple[int, int]) -> str:
    """Return the table of reads, with the target of each line."""
    scale = find_scale(found)
    head = ("CPU ms of a read", "ours", "Datasette", "FastAPI + SQLAlchemy", "target", "met", "growth", "target", "met")
    lines = [_write_line(one, scale) for one in found]
    told = f"At {sizes[1]:,} claims. Growth is the exponent from {sizes[0]:,} claims."
    return "\n".join([told_run(), "", told, "", *rows_of([head, ("---",) * len(head), *lines])])


def find_scale(found: list[Measured]) -> float:
    """Return how many times as long as on the machine of the targets Datasette's list takes here."""
    return next((one.datasette or 0) * 1000 / DATASETTE_MS for one in found if one.read.name == READS[0].name)


def _write_line(one: Measured, scale: float) -> tuple[str, ...]:
    read, goals, held = one.read, [], []
    if read.times and one.datasette:
        goals.append(f"≥ {read.times:g}× Datasette: {one.datasette / one.ours:.2f}×")
        held.append(one.datasette / one.ours >= read.times)
    elif read.most_ms:
        goals.append(f"≤ {read.most_ms * scale:.2f}")
        held.append(one.ours * 1000 <= read.most_ms * scale)
    if read.base and one.base:
        goals.append(f"≤ {read.base.times:g}× the {read.base.name}: {one.ours / one.base:.2f}×")
        held.append(one.ours / one.base <= read.base.times)
    grown = (f"{one.growth:.2f}", f"≤ {read.most_growth:g}", mark(one.growth <= read.most_growth))
    peers = (f"{seconds * 1000:.2f}" if seconds else "" for seconds in (one.datasette, one.orm))
    return (read.name, f"{one.ours * 1000:.2f}", *peers, "; ".join(goals), mark(all(held)) if held else "", *grown)


def fill(claims: int) -> None:
    """Write this number of claims into the current database, then some as an editor, and the image of statistics."""
    generated.write(claims)
    write_late_claims(1, claims // 100, claims // 10)
    refresh_image(is_forced=True)


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    given.add_argument("--write", action="store_true", help="put the table into docs/developers/performance.md")
    given.add_argument("--sizes", type=parse_sizes, default=SIZES, help="claims of the two databases")
    asked = given.parse_args()
    with ExitStack() as stack:
        places = []
        for size in asked.sizes:
            places.append(stack.enter_context(place()))
            with database.connection_context():
                fill(size)
        section = write_section(measure(*places, asked.sizes), asked.sizes)
    print(section)
    if asked.write:
        put(section, SECTION)
    sys.exit("**no**" in section)


if __name__ == "__main__":
    main()
