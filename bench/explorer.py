"""`python -m bench.explorer` measures how long a reader waits for each view, with the seeds and with 100,000 events.

The times are milliseconds by the browser's own clock, on a loopback without a network. They show which view a reader
cannot use. `--events=1000` makes a smaller record.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated
from bench.browser import DRAWN, FIRST, LARGEST, Weight, chromium
from bench.place import place
from bench.serving import serving
from imports.packages.load import load_package
from seeds import DATA

ONE = "conflict=conflict-1"
VIEWS = {
    "running totals of all conflicts": "/",
    "events of one conflict": f"/?basis=incidents&{ONE}",
    "events of all conflicts": "/?basis=incidents",
    "events of one conflict, as known one day": f"/?basis=incidents&{ONE}&as_of=2016-05-01",
    "map of one conflict": f"/?view=map&{ONE}",
    "map of all conflicts": "/?view=map",
    "table of all claims": "/?view=table",
    "over time, one conflict": "/?view=time&conflict=conflict-12",
    "matrix of one conflict": "/?view=matrix&conflict=conflict-12",
}


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.explorer", description=__doc__)
    given.add_argument("--events", type=int, default=100_000)
    asked = given.parse_args()
    with chromium() as browser:
        with served(0) as address:
            print(first_view(browser, address))
        with served(asked.events) as address:
            print("\n| view | ready after | what the page says |\n| --- | --- | --- |")
            for line in waits(browser, address):
                print(line, flush=True)


@contextmanager
def served(events: int) -> Iterator[str]:
    """Yield the address of a server with that number of generated events; 0: with the seeds."""
    with place() as here:
        with database.connection_context():
            fill(events) if events else load_package(DATA, "The seeds.")
        with serving("wsgi:app", here.folder) as server:
            yield f"http://127.0.0.1:{server.port}"


def fill(events: int) -> None:
    generated.write(10 * events)
    refresh_image(is_forced=True)


def first_view(browser: Any, address: str) -> str:
    context = browser.new_context()
    page = context.new_page()
    weight = Weight(context, page)
    page.goto(address)
    page.wait_for_selector(DRAWN)
    page.wait_for_load_state("networkidle")
    first, largest = page.evaluate(FIRST), page.evaluate(LARGEST)
    context.close()
    painted = f"first paint {first} ms, largest {largest} ms"
    return f"seeds, cold cache: {painted}; {weight.bytes / 1000:.0f} KB in {len(weight.files)} files"


def waits(browser: Any, address: str) -> Iterator[str]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for name, view in VIEWS.items():
        yield f"| {name} | {waited(page, lambda view=view: page.goto(address + view))} |"
        if name == "events of one conflict":
            yield f"| its next page | {waited(page, page.get_by_role('link', name='Next page').click)} |"
        if name == "map of one conflict":
            yield f"| the same, closer | {waited(page, page.locator('.leaflet-control-zoom-in').click)} |"


def waited(page: Any, action: Any) -> str:
    """Run the action; return the time until the page has its answer, and the text that it then shows."""
    page.evaluate("document.querySelector('main')?.setAttribute('aria-busy', 'true')")
    begun = time.monotonic()
    action()
    page.wait_for_selector(DRAWN, timeout=120_000)
    told = page.locator("[role=alert] h2, #status").last.inner_text()
    return f"{time.monotonic() - begun:.1f} s | {told}"


if __name__ == "__main__":
    main()
