"""`make serve`: nginx in front of gunicorn passes answers on unchanged, and slow clients delay nobody else."""

import gzip
import json
import pathlib
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import brotli
import psutil
import pytest
import zstandard

import deploy.serve
from api.database.connection import connect_to, database
from api.evidence.refresh import refresh_image
from bench import generated
from bench.attackers import attacked
from bench.clients import CROWDS, SERVE, compare, started
from bench.place import place
from schemas.problems import PROBLEMS, ProblemOut
from tests.conftest import Databases
from tests.http.test_costly_answers import CHEAP, COSTLY
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.metrics import find_value, read_samples, wait_for_value
from tests.support.servers import ROOT, Server, send, serving_behind_nginx
from tests.test_operator_commands import list_commands

pytestmark = pytest.mark.skipif(deploy.serve.find_nginx() is None, reason=deploy.serve.MISSING)
SITE = (ROOT / "deploy/nginx.conf").read_text()
LEAST_P99 = 50  # milliseconds, of a quick machine
READERS = {"idle": 20, "slow heads": 20, "slow bodies": 20, "slow readers": 8}


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[tuple[Server, str]]:
    """Serve the small world from SQLite. Yield the server and a key."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(worlds.SMALL)
    key = new_key("write")
    settings = {
        "COUNTERCLAIM_READS_PER_MINUTE": "100000", "COUNTERCLAIM_METRICS": "127.0.0.1",
        "COUNTERCLAIM_METRICS_FOLDER": str(databases.folder / "counts"),
    }  # fmt: skip
    with serving_behind_nginx(url, databases.folder, **settings) as server:
        yield server, key


Parts = tuple[int, dict[str, str], bytes]


def ask(port: int, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> Parts:
    """Return status, header fields (lower case) and body of an answer over a new connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    answer = send(port, "\r\n".join([*lines, "", ""]).encode() + body)
    return read_answer(answer)


def read_answer(answer: bytes) -> Parts:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {n.lower(): v.strip() for n, _, v in (f.partition(":") for f in fields)}, body


DECODERS = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


@pytest.mark.parametrize("encoding", DECODERS)
def test_answers_keep_their_encoding_and_their_tag(served: tuple[Server, str], encoding: str) -> None:
    port = served[0].port
    status, fields, body = ask(port, "/v1/claims?limit=5", f"Accept-Encoding: {encoding}")
    _, _, plain = ask(port, "/v1/claims?limit=5")
    assert status == 200 and DECODERS[encoding](body) == plain
    assert fields.get("content-encoding", "identity") == encoding
    assert fields["etag"].endswith('"' if encoding == "identity" else f'-{encoding}"')
    assert not fields["etag"].startswith("W/")
    assert {name.strip() for name in fields["vary"].split(",")} == {"Accept", "Accept-Encoding"}
    conditional = (f"Accept-Encoding: {encoding}", f"If-None-Match: {fields['etag']}")
    assert ask(port, "/v1/claims?limit=5", *conditional)[0] == 304


