"""What a tally tells of a cell and of a claim: figures and letters by policy, without and with rows by side."""

from typing import NamedTuple

from api.queries.rows import PARTS

POLICIES = (
    "envelope", "lowest", "highest", "latest", "best_graded", "own_side", "opposing_side", "third_party"
)  # fmt: skip
WHOLE = ""  # the side of cells that are not split by side
USED = "u"
LETTERS = {
    "superseded": "s",
    "retracted": "r",
    "misreport": "m",
    "same_as": "d",
    "included_in": "i",
    "other_scope": "o",
    "other_policy": "p",
    "not_a_figure": "n",
    "cumulative": "c",
    "unquantified": "q",
    "unplaced": "x",
}
REASONS = {letter: reason for reason, letter in LETTERS.items()}
LEFT_AS_PARTS = frozenset(LETTERS[reason] for reason in PARTS)


def place_of(policy: str, by_side: bool) -> int:
    """Where the letters of a fate tell about a question."""
    return POLICIES.index(policy) + len(POLICIES) * by_side


class Amounts(NamedTuple):
    """The figure of one cell, and all that its row tells of it. `missing` and `victims` are pairs with a slash."""

    side: str
    low: int
    best: int
    high: int
    open_ended: bool
    imputed: bool
    incomplete: bool
    disputed: bool
    spread: float | None
    claims: int
    claimants: tuple[str, ...]
    sources: tuple[str, ...]
    missing: str
    victims: str
    larger: str


class Fate(NamedTuple):
    side: str  # the claim's row of group_by=subject_side; '' where it has no place
    letters: str


class Outcome(NamedTuple):
    cells: dict[Amounts, int]  # → the policies of which it is the figure, as bits
    fates: dict[str, Fate]
