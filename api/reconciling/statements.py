"""Rules 14 to 16: what a claim states of a scope with its bounds filled, sums of such statements, and their ranges.

Rules: docs/developers/reconciling.md#rule-3, #rule-11, #rule-14, #rule-15, #rule-16.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from api.reconciling.coverage import Coverage, cover_claim
from api.reconciling.record import Claim, Unit, World

RELIABILITY = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}
CREDIBILITY = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}
Voice = tuple[str, str]
ExcludedClaims = tuple[tuple[str, ...], str, str | None]  # claims, reason, displaced by


class Scope(NamedTuple):
    """Within a unit and a harm: a side (None: all sides) and a victim status."""

    side: str | None
    status: str


class Statement(NamedTuple):
    """The statement of one claim about a scope, or a sum of statements about its parts.

    `is_partial`: it is heard only above every stated whole (rule 11). `is_incomplete`: each of its units says that a
    part is missing. The two differ for a sum in time: it is never complete, and each unit is as complete as it is by
    itself.
    """

    claims: tuple[str, ...]
    claimants: tuple[str, ...]
    voice: Voice
    unit: Unit | None  # None: a sum over several
    scope: Scope
    low: int
    best: int
    high: int
    has_best: bool
    is_open_ended: bool
    is_imputed: bool
    stated: tuple[str, str]  # day and hour
    coverage: Coverage
    grade: tuple[int, int]
    span: tuple[float, float]  # the range that it leaves open, in tenths
    is_partial: bool = False
    is_incomplete: bool = False
    missing: tuple[Scope, ...] = ()
    parts: "tuple[Figure, ...]" = ()
    cells: tuple[Unit, ...] = ()

    @property
    def is_sum(self) -> bool:
        """Return whether it adds several figures. A sum with a single part is what that part is."""
        return len(self.parts) > 1 or any(s.is_sum for part in self.parts for s in part.statements)


class Figure(NamedTuple):
    """One scope's figure, with the statements that it comes from and those that it leaves out."""

    scope: Scope
    rule: str
    low: int
    best: int
    high: int
    statements: tuple[Statement, ...]
    is_disputed: bool
    spread: float | None  # the widest of what was compared: highest over lowest best; None: a zero against a figure
    cells: tuple[Unit, ...]
    is_partial: bool
    is_incomplete: bool  # of several alternatives, none is complete; of one, it or a part of it is incomplete
    missing: tuple[Scope, ...]
    coverage: Coverage  # the earliest start and the newest end of the alternatives
    stated: tuple[str, str]  # the newest day and hour
    excluded: tuple[ExcludedClaims, ...] = ()

    @property
    def is_open_ended(self) -> bool:
        return any(s.is_open_ended for s in self.statements)

    @property
    def is_imputed(self) -> bool:
        return any(s.is_imputed for s in self.statements)

    @property
    def claims(self) -> tuple[str, ...]:
        if len(self.statements) == 1:
            return self.statements[0].claims
        return tuple(sorted({c for s in self.statements for c in s.claims}))

    @property
    def summands(self) -> "tuple[Figure, ...]":
        """Return the parts that the best figure adds up; none if a single statement is the best figure."""
        statement = next((s for s in self.statements if s.best == self.best), None)
        if statement is None or not statement.parts:
            return ()
        return statement.parts if len(statement.parts) > 1 else statement.parts[0].summands


class Filled(NamedTuple):
    """Bounds of a claim, filled where they are not stated (rule 14), and the range that they leave open (rule 16)."""

    low: int
    best: int
    high: int
    has_best: bool
    is_open_ended: bool
    is_imputed: bool
    span: tuple[float, float]  # in tenths


@lru_cache(maxsize=16384)
def fill_bounds(low: int | None, best: int | None, high: int | None, qualifier: str | None) -> Filled:
    """Fill low from best, else 0; best from low, else high; high from best, else low. One bound must be stated."""
    bounds = [b for b in (best, low, high) if b is not None]
    filled = bounds[0]
    return Filled(
        low=low if low is not None else 0 if best is None else best,
        best=filled,
        high=high if high is not None else filled,
        has_best=best is not None or len(bounds) == 2,
        is_open_ended=low is not None and high is None,
        is_imputed=len(bounds) < 3,
        span=_find_span(low, best, high, qualifier),
    )


