"""What the cluster promises, checked while its parts are killed and cut off. Each check returns what it measured."""

import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable

import psycopg

from tests.cluster.clients import REVISION, Crowd, Sample, ask
from tests.cluster.machines import NODES, PORTS, Cluster
from tests.support.editors import base
from tests.support.waiting import wait_until
from tests.support.writers import Writer

Say = Callable[[str], None]
FRONT = PORTS["FRONT"]
EDITORS = 3
MOST_SECONDS = 20  # of errors after the loss of the primary
WRITES_BETWEEN = 10  # acknowledged writes between two kills


def query(port: int, sql: str, database: str = "counterclaim") -> list[tuple[object, ...]]:
    """Return the rows of a query at one node, without any proxy."""
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/{database}", autocommit=True) as connection:
        return connection.execute(sql).fetchall()


def newest_at(node: str) -> int:
    (row,) = query(PORTS[f"PG_{node[-1]}"], "SELECT COALESCE(MAX(number), 0) FROM revision")
    return int(str(row[0]))


def add_side(key: str, slug: str) -> int:
    """Write a record and return its revision."""
    answer = Writer(FRONT, key, slug).post("sides", {"id": slug, "name": slug})
    assert answer.status == 201, answer
    return int(answer.body["data"]["revision"])


def check_cut_off(cluster: Cluster, key: str) -> str:
    """A replica that is cut off from the primary never claims more than it has, and writing goes on without it."""
    instance, replica = find_reader_of_replica(cluster)
    receiver = cluster.find_receiver(replica)
    os.kill(receiver, signal.SIGSTOP)
    try:
        before, started = newest_at(replica), time.monotonic()
        written = write_through(key, "cut-off")
        waited = time.monotonic() - started
        port = PORTS[f"APP_{instance}"]
        shown = [ask(port, f"/v1/sides?limit={number}")[0].revision for number in range(1, 20)]
        assert shown == [before] * 19 and newest_at(replica) == before < written, (shown, before, written)
        assert ask(port, "/v1/sides?limit=1", {REVISION: str(written)})[0].revision >= written
        assert ask(port, f"/v1/sides?revision={written}")[0].revision == written
        assert ask(port, "/v1/sides/cut-off")[0].status == 200
    finally:
        os.kill(receiver, signal.SIGCONT)
    cluster.wait_whole()
    wait_until(lambda: newest_at(replica) >= written)
    return f"{replica} showed revision {before} while {written} was written, which took {waited:.1f} s"


def write_through(key: str, slug: str) -> int:
    """Write a record, again and again with the same key until it is acknowledged."""
    writer = Writer(FRONT, key, slug)
    while (answer := writer.post("sides", {"id": slug, "name": slug}, f"{slug}-key")).status != 201:
        assert answer.status in (409, 503), answer
        time.sleep(0.2)
    return int(answer.body["data"]["revision"])


def find_reader_of_replica(cluster: Cluster) -> tuple[int, str]:
    """Return an instance and the replica that it reads."""
    leader = cluster.leader()
    replicas = [name for name in NODES if name != leader]  # `balance first` of haproxy.cfg
    return 1, replicas[0]


def check_failovers(cluster: Cluster, key: str, kills: int, say: Say) -> str:
    """Kill the primary again and again under writes: nothing acknowledged is lost, and revisions only grow."""
    add_records_of_editors(key)
    with Crowd(FRONT, key, f"k{kills}-", EDITORS) as crowd:
        longest = []
        for number in range(1, kills + 1):
            wait_for_writes(crowd)
            longest.append(kill_primary(cluster, crowd, number, say))
    assert_no_failure(crowd)
    assert_nothing_lost(cluster, crowd)
    newest = assert_revisions(cluster, crowd)
    assert max(longest) <= MOST_SECONDS, longest
    anonymous = crowd.readers[2]
    statuses = Counter(sample.status for sample in crowd.writes())
    return (
        f"{kills} kills, {crowd.count_acknowledged()} writes acknowledged, 0 lost; errors lasted "
        f"{statistics.median(longest):.1f} s (longest {max(longest):.1f}); revisions 1 to {newest}, none twice and "
        f"without a gap; a reader without key and header went back "
        f"{anonymous.count_backward()} times in {len(anonymous.samples)} answers; answers to writes {dict(statuses)}"
    )


def add_records_of_editors(key: str) -> None:
    """Add the records that the claims of the editors refer to."""
    writer = Writer(FRONT, key, "base")
    for record_type, records in base().items():
        answer = writer.post(record_type, records)
        assert answer.status == 201, answer


def wait_for_writes(crowd: Crowd) -> None:
    """Wait until some more writes are acknowledged."""
    enough = crowd.count_acknowledged() + WRITES_BETWEEN
    wait_until(lambda: crowd.count_acknowledged() >= enough or any(editor.failure for editor in crowd.editors), 120)
    assert_no_failure(crowd)


