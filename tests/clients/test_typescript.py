"""The types for frontends: generated from the served document, strict, and used by a page of another origin."""

import functools
import http.server
import pathlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Databases
from tests.support.generated_clients import CLIENTS, EVENT, LINE, copy_client, load_seeds, needs_npm, npm
from tests.support.servers import serving

pytestmark = pytest.mark.xdist_group("typescript")  # one worker builds the client, once

PAGE = """<!doctype html><meta charset="utf-8"><title>Another origin</title>
<script type="importmap">{"imports": {"openapi-fetch": "./node_modules/openapi-fetch/dist/index.mjs"}}</script>
<script type="module">
import { whoSaysHowMany } from "./built/example.js";
window.ask = (api, event) => whoSaysHowMany(api, event).catch((error) => error.message);
</script>"""


@pytest.fixture(scope="module")
def built(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the client with its dependencies, its generated types and its compiled example."""
    folder = copy_client("typescript", tmp_path_factory.mktemp("client"), databases)
    npm(folder, "ci", "--no-audit", "--no-fund")
    npm(folder, "run", "types")
    npm(folder, "run", "build")
    return folder


#: The details of a claim are texts and numbers by name, or null.
WEAPONS = """import type { components } from "./counterclaim";
type Claim = components["schemas"]["ClaimOut"];
export const readWeapon = (claim: Claim): string | number | undefined => claim.details?.weapon;
"""


@needs_npm
def test_the_details_of_a_claim_have_types(built: pathlib.Path) -> None:
    settings = (CLIENTS / "typescript" / "tsconfig.json").read_text().replace("example.ts", "weapons.ts")
    (built / "weapons.json").write_text(settings)
    for text, is_right in ((WEAPONS, True), (WEAPONS.replace("string | ", ""), False)):
        (built / "weapons.ts").write_text(text)
        ran = subprocess.run(
            ["npx", "tsc", "--noEmit", "-p", "weapons.json"], cwd=built, capture_output=True, text=True, check=False
        )
        assert (ran.returncode == 0) == is_right, ran.stdout


@needs_npm
def test_what_the_api_does_not_know_does_not_compile(built: pathlib.Path) -> None:
    (built / "wrong.ts").write_text(
        'import { counterclaim } from "./example";\n'
        'counterclaim("").GET("/v1/claims", { params: { query: { harm: ["kiled"] } } });\n'
    )
    ran = subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=built, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    (built / "tsconfig.json").write_text(
        (CLIENTS / "typescript" / "tsconfig.json").read_text().replace("example.ts", "wrong.ts")
    )
    ran = subprocess.run(["npx", "tsc", "--noEmit", "-p", "."], cwd=built, capture_output=True, text=True)
    assert "kiled" in ran.stdout and ran.returncode != 0


@pytest.fixture
def page_elsewhere(built: pathlib.Path) -> Iterator[str]:
    """Yield the address of a page on a different port."""
    (built / "index.html").write_text(PAGE)
    handler = functools.partial(QuietHandler, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@needs_npm
def test_a_page_of_another_origin_gets_answers_and_errors(
    page_elsewhere: str, chromium: Any, databases: Databases, tmp_path: pathlib.Path
) -> None:
    with serving(load_seeds(databases), tmp_path) as server:
        page = chromium.new_page()
        page.goto(page_elsewhere)
        page.wait_for_function("window.ask")
        answer = page.evaluate("([api, event]) => window.ask(api, event)", [server.url, EVENT])
        refused = page.evaluate("([api, event]) => window.ask(api, event)", [server.url, "ganja-2020-10-1"])
        page.close()
    assert LINE in answer
    assert refused.startswith(
        "event: 'ganja-2020-10-1' is not in this database. Did you mean ganja-2020-10-11 or ganja-2020-10-17?"
    )
