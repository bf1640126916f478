"""The lowest possible cost of an answer behind the same gunicorn: bytes that are ready, without Flask.

Served as `bench.bare:app`: `/12345` answers with 12,345 bytes, and `/0` with 304.
"""

import functools
from collections.abc import Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = make_body(int(environ["PATH_INFO"].strip("/") or 1))
    if not body:
        start_response("304 NOT MODIFIED", [("ETag", '"x"')])
        return []
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@functools.cache
def make_body(size: int) -> bytes:
    return b"x" * size
