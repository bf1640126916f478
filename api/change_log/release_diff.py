"""The records that changed between two revisions, with their figures before and after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from peewee import ModelSelect, Value

from api.change_log.change_wording import RecordChange, build_figure, word_changes
from api.change_log.entries import LISTING, LoggedEntry, load_entries
from api.database.models import Change
from api.database.statements import fetch_tuples
from api.listings.query import Bound, Page

Key = tuple[str, str]  # record type and id
CHUNK = 500


class ReleaseDiff:
    """The changes after revision `first` up to `last`, within filters of the change log."""

    def __init__(self, first: int, last: int, bound: Bound) -> None:
        self.span = (Change.revision > first) & (Change.revision <= last)
        self.bound = bound

    def read_page(self, limit: int, after: Key | None = None) -> Page:
        """Return a row for each changed record, at most `limit`. The page begins after `after`."""
        query = self._select_keys().order_by(Change.record_type, Change.record).limit(limit + 1)
        if after is not None:
            record_type, record = after
            query = query.where(
                (Change.record_type > record_type) | ((Change.record_type == record_type) & (Change.record > record))
            )
        rows = fetch_tuples(query)
        shown = rows[:limit]
        return Page(self._read_changes(shown), shown[-1] if len(rows) > limit else None)

    def read_chunks(self) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows in chunks."""
        after = None
        while True:
            page = self.read_page(CHUNK, after)
            yield page.records
            if page.last is None:
                return
            after = page.last[0], page.last[1]

    def count_records(self) -> int:
        return int(self._select_keys().count())

    def _select_keys(self) -> ModelSelect[Change]:
        query = Change.select(Change.record_type, Change.record).where(self.span).distinct()
        for name, values in self.bound.items():
            slots = [value if value is None else Value(value, converter=False) for value in values]
            query = query.where(LISTING.where[name].condition(*slots))
        return query

    def _read_changes(self, keys: list[Any]) -> list[dict[str, Any]]:
        entries: dict[Key, list[LoggedEntry]] = {}
        for record_type, same in groupby(keys, key=itemgetter(0)):
            mine = (Change.record_type == record_type) & Change.record.in_([record for _, record in same])
            seqs = fetch_tuples(Change.select(Change.seq).where(mine, self.span).order_by(Change.seq))
            for entry in load_entries([seq for (seq,) in seqs]):
                entries.setdefault((entry.record_type, entry.record), []).append(entry)
        changed = [_join_entries(entries[key]) for key in keys]
        sentences = word_changes(changed)
        return [
            _build_row(entries[key], change, sentence)
            for key, change, sentence in zip(keys, changed, sentences, strict=True)
        ]


def _join_entries(entries: list[LoggedEntry]) -> RecordChange:
    first, last = entries[0], entries[-1]
    return RecordChange(last.record_type, last.record, last.operation, last.seq, first.before, last.after)


def _build_row(entries: list[LoggedEntry], change: RecordChange, sentence: str) -> dict[str, Any]:
    return {
        "noun": change.record_type,
        "id": change.id,
        "operations": [entry.operation for entry in entries],
        "reasons": [entry.reason for entry in entries],
        "revision": entries[-1].revision,
        "text": sentence,
        "old": build_figure(change.record_type, change.before),
        "new": build_figure(change.record_type, change.after),
    }
