"""`python -m bench.drawing`: the CPU seconds of each picture of the seeds, as SVG and PNG, with no answer kept.

`--database URL` draws the conflicts of another database, given by `--conflict`; `--write` puts the table into the page.
"""

import argparse
import statistics
from collections.abc import Iterable

from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from api.database.connection import database
from bench.clock import cpu
from bench.place import place, settings
from bench.table import Line, mark, put, written
from imports.packages.load import load_package
from seeds import DATA

SECTION = "pictures measured"
WAR = "nagorno-karabakh-2020"
VIEWS = ("who", "time", "matrix", "map", "table")
FORMS = {"page": "width=1200", "shared link": "width=800&height=420&zoom=1.5", "phone": "width=390&zoom=2"}
MOST = 0.3  # CPU seconds of one picture
ROUNDS = 5


def lines(client: FlaskClient, conflicts: Iterable[str]) -> Iterable[Line]:
    for conflict in conflicts:
        for form, query in FORMS.items():
            for suffix in ("svg", "png"):
                address = f"/v1/picture.{suffix}?conflict={conflict}&{query}&view="
                costs = {view: measure(client, address + view) for view in VIEWS}
                worst = max(costs.values())
                goal = f"{conflict}, {form}, {suffix}: each picture ≤ {MOST} CPU s"
                shown = ", ".join(f"{view} {seconds:.3f}" for view, seconds in costs.items())
                yield Line("P1", goal, shown, mark(worst <= MOST))


def measure(client: FlaskClient, address: str) -> float:
    """Return the median CPU seconds of a picture, after a first one that loads the fonts and the outlines."""

    def draw() -> None:
        with client.get(address) as answer:  # closed, so that it gives its slot back
            assert answer.status_code == 200, address

    draw()
    return statistics.median(cpu(draw) for _ in range(ROUNDS))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.drawing", description=__doc__)
    parser.add_argument("--database", help="address of a database (default: the seeds, in a temporary one)")
    parser.add_argument("--conflict", action="append", help=f"a conflict to draw (default: {WAR})")
    parser.add_argument("--write", action="store_true", help="put the table into docs/developers/performance.md")
    options = parser.parse_args()
    conflicts = options.conflict or [WAR]
    with place() as here:
        chosen = settings(here.folder)
        if options.database:
            chosen = Settings(**{**vars(chosen), "database_url": options.database})
        else:
            with database.connection_context():
                load_package(DATA, "The seeds.")
        app = create_app(Settings(**{**vars(chosen), "response_cache_mb": 0, "costly_seconds_per_minute": 0}))
        table = written(lines(app.test_client(), conflicts))
    print(table)
    if options.write:
        put(table, SECTION)


if __name__ == "__main__":
    main()
