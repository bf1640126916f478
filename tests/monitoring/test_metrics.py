"""/metrics of a real server: sums over its workers, that survive a killed worker and end with the server."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import cysqlite
import psutil
import pytest

from api.config import Settings, folder_of_metrics
from api.database.connection import connect_to
from api.monitoring.metrics import COUNTED, COUNTER, METRICS, READ, public_name
from api.web.server_parts import PARTS
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.metrics import find_value, list_files, read_samples, wait_for_value, wait_until
from tests.support.servers import ROOT, Server, serving

LOOPBACK = {"COUNTERCLAIM_METRICS": "127.0.0.1"}


@pytest.fixture(scope="module")
def small_world(databases: Databases, engine: str) -> tuple[str, str]:
    """Return the address of a database with the small world, and a key."""
    url = databases.upgraded(engine)
    connect_to(url)
    worlds.write(worlds.SMALL)
    return url, new_key("write")


@pytest.fixture(scope="module")
def server(small_world: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve with two workers. Each test asks for addresses of its own."""
    folder = tmp_path_factory.mktemp("served")
    counts = {"COUNTERCLAIM_METRICS_FOLDER": str(folder / "counts")}
    with serving(small_world[0], folder, workers=2, **LOOPBACK, **counts) as running:
        yield running


def ask(server: Server, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_every_worker_counts_its_requests_by_route_method_and_status(server: Server) -> None:
    for _ in range(6):
        assert ask(server, "/v1/claims?limit=2")[0] == 200
    assert ask(server, "/v1/claims/a-own")[0] == ask(server, "/v1/claims/a-own", "HEAD")[0] == 200
    assert ask(server, "/v1/claims/nothing")[0] == ask(server, "/nothing")[0] == 404
    assert ask(server, "/v1/claims", "BREW")[0] == 405
    one = {"route": "/v1/claims/{record_id}", "method": "GET"}
    wait_for_value(server.url, 1, "requests_total", route="none", method="other", status="405")
    samples = wait_for_value(server.url, 1, "requests_total", **one, status="404")
    assert find_value(samples, "requests_total", route="/v1/claims", method="GET", status="200") == 6
    assert find_value(samples, "requests_total", route="none", method="GET", status="404") == 1
    assert find_value(samples, "requests_total", **(one | {"method": "HEAD"}), status="200") == 1
    assert find_value(samples, "request_seconds_count", **one) == 2
    assert find_value(samples, "request_seconds_bucket", **one, le="+Inf") == 2
    assert (find_value(samples, "request_seconds_sum", **one) or 0) > 0


def test_hits_and_misses_of_the_response_cache_are_counted(
    small_world: tuple[str, str], tmp_path: pathlib.Path
) -> None:
    with serving(small_world[0], tmp_path, COUNTERCLAIM_METRICS_FOLDER=str(tmp_path / "counts"), **LOOPBACK) as server:
        for _ in range(4):
            ask(server, "/v1/claims?limit=3")
        samples = wait_for_value(server.url, 3, "answers_total", cache="hit")
        assert find_value(samples, "answers_total", cache="miss") == 1
        assert find_value(samples, "requests_total", route="/v1/claims", method="GET", status="200") == 4


def test_a_write_shows_in_the_revision_the_log_and_the_waits(server: Server, small_world: tuple[str, str]) -> None:
    before = read_samples(server.url)
    headers = {"Authorization": f"Bearer {small_world[1]}", "Content-Type": "application/json"}
    sources = [{"publisher": f"Paper {number}"} for number in range(3)]
    path = "/v1/sources?reason=Entered"
    assert ask(server, path, "POST", sources, **headers, **{"Idempotency-Key": str(server.port)})[0] == 201
    route = {"route": "/v1/sources", "method": "POST", "status": "201"}
    samples = wait_for_value(server.url, 1, "requests_total", **route)
    for name, more in (("revision", 1), ("log_entries", 3)):
        assert find_value(samples, name) == (find_value(before, name) or 0) + more
    assert (find_value(samples, "write_wait_seconds_count") or 0) >= 1
    assert find_value(samples, "ready", part="writing") == 1


def test_a_write_that_waited_in_vain_is_in_the_waits(databases: Databases, tmp_path: pathlib.Path) -> None:
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(worlds.SMALL)
    headers = {"Authorization": f"Bearer {new_key('write')}", "Content-Type": "application/json"}
    settings = {"COUNTERCLAIM_WRITE_WAIT_SECONDS": "1", "COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts")}
    with serving(url, tmp_path, **LOOPBACK, **settings) as server:
        path, body = "/v1/sources?reason=Entered", [{"publisher": "Herald"}]
        other = cysqlite.connect(url.removeprefix("sqlite:///"))
        other.execute("BEGIN IMMEDIATE")
        assert ask(server, path, "POST", body, **headers, **{"Idempotency-Key": "a"})[0] == 503
        other.execute("ROLLBACK")
        other.close()
        samples = read_samples(server.url)
        quick, every = (find_value(samples, "write_wait_seconds_bucket", le=limit) for limit in ("0.5", "+Inf"))
        assert every is not None and quick is not None and every - quick == 1


