"""nginx as the cache of the cluster: what it keeps, and what it asks the instances for again."""

import http.client
import os
import pathlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.serve import find_nginx
from tests.cluster import machines
from tests.cluster.clients import REVISION
from tests.cluster.machines import Cluster
from tests.support.servers import free_port
from tests.support.waiting import wait_until

KEY = {"Authorization": "Bearer cst_1"}


class Instance(BaseHTTPRequestHandler):
    """Answers each request with its number, which is also the revision."""

    number = 0

    def do_GET(self) -> None:
        Instance.number += 1
        body = f"{Instance.number} {self.headers['Accept-Encoding'] or 'plain'}".encode()
        self.send_response(503 if "broken" in self.path else 200)
        seconds = 1 if "old" in self.path else 60
        self.send_header("Cache-Control", f"public, max-age={seconds}, stale-while-revalidate=600")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header(REVISION, str(Instance.number))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def port(folder: pathlib.Path) -> Iterator[int]:
    """Return the port of the cache."""
    program, cache_port = find_nginx(), free_port()
    assert program
    with pytest.MonkeyPatch.context() as patch, ThreadingHTTPServer(("127.0.0.1", 0), Instance) as instance:
        patch.setattr(machines, "find_user", lambda: None)
        threading.Thread(target=instance.serve_forever).start()
        cluster = Cluster(folder)
        cluster.values |= {"CACHE_PORT": str(cache_port), "BALANCE_PORT": str(instance.server_port)}
        path = pathlib.Path(cluster.fill("cache-nginx.conf"))
        if os.geteuid() == 0:  # as another user, its workers could not reach the folder of this test
            path.write_text(f"user root;\n{path.read_text()}")
        cluster.start("nginx", [program, "-c", str(path)])
        try:
            wait_until(lambda: is_open(cache_port))
            yield cache_port
        finally:
            cluster.stop()
            instance.shutdown()


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, address: str, method: str = "GET", **headers: str) -> tuple[str, str]:
    """Return whether the cache had the answer, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return str(answer.headers["X-Cache"]), body


def test_an_answer_is_kept(port: int) -> None:
    first = ask(port, "/v1/claims")
    assert first[0] == "miss"
    assert ask(port, "/v1/claims") == ("hit", first[1])
    assert ask(port, "/v1/claims?limit=1")[0] == "miss"


def test_a_request_with_a_key_is_neither_kept_nor_answered_from_a_copy(port: int) -> None:
    assert ask(port, "/v1/sides", **KEY)[0] == "miss"
    kept = ask(port, "/v1/sides")
    assert kept[0] == "miss"
    assert ask(port, "/v1/sides", **KEY)[0] == "miss"
    assert ask(port, "/v1/sides") == ("hit", kept[1])


def test_a_client_that_has_seen_a_revision_gets_a_new_answer_which_then_serves_all(port: int) -> None:
    kept = ask(port, "/v1/events")
    newer = ask(port, "/v1/events", Counterclaim_Revision="99")
    assert newer[0] == "miss" and newer != kept
    wait_until(lambda: ask(port, "/v1/events") == ("hit", newer[1]))  # nginx puts a copy in its place after the answer


def test_no_client_waits_for_the_answer_that_replaces_an_old_copy(port: int) -> None:
    kept, answers = ask(port, "/v1/old"), []

    def is_replaced() -> bool:
        answers.append(ask(port, "/v1/old"))
        return answers[-1][1] != kept[1]

    wait_until(is_replaced)
    assert {state for state, _ in answers} == {"hit"}


@pytest.mark.parametrize("query", ["revision=1", "limit=1&release=2026-1"])
def test_an_answer_of_a_revision_or_release_is_a_copy_also_for_a_client_that_has_seen_a_later_one(
    port: int, query: str
) -> None:
    kept = ask(port, f"/v1/events?{query}")
    assert ask(port, f"/v1/events?{query}", Counterclaim_Revision="99") == ("hit", kept[1])


def test_a_word_that_only_ends_in_revision_pins_nothing(port: int) -> None:
    ask(port, "/v1/events?since_revision=1")
    assert ask(port, "/v1/events?since_revision=1", Counterclaim_Revision="99")[0] == "miss"


@pytest.mark.parametrize("address", ["/v1/log/checkpoint", "/healthz", "/readyz", "/v1/broken"])
def test_checkpoints_health_and_errors_are_never_kept(port: int, address: str) -> None:
    assert [ask(port, address)[0] for _ in range(2)] == ["miss", "miss"]


def test_a_write_is_passed_on(port: int) -> None:
    ask(port, "/v1/sources")
    assert [ask(port, "/v1/sources", "POST")[0] for _ in range(2)] == ["miss", "miss"]


def test_a_copy_serves_only_clients_that_accept_the_same_encodings(port: int) -> None:
    kept = ask(port, "/v1/conflicts", Accept_Encoding="gzip")
    plain = ask(port, "/v1/conflicts", Accept_Encoding="gzip;q=0")
    assert plain[0] == "miss"
    assert ask(port, "/v1/conflicts", Accept_Encoding="gzip") == ("hit", kept[1])
    assert ask(port, "/v1/conflicts", Accept_Encoding="gzip;q=0") == ("hit", plain[1])


def test_a_purge_deletes_the_files(port: int, folder: pathlib.Path) -> None:
    kept = ask(port, "/v1/redacted")
    assert ask(port, "/v1/redacted") == ("hit", kept[1])
    for path in (folder / "cache-nginx").rglob("*"):
        if path.is_file():
            path.unlink()
    assert ask(port, "/v1/redacted")[0] == "miss"
