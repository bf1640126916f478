"""One transaction, one revision: what all writing has in common."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from api.db import tuples, writing
from api.models import Claim, Record, Report, Revision
from api.records import agreeing, bulk, log, needs, rings, sourcing, tallies
from api.records.folding import refold
from api.records.keys import now
from api.records.keyset import KeySet, batches
from api.records.register import Register

ENTRIES = 1000  # that wait to be written to the change log


class Transaction:
    """A revision in the making: its number and time, and what must be brought up to date at its end.

    However many records are written in it, it takes the same memory: entries go to the change log as they come, and
    of records it remembers a bit each.
    """

    def __init__(self, revision: int, made_at: str, reason: str, who: str) -> None:
        self.revision, self.made_at, self.reason, self.who = revision, made_at, reason, who
        Revision.insert(number=revision, made_at=made_at, reason=reason).execute()
        self.register = Register()
        self.written: dict[type[Record], KeySet] = defaultdict(KeySet)  # also those that name what was written
        self._refolded: dict[type[Record], KeySet] = defaultdict(KeySet)  # whose search text is to be made
        self.claims, self.unsourced = KeySet(), KeySet()  # claims that it created; claims that may lack a report
        self.fallen: dict[str, KeySet] = defaultdict(KeySet)  # by noun: what stands no longer
        self.reported, self.vouched = KeySet(), KeySet()  # claims: what `agreeing.Written` tells of them
        self._entries: list[log.Entry] = []
        self._is_long = False  # more was written than could wait

    def touch(self, model: type[Record], keys: Iterable[int]) -> None:
        """These were changed, or name what was: search text, tallies, and what was remembered of them, follow."""
        changed = list(keys)
        self.written[model].update(changed)
        self._refolded[model].update(changed)
        self.register.forget(model)

    def note_reported(self, reports: Iterable[Mapping[str, Any]]) -> None:
        """These documents of reports were written, or no longer read so: their claims must agree with them."""
        claims = {report["claim"] for report in reports if report["qualifier"]}
        found = self.register.find(Claim, claims)
        self.reported.update(found[claim].key for claim in claims)

    def note(
        self, operation: str, noun: str, record: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """What the change log says of a record: behind what was noted before, and before the transaction ends."""
        self._note([log.Entry(noun, record, operation, before, after)])

    def note_created(self, noun: str, documents: Sequence[dict[str, Any]]) -> None:
        """The same of new records."""
        for batch in batches(documents, ENTRIES):
            self._note([log.Entry(noun, document["id"], "create", None, document) for document in batch])

    def _note(self, entries: list[log.Entry]) -> None:
        self._entries += entries
        if len(self._entries) >= ENTRIES:
            self._is_long = True
            self._log()

    @property
    def stamp(self) -> dict[str, Any]:
        """What every row written by it carries."""
        return {"revision": self.revision, "updated_at": self.made_at, "held_from": self.revision}

    def finish(self) -> None:
        """Bring up to date what follows from the records.

        Raises `Refused` for claims without a report or at odds with theirs, for what is gone and needed, and for rings.
        """
        if self._is_long:
            bulk.count(self.written)
        sourcing.refuse_unsourced(self.unsourced, self.claims)
        needs.refuse_needed(self.fallen)
        rings.refuse_rings(self.written)
        self._follow_reports()
        self.refold()
        tallies.follow(self.revision, self.written)
        self._log()

    def _follow_reports(self) -> None:
        """Claims are corrected with their reports, for the same reason."""
        told = agreeing.Written(self.reported, self.vouched, self.claims, self.written.get(Report, KeySet()))
        for changed in agreeing.follow(told, self.stamp):
            self.touch(Claim, (key for key, _, _ in changed))
            for _, before, after in changed:
                self.note("revise", "claims", before["id"], before, after)

    def refold(self) -> None:
        """Make the search text of what was touched."""
        for model, keys in self._refolded.items():
            refold(model, keys)

    def _log(self) -> None:
        log.append(self._entries, self.revision, self.made_at, self.who, self.reason)
        self._entries = []


def _next_revision() -> int:
    newest = tuples(Revision.select(Revision.number).order_by(Revision.number.desc()).limit(1))
    return int(newest[0][0]) + 1 if newest else 1


@contextmanager
def transaction(reason: str, who: str) -> Iterator[Transaction]:
    """Everything written inside is one revision, or nothing is. Raises `Refused` at the end, as `finish` does."""
    with writing():
        made = Transaction(_next_revision(), now(), reason, who)
        yield made
        made.finish()
