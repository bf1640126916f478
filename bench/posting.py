"""I1, W1, W2 and W3: the cost of a POST through HTTP, in CPU seconds of all processes of the server.

The yardstick of an array is `executemany` of the same rows, into the same tables with the same indexes, triggers and
checks, in one transaction of a copy of the database.

On PostgreSQL the yardstick is COPY, and the CPU time of PostgreSQL's processes counts too, on both sides.

`python -m bench.posting [CLAIMS …]` prints these lines alone, for databases of these sizes; `--postgres` on PostgreSQL.
"""

import itertools
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from api.auth import api_keys
from api.database import bulk
from api.database.connection import database, handle_of, use_database
from api.database.models import Change, ChangeText, Claim, Report, Revision, Table
from api.database.statements import select_rows
from api.database.writing import writing
from bench import documents, generated
from bench.clock import cpu, say
from bench.peers import serving_orm
from bench.place import Place, place
from bench.postgres import Postgres, serving_postgres
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, share, told

ARRAYS, SINGLES, ROUNDS = 6, 60, 3
CLAIMS_OF_ARRAY = 1000
SHARE, SINGLE_MS, FLAT, OVER_ORM = 0.35, 3, 1.2, 1.2
TABLES: tuple[type[Table], ...] = (Revision, Claim, Report, Change, ChangeText)
OF_REVISION = {Revision: "number = {0}", ChangeText: "seq IN (SELECT seq FROM change WHERE revision = {0})"}
Document = dict[str, Any]
Rows = dict[type[Table], list[tuple[Any, ...]]]


class Copies(NamedTuple):
    """Three copies of a database: addresses, the folder of the secrets, and the CPU seconds of a database server."""

    yardstick: str
    posted: str
    without_log: str
    folder: Path
    database_cpu: Callable[[], float]


def copy_place(found: Place) -> Copies:
    copies = [found.copied(name) for name in ("yardstick", "posted", "without-log")]
    return Copies(*(f"sqlite:///{copy.file}" for copy in copies), copies[1].folder, lambda: 0.0)


def copy_on_postgres(server: Postgres, folder: Path, claims: int) -> Copies:
    """Generate claims on PostgreSQL, and return three copies."""
    name = f"claims_{claims}"
    with use_database(handle_of(server.create(name))), database.connection_context():
        generated.write(claims)
        database.execute_sql("ANALYZE")
    copies = (server.copy(name, f"{name}_{use}") for use in ("yardstick", "posted", "without_log"))
    return Copies(*copies, folder, server.cpu)


def lines(places: Sequence[Place], sizes: Sequence[int]) -> Iterator[Line]:
    """Yield the lines of places with these numbers of generated claims. The places do not change."""
    return lines_of(map(copy_place, places), sizes, "SQLite", "`executemany`")


def lines_of(copied: Iterable[Copies], sizes: Sequence[int], engine: str, insert: str) -> Iterator[Line]:
    singles = []
    for copies, claims in zip(copied, sizes, strict=True):
        say(f"{claims:,} claims: posting")
        arrays, inserts, single, orm = _measure(copies, claims)
        singles.append(single * 1000)
        part = inserts / arrays
        goal = (
            f"POST of 1,000 claims in one array at {claims:,} claims on {engine} ≥ {SHARE:.0%} of {insert} of its rows"
        )
        yield share("I1", goal, part, part >= SHARE)
        yield told(
            f"that POST and {insert} at {claims:,} claims; claims a CPU second",
            f"{arrays * 1000:.0f} ms, {inserts * 1000:.0f} ms; {CLAIMS_OF_ARRAY / arrays:,.0f}",
        )
        goal = f"POST of one claim with its report at {claims:,} claims ≤ {SINGLE_MS} ms"
        yield Line("W1", goal, f"{singles[-1]:.2f} ms", mark(singles[-1] <= SINGLE_MS))
        goal = f"that POST at {claims:,} claims over FastAPI with SQLAlchemy, which keep no log ({orm * 1000:.2f} ms)"
        yield at_most("W3", goal, single / orm, OVER_ORM)
    goal = f"POST of one claim at {sizes[-1]:,} claims in that at {sizes[0]:,}"
    yield at_most("W2", goal, singles[-1] / singles[0], FLAT)


