"""`flask redact` erases the same texts as the HTTP request, asks before it does, and says what it cannot do."""

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.change_log import audit
from api.cli.redact import redact_record
from api.database.connection import database
from api.database.statements import select_rows
from tests.support import worlds

SECRET = "Told by Xqzvan Wkjorrel."


@pytest.fixture
def app(empty: Flask) -> Flask:
    small = worlds.SMALL | {"events": [{**event, "note": SECRET} for event in worlds.SMALL["events"]]}
    worlds.write(small)
    return empty


def run(app: Flask, *words: str, reason: str = "A private person", answer: str = "") -> Result:
    with app.app_context():
        return CliRunner().invoke(redact_record, [*words, "--reason", reason], input=answer)


def test_texts_are_erased_once_it_was_asked(app: Flask) -> None:
    refused = run(app, "events/clash", "note", answer="n\n")
    assert (refused.exit_code, app.test_client().get("/v1/events/clash").json["data"]["note"]) == (1, SECRET)
    done = run(app, "events/clash", "note", "note", answer="y\n")
    assert done.exit_code == 0, done.output
    told = done.output.splitlines()[1:]
    assert told[0] == "events/clash, revision 2: texts erased: 1."
    others = [event["id"] for event in worlds.SMALL["events"] if event["id"] != "clash"]
    assert sorted(told[1:-3]) == sorted(f"The same words are also in events/{other}." for other in others)
    assert [line.split(":")[0] for line in told[-3:]] == ["Remaining copies"] * 3
    client = app.test_client()
    for pin in ("", "?revision=1"):
        assert client.get(f"/v1/events/clash{pin}").json["data"]["note"] == "[redacted]"
    entry = client.get("/v1/events/clash/history").json["data"][-1]
    assert (entry["operation"], entry["who"], entry["reason"]) == ("redact", "editor", "A private person")
    with database.connection_context():
        assert audit.verify().size == select_rows("SELECT MAX(seq) FROM change")[0][0]


CANNOT = [
    (("events/nowhere", "note"), "x", "There is no record nowhere among events."),
    (("clash", "note"), "x", "clash is not a record. Write one of"),
    (("weapons/x", "note"), "x", "weapons/x is not a record. Write one of"),
    (
        ("events/clash", "type"),
        "x",
        "type cannot be redacted. Send one of admin1, admin2, name, note, place,",
    ),
    (("events/clash", "note", "place_note"), "x", "place_note has no text to erase"),
    (("events/clash", "note"), " ", "Nothing was erased. --reason:"),
    (("events/clash", "note"), "x" * 501, "Nothing was erased. --reason:"),
    (("events/clash", "note"), "a\u202eb", "Nothing was erased. --reason:"),
    (("events/clash",), "x", "Missing argument"),
]


def test_what_cannot_be_erased_is_told(app: Flask) -> None:
    for words, reason, said in CANNOT:
        result = run(app, *words, reason=reason, answer="y\n")
        assert result.exit_code != 0 and said in result.output, words
    assert app.test_client().get("/v1/events/clash").json["data"]["note"] == SECRET
