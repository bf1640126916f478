"""Proofs for others: that an entry is in the log, with its texts, and that the log only ever grew."""

from typing import Any, NamedTuple

from api.db import tuples
from api.models import Change, ChangeText
from api.records import tree
from api.records.log import Row, Text, entry_json
from api.records.merkle import leaf_hash

COLUMNS = tuple(getattr(Change, name) for name in Row._fields)


class Proof(NamedTuple):
    """An inclusion proof with all that it is about."""

    entry: bytes
    openings: list[Text]
    leaf: bytes
    hashes: list[bytes]
    root: bytes


def inclusion(seq: int, size: int) -> Proof:
    """That entry `seq` is among the first `size`. Raises `NoSuchSize`, `ValueError`."""
    hashes = tree.inclusion(seq, size)
    row: Any = tuples(Change.select(*COLUMNS).where(Change.seq == seq))[0]
    entry = entry_json(Row._make(row))
    texts = ChangeText.select().where(ChangeText.seq == seq).order_by(ChangeText.side.desc(), ChangeText.field)
    return Proof(entry, list(map(Text._make, tuples(texts))), leaf_hash(entry), hashes, tree.root(size))
