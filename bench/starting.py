"""C1 and M1: the cost of starting the application, and its memory. `statistics` measures memory after statistics."""

import resource
import subprocess
import sys
from collections.abc import Iterable

from bench.clock import interleaved, say
from bench.place import Place
from bench.serving import serving
from bench.table import Line, at_most, mark

BARE = "import flask, marshmallow, peewee"
OURS = "import api.app"
ASKED = (
    "/v1/claims?limit=100",
    "/v1/reports?limit=100",
    "/v1/events?limit=100",
    "/v1/claims?q=paper",
)
MOST = 60  # MB


def lines(found: Place) -> Iterable[Line]:
    say("starting")
    times = interleaved({"bare": lambda: _run(BARE), "ours": lambda: _run(OURS)})
    yield at_most("C1", f"`{OURS}` in `{BARE}`", times["ours"] / times["bare"], 2)
    with serving("wsgi:app", found.folder) as server:
        for path in ASKED * 20:
            server.get(path)
        private = server.private()
    yield Line(
        "M1", f"private memory of a worker that answers lists ≤ {MOST} MB", f"{private:.0f} MB", mark(private <= MOST)
    )


def _run(code: str) -> float:
    """Return the CPU seconds of a Python that runs this code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
