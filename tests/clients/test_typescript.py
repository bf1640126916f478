"""The types for frontends: generated from the served document, strict, and used by a page of another origin."""

import functools
import http.server
import json
import pathlib
import re
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Databases
from tests.support.generated_clients import EVENT, LINE, copy_client, load_seeds, needs_npm, npm
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
WEAPON = """import type { components } from "./counterclaim";
type Claim = components["schemas"]["ClaimOut"];
export const readWeapon = (claim: Claim): string | number | undefined => claim.details?.weapon;
"""
HARM = """import { counterclaim } from "./example";
counterclaim("").GET("/v1/claims", { params: { query: { harm: ["killed"] } } });
"""
PROGRAMS = {
    "weapon.ts": WEAPON,
    "weapon_as_number.ts": WEAPON.replace("string | ", ""),
    "harm.ts": HARM,
    "harm_misspelt.ts": HARM.replace("killed", "kiled"),
}
#: `npm run build` checks the declarations already.
SETTINGS = {"extends": "./tsconfig.json", "compilerOptions": {"skipLibCheck": True}, "include": [*PROGRAMS]}


@pytest.fixture(scope="module")
def complaints(built: pathlib.Path) -> dict[str, str]:
    """Return the first complaint of the compiler for each program that is wrong. One run checks all of them."""
    for name, text in PROGRAMS.items():
        (built / name).write_text(text)
    (built / "programs.json").write_text(json.dumps(SETTINGS))
    compiler = built / "node_modules" / ".bin" / "tsc"
    ran = subprocess.run(
        [compiler, "--noEmit", "-p", "programs.json"], cwd=built, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(\w+\.ts)\(\d+,\d+\): (error .*)", ran.stdout, re.MULTILINE)
    return dict(reversed(found))


@needs_npm
def test_the_details_of_a_claim_have_types(complaints: dict[str, str]) -> None:
    assert "string" in complaints["weapon_as_number.ts"]
    assert "weapon.ts" not in complaints


@needs_npm
def test_what_the_api_does_not_know_does_not_compile(complaints: dict[str, str]) -> None:
    assert "kiled" in complaints["harm_misspelt.ts"]
    assert "harm.ts" not in complaints


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