def test_every_part_of_readyz_and_the_disks_are_shown(server: Server, engine: str) -> None:
    samples = read_samples(server.url)
    shown = {dict(labels)["part"] for name, labels in samples if name == "counterclaim_ready"}
    assert shown == set(PARTS)
    disks = {dict(labels)["folder"] for name, labels in samples if name == "counterclaim_disk_free_bytes"}
    assert disks == ({"database", "image"} if engine == "sqlite" else {"image"})


def find_workers(server: Server) -> list[int]:
    return [child.pid for child in psutil.Process(server.process.pid).children()]


def test_counts_survive_killed_workers_and_their_files_do_not_pile_up(server: Server) -> None:
    folder = next(pathlib.Path(server.environment["COUNTERCLAIM_METRICS_FOLDER"]).iterdir())
    route = {"route": "/v1/conflicts", "method": "GET", "status": "200"}
    for number in range(1, 5):
        assert ask(server, "/v1/conflicts?limit=1")[0] == 200
        wait_for_value(server.url, number, "requests_total", **route)
        (killed, *_) = find_workers(server)
        os.kill(killed, signal.SIGKILL)
        wait_until(server.url, lambda _, gone=killed: gone not in find_workers(server))  # type: ignore[misc]
    slots = [name for name in list_files(folder) if name.endswith(".lock")]
    assert len(slots) <= 4, "one for the master, one a worker, and one where two workers overlap"


def test_counts_end_with_the_server(small_world: tuple[str, str], tmp_path: pathlib.Path) -> None:
    counts = {"COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts"), **LOOPBACK}
    route = {"route": "/v1/sides", "method": "GET", "status": "200"}
    with serving(small_world[0], tmp_path, **counts) as server:
        ask(server, "/v1/sides")
        wait_for_value(server.url, 1, "requests_total", **route)
    with serving(small_world[0], tmp_path, **counts) as server:
        assert find_value(read_samples(server.url), "requests_total", **route) is None


PROXIED = {"X-Forwarded-For": "203.0.113.9"}


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, [({}, 404)]),
        ({"COUNTERCLAIM_METRICS": "10.0.0.0/8"}, [({}, 404)]),
        ({"COUNTERCLAIM_METRICS": "10.0.0.0/8,127.0.0.1"}, [({}, 200), (PROXIED, 404), ({"Via": "1.1 cache"}, 404)]),
        (
            {**LOOPBACK, "COUNTERCLAIM_PROXY_HOPS": "1"},
            [({}, 200), (PROXIED, 404), ({"X-Forwarded-For": "203.0.113.9, 127.0.0.1"}, 200)],
        ),
    ],
)
def test_only_the_networks_of_the_setting_may_read(
    databases: Databases, tmp_path: pathlib.Path, settings: dict[str, str], asked: list[tuple[dict[str, str], int]]
) -> None:
    """A proxy on the same machine connects from loopback. It must not show the counts to everybody behind it."""
    counts = {"COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts")}
    with serving(databases.upgraded("sqlite"), tmp_path, **counts, **settings) as server:
        for headers, status in asked:
            assert ask(server, "/metrics", **headers)[0] == status, headers


def test_without_the_setting_nothing_is_counted(databases: Databases, tmp_path: pathlib.Path) -> None:
    counts = tmp_path / "counts"
    with serving(databases.upgraded("sqlite"), tmp_path, COUNTERCLAIM_METRICS_FOLDER=str(counts)) as server:
        assert ask(server, "/v1/claims")[0] == 200
    assert not counts.exists()


