"""What is newer than a record of a pinned revision: a quoted record says so when it was corrected or retracted since.

Such an answer is pinned, but it changes with each correction, so caches may not keep it for ever.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from api.history.revisions import current_revision
from api.v1.shared.pinning import is_pinned, pin_snapshot

Record = dict[str, Any]
FindRecord = Callable[[str, str | None], Record | None]  # by id, as of a day
#: Fields that differ in every version, so that they are no news.
VERSION_FIELDS = frozenset({"revision", "created_at", "updated_at"})
#: Lists of records within a claim, whose own revisions count.
NESTED_RECORDS = ("reports", "relations")


class Versions(NamedTuple):
    """A record as pinned, and what is newer: None if it is unchanged or the question is not pinned."""

    record: Record | None
    newer: Record | None


def read_versions(find: FindRecord, question: dict[str, Any], record_id: str) -> Versions:
    """Pin the open snapshot as the question says, and return the record with what is newer. Raises `ApiProblem`."""
    as_of = question.get("as_of")
    if not is_pinned(question):
        return Versions(find(record_id, as_of), None)
    latest_revision = current_revision()
    # It must be read before the snapshot is pinned. A later correction may have moved it after the as-of day.
    latest = find(record_id, as_of) or find(record_id, None)
    pin_snapshot(question)
    if current_revision() == latest_revision:
        return Versions(latest, None)
    record = find(record_id, as_of)
    return Versions(record, _describe_newer(record, latest) if record and latest else None)


def _describe_newer(record: Record, latest: Record) -> Record | None:
    changed = [name for name in latest if name not in VERSION_FIELDS and latest[name] != record[name]]
    if not changed:
        return None
    # A dataset has numbers under these names, and no status: it stays.
    lists = [latest[name] for name in NESTED_RECORDS if isinstance(latest.get(name), list)]
    return {
        "revision": max([latest["revision"], *(part["revision"] for parts in lists for part in parts)]),
        "status": latest.get("status", "active"),
        "status_reason": latest.get("status_reason", ""),
        "changed": changed,
    }
