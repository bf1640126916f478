"""The Merkle tree of RFC 9162, section 2.1: hashes, roots, proofs and their checks. Pure functions.

The RFC hashes a range `(start, end)` of leaves as one subtree. Its spine is the list of complete subtrees
`(level, index)` that it consists of; leaf `i` is `(0, i)`. With the hashes of complete subtrees, any root or proof
takes log n of them.
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


def spine_of(start: int, end: int) -> list[Node]:
    """Return the complete subtrees of a range, from left to right, each smaller than the one before."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def fold_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over the complete subtrees of a spine."""
    *rest, digest = hashes
    for sibling in reversed(rest):
        digest = node_hash(sibling, digest)
    return digest


def split_point(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove leaf `index` in a tree of `size` (2.1.3.1), nearest first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[Range]:
    """Return the ranges whose hashes prove that a tree of `second` leaves begins with that of `first` (2.1.4.1)."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} does not grow from one of {first}")
    start, end, path = 0, second, []
    while first != end:
        middle = start + split_point(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *path[::-1]]


def proves_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the proof leads from the leaf to the root (2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, digest = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            digest = node_hash(sibling, digest)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and digest == root


def proves_consistency(first: int, second: int, old: bytes, new: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof leads from the root of `first` leaves to that of `second` (2.1.4.2)."""
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
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and older == old and newer == new


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == LENGTH for value in values)
