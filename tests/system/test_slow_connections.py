"""gunicorn without a proxy: silent connections and unread bodies leave its threads to others."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from api.database.connection import connect_to
from tests.conftest import Databases
from tests.support import worlds
from tests.support.servers import Server, send, serving

MANY = 30  # more than there are threads
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
UNREAD = b"GET /v1/sides HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[Server]:
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(worlds.SMALL)
    with serving(url, databases.folder) as server:
        yield server


@contextlib.contextmanager
def connect_often(port: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(MANY):
            clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)))
            clients[-1].sendall(sent)
        yield clients


def test_silent_connections_are_closed_and_others_are_answered(served: Server) -> None:
    with connect_often(served.port, b"") as clients:
        assert b'{"status":"up"}' in send(served.port, GET)
        for client in clients:
            assert client.recv(1) == b""


def test_a_get_with_half_a_body_is_answered_and_closed(served: Server) -> None:
    with connect_often(served.port, UNREAD) as clients:
        assert b'{"status":"up"}' in send(served.port, GET)
        for client in clients:
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while part := client.recv(65_536):
                    answer += part
            assert answer.startswith(b"HTTP/1.1 200 OK")
