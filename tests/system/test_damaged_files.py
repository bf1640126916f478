"""Files that a disk has damaged: the database itself, and the stored answers. No wrong figure leaves the server."""

import pathlib
import shutil
from typing import Any

import pytest

from api.database.connection import connect_to, database
from api.database.statements import select_rows
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.contract import HonestClient, open_client

PAGE = 4096


@pytest.fixture
def copied(databases: Databases, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a SQLite file with the small world, which nobody has open."""
    file = tmp_path / "a.db"
    shutil.copyfile(databases.upgraded("sqlite").removeprefix("sqlite:///"), file)
    connect_to(f"sqlite:///{file}")
    worlds.write(worlds.SMALL)
    with database.connection_context():
        select_rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def read(client: HonestClient, address: str) -> tuple[int, Any]:
    answer = client.get(address)
    return answer.status_code, answer.json.get("detail") if answer.is_json else None


def test_a_damaged_database_is_said_to_be_damaged(databases: Databases, copied: pathlib.Path) -> None:
    with database.connection_context():
        ((page,),) = select_rows("SELECT rootpage FROM sqlite_master WHERE name = 'claim'")
    content = bytearray(copied.read_bytes())
    content[(page - 1) * PAGE : page * PAGE] = b"\xa5" * PAGE
    copied.write_bytes(content)
    client = open_client(make_app(f"sqlite:///{copied}", databases.folder))
    damaged = 503, "The database file is damaged. Restore a backup."
    for address in ("/v1/claims", "/v1/claims/a-killed", "/v1/statistics/casualties?conflict=war", "/v1/claims.csv"):
        assert read(client, address) == damaged, address
    assert read(client, "/v1/sides")[0] == 200, "what is not damaged is answered"


def test_a_file_that_is_no_database_is_said_to_be_damaged(databases: Databases, copied: pathlib.Path) -> None:
    app = make_app(f"sqlite:///{copied}", databases.folder)
    copied.write_bytes(b"\x00" * copied.stat().st_size)
    assert read(open_client(app), "/v1/claims") == (503, "The database file is damaged. Restore a backup.")


@pytest.mark.parametrize("damage", ["cut", "zeros", "one byte"])
def test_a_stored_answer_that_is_damaged_is_computed_again(
    databases: Databases, engine: str, tmp_path: pathlib.Path, damage: str
) -> None:
    """A power cut can leave a file that was not written through: shorter, or full of zeros."""
    url, address = databases.upgraded(engine), "/v1/claims.csv?revision=1"
    client = open_client(make_app(url, databases.folder, bulk_folder=str(tmp_path)))
    worlds.write(worlds.SMALL)
    first = client.get(address).data
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file() and "." not in path.name]
    content = file.read_bytes()
    assert content == first
    half = len(content) // 2
    file.write_bytes({
        "cut": content[:half], "zeros": b"\x00" * len(content), "one byte": content[:half] + b"9" + content[half + 1 :],
    }[damage])  # fmt: skip
    again = open_client(make_app(url, databases.folder, bulk_folder=str(tmp_path), response_cache_mb=0))
    answer = again.get(address)
    assert (answer.status_code, answer.data) == (200, first)
