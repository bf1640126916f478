"""E1: the memory of a worker that streams a whole table."""

from collections.abc import Iterable

from bench.clock import say
from bench.place import Place
from bench.serving import serving
from bench.table import Line, mark, told

MOST = 100  # MB


def lines(found: Place, claims: int) -> Iterable[Line]:
    say(f"{claims:,} claims: exporting")
    with serving("wsgi:app", found.folder) as server:
        server.get("/v1/claims?limit=100")
        before = server.peak()
        size = server.drain("/v1/claims.csv")
        peak = server.peak()
    goal = f"CSV of {claims:,} claims: peak memory of the worker ≤ {MOST} MB"
    yield Line("E1", goal, f"{peak:.0f} MB", mark(peak <= MOST))
    yield told("of that before it began; the CSV", f"{before:.0f} MB; {size / 1e6:.0f} MB")
