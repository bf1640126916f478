"""Adding tallied cells up, and packing what is added: sets of keys as bitmaps, days of a month as bits."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from struct import pack, unpack
from typing import Any

from api.queries.amounts import POLICIES

Row = tuple[Any, ...]
#: Columns of `tally` and `roll_up` that `Sum` reads, in its order; a roll-up has `cells` besides.
AMOUNTS = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed", "claims")
DETAILS = ("spread", "claimants", "sources", "missing", "larger")
POLICIES_OF = 3  # where a row of `tally` has its policies


FEW = 64
APART, BITMAP = b"k", b"z"


class Sum:
    """The sum of some cells of one row."""

    def __init__(self) -> None:
        self.amounts = [0] * len(AMOUNTS)
        self.cells = 0
        self.spread: float | None = 0.0
        self.claimants, self.sources = Keys(), Keys()
        self.missing: dict[str, int] = defaultdict(int)
        self.larger: list[str] = []

    def add_cell(self, amounts: Iterable[int], details: Row) -> None:
        spread, claimants, sources, missing, larger = details
        self._add(amounts, 1, spread, larger)
        self.claimants.add(claimants)
        self.sources.add(sources)
        for pair in missing.split():
            self.missing[pair] += 1

    def add_roll_up(self, amounts: Iterable[int], cells: int, details: Row) -> None:
        spread, claimants, sources, missing, larger = details
        self._add(amounts, cells, spread, larger)
        self.claimants.add_set(claimants)
        self.sources.add_set(sources)
        for gap in missing.split():
            pair, lacking, _ = gap.split(":")
            self.missing[pair] += int(lacking)

    def _add(self, amounts: Iterable[int], cells: int, spread: float | None, larger: str) -> None:
        self.amounts = list(map(add, self.amounts, amounts))
        self.cells += cells
        self.spread = None if spread is None or self.spread is None else max(self.spread, spread)
        if larger:
            self.larger += larger.split()


class Keys:
    """A set of integer keys: few of them apart, many as the bits of one number."""

    def __init__(self) -> None:
        self.few: set[int] = set()
        self.bits = 0

    def add(self, packed: bytes) -> None:
        self.few.update(unpack(f"<{len(packed) // 4}I", packed))

    def add_set(self, written: bytes) -> None:
        """A set as `written` gave it."""
        if written[:1] == APART:
            self.add(written[1:])
        else:
            self.bits |= int.from_bytes(zlib.decompress(written[1:]), "little")

    def number(self, also: Iterable[int] = ()) -> int:
        """How many there are, with those of `also`."""
        few = self.few.union(also)
        return (self.bits | _as_bits(few)).bit_count() if self.bits else len(few)

    def written(self) -> bytes:
        """Few keys one by one, many as a bitmap."""
        if len(self.few) <= FEW and not self.bits:
            return APART + packed(self.few)
        bits = self.bits | _as_bits(self.few)
        return BITMAP + zlib.compress(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), 1)


def packed(keys: Iterable[int]) -> bytes:
    """Keys of four bytes each, in order."""
    ordered = sorted(keys)
    return pack(f"<{len(ordered)}I", *ordered)


def _as_bits(keys: Iterable[int]) -> int:
    ordered = sorted(keys)
    if not ordered:
        return 0
    packed = bytearray(ordered[-1] // 8 + 1)
    for key in ordered:
        packed[key >> 3] |= 1 << (key & 7)
    return int.from_bytes(packed, "little")


# Roll-ups --------------------------------------------------------------------------------------------------------


def rolled_up(tallies: Iterable[Row]) -> list[Row]:
    """Rows of `roll_up`, from rows of `tally`."""
    cells: dict[Row, list[Row]] = defaultdict(list)
    for cell in tallies:
        _, harm, side, _, conflict, day, *_ = cell
        cells[conflict, day[:7], harm, side].append(cell)
    return [(*key, *row) for key in sorted(cells) for row in _by_policy(cells[key])]


def _by_policy(cells: list[Row]) -> Iterator[Row]:
    """One row per policy; those that share all their cells share its sum."""
    shared = sorted({cell[POLICIES_OF] for cell in cells})
    made: dict[tuple[int, ...], Row] = {}
    for policy in range(len(POLICIES)):
        parts = tuple(policies for policies in shared if policies >> policy & 1)
        if parts and parts not in made:
            made[parts] = _month([cell for cell in cells if cell[POLICIES_OF] in parts])
        if parts:
            yield (policy, *made[parts])


def _month(cells: list[Row]) -> Row:
    """The sum of a month's cells, with the days on which victims were counted and figures are missing.

    Column by column, because a month may hold thousands of cells and be summed for most policies apart.
    """
    (
        _, _, _, _, _, days, low, best, high, open_ended, imputed, incomplete, disputed, spread, claims, claimants,
        sources, missing, victims, larger,
    ) = zip(*cells, strict=True)  # fmt: skip
    gaps, counted = _on_days(days, missing), _on_days(days, victims)
    lacking = Counter(" ".join(missing).split()) if gaps else {}
    return (
        sum(low), sum(best), sum(high), sum(open_ended), sum(imputed), sum(incomplete), sum(disputed), len(cells),
        None if None in spread else max(spread), sum(claims), _written(claimants), _written(sources),
        " ".join(f"{pair}:{lacking[pair]}:{gaps[pair]:x}" for pair in sorted(gaps)),
        " ".join(f"{pair}:{counted[pair]:x}" for pair in sorted(counted)),
        " ".join(sorted(" ".join(larger).split())),
    )  # fmt: skip


def _on_days(days: Sequence[str], pairs: Sequence[str]) -> dict[str, int]:
    """For each pair its days, as the bits of a number."""
    found: dict[str, int] = {}
    for day, told in set(zip(days, pairs, strict=True)):
        for pair in told.split():
            found[pair] = found.get(pair, 0) | 1 << int(day[8:])
    return found


def _written(sets: Sequence[bytes]) -> bytes:
    if len(sets) == 1 and len(sets[0]) <= 4 * FEW:
        return APART + sets[0]
    keys = Keys()
    keys.add(b"".join(sets))
    return keys.written()


def left_over(fates: Iterable[Row]) -> list[Row]:
    """Rows of `roll_up_left`, from `(conflict, month, harm, letters, claims)`."""
    counted: dict[Row, int] = defaultdict(int)
    for conflict, month, harm, letters, claims in fates:
        for place, letter in enumerate(letters):
            if letter != "u":
                counted[conflict, month, harm, place, letter] += claims
    return [(*key, counted[key]) for key in sorted(counted)]


def days_of(month: str, told: str) -> Mapping[str, list[str]]:
    """What a roll-up tells by days, `pair:…:days`, as the days of each pair."""
    found = {}
    for entry in told.split():
        pair, *_, days = entry.split(":")
        bits = int(days, 16)
        found[pair] = [f"{month}-{day:02}" for day in range(1, 32) if bits >> day & 1]
    return found
