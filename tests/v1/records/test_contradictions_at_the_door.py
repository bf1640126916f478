"""Any document is either refused, with its wrong fields, or stored as it was sent."""

import random
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.contradictions import RECORDS, Stored, draw_document, find_wrong_fields, slug_of
from tests.support.worlds import Document
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped, dumped_all

MANY = [pytest.param(60, id="60"), pytest.param(5000, id="5000", marks=pytest.mark.night)]
RECORD_TYPES = ("relations", "reports", "claims", "sources", "claimants", "events", "conflicts", "sides")
#: The first and the last possible day. An exact first day fills in the last.
POSSIBLE_DAYS = {
    "claims": ("stated_on", "stated_until", "stated_precision"),
    "sources": ("published_on", "published_until", "published_precision"),
    "relations": ("stated_on", "stated_until", ""),
}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    made = worlds.made(databases, engine, RECORDS, writes_per_minute=1_000_000)
    made.config["KEY"] = new_key("admin")
    made.config["STORED"] = Stored()
    made.config["DEFAULTS"] = read_defaults(made)
    return made


@pytest.fixture
def client(app: Flask) -> HonestClient:
    worlds.rebound(app)
    return open_client(app)


def read_defaults(app: Flask) -> dict[str, Document]:
    """Return the defaults of the OpenAPI document. A list is empty by default."""
    document = app.test_client().get("/v1/openapi.json").json
    defaults = {}
    for record_type in RECORD_TYPES:
        content = document["paths"][f"/v1/{record_type}"]["post"]["requestBody"]["content"]["application/json"]
        name = content["schema"]["oneOf"][0]["$ref"].rpartition("/")[2]
        fields = document["components"]["schemas"][name]["properties"]
        defaults[record_type] = {
            name: [] if field.get("type") == "array" else field.get("default")
            for name, field in fields.items()
            if name not in ("id", "reports")
        }
    return defaults


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@pytest.mark.parametrize("many", MANY)
def test_any_document_is_refused_or_stored_as_sent(
    client: HonestClient, record_type: str, many: int, tell: Any
) -> None:
    chance, stored = random.Random(f"{record_type} {many}"), client.application.config["STORED"]
    refusals = 0
    for number in range(many):
        sent = draw_document(record_type, f"{record_type}-{many}-{number}", chance, stored)
        wrong = find_wrong_fields(record_type, sent, stored)
        answer = ask(client, "POST", record_type, dumped(sent))
        if wrong:
            assert answer.status_code in (409, 422), f"stored with wrong {wrong}: {sent}"
            named = {error["name"].split("/")[1] for error in answer.json["errors"]}
            assert named == wrong, (sent, answer.json["errors"])
            refusals += 1
        else:
            assert answer.status_code == 201, (sent, answer.text)
            check_stored(client, record_type, sent, answer.json["data"])
            stored.add(record_type, answer.json["data"]["id"], sent)
    assert many / 10 < refusals < many * 0.9
    if many > 60:
        tell(f"{record_type}: of {many} documents {refusals} were refused and {many - refusals} stored as sent")


def check_stored(client: HonestClient, record_type: str, sent: Document, written: Document) -> None:
    """Check that the stored record has the sent values, the documented defaults, and what follows from both."""
    expected = client.application.config["DEFAULTS"][record_type] | {"id": written["id"]}
    expected |= {name: plain(value) for name, value in sent.items() if name != "reports"}
    first, last, precision = POSSIBLE_DAYS.get(record_type, ("", "", ""))
    if expected.get(first) and expected[last] is None and expected.get(precision) in (None, 1):
        expected[last] = expected[first]
    if expected.get("qualifier") == "exact":
        expected |= dict.fromkeys(("low", "best", "high"), 20)
    record = client.get(f"/v1/{record_type}/{written['id']}").json["data"]
    assert {name: plain(record[name]) for name in expected} == expected
    for name, value in (written["reading"] or {}).items():
        assert (name, value) == (name, expected[name]) and value != sent.get(name)


def plain(value: Any) -> Any:
    """Return a reference as an id, and an entry of a list with `side` and its other fields."""
    if isinstance(value, list):
        return [with_parts(entry) if isinstance(entry, dict) else entry for entry in value]
    return slug_of(value)


def with_parts(entry: Document) -> Any:
    parts = {name: value for name, value in entry.items() if name not in ("id", "name", "side") and value is not None}
    side = slug_of(entry.get("side", entry.get("id")))
    return {"side": side, **parts} if parts else side