def test_fields_of_errors_are_not_added_to_answers(served: tuple[Server, str]) -> None:
    for path in ("/v1/claims?limit=1", "/v1/claims/none-such"):
        answer = send(served[0].port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head = answer.partition(b"\r\n\r\n")[0].lower()
        for name in (b"access-control-allow-origin:", b"x-request-id:", b"cache-control:"):
            assert head.count(name) == 1, (path, name)


def test_a_checkpoint_is_of_the_newest_revision(served: tuple[Server, str]) -> None:
    server, key = served
    sizes = []
    for number in range(3):
        record = json.dumps(
            {"id": f"paper-{number}", "publisher": f"Paper {number}", "kind": "report", "language": "en"}
        )
        headers = (
            f"Authorization: Bearer {key}", f"Idempotency-Key: {number}", "Content-Type: application/json",
            f"Content-Length: {len(record)}",
        )  # fmt: skip
        status, _, body = ask(server.port, "/v1/sources?reason=x", *headers, method="POST", body=record.encode())
        assert status == 201, body
        sizes.append(int(ask(server.port, "/v1/log/checkpoint")[2].split(b"\n")[1]))
    assert sizes == [sizes[0], sizes[0] + 1, sizes[0] + 2]


def test_an_address_cannot_choose_the_address_that_it_counts_for(served: tuple[Server, str]) -> None:
    left = [
        int(
            re.findall(r"r=(\d+)", ask(served[0].port, "/v1/sides", f"X-Forwarded-For: 192.0.2.{n}")[1]["ratelimit"])[0]
        )
        for n in range(4)
    ]
    assert left == sorted(left, reverse=True) and len(set(left)) == 4


def test_a_streamed_answer_comes_whole(served: tuple[Server, str]) -> None:
    status, fields, body = ask(served[0].port, "/v1/claims.csv?fields=id")
    assert (status, fields["transfer-encoding"]) == (200, "chunked")
    assert body.endswith(b"0\r\n\r\n") and b"a-killed\r\n" in body


BROKEN = [
    (b"NONSENSE\r\n\r\n", 400),
    (b"GET /v1/claims HTTP/1.1\r\n\r\n", 400),
    (b"get /v1/claims HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    (b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    (b"GET /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"TRACE /v1/claims HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
    (b"POST /v1/claims HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 209715200\r\n\r\n", 413),
    (b"GET /v1/claims?q=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414),
    (b"GET /v1/claims HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400),
    (b"POST /v1/claims HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
    (b"GET /v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
]


@pytest.mark.parametrize(("sent", "status"), BROKEN, ids=lambda value: repr(value)[:30])
def test_what_nginx_refuses_is_a_problem_document(served: tuple[Server, str], sent: bytes, status: int) -> None:
    answered, fields, body = read_answer(send(served[0].port, sent, half_close=True))
    assert (answered, fields["content-type"]) == (status, "application/problem+json"), body
    assert fields["access-control-allow-origin"] == "*" and fields["cache-control"] == "no-store"
    problem = ProblemOut().load(json.loads(body))
    assert problem["status"] == status and fields["x-request-id"] == problem["request_id"]


def test_what_nginx_refuses_leaves_no_key_in_the_log(served: tuple[Server, str], databases: Databases) -> None:
    server, key = served
    refused = ask(server.port, f"/v1/claims?key={key}", "Content-Length: 209715200", method="POST")
    assert refused[0] == 413
    assert key not in server.log.read_text()


def test_the_problems_of_nginx_are_those_of_the_application() -> None:
    bodies = [json.loads(text) for text in re.findall(r"return \d+ '(.*)';", SITE)]
    for body in bodies:
        problem = PROBLEMS[body["type"].removeprefix("/v1/problems/")]
        assert (body["title"], body["status"]) == (problem.title, problem.status)
    assert len(bodies) == 8


def find_group(address: str) -> str:
    """Return the upstream that the `map` of nginx.conf gives an address."""
    rows = re.search(r'map "\$uri\?\$args" \$upstream \{(.*?)\n\}', SITE, re.DOTALL)
    assert rows
    default, *patterns = [line.strip().rstrip(";").rsplit(" ", 1) for line in rows[1].strip().splitlines()]
    path, _, query = address.partition("?")
    return next((group for p, group in patterns if re.search(p.removeprefix("~"), f"{path}?{query}")), default[1])


def test_costly_addresses_have_processes_of_their_own() -> None:
    assert {find_group(address) for address in COSTLY} == {"counterclaim_costly"}
    assert {find_group(address) for address in CHEAP} == {"counterclaim_pages"}
    assert find_group("/v1/claims?format=json") == find_group("/sides/exports.csv-x") == "counterclaim_pages"
    assert (
        find_group("/v1/claims?harm=killed&format=csv") == find_group("/v1/check?harm=killed") == "counterclaim_costly"
    )


def test_slow_clients_delay_nobody_else(served: tuple[Server, str]) -> None:
    """Sixty-eight of them would occupy every thread of both gunicorns. Unlike in bench.clients no time is compared."""
    port = served[0].port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as halting, attacked(port, READERS) as attackers:
        halting.sendall(b"GET /v1/sides HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        attackers.wait(60)
        for number in range(20):
            assert ask(port, f"/v1/claims?limit=1&from=2020-01-{number + 1:02}")[0] == 200
            assert ask(port, f"/v1/statistics/claims?group_by=harm&from=2020-01-{number + 1:02}")[0] == 200
            assert ask(port, "/healthz")[0] == 200
        with pytest.raises(ConnectionResetError):  # nginx waits ten seconds for the next byte of a body
            halting.recv(100)


@pytest.fixture(scope="module")
def large() -> Iterator[int]:
    """Serve 200,000 claims as `make serve` does. Yield the port."""
    with place() as found:
        with database.connection_context():
            generated.write(200_000)
            refresh_image(is_forced=True)
        with started(SERVE, found.folder) as port:
            yield port


@pytest.mark.night
@pytest.mark.parametrize("crowd", CROWDS)
def test_others_wait_at_most_twice_as_long(large: int, crowd: str, tell: Callable[[str], None]) -> None:
    times = compare(large, CROWDS[crowd], seconds=20, rounds=3)
    tell(f"99 of 100 answers beside {crowd} took at most {times.attacked:.0f} ms, alone {times.alone:.0f} ms")
    assert times.failed == 0
    assert times.attacked <= max(2 * times.alone, LEAST_P99)


def test_both_gunicorns_count_into_one_sum(served: tuple[Server, str]) -> None:
    url, port = served[0].url, served[0].port
    page = {"route": "/v1/codebook", "method": "GET", "status": "200"}
    statistic = {"route": "/v1/statistics/claims", "method": "GET", "status": "200"}
    assert find_group("/v1/codebook") == "counterclaim_pages"
    assert find_group("/v1/statistics/claims?group_by=status") == "counterclaim_costly"
    before = [find_value(read_samples(url), "requests_total", **of) or 0 for of in (page, statistic)]
    for number in range(1, 4):
        assert ask(port, "/v1/codebook")[0] == 200
        assert ask(port, "/v1/statistics/claims?group_by=status")[0] == 200
        wait_for_value(url, before[0] + number, "requests_total", **page)
        wait_for_value(url, before[1] + number, "requests_total", **statistic)
    wait_for_value(url, 0, "costly_slots_in_use")


def test_it_starts_both_gunicorns_by_the_commands_of_the_page(served: tuple[Server, str]) -> None:
    """Their folder and the number of workers differ."""
    page = [command for command in list_commands((ROOT / "docs/operators/serving.md").read_text()) if "bind" in command]
    (folder,) = set(re.findall(r"unix:(\S+)/\w+.sock", served[0].log.read_text()))
    started = {}
    for process in psutil.Process(served[0].process.pid).children():
        words = process.cmdline()
        if "gunicorn" in words:
            command = " ".join(words[words.index("gunicorn") :]).replace(folder, "/run/counterclaim")
            started[command.replace("pages.sock --workers 1", "pages.sock --workers 2")] = process.nice()
    usual = psutil.Process(served[0].process.pid).nice()
    nicer = min(usual + 10, 19)  # the system has no nicer one
    assert started == {
        command.partition(".venv/bin/")[2]: nicer if command.startswith("nice") else usual for command in page
    }


def test_it_stops_when_told_to(databases: Databases) -> None:
    url = databases.upgraded("sqlite")
    with serving_behind_nginx(url, databases.folder) as server:
        folder = re.findall(rb"unix:(\S+)/pages.sock", server.log.read_bytes())[0]
        assert pathlib.Path(folder.decode()).is_dir()
        server.process.terminate()
        assert server.process.wait(60) == 0
        assert not pathlib.Path(folder.decode()).exists()
        with pytest.raises(ConnectionRefusedError):
            ask(server.port, "/healthz")


def run_serve(port: int = 1, **settings: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.serve", "--listen", f"127.0.0.1:{port}"]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60)


def test_a_wrong_setting_stops_it_with_one_line() -> None:
    run = run_serve(COUNTERCLAIM_DRAIN_SECONDS="soon")
    assert run.returncode == 1
    assert (
        run.stderr == "counterclaim: COUNTERCLAIM_DRAIN_SECONDS is 'soon'. It must be a whole number from 1 to 3600.\n"
    )


def test_a_port_of_another_server_is_refused_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = run_serve(port)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"counterclaim: cannot listen at 127.0.0.1:{port}: Address already in use.\n"


def test_without_nginx_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy.serve, "find_nginx", lambda: None)
    monkeypatch.setattr(sys, "argv", ["serve"])
    with pytest.raises(SystemExit, match=r"make serve needs nginx. Install it, for example with: sudo apt install"):
        deploy.serve.main()
