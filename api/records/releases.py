"""Releases: a revision gets a name, once and for good."""

from api.db import writing
from api.models import Release
from api.records.keys import now


class Taken(Exception):
    """There is a release of that name."""


def add(slug: str, revision: int, note: str, sha256: str) -> None:
    """Name a revision whose package was written. Raises `Taken`."""
    with writing():
        if Release.select().where(Release.slug == slug).exists():
            raise Taken(slug)
        Release.insert(slug=slug, revision=revision, made_at=now(), note=note, sha256=sha256).execute()
