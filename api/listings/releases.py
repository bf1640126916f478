"""The releases of this database."""

from __future__ import annotations

from typing import Any

from api.database.models import Release
from api.database.statements import fetch_tuples

FIELDS = (Release.slug, Release.revision, Release.made_at, Release.note, Release.sha256)
NAMES = ("id", "revision", "made_at", "note", "sha256")


def read_releases() -> list[dict[str, Any]]:
    """Return the releases, the newest first."""
    newest = (Release.revision.desc(), Release.made_at.desc(), Release.slug.desc())
    return [dict(zip(NAMES, row, strict=True)) for row in fetch_tuples(Release.select(*FIELDS).order_by(*newest))]


def read_release(slug: str) -> dict[str, Any] | None:
    rows = fetch_tuples(Release.select(*FIELDS).where(Release.slug == slug))
    return dict(zip(NAMES, rows[0], strict=True)) if rows else None