def _find_span(low: int | None, best: int | None, high: int | None, qualifier: str | None) -> tuple[float, float]:
    """Return the range by which disputes are judged, in tenths, so that 10 % of a whole number is one.

    No high: endless. No low: 0. `about` is ten percent either way, `nearly` ten percent less. Bounds out of order:
    the extremes.
    """
    if low is not None and low == best == high:  # most claims
        return 10 * low, 10 * low
    bounds = [b for b in (low, best, high) if b is not None]
    floor: float = 10 * min(bounds) if low is not None else 0
    ceiling: float = 10 * max(bounds) if high is not None else math.inf
    if low is None and qualifier in ("about", "nearly"):
        floor = 9 * min(bounds)
    if high is None and qualifier == "about":
        ceiling = 11 * max(bounds)
    return floor, ceiling


def fill_best(claim: Claim) -> int:
    """Return best, else low, else high."""
    filled = claim.best if claim.best is not None else claim.low if claim.low is not None else claim.high
    assert filled is not None
    return filled


def fill_claim(claim: Claim) -> Filled:
    return fill_bounds(claim.low, claim.best, claim.high, claim.qualifier)


def grade_claim(reliability: str | None, credibility: int | None) -> tuple[int, int]:
    """Return the ranks of the source's grade and of the claim's, the best first (rule 15)."""
    return RELIABILITY[reliability], CREDIBILITY[credibility]


def find_voice(world: World, claimant: str, side: str | None, unit: Unit) -> Voice:
    """Return the voice: a camp, or one claimant that speaks for no side (rule 3)."""
    return ("camp", world.find_camp(side, unit)) if side else ("claimant", claimant)


def state_claim(world: World, claim: Claim, unit: Unit, scope: Scope) -> Statement:
    """Return what the claim states of a scope, with its bounds filled."""
    low, best, high, has_best, is_open_ended, is_imputed, span = fill_claim(claim)
    return Statement(
        claims=(claim.id,),
        claimants=(claim.claimant,),
        voice=find_voice(world, claim.claimant, claim.claimant_side, unit),
        unit=unit,
        scope=scope,
        low=low,
        best=best,
        high=high,
        has_best=has_best,
        is_open_ended=is_open_ended,
        is_imputed=is_imputed,
        stated=claim.stated,
        coverage=cover_claim(world, claim, unit),
        grade=grade_claim(claim.reliability, claim.credibility),
        span=span,
        cells=(unit,),
    )


def add_parts(
    scope: Scope, parts: Sequence[Figure], *, is_partial: bool, is_incomplete: bool, missing: tuple[Scope, ...] = ()
) -> Statement:
    """Return the sum of disjoint parts: as old as its oldest, as well graded as its worst, open-ended if any is."""
    if len(parts) == 1 and len(parts[0].statements) == 1:
        return _wrap_part(scope, parts[0], is_partial, is_incomplete, (*missing, *parts[0].missing))
    statements = [s for part in parts for s in part.statements]
    claimants = tuple(sorted({c for s in statements for c in s.claimants}))
    voices = {s.voice for s in statements}
    units = {s.unit for s in statements}
    ends = [part.coverage.last for part in parts if part.coverage.last]
    spans = [_reach_furthest(part.statements) for part in parts]
    return Statement(
        claims=tuple(sorted({c for s in statements for c in s.claims})),
        claimants=claimants,
        voice=voices.pop() if len(voices) == 1 else ("sum", "+".join(claimants)),
        unit=units.pop() if len(units) == 1 else None,
        scope=scope,
        low=sum([part.low for part in parts]),
        best=sum([part.best for part in parts]),
        high=sum([part.high for part in parts]),
        has_best=all([any([s.has_best for s in part.statements]) for part in parts]),
        is_open_ended=any([s.is_open_ended for s in statements]),
        is_imputed=any([s.is_imputed for s in statements]),
        stated=min([part.stated for part in parts]),
        coverage=Coverage(max([part.coverage.first for part in parts]), max(ends, default=None)),
        grade=max([s.grade for s in statements]),
        span=(sum([floor for floor, _ in spans]), math.inf if is_partial else sum([ceiling for _, ceiling in spans])),
        is_partial=is_partial,
        is_incomplete=is_incomplete,
        missing=(*missing, *[m for part in parts for m in part.missing]),
        parts=tuple(parts),
        cells=tuple(dict.fromkeys([unit for part in parts for unit in part.cells])),
    )


