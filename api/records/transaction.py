"""One transaction, one revision: what all writing has in common."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.db import tuples, writing
from api.models import Record, Revision
from api.records import log, tallies
from api.records.folding import refold


class Transaction:
    """A revision in the making: its number and time, and whose search text must be made anew at its end."""

    def __init__(self, reason: str, who: str) -> None:
        self.reason, self.who = reason, who
        self.made_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        newest = tuples(Revision.select(Revision.number).order_by(Revision.number.desc()).limit(1))
        self.revision: int = newest[0][0] + 1 if newest else 1
        Revision.insert(number=self.revision, made_at=self.made_at, reason=reason).execute()
        self.refolded: dict[type[Record], set[int]] = defaultdict(set)
        self.entries: list[log.Entry] = []

    def note(
        self, operation: str, noun: str, record: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """What the change log will say of a record."""
        self.entries.append(log.Entry(noun, record, operation, before, after))

    @property
    def stamp(self) -> dict[str, Any]:
        """What every row written by it carries."""
        return {"revision": self.revision, "updated_at": self.made_at, "held_from": self.revision}

    def finish(self) -> None:
        for model, keys in self.refolded.items():
            refold(model, sorted(keys))
        tallies.follow(self.revision, self.refolded)
        log.append(self.entries, self.revision, self.made_at, self.who, self.reason)


@contextmanager
def transaction(reason: str, who: str) -> Iterator[Transaction]:
    """Everything written inside is one revision, or nothing is."""
    with writing():
        made = Transaction(reason, who)
        yield made
        made.finish()
