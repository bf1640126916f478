"""Rules 10 to 13 and 15: one figure from the statements of a cluster, by wholes and by the sums of their parts.

Rules: docs/developers/reconciling.md#rule-10, #rule-11, #rule-12, #rule-13, #rule-15.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from api.reconciling.choosing import BOTH_STATUSES
from api.reconciling.containment import Containment, find_clusters
from api.reconciling.coverage import are_near, find_tolerance, is_within
from api.reconciling.policies import POLICIES
from api.reconciling.record import ANY, Unit, World
from api.reconciling.statements import (
    ExcludedClaims,
    Figure,
    Scope,
    Statement,
    add_parts,
    compare_statements,
    state_figure,
)

TIME = "time"


class Frame(NamedTuple):
    """The whole scope of a row's cells, and what a complete sum needs."""

    side: str | None = None  # None: all sides
    status: str = ANY
    sides: frozenset[str] | None = None  # those that the question names, if any
    statuses: frozenset[str] = BOTH_STATUSES  # without which a side's sum is incomplete


class _Way(NamedTuple):
    """A way to divide a scope: its name, the parts as (scope, statements), and the scopes that a complete sum needs."""

    name: str
    parts: tuple[tuple[Scope, tuple[Statement, ...]], ...]
    needed: frozenset[str] = frozenset()  # sides, statuses or members

    def find_ceiling(self) -> int:
        """Return a number that no high of a sum by this way is above: the highest of each scope of each unit, added up.

        A figure is as high as one of its alternatives, and a sum has no scope of a unit twice.
        """
        highest: dict[tuple[Unit | None, Scope], int] = {}
        for _, statements in self.parts:
            for s in statements:
                key = s.unit, s.scope
                if s.high > highest.get(key, 0):
                    highest[key] = s.high
        return sum(highest.values())


