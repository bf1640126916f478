"""Adding tallied cells up, and packing what is added: sets of keys as bitmaps, days of a month as bits."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import add
from struct import pack, unpack
from typing import Any

from api.queries.amounts import POLICIES

Row = tuple[Any, ...]
#: Columns of `tally` and `roll_up` that `Sum` reads, in its order; a roll-up has `cells` besides.
AMOUNTS = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed", "claims")
DETAILS = ("spread", "claimants", "sources", "missing", "larger")


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


class _Month(Sum):
    """The sum of a month, which also tells on which of its days victims were counted and figures are missing."""

    def __init__(self) -> None:
        super().__init__()
        self.victims: dict[str, int] = defaultdict(int)
        self.gaps: dict[str, int] = defaultdict(int)

    def add(self, day: str, amounts: Iterable[int], details: Row, victims: str) -> None:
        self.add_cell(amounts, details)
        bit = 1 << int(day[8:])
        for pair in victims.split():
            self.victims[pair] |= bit
        for pair in details[DETAILS.index("missing")].split():
            self.gaps[pair] |= bit

    def add_month(self, other: _Month) -> None:
        self._add(other.amounts, other.cells, other.spread, " ".join(other.larger))
        self.claimants.few |= other.claimants.few
        self.sources.few |= other.sources.few
        for pair, cells in other.missing.items():
            self.missing[pair] += cells
        for pair, days in other.victims.items():
            self.victims[pair] |= days
        for pair, days in other.gaps.items():
            self.gaps[pair] |= days

    def row(self) -> Row:
        low, best, high, open_ended, imputed, incomplete, disputed, claims = self.amounts
        missing = (f"{pair}:{self.missing[pair]}:{days:x}" for pair, days in sorted(self.gaps.items()))
        victims = (f"{pair}:{days:x}" for pair, days in sorted(self.victims.items()))
        return (
            low, best, high, open_ended, imputed, incomplete, disputed, self.cells, self.spread, claims,
            self.claimants.written(), self.sources.written(), " ".join(missing), " ".join(victims),
            " ".join(sorted(self.larger)),
        )  # fmt: skip


def rolled_up(tallies: Iterable[Row]) -> list[Row]:
    """Rows of `roll_up`, from rows of `tally`."""
    sums: dict[Row, dict[int, _Month]] = defaultdict(lambda: defaultdict(_Month))
    for _, harm, side, policies, conflict, day, *figures in tallies:
        low, best, high, open_ended, imputed, incomplete, disputed, spread, claims, claimants, sources, *rest = figures
        missing, victims, larger = rest
        amounts = low, best, high, open_ended, imputed, incomplete, disputed, claims
        month = sums[conflict, day[:7], harm, side][policies]
        month.add(day, amounts, (spread, claimants, sources, missing, larger), victims)
    return [(*key, *row) for key in sorted(sums) for row in _by_policy(sums[key])]


def _by_policy(months: Mapping[int, _Month]) -> Iterable[Row]:
    """One row per policy, from sums of cells that have the same policies in common."""
    made: dict[tuple[int, ...], Row] = {}
    for policy in range(len(POLICIES)):
        parts = tuple(policies for policies in sorted(months) if policies >> policy & 1)
        if parts and parts not in made:
            made[parts] = _together([months[part] for part in parts]).row()
        if parts:
            yield (policy, *made[parts])


def _together(parts: list[_Month]) -> _Month:
    if len(parts) == 1:
        return parts[0]
    whole = _Month()
    for part in parts:
        whole.add_month(part)
    return whole


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
