"""Every bad input to every write endpoint gets the answer of the table, never a 5xx, and writes nothing."""

import concurrent.futures
import datetime
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from flask import Flask
from marshmallow import fields
from werkzeug.test import TestResponse

from api.auth import api_keys, idempotency
from api.database.connection import database
from api.database.models import TABLES, ApiKey
from api.database.statements import select_rows
from api.records.record_types import RECORD_TYPES
from schemas.fields import Day, Degrees, Figure, Grade, Slug, Text, Word
from schemas.sources import WebAddress
from tests.conftest import Databases
from tests.support import bad_inputs, worlds
from tests.support.bad_inputs import ASKED, BODIES, NOT_HERE, OF_THEIR_OWN, VALUES, Asked, Body, Value
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told

Document = dict[str, Any]
KINDS: dict[str, type[fields.Field[Any]]] = {
    "text": Text, "name": Text, "day": Day, "address": WebAddress, "figure": Figure, "grade": Grade,
    "degrees": Degrees, "slug": Slug, "word": Word,
}  # fmt: skip
#: A valid new record of each type.
GOOD: dict[str, Document] = {
    "sides": {"name": "New side"},
    "conflicts": {"name": "New war"},
    "claimants": {"name": "New voice"},
    "sources": {"publisher": "New paper"},
    "events": {
        "name": "New event", "type": "Battles", "conflict": "war", "started_on": "2020-01-01", "ended_on": "2020-01-02"
    },
    "claims": {
        "conflict": "war", "claimant": "observers", "harm": "killed", "measure": "cumulative", "qualifier": "about",
        "best": 5, "reports": [{"source": "times"}],
    },
    "reports": {"claim": "a-killed", "source": "wire"},
    "relations": {"claim": "a-own", "kind": "contradicts", "target": "b-north"},
}  # fmt: skip
REDACTION = b'{"fields": ["note"]}'
TYPES_SENT = tuple(GOOD)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    """Return the small world. Tests write nothing to it."""
    return with_key(worlds.made(databases, engine, worlds.SMALL))


@pytest.fixture
def client(app: Flask) -> Iterator[HonestClient]:
    with unchanged(app) as client:
        yield client


def with_key(app: Flask) -> Flask:
    """Return the application with a key for every scope and its current row counts."""
    app.config["KEY"] = new_key("admin")
    app.config["HELD"] = held()
    return app


@contextmanager
def unchanged(app: Flask) -> Iterator[HonestClient]:
    """Yield a client, and check that nothing was written."""
    client = open_client(app)
    client.get("/healthz")  # binds the models to its database
    yield client
    assert held() == app.config["HELD"]


def held() -> list[tuple[Any, ...]]:
    """Return the number of rows of every table, and the newest revision."""
    names = [table._meta.table_name for table in TABLES if table is not ApiKey]
    counts = " UNION ALL ".join(f"SELECT COUNT(*) FROM {name}" for name in names)
    with database.connection_context():
        return select_rows(f"{counts} UNION ALL SELECT MAX(number) FROM revision")


def ask(
    client: HonestClient, method: str, record_type: str, data: bytes, *, query: str | None = None,
    path: str | None = None, content_type: str | None = bad_inputs.JSON, headers: dict[str, str | None] | None = None,
) -> TestResponse:  # fmt: skip
    """Send a write that is valid except for the arguments. A header of None is left out."""
    at = f"/v1/{record_type}" if method == "POST" else f"/v1/{record_type}/{path or worlds.SMALL[record_type][0]['id']}"
    method, at = ("POST", f"{at}/redaction") if method == "REDACT" else (method, at)
    usual = {
        "Authorization": f"Bearer {client.application.config['KEY']}",
        "Idempotency-Key": f"number-{next(_numbers)}",
        "If-Match": "*",
    }
    sent = {name: value for name, value in {**usual, **(headers or {})}.items() if value is not None}
    address = f"{at}?{'reason=A+test' if query is None else query}"
    return client.open(address, method=method, data=data, content_type=content_type, headers=sent)


def dumped(document: Document) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.night)], ids=["", "all"])
def whole(request: pytest.FixtureRequest) -> bool:
    """Return whether every row is tried with every record type, not only the first row of each number."""
    return bool(request.param)


def record_types_for(row: Body | Value | Asked, table: Sequence[Any], whole: bool) -> tuple[str, ...]:
    """Return all record types for the first row of each number, and one type in turn for the others."""
    place = table.index(row)
    is_first = all(other.row != row.row for other in table[:place])
    return TYPES_SENT if whole or is_first else (TYPES_SENT[place % len(TYPES_SENT)],)


