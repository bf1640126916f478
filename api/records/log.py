"""The change log: every change of a record is one entry, chained to the one before and a leaf of a Merkle tree.

Hashes are over canonical JSON in which a sensitive text stands as a commitment, SHA-256 over a random salt and the
text. Salt and text lie beside the log, in a table from which they can be deleted: the log verifies as before, and
nobody can tell any more what the text was.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from api.db import database, is_postgres
from api.models import Change, ChangeText
from api.queries.changes import COMMITMENT, REDACTED
from api.records import tree
from api.records.canonical import canonical
from api.records.merkle import leaf_hash

Document = dict[str, Any]
FIRST = "0" * 64  # what stands as the hash before the first entry
SALT = 32
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
        salts: dict[tuple[str, str], str] = {}
        before = _committed(seq, "before", entry, salts, texts)
        after = _committed(seq, "after", entry, salts, texts)
        row = Row(seq, revision, made_at, who, *entry[:3], reason, before, after, prev)
        made = entry_json(row)
        prev = sha256(made).hexdigest()
        rows.append((*row, prev, tree.grown(tip.frontier, leaf_hash(made)).hex()))
    _insert("change", (*Row._fields, "hash", "nodes"), rows)
    _insert("change_text", Text._fields, texts)


def redact(entry: Entry, fields: Sequence[str], revision: int, made_at: str, who: str, reason: str) -> int:
    """Erase what the log holds of these fields of the record, and say so in a `redact` entry; how many texts went.

    `entry` is the change by which the record itself loses the texts. Inside `db.writing()`.
    """
    _refuse_to_keep(entry, fields)
    if not is_postgres():
        database.execute_sql("PRAGMA secure_delete = 1")  # SQLite would leave the bytes in the file
    own = Change.select(Change.seq).where((Change.noun == entry.noun) & (Change.record == entry.record))
    gone = ChangeText.delete().where(ChangeText.field.in_(fields) & ChangeText.seq.in_(own)).execute()
    before = {**(entry.before or {}), **{field: {REDACTED: True} for field in fields}}
    append([entry._replace(operation="redact", before=before)], revision, made_at, who, reason)
    return int(gone)


def _refuse_to_keep(entry: Entry, fields: Sequence[str]) -> None:
    if plain := set(fields) - sensitive(entry.noun):
        raise ValueError(f"the log holds no commitments for {', '.join(sorted(plain))} of {entry.noun}")
    before, after = entry.before or {}, entry.after or {}
    if kept := [field for field in fields if after.get(field) and after.get(field) == before.get(field)]:
        raise ValueError(f"{', '.join(kept)} of {entry.record} would be written again")


def sensitive(noun: str) -> frozenset[str]:
    """The fields of a noun whose texts can be redacted."""
    return SENSITIVE_OF.get(noun, SENSITIVE)


def commitment(salt: str, value: str) -> str:
    return sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def _committed(
    seq: int, side: str, entry: Entry, salts: dict[tuple[str, str], str], texts: list[Text]
) -> str | None:  # fmt: skip
    """Canonical JSON of a document with commitments in place of its texts, which go to `texts` with their salts.

    A text that stays the same has one salt and so one commitment: that it did not change can still be seen when it
    is erased.
    """
    document: Document | None = getattr(entry, side)
    if document is None:
        return None
    kept = dict(document)
    for field in sensitive(entry.noun) & kept.keys():
        value = kept[field]
        if value and type(value) is str:
            salt = salts.setdefault((field, value), secrets.token_hex(SALT))
            texts.append(Text(seq, side, field, salt, value))
            kept[field] = orjson.Fragment(f'{{"{COMMITMENT}":"{commitment(salt, value)}"}}')
    return canonical(kept).decode()


def entry_json(row: Row) -> bytes:
    """Canonical JSON of an entry, whose documents are canonical already: what is hashed."""
    return ENTRY % (
        (row.after or "null").encode(),
        (row.before or "null").encode(),
        orjson.dumps(row.made_at),
        orjson.dumps(row.noun),
        orjson.dumps(row.operation),
        orjson.dumps(row.prev),
        orjson.dumps(row.reason),
        orjson.dumps(row.record),
        row.revision,
        row.seq,
        orjson.dumps(row.who),
    )


def _insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows by the shortest way of the engine."""
    cursor, names = database.cursor(), ", ".join(columns)
    if is_postgres():
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    elif rows:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
