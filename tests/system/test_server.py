"""The real server: a request too broken for the application also gets a problem document, never HTML."""

import json
from collections.abc import Iterator

import pytest

from api.database.connection import connect_to
from schemas.problems import ProblemOut
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.servers import send, serving
from tests.v1.records.test_bad_inputs import held


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[tuple[int, bytes]]:
    """Serve the small world from SQLite. Yield the port of the server and a key."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(worlds.SMALL)
    key = new_key("write", "retract").encode()
    before = held()
    with serving(url, databases.folder) as server:
        yield server.port, key
    connect_to(url)
    assert held() == before


@pytest.fixture
def port(served: tuple[int, bytes]) -> int:
    return served[0]


@pytest.fixture
def key(served: tuple[int, bytes]) -> bytes:
    return served[1]


def get(path: bytes, *headers: bytes, host: bytes = b"127.0.0.1") -> bytes:
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def writing(method: bytes, record_type: str, key: bytes, *headers: bytes) -> bytes:
    """Return the head of a good write, with these headers added."""
    path = f"/v1/{record_type}" if method == b"POST" else f"/v1/{record_type}/{worlds.SMALL[record_type][0]['id']}"
    given = [b"Authorization: Bearer " + key, b"Idempotency-Key: a", b"If-Match: *", b"Content-Type: application/json"]
    return get(path.encode() + b"?reason=x", *given, *headers).replace(b"GET", method, 1)


def problem(answer: bytes, status: int) -> dict[str, object]:
    """Check that an answer is one problem document and nothing else. Return its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer[:300]
    assert b"content-type: application/problem+json" in head.lower()
    assert b"access-control-allow-origin: *" in head.lower()
    assert b"<html" not in answer.lower() and answer.count(b"HTTP/1.1 ") == 1
    loaded: dict[str, object] = ProblemOut().load(json.loads(body))
    return loaded


def test_the_server_answers(port: int) -> None:
    answer = send(port, get(b"/v1/claims.csv?fields=id&harm=killed"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"a-killed\r\n" in answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /v1/claims\r\n\r\n", 400),
        (b"GET /v1/claims HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"get /v1/claims HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (get("/v1/claims?q=Կարաբաղ".encode()), 400),
        (get(b"/v1/claims?q=\xff\xfe"), 400),
        (get(b"/v1/claims", b"X-Nul: a\x00b"), 400),
        (get(b"/v1/claims", b"Transfer-Encoding : chunked"), 400),
        (get(b"/v1/claims", b"Content-Length: 5", b"Content-Length: 6"), 400),
        (get(b"/v1/claims", b"Content-Length: +5"), 400),
        (get(b"/v1/claims", b"Content-Length: 5", b"Transfer-Encoding: chunked"), 400),
        (get(b"/v1/claims", b"no colon here"), 400),
        (get(b"/v1/claims?q=" + b"a" * 5000), 414),
        (get(b"/" + b"a" * 100_000), 414),
        (get(b"/v1/claims", b"X-Long: " + b"a" * 9000), 431),
        (get(b"/v1/claims", *(b"X-%d: a" % number for number in range(200))), 431),
        (get(b"/v1/claims", b"Transfer-Encoding: xchunked"), 501),
    ],
    ids=lambda value: value[:40].decode("ascii", "replace").split("\r")[0] if isinstance(value, bytes) else str(value),
)
def test_what_is_broken_is_answered_by_a_problem(port: int, request_: bytes, status: int) -> None:
    told = problem(send(port, request_), status)
    assert str(told["type"]).startswith(f"http://127.0.0.1:{port}/v1/problems/")


@pytest.mark.parametrize("host", [b"evil.example", b"a/b@c", b"127.0.0.1.evil.example", b"127.0.0.1@evil.example"])
def test_a_host_that_is_not_ours_is_refused(port: int, host: bytes) -> None:
    answer = send(port, get(b"/v1/claims?limit=1", host=host))
    assert problem(answer, 400)
    assert b"//evil" not in answer and b"location" not in answer.lower()


@pytest.mark.parametrize("host", [b"127.0.0.1", b"localhost", b"localhost:8000"])
def test_loopback_is_answered_under_all_its_names(port: int, host: bytes) -> None:
    answer = send(port, get(b"/v1/claims?limit=1", host=host))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert f"http://127.0.0.1:{port}/v1/claims?limit=1&cursor=".encode() in answer


@pytest.mark.parametrize(
    "path", [b"/../../etc/passwd", b"/v1/%2e%2e/%2e%2e/etc/passwd", b"//etc/passwd", b"/v1/claims/"]
)
def test_what_is_not_there_is_not_found(port: int, path: bytes) -> None:
    assert problem(send(port, get(path)), 404)


def test_head_over_the_wire_has_no_body(port: int) -> None:
    answer = send(port, get(b"/v1/claims.csv").replace(b"GET", b"HEAD", 1))
    assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"\r\n\r\n")


