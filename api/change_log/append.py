"""The change log: every change of a record is one entry, chained to the one before and a leaf of a Merkle tree.

Hashes are over canonical JSON, in which a commitment replaces a free text: SHA-256 over a random salt and the text (of
a list of texts, over its canonical JSON). Another table has salt and text. When they are deleted from it, the log
verifies as before, and nobody can find out what the text was.
"""

import functools
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from api.change_log import stored_tree
from api.change_log.canonical_json import dump_canonical, dump_record
from api.change_log.entries import AFTER, BEFORE, COMMITMENT, REDACTED
from api.change_log.free_texts import FREE_TEXTS, TEXT_LISTS, replacement_of
from api.change_log.merkle import leaf_hash
from api.database import bulk
from api.database.models import Change, ChangeText

Document = dict[str, Any]
NO_PREVIOUS_HASH = "0" * 64  # in the first entry, in place of a hash
SALT = 32
#: Bytes of an entry: a bundle of C2SP tlog-tiles has its length in two bytes.
LONGEST_ENTRY = 65_535
#: Names in alphabetical order, as RFC 8785 requires.
ENTRY_TEMPLATE = (
    b'{"after":%b,"before":%b,"made_at":%b,"noun":%b,"operation":%b,"prev":%b,"reason":%b,"record":%b,'
    b'"revision":%d,"seq":%d,"who":%b}'
)


class EntryTooLongError(Exception):
    """The entry of this record would be too long for a bundle of the log."""

    def __init__(self, entry: "Entry", length: int) -> None:
        super().__init__(
            f"This change makes an entry of {length} bytes in the change log, and an entry has at most "
            f"{LONGEST_ENTRY}. Shorten the lists of the record, or the reason."
        )
        self.record_type, self.record = entry.record_type, entry.record


class Entry(NamedTuple):
    """A change of one record. The documents are as the In schemas validate them, with slugs as references."""

    record_type: str
    record: str
    operation: str  # create, revise, retract, withdraw, redact
    before: Document | None
    after: Document | None


class Row(NamedTuple):
    """An entry as the log stores it, without its hash. `before` and `after` are canonical JSON with commitments."""

    seq: int
    revision: int
    made_at: str
    who: str
    record_type: str
    record: str
    operation: str
    reason: str
    before: str | None
    after: str | None
    prev: str


class Opening(NamedTuple):
    """The salt and text of a commitment."""

    seq: int
    side: str
    field: str
    salt: str
    value: str


def append_entries(entries: Sequence[Entry], revision: int, made_at: str, who: str, reason: str) -> None:
    """Append entries to the log, inside `writing()`, after the rows of their records.

    Raise `EntryTooLongError`.
    """
    if not entries:
        return
    tip = stored_tree.read_tip()
    prev, rows, texts = tip.hash or NO_PREVIOUS_HASH, [], list[Opening]()
    for seq, entry in enumerate(entries, tip.seq + 1):
        before, after = _commit_texts(seq, entry, texts)
        row = Row(seq, revision, made_at, who, *entry[:3], reason, before, after, prev)
        content = entry_json(row)
        if len(content) > LONGEST_ENTRY:
            raise EntryTooLongError(entry, len(content))
        prev = sha256(content).hexdigest()
        rows.append((*row, prev, stored_tree.add_leaf(tip.frontier, leaf_hash(content)).hex()))
    bulk.insert_rows(Change, rows)
    bulk.insert_rows(ChangeText, texts)


def redact(entry: Entry, fields: Sequence[str], revision: int, made_at: str, who: str, reason: str) -> int:
    """Erase the texts of these fields of the record from the log. Return their number.

    `entry` is the change by which the record loses the texts; it is appended as a `redact` entry. Call this inside
    `writing()`. Raise `ValueError` for a field that is no free text or would be written again.
    """
    _refuse_to_keep(entry, fields)
    erased = erase_logged_texts(entry.record_type, entry.record, fields, stored_tree.log_size() + 1)
    before = {**(entry.before or {}), **{field: {REDACTED: True} for field in fields}}
    append_entries([entry._replace(operation="redact", before=before)], revision, made_at, who, reason)
    return erased


def erase_logged_texts(record_type: str, record: str, fields: Sequence[str], until: int) -> int:
    """Erase the texts of these fields of a record from the entries before `until`. Return their number."""
    entries = Change.select(Change.seq).where(
        Change.record_type == record_type, Change.record == record, Change.seq < until
    )
    return int(ChangeText.delete().where(ChangeText.field.in_(fields) & ChangeText.seq.in_(entries)).execute())


def _refuse_to_keep(entry: Entry, fields: Sequence[str]) -> None:
    if plain := set(fields) - FREE_TEXTS:
        raise ValueError(f"the log holds no commitments for {', '.join(sorted(plain))} of {entry.record_type}")
    before, after = entry.before or {}, entry.after or {}
    if repeated_fields := [
        field
        for field in fields
        if after.get(field) not in ("", None, [], replacement_of(field)) and after[field] == before.get(field)
    ]:
        raise ValueError(f"{', '.join(repeated_fields)} of {entry.record} would be written again")


def commitment_of(salt: str, value: str) -> str:
    return sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def _commit_texts(seq: int, entry: Entry, texts: list[Opening]) -> tuple[str | None, str | None]:
    """Return canonical JSON before and after, with commitments. Append the texts and their salts to `texts`.

    A text that stays the same has one salt and so one commitment. After its erasure one can still see that it did not
    change.
    """
    salts: dict[tuple[str, str], str] = {}
    return (
        None if entry.before is None else _commit_side(seq, BEFORE, entry.before, salts, texts),
        None if entry.after is None else _commit_side(seq, AFTER, entry.after, salts, texts),
    )


def _commit_side(
    seq: int, side: str, document: Document, salts: dict[tuple[str, str], str], texts: list[Opening]
) -> str:
    committed = dict(document)
    for field in FREE_TEXTS:
        if (content := document.get(field)) and type(value := _text_of(field, content)) is str:
            salt = salts.get((field, value)) or secrets.token_hex(SALT)
            salts[field, value] = salt
            texts.append(Opening(seq, side, field, salt, value))
            committed[field] = orjson.Fragment(f'{{"{COMMITMENT}":"{commitment_of(salt, value)}"}}')
    return dump_record(committed).decode()


def _text_of(field: str, value: Any) -> Any:
    """Return the text that is committed to. A redaction has an object instead, which stays."""
    return dump_canonical(value).decode() if field in TEXT_LISTS and type(value) is list else value


def entry_json(row: Row) -> bytes:
    """Return the canonical JSON of an entry, which is hashed. Its documents are canonical already."""
    return ENTRY_TEMPLATE % (
        (row.after or "null").encode(),
        (row.before or "null").encode(),
        _dump_cached(row.made_at),
        _dump_cached(row.record_type),
        _dump_cached(row.operation),
        orjson.dumps(row.prev),
        _dump_cached(row.reason),
        orjson.dumps(row.record),
        row.revision,
        row.seq,
        _dump_cached(row.who),
    )


#: JSON of values that many entries have in common.
_dump_cached = functools.lru_cache(maxsize=64)(orjson.dumps)