class FigureMaker:
    """Makes the figures of one row's clusters."""

    def __init__(self, world: World, frame: Frame, containment: Containment) -> None:
        self.world, self.frame, self.containment = world, frame, containment
        # The keys have ids of statements: the cache holds the statements too, so that no other object gets these ids.
        self.cached_figures: dict[tuple[Scope, tuple[int, ...], str], tuple[tuple[Statement, ...], Figure | None]] = {}
        self.part_sides: dict[tuple[str | None, str, Unit | str], str] = {}

    def make_figure(self, statements: Sequence[Statement], rule: str) -> Figure:
        """Return the cluster's figure under a policy."""
        scope = Scope(self.frame.side, ANY)
        if _are_alternatives(scope, statements):
            return self._settle_figure(rule, list(statements), [])
        figure = self._find_figure(scope, tuple(statements), "envelope" if POLICIES[rule].picks_all else rule)
        assert figure
        return figure

    def _find_figure(self, scope: Scope, statements: tuple[Statement, ...], rule: str) -> Figure | None:
        if _are_alternatives(scope, statements):
            return self._settle_figure(rule, list(statements), [])
        key = scope, tuple([id(s) for s in statements]), rule
        if key not in self.cached_figures:
            self.cached_figures[key] = statements, self._add_clusters(scope, statements, rule)
        return self.cached_figures[key][1]

    def _add_clusters(self, scope: Scope, statements: tuple[Statement, ...], rule: str) -> Figure | None:
        """Return the sum of the clusters' figures, of a part too (rule 12)."""
        if not statements:
            return None
        if len({s.unit for s in statements}) == 1:
            return self._reconcile_cluster(scope, statements[0].unit, statements, rule)
        clusters = find_clusters(self.containment, statements)
        if len(clusters) <= 1:
            return self._reconcile_units(scope, statements, rule)
        figures = [f for cluster in clusters if (f := self._reconcile_units(scope, tuple(cluster), rule))]
        if len(figures) <= 1:
            return figures[0] if figures else None
        excluded = tuple([exclusion for figure in figures for exclusion in figure.excluded])
        return state_figure(_add_in_time(scope, figures), rule, excluded)

    def _reconcile_units(self, scope: Scope, statements: tuple[Statement, ...], rule: str) -> Figure | None:
        whole_unit = self.containment.find_whole(tuple(dict.fromkeys([s.unit for s in statements if s.unit])))
        return self._reconcile_cluster(scope, whole_unit, statements, rule)

    def _reconcile_cluster(
        self, scope: Scope, whole_unit: Unit | None, statements: tuple[Statement, ...], rule: str
    ) -> Figure | None:
        excluded: list[ExcludedClaims] = []
        wholes = self._settle_wholes(scope, whole_unit, statements, excluded) if whole_unit else []
        rest = _list_rest(scope, whole_unit, statements, wholes) if wholes else statements
        total = self._choose_way(scope, whole_unit, rest, rule, excluded) if rest else None
        candidates = _choose_candidates(wholes, total, whole_unit, excluded)
        if not candidates:
            return None
        is_running = bool(whole_unit and whole_unit.is_running)
        compared = _compare_totals(candidates, excluded) if is_running and len(candidates) > 1 else candidates
        return self._settle_figure(rule, compared, excluded)

    def _settle_figure(self, rule: str, compared: list[Statement], excluded: list[ExcludedClaims]) -> Figure:
        """Return the figure of the compared statements that the policy picks (rule 15).

        Of several its units are those that no unit of another alternative holds.
        """
        if len(compared) == 1:
            return state_figure(compared[0], rule, tuple(excluded))
        picked = POLICIES[rule].pick_statements(compared)
        if len(picked) < len(compared):
            excluded += [(s.claims, "not_picked", None) for s in compared if not any(s is p for p in picked)]
        cells = self.containment.keep_outermost([unit for s in picked for unit in s.cells])
        return compare_statements(rule, compared, picked, cells, tuple(excluded))

    # Rule 10 ---------------------------------------------------------------------------------------------------------

    def _settle_wholes(
        self, scope: Scope, unit: Unit, statements: tuple[Statement, ...], excluded: list[ExcludedClaims]
    ) -> list[Statement]:
        """Return what each claimant states of the whole scope of the unit, and exclude its parts: they are silent."""
        stated = [s for s in statements if s.unit == unit]
        if len({s.claimants[0] for s in stated}) == len(stated):  # nobody states a part beside a whole
            return [s for s in stated if s.scope == scope]
        by_claimant: dict[str, list[Statement]] = defaultdict(list)
        for statement in stated:
            by_claimant[statement.claimants[0]].append(statement)
        wholes = []
        for own in by_claimant.values():
            whole = next((s for s in own if s.scope == scope), None) or self._add_statuses(scope, own)
            if whole:
                parts = [s for s in own if s.claims[0] not in whole.claims]
                excluded += [(s.claims, "included_in", whole.claims[0]) for s in parts]
                wholes.append(whole)
        return wholes

    def _add_statuses(self, scope: Scope, claimant_statements: list[Statement]) -> Statement | None:
        """Return a claimant's sum of civilians and armed forces as its whole, if the sum is complete (rule 10)."""
        if scope.status != ANY or len(claimant_statements) == 1:
            return None
        statuses = [s for s in claimant_statements if s.scope.side == scope.side]
        if not {s.scope.status for s in statuses} >= BOTH_STATUSES or any(s.is_partial for s in statuses):
            return None
        figures = [state_figure(s, "envelope") for s in statuses]
        return add_parts(scope, figures, is_partial=False, is_incomplete=False) if _are_near(figures) else None

    # Rules 11 and 12 -------------------------------------------------------------------------------------------------

    def _choose_way(
        self,
        scope: Scope,
        unit: Unit | None,
        statements: tuple[Statement, ...],
        rule: str,
        excluded: list[ExcludedClaims],
    ) -> Statement | None:
        """Return the sum by the first way with a figure, or by a later way that says more (rule 11).

        The way is that of `envelope`, whatever the policy.
        """
        chosen: tuple[_Way, list[Figure]] | None = None
        best = high = 0
        for way in self._list_ways(scope, unit, statements):
            if chosen and way.find_ceiling() <= high:
                continue  # it cannot be higher: its figures need not be worked out
            figures = self._find_figures(way, "envelope")
            way_best, way_high = sum([f.best for f in figures]), sum([f.high for f in figures])
            if figures and (chosen is None or (way_best >= best and way_high > high)):
                chosen, best, high = (way, figures), way_best, way_high
        if chosen is None:
            return None
        way, figures = chosen
        total = self._add_figures(scope, unit, way, figures if rule == "envelope" else self._find_figures(way, rule))
        excluded += [exclusion for part in total.parts for exclusion in part.excluded]
        named = {*total.claims, *[claim for claims, _, _ in excluded for claim in claims]}
        for s in statements:
            if s.claims[0] not in named:
                is_displaced_in_time = way.name == TIME or s.unit != unit
                reason = "period_overlap" if is_displaced_in_time else "other_scope"
                excluded.append((s.claims, reason, total.claims[0]))
        return total

    def _list_ways(self, scope: Scope, unit: Unit | None, statements: tuple[Statement, ...]) -> Iterator[_Way]:
        """Yield the ways to divide a scope: by sides, by statuses, by members, in time."""
        by_part: dict[str, list[Statement]] = defaultdict(list)
        for statement, part in zip(statements, self._find_part_sides(scope.side, statements), strict=True):
            if part is not None:
                by_part[part].append(statement)
        sides = tuple([(Scope(side, scope.status), tuple(by_part[side])) for side in sorted(by_part)])
        if scope.side is None and sides:
            yield _Way("sides", sides)
        if scope.status == ANY and (statuses := self._divide_by_status(scope.side, statements)):
            yield _Way("statuses", statuses, self.frame.statuses)
        if scope.side is not None and sides:
            yield _Way("members", sides)
        yield from self._divide_in_time(scope, unit, statements)

    def _divide_by_status(
        self, side: str | None, statements: tuple[Statement, ...]
    ) -> tuple[tuple[Scope, tuple[Statement, ...]], ...]:
        """Return the statements by victim status. A part is silent where its claimant gave all victims."""
        if not any([s.scope.status != ANY for s in statements]):
            return ()
        by_status: dict[str, list[Statement]] = defaultdict(list)
        wholes: dict[tuple[Unit | None, tuple[str, ...]], set[str | None]] = defaultdict(set)
        for s in statements:
            if s.scope.status == ANY and not s.is_partial:
                wholes[s.unit, s.claimants].add(s.scope.side)
        for s in statements:
            if s.scope.status != ANY and not self._has_stated_whole(s, wholes.get((s.unit, s.claimants), ())):
                by_status[s.scope.status].append(s)
        return tuple([(Scope(side, status), tuple(by_status[status])) for status in sorted(by_status)])

    def _has_stated_whole(self, statement: Statement, sides: Collection[str | None]) -> bool:
        """Return whether its claimant gave all victims of its side, or of one that holds it.

        `sides`: those of which it gave all victims in the unit.
        """
        unit, side = statement.unit, statement.scope.side
        assert unit
        return bool(sides) and any(h in sides for h in (None, *(self.world.find_lineage(side, unit) if side else ())))

    def _divide_in_time(self, scope: Scope, unit: Unit | None, statements: tuple[Statement, ...]) -> Iterator[_Way]:
        """Yield the units in the whole unit; without one, first the units that hold nothing, then the outermost ones.

        A unit that several outermost ones hold is left out of all of them, so that nobody is counted twice.
        """
        by_unit: dict[Unit, list[Statement]] = defaultdict(list)
        for statement in statements:
            assert statement.unit
            if statement.unit != unit:
                by_unit[statement.unit].append(statement)
        if not by_unit:
            return
        if unit:
            yield _Way(TIME, ((scope, tuple(s for group in by_unit.values() for s in group)),))
            return
        holders = {u: [outer for outer in self.containment.find_holders(u) if outer in by_unit] for u in by_unit}
        holding = {outer for outers in holders.values() for outer in outers}
        yield _Way(TIME, tuple([(scope, tuple(by_unit[u])) for u in by_unit if u not in holding]))
        groups: dict[Unit, list[Statement]] = {unit: [] for unit, outers in holders.items() if not outers}
        for unit, outers in holders.items():
            around = [outer for outer in outers if outer in groups] if outers else [unit]
            if len(around) == 1:
                groups[around[0]] += by_unit[unit]
        yield _Way(TIME, tuple([(scope, tuple(group)) for group in groups.values()]))

    def _find_part_sides(self, side: str | None, statements: tuple[Statement, ...]) -> list[str | None]:
        """Return by statement the side below `side` to which it belongs; None where it is about `side` itself.

        A side may be in one camp in a unit, and in another camp in a unit around it. It then counts with the statement
        around it, so that nobody is in two parts.
        """
        unit_parts = [self._find_part_side(s, side) for s in statements]
        if not self.world.has_several_camps or len({*unit_parts} - {None}) < 2:
            return unit_parts
        outer = [self.containment.find_outer(s.unit) if s.unit else frozenset() for s in statements]
        order = sorted(range(len(statements)), key=lambda n: (len(outer[n]), statements[n].claims))
        places: dict[Unit | None, list[tuple[int, int]]] = defaultdict(list)  # by unit: the turn, and the statement
        parts = list(unit_parts)
        for turn, n in enumerate(order):  # the outermost first
            around = sorted(place for unit in outer[n] for place in places.get(unit, ()))
            holding = [
                part
                for _, m in around
                if (part := parts[m]) is not None and self.containment.may_share(statements[n], statements[m])
            ]
            if unit_parts[n] is not None and holding and unit_parts[n] not in holding:
                parts[n] = holding[0]
            places[statements[n].unit].append((turn, n))
        return parts

    def _find_part_side(self, statement: Statement, side: str | None) -> str | None:
        """Return the side below `side` to which the statement belongs by its own unit; else its own side."""
        below, unit = statement.scope.side, statement.unit
        if below is None or below == side:
            return None
        assert unit
        key = side, below, unit if self.world.has_moving_sides else unit.conflict
        if key not in self.part_sides:
            self.part_sides[key] = self._climb_to(side, below, unit)
        return self.part_sides[key]

    def _climb_to(self, side: str | None, below: str, unit: Unit) -> str:
        """Return the last of `below` and the sides that hold it, up to its camp or the top side, before `side`."""
        line = self.world.find_lineage(below, unit)
        line = line[: line.index(find_top_side(self.world, below, unit, self.frame.sides)) + 1]
        if side is None:
            return line[-1]
        return line[line.index(side) - 1] if side in line else line[0]

    def _find_figures(self, way: _Way, rule: str) -> list[Figure]:
        return [f for part, statements in way.parts if (f := self._find_figure(part, statements, rule))]

    def _add_figures(self, scope: Scope, unit: Unit | None, way: _Way, figures: list[Figure]) -> Statement:
        if way.name == TIME:
            return _add_in_time(scope, figures)
        cells = (unit,) if unit else tuple(dict.fromkeys([u for f in figures for u in f.cells]))
        missing = self._find_missing(scope, way, figures, cells)
        is_complete = not missing and all(unit in f.cells and not f.is_partial for f in figures) and _are_near(figures)
        return add_parts(scope, figures, is_partial=not is_complete, is_incomplete=not is_complete, missing=missing)

    def _find_missing(
        self, scope: Scope, way: _Way, figures: list[Figure], cells: tuple[Unit, ...]
    ) -> tuple[Scope, ...]:
        """Return the parts without a figure that a complete sum over these units needs."""
        if way.name == "statuses":
            lacking = way.needed - {f.scope.status for f in figures}
            return tuple([Scope(scope.side, status) for status in sorted(lacking)])
        needed = {side for unit in cells for side in self._find_needed_parts(scope.side, unit)}
        sides = needed - {f.scope.side for f in figures}
        return tuple([Scope(side, scope.status) for side in sorted(sides)])

    def _find_needed_parts(self, side: str | None, unit: Unit) -> Collection[str]:
        """Return the sides that a sum over all sides needs, or the members that one over a coalition needs."""
        return self.world.find_members(side, unit) if side else self._find_needed_sides(unit)

    def _find_needed_sides(self, unit: Unit) -> set[str]:
        """Return the sides that a sum over all sides needs: the unit's, or those of them that the question names."""
        lines = [self.world.find_lineage(s, unit) for s in self.world.find_involved_sides(unit)]
        if self.frame.sides is None:
            return {line[-1] for line in lines}
        top_sides = {find_top_side(self.world, s, unit, self.frame.sides) for s in self.frame.sides}
        nested = {
            s for s in top_sides if any(s in line or line[0] in self.world.find_lineage(s, unit) for line in lines)
        }
        return nested or top_sides


