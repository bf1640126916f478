"""A stream that ends before its last record says so: in its last line where the format can, else by a broken format."""

import csv
import io
import json
import tempfile
import time
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import IO

import brotli
import pytest
import zstandard
from flask import Flask, g
from flask.testing import FlaskClient

from api.http import draining, streamed_answers, xlsx
from api.http.content_encodings import compress_parts
from api.http.costly_answers import CostlySlots, Occupied
from api.http.streamed_answers import STOPPED, CutStreamError, guard_parts, write_last_line
from tests.conftest import Databases
from tests.support import worlds

NDJSON, CSV, JSON = "/v1/claims.ndjson", "/v1/claims.csv", "/v1/claims?shape=array"


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL, response_cache_mb=0, costly_slots=1, statement_seconds=1)


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server be told to stop, and the time for answers under way be over."""
    monkeypatch.setattr(draining._drain, "ends_at", time.monotonic() - 1)


def read_cut(app: Flask, address: str) -> str:
    """Return what comes of a stream that is cut."""
    parts, answer = [], FlaskClient(app, app.response_class).get(address, buffered=False)
    assert answer.status_code == 200
    with pytest.raises(CutStreamError):
        parts.extend(answer.iter_encoded())
    answer.close()
    return b"".join(parts).decode()


def test_the_last_line_of_ndjson_is_a_problem(world: Flask, stopping: None) -> None:
    *_, last = read_cut(world, NDJSON).splitlines()
    problem = json.loads(last)
    assert (problem["status"], problem["detail"], problem["instance"]) == (503, STOPPED, NDJSON)
    assert problem["type"].endswith("/v1/problems/unavailable") and "id" not in problem


@pytest.mark.parametrize("address", [CSV, "/v1/claims.tsv"])
def test_a_table_is_refused_by_readers_that_check_it(world: Flask, stopping: None, address: str) -> None:
    text = read_cut(world, address)
    assert text.endswith(f'"{STOPPED}\n')
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(text), strict=True))


def test_a_json_array_is_not_closed(world: Flask, stopping: None) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(read_cut(world, JSON))


def test_a_slot_is_free_after_a_cut(world: Flask, stopping: None) -> None:
    for _ in range(3):
        assert read_cut(world, CSV)
    assert world.extensions["counterclaim-costly-slots"].occupied == []


def test_answers_are_whole_while_the_time_is_not_over(world: Flask) -> None:
    text = world.test_client().get(NDJSON).text
    assert all("id" in json.loads(line) for line in text.splitlines())


def test_a_failure_is_told_too() -> None:
    def fail() -> Iterator[bytes]:
        yield b"1\n"
        raise ZeroDivisionError

    parts = guard_parts(fail(), lambda _: None, lambda reason: f"{reason}\n")
    assert next(parts) == b"1\n"
    assert next(parts) == f"{streamed_answers.FAILED}\n"
    with pytest.raises(ZeroDivisionError):
        next(parts)


def test_a_slow_client_is_cut_off_while_others_wait(world: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part takes the client half the time that it has."""
    now, slots = [0.0], CostlySlots(1, 60)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with world.test_request_context("/v1/claims.ndjson"):
        g.costly_slot, g.request_id = Occupied("192.0.2.1", 0), "1"
        monkeypatch.setitem(world.extensions, "counterclaim-costly-slots", slots)
        stream = streamed_answers.guard_stream(
            world.response_class((b"{}\n" for _ in range(9)), mimetype="application/x-ndjson")
        )
        parts = iter(stream.response)
        for _ in range(5):
            assert next(parts) == b"{}\n"
            now[0] += streamed_answers.SLOW_SECONDS / 2
        slots.waiting.append("192.0.2.2")
        assert json.loads(next(parts))["detail"] == streamed_answers.SLOW
        with pytest.raises(CutStreamError):
            next(parts)


def test_a_refused_client_counts_as_waiting_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slots = [1000.0], CostlySlots(1, 60)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert not slots.has_waiting()
    slots._refuse()
    assert slots.has_waiting()
    now[0] += 31
    assert not slots.has_waiting()


def test_the_last_line_is_sent_compressed_and_the_format_is_not_ended() -> None:
    def cut() -> Iterator[bytes]:
        yield b"a" * 100_000
        yield b"the last line"
        raise CutStreamError("")

    for encoding in ("br", "zstd", "gzip"):
        sent = []
        with pytest.raises(CutStreamError):
            sent.extend(compress_parts(cut(), encoding))
        assert decompress(b"".join(sent), encoding).endswith(b"the last line")


def decompress(sent: bytes, encoding: str) -> bytes:
    if encoding == "br":
        reader = brotli.Decompressor()
        text: bytes = reader.process(sent)
        while more := reader.process(b""):
            text += more
        assert not reader.is_finished()
        return text
    if encoding == "zstd":
        stream = zstandard.ZstdDecompressor().decompressobj()
        text = stream.decompress(sent)
        assert not stream.eof
        return text
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    text = inflate.decompress(sent)
    assert not inflate.eof
    return text


def test_other_formats_have_no_last_line() -> None:
    assert write_last_line("application/vnd.apache.parquet", {"detail": "x"}) == ""


@pytest.mark.parametrize("address", ["/v1/claims.xlsx", "/v1/export.xlsx"])
def test_head_closes_the_file_of_a_workbook(world: Flask, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """It stayed open until Python collected its garbage."""
    files = []

    def open_file() -> IO[bytes]:
        files.append(tempfile.TemporaryFile())
        return files[-1]

    monkeypatch.setattr(
        xlsx, "tempfile", SimpleNamespace(TemporaryFile=open_file, TemporaryDirectory=tempfile.TemporaryDirectory)
    )
    assert FlaskClient(world, world.response_class).head(address, buffered=True).status_code == 200
    assert [file.closed for file in files] == [True]
