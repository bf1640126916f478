"""The change log as it can be asked for: entries with their texts filled in, null where a text was redacted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from api.db import tuples
from api.models import Change, ChangeText
from api.queries.filters import Filter, among, at_most, scalar
from api.queries.select import attached, listing, plain

COMMITMENT, REDACTED = "commitment", "redacted"  # what stands in the log in place of a text
BEFORE, AFTER = "before", "after"
CHUNK = 1000
Document = dict[str, Any]


class Logged(NamedTuple):
    """An entry with its texts."""

    seq: int
    revision: int
    made_at: str
    who: str
    noun: str
    record: str
    operation: str
    reason: str
    before: Document | None
    after: Document | None
    redacted: list[str]  # `before/note`: null there because the text was erased
    changed: list[str]  # fields; of a new record those that state something


class Difference(NamedTuple):
    field: str
    before: Any
    after: Any
    redacted: bool  # a text that stood on one of the sides was erased


FIELDS = (
    Change.seq, Change.revision, Change.made_at, Change.who, Change.noun, Change.record, Change.operation,
    Change.reason, Change.before, Change.after,
)  # fmt: skip


def entries(noun: str | None = None, record: str | None = None, since: int = 0) -> Iterator[Logged]:
    """Entries behind `since` (a seq) in their order: of the whole log, of a noun, of one record."""
    while True:
        query = Change.select(*FIELDS).where(Change.seq > since).order_by(Change.seq).limit(CHUNK)
        if noun is not None:
            query = query.where(Change.noun == noun)
        if record is not None:
            query = query.where(Change.record == record)
        found = tuples(query)
        yield from _filled(found)
        if len(found) < CHUNK:
            return
        since = found[-1][0]


def of(seqs: list[int]) -> list[Logged]:
    """The entries of these numbers, in the order of these."""
    found = {entry.seq: entry for entry in _filled(tuples(Change.select(*FIELDS).where(Change.seq.in_(seqs))))}
    return [found[seq] for seq in seqs]


def _filled(rows: list[tuple[Any, ...]]) -> Iterator[Logged]:
    texts = _texts([row[0] for row in rows])
    for *told, before_text, after_text in rows:
        before, after = _read(before_text), _read(after_text)
        changed = _changed(before, after)
        redacted = [*_fill(before, told[0], BEFORE, texts), *_fill(after, told[0], AFTER, texts)]
        yield Logged._make([*told, before, after, redacted, changed])


def _texts(seqs: list[int]) -> dict[tuple[int, str, str], str]:
    query = ChangeText.select(ChangeText.seq, ChangeText.side, ChangeText.field, ChangeText.value)
    found = tuples(query.where(ChangeText.seq.in_(seqs)))
    return {(seq, side, field): value for seq, side, field, value in found}


def _read(text: str | None) -> Document | None:
    return None if text is None else json.loads(text)


def _changed(before: Document | None, after: Document | None) -> list[str]:
    """As the log has it: a text that stays the same has one commitment on both sides."""
    if before is None:
        return [field for field, value in (after or {}).items() if value not in (None, "", [])]
    after = after or {}
    return [field for field in {**before, **after} if before.get(field) != after.get(field)]


def _fill(document: Document | None, seq: int, side: str, texts: dict[tuple[int, str, str], str]) -> Iterator[str]:
    """Put the texts in their places, null where there is none any more; those places."""
    for field, value in (document or {}).items():
        if document is not None and type(value) is dict:  # no field of a document is one: it stands for a text
            document[field] = texts.get((seq, side, field))
            if document[field] is None:
                yield f"{side}/{field}"


def differences(entry: Logged) -> Iterator[Difference]:
    """What the entry changed, field by field."""
    before, after = entry.before or {}, entry.after or {}
    for field in entry.changed:
        erased = f"{BEFORE}/{field}" in entry.redacted or f"{AFTER}/{field}" in entry.redacted
        yield Difference(field, before.get(field), after.get(field), erased)


# As a list -------------------------------------------------------------------------------------------------------


def _part(read: Callable[[Logged], Any]) -> Any:
    return attached(lambda seqs: {entry.seq: read(entry) for entry in of(seqs)})


COLUMNS = {
    "seq": plain(Change.seq),
    "revision": plain(Change.revision),
    "made_at": plain(Change.made_at),
    "who": plain(Change.who),
    "resource": plain(Change.noun),
    "id": plain(Change.record),
    "operation": plain(Change.operation),
    "reason": plain(Change.reason),
    "before": _part(lambda entry: entry.before),
    "after": _part(lambda entry: entry.after),
    "redacted": _part(lambda entry: entry.redacted),
    "prev": plain(Change.prev),
    "hash": plain(Change.hash),
}

WHERE = {
    "since": Filter(lambda revision: Change.revision > revision, scalar),
    "resource": among(Change.noun),
    "id": among(Change.record),
    "who": among(Change.who),
    "revision": at_most(Change.revision),
}

LISTING = listing("changes", Change, columns=COLUMNS, where=WHERE, sort={"seq": Change.seq}, unique=Change.seq)
