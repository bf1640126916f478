"""OpenRefine itself reconciles thirty misspelt names with a running server, and fetches their properties.

It needs the command `openrefine` (Debian: `apt-get install openrefine`) and is skipped without it.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Databases
from tests.support.generated_clients import load_seeds
from tests.support.servers import free_port, serving

PROGRAM = "openrefine"
PATIENCE = 90  # seconds for the start of the program, and for each of its jobs
BOUNDARY = "a-boundary-of-the-form"

#: Cells as people write them, and the record that each means.
CELLS = {
    "Azerbajan": "sides/azerbaijan",
    "Азербайджан": "sides/azerbaijan",
    "Ադրբեջան": "sides/azerbaijan",
    "Armeina": "sides/armenia",
    "Армения": "sides/armenia",
    "  armenia ": "sides/armenia",
    "Isreal": "sides/israel",
    "Nagorny Karabakh Republic": "sides/artsakh",
    "Нагорный Карабах": "sides/artsakh",
    "Palestinan side": "sides/palestinian",
    "Ilham Alyev": "claimants/aliyev",
    "Илхам Алиев": "claimants/aliyev",
    "Nicol Pashinian": "claimants/pashinyan",
    "Никол Пашинян": "claimants/pashinyan",
    "Նիկոլ Փաշինյան": "claimants/pashinyan",
    "Wladimir Putin": "claimants/putin",
    "Владимир Путин": "claimants/putin",
    "Emanuel Macron": "claimants/macron",
    "Grant Bagratyan": "claimants/bagratyan",
    "Mikayel Minasian": "claimants/minasyan",
    "Minstry of Defense of Armenia": "claimants/armenia-mod",
    "Azerbaijan Ministry of Defence": "claimants/azerbaijan-mod",
    "Artsakh Human Rights Ombudsmen": "claimants/artsakh-ombudsman",
    "Humans Rights Watch": "claimants/hrw",
    "Syrian Observatory of Human Rigths": "claimants/sohr",
    "Nagorno Karabah war 2020": "conflicts/nagorno-karabakh-2020",
    "First Nagorno-Karabach war": "conflicts/nagorno-karabakh-1988-1994",
    "Gaza war (2023)": "conflicts/gaza-2023",
    "Missle strike on Ganja 17 October 2020": "events/ganja-2020-10-17",
    "Rocket strike at Barda, 28 Oct 2020": "events/barda-2020-10-28",
}


class OpenRefine:
    """The commands of a running OpenRefine, as its page sends them."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/command/core/"

    def get(self, command: str, **query: Any) -> Any:
        with urllib.request.urlopen(f"{self.base}{command}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            return json.load(answer)

    def post(self, command: str, **form: Any) -> Any:
        form["csrf_token"] = self.get("get-csrf-token")["token"]
        with urllib.request.urlopen(self.base + command, urllib.parse.urlencode(form).encode(), timeout=60) as answer:
            return json.load(answer)

    def make_project(self, cells: list[str]) -> str:
        """Make a project with one column and return its id."""
        token = urllib.parse.quote(self.get("get-csrf-token")["token"])
        lines = "\r\n".join(["name", *(f'"{cell}"' for cell in cells)])
        options = json.dumps({"separator": ",", "trimStrings": False, "encoding": "UTF-8"})
        parts = {'"project-name"': "names", '"options"': options, '"project-file"; filename="names.csv"': lines}
        body = "".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; name={name}\r\n\r\n{text}\r\n"
            for name, text in parts.items()
        )
        address = f"{self.base}create-project-from-upload?format=text/line-based/*sv&csrf_token={token}"
        form = urllib.request.Request(address, (body + f"--{BOUNDARY}--\r\n").encode())
        form.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        with urllib.request.urlopen(form, timeout=60) as answer:
            return str(urllib.parse.parse_qs(urllib.parse.urlsplit(answer.url).query)["project"][0])

    def wait_for_jobs(self, project: str) -> None:
        until = time.monotonic() + PATIENCE
        while self.get("get-processes", project=project)["processes"]:
            assert time.monotonic() < until, "OpenRefine does not end its job"

    def read_cells(self, project: str, column: int = 0) -> list[Any]:
        """Return the cells of a column. `r` of a cell is what reconciling found."""
        answer = self.get("get-rows", project=project, start=0, limit=100)
        recons = answer["pool"]["recons"]
        cells = [row["cells"][column] if column < len(row["cells"]) else None for row in answer["rows"]]
        return [cell and cell | {"r": recons.get(cell.get("r"), {})} for cell in cells]