@pytest.mark.parametrize("row", BODIES, ids=lambda row: f"{row.row} {row.name}")
def test_a_body_that_is_no_record_is_refused(client: HonestClient, whole: bool, row: Body) -> None:
    for record_type in record_types_for(row, BODIES, whole):
        for method in bad_inputs.WITH_BODY:
            answer = ask(client, method, record_type, row.data, content_type=row.content_type, headers={**row.headers})
            found = told(answer, row.status, row.problem)
            assert len(answer.data) < 10_000 and (found["errors"] or row.status == 413)


@pytest.mark.parametrize("row", VALUES, ids=lambda row: f"{row.row} {row.kind} {row.text[:24]}")
def test_a_value_that_no_field_takes_is_refused_in_each(client: HonestClient, whole: bool, row: Value) -> None:
    having = [record_type for record_type in GOOD if fields_of(record_type, row)]
    asked = record_types_for(row, VALUES, whole)
    for record_type in [record_type for record_type in having if record_type in asked] or having[:1]:
        good, names = GOOD[record_type], fields_of(record_type, row)
        for method in bad_inputs.BOTH:
            record = {name: json.dumps(value) for name, value in good.items()} if method == "POST" else {}
            record |= dict.fromkeys(names, row.text)
            data = "{" + ", ".join(f'"{name}": {text}' for name, text in record.items()) + "}"
            answer = ask(client, method, record_type, data.encode())
            found = told(answer, 422, "invalid-body")
            assert {error["name"] for error in found["errors"]} >= {f"/{name}" for name in names}
            assert len(answer.data) < 30_000


def fields_of(record_type: str, row: Value) -> list[str]:
    """The fields of that kind in a record of the type; one of them where the value fits but once into a body."""
    names = [
        name
        for name, field in RECORD_TYPES[record_type].schema.fields.items()
        if type(field) is KINDS[row.kind] and (row.kind != "name" or field.required)
    ]
    return names[:1] if row.alone else names


@pytest.mark.parametrize("row", ASKED, ids=lambda row: f"{row.row} {row.name}")
def test_a_good_body_wrongly_asked_is_refused(client: HonestClient, whole: bool, row: Asked) -> None:
    for record_type in record_types_for(row, ASKED, whole):
        for method in row.methods:
            data = {"POST": dumped(GOOD[record_type]), "PATCH": b'{"status_reason": "x"}', "DELETE": b""}.get(
                method, REDACTION
            )
            answer = ask(client, method, record_type, data, query=row.query, path=row.path, headers=row.headers)
            told(answer, row.status, row.problem)


def test_every_row_of_the_list_has_its_place() -> None:
    told_in = {row.row for row in (*BODIES, *VALUES, *ASKED)}
    assert told_in | set(NOT_HERE) | OF_THEIR_OWN == set(range(1, 73))
    assert not set(NOT_HERE) & told_in


# Rows with their own test ----------------------------------------------------------------------------------------


def test_a_key_of_another_scope_is_told_so_and_every_other_is_told_the_same(client: HonestClient) -> None:
    revoked = new_key("write", "retract")
    with database.connection_context():
        api_keys.revoke(revoked.split("_")[1])
    wrong = [None, "Bearer", f"Bearer {revoked}", f"Bearer {new_key('write', expires_on='2020-01-01')}", "Bearer a_b_c"]
    for record_type, good in GOOD.items():
        for method in ("POST", "PATCH", "DELETE", "REDACT"):
            answers = [
                ask(client, method, record_type, dumped(good), headers={"Authorization": value}) for value in wrong
            ]
            bodies = [told(answer, 401, "unauthorized") | {"request_id": ""} for answer in answers]
            assert bodies.count(bodies[0]) == len(wrong)
            assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="counterclaim"'}
    wrong_scopes = {
        "retract": (*bad_inputs.BOTH, "REDACT"), "write": ("DELETE", "REDACT"), "import": ("POST", "DELETE", "REDACT"),
    }  # fmt: skip
    for scope, methods in wrong_scopes.items():
        authorization = f"Bearer {new_key(scope)}"
        for method, record_type in itertools.product(methods, GOOD):
            answer = ask(
                client, method, record_type, dumped(GOOD[record_type]), headers={"Authorization": authorization}
            )
            told(answer, 403, "forbidden")


def test_a_key_that_may_not_is_refused_before_its_body_is_read(client: HonestClient) -> None:
    for method in bad_inputs.WITH_BODY:
        told(ask(client, method, "sides", b"x" * 2_000_000, headers={"Authorization": None}), 401, "unauthorized")
        large = told(ask(client, method, "sides", b"x" * 2_000_000), 413, "body-too-large")
        assert large["detail"] == "The body has more than 1,048,576 bytes. Send it in several parts."


