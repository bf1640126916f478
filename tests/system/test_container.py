"""The container file, instruction by instruction, in a root of its own: a clean checkout, pinned packages, no right."""

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.containers import Image, find_obstacle
from tests.support.servers import free_port, listens, send

READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Yield the image that the file builds."""
    if obstacle := find_obstacle():
        pytest.skip(obstacle)
    folder = tmp_path_factory.mktemp("image")
    image = Image(folder)
    image.build()
    for path in (folder, *folder.parents):  # the user of the container passes through them
        if not path.stat().st_mode & 0o001:
            pytest.skip(f"{path} may not be passed by others")
        if path == pathlib.Path("/tmp"):
            break
    yield image


@pytest.mark.night
def test_the_container_is_built_and_serves_without_rights(image: Image) -> None:
    for path in ("/opt/counterclaim/written", "/opt/venv/written", "/etc/written", "/written"):
        assert "Read-only file system" in image.run(["touch", path]).stderr
    assert image.run(["id", "--user", "--name"]).stdout == "counterclaim\n"
    assert image.run(["touch", "/data/written"]).returncode == 0
    first = "flask --app wsgi upgrade && flask --app wsgi log key --if-new"  # as in docs/operators/security.md
    ran = image.run(["sh", "-c", first])
    assert ran.returncode == 0, ran.stderr
    port = free_port()
    command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in image.command]
    log = image.folder / "log"
    with open(log, "w") as output:
        process = subprocess.Popen(image.wrap(command), stdout=output, stderr=output)
    try:
        assert listens(port, process), log.read_text()
        ready = send(port, READY)
        assert ready.startswith(b"HTTP/1.1 200 ") and b'"status":"ready"' in ready, ready
        health = [word.replace(":8000", f":{port}") for word in image.health]
        assert image.run(health).returncode == 0
    finally:
        process.terminate()
        process.wait(60)
    lines = [json.loads(line)["message"] for line in log.read_text().splitlines()]
    assert lines[0].startswith("Starting gunicorn") and process.returncode == 0
    assert {path.stat().st_uid for path in (image.root / "data").iterdir()} == {10001}
