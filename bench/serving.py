"""Servers whose CPU time and memory are measured from outside. Ours is the gunicorn of docs/operators/running.md, with
one worker."""

import http.client
import os
import pathlib
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise

from bench.clock import cpu_of_tree, find_children, memory, of_process, private_memory
from bench.ports import free_port, wait_for

HEADERS = {"Accept": "application/json", "Connection": "keep-alive"}


class Server:
    """A server on its own port. Its CPU time and memory are those of all its processes.

    `command` starts it. It is ready when it answers at the address `first`.
    """

    def __init__(self, command: Sequence[str], port: int, first: str, environment: Mapping[str, str]) -> None:
        self.port = port
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(f"http://127.0.0.1:{port}{first}")
        self.worker = (find_children(self.process.pid) or [self.process.pid])[0]
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=900)

    def get(self, path: str) -> bytes:
        status, body = self.ask(path)
        assert status == 200, (path, status, body[:300])
        return body

    def ask(self, path: str, headers: Mapping[str, str] = HEADERS) -> tuple[int, bytes]:
        """Return the status and the body, over a new connection: the server may have closed the last one."""
        answer, body = self.ask_whole(path, headers)
        return answer.status, body

    def ask_whole(self, path: str, headers: Mapping[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        """Return the answer with its headers, and its body."""
        self.connection.close()
        self.connection.request("GET", path, headers=dict(headers))
        answer = self.connection.getresponse()
        return answer, answer.read()

    def cost(self, path: str) -> tuple[float, int]:
        """Return the CPU seconds of all processes of the server for one answer, and its status."""
        before = cpu_of_tree(self.process.pid)
        status, _ = self.ask(path)
        return cpu_of_tree(self.process.pid) - before, status

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[float, bytes]:
        """Return the CPU seconds of all processes of the server for a write that succeeds, and its answer."""
        self.connection.close()
        before = cpu_of_tree(self.process.pid)
        self.connection.request("POST", path, body, {**HEADERS, "Content-Type": "application/json", **headers})
        answer = self.connection.getresponse()
        read = answer.read()
        assert answer.status == 201, (path, answer.status, read[:300])
        return cpu_of_tree(self.process.pid) - before, read

    def times(self, paths: Sequence[str]) -> list[float]:
        """Return the CPU seconds of the worker for each of these requests."""
        self.connection.close()  # the server may have closed it
        marks = [of_process(self.worker)]
        for path in paths:
            self.get(path)
            marks.append(of_process(self.worker))
        return [after - before for before, after in pairwise(marks)]

    def cpu(self, path: str, number: int) -> float:
        """Return the median CPU seconds of the worker for one of `number` requests."""
        return statistics.median(self.times([path] * number))

    def cpu_of(self, path: str, sent: Iterable[Mapping[str, str]]) -> float:
        """Return the median of the CPU seconds of the worker for requests with each of these headers."""
        marks = [of_process(self.worker)]
        for headers in sent:
            status, _ = self.ask(path, headers)
            assert status in (200, 304), (path, status)
            marks.append(of_process(self.worker))
        return statistics.median(after - before for before, after in pairwise(marks))

    def drain(self, path: str) -> int:
        """Read an answer to its end without storing it; return the number of its bytes."""
        self.connection.close()
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        assert answer.status == 200, (path, answer.status, answer.read(300))
        return sum(iter(lambda: len(answer.read(1 << 20)), 0))

    def peak(self) -> float:
        """Return the peak memory of the worker since its start, MB."""
        return memory(self.worker, "VmHWM")

    def private(self) -> float:
        """Return the memory of the worker that it shares with no other process, MB."""
        return private_memory(self.worker)

    @contextmanager
    def watched(self) -> Iterator[list[float]]:
        """Yield a list. At the end it has the peak private memory of the worker during the block, MB."""
        peak = [self.private()]
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.02):
                peak[0] = max(peak[0], self.private())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield peak
        finally:
            is_over.set()
            watcher.join()


def start_gunicorn(
    application: str, folder: pathlib.Path, first: str, settings: Mapping[str, str], as_served: bool = False
) -> Server:
    """Start one worker that goes on for ever. `as_served`: the workers of gunicorn.conf.py, which are replaced."""
    port = free_port()
    bound = ["--bind", f"127.0.0.1:{port}"] + ([] if as_served else ["--workers", "1", "--max-requests", "0"])
    environment = {
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "COUNTERCLAIM_SECRET_FILE": str(folder / "secret"),
        "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key"),
        "COUNTERCLAIM_STATEMENT_SECONDS": "300",  # CPU time is measured, and the machine may be busy
        "COUNTERCLAIM_COSTLY_SECONDS_PER_MINUTE": "0",
        "COUNTERCLAIM_RESPONSE_CACHE_MB": "0",  # each request computes its answer, except in bench.repeats
        **settings,
    }
    return Server([sys.executable, "-m", "gunicorn", application, *bound], port, first, environment)


@contextmanager
def serving(
    application: str, folder: pathlib.Path, first: str = "/healthz", *, as_served: bool = False, **settings: str
) -> Iterator[Server]:
    """Serve the database in the folder. `settings` are more variables of the environment."""
    with stopped_at_the_end(start_gunicorn(application, folder, first, settings, as_served)) as server:
        yield server


@contextmanager
def stopped_at_the_end(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.connection.close()
        server.process.terminate()
        server.process.wait()
