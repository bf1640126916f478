"""A receiver of webhooks: a real HTTP server on the loopback interface that verifies every signature."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

from standardwebhooks import Webhook


class Receiver:
    """`secrets`: by webhook. `answers`: the next statuses, then 204. `messages`: what was accepted."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.answers: list[int] = []
        self.attempts: list[tuple[dict[str, str], bytes]] = []
        self.messages: list[dict[str, Any]] = []
        self.port = 0
        self.arrived = threading.Event()  # a message was accepted

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=us"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """Note an attempt, and return the status of the answer."""
        self.attempts.append((headers, body))
        status = self.answers.pop(0) if self.answers else 204
        if status == 204:
            slug = headers["webhook-id"].partition(".")[0]
            Webhook(self.secrets[slug]).verify(body, headers)
            self.messages.append(json.loads(body))
            self.arrived.set()
        return status

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change for message in self.messages for change in message["data"]["changes"]]


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
