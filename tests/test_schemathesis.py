"""The OpenAPI document is valid, and what schemathesis makes of it finds no failure and no 5xx."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import schemathesis
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from tests.contract import HonestClient

# Every value at the edge of every parameter takes hundreds of requests: they are made on one engine, as parameters are
# read before either is asked, for the nouns whose lists have every kind of parameter between them.
EDGES = {"include-path-regex": "^/v1/(claims|events|sides)$", "phases": {"coverage": {"enabled": True}}}
CONFIG: dict[str, Any] = {
    "generation": {"deterministic": True, "database": "none"},
    "phases": {
        "coverage": {"enabled": False},
        "fuzzing": {"generation": {"max-examples": 8}},
        "stateful": {"enabled": False},  # no operation of reading leads to another
    },
    "checks": {
        # A well-formed slug is refused when it names no record, a well-formed day when the month is shorter, and an
        # Accept header that no format fits: 422 and 406 are right for what no schema can tell from good.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "406", "422"]},
    },
}
# The same holds for two kinds of text that are refused with 400: a cursor that we did not sign, and what cannot be
# seen. Any other 400 for what the document allows is a failure, above all an unknown parameter.
REFUSED_BY_VALUE = ("bad-cursor", "bad-query")


def test_the_document_is_valid_openapi_3_1(client: HonestClient) -> None:
    served = json.loads(client.get("/v1/openapi.json").data)
    assert served["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_no_answer_breaks_the_document(seeded: Flask, engine: str) -> None:
    config = SchemathesisConfig.from_dict(CONFIG | {"operations": [EDGES] if engine == "sqlite" else []})
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", closing(seeded), config=config).include(method="GET")
    asked, wrong = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.cases)
            wrong += failures(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(repr(event))
    assert wrong == []
    assert asked > 200


def closing(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The application as a server runs it: the answer is sent whole, then closed."""

    def run(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Any = app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    return run


def failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info and not (check.name == "positive_data_acceptance" and by_value(recorder, case)):
                asked = recorder.cases[case].value.as_curl_command()
                yield f"{check.name}: {asked}: {check.failure_info.failure.message}"


def by_value(recorder: ScenarioRecorder, case: str) -> bool:
    answer = recorder.interactions[case].response
    return answer is not None and json.loads(answer.content)["type"].endswith(REFUSED_BY_VALUE)
