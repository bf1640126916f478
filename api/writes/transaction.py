"""One transaction, one revision: the common part of all writing."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from api.change_log import append
from api.change_log.mirrored_origin import refuse_mirror
from api.database import bulk, clock
from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Record, Report, Revision
from api.database.writing import writing
from api.history.revisions import current_revision
from api.records.faults import Fault, RefusedError
from api.records.reference_cache import Register
from api.records.search_text import refold_records
from api.rules import (
    claim_matches_reports,
    claim_needs_report,
    cycles,
    dependencies,
    fitting_references,
    one_figure_per_scope,
)
from api.rules.fitting_relations import MovedRelations
from api.rules.moved_landscape import MovedLandscape

logger = logging.getLogger(__name__)
ENTRIES = 1000  # in memory, before they are written to the change log


class Transaction:
    """An open revision: its number and time, and what must be brought up to date at its end.

    Its memory hardly grows with the number of records. Entries go to the change log in batches, and each record takes
    a bit.
    """

    def __init__(self, revision: int, made_at: str, reason: str, who: str) -> None:
        self.revision, self.made_at, self.reason, self.who = revision, made_at, reason, who
        bulk.insert_rows(Revision, [(revision, made_at, reason)])
        self.register = Register()
        self.written: dict[type[Record], KeySet] = defaultdict(KeySet)  # also records that name a written one
        self.created: dict[type[Record], KeySet] = defaultdict(KeySet)
        self._refolded: dict[type[Record], KeySet] = defaultdict(KeySet)  # whose search text must be renewed
        self.claims, self.unsourced = KeySet(), KeySet()  # claims that it created; claims that may lack a report
        self.fallen: dict[str, KeySet] = defaultdict(KeySet)  # by record type: records that are no longer active
        self.reported, self.vouched = KeySet(), KeySet()  # claims: see `claim_matches_reports.WrittenKeys`
        self.flagged = KeySet()  # claims written with a flag about their reports
        self.moved_events = KeySet()  # events whose claims must fit them again
        self.moved_landscape = MovedLandscape()  # conflicts and sides whose claims must fit them again
        self.moved_relations = MovedRelations()  # records that relations must fit again
        self.moved = KeySet()  # existing claims that have another scope now, or count again
        self._entries: list[append.Entry] = []
        self._is_long = False  # entries were written to the log before the end

    def touch_records(self, model: type[Record], keys: Iterable[int]) -> None:
        """Note records that were changed, or that name a changed one: their search text is renewed at the end."""
        changed = list(keys)
        self.written[model].update(changed)
        self._refolded[model].update(changed)
        self.register.forget(model)

    def note_reported(self, reports: Iterable[Mapping[str, Any]]) -> None:
        """Note the claims of written, changed or former reports: at the end each must agree with its reports."""
        claims = {report["claim"] for report in reports if report["qualifier"] or report["harm"]}
        claims_by_slug = self.register.find(Claim, claims)
        self.reported.update(claims_by_slug[claim].key for claim in claims)

    def note_flagged(self, claims: Iterable[Mapping[str, Any]], keys: Mapping[str, int]) -> None:
        """Note the written claims with a flag about their reports: at the end the flag must be true."""
        self.flagged.update(keys[claim["id"]] for claim in claims if claim_matches_reports.has_report_flag(claim))

    def note_restated(self, claims: Iterable[Mapping[str, Any]], keys: Mapping[str, int]) -> None:
        """Note the existing claims with another figure, harm or flag: at the end each must agree with its reports."""
        flagged = [claim for claim in claims if claim_matches_reports.has_report_flag(claim)]
        self.note_flagged(flagged, keys)
        self.reported.update(set(keys.values()) - {keys[claim["id"]] for claim in flagged})

    def note(
        self, operation: str, record_type: str, record: str, before: dict[str, Any] | None, after: dict[str, Any] | None
    ) -> None:
        """Add an entry for a record to the change log. Entries keep this order."""
        self._note_entries([append.Entry(record_type, record, operation, before, after)])

    def note_created(self, record_type: str, documents: Sequence[dict[str, Any]]) -> None:
        """Add an entry for each new record to the change log."""
        for batch in split_batches(documents, ENTRIES):
            self._note_entries(
                [append.Entry(record_type, document["id"], "create", None, document) for document in batch]
            )

    def _note_entries(self, entries: list[append.Entry]) -> None:
        self._entries += entries
        if len(self._entries) >= ENTRIES:
            self._is_long = True
            self._flush_log()

    @property
    def stamp(self) -> dict[str, Any]:
        """Return the columns that every written row has."""
        return {"revision": self.revision, "updated_at": self.made_at, "held_from": self.revision}

    def finish(self) -> None:
        """Check the written records together, bring claims and search text up to date, and write the log.

        Raise `RefusedError` for claims without a report, for claims that contradict their reports, for inactive records
        that active ones need, for rings, for relations that no longer fit, and for a second figure of one statement
        about one scope.
        """
        if self._is_long:
            bulk.analyze_tables(self.written)
        claim_needs_report.refuse_unsourced(self.unsourced, self.claims)
        dependencies.refuse_needed(self.fallen)
        cycles.refuse_rings(self.written)
        fitting_references.refuse_misfits(self.moved_events, self.register)
        self.moved_landscape.refuse_misfits(self.register)
        self._follow_reports()
        self.moved_relations.refuse_misfits(self.register)
        for claims in (self.claims, self.moved):
            one_figure_per_scope.refuse_repeated(claims, self.claims)
        self.refold_touched()
        self._flush_log()

    def _follow_reports(self) -> None:
        """Correct claims whose reports changed, with the same reason."""
        written = claim_matches_reports.WrittenKeys(
            self.reported, self.vouched, self.claims, self.written.get(Report, KeySet()), self.flagged
        )
        for changed in claim_matches_reports.follow_reports(written, self.stamp):
            self.touch_records(Claim, (key for key, _, _ in changed))
            self.moved.update(key for key, before, _ in changed if not one_figure_per_scope.has_number(before))
            self.moved_relations.note("claims", [(before, after) for _, before, after in changed])
            for _, before, after in changed:
                self.note("revise", "claims", before["id"], before, after)

    def refold_touched(self) -> None:
        """Renew the search text of the noted records."""
        for model, keys in self._refolded.items():
            refold_records(model, keys)

    def _flush_log(self) -> None:
        append.append_entries(self._entries, self.revision, self.made_at, self.who, self.reason)
        self._entries = []


def _revision_time() -> str:
    """Return the time of the next revision. A reader orders by it, so that it is never before the last revision's."""
    if ahead := clock.revision_ahead_of_clock():
        logger.warning(clock.describe_delay(ahead))
        return ahead.made_at
    return clock.utc_now()


@contextmanager
def open_transaction(reason: str, who: str) -> Iterator[Transaction]:
    """Open a transaction: all that is written inside is one revision, or nothing is written.

    Raise `RefusedError` at the end, like `finish`. Raise `MirrorError` in a mirror.
    """
    with writing():
        refuse_mirror()
        transaction = Transaction(current_revision() + 1, _revision_time(), reason, who)
        try:
            yield transaction
            transaction.finish()
        except append.EntryTooLongError as error:
            fault = Fault(error.record_type, 0, "", f"{error.record}: {error}")
            raise RefusedError([fault]) from None