def _add_in_time(scope: Scope, figures: list[Figure]) -> Statement:
    """Return the sum of units: it is never complete, and each unit is as complete as it is by itself."""
    return add_parts(scope, figures, is_partial=True, is_incomplete=False)


def _are_alternatives(scope: Scope, statements: Sequence[Statement]) -> bool:
    """Return whether all state the whole scope of one unit, so that nothing is added or left out."""
    unit = statements[0].unit if statements else None
    if unit is None or (unit.is_running and len(statements) > 1):
        return False
    for s in statements:
        if s.scope != scope or s.is_partial or s.unit != unit:
            return False
    return True


def _list_rest(
    scope: Scope, unit: Unit | None, statements: tuple[Statement, ...], wholes: list[Statement]
) -> tuple[Statement, ...]:
    """Return the statements of other units and of parts, without those of claimants who gave the whole."""
    claimants = {c for s in wholes for c in s.claimants}
    return tuple([s for s in statements if s.unit != unit or (s.scope != scope and s.claimants[0] not in claimants)])


def find_top_side(world: World, side: str, unit: Unit, sides: frozenset[str] | None) -> str:
    """Return a side's camp; or, where the question names sides, the highest of them that holds it."""
    line = world.find_lineage(side, unit)
    if sides is None:
        return line[-1]
    return next((s for s in reversed(line) if s in sides), line[-1])


