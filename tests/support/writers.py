"""Clients that write to a real server over the network, and its answers. They try again, as an editor's script does."""

import dataclasses
import http.client
import itertools
import json
from collections import Counter
from typing import Any

PATIENCE = 60  # seconds for one answer
BROKEN = (OSError, http.client.HTTPException)


class Broken(Exception):
    """The connection broke before the answer arrived: nobody knows whether the write was done."""


@dataclasses.dataclass
class Answer:
    status: int
    tag: str | None
    body: Any
    replayed: bool


class Writer:
    """One client with a key; `answered` counts the status codes of its answers."""

    def __init__(self, port: int, key: str, name: str) -> None:
        self.port, self.name = port, name
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.numbers = itertools.count(1)
        self.answered: Counter[int] = Counter()

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        """Send a request. Raise `Broken` if the connection breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = None if body is None else json.dumps(body)
        try:
            connection.request(method, address, sent, {**self.headers, **headers})
            answer = connection.getresponse()
            text = answer.read()
        except BROKEN as error:
            raise Broken(str(error)) from None
        finally:
            connection.close()
        self.answered[answer.status] += 1
        told = json.loads(text) if text else None
        return Answer(answer.status, answer.getheader("ETag"), told, answer.getheader("Idempotent-Replayed") == "true")

    def read(self, address: str) -> tuple[int, bytes]:
        """Return the status and the body of an answer of any media type."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", address)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, record_type: str, body: Any, idempotency_key: str | None = None) -> Answer:
        key = idempotency_key or f"{self.name}-{next(self.numbers)}"
        return self.ask("POST", f"/v1/{record_type}?reason=Entered&allow_duplicate=1", body, **{"Idempotency-Key": key})

    def increment(self, claim: str) -> int:
        """Add 1 to a figure that other clients also change: read it, write it, and start again if it has changed."""
        for attempt in itertools.count(1):
            seen = self.ask("GET", f"/v1/claims/{claim}")
            best = seen.body["data"]["best"] + 1
            told = self.ask(
                "PATCH", f"/v1/claims/{claim}?reason=One+more", {"value": best}, **{"If-Match": str(seen.tag)}
            )
            if told.status == 200:
                return attempt
            assert told.status == 412, told
        raise AssertionError


def figure(claim: str) -> dict[str, Any]:
    """Return a claim that serves as a counter, with its report."""
    return {
        "id": claim,
        "conflict": "war",
        "claimant": "one-mod",
        "harm": "killed",
        "measure": "cumulative",
        "qualifier": "exact",
        "best": 0,
        "reports": [{"source": "times"}],
    }
