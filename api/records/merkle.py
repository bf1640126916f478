"""The Merkle tree of RFC 9162, section 2.1: hashes, roots, proofs and how they are checked. Pure functions.

A range `(start, end)` of leaves that the RFC hashes as one subtree is named by its spine: the complete subtrees
`(level, index)` of which it is put together, leaf `i` being `(0, i)`. Whoever keeps the hashes of complete subtrees
makes any root or proof of log n of them.
"""

from collections.abc import Sequence
from hashlib import sha256

LENGTH = 32
EMPTY = sha256().digest()  # the root of a tree without leaves
Range = tuple[int, int]
Node = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def spine(start: int, end: int) -> list[Node]:
    """The complete subtrees of a range, from left to right: ever smaller ones."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over the complete subtrees of a spine."""
    *rest, found = hashes
    for left in reversed(rest):
        found = node_hash(left, found)
    return found


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove leaf `index` in a tree of `size` (2.1.3.1), nearest first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that a tree of `second` leaves begins with that of `first` (2.1.4.1)."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} does not grow from one of {first}")
    start, end, path = 0, second, []
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *path[::-1]]


def proves_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root (2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, found = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(other, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, other)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof leads from the root of `first` leaves to that of `second` (2.1.4.2)."""
    if not 0 < first <= second or not _are_hashes(old, new, *proof):
        return False
    if first == second:
        return not proof and old == new
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(other, older), node_hash(other, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, other)
        place, last = place >> 1, last >> 1
    return last == 0 and older == old and newer == new


def _are_hashes(*found: bytes) -> bool:
    return all(len(one) == LENGTH for one in found)
