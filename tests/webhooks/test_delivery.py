"""Messages arrive signed, in order and at least once, also after failures and after the process ended."""

import datetime
import json
import logging
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.auth import api_keys
from api.cli.webhooks import webhooks_group
from api.database.clock import utc_now
from api.database.connection import database
from api.database.statements import select_rows
from api.webhooks import delivery, registrations
from api.webhooks.delivery import DELAYS
from api.writes.update import mark_retracted, revise_record
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import open_client
from tests.support.receivers import Receiver, receiving
from tests.support.servers import ROOT, variables


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def app(databases: Databases, engine: str, receiver: Receiver) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL, webhook_hosts=receiver.host)


class Subscriber:
    """A key, and what it registers."""

    def __init__(self, app: Flask, receiver: Receiver) -> None:
        self.app, self.receiver, self.client = app, receiver, open_client(app)
        worlds.rebound(app)
        self.headers = {"Authorization": f"Bearer {new_key('webhook')}"}

    def register(self, question: str, **more: Any) -> str:
        body = {"url": self.receiver.url, "question": question, **more}
        answer = self.client.post("/v1/webhooks", json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        data = answer.json["data"]
        self.receiver.secrets[data["id"]] = data["secret"]
        slug: str = data["id"]
        return slug

    def show(self, slug: str) -> dict[str, Any]:
        data: dict[str, Any] = self.client.get(f"/v1/webhooks/{slug}", headers=self.headers).json["data"]
        return data


@pytest.fixture
def subscriber(app: Flask, receiver: Receiver) -> Subscriber:
    return Subscriber(app, receiver)


def deliver(app: Flask) -> Result:
    with app.app_context():
        result = CliRunner().invoke(webhooks_group, ["deliver", "--once"])
    assert result.exit_code == 0, result.output
    return result


def revise(record_type: str, record: str, **fields: Any) -> None:
    with database.connection_context():
        revise_record(record_type, record, fields, "A correction.", "editor")


def make_due(slug: str) -> None:
    """Put the time of the next attempt into the past."""
    with database.connection_context():
        registrations.Webhook.update(due_at="2000-01-01T00:00:00Z").where(registrations.Webhook.slug == slug).execute()


def test_a_change_arrives_signed(app: Flask, receiver: Receiver, subscriber: Subscriber) -> None:
    slug = subscriber.register("/v1/claims?conflict=war&claimant=alpha-mod")
    revise("claims", "a-own", note="See the ministry.")
    revise("claims", "b-north", note="Of another claimant.")
    with database.connection_context():
        mark_retracted("claims", "a-own", "Not theirs.", "editor")
    assert deliver(app).output == f"{slug}\t2 changes\tdelivered\n"
    (message,) = receiver.messages
    assert (message["type"], message["data"]["webhook"]) == ("records.changed", slug)
    assert [(change["operation"], change["id"]) for change in receiver.changes] == [
        ("revise", "a-own"),
        ("retract", "a-own"),
    ]
    first, second = receiver.changes
    assert first["title"] == "Ministry of Alpha: 3 civilians (female) of Alpha killed; note changed"
    assert first["url"] == "http://127.0.0.1:8000/v1/claims/a-own"
    assert (first["revision"], second["revision"]) == (2, 4)
    assert second["seq"] == first["seq"] + 2
    assert message["timestamp"] == second["made_at"]
    shown = subscriber.show(slug)
    newest = subscriber.client.get("/v1/changes?limit=1&sort=-seq").json["data"][0]["seq"]
    assert (shown["status"], shown["attempts"], shown["delivered_seq"]) == ("active", 0, newest)
    assert deliver(app).output == ""
    assert len(receiver.attempts) == 1


def test_the_request_has_the_fields_of_the_specification(
    app: Flask, receiver: Receiver, subscriber: Subscriber
) -> None:
    subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    deliver(app)
    ((headers, body),) = receiver.attempts
    assert headers["content-type"] == "application/json" and headers["host"] == receiver.host
    assert headers["webhook-signature"].startswith("v1,") and headers["webhook-timestamp"].isdecimal()
    assert json.loads(body)["data"]["question"] == "/v1/sides"


def test_since_brings_what_was_before_in_messages_of_a_hundred(
    databases: Databases, engine: str, receiver: Receiver
) -> None:
    app = worlds.made(databases, engine, worlds.many(60), webhook_hosts=receiver.host)
    subscriber = Subscriber(app, receiver)
    subscriber.register("/v1/changes?resource=claims,reports", since=0)
    assert len(deliver(app).output.splitlines()) == 2
    assert [len(message["data"]["changes"]) for message in receiver.messages] == [100, 22]
    seqs = [change["seq"] for change in receiver.changes]
    logged = open_client(app).get("/v1/changes?resource=claims,reports&limit=1000&fields=seq").json["data"]
    assert seqs == sorted(seqs) == [change["seq"] for change in logged]


def test_a_failed_message_is_tried_again_with_growing_delays_and_given_up(
    app: Flask, receiver: Receiver, subscriber: Subscriber
) -> None:
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    receiver.answers = [500] * (len(DELAYS) + 1)
    for attempt, delay in enumerate(DELAYS, 1):
        before = datetime.datetime.fromisoformat(utc_now())
        assert deliver(app).output == f"{slug}\t1 changes\tThe answer was 500.\n"
        shown = subscriber.show(slug)
        assert (shown["status"], shown["attempts"], shown["last_error"]) == ("failing", attempt, "The answer was 500.")
        waits = datetime.datetime.fromisoformat(shown["next_attempt_at"]) - before
        assert delay <= waits.total_seconds() <= delay + 60
        assert deliver(app).output == ""  # not before its time
        make_due(slug)
    deliver(app)
    shown = subscriber.show(slug)
    assert (shown["status"], shown["next_attempt_at"]) == ("failed", None)
    assert shown["failed_at"] is not None
    assert deliver(app).output == ""
    assert {headers["webhook-id"] for headers, _ in receiver.attempts} == {receiver.attempts[0][0]["webhook-id"]}
    assert len({body for _, body in receiver.attempts}) == 1


def test_what_was_not_accepted_is_sent_before_what_is_newer(
    app: Flask, receiver: Receiver, subscriber: Subscriber
) -> None:
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="First.")
    receiver.answers = [503]
    deliver(app)
    revise("sides", "red", note="Second.")
    make_due(slug)
    deliver(app)
    assert [change["id"] for change in receiver.changes] == ["alpha", "red"]
    assert [len(message["data"]["changes"]) for message in receiver.messages] == [1, 1]
    assert subscriber.show(slug)["last_error"] == ""


