"""Which conflicts of different ids may be one war: by the names of the conflicts, or by two sides of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from api.deduplication.similarity import score_names
from api.listings.full_text import fold_text

YEAR = re.compile("[12][0-9]{3}")
LEAST_ALIKE = 85  # of 100, between names without their common words
STEM_LENGTH = 4  # letters: Russo-Ukrainian and Russian, Ukraine
LEAST_SIDES = 2  # one side, such as a state, is in many wars
MOST_OF_STEM = 200  # conflicts with one word in common that are compared
COMMON_WORDS = frozenset(
    "a an and as at between by for from in of on the to versus vs with "
    "civil conflict crisis fighting front insurgency insurrection intervention invasion operation phase rebellion "
    "uprising violence war wars "
    "armed army authorities forces government military republic state".split()
)


class Party(NamedTuple):
    """A side of a conflict: its id, and each of its names."""

    id: str
    names: tuple[str, ...]


class War(NamedTuple):
    """A conflict as it is compared with others. `root`: the top conflict above it."""

    id: str
    root: str
    name: str
    parties: tuple[Party, ...]


def find_pairs(wars: Iterable[War]) -> list[tuple[str, str]]:
    """Return pairs of conflict ids, of different roots, that may be one war; each pair and the list sorted."""
    listed = {war.id: war for war in wars}
    candidates = _find_candidates(listed.values())
    return [
        (first, second)
        for first, second in sorted(candidates)
        if listed[first].root != listed[second].root and _are_alike(listed[first], listed[second])
    ]


def _find_candidates(wars: Iterable[War]) -> set[tuple[str, str]]:
    """Return pairs that have a word of their names, or a word of a side, in common."""
    by_stem: dict[str, set[str]] = defaultdict(set)
    for war in wars:
        names = [war.name, *(name for party in war.parties for name in party.names)]
        stems = {stem for name in names for stem in find_stems(name)} | {f"id {party.id}" for party in war.parties}
        for stem in stems:
            by_stem[stem].add(war.id)
    return {pair for stem in sorted(by_stem) for pair in combinations(sorted(by_stem[stem])[:MOST_OF_STEM], 2)}


def _are_alike(first_war: War, second_war: War) -> bool:
    first, second = find_stems(first_war.name), find_stems(second_war.name)
    if first and second and (first <= second or second <= first):
        return True
    return _are_alike_names(first_war.name, second_war.name) or _share_sides(first_war.parties, second_war.parties)


def _share_sides(parties: tuple[Party, ...], others: tuple[Party, ...]) -> bool:
    pairs = [(a.id, b.id) for a in parties for b in others if _is_same_party(a, b)]
    return min(len({a for a, _ in pairs}), len({b for _, b in pairs})) >= LEAST_SIDES


def _is_same_party(first_party: Party, second_party: Party) -> bool:
    if first_party.id == second_party.id:
        return True
    return any(
        (find_stems(a) and find_stems(a) == find_stems(b)) or _are_alike_names(a, b)
        for a in first_party.names
        for b in second_party.names
    )


def _are_alike_names(first_name: str, second_name: str) -> bool:
    first, second = _find_words(first_name), _find_words(second_name)
    return bool(first and second) and score_names(" ".join(first), " ".join(second)) >= LEAST_ALIKE


def find_stems(name: str) -> frozenset[str]:
    """Return the beginnings of the words that distinguish a name: `War in Tigray` → {`tigr`}."""
    return frozenset(word[:STEM_LENGTH] for word in _find_words(name))


def _find_words(name: str) -> list[str]:
    return [word for word in fold_text(name).split() if word not in COMMON_WORDS and not YEAR.fullmatch(word)]


def make_wars(
    roots: Mapping[str, str], names: Mapping[str, str], sides: Mapping[str, Iterable[str]],
    parties: Mapping[str, Party],
) -> list[War]:  # fmt: skip
    """Return conflicts as they are compared. `sides`: by conflict the ids of all sides that are in it."""
    return [
        War(
            conflict,
            root,
            names.get(conflict, conflict),
            tuple(parties[s] for s in sorted(set(sides[conflict])) if s in parties),
        )
        for conflict, root in sorted(roots.items())
    ]
