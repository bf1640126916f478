"""Exports over HTTP: rows of each format for a CPU second, CSV also beside Datasette, and the memory of a worker (E1).

`python -m bench.exports 100000` prints these lines alone. Rows are claims, also those of `export.zip`, which has their
reports, events and all other records too. Datasette writes the first 100,000 rows of the same join as CSV.
"""

import argparse
import json
import urllib.parse
from collections.abc import Callable, Iterable
from typing import NamedTuple

from api.database.connection import database
from bench import generated
from bench.clock import cpu_of_tree, interleaved, say
from bench.peers import serving_datasette
from bench.place import Place, place
from bench.reads import JOIN_SQL
from bench.serving import Server, serving
from bench.table import Line, mark, rows_of, told

MOST = 100  # MB
DATASETTE_ROWS, DATASETTE_TIMES = 100_000, 2.5
ROUNDS, MANY_ROUNDS, MANY = 3, 1, 500_000  # rounds, and those from this number of claims on


class Export(NamedTuple):
    name: str
    path: str
    least: int  # rows for a CPU second
    of: str = ""  # the filter of its claims


EXPORTS = (
    Export("CSV", "/v1/claims.csv", 100_000),
    Export("NDJSON", "/v1/claims.ndjson", 100_000),
    Export("GeoJSON", "/v1/claims.geojson", 60_000),
    Export("export.zip", "/v1/export.zip", 60_000),
    # A workbook has at most 100,000 records.
    Export("XLSX", "/v1/claims.xlsx?conflict=conflict-1", 10_000, "&conflict=conflict-1"),
    Export("Parquet", "/v1/claims.parquet", 200_000),
)


def lines(found: Place, claims: int) -> Iterable[Line]:
    yield from _measure_memory(found, claims)
    with serving("wsgi:app", found.folder) as server, serving_datasette(found.file) as datasette:
        works = {export.name: _drain(server, export.path) for export in EXPORTS}
        works["Datasette"] = _drain(datasette, _datasette_path())
        say(f"{claims:,} claims: exporting in every format")
        seconds = interleaved(works, ROUNDS if claims < MANY else MANY_ROUNDS)
        rows = {export.name: _count_claims(server, export.of) for export in EXPORTS}
    for export in EXPORTS:
        rate = rows[export.name] / seconds[export.name]
        goal = f"{export.name} of {rows[export.name]:,} claims: rows a CPU second ≥ {export.least:,}"
        yield Line("E2", goal, f"{rate:,.0f}", mark(rate >= export.least))
    times = rows["CSV"] / seconds["CSV"] / (min(claims, DATASETTE_ROWS) / seconds["Datasette"])
    goal = f"CSV of {claims:,} claims over Datasette's CSV of the same join ≥ {DATASETTE_TIMES:g}×"
    yield Line("E3", goal, f"{times:.2f}×", mark(times >= DATASETTE_TIMES))


def _measure_memory(found: Place, claims: int) -> Iterable[Line]:
    say(f"{claims:,} claims: exporting")
    with serving("wsgi:app", found.folder) as server:
        server.get("/v1/claims?limit=100")
        before = server.peak()
        size = server.drain("/v1/claims.csv")
        peak = server.peak()
    goal = f"CSV of {claims:,} claims: peak memory of the worker ≤ {MOST} MB"
    yield Line("E1", goal, f"{peak:.0f} MB", mark(peak <= MOST))
    yield told("of that before it began; the CSV", f"{before:.0f} MB; {size / 1e6:.0f} MB")


def _drain(server: Server, path: str) -> Callable[[], float]:
    """Return a work that reads an answer to its end. Its seconds are those of all processes of the server."""

    def read() -> float:
        before = cpu_of_tree(server.process.pid)
        server.drain(path)
        return cpu_of_tree(server.process.pid) - before

    return read


def _datasette_path() -> str:
    sql = JOIN_SQL.format(condition="TRUE", order="c.slug").replace("LIMIT 100\n", f"LIMIT {DATASETTE_ROWS}\n")
    return f"/bench.csv?{urllib.parse.urlencode({'sql': sql})}"


def _count_claims(server: Server, filter_: str) -> int:
    return int(json.loads(server.get(f"/v1/claims?limit=1{filter_}"))["meta"]["total"])


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    given.add_argument("claims", type=int, nargs="?", default=100_000)
    asked = given.parse_args()
    with place() as filled:
        with database.connection_context():
            generated.write(asked.claims)
        print("\n".join(rows_of(lines(filled, asked.claims))))


if __name__ == "__main__":
    main()
