"""Rules 9 and 12: which units are inside which, which may share people, and which days cross.

Rules: docs/developers/reconciling.md#rule-9, #rule-12.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from api.reconciling.coverage import day_number
from api.reconciling.record import ANY, PERIOD, Unit, World
from api.reconciling.statements import Scope, Statement

INDEXED_DAYS = 400  # longer units are compared one by one


class Containment:
    """Which of these units hold which: by days, or because a claim of one includes a claim of the other."""

    def __init__(self, world: World, units: Iterable[Unit], inclusions: Iterable[tuple[Unit, Unit]]) -> None:
        """Index the periods by day. `inclusions`: pairs of an including and an included unit, whatever the question."""
        self.world = world
        self.including: dict[Unit, set[Unit]] = defaultdict(set)
        for outer, inner in inclusions:
            if outer != inner:
                self.including[inner].add(outer)
        self.periods = [u for u in dict.fromkeys(units) if u.measure == PERIOD]
        seen = set(self.periods)
        for inner, outers in list(self.including.items()):
            for unit in (inner, *outers):
                if unit.measure == PERIOD and unit not in seen:
                    seen.add(unit)
                    self.periods.append(unit)
        self.roots: dict[str, str] = {}
        # Keyed by the top conflict: only periods of related conflicts hold or cross each other.
        self.by_day: dict[tuple[str, int], list[Unit]] = defaultdict(list)
        self.long_periods: dict[str, list[Unit]] = defaultdict(list)
        self.by_root: dict[str, list[Unit]] = defaultdict(list)
        for period in self.periods:
            root, first, last = self._find_root(period), day_number(period.first), day_number(period.last)
            self.by_root[root].append(period)
            if last - first > INDEXED_DAYS:
                self.long_periods[root].append(period)
                continue
            for day in range(first, last + 1):
                self.by_day[root, day].append(period)
        self.outer_of: dict[Unit, frozenset[Unit]] = {}
        self.holders_of: dict[Unit, frozenset[Unit]] = {}
        self.crossing_of: dict[Unit, tuple[Unit, ...]] = {}

    def _find_root(self, unit: Unit) -> str:
        """Return the top conflict above the unit's conflict."""
        if unit.conflict not in self.roots:
            self.roots[unit.conflict] = self.world.find_ancestry(unit.conflict)[-1]
        return self.roots[unit.conflict]

    @property
    def is_empty(self) -> bool:
        """Return whether no unit can be inside another or cross it."""
        return not self.periods and not self.including

    def holds(self, outer: Unit, inner: Unit) -> bool:
        """Return whether the inner unit is inside the outer one. If each holds the other, the lower is the outer."""
        return outer in self.find_holders(inner)

    def find_holders(self, unit: Unit) -> frozenset[Unit]:
        """Return all units that hold this one, and that it does not hold by the order of units."""
        if unit not in self.holders_of:
            outer = self.find_outer(unit)
            self.holders_of[unit] = frozenset([u for u in outer if unit not in self.find_outer(u) or u < unit])
        return self.holders_of[unit]

    def find_outer(self, unit: Unit) -> frozenset[Unit]:
        """Return all units that hold this one, near and far."""
        if unit not in self.outer_of:
            outer: set[Unit] = set()
            waiting = [unit]
            while waiting:
                inner = waiting.pop()
                direct = {*self.including.get(inner, ()), *self._find_periods_around(inner)} - outer - {unit}
                outer |= direct
                waiting.extend(direct)
            self.outer_of[unit] = frozenset(outer)
        return self.outer_of[unit]

    def _find_periods_around(self, unit: Unit) -> Iterator[Unit]:
        if unit.is_running or not self.periods:
            return
        root = self._find_root(unit)
        for period in (*self.by_day.get((root, day_number(unit.first)), ()), *self.long_periods.get(root, ())):
            if period != unit and self._is_inside_by_days(unit, period):
                yield period

    def _is_inside_by_days(self, unit: Unit, period: Unit) -> bool:
        """Return whether the unit begins in the period; a shorter period must also end in it (rule 12).

        The conflicts are the same, or the unit's is nested in the period's.
        """
        if not period.first <= unit.first <= period.last or not self.world.is_nested(unit.conflict, period.conflict):
            return False
        if unit.measure != PERIOD:
            return True
        if (unit.first, unit.last) == (period.first, period.last):
            return unit.conflict != period.conflict
        return unit.last <= period.last

    def find_crossing(self, unit: Unit) -> tuple[Unit, ...]:
        """Return the periods whose days overlap the unit's, and that neither hold it nor lie inside it.

        Their conflicts have the same top: others share no people.
        """
        if unit not in self.crossing_of:
            self.crossing_of[unit] = tuple(self._cross_periods(unit))
        return self.crossing_of[unit]

    def _cross_periods(self, unit: Unit) -> Iterator[Unit]:
        if unit.is_running:
            return
        root = self._find_root(unit)
        first, last = day_number(unit.first), day_number(unit.last)
        if last - first > INDEXED_DAYS:
            candidates: Iterable[Unit] = self.by_root.get(root, ())
        else:
            near = (period for day in range(first, last + 1) for period in self.by_day.get((root, day), ()))
            candidates = dict.fromkeys((*near, *self.long_periods.get(root, ())))
        for period in candidates:
            if (
                period != unit
                and _have_common_days(unit, period)
                and not self.holds(period, unit)
                and not self.holds(unit, period)
            ):
                yield period

    def keep_outermost(self, units: Iterable[Unit]) -> tuple[Unit, ...]:
        """Return the units without those that another one holds."""
        distinct = dict.fromkeys(units)
        if len(distinct) == 1 or self.is_empty:
            return tuple(distinct)
        return tuple([u for u in distinct if self.find_holders(u).isdisjoint(distinct)])

    def find_whole(self, units: tuple[Unit, ...]) -> Unit | None:
        """Return the unit that holds all others, or None."""
        if len(units) == 1:
            return units[0]
        outermost = self.keep_outermost(units)
        if len(outermost) != 1:
            return None
        (whole,) = outermost
        return whole if all(unit == whole or self.holds(whole, unit) for unit in units) else None

    def may_share_people(self, unit: Unit, scope: Scope, second_unit: Unit, second_scope: Scope) -> bool:
        """Return whether conflicts and sides are equal or nested, and statuses equal or `any` (rule 9)."""
        return (
            (scope.status == second_scope.status or ANY in (scope.status, second_scope.status))
            and self.world.are_related(unit.conflict, second_unit.conflict)
            and self._share_side(unit, scope.side, second_unit, second_scope.side)
        )

    def _share_side(self, unit: Unit, side: str | None, second_unit: Unit, second_side: str | None) -> bool:
        if side is None or second_side is None or side == second_side:
            return True
        return side in self.world.find_lineage(second_side, second_unit) or second_side in self.world.find_lineage(
            side, unit
        )

    def may_share(self, first: Statement, second: Statement) -> bool:
        assert first.unit and second.unit
        return self.may_share_people(first.unit, first.scope, second.unit, second.scope)