def test_counts_are_in_memory_and_of_one_user_and_database(databases: Databases, tmp_path: pathlib.Path) -> None:
    """On a full disk the kernel would kill a process that counts."""
    folder = folder_of_metrics(Settings(database_url=databases.upgraded("sqlite")))
    assert folder.parent.name == f"counterclaim-metrics-{os.getuid()}"
    assert folder.parents[1] == pathlib.Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())
    assert folder != folder_of_metrics(Settings(database_url=databases.upgraded("sqlite")))


def run_counting(code: str, folder: pathlib.Path) -> str:
    """Run code in a process that counts. Return what it prints."""
    command = counting_command(code, folder)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def counting_command(code: str, folder: pathlib.Path) -> list[str]:
    start = f"import pathlib\nfrom api.monitoring import metrics\nFOLDER = pathlib.Path({str(folder)!r})\n"
    return [sys.executable, "-c", f"{start}metrics.start_metrics(FOLDER)\n{code}"]


SHOW = "\nprint(metrics.write_metrics(FOLDER, {}).decode())"


def test_slots_of_costly_answers_and_refusals_are_counted(tmp_path: pathlib.Path) -> None:
    code = """
from api.http.costly_answers import CostlySlots
from api.http.problems import ApiProblem
slots = CostlySlots(1, 0.01)
slots.occupy("a")
for _ in range(2):
    try:
        slots.occupy("b")
    except ApiProblem:
        pass"""
    lines = run_counting(code + SHOW, tmp_path).splitlines()
    assert "counterclaim_costly_slots_in_use 1.0" in lines
    assert "counterclaim_costly_waiting 0.0" in lines
    assert 'counterclaim_costly_refusals_total{reason="slots"} 2.0' in lines


def test_gunicorns_that_share_a_folder_have_slots_of_their_own_and_one_sum(tmp_path: pathlib.Path) -> None:
    """`make serve` starts two. A level of a process that has ended counts no more."""
    show = "print(metrics.write_metrics(FOLDER, {}).decode())"
    code = "metrics.add_count('slow_questions')\nmetrics.set_level('costly_slots_in_use', 2)\n"
    wait = ["print('counted', flush=True)", "import sys", "sys.stdin.read()"]
    with subprocess.Popen(
        counting_command(code + "\n".join(wait), tmp_path), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdin and first.stdout and first.stdout.readline() == b"counted\n"
        # As each gunicorn does when it begins.
        empty = "from api.monitoring import metric_files\nmetric_files.empty_folder(FOLDER)\n"
        both = run_counting(empty + code + show, tmp_path).splitlines()
        first.stdin.close()
    alone = run_counting(code + show, tmp_path).splitlines()
    assert "counterclaim_costly_slots_in_use 4.0" in both and "counterclaim_costly_slots_in_use 2.0" in alone
    assert "counterclaim_slow_questions_total 2.0" in both and "counterclaim_slow_questions_total 3.0" in alone


def test_a_running_import_shows_how_far_it_is_and_an_ended_one_does_not(tmp_path: pathlib.Path) -> None:
    code = """
from imports.cli.import_files import show_progress
with show_progress("Writing", 200) as bar:
    bar.update(50)
    bar.update(10)"""
    lines = run_counting(code + SHOW, tmp_path).splitlines()
    assert 'counterclaim_import_steps_total{step="writing"} 200.0' in lines
    assert 'counterclaim_import_steps_done{step="writing"} 60.0' in lines
    assert "import_steps" not in run_counting(SHOW, tmp_path)


def test_a_folder_that_cannot_be_written_stops_no_server(databases: Databases, tmp_path: pathlib.Path) -> None:
    (tmp_path / "counts").write_text("a file")
    settings = {"COUNTERCLAIM_METRICS_FOLDER": str(tmp_path / "counts"), **LOOPBACK}
    with serving(databases.upgraded("sqlite"), tmp_path, **settings) as server:
        assert ask(server, "/v1/claims")[0] == 200
        assert ask(server, "/metrics")[0] == 503


def test_the_page_for_operators_has_every_metric() -> None:
    page = (ROOT / "docs/operators/monitoring.md").read_text()
    for name, metric in METRICS.items():
        assert f"| `{public_name(name)}` | {metric.kind} |" in page
    assert COUNTED.keys().isdisjoint(READ)
    assert all(metric.kind != COUNTER for metric in READ.values())
