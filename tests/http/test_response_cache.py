"""The cache repeats an answer without Flask, with the same bytes, until any process commits."""

import gzip
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brotli
import pytest
import zstandard
from flask import Flask, request
from werkzeug.test import Client, TestResponse

from api.app import create_app
from api.config import Settings
from api.database.connection import database
from api.http import response_cache
from api.http.answer_store import LARGEST_PART, OVERHEAD, Answer, AnswerStore, Question
from api.http.content_encodings import choose_encoding
from api.writes.name_release import add_release
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.servers import ROOT, variables

DECODERS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda content: zstandard.ZstdDecompressor().decompress(content),
}
STREAM_DECODERS = {**DECODERS, "zstd": lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content)}
OF_REQUEST = {"X-Request-Id", "RateLimit", "RateLimit-Policy"}
PAGE = "/v1/claims?limit=5"
KEPT = (
    PAGE,
    "/v1/claims?harm=killed&pretty=1",
    "/v1/claims/a-own",
    "/v1/claims/a-own?revision=1",
    "/claims/a-own",
    "/conflicts/war",
    "/v1/statistics/claims?group_by=harm",
    "/v1/statistics/claims?group_by=harm&shape=array",
    "/v1/picture.svg?conflict=war&width=400",
    "/v1/picture.png?conflict=war&width=400",
    "/v1/changes.atom",
    "/v1/claims.atom?harm=killed",
    "/v1/claims?format=jsonfeed",
    "/v1/statistics/casualties.jsonfeed",
    "/v1/log/checkpoint",
    "/v1/codebook",
    "/v1/docs",
)
NOT_KEPT = (
    "/v1/claims.csv",  # streams
    "/v1/sides?shape=array",
    "/v1/claims?limit=0",  # errors
    "/v1/claims?nonsense=1",
    "/v1/claims/nobody",
    "/v1/docs?operationId=listClaims",  # a redirection
    "/healthz",
    "/readyz",
    "/",
    "/static/icon.svg",
)


class Site:
    """An application with the small world, and the addresses that reached Flask."""

    def __init__(self, databases: Databases, engine: str, **settings: Any) -> None:
        self.url, self.folder = databases.upgraded(engine), databases.folder
        self.app = make_app(self.url, self.folder, **settings)
        self.asked: list[str] = []
        self.app.before_request(lambda: self.asked.append(request.full_path))
        worlds.write(worlds.SMALL)

    def ask(self, address: str, method: str = "GET", peer: str = "192.0.2.1", **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.app, address, method, peer, sent)

    def asks_flask(self, address: str, method: str = "GET", **headers: str) -> bool:
        before = len(self.asked)
        self.ask(address, method, **headers)
        return len(self.asked) > before

    @property
    def store(self) -> AnswerStore:
        store = self.app.extensions[response_cache.ANSWERS]
        assert isinstance(store, AnswerStore)
        return store


def ask(app: Flask, address: str, method: str, peer: str, headers: dict[str, str]) -> TestResponse:
    return Client(app).open(address, method=method, headers=headers, environ_base={"REMOTE_ADDR": peer}, buffered=True)


def fields(answer: TestResponse, without: frozenset[str] = frozenset()) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_REQUEST | without}


@pytest.fixture(scope="module")
def shared(databases: Databases, engine: str) -> Site:
    """Return a site for tests that write nothing."""
    return Site(databases, engine)


@pytest.fixture
def fresh(databases: Databases, engine: str) -> Iterator[Site]:
    yield Site(databases, engine)


@pytest.fixture
def on_sqlite(databases: Databases) -> Callable[..., Site]:
    """Return a function that makes a site on SQLite, for tests that do not depend on the engine."""
    return lambda **settings: Site(databases, "sqlite", **settings)


def test_a_repeat_is_the_answer_of_an_application_without_the_cache(shared: Site) -> None:
    bare = make_app(shared.url, shared.folder, response_cache_mb=0)
    for address in (*KEPT, *NOT_KEPT):
        expected = ask(bare, address, "GET", "192.0.2.1", {})
        first, again, head = shared.ask(address), shared.ask(address), shared.ask(address, "HEAD")
        own = frozenset({"Vary", "Date"})
        for answer in (first, again, head):
            assert answer.status == expected.status, address
            assert fields(answer, own) == fields(expected, own) or answer.status_code >= 400, address
        if answer.status_code < 400:
            assert first.data == again.data == expected.data, address
        assert head.data == b""
        assert shared.asks_flask(address) == (address in NOT_KEPT), address
        language = "Accept-Language, " if first.mimetype == "text/html" else ""
        vary = (
            f"Accept, {language}Accept-Encoding" if address in (*KEPT, *NOT_KEPT[:2]) else expected.headers.get("Vary")
        )
        assert again.headers.get("Vary") == first.headers.get("Vary") == vary, address
    ids = [shared.ask(PAGE).headers["X-Request-Id"] for _ in range(2)]
    assert ids[0] != ids[1] and all(len(number) == 16 for number in ids)


