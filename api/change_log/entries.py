"""The change log for readers: entries with their texts, null in place of a redacted text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from peewee import fn

from api.change_log import log_filters
from api.change_log.change_wording import RecordChange, build_figure, word_changes
from api.change_log.free_texts import TEXT_LISTS
from api.database.models import Change, ChangeText
from api.database.statements import fetch_tuples
from api.listings.columns import PartOf, attached_column, plain_column
from api.listings.filters import Filter, at_most, bind_scalar, value_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing

COMMITMENT, REDACTED = "commitment", "redacted"  # in the log, in place of a text
BEFORE, AFTER = "before", "after"
CHUNK = 1000
Document = dict[str, Any]


class LoggedEntry(NamedTuple):
    """An entry with its texts."""

    seq: int
    revision: int
    made_at: str
    who: str
    record_type: str
    record: str
    operation: str
    reason: str
    before: Document | None
    after: Document | None
    redacted: list[str]  # for example `before/note`: it is null because the text was erased
    changed: list[str]  # fields; of a new record those with a value


class Difference(NamedTuple):
    field: str
    before: Any
    after: Any
    redacted: bool  # a text before or after was erased


FIELDS = (
    Change.seq, Change.revision, Change.made_at, Change.who, Change.record_type, Change.record, Change.operation,
    Change.reason, Change.before, Change.after,
)  # fmt: skip


def read_entries(record_type: str | None = None, record: str | None = None, since: int = 0) -> Iterator[LoggedEntry]:
    """Yield the entries after `since` (a seq) in their order: of the whole log, of a record type, of one record."""
    while True:
        query = Change.select(*FIELDS).where(Change.seq > since).order_by(Change.seq).limit(CHUNK)
        if record_type is not None:
            query = query.where(Change.record_type == record_type)
        if record is not None:
            query = query.where(Change.record == record)
        rows = fetch_tuples(query)
        yield from _fill_entries(rows)
        if len(rows) < CHUNK:
            return
        since = rows[-1][0]


def newest_seq() -> int:
    """Return the number of the newest entry; 0 if there is none."""
    return int(fetch_tuples(Change.select(fn.COALESCE(fn.MAX(Change.seq), 0)))[0][0])


def last_seq_of(revision: int) -> int:
    """Return the number of the last entry up to a revision; 0 if there is none."""
    query = Change.select(fn.COALESCE(fn.MAX(Change.seq), 0)).where(Change.revision <= revision)
    return int(fetch_tuples(query)[0][0])


def load_entries(seqs: list[int]) -> list[LoggedEntry]:
    """Return the entries with these numbers, in the order of `seqs`."""
    by_seq = {
        entry.seq: entry for entry in _fill_entries(fetch_tuples(Change.select(*FIELDS).where(Change.seq.in_(seqs))))
    }
    return [by_seq[seq] for seq in seqs]


def _fill_entries(rows: list[tuple[Any, ...]]) -> Iterator[LoggedEntry]:
    texts = _load_texts([row[0] for row in rows])
    for *values, before_text, after_text in rows:
        before, after = _parse_document(before_text), _parse_document(after_text)
        changed = _changed_fields(before, after)
        redacted = [*_fill_texts(before, values[0], BEFORE, texts), *_fill_texts(after, values[0], AFTER, texts)]
        yield LoggedEntry._make([*values, before, after, redacted, changed])


def _load_texts(seqs: list[int]) -> dict[tuple[int, str, str], str]:
    query = ChangeText.select(ChangeText.seq, ChangeText.side, ChangeText.field, ChangeText.value)
    rows = fetch_tuples(query.where(ChangeText.seq.in_(seqs)))
    return {(seq, side, field): value for seq, side, field, value in rows}


def _parse_document(text: str | None) -> Document | None:
    return None if text is None else json.loads(text)


def _changed_fields(before: Document | None, after: Document | None) -> list[str]:
    """Return the changed fields of stored documents. A text that stays the same has the same commitment in both."""
    if before is None:
        return [field for field, value in (after or {}).items() if value not in (None, "", [])]
    after = after or {}
    return [field for field in {**before, **after} if before.get(field) != after.get(field)]


def _fill_texts(
    document: Document | None, seq: int, side: str, texts: dict[tuple[int, str, str], str]
) -> Iterator[str]:
    """Put texts in place of their commitments, null if a text was erased. Yield the places with null."""
    for field, value in (document or {}).items():
        if document is not None and type(value) is dict:  # no field of a document is an object: it replaces a text
            text = texts.get((seq, side, field))
            document[field] = json.loads(text) if text is not None and field in TEXT_LISTS else text
            if text is None:
                yield f"{side}/{field}"


def list_differences(entry: LoggedEntry) -> Iterator[Difference]:
    """Yield the fields that an entry changed, with the values before and after."""
    before, after = entry.before or {}, entry.after or {}
    for field in entry.changed:
        erased = f"{BEFORE}/{field}" in entry.redacted or f"{AFTER}/{field}" in entry.redacted
        yield Difference(field, before.get(field), after.get(field), erased)


def word_entries(entries: list[LoggedEntry]) -> list[str]:
    """Return in words what each entry changed, with the old and the new figure."""
    return word_changes([_make_change(entry) for entry in entries])


def _make_change(entry: LoggedEntry) -> RecordChange:
    return RecordChange(entry.record_type, entry.record, entry.operation, entry.seq, entry.before, entry.after)


# As a list -------------------------------------------------------------------------------------------------------


def _attach_part(read: Callable[[LoggedEntry], Any]) -> Any:
    return attached_column(PartOf(_load_by_seq, read))


def _load_by_seq(seqs: list[int]) -> dict[int, LoggedEntry]:
    return {entry.seq: entry for entry in load_entries(seqs)}


def _word_entries(entries: list[LoggedEntry]) -> dict[int, str]:
    sentences = word_entries(entries)
    return {entry.seq: sentence for entry, sentence in zip(entries, sentences, strict=True)}


COLUMNS = {
    **derive_columns(Change, "seq", "revision", "made_at", "who"),
    "resource": plain_column(Change.record_type),
    "id": plain_column(Change.record),
    **derive_columns(Change, "operation", "reason"),
    "text": attached_column(lambda seqs: _word_entries(load_entries(seqs))),
    "old": _attach_part(lambda entry: build_figure(entry.record_type, entry.before)),
    "new": _attach_part(lambda entry: build_figure(entry.record_type, entry.after)),
    "before": _attach_part(lambda entry: entry.before),
    "after": _attach_part(lambda entry: entry.after),
    "redacted": _attach_part(lambda entry: entry.redacted),
    **derive_columns(Change, "prev", "hash"),
}

WHERE = {
    **derive_filters(Change, "operation"),
    "since": Filter(lambda revision: Change.revision > revision, bind_scalar),
    "resource": value_filter(Change.record_type),
    "id": value_filter(Change.record),
    "who": value_filter(Change.who, requires=True),
    **log_filters.WHERE,
    "revision": at_most(Change.revision),
}

LISTING = register_listing(
    "changes", Change, columns=COLUMNS, where=WHERE, sort=derive_sorts(Change, "seq"), unique=Change.seq
)
