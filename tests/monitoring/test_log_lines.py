"""The log: one line for each request, with as much of the address as the setting allows, and never a key."""

import ipaddress
import json
import logging
import pathlib
import urllib.parse
from typing import Any

import pytest

from api.database.connection import connect_to
from api.monitoring.log_lines import JsonFormatter, TextFormatter, hide_secrets, shorten_address
from tests.conftest import Databases
from tests.monitoring.test_metrics import ask
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.metrics import wait_for_value
from tests.support.servers import Server, send, serving

KEY = "cst_k1234abcd_Ab-_9xYz0123456789012345678901234567"
FIELDS = {"time", "level", "message", "request_id", "method", "route", "status", "milliseconds", "bytes", "cache",
          "client"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer cst_k1234abcd_***"),
        (f"/v1/claims?q={KEY}&limit=1", "/v1/claims?q=cst_k1234abcd_***&limit=1"),
        (f"/v1/claims?q={KEY.replace('_', '%5F')}", "/v1/claims?q=cst%5Fk1234abcd%5F***"),
        ("Bearer eyJhbGciOi.x-y_z", "Bearer ***"),
        ("postgresql://user:pa%20ss@host/name is down", "postgresql://user:***@host/name is down"),
        ("https://example.org/a:b@c", "https://example.org/a:b@c"),
        ("/v1/claims?api_key=abc&limit=1", "/v1/claims?api_key=***&limit=1"),
        ("PRIVATE+KEY+example.org/v1/log+0a1b2c3d+AbCd/+==", "PRIVATE+KEY+***"),
        ("whsec_AbCd0123/+=", "whsec_***"),
        ("/v1/claims?key_figures=1&monkey=2", "/v1/claims?key_figures=1&monkey=2"),
    ],
)
def test_secrets_are_hidden_and_other_text_is_not(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    ("address", "policy", "shown"),
    [
        ("192.0.2.77", "network", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "network", "2001:db8:1::/48"),
        ("192.0.2.77", "address", "192.0.2.77"),
        ("192.0.2.77", "anonymous", None),
        (None, "address", None),
    ],
)
def test_the_log_has_of_an_address_what_the_setting_allows(address: str | None, policy: str, shown: str | None) -> None:
    assert shorten_address(ipaddress.ip_address(address) if address else None, policy) == shown


def make_record(message: str, **facts: Any) -> logging.LogRecord:
    record = logging.LogRecord("api", logging.WARNING, "x.py", 1, message, (), None)
    record.facts = facts
    return record


def test_facts_of_a_message_are_fields_in_json_and_lines_in_text() -> None:
    record = make_record(f"slow {KEY}", plan=["SCAN claim", f'"{KEY}"'], seconds=2)
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["level"]) == ("slow cst_k1234abcd_***", "warning")
    assert (line["plan"], line["seconds"]) == (["SCAN claim", '"cst_k1234abcd_***"'], 2)
    text = TextFormatter("%(levelname)s %(message)s").format(record)
    assert text == ('WARNING slow cst_k1234abcd_***\n  plan: \n    SCAN claim\n    "cst_k1234abcd_***"\n  seconds: 2')


def read_lines(server: Server, folder: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_json_has_one_object_a_line_and_one_line_a_request(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    url = databases.upgraded(engine)
    connect_to(url)
    worlds.write(worlds.SMALL)
    settings = {"COUNTERCLAIM_LOG_FORMAT": "json", "COUNTERCLAIM_METRICS": "127.0.0.1"}
    with serving(url, tmp_path, COUNTERCLAIM_METRICS_FOLDER=str(tmp_path / "counts"), **settings) as server:
        for path in ("/v1/claims?limit=1", "/v1/claims?limit=1", "/v1/claims/nothing"):
            ask(server, path)
        wait_for_value(server.url, 1, "requests_total", route="/v1/claims/{record_id}", method="GET", status="404")
    lines = [line for line in read_lines(server, tmp_path) if line["message"] == "request"]
    claims = [line for line in lines if line["route"].startswith("/v1/claims")]
    answers = [(line["status"], line["cache"]) for line in claims]
    assert sorted(answers) == [(200, "hit"), (200, "miss"), (404, "miss")]  # a thread writes its line after its answer
    for line in claims:
        assert line.keys() == FIELDS
        assert (line["client"], line["method"], len(line["request_id"])) == ("127.0.0.0/24", "GET", 16)
        assert line["bytes"] > 0 and line["milliseconds"] >= 0


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({}, None),
        ({"COUNTERCLAIM_LOG_REQUESTS": "address"}, " client=127.0.0.1"),
        ({"COUNTERCLAIM_LOG_REQUESTS": "anonymous"}, " cache=none\n"),
        ({"COUNTERCLAIM_LOG_FORMAT": "json", "COUNTERCLAIM_LOG_REQUESTS": "none"}, None),
    ],
)
def test_lines_of_requests_are_a_setting(
    databases: Databases, tmp_path: pathlib.Path, settings: dict[str, str], part: str | None
) -> None:
    with serving(databases.upgraded("sqlite"), tmp_path, **settings) as server:
        ask(server, "/healthz")
    log = server.log.read_text()
    assert ("/healthz" in log) == (part is not None)
    assert part is None or part in log


