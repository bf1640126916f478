"""The second clock: what this database held at a revision."""

from typing import Any

from api.problems import ApiProblem, fault
from api.queries import releases, versions

PINS = ("revision", "release")


def hold(question: dict[str, Any]) -> None:
    """Pin the open snapshot to the revision that the question names. Raises the problem that names the newest."""
    number = released("release", question["release"]) if "release" in question else question.get("revision")
    if number is None:
        return
    try:
        versions.hold(number)
    except versions.NoSuchRevision as missing:
        message = f"There is no revision {missing.number}; the newest is {missing.newest}."
        raise ApiProblem("unknown-record", message, [fault("query", "revision", message)]) from None


def released(parameter: str, name: str) -> int:
    """The revision of the release that the parameter names. Raises the problem that tells which there are."""
    found = releases.one(name)
    if found is None:
        names = [release["id"] for release in releases.every()]
        message = f"There is no release {name}."
        raise ApiProblem("unknown-record", message, [fault("query", parameter, message, names, name)])
    return int(found["revision"])


def is_pinned(question: dict[str, Any]) -> bool:
    """Whether the answer can never change."""
    return any(name in question for name in PINS)
