"""Behind PgBouncer in transaction mode, any statement outside a transaction may run in another session.

Two sessions serve six clients at a time, so what one leaves in a session would reach another.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from tests.conftest import Databases, make_app, make_quick_folder, name_of
from tests.support import worlds
from tests.support.pgbouncer import PROGRAM, pooling

SESSIONS, CLIENTS, WRITES = 2, 6, 5
ENTRIES = sum(map(len, worlds.SMALL.values()))
READ = ("/v1/sides", "/v1/claims.csv", "/v1/statistics/casualties?conflict=war")
#: What a session would leave behind: settings, advisory locks, and prepared statements.
LEFT = (
    "SELECT name FROM pg_settings WHERE source = 'session' AND name IN ('statement_timeout', 'lock_timeout')",
    "SELECT objid::text FROM pg_locks WHERE locktype = 'advisory'",
    "SELECT name FROM pg_prepared_statements",
)


@pytest.fixture
def pooled(databases: Databases) -> Iterator[Flask]:
    """Return an application whose database and replica are behind PgBouncer."""
    if PROGRAM is None:
        pytest.skip("needs PgBouncer, which this machine does not have")
    name = name_of(databases.upgraded("postgres"))
    folder = make_quick_folder("counterclaim-pgbouncer-")
    with pooling(databases.server, folder, SESSIONS) as port:
        url = f"postgresql://postgres@127.0.0.1:{port}/{name}"
        app = make_app(url, databases.folder, read_database_url=url)
        worlds.write(worlds.SMALL)
        yield app
        database.obj.close()
    shutil.rmtree(folder)


def test_clients_share_sessions_without_a_trace(pooled: Flask) -> None:
    with database.connection_context():
        key = api_keys.create("An editor", ["admin"], None)

    def write_and_read(client: int) -> list[int]:
        statuses = []
        for number in range(WRITES):
            slug = f"side-{client}-{number}"
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": slug}
            asks = pooled.test_client()
            for _ in range(2):  # the second is the answer to the first
                body = {"id": slug, "name": slug}
                statuses.append(asks.post("/v1/sides?reason=x", json=body, headers=headers).status_code)
            for address in (
                "/v1/sides",
                "/v1/claims.csv",
                "/v1/statistics/casualties?conflict=war",
                f"/v1/sides/{slug}",
            ):
                answer = asks.get(address)
                statuses.append(answer.status_code)
                answer.close()
        database.obj.close()
        return statuses

    with ThreadPoolExecutor(CLIENTS) as clients:
        statuses = [status for found in clients.map(write_and_read, range(CLIENTS)) for status in found]
    assert set(statuses) == {200, 201} and statuses.count(201) == 2 * CLIENTS * WRITES
    with database.connection_context():
        for sql in LEFT * SESSIONS:
            assert select_rows(sql) == [], sql
        with open_snapshot(None):
            assert select_rows("SELECT COUNT(*) FROM side WHERE slug LIKE 'side-%%'") == [(CLIENTS * WRITES,)]
        revisions = [number for (number,) in select_rows("SELECT number FROM revision ORDER BY number")]
        assert revisions == list(range(1, 2 + CLIENTS * WRITES))
        assert audit.verify().size == ENTRIES + CLIENTS * WRITES