def test_each_encoding_has_its_bytes_and_its_tag(shared: Site) -> None:
    plain = shared.ask(PAGE)
    for encoding in ("zstd", "br", "gzip"):
        for method in ("HEAD", "GET", "GET"):
            answer = shared.ask(PAGE, method, Accept_Encoding=encoding)
            assert answer.headers["Content-Encoding"] == encoding
            assert answer.headers["ETag"] == plain.headers["ETag"].replace('"', "").join(('"', f'-{encoding}"'))
            assert answer.headers["Vary"] == "Accept, Accept-Encoding"
            own = frozenset({"Content-Encoding", "Content-Length", "ETag"})
            assert fields(answer, own) == fields(plain, own)
            if method == "GET":
                assert DECODERS[encoding](answer.data) == plain.data
                assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) / 2
        assert not shared.asks_flask(PAGE, "HEAD", Accept_Encoding=encoding)
    short = shared.ask("/v1/claims?limit=1&fields=id", Accept_Encoding="gzip")
    assert "Content-Encoding" not in short.headers and short.json and not short.headers["ETag"].endswith('-gzip"')
    # `Accept: text/csv` has other bytes, although the encoding has no name.
    assert shared.ask("/v1/claims", Accept="text/csv").content_type.startswith("text/csv")
    assert shared.ask("/v1/claims", Accept="application/json").is_json


STREAMED = ("/v1/claims.csv", "/v1/claims.ndjson", "/v1/events.geojson", "/v1/claims?shape=array")


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
@pytest.mark.parametrize("address", STREAMED)
def test_a_stream_is_compressed_while_it_is_sent(shared: Site, address: str, encoding: str) -> None:
    plain = shared.ask(address)
    assert "Content-Encoding" not in plain.headers
    packed, head = (shared.ask(address, method, Accept_Encoding=encoding) for method in ("GET", "HEAD"))
    assert packed.headers["Content-Encoding"] == head.headers["Content-Encoding"] == encoding
    assert packed.headers["ETag"] == head.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{encoding}"'
    assert "Content-Length" not in packed.headers and head.data == b""
    assert STREAM_DECODERS[encoding](packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    again = shared.ask(address, Accept_Encoding=encoding, If_None_Match=packed.headers["ETag"])
    assert (again.status_code, again.headers["ETag"]) == (304, packed.headers["ETag"])


def test_what_is_compressed_already_is_sent_as_it_is(shared: Site) -> None:
    for address in ("/v1/claims.parquet", "/v1/claims.xlsx", "/v1/export.zip"):
        answer = shared.ask(address, Accept_Encoding="gzip")
        assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)


def test_a_large_file_of_a_revision_has_a_length_or_is_compressed(
    shared: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_cache, "MOST_BYTES", 100)
    address = "/v1/claims.csv?revision=1&fields=id,phrase"
    plain, packed = shared.ask(address), shared.ask(address, Accept_Encoding="gzip")
    assert int(plain.headers["Content-Length"]) == len(plain.data) and plain.headers["Accept-Ranges"] == "bytes"
    assert gzip.decompress(packed.data) == plain.data
    assert {"Content-Length", "Accept-Ranges", "Repr-Digest"}.isdisjoint(packed.headers.keys())
    part = shared.ask(address, Range="bytes=5-9", Accept_Encoding="gzip")
    assert (part.status_code, part.data) == (206, plain.data[5:10])


@pytest.mark.parametrize(("accepted", "expected"), [
    ("", ""), ("identity", ""), ("*", ""), ("deflate", ""), ("gzip", "gzip"), ("GZIP", "gzip"),
    ("gzip, deflate, br, zstd", "zstd"), ("gzip, deflate, br", "br"), ("br;q=0.5, gzip;q=0.8", "gzip"),
    ("zstd;q=0, br;q=0.0", ""), ("gzip;q=0.5, identity", ""), ("gzip, identity", "gzip"), ("*, gzip;q=0", ""),
])  # fmt: skip
def test_the_encoding_is_the_one_that_the_client_prefers(accepted: str, expected: str) -> None:
    assert choose_encoding(accepted) == expected


