"""A key registers, lists and removes its own webhooks; what cannot be sent later is refused at once."""

from typing import Any

import pytest
from flask import Flask

from api.webhooks.registrations import MOST_OF_KEY
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told

URL = "https://hooks.example.org/changes"
QUESTION = "/v1/claims?conflict=war&harm=killed"


@pytest.fixture
def app(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL, webhook_hosts="hooks.example.org")


@pytest.fixture
def client(app: Flask) -> HonestClient:
    return open_client(app)


@pytest.fixture
def headers(client: HonestClient) -> dict[str, str]:
    worlds.rebound(client.application)
    return {"Authorization": f"Bearer {new_key('webhook')}"}


def register(client: HonestClient, headers: dict[str, str], **sent: Any) -> Any:
    return client.post("/v1/webhooks", json={"url": URL, "question": QUESTION, **sent}, headers=headers)


def test_a_webhook_is_registered_shown_and_removed(client: HonestClient, headers: dict[str, str]) -> None:
    answer = register(client, headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "private, no-store")
    data = answer.json["data"]
    assert data["secret"].startswith("whsec_")
    shown = {name: value for name, value in data.items() if name != "secret"}
    assert (shown["url"], shown["question"], shown["status"], shown["attempts"]) == (URL, QUESTION, "active", 0)
    newest = client.get("/v1/changes?sort=-seq&limit=1").json["data"][0]["seq"]
    assert shown["delivered_seq"] == newest
    assert client.get("/v1/webhooks", headers=headers).json["data"] == [shown]
    assert client.get(f"/v1/webhooks/{data['id']}", headers=headers).json["data"] == shown
    assert client.delete(f"/v1/webhooks/{data['id']}", headers=headers).status_code == 204
    assert client.get("/v1/webhooks", headers=headers).json["data"] == []
    told(client.delete(f"/v1/webhooks/{data['id']}", headers=headers), 404, "not-found")


def test_nobody_sees_the_webhooks_of_another_key(client: HonestClient, headers: dict[str, str]) -> None:
    slug = register(client, headers).json["data"]["id"]
    other = {"Authorization": f"Bearer {new_key('webhook')}"}
    assert client.get("/v1/webhooks", headers=other).json["data"] == []
    told(client.get(f"/v1/webhooks/{slug}", headers=other), 404, "not-found")
    told(client.delete(f"/v1/webhooks/{slug}", headers=other), 404, "not-found")
    told(client.get("/v1/webhooks"), 401, "unauthorized")
    told(client.get("/v1/webhooks", headers={"Authorization": f"Bearer {new_key('write')}"}), 403, "forbidden")
    assert len(client.get("/v1/webhooks", headers=headers).json["data"]) == 1


@pytest.mark.parametrize(
    ("sent", "place", "words"),
    [
        ({"url": "https://example.net/x"}, "/url", "does not allow the host example.net"),
        ({"url": "http://hooks.example.org/x"}, "/url", "Must begin with https://"),
        ({"url": "nonsense"}, "/url", "Must be a URL"),
        ({"url": None}, "/url", "Must not be null."),
        ({"question": "/v1/claims?harn=killed"}, "/question", "harn: Is not a parameter here."),
        ({"question": "/v1/claims?conflict=wart"}, "/question", "conflict: 'wart' is not in this database."),
        ({"question": "/v1/claims?limit=3"}, "/question", "limit: Is not a parameter here."),
        ({"question": "/v1/claims?revision=1"}, "/question", "revision: Is not a parameter here."),
        ({"question": "/v1/claims?used_by=row%3Dkilled"}, "/question", "Must not have used_by"),
        ({"question": "/v1/changes?since=1"}, "/question", "since: Is not a parameter here."),
        ({"question": "/v1/statistics/casualties"}, "/question", "Must be the address of a list"),
        ({"question": "https://example.net/v1/claims"}, "/question", "Must be the address of a list"),
        ({"since": -1}, "/since", "0"),
        ({"more": 1}, "/more", "Unknown field."),
    ],
)
def test_what_cannot_be_delivered_is_refused(
    client: HonestClient, headers: dict[str, str], sent: dict[str, Any], place: str, words: str
) -> None:
    body = told(register(client, headers, **sent), 422, "invalid-body")
    (fault,) = body["errors"]
    assert fault["name"] == place and words in fault["message"]
    assert client.get("/v1/webhooks", headers=headers).json["data"] == []


def test_a_body_that_is_no_object_is_refused(client: HonestClient, headers: dict[str, str]) -> None:
    told(client.post("/v1/webhooks", json=[], headers=headers), 422, "invalid-body")


def test_the_public_address_may_be_in_the_question(client: HonestClient, headers: dict[str, str]) -> None:
    data = register(client, headers, question=f"http://127.0.0.1:8000{QUESTION}").json["data"]
    assert data["question"] == QUESTION


def test_a_key_has_so_many_and_no_more(client: HonestClient, headers: dict[str, str]) -> None:
    for _ in range(MOST_OF_KEY):
        assert register(client, headers).status_code == 201
    assert "Remove one first" in told(register(client, headers), 422, "invalid-body")["detail"]


def test_a_server_without_hosts_has_no_webhooks(databases: Databases, engine: str) -> None:
    client = open_client(worlds.made(databases, engine, worlds.SMALL))
    headers = {"Authorization": f"Bearer {new_key('webhook')}"}
    assert "sends no webhooks" in told(register(client, headers), 422, "invalid-body")["detail"]
