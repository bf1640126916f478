"""Another session holds the write lock of the database: reads and health go on, and writes are refused in words."""

import pytest
from flask import Flask

from api.database import write_waits
from api.database.connection import database, handle_of
from tests.conftest import Databases
from tests.support.clients import open_small_world


def test_while_another_session_writes_reads_go_on_and_writes_are_refused(
    empty: Flask, databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "postgres":
        pytest.skip("PostgreSQL makes writers wait; see tests/system/test_waiting_writes.py")
    client = open_small_world(empty, "write")
    monkeypatch.setattr(write_waits._setting, "seconds", 0.2)
    headers = {"Authorization": f"Bearer {empty.config['KEY']}", "Idempotency-Key": "one"}

    def post() -> tuple[int, str | None, str]:
        answer = client.post("/v1/sources?reason=x", json={"publisher": "Times"}, headers=headers)
        return answer.status_code, answer.headers.get("Retry-After"), answer.json.get("detail", "")

    other = handle_of(f"sqlite:///{database.obj.database}")
    with other.connection_context(), other.atomic():
        assert post() == (503, "5", "Another process is writing to the database. Try again.")
        for address in ("/v1/claims", "/v1/statistics/casualties?conflict=war", "/healthz", "/readyz"):
            assert client.get(address).status_code == 200, address
    assert post()[0] == 201