def test_a_kept_tag_is_answered_with_304(shared: Site) -> None:
    address = "/v1/claims?limit=6"
    plain, packed = shared.ask(address), shared.ask(address, Accept_Encoding="gzip")
    tag, packed_tag = plain.headers["ETag"], packed.headers["ETag"]
    shared.asked.clear()
    for sent, accepted, expected in (
        (tag, "", tag), (f"W/{tag}", "", tag), (f'"x", {tag}, "y"', "", tag), (tag.strip('"'), "", tag),
        (packed_tag, "gzip", packed_tag), (f"W/{packed_tag}", "gzip", packed_tag), (tag, "gzip", tag),
    ):  # fmt: skip
        for method in ("GET", "HEAD"):
            answer = shared.ask(address, method, If_None_Match=sent, Accept_Encoding=accepted)
            assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", expected)
            assert answer.headers["Cache-Control"] == plain.headers["Cache-Control"]
            assert answer.headers["Vary"] == "Accept, Accept-Encoding"
            assert {"Content-Type", "Content-Length", "Content-Encoding"}.isdisjoint(answer.headers.keys())
            assert answer.headers["RateLimit"] and answer.headers["X-Request-Id"]
    # A client that reads no gzip must not get the gzip of another client.
    for sent, accepted in ((packed_tag, ""), (packed_tag, "br"), ("*", ""), ('"x"', "gzip"), ("", "")):
        assert shared.ask(address, If_None_Match=sent, Accept_Encoding=accepted).status_code == 200
    assert shared.asked == [address], "only the answer in br was not kept"


def test_a_tag_that_outlives_a_write_is_kept_without_its_answer(fresh: Site) -> None:
    address = "/v1/claims?revision=1"
    tags = {word: fresh.ask(address, Accept_Encoding=word).headers["ETag"] for word in ("gzip", "")}
    worlds.write({"sides": [{"id": "later", "name": "Later"}]})
    fresh.asked.clear()
    for word, tag in tags.items():
        for _ in range(3):
            answer = fresh.ask(address, If_None_Match=tag, Accept_Encoding=word)
            assert (answer.status_code, answer.headers["ETag"]) == (304, tag)
            assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert len(fresh.asked) == len(tags)
    whole = fresh.ask(address, Accept_Encoding="gzip")
    assert (whole.status_code, whole.headers["ETag"]) == (200, tags["gzip"]) and gzip.decompress(whole.data)
    assert not fresh.asks_flask(address, If_None_Match=tags["gzip"], Accept_Encoding="gzip")
    assert not fresh.asks_flask(address, Accept_Encoding="gzip")


def test_a_redaction_in_another_process_is_seen_at_once_and_leaves_no_answer(fresh: Site) -> None:
    addresses = ("/v1/sides/hired", "/v1/sides", "/v1/sides?revision=1", "/v1/changes")
    for address in addresses:
        for encoding in ("", "gzip"):
            answer = fresh.ask(address, Accept_Encoding=encoding)
            assert b"Outside both camps" in DECODERS[answer.headers.get("Content-Encoding")](answer.data)
            assert not fresh.asks_flask(address, Accept_Encoding=encoding)
    command = ["-m", "flask", "--app", "wsgi", "redact", "sides/hired", "note", "--reason", "A test.", "--yes"]
    environment = variables(fresh.url, fresh.folder, 8000)
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    for address in addresses:
        for encoding in ("", "gzip"):
            answer = fresh.ask(address, Accept_Encoding=encoding)
            assert b"Outside both camps" not in DECODERS[answer.headers.get("Content-Encoding")](answer.data)
    assert fresh.ask("/v1/sides").json["meta"]["revision"] == 2
    assert len(fresh.store.answers) == 2 * len(addresses), "those of the state before are gone"


def test_what_makes_no_revision_is_seen_too(fresh: Site) -> None:
    assert fresh.ask("/v1/releases").json == {"data": []}
    assert not fresh.asks_flask("/v1/releases")
    worlds.rebound(fresh.app)
    with database.connection_context():
        add_release("first", 1, "", "0" * 64)
    assert [release["id"] for release in fresh.ask("/v1/releases").json["data"]] == ["first"]


def test_one_spelling_of_an_address_is_another_only_where_the_answer_is(shared: Site) -> None:
    shared.ask("/v1/claims?harm=killed%2Cinjured&q=a+b")
    assert not shared.asks_flask("/v1/claims?harm=killed,injured&q=a%20b")
    turned = shared.ask("/v1/claims?q=a+b&harm=killed,injured")
    assert turned.json["links"]["self"].endswith("/v1/claims?q=a+b&harm=killed,injured")
    # A malformed address is refused, although the same text can be sent correctly.
    assert shared.ask("/v1/claims?q=%25zz").status_code == 200
    assert shared.ask("/v1/claims?q=%zz").status_code == 400
    assert shared.ask("/v1/claims?limit=5" + "&" * 61).status_code == 400
    assert shared.ask(PAGE).status_code == 200
    assert not shared.asks_flask(PAGE, Host="LOCALHOST")
    assert shared.ask(PAGE, Host="elsewhere.example").status_code == 400
    assert shared.ask(PAGE, Host="").status_code == 400
    assert shared.asks_flask(PAGE, Authorization="Bearer x")
    assert shared.asks_flask(PAGE, "POST") and shared.asks_flask(PAGE, "OPTIONS")


