"""Start the cluster of deploy/cluster on this machine, check what it promises, and stop it: `make cluster`.

It needs programs of Debian, and names those that are missing. Nothing is left running, whatever happens.
"""

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable

import psycopg

from tests.cluster import checks, mirror, read_tier
from tests.cluster.machines import CACHES, INSTANCES, NODES, PORTS, Cluster, find_missing
from tests.support.servers import listens
from tests.support.waiting import wait_until

STARTED = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - STARTED:7.1f} s  {text}", flush=True)


def main() -> None:
    arguments = read_arguments()
    if missing := find_missing(arguments.cache):
        sys.exit(f"Missing: {', '.join(missing)}. Run: apt-get install {' '.join(missing)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-cluster-"))
    cluster = Cluster(folder)
    try:
        key = start(cluster, arguments.cache)
        run_checks(cluster, key, arguments)
        say("All checks passed.")
    except BaseException:
        say(f"Failed. The logs are in {folder}.")
        raise
    finally:
        cluster.stop()
        say("Everything is stopped.")
    if not arguments.keep:
        shutil.rmtree(folder)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="Kill the primary N times (default 10).")
    parser.add_argument("--requests", type=int, default=2000, help="Read N pages in the bounded load (default 2000).")
    parser.add_argument("--cache", choices=CACHES, default="varnish", help="Read through this cache (default varnish).")
    parser.add_argument("--keep", action="store_true", help="Keep the folder with the logs.")
    return parser.parse_args()


def start(cluster: Cluster, cache: str) -> str:
    """Start all programs, and return a key that may do everything."""
    say("Starting etcd, and three PostgreSQL nodes with Patroni.")
    cluster.start_etcd()
    for name in NODES:
        cluster.start_node(name)
    cluster.wait_whole()
    say(f"{cluster.leader()} is the primary; both standbys confirm its commits.")
    cluster.start_proxies()
    wait_until(leads_to_primary)
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{PORTS['PRIMARY']}/postgres", autocommit=True) as session:
        session.execute("CREATE DATABASE counterclaim")
    say("HAProxy and PgBouncer lead to it. Making tables, seeds and a key.")
    cluster.command("upgrade")
    cluster.command("log", "key", "--if-new")
    cluster.command("seed")
    words = cluster.command("keys", "create", "The cluster", "--scope", "admin").split()
    key = next(word for word in words if word.startswith("cst_"))
    say("Starting two instances and the cache.")
    for number in INSTANCES:
        cluster.start_instance(number)
    cluster.start_cache(cache)
    for number in INSTANCES:
        assert listens(PORTS[f"APP_{number}"], cluster.running[f"app{number}"]), f"instance {number} does not start"
    wait_until(lambda: checks.ask(PORTS["FRONT"], "/readyz")[0].status == 200)
    say("Starting a mirror, which follows the cluster through its front.")
    mirror.start_mirror(cluster)
    assert listens(PORTS["MIRROR"], cluster.running["mirror-server"]), "the mirror does not start"
    return key


def leads_to_primary() -> bool:
    """Return whether HAProxy leads to the primary only. Before its first checks, it takes each node for it."""
    sql = "SELECT pg_is_in_recovery()"
    with contextlib.suppress(psycopg.OperationalError):
        return all(checks.query(PORTS["PRIMARY"], sql, "postgres") == [(False,)] for _ in range(9))
    return False


def run_checks(cluster: Cluster, key: str, arguments: argparse.Namespace) -> None:
    steps: list[tuple[str, Callable[[], str]]] = [
        ("The cache honours revisions", lambda: read_tier.check_cache(cluster, key)),
        ("The log is published", lambda: checks.check_log(cluster)),
        ("A replica is cut off", lambda: checks.check_cut_off(cluster, key)),
        ("The primary is killed", lambda: checks.check_failovers(cluster, key, arguments.kills, say)),
        ("The Patroni of the primary freezes", lambda: checks.check_frozen(cluster, key)),
        ("The log verifies on the promoted node", lambda: checks.check_log(cluster)),
        ("The mirror catches up", lambda: mirror.check_mirror(cluster)),
        ("Pinned answers need no database", lambda: read_tier.check_without_instances(cluster, arguments.requests)),
        ("A bounded load", lambda: read_tier.check_load(cluster, arguments.requests, 4)),
    ]
    for name, check in steps:
        if name == "The primary is killed" and not arguments.kills:
            continue
        say(f"{name} …")
        say(f"{name}: {check()}.")


if __name__ == "__main__":
    main()
