"""The second clock: answers pinned to a revision or release."""

from typing import Any

from flask import g

from api.history import pinned_snapshot
from api.http.problems import ApiProblem, make_fault
from api.listings import release_names
from api.listings.release_names import NamedRelease

PINS = ("revision", "release")


def pin_snapshot(question: dict[str, Any]) -> None:
    """Pin the open snapshot to the revision or release of the question, if any. Raises the problem unknown-record."""
    g.pop("release", None)
    number = question.get("revision")
    if "release" in question:
        release = require_release("release", question["release"])
        g.release, number = release.describe(), release.revision
    if number is None:
        return
    try:
        pinned_snapshot.pin_revision(number)
    except pinned_snapshot.NoSuchRevisionError as missing:
        message = f"There is no revision {missing.number}; the newest is {missing.newest}."
        raise ApiProblem("unknown-record", message, [make_fault("query", "revision", message)]) from None


def require_release(parameter: str, name: str) -> NamedRelease:
    """Return the release `name`, of this database or of a dataset. Raises the problem that lists the releases."""
    releases = release_names.find_releases(name)
    if len(releases) == 1:
        return releases[0]
    if releases:
        ids = [release.id for release in releases]
        message = f"Several datasets have a release {name}. Send one of: {', '.join(ids)}."
    else:
        ids = release_names.list_release_ids()
        message = f"Neither this database nor a dataset has a release {name}. /v1/releases and /v1/datasets list them."
    raise ApiProblem("unknown-record", message, [make_fault("query", parameter, message, ids, name)])


def is_pinned(question: dict[str, Any]) -> bool:
    """Return whether the question names a revision or release: its answer never changes."""
    return any(name in question for name in PINS)
