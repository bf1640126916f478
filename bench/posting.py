"""I1, W1, W2 and W3: the cost of a POST through HTTP, in CPU seconds of all processes of the server.

The yardstick of an array is `executemany` of the same rows, into the same tables with the same indexes, triggers and
checks, in one transaction of a copy of the database.

`python -m bench.posting [CLAIMS …]` prints these lines alone, for databases of these sizes.
"""

import itertools
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import orjson

from api.auth import api_keys
from api.database import bulk
from api.database.connection import database, handle_of, select_rows, use_database, writing
from api.database.models import Change, ChangeText, Claim, Report, Revision, Table
from bench import documents, generated
from bench.clock import cpu, say
from bench.peers import serving_orm
from bench.place import Place, place
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, share, told

ARRAYS, SINGLES = 6, 40
CLAIMS_OF_ARRAY = 1000
SHARE, SINGLE_MS, FLAT, OVER_ORM = 0.35, 3, 1.2, 1.2
TABLES: tuple[type[Table], ...] = (Revision, Claim, Report, Change, ChangeText)
OF_REVISION = {Revision: "number = {0}", ChangeText: "seq IN (SELECT seq FROM change WHERE revision = {0})"}
Document = dict[str, Any]
Rows = dict[type[Table], list[tuple[Any, ...]]]


def lines(places: Sequence[Place], sizes: Sequence[int]) -> Iterator[Line]:
    """Yield the lines of places with these numbers of generated claims. The places do not change."""
    singles = []
    for found, claims in zip(places, sizes, strict=True):
        say(f"{claims:,} claims: posting")
        arrays, inserts, single, orm = _measure(found, claims)
        singles.append(single * 1000)
        part = inserts / arrays
        goal = f"POST of 1,000 claims in one array at {claims:,} claims ≥ {SHARE:.0%} of `executemany` of its rows"
        yield share("I1", goal, part, part >= SHARE)
        yield told(
            f"that POST and `executemany` at {claims:,} claims; claims a CPU second",
            f"{arrays * 1000:.0f} ms, {inserts * 1000:.0f} ms; {CLAIMS_OF_ARRAY / arrays:,.0f}",
        )
        goal = f"POST of one claim with its report at {claims:,} claims ≤ {SINGLE_MS} ms"
        yield Line("W1", goal, f"{singles[-1]:.2f} ms", mark(singles[-1] <= SINGLE_MS))
        goal = f"that POST at {claims:,} claims over FastAPI with SQLAlchemy, which keep no log ({orm * 1000:.2f} ms)"
        yield at_most("W3", goal, single / orm, OVER_ORM)
    goal = f"POST of one claim at {sizes[-1]:,} claims in that at {sizes[0]:,}"
    yield at_most("W2", goal, singles[-1] / singles[0], FLAT)


def _measure(found: Place, claims: int) -> tuple[float, float, float, float]:
    """Return the CPU seconds of four works: the POST of an array, the insert of its rows, and the POST of one claim.

    The fourth is the POST of one claim to the ORM server.
    """
    events = claims // 10
    yardstick, posted, without_log = found.copied("yardstick"), found.copied("posted"), found.copied("without-log")
    for copy in (yardstick, posted, without_log):
        with use_database(handle_of(f"sqlite:///{copy.file}")), database.connection_context():
            generated.write_spare_events(events, 2 * ARRAYS * CLAIMS_OF_ARRAY // 10)
            if copy is posted:
                key = api_keys.create("bench", ["write"], None)
    about = list_claims(events)
    with (
        serving("wsgi:app", posted.folder) as server,
        serving_orm(f"sqlite:///{without_log.file}") as orm,
    ):
        post = Posting(server, key)
        times = []
        for _ in range(ARRAYS):
            seconds, revision = post(list(itertools.islice(about, CLAIMS_OF_ARRAY)))
            with use_database(handle_of(f"sqlite:///{posted.file}")), database.connection_context():
                written = {table: _rows_of(table, revision) for table in TABLES}
            with use_database(handle_of(f"sqlite:///{yardstick.file}")), database.connection_context():
                times.append((seconds, cpu(lambda: _insert(written))))  # noqa: B023
        singles = [
            (post(claim)[0], orm.post("/claims", orjson.dumps(claim), {})[0])
            for claim in itertools.islice(about, SINGLES)
        ]
    arrays, inserts = zip(*times[1:], strict=True)  # the first one warms up
    ours, theirs = zip(*singles[SINGLES // 4 :], strict=True)
    return tuple(map(statistics.median, (arrays, inserts, ours, theirs)))  # type: ignore[return-value]


class Posting:
    """Sends new claims to a server with an editor's key."""

    def __init__(self, server: Server, key: str) -> None:
        self.server, self.key, self.numbers = server, key, itertools.count()

    def __call__(self, body: Document | list[Document]) -> tuple[float, int]:
        """Return the CPU seconds of the server, and the revision that it made."""
        seconds, answer = self.server.post("/v1/claims?reason=The+bench.", orjson.dumps(body), {
            "Authorization": f"Bearer {self.key}", "Idempotency-Key": f"bench-{next(self.numbers)}",
        })  # fmt: skip
        written = orjson.loads(answer)["data"]
        return seconds, (written[0] if isinstance(body, list) else written)["revision"]


def list_claims(events: int) -> Iterator[Document]:
    """Yield claims about spare events, each with a report."""
    for event in itertools.count(events + 1):
        found = documents.about(event, event, events)
        for claim, report in zip(found["claims"], found["reports"], strict=True):
            yield claim | {"reports": [{"id": report["id"], "source": report["source"]}]}


def _rows_of(table: type[Table], revision: int) -> list[tuple[Any, ...]]:
    condition = OF_REVISION.get(table, "revision = {0}").format(revision)
    return select_rows(f"SELECT {', '.join(bulk.column_names(table))} FROM {table._meta.table_name} WHERE {condition}")


def _insert(written: Rows) -> None:
    with writing():
        for table, rows in written.items():
            bulk.insert_rows(table, rows)  # on SQLite by `executemany`


def main(sizes: Sequence[int]) -> Iterable[Line]:
    with ExitStack() as stack:
        places = []
        for size in sizes:
            places.append(stack.enter_context(place()))
            with database.connection_context():
                generated.write(size)
        yield from lines(places, sizes)


if __name__ == "__main__":
    for line in main([int(size) for size in sys.argv[1:]] or [10_000, 100_000]):
        print(*line, sep=" | ", flush=True)
