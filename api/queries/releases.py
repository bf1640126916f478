"""Releases, and what changed between two of them."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from peewee import ModelSelect

from api.db import tuples
from api.models import Change, Release
from api.queries.select import Page

FIELDS = (Release.slug, Release.revision, Release.made_at, Release.note, Release.sha256)
NAMES = ("id", "revision", "made_at", "note", "sha256")


def every() -> list[dict[str, Any]]:
    """The releases, the newest first."""
    newest = (Release.revision.desc(), Release.made_at.desc(), Release.slug.desc())
    return [dict(zip(NAMES, row, strict=True)) for row in tuples(Release.select(*FIELDS).order_by(*newest))]


def one(slug: str) -> dict[str, Any] | None:
    found = tuples(Release.select(*FIELDS).where(Release.slug == slug))
    return dict(zip(NAMES, found[0], strict=True)) if found else None


def between(first: int, last: int, limit: int, after: tuple[str, str] | None = None) -> Page:
    """What changed after revision `first` up to `last`: a row per record, with the operations and reasons in order.

    Of the records behind `after` (a noun and an id), `limit` at the most.
    """
    query = _records(first, last).order_by(Change.noun, Change.record).limit(limit + 1)
    if after is not None:
        noun, record = after
        query = query.where((Change.noun > noun) | ((Change.noun == noun) & (Change.record > record)))
    found = tuples(query)
    shown = found[:limit]
    changed = _changed(first, last, shown)
    return Page([changed[key] for key in shown], shown[-1] if len(found) > limit else None)


def number_between(first: int, last: int) -> int:
    """How many records `between` tells, over all pages."""
    return int(_records(first, last).count())


def _records(first: int, last: int) -> ModelSelect[Change]:
    """The noun and id of each that changed."""
    return Change.select(Change.noun, Change.record).where(*_within(first, last)).distinct()


def _within(first: int, last: int) -> tuple[Any, Any]:
    return Change.revision > first, Change.revision <= last


def _changed(first: int, last: int, keys: list[tuple[str, ...]]) -> dict[tuple[str, ...], dict[str, Any]]:
    rows: dict[tuple[str, ...], dict[str, Any]] = {
        key: {"noun": key[0], "id": key[1], "operations": [], "reasons": []} for key in keys
    }
    told = (Change.noun, Change.record, Change.operation, Change.reason, Change.revision)
    for noun, same in groupby(keys, key=itemgetter(0)):
        of_these = (Change.noun == noun) & Change.record.in_([record for _, record in same])
        query = Change.select(*told).where(of_these, *_within(first, last)).order_by(Change.seq)
        for *key, operation, reason, revision in tuples(query):
            row = rows[tuple(key)]
            row["operations"].append(operation)
            row["reasons"].append(reason)
            row["revision"] = revision
    return rows
