"""Random requests to every address: no 5xx, no hang, and nothing is written by a request that is refused."""

import random
import time
import urllib.parse
from collections import Counter
from typing import Any

import pytest
from flask import Flask, Response

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import database
from api.database.statements import select_rows
from api.records.record_types import RECORD_TYPES
from tests.conftest import Databases, make_app
from tests.support.backups import fill
from tests.support.contract import BufferedClient
from tests.support.random_requests import RandomRequests, Request
from tests.support.worlds import rebound

#: Portions of requests, each on a database of its own. `make test-night` sends 100,000 to each engine.
PORTIONS = [(0, 400), *(pytest.param(number, 2_000, marks=pytest.mark.night) for number in range(1, 51))]
LONGEST = 5  # seconds of CPU that one request may take; a busy machine has no say in it
STATE = (
    "SELECT (SELECT COALESCE(MAX(seq), 0) FROM change), (SELECT COALESCE(MAX(number), 0) FROM revision), "
    "(SELECT COUNT(*) FROM answered), (SELECT COUNT(*) FROM webhook), (SELECT COUNT(*) FROM change_text)"
)
WRITING = ("POST", "PATCH", "DELETE")


class Watcher:
    """Sends requests and notes what must not be."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.client = BufferedClient(app, Response)
        self.ids: dict[str, list[str]] = {}
        with database.connection_context():
            key = api_keys.create("An editor", ["admin"], None)
        self.requests = RandomRequests(app, random.Random(seed), self.list_ids, key)
        self.statuses: Counter[int] = Counter()
        self.accepted: Counter[str] = Counter()  # by address and method
        self.faults: list[str] = []
        self.slowest = 0.0

    def list_ids(self, record_type: str) -> list[str]:
        if record_type not in self.ids:
            table = RECORD_TYPES[record_type].model._meta.table_name
            rows = self.select(f"SELECT slug FROM {table} ORDER BY id LIMIT 200")
            self.ids[record_type] = [slug for (slug,) in rows]
        return self.ids[record_type]

    def select(self, sql: str) -> list[Any]:
        database.obj.connect(reuse_if_open=True)
        return select_rows(sql)

    def send(self, request: Request) -> None:
        before = self.select(STATE)
        began, busy = time.monotonic(), time.process_time()
        try:
            answer = self.client.open(
                **place_address(request.address), method=request.method, headers=request.headers, data=request.body
            )
        except Exception as error:
            self.faults.append(f"{error!r}: {request.describe()}")
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        status = answer.status_code
        self.statuses[status] += 1
        if status >= 500:
            self.faults.append(f"{status} {answer.text[:300]}: {request.describe()}")
        if time.process_time() - busy > LONGEST:
            self.faults.append(f"{time.process_time() - busy:.1f} s of CPU: {request.describe()}")
        is_accepted = status < 400
        if not (is_accepted and request.method in WRITING) and self.select(STATE) != before:
            self.faults.append(f"{status}, but written: {request.describe()}")
        if is_accepted:
            rule = answer.request.environ.get("werkzeug.request")
            self.accepted[f"{request.method} {getattr(rule, 'url_rule', None)}"] += 1
            self.ids.pop(request.address.split("?")[0].removeprefix("/v1/"), None)
            self.note_cursor(answer)

    def note_cursor(self, answer: Any) -> None:
        if answer.is_json and "cursor=" in answer.headers.get("Link", ""):
            self.requests.cursors.append(answer.headers["Link"].split("cursor=")[1].split(">")[0].split("&")[0])
            del self.requests.cursors[:-20]


def place_address(address: str) -> dict[str, Any]:
    """Return how the client is given an address. It takes the first word of `//v1/claims` for a host."""
    path, mark, query = address.partition("?")
    if not path.startswith("//"):
        return {"path": address}
    return {"path": f"/{mark}{query}", "environ_overrides": {"PATH_INFO": urllib.parse.unquote(path, "latin-1")}}


@pytest.mark.parametrize(("seed", "count"), PORTIONS)
def test_random_requests_break_nothing(databases: Databases, engine: str, seed: int, count: int, tell: Any) -> None:
    app = make_app(databases.upgraded(engine), databases.folder, reads_per_minute=0, writes_per_minute=0)
    app.config["WEBHOOK_HOSTS"] = "news.example"
    fill(app)
    rebound(app)
    watcher = Watcher(app, seed)
    for _ in range(count):
        watcher.send(watcher.requests.draw_request())
    accepted = sum(number for status, number in watcher.statuses.items() if status < 400)
    tell(
        f"random requests, {engine}, portion {seed}: {count} sent, {accepted} accepted, {len(watcher.faults)} faults, "
        f"slowest {watcher.slowest:.1f} s, {dict(sorted(watcher.statuses.items()))}"
    )
    assert watcher.faults == [], "\n".join(watcher.faults[:20])
    assert accepted * 3 >= count
    database.obj.connect(reuse_if_open=True)
    assert audit.verify().size == watcher.select(STATE)[0][0]
