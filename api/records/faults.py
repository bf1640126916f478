"""Why records cannot be written; whenever one of these is raised, nothing was."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


class Faults:
    """What several checks find wrong, gathered so that one answer tells all of it."""

    def __init__(self) -> None:
        self.found: dict[Fault, None] = {}
        self._kinds: set[type[Refused]] = set()

    def add(self, faults: Iterable[Fault], kind: type[Refused] = Refused) -> None:
        for fault in faults:
            self.found[fault] = None
            self._kinds.add(kind)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """What is refused inside is kept for later."""
        try:
            yield
        except Refused as refused:
            self.add(refused.faults, type(refused))

    def refused(self) -> Refused:
        """What to raise for all that was found; of one kind, where all of it is."""
        kind, *others = self._kinds
        return (Refused if others else kind)(list(self.found))

    def refuse(self) -> None:
        """Raise `Refused` if anything was found."""
        if self.found:
            raise self.refused()


class NoSuchRecord(Exception):
    """There is no record of that noun and slug to change."""


class Stale(Exception):
    """The record was changed since the revision that the writer had seen; it now has another one."""


class InUse(Exception):
    """Standing records need the one that was to be retracted."""


WHOLE, NO_RECORD = "_schema", "Invalid input type."  # marshmallow's words for what is no record at all


def flat(messages: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """marshmallow's nested messages as `(field, message)`; the field as in a JSON pointer, "" for the whole record."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = "" if name == WHOLE else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from flat(inner, path + step)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path.removeprefix("/"), "Must be an object." if message == NO_RECORD else str(message)
