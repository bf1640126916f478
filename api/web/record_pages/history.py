"""The versions of a record for its page."""

from typing import NamedTuple

from api.change_log.entries import Difference, list_differences, read_entries, word_entries
from api.history.revisions import current_revision

SHOWN_VERSIONS = 50


class Version(NamedTuple):
    revision: int
    made_at: str
    who: str
    operation: str
    reason: str
    words: str
    differences: list[Difference]  # empty for a new record: it is the page itself


class History(NamedTuple):
    versions: list[Version]  # the newest first
    total: int


def read_history(record_type: str, record_id: str) -> History:
    """Return the newest versions of a record up to the revision that is read."""
    revision = current_revision()
    entries = [entry for entry in read_entries(record_type, record_id) if entry.revision <= revision]
    shown = entries[-SHOWN_VERSIONS:]
    versions = [
        Version(
            entry.revision,
            entry.made_at,
            entry.who,
            entry.operation,
            entry.reason,
            words,
            list(list_differences(entry)) if entry.before is not None else [],
        )
        for entry, words in zip(shown, word_entries(shown), strict=True)
    ]
    return History(versions[::-1], len(entries))
