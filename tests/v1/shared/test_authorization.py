"""The API checks the key of a write before anything else in the request."""

from collections.abc import Iterator

import pytest
from flask import Flask

from api.http.rate_limits import OPEN_TO_ALL, SAFE
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told

#: Queries and bodies that get a 4xx when the key is valid.
QUERIES = ("", "?reason=", "?reason=x&reason=y", "?because=x")
BODIES = (b"", b"{", b'{"nothing": 1}', b"[]")
PATHS = {"record_id": "alpha", "resource": "sides", "webhook_id": "w1"}
WEBHOOKS = 2  # writes: registered and removed


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    worlds.write(worlds.SMALL)
    return open_client(empty)


def list_writes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield the method and address of each route that needs a key."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE - {"OPTIONS"}):
            if rule.endpoint not in OPEN_TO_ALL:
                yield method, adapter.build(rule.endpoint, {name: PATHS[name] for name in rule.arguments}, method)


def test_a_write_without_a_key_is_refused_for_that_alone(client: HonestClient) -> None:
    """401 comes before any 422: without a key nobody learns the faults of the query or the body."""
    writes = list(list_writes(client.application))
    assert len(writes) == 8 * 3 + 1 + WEBHOOKS
    assert ("POST", "/v1/sides/alpha/redaction") in writes
    for method, address in writes:
        for query in QUERIES:
            for body in BODIES:
                answer = client.open(address + query, method=method, data=body, content_type="application/json")
                told(answer, 401, "unauthorized")


def test_the_document_names_the_scopes_of_every_write(client: HonestClient) -> None:
    """The scopes that every request needs, and those that only some bodies need."""
    paths = client.document()["paths"]
    writes = {
        (method, path): operation["description"]
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "parameters" and operation.get("security") == [{"key": []}]
    }
    for path in ("/v1/webhooks", "/v1/webhooks/{webhook_id}"):
        for method in ("get", "post", "delete"):
            description = writes.pop((method, path), "Needs a key with the scope webhook.")
            assert description.startswith("Needs a key with the scope webhook."), (method, path)
    assert len(writes) == 8 * 3 + 1
    for (method, path), description in writes.items():
        first = {"delete": "retract"}.get(method, "admin" if path.endswith("/redaction") else "write")
        assert description.startswith(f"Needs a key with the scope {first}."), (method, path)
        assert ("also needs the scope retract" in description) == (first == "write"), (method, path)


def test_a_key_without_the_scope_is_refused_for_that_alone(client: HonestClient) -> None:
    headers = {"Authorization": f"Bearer {new_key('import')}"}
    for method, address in list_writes(client.application):
        for query, body in zip(QUERIES, BODIES, strict=True):
            answer = client.open(
                address + query, method=method, data=body, content_type="application/json", headers=headers
            )
            told(answer, 403, "forbidden")
