"""Why records cannot be written; whenever one of these is raised, nothing was."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """What is wrong, and where: the noun, the position of the record in what was given, the field."""

    noun: str
    position: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.noun}, record {self.position + 1}, {self.field}: {self.message}"


class Refused(Exception):
    """Records that cannot be written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class NoSuchRecord(Exception):
    """There is no record of that noun and slug to change."""


class Stale(Exception):
    """The record was changed since the revision that the writer had seen; it now has another one."""


class InUse(Exception):
    """Standing records need the one that was to be retracted."""


def flat(messages: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """marshmallow's nested messages as `(field, message)`."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from flat(inner, f"{path}/{name}" if path else str(name))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path, str(message)
