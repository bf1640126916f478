"""Rebuild the tables from the change log alone, in an empty database, with the code that wrote them first.

The log lacks API keys, stored answers, releases, and the dataset of a record, so the new tables lack them too. In place
of an erased text they have the mark of its redaction. Records are not checked again: they were valid when they were
written.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Any

import marshmallow
import peewee

from api.change_log import entries as log_entries
from api.change_log.entries import AFTER, LoggedEntry
from api.change_log.free_texts import replacement_of
from api.database import bulk, upgrade
from api.database.connection import use_database
from api.database.key_sets import KeySet
from api.database.models import Change, ChangeText, Revision
from api.database.statements import fetch_tuples
from api.database.writing import writing
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.search_text import SEARCHED_COLUMNS, refold_records
from api.recovery import compare_databases
from api.writes.create import put
from api.writes.rewrite import write_rows
from api.writes.transaction import Transaction

CHUNK = 1000
BATCH = 500
Document = dict[str, Any]


class NotEmptyError(Exception):
    """The target database has records already."""


class ReplayedTransaction(Transaction):
    """A transaction that the log has already: it checks nothing and writes no entries."""

    def _note_entries(self, ignored: Any) -> None:
        pass

    def finish(self) -> None:
        self.refold_touched()


def replay_log(source: peewee.Database, target: peewee.Database) -> Iterator[int]:
    """Write the rows of `target` from the log of `source`, both open. Yield the number of each written revision.

    `target` has the tables, without rows. Raise `NotEmptyError` if it has revisions.
    """
    with use_database(target):
        if Revision.select().exists():
            raise NotEmptyError
    for _, entries in groupby(_read_entries(source), lambda entry: entry.revision):
        yield _write_revision(target, entries)


def find_difference(source: peewee.Database, target: peewee.Database, advance: Callable[[int], object]) -> str | None:
    """Rebuild all tables of `source` from its log in `target`, both open. Return how the two differ first; None: equal.

    `advance` is called with 1 after each revision. Raise `NotEmptyError` if `target` has revisions.
    """
    with use_database(target):
        upgrade.upgrade()
    for _ in replay_log(source, target):
        advance(1)
    complete_rebuild(source, target)
    return compare_databases.first_difference(source, target)


def _write_revision(target: peewee.Database, entries: Iterator[LoggedEntry]) -> int:
    """Write the records of a revision in one transaction. Return its number."""
    first = next(entries)
    with use_database(target), writing():
        transaction = ReplayedTransaction(first.revision, first.made_at, first.reason, first.who)
        write_entries(transaction, chain([first], entries))
        transaction.finish()
    return first.revision


def complete_rebuild(source: peewee.Database, target: peewee.Database) -> None:
    """Copy the log itself, and renew all search text with today's code."""
    _copy_log(source, target)
    with use_database(target), writing():
        for model in SEARCHED_COLUMNS:
            refold_records(model, KeySet(key for (key,) in fetch_tuples(model.select(model.id))))


# The log ---------------------------------------------------------------------------------------------------------


def _read_entries(source: peewee.Database) -> Iterator[LoggedEntry]:
    last = 0
    while True:
        with use_database(source):
            chunk = list(islice(log_entries.read_entries(since=last), CHUNK))
        yield from chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].seq


def write_entries(transaction: Transaction, entries: Iterable[LoggedEntry]) -> None:
    """Write the records of entries of one revision in an open transaction, which has their log already."""
    for batch in _batch_entries(_replace_erased(entries)):
        _write_batch(transaction, batch)


def _replace_erased(entries: Iterable[LoggedEntry]) -> Iterator[LoggedEntry]:
    """Put into entries what a redaction puts in place of a text.

    A changed field gets null before the change, so that it still differs from the replacement after it.
    """
    for entry in entries:
        for place in entry.redacted:
            side, _, field = place.partition("/")
            document = entry.after if side == AFTER else entry.before
            if document is not None:
                document[field] = replacement_of(field)
            if entry.before is not None and field in entry.changed and entry.operation != "redact":
                entry.before[field] = None  # it is only compared
        yield entry


def _batch_entries(entries: Iterable[LoggedEntry]) -> Iterator[list[LoggedEntry]]:
    """Yield batches of entries to write together: of one record type, all new or none, one for each record."""
    batch: list[LoggedEntry] = []
    for entry in entries:
        if batch and not _fits_batch(batch, entry):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _fits_batch(batch: list[LoggedEntry], entry: LoggedEntry) -> bool:
    first, is_new = batch[0], entry.before is None
    if first.record_type != entry.record_type or (first.before is None) != is_new:
        return False
    if is_new and RECORD_TYPES[entry.record_type].refers_to_itself:
        return True  # in any order
    return len(batch) < BATCH and (is_new or entry.record not in {member.record for member in batch})


def _write_batch(transaction: Transaction, batch: list[LoggedEntry]) -> None:
    record_type = RECORD_TYPES[batch[0].record_type]
    documents = [_fill_document(record_type, entry.after or {}) for entry in batch]
    if batch[0].before is None:
        put(transaction, {record_type.name: documents})
    else:
        before = [_fill_document(record_type, entry.before or {}) for entry in batch]
        write_rows(transaction, record_type, list(zip(before, documents, strict=True)))


def _fill_document(record_type: RecordType, document: Document) -> Document:
    """Return the document with default values for fields that were added to the schema later."""
    return {**_default_values(record_type), **document}


def _default_values(record_type: RecordType) -> Document:
    defaults = {name: field.load_default for name, field in record_type.schema.fields.items()}
    return {
        name: default() if callable(default) else default
        for name, default in defaults.items()
        if default is not marshmallow.missing
    }


def _copy_log(source: peewee.Database, target: peewee.Database) -> None:
    for model in (Change, ChangeText):
        with use_database(target), writing():
            for batch in _read_rows(source, model):
                bulk.insert_rows(model, batch)


def _read_rows(source: peewee.Database, model: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a log table, for `CHUNK` entries at a time."""
    with use_database(source):
        size = int(Change.select(peewee.fn.COALESCE(peewee.fn.MAX(Change.seq), 0)).scalar())
    for first in range(1, size + 1, CHUNK):
        with use_database(source):
            in_range = model.seq.between(first, first + CHUNK - 1)
            rows = fetch_tuples(model.select().where(in_range).order_by(*model._meta.get_primary_keys()))
        yield rows
