"""What was said about one scope, and the one figure that a policy makes of it (reconcile-rules.md, "Reconciling")."""

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from api.queries.evidence import Claim

RELIABILITY = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}
CREDIBILITY = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}


class Scope(NamedTuple):
    side: str | None  # None is all sides
    status: str


class Statement(NamedTuple):
    """What a claim says of a scope with its bounds filled, or the sum of what is said of its parts."""

    claims: tuple[str, ...]
    claimants: tuple[str, ...]
    voice: tuple[str, str]  # ("camp", id), ("claimant", id) of a third party, ("sum", ids) of a mixed sum
    low: int
    best: int
    high: int
    states_best: bool
    open_ended: bool
    imputed: bool
    said: tuple[str, str]
    covers_to: str
    grade: tuple[int, int]
    span: tuple[float, float]  # the range that it leaves open, in tenths
    incomplete: bool = False
    missing: tuple[Scope, ...] = ()
    parts: "tuple[Figure, ...]" = ()


class Figure(NamedTuple):
    """One scope's figure, with the statements that it was made of: a step of the explanation."""

    scope: Scope
    rule: str
    low: int
    best: int
    high: int
    statements: tuple[Statement, ...]
    disputed: bool

    @property
    def open_ended(self) -> bool:
        return any(s.open_ended for s in self.statements)

    @property
    def imputed(self) -> bool:
        return any(s.imputed for s in self.statements)

    @property
    def incomplete(self) -> bool:
        """Under `highest`, a part above the whole may be all that is left: it too lacks its other parts."""
        return all(s.incomplete for s in self.statements)

    @property
    def missing(self) -> tuple[Scope, ...]:
        return tuple(m for s in self.statements for m in s.missing) if self.incomplete else ()

    @property
    def claims(self) -> tuple[str, ...]:
        return tuple(sorted({c for s in self.statements for c in s.claims}))


def spoken(claim: Claim, camp: str | None, covers_to: str) -> Statement:
    """Fill the bounds: low from best, else 0; best from the stated low, else high; high from best, else low."""
    stated = [b for b in (claim.best, claim.low, claim.high) if b is not None]
    best = stated[0]
    return Statement(
        claims=(claim.id,),
        claimants=(claim.claimant,),
        voice=("camp", camp) if camp else ("claimant", claim.claimant),
        low=claim.low if claim.low is not None else 0 if claim.best is None else claim.best,
        best=best,
        high=claim.high if claim.high is not None else best,
        states_best=claim.best is not None or len(stated) == 2,
        open_ended=claim.low is not None and claim.high is None,
        imputed=len(stated) < 3,
        said=claim.said,
        covers_to=covers_to,
        grade=(RELIABILITY[claim.reliability], CREDIBILITY[claim.credibility]),
        span=_span(claim, stated),
    )


def _span(claim: Claim, stated: list[int]) -> tuple[float, float]:
    """The range by which disputes are judged; in tenths, so that 10 % of a whole number is one."""
    floor, ceiling = 10 * min(stated), 10 * max(stated)
    if claim.low is None and claim.best is not None and claim.qualifier in ("about", "nearly"):
        floor = 9 * claim.best
    elif claim.low is None and claim.high is not None:
        floor = 0
    if claim.high is None and claim.low is not None:
        return floor, math.inf
    if claim.high is None and claim.qualifier == "about":
        ceiling = 11 * stated[0]
    return floor, ceiling


def added(parts: list[Figure], missing: Iterable[Scope] = (), incomplete: bool = False) -> Statement:
    """The sum of disjoint parts: as old as its oldest, as well graded as its worst, open if any is."""
    statements = [s for part in parts for s in part.statements]
    claimants = tuple(sorted({c for s in statements for c in s.claimants}))
    voices = {s.voice for s in statements}
    missing = (*missing, *chain.from_iterable(part.missing for part in parts))
    incomplete = incomplete or bool(missing) or any(part.incomplete for part in parts)
    ceiling = sum(max(s.span[1] for s in part.statements) for part in parts)
    return Statement(
        claims=tuple(sorted({c for s in statements for c in s.claims})),
        claimants=claimants,
        voice=voices.pop() if len(voices) == 1 else ("sum", "+".join(claimants)),
        low=sum(part.low for part in parts),
        best=sum(part.best for part in parts),
        high=sum(part.high for part in parts),
        states_best=all(any(s.states_best for s in part.statements) for part in parts),
        open_ended=any(s.open_ended for s in statements),
        imputed=any(s.imputed for s in statements),
        said=min(s.said for s in statements),
        covers_to=min(s.covers_to for s in statements),
        grade=max(s.grade for s in statements),
        span=(
            sum(min(s.span[0] for s in part.statements) for part in parts),
            math.inf if incomplete else ceiling,
        ),
        incomplete=incomplete,
        missing=missing,
        parts=tuple(parts),
    )


def recent(statements: list[Statement]) -> list[Statement]:
    """Of one voice's running totals those of its newest day; across voices those within 7 days of the newest."""
    newest: dict[tuple[str, str], str] = {}
    for s in statements:
        newest[s.voice] = max(newest.get(s.voice, ""), s.said[0])
    current = [s for s in statements if s.said[0] == newest[s.voice]]
    last = max(s.covers_to for s in current)
    horizon = last and (date.fromisoformat(last) - timedelta(days=7)).isoformat()
    return [s for s in current if s.covers_to >= horizon]


def _with_best(statements: list[Statement]) -> list[Statement]:
    """ "Dozens" and "up to 400" give bounds, not the best, while another statement gives one."""
    return [s for s in statements if s.states_best] or statements


def _lowest(statements: list[Statement]) -> list[Statement]:
    candidates = _with_best(statements)
    lowest = min(s.best for s in candidates)
    return [s for s in candidates if s.best == lowest]


def _highest(statements: list[Statement]) -> list[Statement]:
    candidates = _with_best(statements)
    highest = max(s.best for s in candidates)
    return [s for s in candidates if s.best == highest]


def _latest(statements: list[Statement]) -> list[Statement]:
    latest = max(s.said for s in statements)
    return [s for s in statements if s.said == latest]


def _best_graded(statements: list[Statement]) -> list[Statement]:
    best = min(s.grade for s in statements)
    return _latest([s for s in statements if s.grade == best])


Pick = Callable[[list[Statement]], list[Statement]]
PICKS: dict[str, Pick] = {
    "lowest": _lowest,
    "highest": _highest,
    "latest": _latest,
    "best_graded": _best_graded,
}


def lower_middle(numbers: Iterable[int]) -> int:
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2]


def settled(scope: Scope, statements: list[Statement], rule: str, disputed: bool = False) -> Figure:
    """The envelope: lowest low, highest high, and the lower middle of the voices' bests (a camp is one voice)."""
    voices: dict[tuple[str, str], list[int]] = {}
    for s in _with_best(statements):
        voices.setdefault(s.voice, []).append(s.best)
    return Figure(
        scope=scope,
        rule=rule,
        low=min(s.low for s in statements),
        best=lower_middle(lower_middle(bests) for bests in voices.values()),
        high=max(s.high for s in statements),
        statements=tuple(statements),
        disputed=disputed,
    )


def clashing(statements: list[Statement]) -> bool:
    """Whether two of the ranges do not overlap."""
    return max(s.span[0] for s in statements) > min(s.span[1] for s in statements)
