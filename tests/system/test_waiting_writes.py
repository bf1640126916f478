"""While another program holds the database's write lock: writes wait for a limited time, and readers do not wait."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection

import cysqlite
import psycopg
import pytest
from flask import Flask

from api.database.connection import connect_to, database
from api.database.statements import select_rows
from api.database.writing import WRITE_LOCK
from api.http.client_presence import SOCKET
from api.http.problems import ApiProblem
from api.http.write_places import PLACES, WritePlaces
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.servers import Server, serving
from tests.support.writers import Answer, Writer

PUBLISHERS = ("Herald", "Tribune")
Hold = Callable[[], AbstractContextManager[None]]
Serve = Callable[[int], AbstractContextManager[tuple[Server, Writer]]]


@pytest.fixture
def url(databases: Databases, engine: str) -> str:
    url = databases.upgraded(engine)
    connect_to(url)
    worlds.write(worlds.SMALL)
    return url


@pytest.fixture
def hold_lock(url: str, engine: str) -> Hold:
    """Return a context in which another program is in the middle of a write."""

    @contextmanager
    def hold() -> Iterator[None]:
        if engine == "postgres":
            with psycopg.connect(url) as other:
                other.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
                yield
        else:
            other = cysqlite.connect(url.removeprefix("sqlite:///"))
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
            other.close()

    return hold


@pytest.fixture
def serve(url: str, databases: Databases) -> Serve:
    """Return a context with a server of one process, whose writes wait so many seconds, and a client with a key."""
    key = new_key("write")

    @contextmanager
    def serving_with(seconds: int) -> Iterator[tuple[Server, Writer]]:
        with serving(url, databases.folder, COUNTERCLAIM_WRITE_WAIT_SECONDS=str(seconds)) as server:
            writer = Writer(server.port, key, "writer")
            assert post(writer, "First").status == 201  # the key is used, which is noted once a minute
            yield server, writer

    return serving_with


def post(writer: Writer, publisher: str) -> Answer:
    return writer.post("sources", {"publisher": publisher, "kind": "report", "language": "en"})


def read_status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def list_publishers() -> list[str]:
    with database.connection_context():
        return [name for (name,) in select_rows("SELECT publisher FROM source ORDER BY id")]


def test_a_write_waits_for_the_time_of_the_setting(serve: Serve, hold_lock: Hold) -> None:
    with serve(1) as (_, writer):
        before = list_publishers()
        with hold_lock():
            refused = post(writer, "Herald")
        assert refused.status == 503 and refused.body["type"].endswith("/unavailable")
        assert refused.body["detail"].endswith("Try again.")
        assert list_publishers() == before
        assert post(writer, "Tribune").status == 201
        assert list_publishers() == [*before, "Tribune"]


def test_readers_do_not_wait_behind_waiting_writes(serve: Serve, hold_lock: Hold) -> None:
    """Four more than there are places are refused at once, while the others still wait."""
    with serve(600) as (server, writer), ThreadPoolExecutor(PLACES + 4) as pool:
        before = list_publishers()
        with hold_lock():
            waiting = [pool.submit(post, writer, f"Paper {number}") for number in range(PLACES + 4)]
            refused = wait_for(waiting, 4)
            assert {answer.result().status for answer in refused} == {503}
            assert sum(answer.done() for answer in waiting) == 4
            for path in ("/healthz", "/readyz", "/v1/sources", "/v1/statistics/casualties", "/v1/claims.csv"):
                assert read_status(server.port, path) == 200, path
        done = wait_for(waiting, PLACES + 4)
        assert sorted(answer.result().status for answer in done) == [201] * PLACES + [503] * 4
        assert len(list_publishers()) == len(before) + PLACES


def wait_for(answers: list[Future[Answer]], number: int) -> list[Future[Answer]]:
    """Return the answers that have come, when there are so many."""
    while len(done := [answer for answer in answers if answer.done()]) < number:
        wait([answer for answer in answers if not answer.done()], timeout=60, return_when="FIRST_COMPLETED")
    return done


def test_nothing_is_written_for_a_client_that_has_left(databases: Databases, engine: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL)
    key = new_key("write")
    server, client = socket.socketpair()
    with server:
        assert send_post(app, key, "Herald", server) == 201
        client.close()
        assert send_post(app, key, "Tribune", server) == 400
    assert [name for name in list_publishers() if name in PUBLISHERS] == ["Herald"]


def send_post(app: Flask, key: str, publisher: str, connection: socket.socket) -> int:
    answer = app.test_client().post(
        "/v1/sources?reason=x&allow_duplicate=1",
        json={"publisher": publisher, "kind": "report", "language": "en"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": publisher},
        environ_overrides={SOCKET: connection},
    )
    return answer.status_code


def test_a_place_is_free_again_after_a_failure() -> None:
    places = WritePlaces(1)
    with pytest.raises(ZeroDivisionError), places.occupy():
        with pytest.raises(ApiProblem, match="Too many writes wait") as refused, places.occupy():
            pass
        assert refused.value.headers == {"Retry-After": "5"}
        raise ZeroDivisionError
    with places.occupy():
        pass