def _are_near(figures: list[Figure]) -> bool:
    """Return whether the parts of totals start and end within the tolerance of each other."""
    if len(figures) == 1 or not all(u.is_running for f in figures for u in f.cells):
        return True
    return are_near([f.coverage for f in figures])


def _choose_candidates(
    wholes: list[Statement], total: Statement | None, unit: Unit | None, excluded: list[ExcludedClaims]
) -> list[Statement]:
    """Return the stated wholes, and the sums that compete with them (rule 11).

    A complete sum competes. An incomplete one is heard only above all stated wholes, or if none is stated.
    """
    stated = [s for s in wholes if not s.is_partial]
    highest = max((s.best for s in stated), default=-1)
    candidates = list(stated)
    for statement in [*(s for s in wholes if s.is_partial), *((total,) if total else ())]:
        if not statement.is_partial or not stated:
            candidates.append(statement)
        elif statement.best > highest:
            candidates.append(statement._replace(is_incomplete=True))
        else:
            excluded += _exclude_sum(statement, stated, unit)
    return candidates


def _exclude_sum(total: Statement, stated: list[Statement], unit: Unit | None) -> Iterable[ExcludedClaims]:
    """Yield the claims of a sum that is not heard: `other_scope`, or `included_in` if they are from inner units."""
    for statement in _find_leaves(total):
        if statement.unit != unit:
            yield statement.claims, "included_in", stated[0].claims[0]
        else:
            yield statement.claims, "other_scope", stated[0].claims[0]