def test_no_key_is_in_any_log_line_or_answer(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """Send a key in every wrong place, and search for its secret part in all answers and the whole log."""
    log_format = {"sqlite": "text", "postgres": "json"}[engine]
    url = databases.upgraded(engine)
    connect_to(url)
    worlds.write(worlds.SMALL)
    good, unknown = new_key("write"), KEY
    settings = {
        "COUNTERCLAIM_LOG_FORMAT": log_format,
        "COUNTERCLAIM_LOG_REQUESTS": "address",
        "COUNTERCLAIM_SLOW_SECONDS": "0.000001",
        "COUNTERCLAIM_METRICS": "127.0.0.1",
        "COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts"),
    }
    answers = []
    with serving(url, tmp_path, **settings) as server:
        for number, key in enumerate((good, unknown)):
            escaped = urllib.parse.quote(key)
            body = [{"publisher": "A paper"}]
            bearer = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            once = {"Idempotency-Key": f"{log_format}-{number}"}
            answers += [
                ask(server, "/v1/sources?reason=Entered", "POST", body, **bearer, **once),
                ask(server, "/v1/sources?reason=x", "POST", [{"publisher": 3}], **bearer, **once),
                ask(server, f"/v1/sources?key={escaped}", "POST", body, **bearer, **once),
                ask(server, "/v1/webhooks", **bearer),
                ask(server, f"/v1/claims?q={escaped}"),
                ask(server, f"/v1/claims?harm={escaped}"),
                ask(server, f"/v1/claims?{escaped}=1"),
                ask(server, f"/v1/claims/{escaped}"),
                ask(server, f"/claims/{escaped}", Accept="text/html"),
                ask(server, f"/{escaped}"),
                ask(server, f"/?q={escaped}"),
                ask(server, f"/v1/statistics/casualties?conflict={escaped}"),
                ask(server, "/v1/claims?q=clash", Authorization=f"Basic {key}"),
                ask(server, "/v1/claims", Range=f"bytes={key}", Referer=f"https://example.org/?key={key}"),
                ask(server, "/v1/claims", **{"User-Agent": key, "Cookie": f"key={key}"}),
            ]
        answers += [ask(server, "/metrics"), ask(server, "/readyz")]
    log = server.log.read_text()
    assert log.count("/v1/sources") >= 6 and "slow question" in log
    assert [status for status, _ in answers[:1]] == [201]
    assert not [status for status, _ in answers if status >= 500]
    for key in (good, unknown):
        secret = key.split("_", 2)[2]
        assert secret not in log
        assert [text for _, text in answers if secret in text] == []


#: Requests too broken for the application, each with a key in another place.
BROKEN = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization Bearer {key}\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX {key}: x\r\n\r\n",
    "{key} / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "GET {key}\r\n\r\n",
    "POST /v1/sources HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: {key}\r\n\r\n",
)


@pytest.mark.parametrize(("policy", "client"), [("anonymous", None), ("network", "127.0.0.0/24")])
def test_a_broken_request_is_logged_and_counted_as_every_request_is(
    databases: Databases, tmp_path: pathlib.Path, policy: str, client: str | None
) -> None:
    settings = {
        "COUNTERCLAIM_LOG_FORMAT": "json",
        "COUNTERCLAIM_LOG_REQUESTS": policy,
        "COUNTERCLAIM_METRICS": "127.0.0.1",
        "COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts"),
    }
    with serving(databases.upgraded("sqlite"), tmp_path, **settings) as server:
        answers = [send(server.port, text.format(key=KEY).encode()) for text in BROKEN]
        wait_for_value(server.url, 4, "requests_total", route="none", method="other", status="400")
        wait_for_value(server.url, 1, "requests_total", route="none", method="other", status="501")
    problems = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
    assert all("cst_k1234abcd_***" in problem["detail"] for problem in problems)
    text = server.log.read_text()
    assert KEY not in text and "127.0.0.1:" not in text.replace(server.url, "") and "ip=127" not in text
    for problem in problems:
        request_id, status = problem["request_id"], problem["status"]
        why, line = [line for line in read_lines(server, tmp_path) if line.get("request_id") == request_id]
        assert why["message"].startswith("broken request: ") and why["status"] == status
        assert (line["method"], line["route"], line["status"], line["client"]) == ("other", "none", status, client)