ENDPOINTS = [(method, record_type) for method in (b"POST", b"PATCH") for record_type in worlds.RECORD_TYPES]
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("header", "body", "status", "slug"),
    [
        (b"Content-Length: 209715200", b"", 413, "body-too-large"),
        (b"Content-Length: 50", b'{"a":', 400, "incomplete-body"),
        (b"Content-Length: 0", b"", 400, "invalid-json"),
        (b"X-Length: none", b"", 400, "invalid-json"),
        (CHUNKED, b"2\r\n{}\r\n0\r\n\r\n", 411, "length-required"),
        (CHUNKED, b"10000\r\n" + b"a" * 0x10000 + b"\r\n", 411, "length-required"),
        (CHUNKED, b"2\r\n{}\r\n", 411, "length-required"),
        (CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n", 411, "length-required"),
        (CHUNKED, b"+0\r\n\r\n", 411, "length-required"),
        (CHUNKED, b"0x0\r\n\r\n", 411, "length-required"),
        (b"Content-Encoding: gzip\r\nContent-Length: 5", b"\x1f\x8b\x08\x00\x00", 415, "unsupported-media-type"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_does_not_come_whole_is_refused(
    port: int, key: bytes, header: bytes, body: bytes, status: int, slug: str
) -> None:
    for method, record_type in ENDPOINTS:
        told = problem(send(port, writing(method, record_type, key, header) + body, half_close=True), status)
        assert str(told["type"]).endswith(f"/{slug}")


BROKEN = [
    (b"X-Nul: a\x00b", 400),
    (b" folded: obsolete", 400),
    (b"Host: another", 400),
    (b"Transfer-Encoding : chunked", 400),
    (b"Transfer-Encoding: identity", 400),
    (b"Transfer-Encoding: xchunked", 501),
    (b"Content-Length: 2\r\nTransfer-Encoding: chunked", 400),
    (b"Content-Length: 2\r\nContent-Length: 3", 400),
    (b"Content-Length: +5", 400),
    (b"Content-Length: -1", 400),
    (b"X-Long: " + b"a" * 9000, 431),
    (b"\r\n".join(b"X-%d: a" % number for number in range(200)), 431),
]


@pytest.mark.parametrize(("header", "status"), BROKEN, ids=lambda value: repr(value)[:30])
def test_a_write_that_is_broken_is_refused(port: int, key: bytes, header: bytes, status: int) -> None:
    for method in (b"POST", b"PATCH", b"DELETE"):
        problem(send(port, writing(method, "sources", key, header) + b"{}"), status)


def test_a_write_whose_first_line_is_broken_is_refused(port: int, key: bytes) -> None:
    for method in (b"POST", b"PATCH", b"DELETE"):
        good = writing(method, "sources", key, b"Content-Length: 2") + b"{}"
        for wrong, status in (
            (good.replace(b"?reason=x", b"?reason=" + b"x" * 5_000), 414),
            (good.replace(b"?reason=x", b"?reason=" + b"x" * 100_000), 414),
            (good.replace(b"HTTP/1.1", b"HTTP/3.0"), 400),
            (good.replace(method, method.lower()), 400),
            (good.replace(b"\r\n", b"\n"), 400),
            (good.replace(b"Host: 127.0.0.1\r\n", b""), 400),
        ):
            problem(send(port, wrong), status)


def test_without_a_key_the_answer_does_not_wait_for_the_body(port: int) -> None:
    for method, record_type in ENDPOINTS:
        unsent = writing(method, record_type, b"cst_k00000000_none", b"Content-Length: 1000")
        assert str(problem(send(port, unsent), 401)["type"]).endswith("/unauthorized")


def test_the_server_still_answers_after_all_that(port: int) -> None:
    assert b'"total":8' in send(port, get(b"/v1/claims"))
