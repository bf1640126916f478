"""Why records cannot be written. If one of these errors is raised, nothing was written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One validation error: the record type, the position of the record in the request, the field, the message."""

    record_type: str
    position: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.record_type}, record {self.position + 1}, {self.field}: {self.message}"


class RefusedError(Exception):
    """Records that cannot be written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Faults:
    """The faults of several checks, collected so that one answer names all of them."""

    def __init__(self) -> None:
        self.collected: dict[Fault, None] = {}
        self._kinds: set[type[RefusedError]] = set()

    def add(self, faults: Iterable[Fault], kind: type[RefusedError] = RefusedError) -> None:
        for fault in faults:
            self.collected[fault] = None
            self._kinds.add(kind)

    @contextmanager
    def collect_faults(self) -> Iterator[None]:
        """Collect the faults of a `RefusedError` that is raised inside, and go on after the block."""
        try:
            yield
        except RefusedError as refused:
            self.add(refused.faults, type(refused))

    def build_error(self) -> RefusedError:
        """Return an error with all collected faults. Its class is that of the raised ones if they had only one."""
        kind, *others = self._kinds
        return (RefusedError if others else kind)(list(self.collected))

    def raise_if_any(self) -> None:
        """Raise the error if any fault was collected."""
        if self.collected:
            raise self.build_error()


def describe_broken(record: str, message: str) -> str:
    """Return the message for a correction of a record that makes another one wrong, with the fault of that one."""
    return f"This change makes {record} wrong: {message} Correct {record} first, or leave this change out."


class NoSuchRecordError(Exception):
    """No record of that type has this slug."""


class StaleRevisionError(Exception):
    """The record was changed after the revision that the client expected. The argument is its revision now."""


class InUseError(Exception):
    """Active records need the record."""


WHOLE, NO_RECORD = "_schema", "Invalid input type."  # marshmallow's words for a value that is not an object


def flatten_messages(messages: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """Yield marshmallow's nested messages as `(field, message)`.

    The field is written as in a JSON pointer, "" for the whole record: `{"sides": {0: ["…"]}}` → `("sides/0", "…")`.
    """
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = "" if name == WHOLE else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from flatten_messages(inner, path + step)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path.removeprefix("/"), "Must be an object." if message == NO_RECORD else str(message)