def test_an_answer_is_kept_until_the_day_is_over(
    on_sqlite: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, now = on_sqlite(), time.time()
    assert site.asks_flask(PAGE) and not site.asks_flask(PAGE)
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    assert site.asks_flask(PAGE) and not site.asks_flask(PAGE)


def test_requests_are_counted_for_their_client(on_sqlite: Callable[..., Site]) -> None:
    site = on_sqlite(reads_per_minute=3, proxy_hops=1)
    site.ask(PAGE, X_Forwarded_For="192.0.2.9")
    for remaining in (2, 1, 0):
        answer = site.ask(PAGE, X_Forwarded_For="192.0.2.1")
        assert answer.headers["RateLimit"].startswith(f'"reads";r={remaining};')
        assert answer.headers["RateLimit-Policy"] == '"reads";q=3;w=60'
    for headers in ({}, {"If_None_Match": answer.headers["ETag"]}):
        refused = site.ask(PAGE, X_Forwarded_For="192.0.2.1", **headers)
        assert (refused.status_code, refused.headers["Cache-Control"]) == (429, "no-store")
    assert site.ask(PAGE, X_Forwarded_For="192.0.2.2").status_code == 200
    assert site.ask(PAGE, peer="", X_Forwarded_For="").headers.get("RateLimit") is None


def test_a_large_answer_is_not_kept(on_sqlite: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    site = on_sqlite()
    length = len(site.ask("/v1/claims?pretty=1").data)
    monkeypatch.setattr(response_cache, "MOST_BYTES", length - 1)
    large = site.ask("/v1/claims?pretty=1", Accept_Encoding="gzip")
    assert large.headers["Content-Encoding"] == "gzip" and len(gzip.decompress(large.data)) == length
    assert large.headers["Vary"] == "Accept, Accept-Encoding"
    assert site.asks_flask("/v1/claims?pretty=1", Accept_Encoding="gzip")


def test_the_setting_0_switches_it_off(on_sqlite: Callable[..., Site]) -> None:
    site = on_sqlite(response_cache_mb=0)
    for _ in range(2):
        answer = site.ask(PAGE, Accept_Encoding="gzip, br, zstd")
        assert "Content-Encoding" not in answer.headers and answer.json
        assert answer.headers["Vary"] == "Accept"
        assert site.asks_flask(PAGE)
    assert site.ask(PAGE, If_None_Match=answer.headers["ETag"]).status_code == 304


def test_threads_share_the_answers(shared: Site) -> None:
    expected = {address: shared.ask(address).data for address in KEPT}
    shared.asked.clear()
    with ThreadPoolExecutor(4) as threads:
        for address, body in zip(KEPT * 20, threads.map(lambda a: shared.ask(a).data, KEPT * 20), strict=True):
            assert body == expected[address]
    assert shared.asked == []


def test_without_a_database_the_application_answers(tmp_path: pathlib.Path) -> None:
    files = {"secret_file": f"{tmp_path}/secret", "log_key_file": f"{tmp_path}/key"}
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", **files))
    answers = [ask(app, PAGE, "GET", "192.0.2.1", {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 503]


def question(number: int) -> Question:
    return Question("localhost", f"/v1/sides/{number:04}", "", "", "gzip")


def answer(length: int) -> Answer:
    return Answer("tag", [], [("Link", "x" * 100)], b"x" * length)


def test_the_store_has_its_bound_and_one_state() -> None:
    """An answer of 8,000 bytes takes 8,000, 100 for its header, 9 + 14 + 4 for its question, and the overhead."""
    size = 8_000 + 100 + 27 + OVERHEAD
    store = AnswerStore(size * 10)
    for number in range(10):
        assert store.find("first", question(number)) is None
        store.keep("first", question(number), answer(8_000))
    assert (store.size, len(store.answers)) == (size * 10, 10)
    assert store.find("first", question(0)) == answer(8_000)
    store.keep("first", question(10), answer(8_000))
    assert store.find("first", question(1)) is None, "the one that was not used for the longest time"
    assert store.find("first", question(0)) and store.find("first", question(10))
    store.keep("first", question(11), answer(store.bound // LARGEST_PART))
    assert store.find("first", question(11)) is None, "too large"
    store.keep("first", question(10), answer(6_000))
    assert store.size == size * 10 - 2_000, "an answer replaces the one before"
    store.keep("first", question(10), answer(0)._replace(body=None))
    assert store.find("first", question(10)) == answer(6_000), "a tag alone replaces no answer"
    assert store.find("second", question(0)) is None and (store.size, len(store.answers)) == (0, 0)
    store.keep("first", question(0), answer(8_000))
    assert store.find("second", question(0)) is None, "it was computed too late"
