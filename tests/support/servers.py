"""A real gunicorn with our own gunicorn.conf.py on a free port of the loopback interface."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 120  # seconds until the server must listen


class Server(NamedTuple):
    port: int
    environment: dict[str, str]  # for commands that use the same database
    process: "subprocess.Popen[bytes]"
    log: pathlib.Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def serving(
    url: str, folder: pathlib.Path, workers: int = 1, **settings: str
) -> contextlib.AbstractContextManager[Server]:
    """Serve the database at `url`, which is upgraded already. The secrets and the log are in `folder`."""
    command = ["gunicorn", "wsgi:app", "--workers", str(workers), "--bind"]
    return _run_server(command, url, folder, settings)


def serving_behind_nginx(url: str, folder: pathlib.Path, **settings: str) -> contextlib.AbstractContextManager[Server]:
    """Serve the database as `make serve` does, with one process that answers pages."""
    return _run_server(["deploy.serve", "--workers", "1", "--listen"], url, folder, settings)


@contextlib.contextmanager
def _run_server(command: list[str], url: str, folder: pathlib.Path, settings: dict[str, str]) -> Iterator[Server]:
    """Run a module of Python, whose last argument is the address, until the end of the block."""
    port = free_port()
    environment = {**os.environ, **variables(url, folder, port), **settings}
    log = folder / f"{command[0]}-{port}.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, f"127.0.0.1:{port}"], cwd=ROOT, env=environment, stdout=output,
            stderr=output,
        )  # fmt: skip
    try:
        assert listens(port, process), log.read_text()
        yield Server(port, environment, process, log)
    finally:
        process.terminate()
        process.wait(60)


def variables(url: str, folder: pathlib.Path, port: int) -> dict[str, str]:
    return {
        "COUNTERCLAIM_DATABASE_URL": url,
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key"),
        "COUNTERCLAIM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "COUNTERCLAIM_COSTLY_SECONDS_PER_MINUTE": "0",  # a busy machine is slow
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    """Wait until the server answers. Return False if its process ends or `PATIENCE` is over."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(ConnectionError):
            return b'"up"' in send(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    return False


def send(port: int, request: bytes, half_close: bool = False) -> bytes:
    """Send the bytes, and return all that the server answers before it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                answer += part
        return answer
