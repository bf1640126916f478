"""Clients of the cluster: editors who write all the time, and readers who note each revision that they are shown."""

import dataclasses
import http.client
import json
import threading
import time
from typing import Any

from tests.support.writers import Answer, Broken, Writer
from tests.system.test_kills import Editor

REVISION = "Counterclaim-Revision"
LOST = (502, 504)  # a proxy lost the connection: nobody knows whether the write was made
CHANGED = 412
SECONDS = 30  # for one answer
BEAT = 0.1  # seconds between two requests of a reader


@dataclasses.dataclass
class Sample:
    """One answer, or none: then the status is 0."""

    at: float
    status: int
    revision: int = 0


class NotingWriter(Writer):
    """A writer that notes when each write was answered, with which revision."""

    def __init__(self, port: int, key: str, name: str) -> None:
        super().__init__(port, key, name)
        self.samples: list[Sample] = []

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        try:
            answer = super().ask(method, address, body, **headers)
            if answer.status in LOST:
                raise Broken(str(answer.status))
        except Broken:
            self.samples.append(Sample(time.monotonic(), 0))
            raise
        if answer.status == CHANGED:  # perhaps by an earlier attempt, which was not confirmed: read it again
            raise Broken("the record has changed")
        if method != "GET" or answer.status >= 500:
            revision = answer.body["data"]["revision"] if answer.status in (200, 201) else 0
            self.samples.append(Sample(time.monotonic(), answer.status, revision))
        return answer


@dataclasses.dataclass
class Reader:
    """Ask for one address again and again until `ends` is set. `sends_back`: name the highest revision seen."""

    name: str
    port: int
    address: str
    ends: threading.Event
    sends_back: bool = False
    key: str = ""
    samples: list[Sample] = dataclasses.field(default_factory=list)

    def run(self) -> None:
        while not self.ends.wait(BEAT):
            headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
            if self.sends_back and (seen := self.highest()):
                headers[REVISION] = str(seen)
            self.samples.append(ask(self.port, self.address, headers)[0])

    def highest(self) -> int:
        return max((sample.revision for sample in self.samples), default=0)

    def count_backward(self) -> int:
        """Return how often an answer was of an older revision than an earlier one."""
        revisions = [sample.revision for sample in self.samples if sample.revision]
        return sum(after < before for before, after in zip(revisions, revisions[1:], strict=False))


def ask(port: int, address: str, headers: dict[str, str] | None = None) -> tuple[Sample, Any]:
    """Return the status of an answer with the revision in its body, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", address, headers=headers or {})
        answer = connection.getresponse()
        answer.text = answer.read()  # type: ignore[attr-defined]
    except (OSError, http.client.HTTPException):
        return Sample(time.monotonic(), 0), None
    finally:
        connection.close()
    revision = 0
    if answer.status == 200 and answer.headers.get_content_type() == "application/json":
        revision = json.loads(answer.text).get("meta", {}).get("revision", 0)  # type: ignore[attr-defined]
    return Sample(time.monotonic(), answer.status, revision), answer


class Crowd:
    """Editors and readers that run while something is done to the cluster."""

    def __init__(self, port: int, key: str, name: str, editors: int) -> None:
        self.ends = threading.Event()
        self.editors = [Editor(NotingWriter(port, key, f"{name}{number}"), self.ends) for number in range(editors)]
        address = "/v1/claims?limit=1"
        self.readers = [
            Reader("with a key", port, address, self.ends, key=key),
            Reader("sends back its revision", port, address, self.ends, sends_back=True),
            Reader("without either", port, address, self.ends),
        ]
        self.threads = [threading.Thread(target=client.run) for client in (*self.editors, *self.readers)]

    def __enter__(self) -> "Crowd":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def writes(self) -> list[Sample]:
        """Return the answers to all writes, in the order of time."""
        samples = [sample for editor in self.editors for sample in editor.writer.samples]  # type: ignore[attr-defined]
        return sorted(samples, key=lambda sample: sample.at)

    def count_acknowledged(self) -> int:
        return sum(sample.status in (200, 201) for sample in self.writes())

    def acknowledged(self) -> dict[str, tuple[str, str]]:
        return {claim: state for editor in self.editors for claim, state in editor.kept.items()}