def _wrap_part(
    scope: Scope, part: Figure, is_partial: bool, is_incomplete: bool, missing: tuple[Scope, ...]
) -> Statement:
    """Return the sum of one part that has no alternative: it states of the scope what the part states."""
    (only,) = part.statements
    return Statement(
        only.claims, only.claimants, only.voice, only.unit, scope,
        only.low, only.best, only.high, only.has_best, only.is_open_ended, only.is_imputed,
        only.stated, only.coverage, only.grade, (only.span[0], math.inf if is_partial else only.span[1]),
        is_partial, is_incomplete, missing, (part,), only.cells,
    )  # fmt: skip


def _reach_furthest(statements: tuple[Statement, ...]) -> tuple[float, float]:
    """Return the lowest floor and the highest ceiling of the ranges of alternatives."""
    if len(statements) == 1:
        return statements[0].span
    return min([s.span[0] for s in statements]), max([s.span[1] for s in statements])


def split_figure(figure: Figure) -> dict[Unit, Figure]:
    """Return what each unit adds to a figure: its only unit the whole of it."""
    if len(figure.cells) == 1:
        return {figure.cells[0]: figure}
    (whole,) = figure.statements
    parts: dict[Unit, list[Figure]] = {unit: [] for unit in figure.cells}
    for part in whole.parts:
        for unit, alone in split_figure(part).items():
            parts[unit].append(alone)
    part_gaps = {gap for part in whole.parts for gap in part.missing}
    missing = tuple(gap for gap in whole.missing if gap not in part_gaps)
    sums = {
        unit: add_parts(
            whole.scope, alone, is_partial=whole.is_partial, is_incomplete=whole.is_incomplete, missing=missing
        )
        for unit, alone in parts.items()
    }
    return {unit: state_figure(total, figure.rule, figure.excluded) for unit, total in sums.items()}


def state_figure(statement: Statement, rule: str, excluded: tuple[ExcludedClaims, ...] = ()) -> Figure:
    """Return the figure of a statement that has no alternative."""
    parts = statement.parts
    is_incomplete = statement.is_incomplete or any([part.is_incomplete for part in parts])
    return Figure(
        statement.scope,
        rule,
        statement.low,
        statement.best,
        statement.high,
        (statement,),
        any([part.is_disputed for part in parts]),
        find_spread([statement]),
        statement.cells,
        statement.is_partial,
        is_incomplete,
        statement.missing if is_incomplete else (),
        statement.coverage,
        statement.stated,
        excluded,
    )


def compare_statements(
    rule: str,
    compared: list[Statement],
    picked: list[Statement],
    cells: tuple[Unit, ...],
    excluded: tuple[ExcludedClaims, ...],
) -> Figure:
    """Return the figure of several statements of one scope that are compared, and of which `picked` remain.

    Of several that are picked, it is incomplete if none is complete. `cells`: their units.
    """
    is_disputed = are_clashing(compared) or any([part.is_disputed for s in compared for part in s.parts])
    spread = find_spread(compared)
    if len(picked) == 1:
        return state_figure(picked[0], rule, excluded)._replace(is_disputed=is_disputed, spread=spread)
    is_partial = all([s.is_partial for s in picked])
    ends = [s.coverage.last for s in picked if s.coverage.last]
    low, best, high = draw_envelope(picked)
    return Figure(
        scope=picked[0].scope,
        rule=rule,
        low=low,
        best=best,
        high=high,
        statements=tuple(picked),
        is_disputed=is_disputed,
        spread=spread,
        cells=cells,
        is_partial=is_partial,
        is_incomplete=is_partial,
        missing=tuple([m for s in picked for m in s.missing]) if is_partial else (),
        coverage=Coverage(min([s.coverage.first for s in picked]), max(ends, default=None)),
        stated=max([s.stated for s in picked]),
        excluded=excluded,
    )


