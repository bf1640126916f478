"""Sixteen writers at once on a real server: no update is lost, no number missing or double, no writer waits forever."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from api.auth import api_keys
from api.change_log import audit
from api.database.connection import connect_to, database
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.history.revisions import current_revision
from tests.conftest import Databases
from tests.support import worlds
from tests.support.editors import base
from tests.support.servers import serving
from tests.support.writers import Writer, figure

WRITERS = 16
COUNTERS = 3
WRITES = [pytest.param(192, id="192"), pytest.param(2000, id="2000", marks=pytest.mark.night)]


@pytest.fixture(scope="module")
def served(databases: Databases, engine: str) -> Iterator[tuple[int, str]]:
    """Yield the port of a server with several processes, and a key."""
    url = databases.upgraded(engine)
    connect_to(url)
    worlds.write(base())
    with database.connection_context():
        key = api_keys.create("Everybody", ["write", "retract"], None)
    with serving(url, databases.folder, workers=3, COUNTERCLAIM_WRITE_WAIT_SECONDS="120") as server:  # a busy machine
        yield server.port, key


@pytest.fixture
def writers(served: tuple[int, str], request: pytest.FixtureRequest) -> list[Writer]:
    return [Writer(*served, f"{request.node.name}-{number}") for number in range(WRITERS)]


def newest() -> int:
    with database.connection_context():
        return current_revision()


def at_once(works: list[Callable[[], None]]) -> None:
    """Start all at the same moment. Raise the first failure."""
    failures: list[BaseException] = []
    begin = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            begin.wait()
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.parametrize("writes", WRITES)
def test_sixteen_writers_at_once_lose_nothing(writers: list[Writer], writes: int) -> None:
    first, before = writers[0], newest()
    counters = [f"c{number}-of-{writes}" for number in range(COUNTERS)]
    for counter in counters:
        assert first.post("claims", figure(counter)).status == 201
    each = writes // WRITERS

    def work(writer: Writer) -> None:
        for turn in range(each):
            if turn % 2:
                writer.increment(counters[turn % COUNTERS])
            else:
                assert writer.post("sources", {"publisher": f"{writer.name} {turn}"}).status == 201

    at_once([lambda writer=writer: work(writer) for writer in writers])  # type: ignore[misc]
    answered = sum((writer.answered for writer in writers), Counter[int]())
    print(f"{writes} writes by {WRITERS}: {dict(sorted(answered.items()))}")
    assert set(answered) <= {200, 201, 412}, answered
    told = [first.ask("GET", f"/v1/claims/{counter}").body["data"]["best"] for counter in counters]
    turns = Counter(counters[turn % COUNTERS] for turn in range(1, each, 2))
    assert told == [WRITERS * turns[counter] for counter in counters], "an update was lost"
    assert_whole(before + COUNTERS + each * WRITERS)


def assert_whole(revisions: int) -> None:
    """Check that the revisions are 1, 2, 3 …, one for each write, and that the log verifies."""
    with database.connection_context(), open_snapshot(None):
        numbers = [number for (number,) in select_rows("SELECT number FROM revision ORDER BY number")]
        assert numbers == list(range(1, revisions + 1))
        assert [n for (n,) in select_rows("SELECT DISTINCT revision FROM change ORDER BY revision")] == numbers
        assert audit.Walk(audit.OutsideCopy()).to_the_end().size == select_rows("SELECT COUNT(*) FROM change")[0][0]


def test_what_says_the_same_at_once_gets_ids_of_its_own(writers: list[Writer]) -> None:
    """Two writers never get the same free id."""
    event = {
        "name": "A clash",
        "conflict": "war",
        "type": "Battles",
        "started_on": "2020-03-01",
        "ended_on": "2020-03-01",
    }
    ids: list[str] = []

    def work(writer: Writer) -> None:
        told = writer.post("events", event)
        assert told.status == 201, told
        ids.append(told.body["data"]["id"])

    at_once([lambda writer=writer: work(writer) for writer in writers])  # type: ignore[misc]
    assert sorted(ids) == sorted(["a-clash", *(f"a-clash-{number}" for number in range(2, WRITERS + 1))])


def test_one_key_at_once_writes_one_record(writers: list[Writer]) -> None:
    """A second request during the first gets 409. When it is sent again, it gets the answer of the first."""
    before, ids = newest(), list[str]()

    def work(writer: Writer) -> None:
        while (told := writer.post("sources", {"publisher": "Once"}, "the-same")).status == 409:
            continue
        assert told.status == 201, told
        ids.append(told.body["data"]["id"])

    at_once([lambda writer=writer: work(writer) for writer in writers])  # type: ignore[misc]
    assert ids == ["once"] * WRITERS
    assert set().union(*(writer.answered for writer in writers)) <= {201, 409}
    assert_whole(before + 1)
