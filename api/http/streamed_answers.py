"""Streams that end before their last record: the server stops or fails, or a slow client occupies a slot too long.

Their status was sent long ago. So the connection is closed without the end that HTTP wants, which curl and browsers
report. Where the format can, the last line also says so.
"""

import time
from collections.abc import Callable, Iterable, Iterator

import orjson
from flask import Flask, Response, current_app, g, request

from api.http.costly_answers import CostlySlots
from api.http.draining import has_drained
from api.http.problems import build_problem

SLOW_SECONDS = 60  # that an answer may wait for its client in all, while others wait for its slot
STOPPED = "The server stops, so this answer ends before its last record. Request it again."
FAILED = "The server failed, so this answer ends before its last record. Request it again."
SLOW = (
    "The client reads slowly and others wait, so this answer ends before its last record. Request it compressed, "
    "or with a filter."
)


class CutStreamError(Exception):
    """The answer ends before its last record. gunicorn then closes the connection without the end of the answer."""


def guard_parts(
    parts: Iterable[bytes | str], must_end: Callable[[float], str | None], write_last_line: Callable[[str], str]
) -> Iterator[bytes | str]:
    """Yield the parts. `must_end` gets the seconds that were spent on waiting for the client, and returns a reason.

    With a reason, or after a failure, the last line is written. Raises `CutStreamError`, or the failure.
    """
    waited = 0.0
    try:
        for part in parts:
            if reason := must_end(waited):
                yield write_last_line(reason)
                raise CutStreamError(reason)
            sent_at = time.monotonic()
            yield part
            waited += time.monotonic() - sent_at
    except CutStreamError:
        raise
    except Exception:
        yield write_last_line(FAILED)
        raise
    finally:
        if hasattr(parts, "close"):
            parts.close()


def write_last_line(media_type: str, problem: dict[str, object]) -> str:
    """Return the last line of a stream that is cut. It is empty for formats that need their end anyway.

    NDJSON gets the problem. CSV has no place for it, so a quotation mark is opened and never closed: readers that check
    the format refuse the file, and people see the sentence.
    """
    if media_type == "application/x-ndjson":
        return orjson.dumps(problem, option=orjson.OPT_APPEND_NEWLINE).decode()
    if media_type in ("text/csv", "text/tab-separated-values"):
        return f'\r\n"{problem["detail"]}\n'  # the last row may still lack its end of line
    return ""


def guard_stream(answer: Response) -> Response:
    """Let a stream end in time. An answer with a length needs no guard: its client counts."""
    if not answer.is_streamed or answer.content_length is not None:
        return answer
    slots: CostlySlots = current_app.extensions["counterclaim-costly-slots"]
    has_slot = "costly_slot" in g
    public_url, address, request_id = current_app.config["PUBLIC_URL"], request.full_path.rstrip("?"), g.request_id

    def must_end(waited: float) -> str | None:
        if has_drained():
            return STOPPED
        return SLOW if has_slot and waited > SLOW_SECONDS and slots.has_waiting() else None

    def last_line(reason: str) -> str:
        problem = build_problem("unavailable", reason, [], public_url, address, request_id)
        return write_last_line(answer.mimetype, problem)

    # A HEAD never starts `guard_parts`, and so never ends it: what the parts have open is closed with the answer.
    answer.call_on_close(getattr(answer.response, "close", lambda: None))
    answer.response = guard_parts(answer.response, must_end, last_line)
    return answer


def init_app(app: Flask) -> None:
    app.after_request(guard_stream)