def _find_leaves(statement: Statement) -> Iterator[Statement]:
    if not statement.parts:
        yield statement
    for part in statement.parts:
        for below in part.statements:
            yield from _find_leaves(below)


def _compare_totals(statements: list[Statement], excluded: list[ExcludedClaims]) -> list[Statement]:
    """Leave out, in this order, the undated, later starts, a voice's older days, and older ends (rule 13)."""
    dated = [s for s in statements if s.stated[0]] or statements
    excluded += [(s.claims, "undated", None) for s in statements if s not in dated]
    tolerance = find_tolerance(s.coverage for s in dated)
    earliest = min(s.coverage.first for s in dated)
    early = [s for s in dated if is_within(earliest, s.coverage.first, tolerance)]
    highest = max(s.best for s in early)
    started = [s for s in dated if s in early or s.best > highest]
    excluded += [(s.claims, "later_start", early[0].claims[0]) for s in dated if s not in started]
    newest_days: dict[tuple[str, str], str] = {}
    for s in started:
        newest_days[s.voice] = max(newest_days.get(s.voice, ""), s.stated[0])
    current = [s for s in started if s.stated[0] == newest_days[s.voice]]
    newest_end = max(s.coverage.last or "" for s in current)
    compared = [s for s in current if is_within(s.coverage.last or "", newest_end, tolerance)]
    excluded += [(s.claims, "older_total", compared[0].claims[0]) for s in started if s not in compared]
    return compared