@pytest.fixture(scope="module")
def refine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"needs the command {PROGRAM}")
    folder, port = tmp_path_factory.mktemp("openrefine"), free_port()
    options = ["-i", "127.0.0.1", "-p", str(port), "-d", str(folder / "data"), "-m", "512M"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [PROGRAM, *options, "-x", "refine.headless=true"], stdout=log, stderr=log, start_new_session=True
        )
    try:
        refine = OpenRefine(port)
        assert answers(refine, process), (folder / "log").read_text()
        yield refine
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def answers(refine: OpenRefine, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            return "version" in refine.get("get-version")
    return False


@pytest.fixture(scope="module")
def service(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    with serving(load_seeds(databases), folder) as server:
        yield f"{server.url}/v1/reconcile"


def read_manifest(service: str) -> Any:
    with urllib.request.urlopen(service, timeout=30) as answer:
        return json.load(answer)


def reconcile(refine: OpenRefine, project: str, service: str, **more: Any) -> list[Any]:
    manifest = read_manifest(service)
    config = {
        "mode": "standard-service",
        "service": service,
        "identifierSpace": manifest["identifierSpace"],
        "schemaSpace": manifest["schemaSpace"],
        "type": None,
        "autoMatch": True,
        "columnDetails": [],
        "limit": 0,
        **more,
    }
    engine = json.dumps({"facets": [], "mode": "row-based"})
    started = refine.post("reconcile", project=project, columnName="name", config=json.dumps(config), engine=engine)
    assert started["code"] == "pending", started
    refine.wait_for_jobs(project)
    return refine.read_cells(project)


def test_openrefine_finds_thirty_misspelt_names(refine: OpenRefine, service: str) -> None:
    cells = list(CELLS)
    project = refine.make_project(cells)
    types = refine.post("guess-types-of-column", project=project, columnName="name", service=service)
    assert types["code"] == "ok" and {found["id"] for found in types["types"]} >= {"sides", "claimants"}
    found = reconcile(refine, project, service)
    assert [cell["v"] for cell in found] == cells
    first = {cell["v"]: cell["r"]["c"][0]["id"] if cell["r"].get("c") else None for cell in found}
    # A matched cell has its record in `m`; it was taken unasked, so it must be the name itself.
    matched = {cell["v"]: cell["r"]["m"]["id"] for cell in found if cell["r"].get("j") == "matched"}
    assert {name: first[name] or matched.get(name) for name in cells} == CELLS
    assert matched == {"  armenia ": "sides/armenia"}


def test_openrefine_fetches_the_properties_of_matched_names(refine: OpenRefine, service: str) -> None:
    project = refine.make_project(["Ilham Aliyev", "Ministry of Defence of Armenia", "nobody at all"])
    kind = {"id": "claimants", "name": "Claimants"}
    found = reconcile(refine, project, service, type=kind)
    assert [cell["r"].get("j") for cell in found] == ["matched", "matched", "none"]
    extension = json.dumps({"properties": [{"id": "side", "name": "side"}, {"id": "kind", "name": "kind"}]})
    manifest = read_manifest(service)
    started = refine.post(
        "extend-data",
        project=project,
        baseColumnName="name",
        endpoint=service,
        identifierSpace=manifest["identifierSpace"],
        schemaSpace=manifest["schemaSpace"],
        columnInsertIndex=1,
        extension=extension,
        engine=json.dumps({"facets": [], "mode": "row-based"}),
    )
    assert started["code"] == "pending", started
    refine.wait_for_jobs(project)
    sides, kinds = refine.read_cells(project, 1), refine.read_cells(project, 2)
    assert [cell and cell["v"] for cell in sides] == ["Azerbaijan", "Armenia", None]
    assert [cell["r"]["m"]["id"] for cell in sides if cell] == ["sides/azerbaijan", "sides/armenia"]
    assert [cell and cell["v"] for cell in kinds] == ["head_of_state_or_government", "ministry", None]
