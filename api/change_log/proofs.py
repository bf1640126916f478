"""Proofs for readers that an entry is in the log, with its texts."""

from typing import Any, NamedTuple

from api.change_log import stored_tree
from api.change_log.append import Opening, Row, entry_json
from api.change_log.merkle import leaf_hash
from api.database.models import Change, ChangeText
from api.database.statements import fetch_tuples

COLUMNS = tuple(getattr(Change, name) for name in Row._fields)


class Proof(NamedTuple):
    """An inclusion proof with its entry and the texts of the entry."""

    entry: bytes
    openings: list[Opening]
    leaf: bytes
    hashes: list[bytes]
    root: bytes


def prove_inclusion(seq: int, size: int) -> Proof:
    """Return the proof that entry `seq` is among the first `size`. Raise `NoSuchSizeError` or `ValueError`."""
    hashes = stored_tree.prove_inclusion(seq, size)
    row: Any = fetch_tuples(Change.select(*COLUMNS).where(Change.seq == seq))[0]
    entry = entry_json(Row._make(row))
    texts = ChangeText.select().where(ChangeText.seq == seq).order_by(ChangeText.side.desc(), ChangeText.field)
    return Proof(
        entry, list(map(Opening._make, fetch_tuples(texts))), leaf_hash(entry), hashes, stored_tree.root_at(size)
    )
