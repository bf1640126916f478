"""The DuckDB, the open images and the overlays of one process."""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from api.database.deadline import TooSlowError, remaining_seconds
from api.database.snapshot import has_snapshot, is_pinned
from api.database.writing import is_writing
from api.evidence import background
from api.evidence.changes import count_entries, last_redaction
from api.evidence.engine import Options, open_duckdb
from api.evidence.image import BusyError, Image, find_image, folder_of_images, lock_folder, write_image
from api.evidence.overlay import Overlay, OverlayTooLargeError
from api.evidence.reading import count_claims
from api.history.revisions import current_revision

if TYPE_CHECKING:
    import duckdb

LEAST_OVERLAY = 20_000  # claims; a smaller overlay needs no new image
SHARE_OF_IMAGE = 10  # an overlay of a tenth of the image makes a new image due
MOST_OVERLAY = 60_000  # claims that a question with a time limit may read: about 2.5 seconds
PAST_OVERLAYS = 3  # cached overlays of older revisions
#: Questions to one DuckDB. It keeps about 4 KB of each table in memory that is gone, up to 40 MB, until it is closed.
MOST_QUESTIONS = 250
QUICKLY_READ = 1_000  # claims of an overlay that another DuckDB reads again in a twentieth of a second


class ImageMissingError(TooSlowError):
    """There is no image yet, or too many claims changed since. A new one is being written if it would help."""


