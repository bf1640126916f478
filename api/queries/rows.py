"""The rows of an answer: sums of cells, each with what it used, what it lacks, and what it must not be taken for."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, overload

from api.queries.evidence import ANY, Claim, Place, World
from api.queries.questions import ALL, NOT_ADDING_UP, Question, RowKey
from api.queries.standing import Exclusion
from api.queries.statements import Figure, Scope

T = TypeVar("T")
PARTS = frozenset({"other_scope", "included_in"})  # why a part of a cell takes no part in its figure


class Counted(Sequence[T]):
    """So many of something, which are looked up only when somebody reads them."""

    def __init__(self, number: int, look: Callable[[], Sequence[T]]) -> None:
        self.number, self.look = number, look

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        return self.found[at]

    @cached_property
    def found(self) -> Sequence[T]:
        found = self.look()
        if len(found) != self.number:
            raise RuntimeError(f"{self.number} were counted and {len(found)} are there: the tallies are wrong")
        return found


Ids = Sequence[str]


class Reconciled(NamedTuple):
    """One cell. Its figure holds the statements and the sums that it was made of, step by step."""

    place: Place
    figure: Figure
    left: dict[str, Exclusion]
    disputed: bool
    spread: float | None  # highest best over lowest best; None when only the lower is 0


class Missing(NamedTuple):
    side: str  # or "all"
    status: str
    cells: int


class Row(NamedTuple):
    key: tuple[tuple[str, str | None], ...]
    low: int
    best: int
    high: int
    open_ended: int  # cells, as are imputed, incomplete and disputed
    imputed: int
    incomplete: int
    disputed: int
    spread: float | None  # the highest cell's; None, a zero against a figure, ranks first
    claims: Ids
    claimants: Ids
    sources: Ids
    missing: tuple[Missing, ...]
    silences: tuple[str, ...]
    cells: Sequence[Reconciled]


def ordered(rows: Iterable[Row], sort: Sequence[str]) -> list[Row]:
    """By these figures and dimensions, a leading hyphen for descending; what is not stated is last in either direction.

    A zero against a figure has no ratio, and counts as the widest spread.
    """
    found = list(rows)
    for word in reversed(sort):  # each sort is stable: the first word decides
        told = [(_sorted_by(row, word.removeprefix("-")), row) for row in found]
        known = [pair for pair in told if pair[0] is not None]
        known.sort(key=itemgetter(0), reverse=word.startswith("-"))
        found = [row for _, row in known] + [row for value, row in told if value is None]
    return found


def _sorted_by(row: Row, name: str) -> Any:
    key = dict(row.key)
    value = key[name] if name in key else getattr(row, name)
    if name == "spread" and value is None:
        return math.inf
    return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


class Caution(NamedTuple):
    code: str
    text: str


def row(world: World, question: Question, record: Mapping[str, Claim], key: RowKey, cells: list[Reconciled]) -> Row:
    figures = [cell.figure for cell in cells]
    claims = [record[i] for figure in figures for i in figure.claims]
    spreads = [cell.spread for cell in cells]
    whole = question.frame(key).status
    lacking = Counter(gap for cell in cells for gap in {_named(m, whole) for m in cell.figure.missing})
    silences = [c for c in record.values() if c.kind == "silence" and c.harm == dict(key)["harm"]]
    gaps = [(cell.place, {_named(missing, whole) for missing in cell.figure.missing}) for cell in cells]
    return Row(
        key=key,
        low=sum(f.low for f in figures),
        best=sum(f.best for f in figures),
        high=sum(f.high for f in figures),
        open_ended=sum(f.open_ended for f in figures),
        imputed=sum(f.imputed for f in figures),
        incomplete=sum(f.incomplete for f in figures),
        disputed=sum(cell.disputed for cell in cells),
        spread=None if None in spreads else max(s for s in spreads if s is not None),
        claims=tuple(sorted(c.id for c in claims)),
        claimants=tuple(sorted({c.claimant for c in claims})),
        sources=tuple(sorted({source for c in claims for source in c.sources})),
        missing=tuple(Missing(*gap, lacking[gap]) for gap in sorted(lacking)),
        silences=tuple(s.id for s in silences if any(silent(world, s, *gap) for gap in gaps)),
        cells=tuple(cells),
    )


def _named(missing: Scope, whole: str) -> tuple[str, str]:
    return missing.side or ALL, whole if missing.status == ANY else missing.status


def silent(world: World, silence: Claim, place: Place, gaps: Iterable[tuple[str, str]]) -> bool:
    """Whether the silence is that of a side and status without a figure in this place."""
    side = silence.subject_side or silence.claimant_side
    if silence.event not in (None, place.event):
        return False
    if place.until and not (silence.covers_from or "") <= place.until:
        return False
    if place.until and not place.since <= (silence.covers_to or place.since):
        return False
    if silence.conflict not in world.related(place.conflict):
        return False
    held = {ALL, *(world.lineage(side, place) if side else ())}
    return any(
        gap_side in held and (ANY in (status, silence.victim_status) or status == silence.victim_status)
        for gap_side, status in gaps
    )


def cautions(
    question: Question, rows: Iterable[Row], reasons: Mapping[str, int], larger: list[str]
) -> Iterable[Caution]:
    keys = [dict(row.key) for row in rows]
    apart = [dimension for dimension in question.dimensions() if dimension in NOT_ADDING_UP]
    if apart and keys:
        yield Caution("rows_do_not_add_up", f"rows by {', '.join(apart)} do not add up to the whole")
    for dimension in ("conflict", "measure") if question.basis == "totals" else ():
        if len({key[dimension] for key in keys}) > 1:
            yield Caution("not_added", f"running figures of different {dimension}s are rows, never a sum")
    if running := reasons.get("cumulative"):
        yield Caution("other_basis", f"{running} running figures are left out: see basis=totals")
    if increments := reasons.get("increment"):
        yield Caution("other_basis", f"{increments} incident figures are left out: see basis=incidents")
    if larger:
        yield Caution("larger_part_left_out", f"left out, but above the figure of their cell: {', '.join(larger)}")


def larger_parts(record: Mapping[str, Claim], rows: Iterable[Row]) -> list[str]:
    """The parts that rule 1 leaves out beside another figure, and that are more than it: they must not go unseen.

    Such are victims of all sides beside any side's figure, and what a claimant said of a part after its whole.
    """
    return sorted(
        claim
        for row in rows
        for cell in row.cells
        for claim, why in cell.left.items()
        if why.reason in PARTS and (record[claim].best or record[claim].low or 0) > cell.figure.best
    )
