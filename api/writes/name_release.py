"""Releases: a revision gets a name, once and permanently."""

from api.change_log.mirrored_origin import refuse_mirror
from api.database.clock import write_time
from api.database.models import Release
from api.database.writing import writing


class NameTakenError(Exception):
    """A release of that name exists already."""


def add_release(slug: str, revision: int, note: str, sha256: str) -> None:
    """Name a revision whose package was written. Raise `NameTakenError`, or `MirrorError` in a mirror."""
    with writing():
        refuse_mirror()
        if Release.select().where(Release.slug == slug).exists():
            raise NameTakenError(slug)
        Release.insert(slug=slug, revision=revision, made_at=write_time(), note=note, sha256=sha256).execute()
