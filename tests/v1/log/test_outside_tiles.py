"""Programs of other people read our tiles, prove entries and cosign our log, over HTTP from a real server."""

import contextlib
import json
import pathlib
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from api.database.connection import connect_to, database
from tests.conftest import Databases
from tests.support import logs
from tests.support.servers import ROOT, Server, free_port, serving
from tests.v1.log.test_outside_proofs import OUTSIDE, build_go_program, install_packages

SIZE, PROVED = 600, 100
PATIENCE = 60
pytestmark = pytest.mark.xdist_group("outside")  # one worker installs the programs, once


@pytest.fixture(scope="module")
def server(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server with a log of three tiles."""
    url = databases.upgraded(engine)
    connect_to(url)
    with database.connection_context():
        logs.append(logs.entries(random.Random(5), SIZE))
    with serving(url, tmp_path_factory.mktemp("tiles")) as server:
        yield server


def get_text(server: Server, path: str) -> str:
    with urllib.request.urlopen(f"{server.url}/v1/log/{path}") as answer:
        return str(answer.read().decode())


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_go_proves_entries_from_tiles(server: Server, folder: pathlib.Path) -> None:
    program = build_go_program(folder, "read_tiles")
    key = get_text(server, "key").strip()
    ran = run([*program, f"{server.url}/v1/log", key, str(PROVED)])
    assert ran.stdout == f"{PROVED} entries of {SIZE}\n", ran.stderr
    every = run([*program, f"{server.url}/v1/log", key, str(SIZE)])
    assert every.stdout == f"{SIZE} entries of {SIZE}\n", every.stderr


def test_aics_tlog_audits_every_tile(server: Server, folder: pathlib.Path) -> None:
    python = str(install_packages(folder) / "python")
    command = [python, str(OUTSIDE / "read_tiles.py"), f"{server.url}/v1/log", get_text(server, "key").strip()]
    ran = run([*command, str(PROVED)])
    assert ran.stdout == f"{PROVED} entries of {SIZE}, 0 witnesses\n", ran.stderr


def test_tlog_scales_reads_entries_and_writes_our_proofs(server: Server, folder: pathlib.Path) -> None:
    program = str(install_packages(folder) / "tlog-tiles")
    prefix = f"{server.url}/v1/log"
    for index in (0, 255, 256, 599):
        ran = run([program, "get-leaf", "--check", prefix, str(index)])
        assert ran.returncode == 0 and json.loads(ran.stdout)["seq"] == index + 1, ran.stderr
        first, _, *rest = get_text(server, f"proof/inclusion.tlog-proof?seq={index + 1}").split("\n")
        theirs = run([program, "gen-proof", prefix, str(index)]).stdout.split("\n")
        assert theirs == [first, *rest]  # without the entry


@pytest.fixture
def witness(server: Server, folder: pathlib.Path, tmp_path: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Yield the key and the URL of an aics-witness that knows the log of the server."""
    program, config = str(install_packages(folder) / "aics-witness"), str(tmp_path / "witness.json")
    key = get_text(server, "key").strip()
    made = run([program, "init", "-c", config, "--name", "witness.example/w1"])
    added = run([program, "add-log", "-c", config, "--origin", key.split("+")[0], "--vkey", key])
    assert (made.returncode, added.returncode) == (0, 0), made.stderr + added.stderr
    vkey = next(word for word in made.stdout.split() if word.startswith("witness.example/w1+"))
    port = free_port()
    with open(tmp_path / "witness.log", "w") as log:
        # It listens on every network address by default.
        command = [program, "serve", "-c", config, "--listen", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        assert listens(port, process), (tmp_path / "witness.log").read_text()
        yield vkey, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    return False


def test_aics_witness_cosigns_over_http(
    server: Server, witness: tuple[str, str], folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    vkey, url = witness
    policy = tmp_path / "policy"
    policy.write_text(f"witness w {vkey} {url}\nquorum w\n")
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "log"]

    def run_flask(*words: str) -> str:
        ran = subprocess.run(
            [*flask, *words, "--policy", str(policy)], cwd=ROOT, env=server.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return ran.stdout + ran.stderr

    assert run_flask("witness") == f"w: cosigned {SIZE} entries.\n"
    assert run_flask("witness") == f"w: cosigned {SIZE} entries.\n"
    assert f"Cosigned by the quorum w: the first {SIZE} of them." in run_flask("verify")
    with database.connection_context():
        database.execute_sql("DELETE FROM cosignature")  # the witness answers 409 and its size
    assert run_flask("witness") == f"w: cosigned {SIZE} entries.\n"
    python, key = str(install_packages(folder) / "python"), get_text(server, "key").strip()
    ran = run([python, str(OUTSIDE / "read_tiles.py"), f"{server.url}/v1/log", key, "1", vkey])
    assert ran.stdout == f"1 entries of {SIZE}, 1 witnesses\n", ran.stderr
    proof = tmp_path / "proof"
    proof.write_text(get_text(server, "proof/inclusion.tlog-proof?seq=9"))
    assert run_flask("verify-proof", str(proof)).endswith("Cosigned by the quorum w.\n")
