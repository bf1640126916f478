"""The change log: every change of a record is one entry, chained to the one before and a leaf of a Merkle tree.

Hashes are over canonical JSON in which a sensitive text stands as a commitment, SHA-256 over a random salt and the
text. Salt and text lie beside the log, in a table from which they can be deleted: the log verifies as before, and
nobody can tell any more what the text was.
"""

import functools
import secrets
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from api.models import Change, ChangeText
from api.queries.changes import AFTER, BEFORE, COMMITMENT, REDACTED
from api.records import bulk, tree
from api.records.canonical import canonical
from api.records.merkle import leaf_hash

Document = dict[str, Any]
FIRST = "0" * 64  # what stands as the hash before the first entry
SALT = 32
MARK = "[redacted]"  # what stands in the record in place of an erased text
SENSITIVE = frozenset({"note", "phrase", "source_original", "status_reason", "place_note", "title"})
SENSITIVE_OF = {"claimants": SENSITIVE | {"name"}}
#: Names in the order of the alphabet, as RFC 8785 wants them.
ENTRY = (
    b'{"after":%b,"before":%b,"made_at":%b,"noun":%b,"operation":%b,"prev":%b,"reason":%b,"record":%b,'
    b'"revision":%d,"seq":%d,"who":%b}'
)


class Entry(NamedTuple):
    """A change of one record: documents as the In schemas validate them, references as slugs."""

    noun: str
    record: str
    operation: str  # create, revise, retract, withdraw, redact
    before: Document | None
    after: Document | None


class Row(NamedTuple):
    """An entry as the log keeps it, up to its own hash; `before` and `after` are canonical JSON with commitments."""

    seq: int
    revision: int
    made_at: str
    who: str
    noun: str
    record: str
    operation: str
    reason: str
    before: str | None
    after: str | None
    prev: str


class Text(NamedTuple):
    """What opens a commitment."""

    seq: int
    side: str
    field: str
    salt: str
    value: str


def append(entries: Sequence[Entry], revision: int, made_at: str, who: str, reason: str) -> None:
    """Write entries behind the newest one: inside `db.writing()`, after the rows that they tell of."""
    if not entries:
        return
    tip = tree.tip()
    prev, rows, texts = tip.hash or FIRST, [], list[Text]()
    for seq, entry in enumerate(entries, tip.seq + 1):
        before, after = _committed(seq, entry, texts)
        row = Row(seq, revision, made_at, who, *entry[:3], reason, before, after, prev)
        made = entry_json(row)
        prev = sha256(made).hexdigest()
        rows.append((*row, prev, tree.grown(tip.frontier, leaf_hash(made)).hex()))
    bulk.insert(Change, rows)
    bulk.insert(ChangeText, texts)


def redact(entry: Entry, fields: Sequence[str], revision: int, made_at: str, who: str, reason: str) -> int:
    """Erase what the log holds of these fields of the record, and say so in a `redact` entry; how many texts went.

    `entry` is the change by which the record itself loses the texts. Inside `db.writing()`.
    """
    _refuse_to_keep(entry, fields)
    own = Change.select(Change.seq).where((Change.noun == entry.noun) & (Change.record == entry.record))
    gone = ChangeText.delete().where(ChangeText.field.in_(fields) & ChangeText.seq.in_(own)).execute()
    before = {**(entry.before or {}), **{field: {REDACTED: True} for field in fields}}
    append([entry._replace(operation="redact", before=before)], revision, made_at, who, reason)
    return int(gone)


def _refuse_to_keep(entry: Entry, fields: Sequence[str]) -> None:
    if plain := set(fields) - sensitive(entry.noun):
        raise ValueError(f"the log holds no commitments for {', '.join(sorted(plain))} of {entry.noun}")
    before, after = entry.before or {}, entry.after or {}
    if kept := [
        field for field in fields if after.get(field) not in ("", None, MARK) and after[field] == before.get(field)
    ]:
        raise ValueError(f"{', '.join(kept)} of {entry.record} would be written again")


def sensitive(noun: str) -> frozenset[str]:
    """The fields of a noun whose texts can be redacted."""
    return SENSITIVE_OF.get(noun, SENSITIVE)


def commitment(salt: str, value: str) -> str:
    return sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def _committed(seq: int, entry: Entry, texts: list[Text]) -> tuple[str | None, str | None]:
    """Canonical JSON before and after, with commitments in place of texts, which go to `texts` with their salts.

    A text that stays the same has one salt and so one commitment: that it did not change can still be seen when it
    is erased.
    """
    salts: dict[tuple[str, str], str] = defaultdict(lambda: secrets.token_hex(SALT))
    told: dict[str, str | None] = {BEFORE: None, AFTER: None}
    for side, document in ((BEFORE, entry.before), (AFTER, entry.after)):
        if document is None:
            continue
        kept = dict(document)
        for field in [name for name in sensitive(entry.noun) if kept.get(name)]:
            if type(value := kept[field]) is str:
                salt = salts[field, value]
                texts.append(Text(seq, side, field, salt, value))
                kept[field] = orjson.Fragment(f'{{"{COMMITMENT}":"{commitment(salt, value)}"}}')
        told[side] = canonical(kept).decode()
    return told[BEFORE], told[AFTER]


def entry_json(row: Row) -> bytes:
    """Canonical JSON of an entry, whose documents are canonical already: what is hashed."""
    return ENTRY % (
        (row.after or "null").encode(),
        (row.before or "null").encode(),
        _repeated(row.made_at),
        _repeated(row.noun),
        _repeated(row.operation),
        orjson.dumps(row.prev),
        _repeated(row.reason),
        orjson.dumps(row.record),
        row.revision,
        row.seq,
        _repeated(row.who),
    )


#: JSON of what many entries have in common.
_repeated = functools.lru_cache(maxsize=64)(orjson.dumps)
