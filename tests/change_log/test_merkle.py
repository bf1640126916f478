"""RFC 9162 trees: compared with the RFC's own root, with a second form of its definitions, and with mutations."""

import itertools
from collections.abc import Iterator, Sequence

import pytest

from api.change_log import merkle
from api.change_log.merkle import EMPTY, leaf_hash, node_hash, proves_consistency, proves_inclusion

# The leaves of the RFC's example. The RFC prints their root.
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
)]  # fmt: skip
ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def numbered(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root by the definition of MTH in 2.1.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = max(2**power for power in range(8) if 2**power < len(leaves))
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def hashes(ranges: list[tuple[int, int]], leaves: Sequence[bytes]) -> list[bytes]:
    return [tree_root(leaves[start:end]) for start, end in ranges]


def mutated(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the proof with one bit flipped, or one element added, removed, shortened or moved."""
    for place, one in enumerate(proof):
        yield [*proof[:place], bytes([one[0] ^ 1]) + one[1:], *proof[place + 1 :]]
        yield proof[:place] + proof[place + 1 :]
        yield [*proof[:place], one[:-1], *proof[place + 1 :]]
    yield [*proof, EMPTY]
    yield [EMPTY, *proof]
    yield from (list(other) for other in itertools.islice(itertools.permutations(proof), 1, 4) if list(other) != proof)


def test_the_root_of_the_rfc() -> None:
    leaves = [leaf_hash(data) for data in LEAVES]
    assert tree_root(leaves).hex() == ROOT
    assert merkle.fold_hashes([tree_root(leaves[:4]), tree_root(leaves[4:])]).hex() == ROOT
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_every_proof_of_every_tree_up_to_119_leaves() -> None:
    leaves = numbered(119)
    roots = [tree_root(leaves[:size]) for size in range(120)]
    for size in range(1, 120):
        for index in range(size):
            proof = hashes(merkle.inclusion_path(index, size), leaves)
            assert proves_inclusion(index, size, leaves[index], proof, roots[size])
        for first in range(1, size + 1):
            proof = hashes(merkle.consistency_path(first, size), leaves)
            assert proves_consistency(first, size, roots[first], roots[size], proof)


def test_mutated_proofs_are_refused() -> None:
    leaves, tried = numbered(23), 0
    for size in (1, 2, 3, 7, 8, 13, 23):
        root = tree_root(leaves[:size])
        for index in range(size):
            proof = hashes(merkle.inclusion_path(index, size), leaves)
            for wrong in mutated(proof):
                assert not proves_inclusion(index, size, leaves[index], wrong, root)
                tried += 1
            assert not proves_inclusion(index, size, leaf_hash(b"other"), proof, root)
            assert not proves_inclusion(index, size, leaves[index], proof, EMPTY)
            assert not proves_inclusion(size, size, leaves[index], proof, root)
        for first in range(1, size + 1):
            old = tree_root(leaves[:first])
            proof = hashes(merkle.consistency_path(first, size), leaves)
            for wrong in mutated(proof):
                assert not proves_consistency(first, size, old, root, wrong)
                tried += 1
            assert not proves_consistency(first, size, EMPTY, root, proof)
            assert not proves_consistency(first, size, old, EMPTY, proof)
            assert first == size or not proves_consistency(first + 1, size, old, root, proof)
    assert tried >= 190


@pytest.mark.parametrize("length", [0, 31, 33])
def test_hashes_of_another_length_are_refused(length: int) -> None:
    leaf = leaf_hash(b"")
    assert proves_inclusion(0, 1, leaf, [], leaf)
    assert not proves_inclusion(0, 1, b"\x00" * length, [], b"\x00" * length)
    assert proves_consistency(1, 1, leaf, leaf, [])
    assert not proves_consistency(1, 1, b"\x00" * length, b"\x00" * length, [])


def test_trees_without_leaves_prove_nothing() -> None:
    assert not proves_inclusion(0, 0, EMPTY, [], EMPTY)
    assert not proves_inclusion(-1, 1, EMPTY, [], EMPTY)
    assert not proves_consistency(0, 1, EMPTY, leaf_hash(b""), [])
    assert not proves_consistency(0, 0, EMPTY, EMPTY, [])
    assert not proves_consistency(2, 1, EMPTY, EMPTY, [])
    assert not proves_consistency(1, 2, EMPTY, EMPTY, [])
    for asked in ((0, 0), (-1, 1), (3, 3)):
        with pytest.raises(ValueError, match="has no leaf"):
            merkle.inclusion_path(*asked)
    for asked in ((0, 0), (0, 1), (2, 1)):
        with pytest.raises(ValueError, match="does not grow"):
            merkle.consistency_path(*asked)


def test_spines_cover_their_range_with_complete_subtrees() -> None:
    for size in range(200):
        covered = [
            leaf for level, index in merkle.spine_of(0, size) for leaf in range(index << level, index + 1 << level)
        ]
        assert covered == list(range(size))
        assert len(merkle.spine_of(0, size)) == size.bit_count()
