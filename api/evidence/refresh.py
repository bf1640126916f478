"""Write a new image if one is due, by a command or in the process that `background` starts."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from contextlib import suppress

from api.database.connection import connect_to, database
from api.database.snapshot import open_snapshot
from api.evidence import process
from api.evidence.changes import count_entries, find_affected_claims, last_redaction
from api.evidence.engine import Options
from api.evidence.image import BusyError, Progress, find_image, lock_folder, write_image
from api.evidence.process import LEAST_OVERLAY, Evidence, evidence_of_process, most_changes
from api.evidence.reading import count_claims


def refresh_image(progress: Progress = lambda done, total: None, is_forced: bool = False) -> pathlib.Path | None:
    """Write the image of the newest revision if it is due, and return its path, else None.

    `is_forced`: write it in any case. Raises `BusyError` if another process writes one.
    """
    evidence = evidence_of_process()
    with open_snapshot(None):
        if not is_forced and not _is_due(evidence):
            return None
        with lock_folder(evidence.folder):
            return write_image(evidence.folder, progress)


def _is_due(evidence: Evidence) -> bool:
    image = find_image(evidence.folder, evidence.connection, {})
    if image is None:
        return count_claims() > LEAST_OVERLAY
    if image.identity.redactions < last_redaction():
        return True
    most = most_changes(image.claims)
    return count_entries(image.revision) > most and len(find_affected_claims(image.revision)) > most


def main() -> None:
    """Refresh the image of the database that standard input names."""
    os.nice(10)
    request = json.load(sys.stdin)
    connect_to(request["url"])
    process.configure(Options(*request["options"]))
    with suppress(BusyError), database.connection_context():
        refresh_image()


if __name__ == "__main__":
    main()
