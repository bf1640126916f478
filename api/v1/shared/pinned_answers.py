"""Flat answers of a revision or release: sent from a file that is written by the first who asks."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app

from api.database.snapshot import end_snapshot
from api.history.revisions import last_changed_at, newest_redaction
from api.http.byte_ranges import answer_file
from api.http.costly_answers import leave_slot
from api.http.formats import add_cache_headers
from api.http.pinned_files import Overflow, PinnedFiles
from api.v1.shared.pinning import is_pinned

PINNED_FILES = "counterclaim-pinned-files"  # the extension of the app that has the store
#: Header fields of an answer that are stored with its bytes.
STORED_FIELDS = ("Content-Type", "Content-Disposition", "Link")


def answer_from_file(question: dict[str, Any], tag: str, build: Callable[[], Response]) -> Response:
    """Return the flat answer to a question, within an open snapshot. If it is pinned, `build` runs once for all.

    An answer that cannot be stored is streamed, without length and ranges.
    """
    files: PinnedFiles | None = current_app.extensions[PINNED_FILES]
    if files is None or not is_pinned(question):
        return add_cache_headers(build(), tag, is_pinned(question))
    redaction, modified = newest_redaction(), last_changed_at()
    stored = files.open_file(redaction, tag)
    if stored is None:
        answer = build()
        fields = {name: answer.headers[name] for name in STORED_FIELDS if name in answer.headers}
        body, written = answer.response, files.store(redaction, tag, fields, answer.iter_encoded())
        if isinstance(written, Overflow):
            answer.response = written.parts
            answer.call_on_close(getattr(body, "close", lambda: None))
            return add_cache_headers(answer, tag, pinned=True)
        answer.close()  # a workbook has files of its own
        stored = written
    end_snapshot()  # a slow client must hold neither
    leave_slot()
    return answer_file(stored, tag, modified)


def forget_files() -> None:
    """Remove all stored answers: one of them may have a text that was erased."""
    files: PinnedFiles | None = current_app.extensions[PINNED_FILES]
    if files is not None:
        files.clear()
