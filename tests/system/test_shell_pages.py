"""The commands of a whole page, run in a shell with a real server, print what the page shows."""

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from api.database.connection import connect_to, database
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases
from tests.support.servers import serving
from tests.test_docs import ROOT, examples

FLASK = f"{sys.executable} -m flask --app wsgi"


@pytest.fixture
def day(databases: Databases, tmp_path: pathlib.Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a shell that uses a server with the seeds."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    with database.connection_context():
        load_package(DATA, "The seed claims on the Nagorno-Karabakh conflict.")
    with serving(url, tmp_path) as server:
        yield {
            **server.environment,
            "RELEASES": str(tmp_path / "releases"),
            "WORK": str(tmp_path),
            "PORT": str(server.port),
        }


@pytest.mark.parametrize(
    ("page", "least"),
    [
        ("editors/editing.md", 20),
        ("readers/cookbook.md", 25),
        ("editors/mappings.md", 13),
        ("readers/subscribing.md", 7),
    ],
)
def test_every_command_of_the_page_prints_what_is_told(page: str, least: int, day: dict[str, str]) -> None:
    told = examples(ROOT / "docs" / page)
    script = "".join(f"{command}\necho '<<end>>'\n" for command, _ in told)
    script = re.sub(r"(?m)(^|\()flask ", rf"\1{FLASK} ", script.replace("localhost:8000", f"127.0.0.1:{day['PORT']}"))
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, env=day, capture_output=True, text=True, timeout=300)
    printed = run.stdout.replace(f"127.0.0.1:{day['PORT']}", "127.0.0.1:8000").replace("\r\n", "\n").split("<<end>>\n")
    assert len(told) >= least
    for (command, expected), output in zip(told, printed[:-1], strict=True):
        assert output == expected, f"{command}\n{run.stderr[-500:]}"