def pick_lower_middle(numbers: list[int]) -> int:
    if len(numbers) == 1:
        return numbers[0]
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2]


def keep_stated_bests(statements: list[Statement]) -> list[Statement]:
    """Return the statements with a best, or all if none has one; one bound alone gives no best (rule 14)."""
    rated = [s for s in statements if s.has_best]
    return rated or statements


def draw_envelope(statements: list[Statement]) -> tuple[int, int, int]:
    """Return the lowest low, the lower middle of the voices' bests, and the highest high.

    The best of a voice is the lower middle of its own.
    """
    if len(statements) == 1:
        (only,) = statements
        return only.low, only.best, only.high
    voices: dict[Voice, list[int]] = {}
    for s in keep_stated_bests(statements):
        voices.setdefault(s.voice, []).append(s.best)
    best = pick_lower_middle([pick_lower_middle(bests) for bests in voices.values()])
    return min([s.low for s in statements]), best, max([s.high for s in statements])


def are_clashing(statements: list[Statement]) -> bool:
    """Return whether two of the ranges do not meet (rule 16)."""
    if len(statements) == 1:
        return False
    return max([s.span[0] for s in statements]) > min([s.span[1] for s in statements])


def find_spread(statements: list[Statement]) -> float | None:
    """Return the widest spread of statements that are compared, and of the parts of each (rule 16)."""
    if len(statements) == 1 and not statements[0].parts:
        return 1.0
    spreads = [part.spread for s in statements for part in s.parts]
    if len(statements) > 1:
        bests = [s.best for s in keep_stated_bests(statements)]
        spreads.append(divide_bests(min(bests), max(bests)))
    return pick_widest(spreads)


def find_furthest(figure: Figure) -> tuple[Statement, Statement]:
    """Return the lowest and the highest statement of the comparison with the widest spread, else the outermost.

    Of equal bests the statement with the lower id. Where nothing is compared both are the only statement.
    """
    widest = max(_list_comparisons(figure), key=_rank_spread)
    return min(widest, key=lambda s: (s.best, s.claims)), min(widest, key=lambda s: (-s.best, s.claims))


def _list_comparisons(figure: Figure) -> Iterator[list[Statement]]:
    yield keep_stated_bests(list(figure.statements))
    for statement in figure.statements:
        for part in statement.parts:
            yield from _list_comparisons(part)


def _rank_spread(statements: list[Statement]) -> float:
    bests = [s.best for s in statements]
    spread = divide_bests(min(bests), max(bests))
    return math.inf if spread is None else spread


def divide_bests(lowest: int, highest: int) -> float | None:
    """Return highest over lowest; 1 if both are 0, None if only the lower is."""
    if lowest == 0:
        return 1.0 if highest == 0 else None
    return highest / lowest


def pick_widest(spreads: Iterable[float | None]) -> float | None:
    """Return the widest spread; None (a zero against a figure) is wider than all others."""
    widest = 1.0
    for spread in spreads:
        if spread is None:
            return None
        widest = max(widest, spread)
    return widest


def is_newer(part: Statement, whole: Statement) -> bool:
    return is_stated_later(part.stated, whole.stated)


def is_stated_later(stated: tuple[str, str], reference: tuple[str, str]) -> bool:
    """Return whether `stated` is known to be later than `reference`; on one day both hours must be known."""
    return stated > reference and (stated[0] > reference[0] or bool(reference[1]))
