"""HTTP requests to other servers of logs: to witnesses, and to the server that a mirror follows."""

from __future__ import annotations

from typing import NamedTuple

CONNECT_SECONDS, READ_SECONDS = 5, 30
ATTEMPTS = 4  # in all, of a question that changes nothing


class OutsideError(Exception):
    """A server that did not answer, or not as it should. The message has its address."""


class OutsideAnswer(NamedTuple):
    status: int
    content: bytes


def _explain(error: Exception) -> str:
    """Return why: `HTTPConnection(host='a.example', port=80): Failed to resolve …` → `Failed to resolve …`."""
    text = str(getattr(error, "reason", None) or error)
    return text.partition("): ")[2] if text.startswith("HTTP") and "): " in text else text


class OutsideClient:
    """One client keeps its connections. It follows no redirect and reads at most `most_bytes` of an answer."""

    def __init__(self, most_bytes: int) -> None:
        import urllib3  # commands that send nothing do not load it

        self.most_bytes = most_bytes
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self.pool = urllib3.PoolManager(timeout=timeout, headers={"User-Agent": "Counterclaim"})

    def send(self, method: str, url: str, body: bytes | None = None) -> OutsideAnswer:
        """Send a request. Raise `OutsideError` without an answer."""
        import urllib3
        from urllib3.exceptions import HTTPError

        retries = urllib3.Retry(
            ATTEMPTS - 1 if method == "GET" else 0, redirect=0, raise_on_redirect=False, backoff_factor=0.5,
            status_forcelist=(429, 503), raise_on_status=False,
        )  # fmt: skip
        fields = {"User-Agent": "Counterclaim", "Accept-Encoding": "gzip"}
        try:
            answer = self.pool.request(
                method, url, body=body, headers=fields, retries=retries, redirect=False, preload_content=False
            )
            content = answer.read(self.most_bytes + 1, decode_content=True)
            answer.release_conn()
        except HTTPError as error:
            raise OutsideError(f"{url} does not answer: {_explain(error)}") from None
        if len(content) > self.most_bytes:
            answer.close()
            raise OutsideError(f"{url} answers with more than {self.most_bytes} bytes")
        return OutsideAnswer(answer.status, content)

    def get(self, url: str) -> bytes:
        """Return the content of an answer with status 200. Raise `OutsideError`."""
        answer = self.send("GET", url)
        if answer.status != 200:
            raise OutsideError(f"{url} answers {answer.status}: {answer.content[:200].decode('utf-8', 'replace')}")
        return answer.content

    def close(self) -> None:
        self.pool.clear()
