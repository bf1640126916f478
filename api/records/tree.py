"""The Merkle tree over the change log: roots and proofs from the hashes of complete subtrees that its rows hold.

The row of entry `seq` holds, from the leaf up, the hash of every complete subtree that ends with it: subtree
`(level, index)` is in row `(index + 1) << level`, at place `level`.
"""

from typing import NamedTuple

from api.db import tuples
from api.models import Change
from api.records import merkle
from api.records.merkle import EMPTY, Node, Range, folded, node_hash, spine

Frontier = list[tuple[int, bytes]]  # the complete subtrees of all entries so far: level and hash, ever smaller
HEXADECIMAL = 2 * merkle.LENGTH


class NoSuchSize(Exception):
    """The log never had that many entries; it has `newest`."""

    def __init__(self, size: int, newest: int) -> None:
        super().__init__(f"the log has {newest} entries, not {size}")
        self.size, self.newest = size, newest


class Tip(NamedTuple):
    """What appending needs to know."""

    seq: int  # of the newest entry; 0: there is none
    hash: str
    frontier: Frontier


def tip() -> Tip:
    newest = tuples(Change.select(Change.seq, Change.hash).order_by(Change.seq.desc()).limit(1))
    seq, own = newest[0] if newest else (0, "")
    nodes = spine(0, seq)
    kept = _kept(nodes)
    return Tip(seq, own, [(node[0], kept[node]) for node in nodes])


def grown(frontier: Frontier, leaf: bytes) -> bytes:
    """Add a leaf to the frontier, in place; the hashes of the subtrees that it completes, one after the other."""
    level, found, completed = 0, leaf, [leaf]
    while frontier and frontier[-1][0] == level:
        found = node_hash(frontier.pop()[1], found)
        level += 1
        completed.append(found)
    frontier.append((level, found))
    return b"".join(completed)


def root_of(frontier: Frontier) -> bytes:
    return folded([found for _, found in frontier]) if frontier else EMPTY


def size() -> int:
    """How many entries the log has."""
    return int(Change.select(Change.seq).order_by(Change.seq.desc()).limit(1).scalar() or 0)


def root(size: int) -> bytes:
    """The root over the first `size` entries. Raises `NoSuchSize`."""
    _check(size)
    return _hashes([(0, size)])[0] if size else EMPTY


def inclusion(seq: int, size: int) -> list[bytes]:
    """The proof that entry `seq` is among the first `size`. Raises `NoSuchSize`, `ValueError`."""
    _check(size)
    return _hashes(merkle.inclusion(seq - 1, size))


def consistency(first: int, second: int) -> list[bytes]:
    """The proof that the first `second` entries begin with the first `first`. Raises `NoSuchSize`, `ValueError`."""
    _check(second)
    return _hashes(merkle.consistency(first, second))


def _check(wanted: int) -> None:
    if wanted > (newest := size()):
        raise NoSuchSize(wanted, newest)


def _hashes(ranges: list[Range]) -> list[bytes]:
    """The hashes of ranges, by one query for at most the square of log n rows."""
    spines = [spine(*one) for one in ranges]
    kept = _kept([node for nodes in spines for node in nodes])
    return [folded([kept[node] for node in nodes]) for nodes in spines]


def _kept(nodes: list[Node]) -> dict[Node, bytes]:
    rows = {(index + 1) << level for level, index in nodes}
    found = dict(tuples(Change.select(Change.seq, Change.nodes).where(Change.seq.in_(sorted(rows)))))
    return {(level, index): _place(found[(index + 1) << level], level) for level, index in nodes}


def _place(nodes: str, level: int) -> bytes:
    return bytes.fromhex(nodes[level * HEXADECIMAL : (level + 1) * HEXADECIMAL])
