"""The explorer in a real Chromium, served by a real gunicorn. Each test also checks for errors on the page."""

import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import connect_to, database
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases
from tests.support.servers import Server, serving

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="session")
def seeds(databases: Databases) -> Iterator[Server]:
    """Serve the seeds. A busy machine may take longer for an answer than a reader would wait."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    with database.connection_context():
        load_package(DATA, "The seeds.")
    with serving(url, databases.folder, COUNTERCLAIM_STATEMENT_SECONDS="60") as server:
        yield server


class Visit:
    """One reader with one page. It records the requests, the errors and the violations of the page."""

    def __init__(self, browser: Any, server: Server, **settings: Any) -> None:
        self.server = server
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        self.context.add_init_script(VIOLATIONS)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ()  # words of complaints that the test provokes
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda told: told.type == "error" and self.complaints.append(told.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, address: str = "/") -> Any:
        self.page.goto(self.server.url + address)
        return self.settled()

    def settled(self) -> Any:
        """Return the page when its last answer is drawn, with its controls open, as after a click on their summary."""
        self.page.wait_for_selector("main[aria-busy=false]")
        self.page.evaluate("document.getElementById('change').open = true")
        return self.page

    def change(self, action: Any) -> Any:
        """Do something that sends a new request to the API, and wait until the answer is drawn."""
        self.page.evaluate("document.getElementById('view').setAttribute('aria-busy', 'true')")
        action()
        return self.settled()

    def asks(self, path: str) -> list[str]:
        """Return the addresses below `path` that the page requested."""
        return [url for url in self.requests if urllib.parse.urlsplit(url).path.startswith(path)]

    def check(self) -> None:
        own = self.server.url + "/"
        assert [url for url in self.requests if not url.startswith((own, "data:"))] == []
        assert self.page.evaluate("window.violations") == []
        left = [told for told in self.complaints if not any(word in told for word in self.expected)]
        assert left == []


@pytest.fixture
def visiting(chromium: Any, seeds: Server) -> Iterator[Any]:
    """Yield a function that makes visits: `visiting(width=360)`. Each visit is checked at the end of the test."""
    made: list[Visit] = []

    def visit(server: Server = seeds, width: int = 1280, **settings: Any) -> Visit:
        made.append(Visit(chromium, server, viewport={"width": width, "height": 900}, **settings))
        return made[-1]

    yield visit
    for one in made:
        one.check()
        one.context.close()


@pytest.fixture
def visit(visiting: Any) -> Visit:
    found: Visit = visiting()
    return found


AXE = pathlib.Path(__file__).parent / "axe-core" / "axe.min.js"
