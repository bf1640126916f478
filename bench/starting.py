"""C1 and M1: the cost of starting the application, and its memory. `statistics` measures memory after statistics.

`python -m bench.starting` prints these lines alone, at 10,000 claims.
"""

import os
import pathlib
import resource
import subprocess
import sys
from collections.abc import Iterable

from api.database.connection import database
from bench import generated
from bench.clock import interleaved, say
from bench.place import Place, place
from bench.serving import serving
from bench.table import Line, at_most, mark, told, written

BARE = "import flask, marshmallow, peewee"
OURS = "import wsgi"
ASKED = (
    "/v1/claims?limit=100",
    "/v1/reports?limit=100",
    "/v1/events?limit=100",
    "/v1/claims?q=paper",
)
MOST = 60  # MB


def lines(found: Place) -> Iterable[Line]:
    say("starting")
    environment = list_variables(found.folder)
    times = interleaved({"bare": lambda: _run(BARE, environment), "ours": lambda: _run(OURS, environment)})
    yield at_most("C1", f"`{OURS}` in `{BARE}`", times["ours"] / times["bare"], 2)
    yield told(
        f"CPU ms of `{OURS}`, and of its three libraries", f"{times['ours'] * 1000:.0f}; {times['bare'] * 1000:.0f}"
    )
    with serving("wsgi:app", found.folder) as server:
        for path in ASKED * 20:
            server.get(path)
        private = server.private()
    goal = f"private memory of a worker that answers lists ≤ {MOST} MB"
    yield Line("M1", goal, f"{private:.0f} MB", mark(private <= MOST))


def list_variables(folder: pathlib.Path) -> dict[str, str]:
    """Return the environment of both. Python keeps the compiled modules of both, as after the first start anywhere."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return variables | {
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key"),
    }


def _run(code: str, environment: dict[str, str]) -> float:
    """Return the CPU seconds of a Python that runs this code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with place() as found:
        with database.connection_context():
            generated.write(10_000)
        table = written(lines(found))
    print(table)
    sys.exit("**no**" in table)


if __name__ == "__main__":
    main()
