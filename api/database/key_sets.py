"""Compact sets of integer keys, so that a transaction can remember millions of them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH = 500
WIDTH = 10  # keys that differ only in their last ten bits share one integer
MASK = (1 << WIDTH) - 1
FULL = (1 << (1 << WIDTH)) - 1  # all bits set: one shared object for all full words


T = TypeVar("T")


class KeySet:
    """A set of integer keys from 0, one bit each; iteration is in ascending order."""

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self._words: dict[int, int] = {}
        self.update(keys)

    def add(self, key: int) -> None:
        self.update((key,))

    def update(self, keys: Iterable[int]) -> None:
        words = self._words
        for key in keys:
            word = key >> WIDTH
            bits = words.get(word, 0) | 1 << (key & MASK)
            words[word] = FULL if bits == FULL else bits

    def __contains__(self, key: int) -> bool:
        return bool(self._words.get(key >> WIDTH, 0) >> (key & (1 << WIDTH) - 1) & 1)

    def __bool__(self) -> bool:
        return bool(self._words)

    def __iter__(self) -> Iterator[int]:
        for word in sorted(self._words):
            first, bits = word << WIDTH, self._words[word]
            while bits:
                lowest = bits & -bits
                yield first + lowest.bit_length() - 1
                bits ^= lowest

    def in_batches(self, size: int = BATCH) -> Iterator[list[int]]:
        return split_batches(self, size)


def split_batches(keys: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    following = iter(keys)
    while batch := list(islice(following, size)):
        yield batch