def _measure(copies: Copies, claims: int) -> tuple[float, float, float, float]:
    """Return the CPU seconds of four works: the POST of an array, the insert of its rows, and the POST of one claim.

    The fourth is the POST of one claim to the ORM server.
    """
    events = claims // 10
    for copy in (copies.yardstick, copies.posted, copies.without_log):
        with use_database(handle_of(copy)), database.connection_context():
            generated.write_spare_events(events, 2 * ARRAYS * CLAIMS_OF_ARRAY // 10)
            if copy is copies.posted:
                key = api_keys.create("bench", ["write"], None)
    about = list_claims(events)
    with (
        serving("wsgi:app", copies.folder, COUNTERCLAIM_DATABASE_URL=copies.posted) as server,
        serving_orm(copies.without_log.replace("postgresql://", "postgresql+psycopg://")) as orm,
    ):
        post = Posting(server, key)
        times = [_measure_array(copies, post, list(itertools.islice(about, CLAIMS_OF_ARRAY))) for _ in range(ARRAYS)]
        singles = [
            _measure_singles(copies, post, orm, list(itertools.islice(about, SINGLES // ROUNDS)))
            for _ in range(ROUNDS + 1)
        ]
    works = *zip(*times[1:], strict=True), *zip(*singles[1:], strict=True)  # the first ones warm up
    return tuple(map(statistics.median, works))  # type: ignore[return-value]


def _measure_array(copies: Copies, post: "Posting", claims: list[Document]) -> tuple[float, float]:
    """Return the CPU seconds of the POST of an array, and of the insert of its rows into a copy."""
    before = copies.database_cpu()
    seconds, revision = post(claims)
    seconds += copies.database_cpu() - before
    with use_database(handle_of(copies.posted)), database.connection_context():
        written = {table: _rows_of(table, revision) for table in TABLES}
    with use_database(handle_of(copies.yardstick)), database.connection_context():
        before = copies.database_cpu()
        inserts = cpu(lambda: _insert(written))
        return seconds, inserts + copies.database_cpu() - before


def _measure_singles(copies: Copies, post: "Posting", orm: Server, claims: list[Document]) -> tuple[float, float]:
    """Return the mean CPU seconds of a POST of one claim to our server, and to the ORM server.

    The time of PostgreSQL is read before and after several of them, because it is counted in hundredths.
    """
    means = []
    for send in (post, lambda claim: orm.post("/claims", orjson.dumps(claim), {})):
        before = copies.database_cpu()
        times = [send(claim)[0] for claim in claims]
        means.append(statistics.median(times) + (copies.database_cpu() - before) / len(claims))
    return means[0], means[1]


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
    names = ", ".join(f'"{name}"' for name in bulk.column_names(table))
    return select_rows(f"SELECT {names} FROM {table._meta.table_name} WHERE {condition}")


def _insert(written: Rows) -> None:
    with writing():
        for table, rows in written.items():
            bulk.insert_rows(table, rows)  # `executemany` on SQLite, COPY on PostgreSQL


def main(sizes: Sequence[int]) -> Iterable[Line]:
    with ExitStack() as stack:
        places = []
        for size in sizes:
            places.append(stack.enter_context(place()))
            with database.connection_context():
                generated.write(size)
        yield from lines(places, sizes)


def main_on_postgres(sizes: Sequence[int]) -> Iterable[Line]:
    with serving_postgres() as server, place() as found:
        copied = (copy_on_postgres(server, found.folder, size) for size in sizes)
        yield from lines_of(copied, sizes, "PostgreSQL", "COPY")


if __name__ == "__main__":
    asked = [int(size) for size in sys.argv[1:] if size.isdigit()] or [10_000, 100_000]
    for line in (main_on_postgres if "--postgres" in sys.argv else main)(asked):
        print(*line, sep=" | ", flush=True)
