"""Flat answers of a revision have a length, a date and ranges, and the same bytes each time, from a bounded folder."""

import gc
import os
import pathlib
import resource
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.database.connection import database
from api.database.snapshot import has_snapshot
from api.http.pinned_files import Overflow, PinnedFile, PinnedFiles
from api.writes.name_release import add_release
from api.writes.update import revise_record
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

FLAT = ("csv", "tsv", "ndjson", "parquet", "geojson")
ADDRESSES = [
    *(f"/v1/claims.{suffix}?revision=1" for suffix in FLAT),
    "/v1/claims.json?shape=array&release=2026-1",
    "/v1/events.csv?release=2026-1",
    "/v1/statistics/casualties.csv?conflict=war&revision=1",
    "/v1/changes.csv?revision=1",
    "/v1/export.zip?release=2026-1",
    "/v1/releases/2026-2/diff.csv?from=2026-1",
]


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    """Return the small world with two releases, between which a note was corrected."""
    app = make_app(databases.keep(databases.upgraded(engine)), databases.folder)
    worlds.write(worlds.SMALL)
    with database.connection_context():
        add_release("2026-1", 1, "", "ab" * 32)
        revise_record("claims", "a-own", {"note": "Corrected."}, "A slip.", "editor")
        add_release("2026-2", 2, "", "cd" * 32)
    return app


@pytest.fixture
def client(world: Flask) -> HonestClient:
    worlds.rebound(world)
    return open_client(world)


def get(client: HonestClient, address: str, **headers: str) -> TestResponse:
    return client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_pinned_answer_has_a_length_a_date_and_ranges(address: str, client: HonestClient) -> None:
    whole = get(client, address)
    assert whole.status_code == 200
    assert whole.content_length == len(whole.data) > 20
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.last_modified is not None
    head = client.head(address)
    assert (head.status_code, head.data) == (200, b"")
    assert {name: head.headers[name] for name in ("Content-Length", "ETag", "Last-Modified", "Content-Type")} == {
        name: whole.headers[name] for name in ("Content-Length", "ETag", "Last-Modified", "Content-Type")
    }
    part = get(client, address, Range="bytes=10-19")
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert part.headers["ETag"] == whole.headers["ETag"]
    rest = get(client, address, Range=f"bytes={len(whole.data) - 5}-", If_Range=whole.headers["ETag"])
    assert (rest.status_code, rest.data) == (206, whole.data[-5:])
    assert get(client, address, Range="bytes=-7").data == whole.data[-7:]
    other = get(client, address, Range="bytes=5-", If_Range='"another"')
    assert (other.status_code, other.data) == (200, whole.data)