def _have_common_days(unit: Unit, second_unit: Unit) -> bool:
    return unit.first <= second_unit.last and second_unit.first <= unit.last


def count_unit_days(unit: Unit) -> int:
    return (date.fromisoformat(unit.last) - date.fromisoformat(unit.first)).days if not unit.is_running else 0


def keep_uncrossed(
    containment: Containment, statements: list[Statement]
) -> tuple[list[Statement], list[tuple[Statement, Statement]]]:
    """Drop each statement that crosses a remaining one, from the highest best down (rule 9).

    Return those that remain, and pairs of a dropped statement and the one that it crosses. Ties: the longer unit, the
    earlier, the lower id.
    """
    if not containment.periods:
        return statements, []
    crossing = _find_crossing_units(containment, statements)
    if not crossing:
        return statements, []

    def find_rank(s: Statement) -> tuple[int, int, str, tuple[str, ...]]:
        assert s.unit
        return -s.best, -count_unit_days(s.unit), s.unit.first, s.claims

    staying: dict[Unit, list[Statement]] = defaultdict(list)
    crossed = []
    for statement in sorted((s for s in statements if s.unit in crossing), key=find_rank):
        assert statement.unit
        rivals = [s for unit in sorted(crossing[statement.unit]) for s in staying.get(unit, ())]
        rival = next((s for s in rivals if containment.may_share(statement, s)), None)
        if rival:
            crossed.append((statement, rival))
        else:
            staying[statement.unit].append(statement)
    gone = {statement.claims for statement, _ in crossed}
    return [s for s in statements if s.claims not in gone], crossed


def _find_crossing_units(containment: Containment, statements: list[Statement]) -> dict[Unit, set[Unit]]:
    """Return each unit whose days cross those of other units, with these units."""
    crossing: dict[Unit, set[Unit]] = defaultdict(set)
    for unit in dict.fromkeys(s.unit for s in statements if s.unit):
        for period in containment.find_crossing(unit):
            crossing[unit].add(period)
            crossing[period].add(unit)
    return crossing


def find_clusters(containment: Containment, statements: Sequence[Statement]) -> list[list[Statement]]:
    """Group the statements of units that are linked by being inside, and that may share people (rule 12)."""
    by_unit: dict[Unit, list[Statement]] = defaultdict(list)
    for statement in statements:
        assert statement.unit
        by_unit[statement.unit].append(statement)
    if containment.is_empty or len(by_unit) == 1:
        return list(by_unit.values())
    leader = {unit: unit for unit in by_unit}

    def find_leader(unit: Unit) -> Unit:
        while leader[unit] != unit:
            leader[unit] = leader[leader[unit]]
            unit = leader[unit]
        return unit

    for inner in by_unit:
        for outer in containment.find_outer(inner):
            if outer in by_unit and find_leader(inner) != find_leader(outer):
                pairs = ((a, b) for a in by_unit[inner] for b in by_unit[outer])
                if any(containment.may_share(a, b) for a, b in pairs):
                    leader[find_leader(inner)] = find_leader(outer)
    clusters: dict[Unit, list[Statement]] = defaultdict(list)
    for unit, group in by_unit.items():
        clusters[find_leader(unit)].extend(group)
    return list(clusters.values())
