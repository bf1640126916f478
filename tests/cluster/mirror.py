"""A mirror of the cluster: a server on SQLite that follows it through its front, while nodes are killed."""

import sys

from tests.cluster.checks import FRONT, newest_at
from tests.cluster.clients import ask
from tests.cluster.machines import PORTS, Cluster
from tests.support.waiting import wait_until

MIRROR = PORTS["MIRROR"]
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


def start_mirror(cluster: Cluster) -> None:
    """Start the process that follows the cluster, and the server that shows what it has."""
    folder = cluster.folder / "mirror"
    folder.mkdir()
    settings = cluster.environment(1) | {
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/counterclaim.db",
        "COUNTERCLAIM_READ_DATABASE_URL": "",
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "no-key"),
        "COUNTERCLAIM_BULK_FOLDER": str(folder / "answers"),
        "COUNTERCLAIM_IMAGE_FOLDER": str(folder / "image"),
    }
    cluster.command("upgrade", settings=settings)
    follow = ("mirror", "--from", f"http://127.0.0.1:{FRONT}", "--seconds", "1")
    cluster.start("mirror", [*FLASK, *follow], settings, own=True)
    serve = ("gunicorn", "wsgi:app", "--workers", "1", "--bind", f"127.0.0.1:{MIRROR}")
    cluster.start("mirror-server", [sys.executable, "-m", *serve], settings, own=True)


def check_mirror(cluster: Cluster) -> str:
    """The mirror has the revision and the tree of the promoted node, and gives the same answers."""
    leader = cluster.leader()
    assert leader
    revision, tree = newest_at(leader), read_tree(FRONT)
    wait_until(lambda: read_tree(MIRROR) == tree, 120)
    addresses = (f"/v1/claims.csv?revision={revision}", f"/v1/statistics/casualties?revision={revision}")
    for address in addresses:
        expected, copied = ask(FRONT, address)[1], ask(MIRROR, address)[1]
        assert (copied.status, copied.text) == (200, expected.text), address
    assert ask(MIRROR, "/v1/sides?limit=1")[0].revision == revision
    ready = ask(MIRROR, "/readyz")[1].text.decode()
    assert '"mirror":"ok"' in ready and '"log_key":"ok"' in ready, ready
    lines = (cluster.folder / "mirror.log").read_text().splitlines()
    copied_revisions, failures = (sum(word in line for line in lines) for word in ("Revision ", "Trying again"))
    return (
        f"revision {revision} and root {tree[1]} as on {leader}; it copied {copied_revisions} revisions, and asked "
        f"again {failures} times where nobody answered"
    )


def read_tree(port: int) -> tuple[str, str]:
    """Return size and root of the newest checkpoint."""
    _, size, root, *_ = ask(port, "/v1/log/checkpoint")[1].text.decode().splitlines()
    return size, root