@pytest.mark.parametrize(("record_type", "field"), [("sides", "member_of"), ("conflicts", "parent")])
def test_two_new_records_that_contain_each_other_are_refused(
    client: HonestClient, record_type: str, field: str
) -> None:
    def entry(slug: str) -> Any:
        return [{"side": slug}] if record_type == "sides" else slug

    ring = [
        {"id": "ring-a", "name": "A", field: entry("ring-b")},
        {"id": "ring-b", "name": "B", field: entry("ring-a")},
    ]
    found = worlds.told(ask(client, "POST", record_type, dumped_all(ring)), 422, "invalid-body")
    assert [error["name"] for error in found["errors"]] == [f"/0/{field}"]


# Lists of sides ----------------------------------------------------------------------------------------------------

GONE = "gone-side is retracted. An active record can refer only to active records."


@pytest.mark.parametrize(
    ("record_type", "slug", "patch"),
    [
        ("conflicts", "war", {"sides": ["alpha", "gone-side"]}),
        ("events", "clash", {"sides": [{"side": "alpha"}, {"side": "gone-side"}]}),
        ("sides", "hired", {"member_of": [{"side": "red"}, {"side": "gone-side"}]}),
    ],
)
def test_a_list_takes_no_side_that_was_retracted(
    client: HonestClient, record_type: str, slug: str, patch: Document
) -> None:
    """Before the fix a list accepted it, while every other reference refused it."""
    found = worlds.told(ask(client, "PATCH", record_type, dumped(patch), path=slug), 422, "invalid-body")
    (name,) = patch
    path = f"/{name}/1" if record_type == "conflicts" else f"/{name}/1/side"
    assert [(error["name"], error["message"]) for error in found["errors"]] == [(path, GONE)]


@pytest.mark.parametrize(
    ("record_type", "record"),
    [
        ("conflicts", {"name": "L", "sides": ["listed"]}),
        ("events", {**GOOD["events"], "name": "L", "sides": [{"side": "listed", "role": "not_a_party"}]}),
        ("sides", {"name": "L", "member_of": [{"side": "listed", "to_day": "1990-01-01"}]}),
    ],
)
def test_a_side_in_a_list_cannot_be_retracted(client: HonestClient, record_type: str, record: Document) -> None:
    listed = {"id": f"listed-in-{record_type}", "name": f"Listed in {record_type}"}
    assert ask(client, "POST", "sides", dumped(listed)).status_code == 201
    body = dumped({**record, "id": f"lists-{record_type}"}).replace(b'"listed"', f'"listed-in-{record_type}"'.encode())
    assert ask(client, "POST", record_type, body).status_code == 201
    refused = ask(client, "DELETE", "sides", b"", path=listed["id"])
    assert refused.status_code == 409 and f"lists-{record_type}" in refused.json["detail"]
    assert ask(client, "DELETE", record_type, b"", path=f"lists-{record_type}").status_code == 200
    assert ask(client, "DELETE", "sides", b"", path=listed["id"]).status_code == 200


@pytest.mark.parametrize(
    ("record_type", "changes", "field", "message"),
    [
        ("conflicts", {"sides": ["alpha", "alpha"]}, "/sides", "alpha is in the list twice. Leave one out."),
        ("events", {"sides": [{"side": "red"}, {"id": "red"}]}, "/sides", "red is in the list twice. Leave one out."),
        ("sides", {"member_of": [{"side": "red", "to_day": "2000-01-01"}, {"side": "red", "from_day": "1999-01-01"}]},
         "/member_of", "Two memberships of red overlap. Correct their days, or leave one out."),
        ("sides", {"status_reason": "Why?"}, "/status_reason", "Must be empty when status is active. Leave it out."),
        ("claims", {"status_on": "2020-05-01"}, "/status_on",
         "Must be null when status is active. Send another status, or leave it out."),
        ("sources", {"published_on": "2020-01-01", "published_until": "2020-05-01", "published_precision": 1},
         "/published_until",
         "Must be 2020-01-01, as published_on, when published_precision is 1, an exact day. Correct one of them."),
    ],
)  # fmt: skip
def test_a_record_that_contradicts_itself_is_refused(
    client: HonestClient, record_type: str, changes: Document, field: str, message: str
) -> None:
    """Before the fix each of them was stored."""
    found = worlds.told(
        ask(client, "POST", record_type, dumped(GOOD[record_type] | changes | {"id": "odd"})), 422, "invalid-body"
    )
    assert [(error["name"], error["message"]) for error in found["errors"]] == [(field, message)]
