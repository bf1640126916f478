"""The tables made anew from the change log alone, in an empty database, by the code that wrote them first.

What the log does not hold is not there: keys, kept answers, releases, to which dataset a record belongs. What was
erased comes back as what its redaction put in its place. Nothing is judged again: what was right when it was written
stays so.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import marshmallow
import peewee

from api.db import tuples, using, writing
from api.models import Change, ChangeText, Revision
from api.queries import changes
from api.queries.changes import AFTER, BEFORE, Logged
from api.records import bulk, tallies
from api.records.create import put
from api.records.folding import OWN, refold
from api.records.keyset import KeySet
from api.records.nouns import NOUNS, Noun
from api.records.rewriting import write_anew
from api.records.transaction import Transaction

CHUNK = 1000
BATCH = 500
Document = dict[str, Any]
Erased = dict[tuple[str, str, str], Any]  # noun, record, field → what its redaction put in its place


class NotEmpty(Exception):
    """The database in which the tables were to be made holds records already."""


class Replayed(Transaction):
    """Of which the log has told already."""

    def note(self, *told: Any) -> None:
        pass

    def finish(self) -> None:
        self.refold()


def replay(source: peewee.Database, target: peewee.Database) -> Iterator[int]:
    """Make the tables of `target` from the log of `source`, both open; yields the number of each revision once made.

    `target` has tables without rows. Raises `NotEmpty`.
    """
    with using(target):
        if Revision.select().exists():
            raise NotEmpty
    with using(source):
        erased = _erased()
    for _, entries in groupby(_entries(source), lambda entry: entry.revision):
        first = next(entries)
        with using(target), writing():
            made = Replayed(first.revision, first.made_at, first.reason, first.who)
            for told in _alike(_told_once(_chain(first, entries), erased)):
                _write(made, told)
            made.finish()
        yield first.revision


def finish(source: peewee.Database, target: peewee.Database) -> None:
    """Copy the log itself, make search text anew as it is made today, and the tallies."""
    _copy_log(source, target)
    with using(target), writing():
        for model in OWN:
            refold(model, KeySet(key for (key,) in tuples(model.select(model.id))))
        newest = tuples(Revision.select(peewee.fn.MAX(Revision.number)))
        tallies.rebuild(newest[0][0] or 0)


# The log ---------------------------------------------------------------------------------------------------------


def _entries(source: peewee.Database) -> Iterator[Logged]:
    last = 0
    while True:
        with using(source):
            found = list(islice(changes.entries(since=last), CHUNK))
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1].seq


def _chain(first: Logged, rest: Iterable[Logged]) -> Iterator[Logged]:
    yield first
    yield from rest


def _erased() -> Erased:
    """The newest redaction counts: an older one may have kept what had to go later."""
    found: Erased = {}
    seqs = tuples(Change.select(Change.seq).where(Change.operation == "redact").order_by(Change.seq))
    for entry in changes.of([seq for (seq,) in seqs]):
        for place in entry.redacted:
            side, _, field = place.partition("/")
            if side == BEFORE:
                found[entry.noun, entry.record, field] = (entry.after or {}).get(field)
    return found


def _told_once(entries: Iterable[Logged], erased: Erased) -> Iterator[Logged]:
    """With what stands in place of erased texts; the log still tells which of them were other texts before."""
    for entry in entries:
        for place in entry.redacted:
            side, _, field = place.partition("/")
            document = entry.after if side == AFTER else entry.before
            if document is not None:
                document[field] = erased.get((entry.noun, entry.record, field))
            if entry.before is not None and field in entry.changed and entry.operation != "redact":
                entry.before[field] = None  # which is only compared
        yield entry


def _alike(entries: Iterable[Logged]) -> Iterator[list[Logged]]:
    """Entries that are written at once: of one noun, all new or none, each of another record."""
    batch: list[Logged] = []
    for entry in entries:
        if batch and not _joins(batch, entry):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _joins(batch: list[Logged], entry: Logged) -> bool:
    first, is_new = batch[0], entry.before is None
    if first.noun != entry.noun or (first.before is None) != is_new:
        return False
    if is_new and NOUNS[entry.noun].refers_to_itself:
        return True  # in any order
    return len(batch) < BATCH and (is_new or entry.record not in {other.record for other in batch})


def _write(made: Transaction, told: list[Logged]) -> None:
    noun = NOUNS[told[0].noun]
    documents = [_whole(noun, entry.after or {}) for entry in told]
    if told[0].before is None:
        put(made, {noun.name: documents})
    else:
        before = [_whole(noun, entry.before or {}) for entry in told]
        write_anew(made, noun, list(zip(before, documents, strict=True)))


def _whole(noun: Noun, document: Document) -> Document:
    """With what a field that came later says where nothing is told."""
    return {**_unsaid(noun), **document}


def _unsaid(noun: Noun) -> Document:
    told = {name: field.load_default for name, field in noun.schema.fields.items()}
    return {
        name: default() if callable(default) else default
        for name, default in told.items()
        if default is not marshmallow.missing
    }


def _copy_log(source: peewee.Database, target: peewee.Database) -> None:
    for model in (Change, ChangeText):
        with using(target), writing():
            for batch in _rows(source, model):
                bulk.insert(model, batch)


def _rows(source: peewee.Database, model: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Rows by entry, so many entries at a time."""
    with using(source):
        size = int(Change.select(peewee.fn.COALESCE(peewee.fn.MAX(Change.seq), 0)).scalar())
    for first in range(1, size + 1, CHUNK):
        with using(source):
            own = model.seq.between(first, first + CHUNK - 1)
            found = tuples(model.select().where(own).order_by(*model._meta.get_primary_keys()))
        yield found
