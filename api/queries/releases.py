"""Releases, and what changed between two of them."""

from typing import Any

from api.db import tuples
from api.models import Change, Release

FIELDS = (Release.slug, Release.revision, Release.made_at, Release.note, Release.sha256)
NAMES = ("id", "revision", "made_at", "note", "sha256")


def every() -> list[dict[str, Any]]:
    """The releases, the newest first."""
    newest = (Release.revision.desc(), Release.made_at.desc(), Release.slug.desc())
    return [dict(zip(NAMES, row, strict=True)) for row in tuples(Release.select(*FIELDS).order_by(*newest))]


def one(slug: str) -> dict[str, Any] | None:
    found = tuples(Release.select(*FIELDS).where(Release.slug == slug))
    return dict(zip(NAMES, found[0], strict=True)) if found else None


def between(first: int, last: int) -> list[dict[str, Any]]:
    """What changed after revision `first` up to `last`: a row per record, with the operations and reasons in order."""
    changed: dict[tuple[str, str], dict[str, Any]] = {}
    query = Change.select(Change.noun, Change.record, Change.operation, Change.reason, Change.revision)
    query = query.where((Change.revision > first) & (Change.revision <= last)).order_by(Change.seq)
    for noun, record, operation, reason, revision in tuples(query):
        row = changed.setdefault((noun, record), {"noun": noun, "id": record, "operations": [], "reasons": []})
        row["operations"].append(operation)
        row["reasons"].append(reason)
        row["revision"] = revision
    return [changed[key] for key in sorted(changed)]
