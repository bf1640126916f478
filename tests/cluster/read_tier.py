"""The cache before the cluster: it honours revisions, needs no database for what never changes, and bears a load."""

import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence

from tests.cluster.checks import FRONT, add_side
from tests.cluster.clients import REVISION, ask
from tests.cluster.machines import INSTANCES, Cluster
from tests.support.waiting import wait_until


def check_cache(cluster: Cluster, key: str) -> str:
    """The cache keeps answers, never gives a client less than it has seen, and keeps no checkpoint."""
    address = "/v1/sides?limit=1"
    (first, _), (again, kept) = ask(FRONT, address), ask(FRONT, address)
    assert kept.headers["X-Cache"] == "hit" and again.revision == first.revision
    written = add_side(key, "cached")
    before = ask(FRONT, "/v1/log/checkpoint")[1]
    stale, newer = ask(FRONT, address)[0], ask(FRONT, address, {REVISION: str(written)})[0]
    assert stale.revision == first.revision, "a copy may be old, and says so"
    assert newer.revision >= written
    (after, copy) = ask(FRONT, address)
    assert after.revision >= written and copy.headers["X-Cache"] == "hit", "the newer copy serves all"
    add_side(key, "cached-too")
    assert ask(FRONT, "/v1/log/checkpoint")[1].text != before.text, "a checkpoint is never kept"
    return f"revision {first.revision} kept, {newer.revision} for a client that had seen {written}"


def check_without_instances(cluster: Cluster, requests: int) -> str:
    """Pinned answers, tiles and releases come from the cache while no instance and no database answers."""
    cluster.command("release", "create", "kept", "--folder", str(cluster.folder / "releases"))
    addresses = (
        "/v1/claims.csv?revision=1", "/v1/sides?revision=1", "/v1/statistics/casualties?revision=1",
        "/v1/statistics/casualties?release=kept", "/v1/claims.csv?release=kept", "/v1/log/tile/0/000.p/9",
        "/v1/log/tile/entries/000.p/9",
    )  # fmt: skip
    before = [ask(FRONT, address)[1].text for address in addresses]
    processes = [cluster.running[f"app{number}"].pid for number in INSTANCES]
    for process in processes:
        os.killpg(process, signal.SIGSTOP)
    try:
        after = [ask(FRONT, address)[1] for address in addresses]
        assert {answer.status for answer in after} == {200} and [answer.text for answer in after] == before
        load = read_pages(addresses, requests, 4)
    finally:
        for process in processes:
            os.killpg(process, signal.SIGCONT)
    wait_until(lambda: all(ask(FRONT, "/healthz")[0].status == 200 for _ in INSTANCES))  # HAProxy has taken them out
    return f"{len(addresses)} pinned answers were the same without any instance; {load}"


def check_load(cluster: Cluster, requests: int, clients: int) -> str:
    """Read a bounded number of pages through all of it. Return who answered, and the CPU of a request by program."""
    pages = [f"/v1/claims?limit={number}" for number in range(60, 141)]  # 100 claims in the mean
    used = [cluster.cpu_seconds()]
    misses = read_pages(pages, len(pages), clients)
    used.append(cluster.cpu_seconds())
    hits = read_pages(pages, requests, clients)
    used.append(cluster.cpu_seconds())
    first, again = describe_cpu(used[0], used[1], len(pages)), describe_cpu(used[1], used[2], requests)
    return f"at first {misses}, CPU ms of a page: {first}; then {hits}, CPU ms of a page: {again}"


def describe_cpu(before: Counter[str], after: Counter[str], requests: int) -> str:
    """Return the milliseconds of each program for one request: `haproxy 0.10, varnish 0.05`."""
    used = {name: (after[name] - before[name]) * 1000 / requests for name in after}
    return ", ".join(f"{name} {used[name]:.2f}" for name in sorted(used) if used[name] >= 0.01)


def read_pages(addresses: Sequence[str], requests: int, clients: int) -> str:
    """Read pages over a connection for each client, and count who answered."""
    seconds: list[float] = []
    found: Counter[str] = Counter()

    def read(client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", FRONT, timeout=30)
        for number in range(client, requests, clients):
            started = time.monotonic()
            connection.request("GET", addresses[number % len(addresses)])
            answer = connection.getresponse()
            answer.read()
            seconds.append(time.monotonic() - started)
            found[answer.headers["X-Cache"] if answer.status == 200 else str(answer.status)] += 1
        connection.close()

    started = time.monotonic()
    threads = [threading.Thread(target=read, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate, ordered = requests / (time.monotonic() - started), sorted(seconds)
    assert set(found) <= {"hit", "miss"}, found
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"{requests} requests by {clients} clients, {rate:.0f}/s, p99 {p99 * 1000:.0f} ms, {dict(found)}"
