"""A file that is sent when it is complete is no longer written when its client has left."""

import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.exceptions import ClientDisconnected

from api.http.client_presence import SOCKET, while_client_waits
from tests.conftest import Databases
from tests.support import worlds

ADDRESSES = ("/v1/claims.xlsx", "/v1/claims.parquet", "/v1/export.xlsx")


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield the ends of the server and of the client."""
    server, client = socket.socketpair()
    yield server, client
    server.close()
    client.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_file_ends_when_its_client_leaves(
    world: Flask, ends: tuple[socket.socket, socket.socket], address: str
) -> None:
    server, client = ends
    assert world.test_client().get(address, environ_overrides={SOCKET: server}).status_code == 200
    client.send(b"GET / HTTP/1.1\r\n")  # the next request is no reason to end this one
    assert world.test_client().get(address, environ_overrides={SOCKET: server}).status_code == 200
    server.recv(100)
    client.close()
    assert world.test_client().get(address, environ_overrides={SOCKET: server}).status_code == 400


def test_no_chunk_is_read_after_the_client_left(world: Flask, ends: tuple[socket.socket, socket.socket]) -> None:
    server, client = ends
    numbers = iter(range(10))
    with world.test_request_context(environ_overrides={SOCKET: server}):
        chunks = while_client_waits(numbers)
        assert [next(chunks), next(chunks)] == [0, 1]
        client.close()
        with pytest.raises(ClientDisconnected):
            next(chunks)
    assert next(numbers) == 3