def test_a_complete_download_is_told_its_length(client: HonestClient) -> None:
    """wget -c and curl -C - take this for the end."""
    length = get(client, "/v1/claims.csv?revision=1").content_length
    answer = get(client, "/v1/claims.csv?revision=1", Range=f"bytes={length}-")
    told(answer, 416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{length}"


def test_ranges_that_are_not_served_are_ignored(client: HonestClient) -> None:
    whole = get(client, "/v1/claims.csv?revision=1")
    for sent in ("bytes=0-1,4-5", "items=0-3", "nonsense"):
        answer = get(client, "/v1/claims.csv?revision=1", Range=sent)
        assert (answer.status_code, answer.data) == (200, whole.data), sent
    head = client.head("/v1/claims.csv?revision=1", headers={"Range": "bytes=0-3"})
    assert (head.status_code, head.content_length) == (200, whole.content_length)


def test_an_answer_of_now_has_no_ranges(client: HonestClient) -> None:
    """It may have changed before the rest is asked for."""
    answer = get(client, "/v1/claims.csv", Range="bytes=0-3")
    assert answer.status_code == 200 and "Accept-Ranges" not in answer.headers
    assert len(answer.data) > 1000


def test_what_did_not_change_is_not_sent_again(client: HonestClient) -> None:
    whole = get(client, "/v1/claims.csv?revision=1")
    assert get(client, "/v1/claims.csv?revision=1", If_None_Match=whole.headers["ETag"]).status_code == 304
    dated = get(client, "/v1/claims.csv?revision=1", If_Modified_Since=whole.headers["Last-Modified"])
    assert dated.status_code == 304


def test_a_compressed_answer_has_an_etag_of_its_own_and_no_ranges(client: HonestClient) -> None:
    whole = get(client, "/v1/claims.csv?revision=1")
    packed = get(client, "/v1/claims.csv?revision=1", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Ranges" not in packed.headers
    assert packed.headers["ETag"] == whole.headers["ETag"].removesuffix('"') + '-gzip"'
    resumed = get(client, "/v1/claims.csv?revision=1", Range="bytes=10-", If_Range=packed.headers["ETag"])
    assert (resumed.status_code, resumed.data) == (200, whole.data)


def test_a_redaction_changes_the_bytes_and_removes_the_files(empty: Flask) -> None:
    worlds.write(worlds.SMALL)
    secret = {"note": "A private name."}
    with database.connection_context():
        revise_record("sides", "hired", secret, "Entered.", "editor")
        revise_record("sides", "hired", {"note": ""}, "Taken out.", "editor")
    empty.config["KEY"] = new_key("admin")
    client = open_client(empty)
    before = get(client, "/v1/sides.csv?revision=2")
    assert b"A private name." in before.data
    folder = empty.extensions["counterclaim-pinned-files"].folder
    assert any(b"A private name." in path.read_bytes() for path in folder.glob("*/*"))
    erased = ask(client, "REDACT", "sides", dumped({"fields": ["note"]}), path="hired")
    assert erased.status_code == 200, erased.text
    assert not folder.exists()
    after = get(client, "/v1/sides.csv?revision=2")
    assert b"A private name." not in after.data
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.last_modified >= before.last_modified
    assert not any(b"A private name." in path.read_bytes() for path in folder.glob("*/*"))


@pytest.mark.parametrize("sent", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=999999999-"}])
def test_a_file_that_is_sent_leaves_no_snapshot_and_no_slot(client: HonestClient, sent: dict[str, str]) -> None:
    app = client.application
    get(client, "/v1/claims.csv?revision=1", **sent)
    assert app.extensions["counterclaim-costly-slots"].occupied == []
    assert not has_snapshot() and not database.obj.in_transaction()


def test_without_disk_pinned_answers_are_streamed(databases: Databases, engine: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder, bulk_megabytes=0)
    worlds.write(worlds.SMALL)
    answer = get(open_client(app), "/v1/claims.csv?revision=1")
    assert answer.status_code == 200 and "Accept-Ranges" not in answer.headers
    assert answer.data.startswith(b"id,")


# The folder ------------------------------------------------------------------------------------------------------


def parts(size: int, letter: bytes = b"a") -> Iterator[bytes]:
    yield from (letter * 10 for _ in range(size // 10))


def stored(outcome: Any) -> PinnedFile:
    assert isinstance(outcome, PinnedFile)
    return outcome


def test_the_least_recently_used_make_room(tmp_path: pathlib.Path) -> None:
    files = PinnedFiles(tmp_path, 100)
    for number, tag in enumerate(("first", "second", "third")):
        stored(files.store(0, tag, {}, parts(30))).file.close()
        os.utime(tmp_path / "0" / tag, (number, number))
    used = files.open_file(0, "first")
    assert used is not None and b"".join(used.read_parts()) == b"a" * 30
    stored(files.store(0, "fourth", {}, parts(40))).file.close()
    assert {path.name for path in (tmp_path / "0").iterdir() if "." not in path.name} == {"first", "third", "fourth"}
    assert files.open_file(0, "second") is None


def test_what_is_too_large_is_passed_on_whole(tmp_path: pathlib.Path) -> None:
    files = PinnedFiles(tmp_path, 100)
    outcome = files.store(0, "large", {}, parts(130))
    assert isinstance(outcome, Overflow)
    assert b"".join(outcome.parts) == b"a" * 130
    assert files.open_file(0, "large") is None
    assert list((tmp_path / "0").iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_only_the_length(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("no folder")
    outcome = PinnedFiles(tmp_path / "file", 100).store(0, "tag", {}, parts(50))
    assert isinstance(outcome, Overflow)
    assert b"".join(outcome.parts) == b"a" * 50


@pytest.mark.parametrize("space", [0, 10, 1_000])
def test_a_small_answer_on_a_full_disk_is_passed_on_whole(tmp_path: pathlib.Path, space: int) -> None:
    """The limit of a file's size stands for the disk. Once, a small answer failed only at its end, with 500."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (space, before[1]))
    try:
        outcome = PinnedFiles(tmp_path / "answers", 10_000).store(0, "a", {}, parts(3_000))
        assert isinstance(outcome, Overflow) and b"".join(outcome.parts) == b"a" * 3_000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "answers" / "0").iterdir()) == []


def test_an_answer_that_breaks_off_leaves_nothing(tmp_path: pathlib.Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the database is gone")

    files = PinnedFiles(tmp_path, 100)
    with pytest.raises(RuntimeError):
        files.store(0, "tag", {}, broken())
    assert list((tmp_path / "0").iterdir()) == []


def test_files_from_before_a_redaction_are_removed(tmp_path: pathlib.Path) -> None:
    files = PinnedFiles(tmp_path, 100)
    stored(files.store(3, "tag", {}, parts(10))).file.close()
    assert files.open_file(7, "tag") is None
    stored(files.store(7, "tag", {}, parts(20))).file.close()
    assert [path.name for path in tmp_path.iterdir()] == ["7"]


def test_two_writers_of_one_answer_do_not_disturb_each_other(tmp_path: pathlib.Path) -> None:
    files = PinnedFiles(tmp_path, 10_000)
    read: list[bytes] = []

    def write() -> None:
        read.append(b"".join(stored(files.store(0, "tag", {"A": "b"}, parts(500))).read_parts()))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [b"a" * 500] * 4
    found = files.open_file(0, "tag")
    assert found is not None and found.headers == {"A": "b"}
    assert b"".join(found.read_parts()) == b"a" * 500
    assert {path.name for path in (tmp_path / "0").iterdir()} == {"tag", "tag.head.json"}


def test_an_address_without_a_suffix_has_no_ranges(client: HonestClient) -> None:
    """Typed clients expect JSON in each success of such an address, and a part is none."""
    answer = get(client, "/v1/claims?format=csv&revision=1", Range="bytes=10-19")
    assert answer.status_code == 200 and "Accept-Ranges" not in answer.headers
    assert answer.content_length == len(answer.data)


def test_an_answer_without_its_header_fields_is_written_again(tmp_path: pathlib.Path) -> None:
    files = PinnedFiles(tmp_path / "answers", 1000)
    stored = files.store(0, "tag", {"Content-Type": "text/csv"}, [b"a,b\r\n"])
    assert isinstance(stored, PinnedFile)
    stored.file.close()
    (tmp_path / "answers" / "0" / "tag.head.json").write_text("{")
    assert files.open_file(0, "tag") is None
    gc.collect()  # a file that was left open would be a warning, and so an error
    again = files.store(0, "tag", {"Content-Type": "text/csv"}, [b"a,b\r\n"])
    assert isinstance(again, PinnedFile) and again.size == 5
    again.file.close()