def test_an_api_key_in_a_wrong_place_is_not_stored(client: HonestClient, app: Flask) -> None:
    """An Idempotency-Key is stored as it is, and a record is published."""
    key: str = app.config["KEY"]
    data = dumped({"publisher": "Paper of keys"})
    as_name = told(
        ask(client, "POST", "sources", data, headers={"Idempotency-Key": key}), 400, "idempotency-key-required"
    )
    assert as_name["detail"] == "The Idempotency-Key is an API key. Send another text, new for each new request."
    for method in bad_inputs.WITH_BODY:
        in_body = told(ask(client, method, "sources", dumped({"note": f"By {key}."})), 422, "invalid-body")
        assert in_body["detail"].startswith("The body has an API key")
    hidden = "".join(f"%{letter:02x}" for letter in key.encode())
    for spelling in (hidden, key.replace("_", "%255F")):
        in_address = told(client.get(f"/v1/claims?q={spelling}"), 400, "bad-query")
        assert in_address["instance"].endswith("_***") or in_address["instance"].endswith("%5F***")
    with database.connection_context():
        assert key not in {name for (name,) in select_rows("SELECT idempotency_key FROM answered")}


def test_a_key_in_flight_or_spent_on_another_request_is_refused(client: HonestClient, app: Flask) -> None:
    slug = app.config["KEY"].split("_")[1]
    for record_type, good in GOOD.items():
        with database.connection_context(), idempotency.lock_key(slug, "in-flight"):
            answer = in_another_thread(partial(ask, client, "POST", record_type, dumped(good), headers=IN_FLIGHT))
            told(answer, 409, "idempotency-key-in-flight")
            assert answer.headers["Retry-After"] == "1"


def test_the_lock_of_a_key_ends_with_the_transaction(client: HonestClient, engine: str) -> None:
    """Behind PgBouncer in transaction mode a session lock stays, and every retry must wait."""
    if engine == "sqlite":
        pytest.skip("locks a file")
    with database.connection_context(), idempotency.lock_key("k", "retried"):
        assert select_rows(ADVISORY) == [(1,)]
        database.obj.rollback()
        assert select_rows(ADVISORY) == [(0,)]


ADVISORY = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
IN_FLIGHT: dict[str, str | None] = {"Idempotency-Key": "in-flight"}


def in_another_thread(ask: Callable[[], TestResponse]) -> TestResponse:
    """Run it in another thread, because a lock does not stop the thread that holds it."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def test_methods_that_a_list_has_not_are_refused_with_those_that_it_has(client: HonestClient) -> None:
    for record_type, method in itertools.product(GOOD, ("DELETE", "PATCH", "PUT", "TRACE")):
        answer = client.open(f"/v1/{record_type}", method=method)
        told(answer, 405, "method-not-allowed")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    for record_type, method in itertools.product(GOOD, ("POST", "PUT", "TRACE")):
        answer = client.open(f"/v1/{record_type}/{worlds.SMALL[record_type][0]['id']}", method=method)
        told(answer, 405, "method-not-allowed")
        assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_one_bad_record_of_many_stops_them_all(client: HonestClient) -> None:
    for record_type, good in GOOD.items():
        many = [good | {"id": f"new-{n}"} for n in range(100)]
        many[70] |= {"status": "wrong"}
        found = told(ask(client, "POST", record_type, dumped_all(many)), 422, "invalid-body")
        first, *others = [error["name"] for error in found["errors"]]
        assert first == "/70/status"
        assert bool(others) == (record_type in ("relations", "reports"))  # their hundred records repeat each other


def dumped_all(documents: list[Document]) -> bytes:
    return json.dumps(documents).encode()


def test_an_array_has_an_end(client: HonestClient) -> None:
    for record_type in GOOD:
        told(ask(client, "POST", record_type, dumped_all([{}] * 1001)), 422, "invalid-body")
    claim = GOOD["claims"] | {"reports": [{"source": "times"}] * 1001}
    found = told(ask(client, "POST", "claims", dumped(claim)), 422, "invalid-body")
    assert [error["name"] for error in found["errors"]] == ["/reports"]


def test_what_is_wrong_with_many_records_is_told_briefly(client: HonestClient) -> None:
    for record_type, good in GOOD.items():
        answer = ask(client, "POST", record_type, dumped_all([good | {f"a{n}": 1 for n in range(50)}] * 60))
        assert len(told(answer, 422, "invalid-body")["errors"]) == 20
        assert len(answer.data) < 10_000


def test_what_will_have_been_said_is_not_known(client: HonestClient) -> None:
    for record_type in GOOD:
        found = told(client.get(f"/v1/{record_type}?as_of=2100-01-01"), 422, "invalid-parameter")
        assert [error["name"] for error in found["errors"]] == ["as_of"]
    today = datetime.datetime.now(datetime.UTC).date()
    assert client.get(f"/v1/claims?as_of={today}").status_code == 200
