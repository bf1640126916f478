"""Every bad request gets a problem document of the right kind, never HTML, never a 5xx."""

import json
import logging
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from api.config import Settings
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.http.problems import write_raw_response
from schemas.problems import PROBLEMS, ProblemOut
from tests.conftest import Databases, make_app
from tests.support.contract import HonestClient
from tests.support.worlds import told

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


# Queries that cannot be read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "subject_side=%00",
        "id=a%00b",
        "q=%ff%fe",
        "q=%ed%a0%80",
        "q=%c0%80",
        "subject_side=%zz",
        "q=%",
        "q=%2",
        "x%00=1",
    ]
    + ["q=a%0d%0ab", "q=%1b[31m", "q=%7f", "=%00", "&".join(f"a{n}=1" for n in range(900))],
    ids=lambda query: query[:12],
)
def test_a_query_that_cannot_be_read_is_refused(client: HonestClient, query: str) -> None:
    for address in ("/v1/claims", "/v1/claims.csv", "/v1/claims/nothing", "/v1", "/healthz"):
        told(client.get(f"{address}?{query}"), 400, "bad-query")


@pytest.mark.parametrize("name", ["from", "limit", "q", "format", "cursor", "bbox"])
def test_a_repeated_parameter_is_refused_by_name(client: HonestClient, name: str) -> None:
    body = told(client.get(f"/v1/claims?{name}=1&harm=killed&{name}=1"), 400, "repeated-parameter")
    assert [(found["in"], found["name"]) for found in body["errors"]] == [("query", name)]


@pytest.mark.parametrize(
    ("address", "name", "meant"),
    [
        ("/v1/claims?harn=killed", "harn", "harm"),
        ("/v1/claims.csv?subject_sidee=azerbaijan", "subject_sidee", "subject_side"),
        ("/v1/claims?Side=azerbaijan", "Side", "subject_side"),
        ("/v1/claims?from_=2020", "from_", "from"),
        ("/v1/claims?offset=-1", "offset", None),
        ("/v1/claims/nothing?fields=id", "fields", None),
        ("/v1/events?sort[]=id", "sort[]", "sort"),
        ("/v1/statistics/claims?groupby=harm", "groupby", "group_by"),
        ("/v1/codebook?prety=1", "prety", "pretty"),
        ("/v1/claims?date=2020-10-04", "date", "stated_day"),
        ("/v1/events?since=2020", "since", "from"),
        ("/v1/claims?war=x", "war", "conflict"),
        ("/v1/claims?Search=x", "Search", "q"),
        ("/v1/claims?per_page=9", "per_page", "limit"),
        ("/v1/claims?page=2", "page", "cursor"),
        ("/v1/sources?date=2020", "date", "from"),
        ("/v1/statistics/casualties?deaths=1", "deaths", "harm"),
        ("/v1/sides?=x", "", None),
    ],
)
def test_an_unknown_parameter_is_refused_by_name(
    client: HonestClient, address: str, name: str, meant: str | None
) -> None:
    body = told(client.get(address), 400, "unknown-parameter")
    assert [found["name"] for found in body["errors"]] == [name]
    assert "allowed" in body["errors"][0] and name in body["detail"]
    assert meant is None or body["errors"][0]["did_you_mean"][0] == meant