class Evidence:
    """The images and overlays of one database in one process. Threads share it."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.folder = folder_of_images(options)
        self.lock = threading.RLock()
        self._images: dict[str, Image | None] = {}
        self._newest: Overlay | None = None
        self._past: OrderedDict[tuple[Any, ...], Overlay] = OrderedDict()
        self._questions = 0

    @functools.cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return open_duckdb(self.options, str(self.folder))

    @property
    def is_used_up(self) -> bool:
        """Return whether another DuckDB should take its place. With a large overlay that costs more than the memory."""
        newest = self._newest
        return self._questions >= MOST_QUESTIONS and (newest is None or newest.changed_count <= QUICKLY_READ)

    @contextmanager
    def overlay_at_snapshot(self) -> Iterator[tuple[Overlay, duckdb.DuckDBPyConnection]]:
        """Yield the overlay of the open snapshot, and a cursor whose transaction sees its current state.

        Raises `TooSlowError`.
        """
        import duckdb

        if not has_snapshot() or is_writing():
            raise RuntimeError("A frame is of a snapshot, and of what is committed.")
        with self.lock:
            self._questions += 1
            overlay = self._lock_overlay()
            cursor = self.connection.cursor()
            cursor.execute("BEGIN")
            # DuckDB begins a transaction with its first statement.
            cursor.execute(f"SELECT key FROM {overlay.rows} LIMIT 0").fetchall()
        try:
            yield overlay, cursor
        finally:
            with suppress(duckdb.Error):
                cursor.execute("ROLLBACK")
            cursor.close()
            if overlay.image:
                with self.lock:
                    overlay.image.unlock()

    def _lock_overlay(self) -> Overlay:
        """Return the overlay of the open snapshot, with its image locked against removal."""
        for _ in range(5):
            overlay = self._current_overlay()
            if overlay.image is None or overlay.image.lock():
                return overlay
            self._drop_overlays()  # its image was removed in the meantime
        raise ImageMissingError

    def _current_overlay(self) -> Overlay:
        image = find_image(self.folder, self.connection, self._images)
        if is_pinned():
            return self._past_overlay(image)
        if self._newest and not self._newest.is_of_snapshot():
            if self._newest.revision > current_revision():  # another thread has a newer snapshot
                return self._past_overlay(image)
            self._drop_overlays()  # the database was replaced by another
        if self._newest is None or _should_replace(image, self._newest.image):
            self._drop_overlays()
            self._newest = Overlay(self.connection, image)
        try:
            self._newest.bring_to_snapshot(None if remaining_seconds() is None and image else MOST_OVERLAY)
        except OverlayTooLargeError:
            return self._overlay_without_image()
        if is_due(self._newest):
            background.start_refresh(self.options)
        return self._newest

    def _overlay_without_image(self) -> Overlay:
        """Write an image if there is no time limit; else start a process for it and raise `ImageMissingError`."""
        if remaining_seconds() is not None:
            background.start_refresh(self.options)
            raise ImageMissingError
        with suppress(BusyError), lock_folder(self.folder):
            write_image(self.folder, lambda done, total: None)
        self._drop_overlays()
        image = find_image(self.folder, self.connection, self._images)
        self._newest = Overlay(self.connection, image)
        self._newest.bring_to_snapshot(None)
        return self._newest

    def _past_overlay(self, image: Image | None) -> Overlay:
        revision, redaction = current_revision(), last_redaction()
        key = image and image.path, revision, redaction
        for old in [old for old in self._past if old[2] != redaction]:
            self._past.pop(old).drop()
        overlay = self._past.get(key)
        if overlay is None or not overlay.is_of_snapshot():
            overlay = self._read_past_overlay(image)
            self._past[key] = overlay
        self._past.move_to_end(key)
        while len(self._past) > PAST_OVERLAYS:
            self._past.popitem(last=False)[1].drop()
        return overlay

    def _read_past_overlay(self, image: Image | None) -> Overlay:
        if image and (entries := count_entries(image.revision)) > LEAST_OVERLAY and count_claims() < entries:
            image = None  # so many changes that reading all claims is less work
        overlay = Overlay(self.connection, image)
        try:
            overlay.bring_to_snapshot(None if remaining_seconds() is None else MOST_OVERLAY)
        except OverlayTooLargeError:
            overlay.drop()
            raise ImageMissingError from None
        except BaseException:
            overlay.drop()
            raise
        return overlay

    def _drop_overlays(self) -> None:
        """Drop all overlays. Open transactions still read them."""
        for overlay in (*self._past.values(), *([self._newest] if self._newest else [])):
            overlay.drop()
        self._past.clear()
        self._newest = None


def _should_replace(image: Image | None, old: Image | None) -> bool:
    """Return whether to use this image instead of the old one; never an older one, which an older snapshot may find."""
    return image is not None and (old is None or image.revision > old.revision or image.path != old.path)


def is_due(overlay: Overlay) -> bool:
    """Return whether the overlay of the newest revision makes a new image due."""
    if overlay.image and overlay.image.identity.redactions < last_redaction():
        return True
    return overlay.changed_count > most_changes(overlay.image.claims if overlay.image else 0)


def most_changes(claims: int) -> int:
    """Return how many claims may differ from an image of so many claims before a new one is due.

    It is less than a question with a time limit may read. Otherwise questions about a large image would be refused
    while no new one is due.
    """
    return min(max(LEAST_OVERLAY, claims // SHARE_OF_IMAGE), MOST_OVERLAY * 2 // 3)


# One per process -------------------------------------------------------------------------------------------------

_options = Options()
_evidence: Evidence | None = None
_lock = threading.Lock()
_parents: list[Evidence] = []  # from the parent process: closing them here would hang


def configure(options: Options) -> None:
    """Set the options of this process for the next question."""
    global _options
    _options = options


def current_options() -> Options:
    """Return the options of this process."""
    return _options


def evidence_of_process() -> Evidence:
    """Return the evidence of the current database. It is built at the first question, after a server has forked.

    Another takes its place when it is used up. It is closed when the questions that still read it have ended.
    """
    global _evidence
    with _lock:
        if _evidence is None or _evidence.is_used_up or not _is_current(_evidence):
            _evidence = Evidence(_options)
        return _evidence


def _is_current(evidence: Evidence) -> bool:
    return evidence.folder == folder_of_images(_options) and evidence.options == _options


def _forget_parent() -> None:
    global _evidence, _lock
    if _evidence:
        _parents.append(_evidence)
    _evidence, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_parent)
