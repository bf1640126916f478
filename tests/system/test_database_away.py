"""PostgreSQL is stopped, killed and started again under a running server: clear answers, and nothing is lost."""

import threading
from collections.abc import Iterator

import pytest

from api.change_log import audit
from api.database import upgrade
from api.database.connection import connect_to, database
from api.database.statements import select_rows
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.clusters import Cluster, make_cluster, wait_until
from tests.support.editors import base
from tests.support.servers import Server, serving
from tests.support.writers import Broken, Writer, figure

AGAIN = (409, 503)  # answers after which a client tries again
ROUNDS = [pytest.param(2, id="2"), pytest.param(20, id="20", marks=pytest.mark.faults)]


@pytest.fixture(scope="module")
def cluster(databases: Databases) -> Iterator[Cluster]:
    with make_cluster(databases) as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def served(databases: Databases, cluster: Cluster) -> Iterator[tuple[Server, str]]:
    """Yield a server with two workers on the cluster, and a key."""
    connect_to(cluster.url)
    with database.connection_context():
        upgrade.upgrade()
    worlds.write(base())
    key = new_key("write")
    with serving(cluster.url, databases.folder, workers=2) as server:
        yield server, key


def test_without_its_database_the_server_says_so_until_it_is_back(cluster: Cluster, served: tuple[Server, str]) -> None:
    server, key = served
    writer = Writer(server.port, key, "away")
    assert writer.ask("GET", "/v1/claims?limit=1").status == 200
    cluster.stop()
    for address in ("/v1/claims?limit=2", "/v1/statistics/casualties?conflict=war", "/v1/changes?limit=3"):
        answer = writer.ask("GET", address)
        assert (answer.status, answer.body["type"].rsplit("/", 1)[1]) == (503, "unavailable"), answer
    assert writer.post("claims", figure("one"), "first").status == 503
    assert (writer.ask("GET", "/healthz").status, writer.ask("GET", "/readyz").status) == (200, 503)
    cluster.start()
    assert writer.ask("GET", "/v1/claims?limit=2").status == 200
    assert writer.post("claims", figure("one"), "first").status == 201
    assert writer.ask("GET", "/readyz").status == 200


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_database_that_is_killed_during_writes_loses_nothing(
    cluster: Cluster, served: tuple[Server, str], rounds: int
) -> None:
    server, key = served
    ends, acknowledged = threading.Event(), list[str]()
    writer = Writer(server.port, key, f"killed-{rounds}")

    def write() -> None:
        for number in range(1_000_000):
            claim = f"killed-{rounds}-{number}"
            while not ends.is_set():
                try:
                    answer = writer.post("claims", figure(claim), f"key-{claim}")
                except Broken:
                    continue
                assert answer.status in (201, *AGAIN), answer
                if answer.status == 201:
                    acknowledged.append(claim)
                    break
            if ends.is_set():
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(rounds):
            before = len(acknowledged)
            wait_until(lambda before=before: len(acknowledged) > before + 3)  # type: ignore[misc]
            cluster.kill() if number % 2 else cluster.stop()
            cluster.start()
    finally:
        ends.set()
        thread.join()
    assert not {status for status in writer.answered if status >= 500} - {503}
    connect_to(cluster.url)
    with database.connection_context():
        every = [slug for (slug,) in select_rows("SELECT slug FROM claim")]
        slugs = [slug for slug in every if slug.startswith(f"killed-{rounds}-")]
        assert set(acknowledged) <= set(slugs) and len(slugs) <= len(acknowledged) + 1, "the last one had no answer"
        assert audit.verify().size > 0