# Values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/v1/claims?limit=0", "limit"),
        ("/v1/claims?limit=1000000000", "limit"),
        (f"/v1/claims?limit={2**63}", "limit"),
        ("/v1/claims?limit=-1", "limit"),
        ("/v1/claims?id=1_0", "id"),
        ("/v1/claims?id=٣", "id"),
        ("/v1/claims?event=ABC", "event"),
        ("/v1/claims?event=", "event"),
        ("/v1/claims?event=a,,b", "event"),
        (f"/v1/claims?event={'a' * 161}", "event"),
        (f"/v1/claims?event={','.join(f'a{n}' for n in range(101))}", "event"),
        ("/v1/claims?subject_side=azerbaijan'--", "subject_side"),
        ("/v1/claims?harm=dead", "harm"),
        ("/v1/claims?harm=killed,", "harm"),
        ("/v1/claims?harm=", "harm"),
        ("/v1/claims?from=2020-13", "from"),
        ("/v1/claims?from=2020-02-30", "from"),
        ("/v1/claims?to=0000", "to"),
        ("/v1/claims?to=20", "to"),
        ("/v1/claims?to=2020-1-1", "to"),
        ("/v1/claims?to=٢٠٢٠", "to"),
        ("/v1/claims?stated_from=yesterday", "stated_from"),
        ("/v1/claims?stated_to=2020-01-01T00:00:00Z", "stated_to"),
        ("/v1/claims?best_min=-1", "best_min"),
        ("/v1/claims?best_max=1e3", "best_max"),
        ("/v1/claims?low_min=1.5", "low_min"),
        (f"/v1/claims?high_max={'9' * 3900}", "high_max"),
        ("/v1/claims?bbox=1,2,3", "bbox"),
        ("/v1/claims?bbox=nan,0,1,1", "bbox"),
        ("/v1/claims?bbox=0,10,1,-10", "bbox"),
        ("/v1/claims?bbox=-181,0,0,1", "bbox"),
        ("/v1/claims?has_figure=yes", "has_figure"),
        ("/v1/claims?pretty=2", "pretty"),
        ("/v1/claims?sort=name", "sort"),
        ("/v1/claims?sort=--id", "sort"),
        ("/v1/claims?fields=", "fields"),
        ("/v1/claims?shape=object", "shape"),
        ("/v1/claims?format=ods", "format"),
        ("/v1/claims?q=", "q"),
        ("/v1/claims?q=" + "a" * 101, "q"),
        ("/v1/claims?q=" + "%25" * 1000, "q"),
        ("/v1/claims?q=%E2%80%AEabc", "q"),
        ("/v1/statistics/claims?group_by=best", "group_by"),
        ("/v1/statistics/claims?group_by=", "group_by"),
        ("/v1/events?type=Battle", "type"),
        ("/v1/sources?kind=news", "kind"),
    ],
    ids=lambda value: value[:60],
)
def test_a_bad_value_is_refused_by_name(client: HonestClient, address: str, name: str) -> None:
    body = told(client.get(address), 422, "invalid-parameter")
    assert {found["name"] for found in body["errors"]} == {name}
    assert all(found["message"] for found in body["errors"])


def test_a_bad_value_tells_what_was_given_what_is_allowed_and_what_was_meant(client: HonestClient) -> None:
    (found,) = told(client.get("/v1/claims?harm=kiled,injured"), 422, "invalid-parameter")["errors"]
    assert "'kiled,injured'" in found["message"]
    assert {"killed", "injured", "none"} <= set(found["allowed"])
    assert found["did_you_mean"][0] == "killed"


def test_every_bad_value_is_told_at_once(client: HonestClient) -> None:
    body = told(client.get("/v1/claims?harm=dead&limit=0&from=soon&subject_side=A"), 422, "invalid-parameter")
    assert {found["name"] for found in body["errors"]} == {"harm", "limit", "from", "subject_side"}


@pytest.mark.parametrize(
    "path", [str(2**63), "9" * 3900, "-1", "%00", "01", "%2e%2e", "a%2Fb", "A", "a--b", "a_b", "a%0A"]
)
def test_an_id_that_no_record_has_is_not_found(client: HonestClient, path: str) -> None:
    for record_type in ("claims", "sources"):
        told(client.get(f"/v1/{record_type}/{path}"), 404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/v1/..%2f..%2fetc/passwd",
        "/v2/claims",
        "/v1/claims.xml",
        "/v1/sources.geojson",
        "/v1//claims",
    ],
)
def test_an_address_that_is_not_there_is_not_found(client: HonestClient, path: str) -> None:
    told(client.get(path), 404, "not-found")


