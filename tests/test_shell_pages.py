"""The commands of pages that are told as a whole, run in a shell beside a real server, print what the page prints."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.test_docs import ROOT, examples

FLASK = f"{sys.executable} -m flask --app wsgi"


@pytest.fixture
def day(tmp_path: pathlib.Path) -> Iterator[dict[str, str]]:
    """The environment of a shell beside a server with the seeds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {
        **os.environ,
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{tmp_path}/day.db",
        "COUNTERCLAIM_SECRET_FILE": str(tmp_path / "secret"),
        "COUNTERCLAIM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "RELEASES": str(tmp_path / "releases"),
        "PORT": port,
    }
    for command in ("upgrade", "seed"):
        subprocess.run([*FLASK.split(), command], cwd=ROOT, env=environment, check=True, capture_output=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    assert any("Booting worker" in line for line in server.stderr)
    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30).close()
    yield environment
    server.terminate()
    server.communicate(timeout=30)


@pytest.mark.parametrize(("page", "least"), [("editing.md", 20), ("cookbook.md", 25)])
def test_every_command_of_the_page_prints_what_is_told(page: str, least: int, day: dict[str, str]) -> None:
    told = examples(ROOT / "docs" / page)
    script = "".join(f"{command}\necho '<<end>>'\n" for command, _ in told)
    script = re.sub(r"(?m)(^|\()flask ", rf"\1{FLASK} ", script.replace("localhost:8000", f"127.0.0.1:{day['PORT']}"))
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, env=day, capture_output=True, text=True, timeout=300)
    printed = run.stdout.replace(f"127.0.0.1:{day['PORT']}", "127.0.0.1:8000").replace("\r\n", "\n").split("<<end>>\n")
    assert len(told) >= least
    for (command, expected), output in zip(told, printed[:-1], strict=True):
        assert output == expected, f"{command}\n{run.stderr[-500:]}"
