"""Reads go to a real streaming replica, which may be behind. It never says that something does not exist."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.auth import api_keys
from api.config import Settings
from api.database import postgres_handle
from api.database.connection import database
from api.database.current_state import read_state
from api.writes.name_release import add_release
from tests.conftest import Databases, make_app, make_quick_folder, name_of
from tests.support import worlds
from tests.support.replicas import Replica, streaming_replica

SIDE = {"id": "blue", "name": "Blue"}
SIDES = "/v1/sides"
REVISION = "Counterclaim-Revision"


class Site:
    """An application with the small world at revision 1, whose reads go to a replica."""

    def __init__(self, databases: Databases, replica: Replica, **settings: Any) -> None:
        self.replica = replica
        self.url = databases.upgraded("postgres")
        self.replica_url = replica.url_of(name_of(self.url))
        self.folder = databases.folder
        self.app = self.open_app(self.url, **settings)
        worlds.write(worlds.SMALL)
        with database.connection_context():
            self.key = api_keys.create("An editor", ["admin"], None)
        replica.catch_up()

    def open_app(self, url: str, **settings: Any) -> Flask:
        return make_app(url, self.folder, read_database_url=self.replica_url, **settings)

    def ask(self, address: str, key: bool = False, app: Flask | None = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        keyed = {"Authorization": f"Bearer {self.key}"} if key else {}
        return (app or self.app).test_client().get(address, headers={**named, **keyed})

    def add(self, record: dict[str, Any] | None = None, idempotency_key: str = "one") -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": idempotency_key}
        return self.app.test_client().post(f"{SIDES}?reason=x", json=record or SIDE, headers=headers)


@pytest.fixture(scope="module")
def replica(databases: Databases) -> Iterator[Replica]:
    with streaming_replica(databases.server, make_quick_folder("counterclaim-replica-")) as made:
        yield made


@pytest.fixture
def site(databases: Databases, replica: Replica) -> Iterator[Site]:
    yield Site(databases, replica)
    replica.resume()
    replica.catch_up()
    database.obj.close()


def revision_of(answer: TestResponse) -> int:
    """Return the revision of an answer, which its header names too."""
    assert answer.status_code == 200, answer.text
    assert answer.headers[REVISION] == str(answer.json["meta"]["revision"])
    return int(answer.json["meta"]["revision"])


def test_a_replica_that_is_behind_names_the_revision_that_it_has(site: Site) -> None:
    addresses = ("/v1/claims", SIDES, "/v1/changes", "/v1/statistics/casualties?conflict=war", "/v1/statistics/claims")
    site.replica.pause()
    assert site.add().status_code == 201
    assert [revision_of(site.ask(address)) for address in addresses * 2] == [1] * 10
    assert [revision_of(site.ask(address, key=True)) for address in addresses] == [2] * 5
    assert [revision_of(site.ask(address)) for address in addresses] == [1] * 5
    site.replica.resume()
    site.replica.catch_up()
    assert [revision_of(site.ask(address)) for address in addresses] == [2] * 5


def test_a_writer_with_its_key_sees_its_write(site: Site) -> None:
    site.replica.pause()
    before = site.ask(SIDES, key=True).json["meta"]["total"]
    site.add()
    assert site.ask(SIDES, key=True).json["meta"]["total"] == before + 1
    assert site.ask(f"{SIDES}/blue", key=True).json["data"]["name"] == "Blue"
    tag = site.ask(f"{SIDES}/blue", key=True).headers["ETag"]
    headers = {"Authorization": f"Bearer {site.key}", "If-Match": tag}
    patched = site.app.test_client().patch(f"{SIDES}/blue?reason=x", json={"name": "Bleu"}, headers=headers)
    assert patched.status_code == 200, patched.text
    assert site.ask(f"{SIDES}/blue", key=True).json["data"]["name"] == "Bleu"


def test_a_client_without_a_key_names_what_it_has_seen(site: Site) -> None:
    site.replica.pause()
    site.add()
    assert revision_of(site.ask(SIDES)) == 1
    assert revision_of(site.ask(SIDES, Counterclaim_Revision="2")) == 2
    assert revision_of(site.ask(SIDES, Counterclaim_Revision="1")) == 1
    future = worlds.told(site.ask(SIDES, Counterclaim_Revision="3"), 422, "unknown-record")
    assert future["errors"][0]["message"] == "There is no revision 3; the newest is 2."
    for wrong in ("", "-1", "1.0", "x", "٣", "9" * 13):
        assert site.ask(SIDES, Counterclaim_Revision=wrong).status_code == 422, wrong


def test_what_the_replica_lacks_is_asked_of_the_primary(site: Site) -> None:
    site.replica.pause()
    site.add()
    with database.connection_context():
        add_release("first", 2, "2026-01-01T00:00:00Z", "0" * 64)
    for address in (
        f"{SIDES}?revision=2",
        f"{SIDES}.csv?revision=2",
        f"{SIDES}/blue",
        f"{SIDES}/blue?revision=2",
        f"{SIDES}?release=first",
        "/v1/releases/first",
        "/v1/sides/blue/history",
        "/v1/claims?subject_side=blue",
        f"/v1/log/proof/inclusion?seq={count_entries(site)}",
        f"/v1/log/proof/answer?of={SIDES}%3Frevision%3D2",
    ):
        assert site.ask(address).status_code == 200, (address, site.ask(address).text)
    assert site.ask(f"{SIDES}?revision=3").status_code == 422
    assert site.ask(f"{SIDES}/nobody").status_code == 404
    assert site.ask("/v1/nothing").status_code == 404


def count_entries(site: Site) -> int:
    return int(site.ask("/v1/log/checkpoint", key=True).text.splitlines()[1])


def test_kept_answers_are_of_the_replica(site: Site) -> None:
    asked: list[str] = []
    site.app.before_request(lambda: asked.append("asked"))
    site.replica.pause()
    first = site.ask(SIDES)
    assert site.ask(SIDES).data == first.data and len(asked) == 1, "the second is a kept answer"
    site.add()
    assert site.ask(SIDES).data == first.data, "the replica has nothing new"
    site.ask(f"{SIDES}?revision=2")
    assert site.ask(SIDES).data == first.data, "an answer of the primary is not kept for the replica"
    site.replica.resume()
    site.replica.catch_up()
    assert revision_of(site.ask(SIDES)) == 2


def test_an_answer_of_another_server_is_not_kept(site: Site) -> None:
    """Behind a proxy, the state may come from one server, and the answer from another that is behind."""
    asked: list[str] = []
    site.app.before_request(lambda: asked.append("asked"))
    assert isinstance(database.obj, postgres_handle.PostgresHandle)
    site.replica.pause()
    site.add()
    # As if the session of this thread led to the paused replica, and the state to the primary.
    site.app.test_client().get("/healthz")
    handle: Any = database.obj
    find_reader, handle.find_reader = handle.find_reader, lambda: "primary"
    state = read_state(handle)
    handle.find_reader = find_reader
    assert state and state != read_state(handle)
    assert state.server != read_state(handle).server  # type: ignore[union-attr]
    asked.clear()
    for _ in range(2):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("api.http.response_cache.read_state", lambda handle: state)
            assert revision_of(site.ask(SIDES)) == 1
    assert len(asked) == 2


def test_every_commit_changes_the_state_of_a_replica(site: Site, databases: Databases) -> None:
    """A snapshot of a replica does not list the transactions that run, so by itself it would miss this commit."""
    other = databases.new("postgres")
    with (
        psycopg.connect(other, autocommit=True) as longest,
        psycopg.connect(site.url, autocommit=True) as writer,
        psycopg.connect(other, autocommit=True) as later,
    ):
        for number, connection in enumerate((longest, writer, later)):
            connection.execute(f"BEGIN; CREATE TABLE counted_{number} (number int)")
        later.execute("COMMIT")
        site.replica.catch_up()
        snapshots, states = [site.replica.query("SELECT pg_current_snapshot()::text")], [read_state(database.obj)]
        writer.execute("COMMIT")
        site.replica.catch_up()
        snapshots.append(site.replica.query("SELECT pg_current_snapshot()::text"))
        states.append(read_state(database.obj))
        longest.execute("ROLLBACK")
    assert snapshots[0] == snapshots[1], "else PostgreSQL has changed, and the state may be simpler"
    assert None not in states and states[0] != states[1]


def test_pages_of_a_list_may_come_from_either_server(site: Site) -> None:
    first = site.ask(f"{SIDES}?limit=2").json
    second = site.ask(worlds.local(first["links"]["next"]), key=True).json
    third = site.ask(worlds.local(second["links"]["next"])).json
    listed = [side["id"] for page in (first, second, third) for side in page["data"]]
    assert listed == sorted(side["id"] for side in worlds.SMALL["sides"])


def test_reads_go_on_without_the_primary(site: Site) -> None:
    site.replica.pause()
    alone = make_alone(site)
    assert revision_of(site.ask(SIDES, app=alone)) == 1
    state = site.ask("/readyz", app=alone).json
    assert (state["status"], state["parts"]["replica"]) == ("limited", "ok")
    assert state["parts"]["writing"].startswith("The primary database does not answer")
    assert site.ask("/v1/statistics/casualties?conflict=war", app=alone).status_code == 200
    for address in (f"{SIDES}/blue", f"{SIDES}?revision=2", "/v1/claims?subject_side=blue"):
        missing = worlds.told(site.ask(address, app=alone), 503, "unavailable")
        assert missing["detail"].startswith("This is not in the read replica"), missing
    assert site.ask(SIDES, key=True, app=alone).status_code == 503
    assert site.ask(f"{SIDES}?limit=x", app=alone).status_code == 422


def test_readiness_names_a_replica_that_stays_behind(site: Site) -> None:
    def read_part() -> str:
        part: str = site.ask("/readyz").json["parts"]["replica"]
        return part

    assert read_part() == "ok"
    site.replica.pause()
    assert site.add().status_code == 201
    assert read_part() == "ok"  # a moment is no delay
    with psycopg.connect(site.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE revision DISABLE TRIGGER USER")
        connection.execute("UPDATE revision SET made_at = '2020-01-01T00:00:00Z' WHERE number = 2")
    assert read_part() == (
        "The read replica shows revision 1, and revision 2 is of 2020-01-01T00:00:00Z. Look whether it receives and "
        "replays."
    )
    assert revision_of(site.ask(SIDES)) == 1
    site.replica.resume()
    site.replica.catch_up()
    assert read_part() == "ok"


def make_alone(site: Site) -> Flask:
    """Return an application whose primary cannot be reached."""
    settings = Settings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        read_database_url=site.replica_url,
        secret_file=f"{site.folder}/secret",
        log_key_file=f"{site.folder}/log-key",
    )
    return create_app(settings)


def test_reads_go_to_the_primary_without_the_replica(databases: Databases) -> None:
    with streaming_replica(databases.server, make_quick_folder("counterclaim-killed-")) as killed:
        site = Site(databases, killed)
        assert revision_of(site.ask(SIDES)) == 1
        killed.kill()
        assert [revision_of(site.ask(SIDES)) for _ in range(3)] == [1, 1, 1]
        state = site.ask("/readyz").json["parts"]
        assert state["replica"] == "The read replica cannot be reached. The primary answers its reads."
        assert site.add().status_code == 201
        assert revision_of(site.ask(SIDES)) == 2
        database.obj.close()
