"""The Merkle tree over the change log: roots and proofs from the hashes of complete subtrees in its rows.

The row of entry `seq` has, from the leaf up, the hash of every complete subtree that ends with it. Subtree
`(level, index)` is in row `(index + 1) << level`, at position `level`.
"""

from typing import NamedTuple

from api.change_log import merkle
from api.change_log.merkle import EMPTY, Node, Range, fold_hashes, node_hash, spine_of
from api.database.models import Change
from api.database.statements import keys_clause, select_rows
from schemas.sentences import count_noun

Frontier = list[tuple[int, bytes]]  # the complete subtrees of all entries so far, largest first: level and hash
HEX_LENGTH = 2 * merkle.LENGTH


class NoSuchSizeError(Exception):
    """The log has fewer entries than that: it has `newest`."""

    def __init__(self, size: int, newest: int) -> None:
        super().__init__(f"the log has {count_noun(newest, 'entry', 'entries')}, not {size}")
        self.size, self.newest = size, newest


class Tip(NamedTuple):
    """The end of the log, to which entries are appended."""

    seq: int  # of the newest entry; 0: there is none
    hash: str
    frontier: Frontier


def read_tip() -> Tip:
    newest = select_rows("SELECT seq, hash FROM change ORDER BY seq DESC LIMIT 1")
    seq, head_hash = newest[0] if newest else (0, "")
    nodes = spine_of(0, seq)
    hashes = load_hashes(nodes)
    return Tip(seq, head_hash, [(node[0], hashes[node]) for node in nodes])


def add_leaf(frontier: Frontier, leaf: bytes) -> bytes:
    """Add a leaf to the frontier, in place. Return the hashes of the subtrees that it completes, joined."""
    level, digest, completed = 0, leaf, [leaf]
    while frontier and frontier[-1][0] == level:
        digest = node_hash(frontier.pop()[1], digest)
        level += 1
        completed.append(digest)
    frontier.append((level, digest))
    return b"".join(completed)


def root_of(frontier: Frontier) -> bytes:
    return fold_hashes([digest for _, digest in frontier]) if frontier else EMPTY


def log_size() -> int:
    """Return the number of entries in the log."""
    return int(Change.select(Change.seq).order_by(Change.seq.desc()).limit(1).scalar() or 0)


def root_at(size: int) -> bytes:
    """Return the root over the first `size` entries. Raise `NoSuchSizeError`."""
    _refuse_size(size)
    return _hash_ranges([(0, size)])[0] if size else EMPTY


def prove_inclusion(seq: int, size: int) -> list[bytes]:
    """Return the proof that entry `seq` is among the first `size`. Raise `NoSuchSizeError` or `ValueError`."""
    _refuse_size(size)
    return _hash_ranges(merkle.inclusion_path(seq - 1, size))


def prove_consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the first `second` entries begin with the first `first`.

    Raise `NoSuchSizeError` or `ValueError`.
    """
    _refuse_size(second)
    return _hash_ranges(merkle.consistency_path(first, second))


def _refuse_size(size: int) -> None:
    if size > (newest := log_size()):
        raise NoSuchSizeError(size, newest)


def _hash_ranges(ranges: list[Range]) -> list[bytes]:
    """Return the hashes of ranges, by one query of at most (log n)² rows."""
    spines = [spine_of(*leaf_range) for leaf_range in ranges]
    hashes = load_hashes([node for nodes in spines for node in nodes])
    return [fold_hashes([hashes[node] for node in nodes]) for nodes in spines]


def load_hashes(nodes: list[Node]) -> dict[Node, bytes]:
    """Return the hashes of complete subtrees of the log, by one query."""
    listed, values = keys_clause(sorted({(index + 1) << level for level, index in nodes}))
    nodes_of_row = dict(select_rows(f"SELECT seq, nodes FROM change WHERE seq IN {listed}", values))
    return {(level, index): _hash_at(nodes_of_row[(index + 1) << level], level) for level, index in nodes}


def _hash_at(nodes: str, level: int) -> bytes:
    return bytes.fromhex(nodes[level * HEX_LENGTH : (level + 1) * HEX_LENGTH])
