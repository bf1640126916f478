"""The OpenAPI document is valid, and the requests that schemathesis makes from it give no failure and no 5xx."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import database
from schemas.fields import DAY
from tests.conftest import ENGINES, Databases
from tests.support import worlds
from tests.support.contract import HonestClient

# The edge values of all parameters take hundreds of requests. They are made on SQLite only, because parameters are
# parsed before a query. The listings of these three record types together have every kind of parameter.
EDGES = {"include-path-regex": "^/v1/(claims|events|sides)$", "phases": {"coverage": {"enabled": True}}}
CONFIG: dict[str, Any] = {
    "generation": {"deterministic": True, "database": "none"},
    "phases": {
        "coverage": {"enabled": False},
        "fuzzing": {"generation": {"max-examples": 3}},
        "stateful": {"enabled": False},  # no read operation leads to another
    },
    "checks": {
        # A schema cannot exclude a slug without a record, a day that its month does not have, or an Accept header
        # that fits no format. The answers 422 and 406 are right for these.
        # The edge values of a path include its writes. They have no key here: 401. A test below has them with a key.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "404", "406", "422"]},
    },
}
# Two kinds of text are refused with 400 for the same reason: a cursor that we did not sign, and invisible characters.
# Any other 400 for a request that the document allows is a failure, above all an unknown parameter.
REFUSED_BY_VALUE = ("bad-cursor", "bad-query")


def test_the_document_is_valid_openapi_3_1(client: HonestClient) -> None:
    served = json.loads(client.get("/v1/openapi.json").data)
    assert served["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


@pytest.mark.parametrize("both", [False, pytest.param(True, marks=pytest.mark.night)], ids=["", "both"])
def test_no_answer_breaks_the_document(seeded: Flask, engine: str, both: bool) -> None:
    """SQLite answers the edge values, and PostgreSQL what is made at random; at night SQLite answers both."""
    is_sqlite = engine == "sqlite"
    phases = CONFIG["phases"] if both or not is_sqlite else CONFIG["phases"] | {"fuzzing": {"enabled": False}}
    asked, wrong = explored(seeded, ["GET"], CONFIG | {"phases": phases, "operations": [EDGES] if is_sqlite else []})
    assert wrong == [], "\n".join(wrong)[-3000:]
    assert asked > 200


def explored(
    app: Flask, methods: list[str], config: dict[str, Any], map_case: Callable[..., Any] | None = None
) -> tuple[int, list[str]]:
    """Return the number of requests, and the failures of their answers."""
    loaded = SchemathesisConfig.from_dict(config)
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", closing(app), config=loaded).include(method=methods)
    if map_case:
        schema.hook("map_case")(map_case)
    asked, wrong = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.cases)
            wrong += failures(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(event.info.message if isinstance(event, events.NonFatalError) else repr(event))
    return asked, wrong


WRITING = CONFIG | {
    "generation": CONFIG["generation"] | {"mode": "positive", "codec": "ascii", "allow-x00": False},
    "checks": {
        # A well-formed record may look like another, be needed by another, or have dates that contradict each other.
        # A redaction may name a record that does not exist.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]},
        "ignored_auth": {"enabled": False},  # it cannot call WSGI; row 68 of the bad inputs has no key
    },
}
KNOWN = {"conflict": "war", "event": "clash", "claimant": "observers", "source": "times", "claim": "a-own"} | {
    "target": "b-north", "subject_side": "alpha", "responsible_side": "red", "side": "red", "parent": "war", "sides": []
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # an array of claims is large
@pytest.mark.parametrize(
    ("on", "examples"),
    [("postgres", 3), *(pytest.param(engine, 30, marks=pytest.mark.night) for engine in ENGINES)],
)
def test_no_write_breaks_the_document_or_what_is_read(databases: Databases, on: str, examples: int) -> None:
    """The bodies follow the document and refer to existing records. The bad inputs test bodies that break it."""
    app = worlds.made(databases, on, worlds.SMALL)
    with database.connection_context():
        key = api_keys.create("schemathesis", ["admin"], None)
    phases = CONFIG["phases"] | {"fuzzing": {"generation": {"max-examples": examples}}, "examples": {"enabled": False}}
    config = WRITING | {"headers": {"Authorization": f"Bearer {key}"}, "phases": phases}
    asked, wrong = explored(app, ["POST", "PATCH", "DELETE"], config, about_what_is_there)
    assert wrong == [], "\n".join(wrong)[-3000:]
    assert asked > 50
    client = app.test_client()
    assert client.get("/v1/changes").json["meta"]["total"] > sum(map(len, worlds.SMALL.values())) + 5, "few were good"
    for record_type in worlds.RECORD_TYPES:
        assert client.get(f"/v1/{record_type}.ndjson").status_code == 200
    with database.connection_context():
        audit.verify()


def about_what_is_there(context: Any, case: Any) -> Any:
    record_type = case.path.split("/")[2]
    if record_type not in worlds.RECORD_TYPES:
        return case
    if case.path.endswith("}"):
        case.path_parameters["record_id"] = worlds.SMALL[record_type][0]["id"]
        case.headers["If-Match"] = "*"
    case.query["reason"] = "A test."
    sent = json.dumps([case.path, case.body], default=str)
    case.headers["Idempotency-Key"] = hashlib.sha256(sent.encode()).hexdigest()
    for record in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(record, dict):
            if case.method == "PATCH":
                record.pop("id", None)  # the id of a record cannot be changed
            record |= {name: slug for name, slug in KNOWN.items() if name in record}
            record |= {name: f"20{value[2:]}" for name, value in record.items() if DAY.fullmatch(str(value))}
    return case


def closing(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return the application as a server runs it: the answer is read to its end, then closed."""

    def run(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # no server is there to decode these encodings
        answer: Any = app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            if hasattr(answer, "close"):  # an answer from the response cache is a list, without `close`
                answer.close()
            database.close()  # the thread that asked ends, and a kept connection would be left open

    return run


def failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info and not is_excused(recorder, case, check.name):
                asked = recorder.cases[case].value.as_curl_command()
                yield f"{check.name}: {asked}: {check.failure_info.failure.message}"


def is_excused(recorder: ScenarioRecorder, case: str, check: str) -> bool:
    """Return whether a failed check is no fault.

    With `fields=` an answer lacks fields that its schema requires. Schemathesis takes `application/json; shape=array`
    for `application/json`. The client of all other tests checks both.
    """
    if check == "response_schema_conformance":
        return not {"fields", "shape"}.isdisjoint(recorder.cases[case].value.query or {})
    return check == "positive_data_acceptance" and by_value(recorder, case)


def by_value(recorder: ScenarioRecorder, case: str) -> bool:
    answer = recorder.interactions[case].response
    return answer is not None and json.loads(answer.content)["type"].endswith(REFUSED_BY_VALUE)
