"""The types for frontends: made from the document that is served, strict, and used by a page of another origin."""

import functools
import http.server
import json
import pathlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.db import connect_to, database
from seeds.load import DATA, load
from tests.conftest import Databases, make_app
from tests.servers import ROOT, serving

CLIENT = ROOT / "clients" / "typescript"
NPM = shutil.which("npm")
needs_npm = pytest.mark.skipif(NPM is None, reason="needs npm, which this machine does not have")
PAGE = """<!doctype html><meta charset="utf-8"><title>Another origin</title>
<script type="importmap">{"imports": {"openapi-fetch": "./node_modules/openapi-fetch/dist/index.mjs"}}</script>
<script type="module">
import { whoSaysHowMany } from "./built/example.js";
window.ask = (api, event) => whoSaysHowMany(api, event).catch((error) => error.message);
</script>"""


def npm(folder: pathlib.Path, *words: str) -> None:
    assert NPM is not None
    ran = subprocess.run([NPM, *words], cwd=folder, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def built(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The client with what it needs, its types made anew and its example compiled."""
    folder = tmp_path_factory.mktemp("client") / "typescript"
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("node_modules", "built"))
    document = make_app(databases.upgraded("sqlite"), databases.folder).test_client().get("/v1/openapi.json").json
    (folder / "openapi.json").write_text(json.dumps(document))
    npm(folder, "ci", "--no-audit", "--no-fund")
    npm(folder, "run", "types")
    npm(folder, "run", "build")
    return folder


@needs_npm
def test_the_types_are_those_of_the_document(built: pathlib.Path) -> None:
    lags = "clients/typescript lags behind the API: run `make types`"
    assert (built / "counterclaim.d.ts").read_text() == (CLIENT / "counterclaim.d.ts").read_text(), lags


@needs_npm
def test_what_the_api_does_not_know_does_not_compile(built: pathlib.Path) -> None:
    (built / "wrong.ts").write_text(
        'import { counterclaim } from "./example";\n'
        'counterclaim("").GET("/v1/claims", { params: { query: { harm: ["kiled"] } } });\n'
    )
    ran = subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=built, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    (built / "tsconfig.json").write_text(CLIENT.joinpath("tsconfig.json").read_text().replace("example.ts", "wrong.ts"))
    ran = subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=built, capture_output=True, text=True)
    assert "kiled" in ran.stdout and ran.returncode != 0


@pytest.fixture
def page_elsewhere(built: pathlib.Path) -> Iterator[str]:
    """The address of a page on a port of its own."""
    (built / "index.html").write_text(PAGE)
    handler = functools.partial(QuietHandler, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@needs_npm
def test_a_page_of_another_origin_gets_answers_and_errors(
    page_elsewhere: str, chromium: Any, databases: Databases, tmp_path: pathlib.Path
) -> None:
    url = databases.upgraded("sqlite")
    connect_to(url)
    with database.connection_context():
        load(DATA, "The seeds.")
    with serving(url, tmp_path) as server:
        page = chromium.new_page()
        page.goto(page_elsewhere)
        page.wait_for_function("window.ask")
        answer = page.evaluate("([api, event]) => window.ask(api, event)", [server.url, "ganja-2020-10-17"])
        refused = page.evaluate("([api, event]) => window.ask(api, event)", [server.url, "ganja-2020-10-1"])
        page.close()
    assert "Ministry of Emergency Situations of Azerbaijan: 13 of Azerbaijan killed" in answer
    assert refused.startswith("event: there is no 'ganja-2020-10-1'. Did you mean ganja-2020-10-17")