# Methods and addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("address", ["/v1/claims.csv", "/v1/statistics/claims", "/v1", "/", "/healthz"])
def test_a_method_that_is_not_there_is_refused_with_those_that_are(
    client: HonestClient, method: str, address: str
) -> None:
    answer = client.open(address, method=method)
    told(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("method", ["PUT", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("address", ["/v1/claims", "/v1/claims/nothing", "/v1/sources"])
def test_a_method_that_no_record_has_is_refused(client: HonestClient, method: str, address: str) -> None:
    answer = client.open(address, method=method)
    told(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "accept", ["image/png", "application/xml", "application/json;q=0", "text/csv;q=0, text/html;q=0"]
)
def test_a_media_type_that_is_not_there_is_refused(client: HonestClient, accept: str) -> None:
    body = told(client.get("/v1/claims", headers={"Accept": accept}), 406, "not-acceptable")
    assert "text/csv" in body["detail"]


@pytest.mark.parametrize("host", ["LOCALHOST", "LocalHost:8000", "Newsroom.Example", "[::1]", "[::1]:8000"])
def test_a_host_of_ours_may_be_written_in_capitals(databases: Databases, engine: str, host: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder, trusted_hosts="newsROOM.example")
    assert app.test_client().get("/v1/claims", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "[::1].evil.example", "[::2]", "a/b@c", "127.0.0.1.evil.example", ""]
)
def test_a_host_that_is_not_ours_is_refused(client: HonestClient, host: str) -> None:
    answer = client.get("/v1/claims", headers={"Host": host})
    told(answer, 400, "bad-request")
    assert "evil" not in answer.headers.get("Link", "") + str(answer.headers.get("Location"))


@pytest.fixture
def failing(empty: Flask) -> Flask:
    """Return an application with routes to every failure that GET requests cannot cause."""

    @empty.post("/body")
    def body() -> Any:
        return request.get_json()

    @empty.get("/broken")
    def broken() -> str:
        raise RuntimeError("postgresql://user:secret@host is out of order")

    @empty.get("/missing-table")
    def missing_table() -> str:
        with database.atomic():
            return str(select_rows("SELECT 1 FROM no_such_table"))

    @empty.get("/endless")
    def endless() -> str:
        with open_snapshot(empty.config["STATEMENT_SECONDS"]):
            return str(select_rows(ENDLESS))

    empty.config["STATEMENT_SECONDS"] = 1
    return empty


def test_a_body_too_large_or_of_another_type_is_refused(failing: Flask) -> None:
    client = failing.test_client()
    told(client.post("/body", data="x" * 1_048_577, content_type="application/json"), 413, "body-too-large")
    told(client.post("/body", data={"a": "1"}), 415, "unsupported-media-type")
    told(client.post("/body", data="{", content_type="application/json"), 400, "bad-request")


def test_what_fails_unforeseen_tells_nothing_of_itself(failing: Flask, caplog: pytest.LogCaptureFixture) -> None:
    body = told(failing.test_client().get("/broken"), 500, "internal-error")
    assert "secret" not in json.dumps(body) and "RuntimeError" not in json.dumps(body)
    assert body["request_id"] in caplog.text and "RuntimeError" in caplog.text


def test_a_question_over_its_time_is_too_broad(failing: Flask) -> None:
    body = told(failing.test_client().get("/endless"), 422, "too-broad")
    assert "Narrow it" in body["detail"]
    assert failing.test_client().get("/v1/claims").status_code == 200


def test_the_next_question_has_its_whole_time(failing: Flask) -> None:
    told(failing.test_client().get("/endless"), 422, "too-broad")
    with database.connection_context(), open_snapshot(None):
        assert select_rows("SELECT count(*) FROM revision") == [(0,)]


def test_a_table_that_somebody_took_away_is_an_error_of_the_server(failing: Flask) -> None:
    """No script of an upgrade is pending, so that `flask upgrade` would not help."""
    with database.connection_context():
        database.execute_sql("ALTER TABLE revision RENAME TO elsewhere")
    answer = FlaskClient(failing, failing.response_class).get("/v1/claims", buffered=True)  # no document has 500
    told(answer, 500, "internal-error")


def test_a_database_that_cannot_be_reached_is_told_as_unavailable(
    tmp_path_factory: pytest.TempPathFactory, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path_factory.mktemp("unreachable")
    address = {"sqlite": f"sqlite:///{folder}/blocked.db", "postgres": "postgresql://nobody@127.0.0.1:1/none"}[engine]
    app = create_app(Settings(database_url=address, secret_file=str(folder / "secret")))
    (folder / "blocked.db").mkdir()  # the path of the file
    for path in ("/v1/claims", "/v1/claims.csv", "/v1/claims/nothing", "/readyz"):
        answer = app.test_client().get(path, buffered=True)
        told(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert "nobody" not in answer.text


def test_a_process_without_its_database_is_still_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("alone")
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", secret_file=str(folder / "secret")))
    assert app.test_client().get("/healthz").json == {"status": "up"}


def test_a_database_without_its_tables_is_not_ready(databases: Any, engine: str) -> None:
    app = create_app(Settings(database_url=databases.new(engine), secret_file=str(databases.folder / "secret")))
    body = told(app.test_client().get("/readyz", buffered=True), 503, "unavailable")
    assert "flask upgrade" in body["detail"]


# The document itself ---------------------------------------------------------------------------------------------

EXAMPLES = [
    "/v1/claims?harn=1",
    "/v1/claims?limit=0",
    "/v1/nothing",
    "/v1/claims?subject_side=nobody",
    "/v1/claims?cursor=x",
]


def checked(answer: TestResponse) -> dict[str, Any]:
    body: dict[str, Any] = ProblemOut().load(json.loads(answer.data))
    return body


@pytest.mark.parametrize("address", EXAMPLES)
def test_a_problem_is_whole(client: HonestClient, address: str) -> None:
    answer = client.get(address)
    body = checked(answer)
    assert body["instance"] == address
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data.endswith(b"}\n")


@pytest.mark.parametrize("slug", PROBLEMS)
def test_the_type_of_every_problem_is_an_address_that_explains_it(client: HonestClient, slug: str) -> None:
    answer = client.get(f"/v1/problems/{slug}")
    assert answer.json["title"] == PROBLEMS[slug].title
    assert answer.json["status"] == PROBLEMS[slug].status
    assert answer.json["explanation"] == PROBLEMS[slug].explanation
    assert answer.json["type"] == f"http://127.0.0.1:8000/v1/problems/{slug}"


def test_a_problem_that_does_not_exist_is_not_found(client: HonestClient) -> None:
    body = told(client.get("/v1/problems/no-such-problem"), 404, "not-found")
    assert "unknown-parameter" in body["detail"]


@pytest.mark.parametrize(("status", "slug"), [(400, "bad-request"), (414, "uri-too-long"), (431, "headers-too-large")])
def test_what_the_server_refuses_alone_is_a_problem_too(status: int, slug: str) -> None:
    answer = write_raw_response(status, 'Not "understood"', "https://api.example.org", "0123456789abcdef")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"X-Request-Id: 0123456789abcdef" in head
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert f"Content-Length: {len(body)}".encode() in head
    assert ProblemOut().load(json.loads(body))["type"] == f"https://api.example.org/v1/problems/{slug}"


def test_the_body_of_a_problem_stays_small(client: HonestClient) -> None:
    query = "&".join(f"no{n}=1" for n in range(60))
    answer = client.get(f"/v1/claims?{query}")
    assert len(told(answer, 400, "unknown-parameter")["errors"]) == 20
    assert len(answer.data) < 30_000


def test_errors_are_logged_only_when_they_are_ours(client: HonestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for address in EXAMPLES:
            client.get(address)
    assert caplog.records == []
