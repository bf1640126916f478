"""Reads of a database with its past, compared with the same reads of the same records without it.

A copy of the database gets a version of every claim, report and event, and a change log with an entry for each. The
current rows do not change.
"""

from collections.abc import Iterable, Iterator

from api.change_log import append
from api.database.connection import connect_to, database
from api.database.key_sets import split_batches
from api.database.statements import select_rows
from api.database.writing import writing
from bench import generated
from bench.clock import interleaved, say
from bench.place import Place
from bench.serving import serving
from bench.table import Line, mark

NUMBER = 60
NOISE = 1.1
PAGES = {
    "list page": "/v1/claims?limit=100",
    "one record": "/v1/claims/claim-107",
    "filtered page": "/v1/claims?limit=100&subject_side=camp-3-a&harm=killed",
}


def lines(found: Place, claims: int) -> Iterable[Line]:
    say(f"{claims:,} claims: keeping their past")
    past = found.copied("past")
    _fill(past)
    with serving("wsgi:app", found.folder) as without, serving("wsgi:app", past.folder) as having:
        for name, path in PAGES.items():
            assert without.get(path) == having.get(path), path
            works = {
                "without": lambda path=path: without.cpu(path, NUMBER),
                "having": lambda path=path: having.cpu(path, NUMBER),
            }
            times = interleaved(works)
            ratio = times["having"] / times["without"]
            goal = f"{name} of {claims:,} claims with their versions and log ≤ {NOISE:g}× without"
            yield Line("", goal, f"{ratio:.2f}×", mark(ratio <= NOISE))


def _fill(past: Place) -> None:
    connect_to(f"sqlite:///{past.file}")
    with database.connection_context():
        database.execute_sql("PRAGMA synchronous = OFF")
        for table in ("event", "claim", "report"):
            with writing():
                database.execute_sql(f"INSERT INTO {table}_version SELECT *, 1 FROM {table}")
        for batch in split_batches(_entries(), 50_000):
            with writing():
                append.append_entries(batch, 1, generated.STAMP["created_at"], "bench", "Generated.")


def _entries() -> Iterator[append.Entry]:
    last = 0
    while found := select_rows("SELECT id, slug, harm, best FROM claim WHERE id > ? ORDER BY id LIMIT 50000", (last,)):
        for _, slug, harm, best in found:
            yield append.Entry("claims", slug, "create", None, {"id": slug, "harm": harm, "best": best})
        last = found[-1][0]
