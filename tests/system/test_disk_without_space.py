"""A real server on a disk that is really full: reads go on, writes are refused, and nothing is lost.

The disk is a small tmpfs, which only root can mount. `test_full_disk.py` has the same answers without one.
"""

import json
import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from api.change_log import audit
from api.database.connection import connect_to, database
from api.database.statements import select_rows
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.servers import serving
from tests.support.writers import Writer

READS = (
    "/v1/claims", "/v1/claims/a-killed", "/v1/claims.csv", "/v1/claims.xlsx", "/v1/export.zip", "/v1/claims?q=clash",
    "/v1/statistics/casualties?conflict=war", "/v1/statistics/matrix?conflict=war", "/v1/changes",
    "/v1/claims?revision=1", "/v1/claims.csv?revision=1", "/v1/log/checkpoint", "/", "/claims/a-killed",
    "/v1/picture.svg?view=who&conflict=war",
)  # fmt: skip


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounting.returncode:
        pytest.skip(f"only root can mount a small disk: {mounting.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: pathlib.Path) -> pathlib.Path:
    """Write until not one byte is free. Return the file that takes the space."""
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    assert os.statvfs(disk).f_bavail == 0
    return ballast


def make_database(databases: Databases, disk: pathlib.Path) -> tuple[str, str]:
    """Return the address of the small world on the disk, and a key."""
    url = f"sqlite:///{disk}/a.db"
    pathlib.Path(disk / "a.db").write_bytes(
        pathlib.Path(databases.upgraded("sqlite").removeprefix("sqlite:///")).read_bytes()
    )
    connect_to(url)
    worlds.write(worlds.SMALL)
    return url, new_key("write", "retract")


def read_status(writer: Writer) -> dict[str, int]:
    return {address: writer.read(address)[0] for address in READS}


def test_a_disk_that_fills_while_nobody_asks(databases: Databases, disk: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Once, a worker opened the database only with its first request: it found no space for SQLite's index."""
    url, key = make_database(databases, disk)
    with serving(url, tmp_path, workers=2) as server:
        ballast = fill(disk)
        writer = Writer(server.port, key, "idle")
        for _ in range(2):
            assert read_status(writer) == dict.fromkeys(READS, 200)
        status, body = writer.read("/readyz")
        assert (status, json.loads(body)["status"]) == (200, "limited")
        assert "The disk of the database has 0 MB left" in json.loads(body)["parts"]["disk"]
        refused = writer.post("sources", {"publisher": "Times"}, "first")
        assert (refused.status, refused.body["detail"]) == (507, "The disk of the database is full.")
        ballast.unlink()
        assert writer.post("sources", {"publisher": "Times"}, "first").status == 201
    connect_to(url)
    with database.connection_context():
        assert audit.verify().size > 0 and select_rows("PRAGMA integrity_check") == [("ok",)]


def test_a_disk_that_fills_during_writes(databases: Databases, disk: pathlib.Path, tmp_path: pathlib.Path) -> None:
    url, key = make_database(databases, disk)
    with serving(url, tmp_path, workers=2) as server:
        writer = Writer(server.port, key, "busy")
        written = []
        for number in range(10_000):
            note = {"publisher": f"Times {number}", "note": "A long note. " * 150}
            answer = writer.post("sources", [{**note, "id": f"many-{number}-{n}"} for n in range(40)], f"key-{number}")
            if answer.status != 201:
                break
            written.append(number)
        assert answer.status == 507 and written, answer
        fill(disk)
        assert read_status(writer) == dict.fromkeys(READS, 200)
        small = []
        for number in range(10_000):  # the files of the database may have room for some
            answer = writer.post("sources", {"id": f"small-{number}", "publisher": "Times"})
            if answer.status != 201:
                break
            small.append(number)
        assert answer.status == 507, answer
        for path in disk.glob("ballast"):
            path.unlink()
    connect_to(url)
    with database.connection_context():
        assert select_rows("SELECT COUNT(*) FROM source WHERE slug LIKE 'many-%'") == [(40 * len(written),)]
        assert select_rows("SELECT COUNT(*) FROM source WHERE slug LIKE 'small-%'") == [(len(small),)]
        assert audit.verify().size > 0 and select_rows("PRAGMA integrity_check") == [("ok",)]
