"""The answer to a question: rows of cells, what was left out and why, and what may be counted twice.

Rules: docs/developers/reconciling.md#rule-16, #rule-17, #rule-20.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.reconciling.coverage import cover_claim
from api.reconciling.question import RowKey
from api.reconciling.record import Claim, Unit, World
from api.reconciling.stance import find_stance
from api.reconciling.standing import Exclusion
from api.reconciling.statements import Figure, fill_best

INCIDENTS, TOTALS = "incidents", "totals"


class Cell(NamedTuple):
    """What one unit adds to a row. Disputes and spread are of all claimants, whatever the policy."""

    unit: Unit
    figure: Figure
    excluded: dict[str, Exclusion]
    is_disputed: bool
    spread: float | None  # highest over lowest best; None: a zero against a figure
    is_reaching_over: bool = False


class FigureGap(NamedTuple):
    side: str  # or "all"
    status: str
    cells: int


class Caution(NamedTuple):
    """A warning: its code, the claims that it is about, their figure in people, and how many it counts."""

    code: str
    claims: tuple[str, ...] = ()
    figure: int | None = None
    number: int | None = None


class Share(NamedTuple):
    """What one recorder has of figures that may be counted twice. `people`: by harm."""

    recorders: tuple[str, ...]  # datasets; "none": editors
    events: int
    periods: int
    people: tuple[tuple[str, int], ...]


class DoubleCount(NamedTuple):
    """People whom an answer may count twice: the shares of two recorders, or look-alikes of one."""

    code: str
    shares: tuple[Share, ...]
    grounds: tuple[str, ...]  # by which they may be of one war: conflict, place, country, name
    examples: tuple[tuple[str, ...], ...]  # ids of two events, claims of periods, or conflicts
    number: int  # of pairs
    is_least: bool  # there may be more: not all were compared
    score: int | None = None  # of the first example, up to 100
    basis: str = "incidents"


class Row(NamedTuple):
    basis: str
    key: RowKey
    low: int
    best: int
    high: int
    cells_count: int
    open_ended: int  # cells, as are the next four
    imputed: int
    incomplete: int
    reaches_over: int
    disputed: int
    spread: float | None
    claims: Sequence[str]
    claimants: Sequence[str]
    sources: Sequence[str | int]
    missing: tuple[FigureGap, ...]
    silences: tuple[str, ...]
    cells: tuple[Cell, ...]
    statements: Sequence[str]  # every standing claim, used or not
    is_added_up: bool  # whether the figure is a sum of several claims

    @property
    def has_best(self) -> bool:
        """Return whether each cell, of the cells read, has a best that does not come from one bound alone."""
        return all(any(s.has_best for s in cell.figure.statements) for cell in self.cells)


class RowStatement(NamedTuple):
    """A standing claim of a row: its stance, the days that it covers, and why it is not used (None: it is)."""

    claim: Claim
    stance: str | None
    first: str | None
    last: str | None
    reason: str | None


class Answer(NamedTuple):
    dimensions: dict[str, tuple[str, ...]]  # by basis what rows are split by
    rows: tuple[Row, ...]
    excluded: dict[str, Exclusion]
    warnings: tuple[Caution, ...]
    world: World
    record: dict[str, Claim]
    as_of: str | None
    further: Mapping[str, Sequence[str]] = {}  # by reason, claims left out of cells that were not walked
    double_counts: tuple[DoubleCount, ...] = ()  # found by `api.statistics.double_counting`

    def find_excluded(self, reason: str) -> list[str]:
        """Return the claims that were left out for this reason."""
        excluded = [claim for claim, exclusion in self.excluded.items() if exclusion.reason == reason]
        return sorted([*excluded, *self.further.get(reason, ())])

    def describe_statements(self, row: Row) -> list[RowStatement]:
        """Return every standing claim of the row, used or not, the highest best first."""
        used = set(row.claims)
        described = [self._describe_claim(self.record[claim], claim in used) for claim in row.statements]
        return sorted(described, key=lambda s: (-fill_best(s.claim), s.claim.id))

    def _describe_claim(self, claim: Claim, is_used: bool) -> RowStatement:
        unit = self.world.find_unit(claim, self.as_of)
        assert unit
        first, last = cover_claim(self.world, claim, unit)
        exclusion = self.excluded.get(claim.id)
        reason = None if is_used or not exclusion else exclusion.reason
        return RowStatement(claim, find_stance(self.world, claim, unit), first or None, last, reason)

    def count_reasons(self) -> Counter[str]:
        """Return how many claims were left out, by reason."""
        counts = Counter(exclusion.reason for exclusion in self.excluded.values())
        counts.update({reason: len(claims) for reason, claims in self.further.items()})
        return counts
