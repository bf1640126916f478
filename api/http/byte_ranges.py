"""Answers with a length, a date and byte ranges (RFC 9110, 14), from files that never change."""

import base64
import datetime
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from api.http.formats import add_cache_headers
from api.http.pinned_files import PART, PinnedFile
from api.http.problems import ApiProblem

DIGEST = "Repr-Digest"  # RFC 9530: of the whole answer, also beside a range of it


def answer_file(stored: PinnedFile, tag: str, modified: str) -> Response:
    """Return the file, or the range of it that the request asks for. Raises the problem range-not-satisfiable.

    `modified` is the time of the revision. The ETag is strong, so a client can resume with `If-Range`. Only addresses
    with a suffix have ranges (`/v1/claims.csv`): typed clients expect JSON in each success of an address without one.
    """
    # Not with `direct_passthrough`: such an answer never runs what must happen when it is closed.
    answer = Response(FileWrapper(stored.file, PART), headers=dict(stored.headers))
    answer.call_on_close(stored.file.close)
    add_cache_headers(answer, tag, pinned=True)
    answer.last_modified = datetime.datetime.fromisoformat(modified)
    answer.content_length = stored.size
    answer.headers[DIGEST] = f"sha-256=:{base64.b64encode(bytes.fromhex(stored.sha256)).decode()}:"
    try:
        answer.make_conditional(
            _single_range(request.environ), accept_ranges=_has_suffix(request.path), complete_length=stored.size
        )
    except RequestedRangeNotSatisfiable:
        stored.file.close()
        raise _refuse_range(stored.size) from None
    del answer.headers["Date"]  # the server has its own
    return answer


def read_digest(answer: Response) -> str | None:
    """Return the SHA-256 of an answer of `answer_file` in hexadecimal digits, or None for another answer."""
    value = answer.headers.get(DIGEST, "")
    return base64.b64decode(value.removeprefix("sha-256=:").removesuffix(":")).hex() if value else None


def _single_range(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request without a range that is not served: of a HEAD, or of several parts."""
    several = "," in environ.get("HTTP_RANGE", "") or not environ.get("HTTP_RANGE", "bytes=").startswith("bytes=")
    is_whole = several or environ["REQUEST_METHOD"] != "GET" or not _has_suffix(environ["PATH_INFO"])
    ignored = {"HTTP_RANGE"} if is_whole else set()
    return {name: value for name, value in environ.items() if name not in ignored}


def _has_suffix(path: str) -> bool:
    return "." in path.rpartition("/")[2]


def _refuse_range(size: int) -> ApiProblem:
    detail = f"The answer has {size:,} bytes. Ask for a range within them, or without a range."
    return ApiProblem("range-not-satisfiable", detail, headers={"Content-Range": f"bytes */{size}"})
