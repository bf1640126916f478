"""The connection that a thread keeps between requests."""

import psycopg
import pytest
from flask import Flask

from api.database.connection import database, is_postgres
from api.database.statements import select_rows
from tests.support.contract import open_client

SESSION = "SELECT pg_backend_pid()"


def read_session() -> int:
    return int(select_rows(SESSION)[0][0])


def end_session(number: int) -> None:
    """End a session of PostgreSQL as its administrator would, and wait until it has ended."""
    with psycopg.connect(database.obj.connection().info.dsn, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", (number,)).fetchone() == (True,)


def test_requests_of_a_thread_share_a_session(empty: Flask) -> None:
    client = open_client(empty)
    assert client.get("/v1/claims").status_code == 200
    connection = database.obj.connection()
    assert client.get("/v1/claims?limit=1").status_code == 200
    assert database.obj.connection() is connection
    database.obj.close()


def test_a_session_that_postgresql_ended_is_begun_again(empty: Flask) -> None:
    client = open_client(empty)
    assert client.get("/v1/claims").status_code == 200
    if not is_postgres():
        pytest.skip("SQLite has no sessions")
    first = read_session()
    end_session(first)
    assert client.get("/v1/claims?limit=1").status_code == 200
    assert read_session() != first
    database.obj.close()
