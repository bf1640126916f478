"""Erasure of texts that should never have been entered: from the record, its row versions, search and the log.

This is the one exception to "a past revision reads as it read then". A mark replaces the text in every revision.
The log says who erased which field, when and why, and it verifies as before.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from api.auth import idempotency
from api.change_log import append
from api.change_log.free_texts import FREE_TEXTS, MARK, OBJECTS, TEXT_LISTS, replacement_of
from api.database.connection import database, is_postgres
from api.database.models import (
    SEARCHED,
    Change,
    ChangeText,
    Claim,
    Claimant,
    Conflict,
    Event,
    External,
    Record,
    Release,
    Side,
    Source,
)
from api.database.statements import fetch_tuples, select_rows
from api.database.writing import writing
from api.history.row_versions import archive_rows
from api.listings import query
from api.listings.full_text import fold_text
from api.records.documents import LISTINGS, document_of
from api.records.faults import Fault, NoSuchRecordError, RefusedError
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.row_mapping import find_keys
from api.records.search_text import NAMES, REPORTED, refold_with_versions
from api.writes.transaction import open_transaction
from schemas.details import list_texts

#: The fields whose texts are copied into the search text of claims, and the query that finds those claims.
COPIED = {
    "conflicts": (NAMES[Conflict], "SELECT id FROM {claim} WHERE conflict_id = {key}"),
    "sides": (NAMES[Side], "SELECT id FROM {claim} WHERE subject_side_id = {key} OR responsible_side_id = {key}"),
    "claimants": (NAMES[Claimant], "SELECT id FROM {claim} WHERE claimant_id = {key}"),
    "events": (NAMES[Event], "SELECT id FROM {claim} WHERE event_id = {key}"),
    "sources": (NAMES[Source], "SELECT claim_id FROM {report} WHERE source_id = {key}"),
    "reports": (REPORTED, "SELECT claim_id FROM {report} WHERE id = {key}"),
}
MOST_RECORDS = 20


class Redaction(NamedTuple):
    """What was erased, and which copies remain."""

    revision: int
    erased: int  # texts, each counted as often as the log held it
    elsewhere: list[tuple[str, str]]  # record type and id of other records with the same words; the first few
    releases: list[str]  # made before the erasure: their packages have the text


def beyond_reach(redaction: Redaction, cache_seconds: int) -> list[str]:
    """Return sentences about the remaining copies, which the server cannot reach or must not change."""
    packages = (
        [f"The packages of the releases {', '.join(redaction.releases)}, wherever they are."]
        if redaction.releases
        else []
    )
    return [
        f"Caches, for at most {cache_seconds * 11} seconds; for a year if the address names a revision or release.",
        *packages,
        "The ids of records and the reasons of revisions: citations use them, and the log is hashed over them.",
        "Backups, replicas, and what the database leaves on disk until it is overwritten (docs/operators/log.md).",
    ]


def redact_texts(
    record_type: str, slug: str, fields: Sequence[str], reason: str, who: str,
    also: Callable[[Redaction], None] = lambda _: None,
) -> Redaction:  # fmt: skip
    """Erase the texts of these fields of a record permanently.

    `also` is called inside the transaction, after everything is written. Raise `NoSuchRecordError`, and
    `RefusedError` for a field without a text.
    """
    kind = RECORD_TYPES[record_type]
    with writing():
        record = query.read_record(LISTINGS[record_type], slug)
        if record is None:
            raise NoSuchRecordError(slug)
        old = document_of(record_type, record)
        key = find_keys(kind.model, [slug])[slug]
        texts = _load_texts(kind, key, slug, fields)
        with open_transaction(reason, who) as transaction:
            entry = append.Entry(record_type, slug, "redact", old, _mark_fields(old, fields))
            archive_rows(kind.model, "id", [key], transaction.revision)
            kind.model.update(**transaction.stamp).where(kind.model.id == key).execute()
            erase_from_rows(record_type, slug, fields)
            erased = append.redact(entry, fields, transaction.revision, transaction.made_at, who, reason)
            _forget_copies(record_type, slug, texts)
            redaction = Redaction(
                transaction.revision,
                erased,
                _find_elsewhere(record_type, slug, texts),
                _releases_since(record_type, slug),
            )
            also(redaction)
    empty_write_ahead_log()
    return redaction


def _load_texts(record_type: RecordType, key: int, slug: str, fields: Sequence[str]) -> set[str]:
    """Return the texts to erase. Raise `RefusedError` for fields that cannot be redacted or have no text."""
    text_fields = sorted(FREE_TEXTS & record_type.schema.fields.keys())
    texts: set[str] = set()
    faults = []
    for place, field in enumerate(fields):
        try:
            if field not in text_fields:
                raise _NotErasableError(f"cannot be redacted. Send one of {', '.join(text_fields)}")
            texts |= _erasable_texts(record_type, key, slug, field)
        except _NotErasableError as error:
            faults.append(Fault(record_type.name, 0, f"fields/{place}", f"{field} {error}."))
    if faults:
        raise RefusedError(faults)
    return texts


class _NotErasableError(Exception):
    """A field that cannot be redacted; the message says why, after the name of the field."""


def _erasable_texts(record_type: RecordType, key: int, slug: str, field: str) -> set[str]:
    texts = {text for stored in _read_texts(record_type, key, slug, field) for text in _split_texts(field, stored)}
    if not texts - {"", MARK}:
        raise _NotErasableError("has no text to erase. Leave it out")
    if seq := _find_plain_entry(record_type.name, slug, field):
        raise _NotErasableError(
            f"is in plain text in entry {seq} of the log. An older version wrote that entry, and nobody can change it"
        )
    return texts - {"", MARK}


def _split_texts(field: str, stored: str) -> list[str]:
    """Return the texts of a stored value; a list of texts and details are stored as JSON."""
    if field in OBJECTS:
        return list_texts(stored)
    return list(json.loads(stored)) if field in TEXT_LISTS else [stored]


def _read_texts(record_type: RecordType, key: int, slug: str, field: str) -> Iterator[str]:
    """Yield every text of the field that a row, a row version or the log still has."""
    table = record_type.model._meta.table_name
    for name in (table, f"{table}_version"):
        yield from (text for (text,) in select_rows(f"SELECT DISTINCT {field} FROM {name} WHERE id = {key}") if text)
    logged = (
        ChangeText.select(ChangeText.value)
        .join(Change)
        .where(Change.record_type == record_type.name, Change.record == slug)
    )
    yield from (text for (text,) in fetch_tuples(logged.where(ChangeText.field == field)))


def _find_plain_entry(record_type: str, slug: str, field: str) -> int | None:
    """Return the number of an entry that has the text itself: older versions had commitments to fewer fields."""
    entries = Change.select(Change.seq, Change.before, Change.after).where(
        Change.record_type == record_type, Change.record == slug
    )
    for seq, *documents in fetch_tuples(entries.order_by(Change.seq)):
        for document in (json.loads(text) for text in documents if text):
            if document.get(field) and type(document[field]) is not dict:
                return int(seq)
    return None


def _mark_fields(old: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return old | {field: replacement_of(field) for field in fields if old[field]}


def erase_from_rows(record_type: str, slug: str, fields: Sequence[str]) -> None:
    """Replace the texts of these fields of a record, in its row, in all old versions and in the search text."""
    kind = RECORD_TYPES[record_type]
    key = find_keys(kind.model, [slug])[slug]
    _overwrite_rows(kind, key, fields)
    _refold(kind, key, fields)


def _overwrite_rows(record_type: RecordType, key: int, fields: Sequence[str]) -> None:
    table = record_type.model._meta.table_name
    for name in (table, f"{table}_version"):
        for field in fields:
            replacement = _sql_literal(replacement_of(field))
            database.execute_sql(
                f"UPDATE {name} SET {field} = {replacement} WHERE id = {key} AND {field} NOT IN ('', '[]')"
            )


def _sql_literal(replacement: Any) -> str:
    if replacement is None:
        return "NULL"
    return f"'{replacement if type(replacement) is str else json.dumps(replacement)}'"


# Search ----------------------------------------------------------------------------------------------------------


def _refold(record_type: RecordType, key: int, fields: Sequence[str]) -> None:
    """Renew the search text of the record and of claims that name it, in rows and row versions."""
    _refold_rows(record_type.model, [key])
    copied, naming = COPIED.get(record_type.name, ((), ""))
    if not set(fields).isdisjoint(copied):
        now, then = (naming.format(claim=f"claim{v}", report=f"report{v}", key=key) for v in ("", "_version"))
        _refold_rows(Claim, [claim for (claim,) in select_rows(f"{now} UNION {then}")])


def _refold_rows(model: type[Record], row_keys: list[int]) -> None:
    if model not in SEARCHED:
        return
    refold_with_versions(model, row_keys)
    if not is_postgres():
        # FTS5 only marks words as deleted until it merges.
        table = model._meta.table_name
        database.execute_sql(f"INSERT INTO {table}_search ({table}_search) VALUES ('optimize')")


# Copies outside the record ---------------------------------------------------------------------------------------


def _creation_revisions(record_type: str, slug: str) -> list[int]:
    """Return the revisions that created the record. Their answers and request hashes are stored for a week."""
    changes = Change.select(Change.revision).where(Change.record_type == record_type, Change.record == slug)
    return [number for (number,) in fetch_tuples(changes.where(Change.operation == "create"))]


def _forget_copies(record_type: str, slug: str, texts: set[str]) -> None:
    """Erase stored answers that repeat a text, and the hashes of the requests and imported rows that had it.

    The hashes have no salt, so a short text could be guessed from them.
    """
    for number in _creation_revisions(record_type, slug):
        idempotency.forget_answers(number)
    for text in texts:
        idempotency.forget_answers_with(text)
    External.update(digest=idempotency.SPENT).where(
        External.record_type == record_type, External.slug == slug
    ).execute()


def _find_elsewhere(record_type: str, slug: str, texts: set[str]) -> list[tuple[str, str]]:
    """Return other records in which search finds the same words, and sources with the same address."""
    addresses = Source.select(Source.slug).where(Source.url.in_(texts) | Source.archived_url.in_(texts))
    records: dict[tuple[str, str], None] = {("sources", source): None for (source,) in fetch_tuples(addresses)}
    for phrase in filter(None, map(fold_text, sorted(texts))):
        for listing in LISTINGS.values():
            if "q" in listing.where:
                bound = query.bind_question(listing, {"q": f'"{phrase}"'})
                for record in query.read_page(listing, bound, fields=("id",), limit=MOST_RECORDS + 1).records:
                    records[listing.name, record["id"]] = None
    records.pop((record_type, slug), None)
    return list(records)[:MOST_RECORDS]


def _releases_since(record_type: str, slug: str) -> list[str]:
    """Return the releases since the record was created."""
    first = min(_creation_revisions(record_type, slug), default=0)
    releases = Release.select(Release.slug).where(Release.revision >= first).order_by(Release.revision)
    return [name for (name,) in fetch_tuples(releases)]


def empty_write_ahead_log() -> None:
    """Truncate SQLite's write-ahead log, in which old pages would stay."""
    if not is_postgres():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
