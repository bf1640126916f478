"""A commit that its standby never confirms is not acknowledged, and sent again it is made once."""

import threading
from collections.abc import Iterator
from typing import Any

import peewee
import psycopg
import pytest
from werkzeug.test import TestResponse

from api.auth import api_keys
from api.database import postgres_handle, write_waits
from api.database.connection import database
from api.database.statements import select_rows
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.waiting import wait_until

ABSENT = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
PRESENT = "ALTER SYSTEM RESET synchronous_standby_names"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


class Primary:
    """A server whose commits can be made to wait for a standby that does not exist."""

    def __init__(self, databases: Databases) -> None:
        self.server = databases.server
        self.app = make_app(databases.upgraded("postgres"), databases.folder)
        with database.connection_context():
            self.key = api_keys.create("An editor", ["admin"], None)
        self.count_sides()  # the use of the key is recorded once a minute, which is a write too
        self.add("first")

    def command(self, *statements: str) -> Any:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as session:
            for statement in statements:
                cursor = session.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def lose_standby(self) -> None:
        self.command(ABSENT, "SELECT pg_reload_conf()")
        wait_until(lambda: self.command("SHOW synchronous_standby_names") == [("nobody",)])

    def find_standby(self) -> None:
        self.command(PRESENT, "SELECT pg_reload_conf()")
        wait_until(lambda: not self.command(WAITING))

    def count_sides(self) -> int:
        return int(self.ask().json["meta"]["total"])

    def ask(self) -> TestResponse:
        return self.app.test_client().get("/v1/sides", headers={"Authorization": f"Bearer {self.key}"})

    def add(self, slug: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": slug}
        return self.app.test_client().post("/v1/sides?reason=x", json={"id": slug, "name": slug}, headers=headers)

    def patch(self, slug: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "If-Match": "*"}
        return self.app.test_client().patch(f"/v1/sides/{slug}?reason=x", json={"name": slug}, headers=headers)


@pytest.fixture
def primary(databases: Databases) -> Iterator[Primary]:
    made = Primary(databases)
    yield made
    made.find_standby()
    database.obj.close()


def test_a_write_that_no_standby_confirms_is_not_acknowledged(
    primary: Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_handle, "COMMIT_SECONDS", 0.5)
    monkeypatch.setattr(write_waits._setting, "seconds", 1)
    primary.lose_standby()
    refused = worlds.told(primary.add("lost"), 503, "unavailable")
    assert refused["detail"].startswith("The write was not confirmed in time"), refused
    # The first still waits, and has the lock of writers: others are refused soon, and reading goes on.
    second = worlds.told(primary.add("second"), 503, "unavailable")
    assert second["detail"] == "Another process is writing to the database. Try again."
    assert primary.count_sides() == 1
    primary.find_standby()
    answer = primary.add("lost")
    assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (201, "true")
    assert primary.count_sides() == 2


def test_a_cancelled_wait_is_not_acknowledged(primary: Primary, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL answers it with success and a warning, although a failover may lose the transaction."""
    primary.lose_standby()
    answers: list[TestResponse] = []
    writing = threading.Thread(target=lambda: answers.append(primary.add("cancelled")))
    writing.start()
    wait_until(lambda: bool(primary.command(WAITING)))
    primary.command(f"SELECT pg_cancel_backend(pid) FROM ({WAITING}) AS waiting")
    writing.join(60)
    assert worlds.told(answers[0], 503, "unavailable")["detail"].startswith("The write was not confirmed")
    # It is in the tables of the primary now. Sent again, it is acknowledged only when a standby has it too.
    monkeypatch.setattr(postgres_handle, "COMMIT_SECONDS", 0.5)
    again = worlds.told(primary.add("cancelled"), 503, "unavailable")
    assert again["detail"].startswith("The write was not confirmed")
    unchanged = primary.patch("cancelled")  # it finds what was not confirmed, and writes nothing
    assert worlds.told(unchanged, 503, "unavailable")["detail"].startswith("The write was not confirmed")
    primary.find_standby()
    assert primary.add("cancelled").headers.get("Idempotent-Replayed") == "true"
    assert primary.patch("cancelled").status_code == 200


def test_a_commit_whose_server_ends_is_not_acknowledged(primary: Primary) -> None:
    primary.lose_standby()
    answers: list[TestResponse] = []
    writing = threading.Thread(target=lambda: answers.append(primary.add("ended")))
    writing.start()
    wait_until(lambda: bool(primary.command(WAITING)))
    primary.command(f"SELECT pg_terminate_backend(pid) FROM ({WAITING}) AS waiting")
    writing.join(60)
    assert worlds.told(answers[0], 503, "unavailable")["detail"].startswith("The write was not confirmed")


def test_a_refused_commit_has_its_own_error(primary: Primary) -> None:
    primary.app.test_client().get("/healthz")
    with database.connection_context():
        database.execute_sql("CREATE TABLE checked (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        with pytest.raises(peewee.IntegrityError, match="checked_number_key"), database.atomic():
            database.execute_sql("INSERT INTO checked VALUES (1), (1)")
        with database.atomic():
            database.execute_sql("INSERT INTO checked VALUES (2)")
        assert select_rows("SELECT number FROM checked") == [(2,)]
