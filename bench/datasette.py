"""Datasette, where it could be installed into `.venv-bench`: SQL over HTTP by somebody else."""

import os
import pathlib
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.clock import of_process

PROGRAM = pathlib.Path(os.environ.get("DATASETTE", ".venv-bench/bin/datasette"))
SETTINGS = ("sql_time_limit_ms", "600000"), ("max_returned_rows", "100000")


class Datasette:
    """A server of one database file; CPU time is that of its process."""

    def __init__(self, file: pathlib.Path) -> None:
        self.port = free_port()
        settings = [word for name, value in SETTINGS for word in ("--setting", name, value)]
        self.process = subprocess.Popen(
            [PROGRAM, "serve", str(file), "--port", str(self.port), *settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{self.port}/-/versions.json")

    @classmethod
    @contextmanager
    def beside(cls, file: pathlib.Path) -> Iterator["Datasette | None"]:
        """A server while it is needed; None where there is no Datasette."""
        server = cls(file) if PROGRAM.exists() else None
        try:
            yield server
        finally:
            if server:
                server.process.terminate()
                server.process.wait()

    def ask(self, sql: str) -> float:
        """CPU seconds of an answer."""
        started = of_process(self.process.pid)
        query = urllib.parse.urlencode({"sql": sql, "_shape": "arrays", "_ttl": "0"})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/bench.json?{query}", timeout=900) as answer:
            assert b'"rows"' in answer.read()
        return of_process(self.process.pid) - started


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(url: str, seconds: float = 60) -> None:
    ended = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            if time.monotonic() > ended:
                raise
            time.sleep(0.1)
