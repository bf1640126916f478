"""The real server: what is so broken that the application never sees it is a problem document too, never HTML."""

import json
from collections.abc import Iterator

import pytest

from api.db import connect_to
from schemas.problems import ProblemOut
from tests import worlds
from tests.conftest import Databases
from tests.servers import send, serving


@pytest.fixture(scope="module")
def port(databases: Databases) -> Iterator[int]:
    """The small world in SQLite."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(worlds.SMALL)
    with serving(url, databases.folder) as server:
        yield server.port


def get(path: bytes, *headers: bytes, host: bytes = b"127.0.0.1") -> bytes:
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def problem(answer: bytes, status: int) -> dict[str, object]:
    """The body of an answer that is one problem document and nothing else."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer[:300]
    assert b"content-type: application/problem+json" in head.lower()
    assert b"access-control-allow-origin: *" in head.lower()
    assert b"<" not in answer and answer.count(b"HTTP/1.1 ") == 1
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


def test_the_server_still_answers_after_all_that(port: int) -> None:
    assert b'"total":8' in send(port, get(b"/v1/claims"))