def check_frozen(cluster: Cluster, key: str) -> str:
    """Freeze the Patroni of the primary, whose PostgreSQL runs on: another node takes over, and nothing is lost.

    The machine is then reset, as a watchdog does. A Patroni before 3.0.3 that thaws can take the lock from its new
    holder, and what was acknowledged there is lost (docs/operators/cluster.md, Traps).
    """
    add_records_of_editors(key)
    leader = cluster.leader()
    assert leader
    with Crowd(FRONT, key, "f", EDITORS) as crowd:
        wait_for_writes(crowd)
        frozen_at = time.monotonic()
        os.kill(cluster.running[leader].pid, signal.SIGSTOP)
        wait_until(lambda: cluster.leader() not in (None, leader), 60)
        wait_for_writes(crowd)
        # The old primary has no standby any more, so that nothing is acknowledged there.
        promoted = cluster.leader()
        cluster.kill_machine(leader)
        cluster.start_node(leader)
        cluster.wait_whole()
    assert_no_failure(crowd)
    assert_nothing_lost(cluster, crowd)
    assert_revisions(cluster, crowd)
    seconds = errors_after(crowd.writes(), frozen_at)
    return f"{promoted} took over from {leader}, writes worked again {seconds:.1f} s after the freeze, 0 lost"


def kill_primary(cluster: Cluster, crowd: Crowd, number: int, say: Say) -> float:
    """Kill the primary, in turn its PostgreSQL only or its machine. Return the seconds until writes worked again."""
    leader = cluster.leader()
    assert leader
    is_machine = number % 2 == 0
    killed_at = time.monotonic()
    cluster.kill_machine(leader) if is_machine else cluster.kill_postgres(leader)
    wait_until(lambda: any(is_acknowledged(sample) and sample.at > killed_at + 0.5 for sample in crowd.writes()), 120)
    seconds = errors_after(crowd.writes(), killed_at)
    wait_until(lambda: cluster.leader() not in (None, leader) or not is_machine, 60)
    promoted = cluster.leader()
    if is_machine:
        cluster.start_node(leader)
    cluster.wait_whole()
    what = "machine" if is_machine else "PostgreSQL"
    say(f"  kill {number}: {what} of {leader}, {promoted} took over, errors for {seconds:.1f} s")
    return seconds


def is_acknowledged(sample: Sample) -> bool:
    return sample.status in (200, 201)


def errors_after(samples: Iterable[Sample], killed_at: float) -> float:
    """Return the seconds from the kill to the first write that was acknowledged after the first error."""
    later = [sample for sample in samples if sample.at > killed_at]
    errors = [sample.at for sample in later if not is_acknowledged(sample)]
    if not errors:
        return 0.0
    first_success = next((sample.at for sample in later if is_acknowledged(sample) and sample.at > errors[0]), None)
    return (first_success or time.monotonic()) - killed_at


def assert_no_failure(crowd: Crowd) -> None:
    """Check that every editor could go on."""
    failures = [repr(editor.failure) for editor in crowd.editors if editor.failure]
    assert failures == [], failures


def assert_nothing_lost(cluster: Cluster, crowd: Crowd) -> None:
    """Check that every claim is on every node once, as it was acknowledged last."""
    leader = cluster.leader()
    assert leader
    newest = newest_at(leader)
    for name in NODES:
        wait_until(lambda name=name: newest_at(name) == newest)
        rows = query(PORTS[f"PG_{name[-1]}"], "SELECT slug, note, status FROM claim")
        found = {str(slug): (str(note), str(status)) for slug, note, status in rows}
        lost = {claim: state for claim, state in crowd.acknowledged().items() if found.get(claim) != state}
        assert lost == {}, (name, lost)


def assert_revisions(cluster: Cluster, crowd: Crowd) -> int:
    """Check that no two writes have one revision, that they have no gap, and that no reader was sent back.

    Return the newest revision.
    """
    revisions = [sample.revision for sample in crowd.writes() if is_acknowledged(sample)]
    new = [revision for revision in revisions if revision]
    for editor in crowd.editors:
        own = [sample.revision for sample in editor.writer.samples if sample.revision]  # type: ignore[attr-defined]
        assert own == sorted(own), "the revisions of one editor only grow"
    # A patch that changes nothing any more, because it was made before, names the revision of that change again.
    assert len(set(new)) >= len(new) - sum(editor.broken for editor in crowd.editors), "a revision came twice"
    leader = cluster.leader()
    assert leader
    numbers = [row[0] for row in query(PORTS[f"PG_{leader[-1]}"], "SELECT number FROM revision ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    for reader in crowd.readers[:2]:
        assert reader.count_backward() == 0, reader.name
    return len(numbers)


def check_log(cluster: Cluster) -> str:
    """The promoted node has the log that was published before."""
    folder = cluster.folder / "published"
    folder.mkdir(exist_ok=True)
    said = cluster.command("log", "verify", str(folder)).strip().splitlines()[-1] if any(folder.iterdir()) else "new"
    cluster.command("log", "publish", str(folder))
    return said