def test_a_process_that_ends_in_between_loses_nothing(
    app: Flask, receiver: Receiver, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message was accepted, and then the process was killed before it could store that."""
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    with monkeypatch.context() as killed:
        killed.setattr(delivery, "_note_attempt", interrupt)
        with app.app_context(), pytest.raises(KilledError):
            CliRunner().invoke(webhooks_group, ["deliver", "--once"], catch_exceptions=False, standalone_mode=False)
    assert deliver(app).output == ""  # the other process may still be sending
    make_due(slug)
    deliver(app)
    ids = [headers["webhook-id"] for headers, _ in receiver.attempts]
    assert len(ids) == 2 and ids[0] == ids[1]
    assert subscriber.show(slug)["status"] == "active"


class KilledError(BaseException):
    """Ends the process."""


def interrupt(*arguments: Any) -> None:
    raise KilledError


@pytest.mark.parametrize("status", [301, 307, 404])
def test_a_redirect_is_not_followed(app: Flask, receiver: Receiver, subscriber: Subscriber, status: int) -> None:
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    receiver.answers = [status]
    deliver(app)
    assert len(receiver.attempts) == 1 and receiver.messages == []
    assert subscriber.show(slug)["last_error"] == f"The answer was {status}."


def test_a_receiver_that_is_gone_is_given_up_at_once(app: Flask, receiver: Receiver, subscriber: Subscriber) -> None:
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    receiver.answers = [410]
    deliver(app)
    assert subscriber.show(slug)["status"] == "failed"


def test_one_that_fails_does_not_hold_up_another(app: Flask, receiver: Receiver, subscriber: Subscriber) -> None:
    slugs = sorted(subscriber.register(question) for question in ("/v1/sides", "/v1/sides?id=alpha"))
    revise("sides", "alpha", note="A note.")
    receiver.answers = [500]
    deliver(app)
    assert sorted(subscriber.show(slug)["status"] for slug in slugs) == ["active", "failing"]
    assert len(receiver.messages) == 1


def test_a_revoked_key_gets_nothing(app: Flask, receiver: Receiver, subscriber: Subscriber) -> None:
    subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    with database.connection_context():
        api_keys.revoke(subscriber.headers["Authorization"].split("_")[1])
    assert deliver(app).output == ""
    assert receiver.attempts == []


def test_a_host_that_is_no_longer_allowed_gets_nothing(
    databases: Databases, app: Flask, receiver: Receiver, subscriber: Subscriber
) -> None:
    slug = subscriber.register("/v1/sides")
    revise("sides", "alpha", note="A note.")
    app.config["WEBHOOK_HOSTS"] = "hooks.example.org"
    deliver(app)
    assert receiver.attempts == []
    assert subscriber.show(slug)["status"] == "failing"


def test_a_question_that_is_not_valid_any_more_does_not_stop_the_others(
    app: Flask, receiver: Receiver, subscriber: Subscriber
) -> None:
    """A newer version of the program may lack a filter."""
    broken, sound = subscriber.register("/v1/sides?id=alpha"), subscriber.register("/v1/sides")
    with database.connection_context():
        row = registrations.Webhook.slug == broken
        registrations.Webhook.update(question="/v1/sides?nothing=1").where(row).execute()
    revise("sides", "alpha", note="A note.")
    deliver(app)
    assert subscriber.show(broken)["last_error"].startswith("The question is not valid any more. nothing:")
    assert [message["data"]["webhook"] for message in receiver.messages] == [sound]


def test_the_process_waits_for_changes_and_ends_at_a_signal(
    databases: Databases, receiver: Receiver, tmp_path: pathlib.Path
) -> None:
    url = databases.upgraded("sqlite")
    app = make_app(url, databases.folder, webhook_hosts=receiver.host)
    worlds.write(worlds.SMALL)
    subscriber = Subscriber(app, receiver)
    subscriber.register("/v1/sides")
    environment = {**os.environ, **variables(url, databases.folder, 8000), "COUNTERCLAIM_WEBHOOK_HOSTS": receiver.host}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "webhooks", "deliver", "--seconds", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        revise("sides", "alpha", note="A note.")
        assert receiver.arrived.wait(60)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert output.endswith("\t1 changes\tdelivered\n")
    assert [change["id"] for change in receiver.changes] == ["alpha"]


def test_nothing_is_sent_where_no_host_is_allowed(databases: Databases, engine: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder)
    with app.app_context():
        result = CliRunner().invoke(webhooks_group, ["deliver", "--once"])
    assert result.exit_code == 1 and "COUNTERCLAIM_WEBHOOK_HOSTS is empty" in result.output


def test_no_table_no_log_and_no_other_answer_has_the_secret(
    app: Flask, receiver: Receiver, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slug = subscriber.register("/v1/sides")
    secret = receiver.secrets[slug].removeprefix("whsec_")
    revise("sides", "alpha", note="A note.")
    receiver.answers = [500]
    output = deliver(app).output
    with database.connection_context():
        stored = str(select_rows("SELECT * FROM webhook")) + str(select_rows("SELECT * FROM answered"))
        logged = str(select_rows("SELECT * FROM change"))
    with app.app_context():
        listed = CliRunner().invoke(webhooks_group, ["list"]).output
    shown = subscriber.client.get("/v1/webhooks", headers=subscriber.headers).text
    assert slug in stored and slug in listed and slug in shown
    assert secret not in stored + logged + output + listed + shown + caplog.text + str(receiver.attempts)
