"""The rows of a frame and the rows of the tables, for a comparison."""

from __future__ import annotations

from typing import Any

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.evidence.columns import NAME_LIST, NAMES, OF_IMAGE
from api.evidence.frame import open_frame
from api.evidence.reading import read_every_claim
from api.evidence.refresh import refresh_image
from api.history import pinned_snapshot, revisions

Rows = dict[int, dict[str, Any]]


def rows_of_frame(revision: int | None = None) -> Rows:
    """Return all rows of the frame at a revision (None: the newest), by key. Needs an open connection."""
    with open_snapshot(None):
        if revision is not None:
            pinned_snapshot.pin_revision(revision)
        with open_frame() as frame:
            assert frame.revision == revisions.current_revision()
            listed = frame.fetch(f"SELECT {NAME_LIST} FROM {frame.claims} ORDER BY key")
    by_key = as_rows(listed)
    assert len(by_key) == len(listed), "a claim stands twice in the frame"
    return by_key


def rows_of_tables(revision: int | None = None) -> Rows:
    """Return the same rows, read from the tables."""
    with open_snapshot(None):
        if revision is not None:
            pinned_snapshot.pin_revision(revision)
        return as_rows([row for chunk in read_every_claim() for row in chunk])


def as_rows(listed: list[Any]) -> Rows:
    """Return the rows by key, without the marks that only an image has."""
    marks = {column.name for column in OF_IMAGE}
    return {
        row[0]: {name: value for name, value in zip(NAMES, row, strict=True) if name not in marks} for row in listed
    }


def write_image(is_forced: bool = True) -> Any:
    with database.connection_context():
        return refresh_image(is_forced=is_forced)


def newest_revision() -> int:
    with database.connection_context():
        return revisions.current_revision()
