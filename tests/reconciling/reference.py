"""The rules of docs/developers/reconciling.md as slow and simple code, in the order of the page.

Tests compare the engine with it. It follows the rules alone, and is simple rather than fast: every function names its
rule. Where the text allows two readings, the comment begins with "Reading:".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

from api.reconciling.question import INCIDENT_DIMENSIONS, Question, RowKey
from api.reconciling.record import (
    ANY,
    CUMULATIVE,
    PERIOD,
    Claim,
    Relation,
    UnanswerableError,
    Unit,
    World,
    count_days,
)

CIVILIAN, ARMED_FORCES = "civilian", "member_of_armed_forces"
ENDLESS = float("inf")
STANCES = {"own_side": "own", "opposing_side": "opposing", "affiliated": "affiliated", "third_party": "third"}
RELIABILITIES = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}
CREDIBILITIES = {1: 0, 2: 1, 3: 2, 6: 3, None: 3, 4: 4, 5: 5}

Reasons = dict[str, str]
Coverage = tuple[str, str]  # first and last day; empty where unknown
Statements = tuple["Statement", ...]


@dataclass(frozen=True)
class Cell:
    """What one unit adds to a row."""

    unit: Unit
    low: int
    best: int
    high: int
    is_open_ended: bool
    is_imputed: bool
    is_incomplete: bool
    claims: frozenset[str]
    is_disputed: bool = False
    spread: Fraction | None = Fraction(1)
    has_best: bool = True


@dataclass(frozen=True)
class Row:
    low: int
    best: int
    high: int
    open_ended: int
    imputed: int
    incomplete: int
    reaches_over: int
    cells: int
    disputed: bool
    spread: Fraction | None
    claims: frozenset[str]


@dataclass(frozen=True)
class Worked:
    """`rows` by basis and key, `excluded` by claim, `warnings` as code and figure (or count)."""

    rows: dict[tuple[str, RowKey], Row]
    excluded: Reasons
    warnings: frozenset[tuple[str, int]]
    cells: dict[tuple[str, RowKey], tuple[Cell, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """The side of the victims, and which of them. No side: all sides; status `any`: not distinguished."""

    side: str | None
    status: str


@dataclass(frozen=True)
class Statement:
    """What one claimant last stated of a scope: one claim, or the sum of its parts (rule 8)."""

    claims: tuple[Claim, ...]
    unit: Unit
    is_whole: bool

    @property
    def claim(self) -> Claim:
        return self.claims[0]

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(c.id for c in self.claims)

    @property
    def best(self) -> int:
        return sum(fill_bounds(c)[1] for c in self.claims)

    @property
    def stated(self) -> tuple[str, str]:
        """A sum is as old as its oldest part (rule 13)."""
        return min(c.stated for c in self.claims)


@dataclass(frozen=True)
class Figure:
    """One alternative of a scope, or several combined into one."""

    cells: tuple[Cell, ...]
    unit: Unit | None  # the unit that is about the whole; None if there are several beside each other
    is_complete: bool
    has_best: bool
    coverage: Coverage
    stated: tuple[str, str]
    voices: frozenset[str]
    grade: tuple[int, int]
    bottom: Fraction
    top: Fraction | float
    excluded: Reasons

    @property
    def low(self) -> int:
        return sum(c.low for c in self.cells)

    @property
    def best(self) -> int:
        return sum(c.best for c in self.cells)

    @property
    def high(self) -> int:
        return sum(c.high for c in self.cells)

    @property
    def claims(self) -> frozenset[str]:
        return frozenset().union(*(c.claims for c in self.cells))

    @property
    def voice(self) -> str:
        """Return the only voice in it; a sum of several voices is a separate voice."""
        return next(iter(self.voices)) if len(self.voices) == 1 else "+".join(sorted(self.voices))


# ---- bounds (rules 14 and 16)


def fill_bounds(claim: Claim) -> tuple[int, int, int]:
    """Rule 14: low from best, else 0; best from low, else high; high from best, else low."""
    low, best, high = claim.low, claim.best, claim.high
    filled_low = low if low is not None else best if best is not None else 0
    filled_best = next((n for n in (best, low, high) if n is not None), 0)
    filled_high = next((n for n in (high, best, low) if n is not None), 0)
    return filled_low, filled_best, filled_high


def has_stated_best(claim: Claim) -> bool:
    """Rule 14: a claim with one bound alone has no best if another claim states a best."""
    return claim.best is not None or (claim.low is not None and claim.high is not None)


def read_range(claim: Claim) -> tuple[Fraction, Fraction | float]:
    """Rule 16: without high, endless; without low, 0; about ±10 %; nearly -10 %; of unordered bounds, the extremes."""
    numbers = [n for n in (claim.low, claim.best, claim.high) if n is not None]
    if claim.qualifier == "about":
        return Fraction(min(numbers) * 9, 10), Fraction(max(numbers) * 11, 10)
    top = ENDLESS if claim.high is None else Fraction(max(numbers))
    if claim.qualifier == "nearly":
        return Fraction(min(numbers) * 9, 10), top
    return Fraction(0 if claim.low is None else min(numbers)), top


def find_lower_middle(numbers: Iterable[int]) -> int:
    ordered = sorted(numbers)
    return ordered[(len(ordered) - 1) // 2]


def divide_bests(bests: Sequence[int]) -> Fraction | None:
    """Rule 16, spread: the highest best over the lowest; 1 if both are 0, null if only one is."""
    if max(bests) == 0:
        return Fraction(1)
    return Fraction(max(bests), min(bests)) if min(bests) else None


def widest(spreads: Iterable[Fraction | None]) -> Fraction | None:
    """Reading: a spread of null (a zero against a figure) is wider than any number."""
    every = list(spreads)
    return None if None in every else max(every)


# ---- days (rule 4)


def count_apart(day: str, later: str) -> float:
    """Return the days between two days; the distance of an unknown day from a known one is endless."""
    if day == later:
        return 0
    return abs(count_days(day, later) - 1) if day and later else ENDLESS


def is_later(stated: tuple[str, str], second: tuple[str, str]) -> bool:
    """Rules 7, 8 and 10: return whether the first is newer, and so replaces a whole.

    Reading: on the same day the first is newer only if both hours are known.
    """
    return stated[0] > second[0] or (stated[0] == second[0] and bool(second[1]) and stated[1] > second[1])


def measure_tolerance(coverages: Iterable[Coverage]) -> int:
    """Rule 4: a tenth of the longest coverage in days, rounded down, at least 3.

    Reading: a coverage with an unknown day has no length.
    """
    return max([3, *(count_days(first, last) // 10 for first, last in coverages if first and last)])


class Record:
    """The claims that are public on the as-of day, and what follows from the world and the relations alone."""

    def __init__(self, world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question):
        self.world, self.question, self.as_of = world, question, question.as_of
        self.claims = sorted(claims, key=lambda c: c.id)
        self.by_id = {c.id: c for c in self.claims}
        self.relations = [r for r in relations if self.is_stated(r)]
        self.units: dict[str, Unit] = {}
        for claim in self.claims:
            if unit := world.find_unit(claim, question.as_of):
                self.units[claim.id] = unit

    # -- rule 5

    def is_stated_by(self, day: str | None) -> bool:
        return self.as_of is None or (day is not None and day <= self.as_of)

    def is_public(self, claim: Claim) -> bool:
        return self.is_stated_by(claim.stated_last)

    def is_stated(self, relation: Relation) -> bool:
        """A relation has the day of the claim that carries it, or its own day. Both must be public."""
        carrier = self.by_id.get(relation.claim)
        return (
            carrier is not None
            and self.is_public(carrier)
            and (relation.stated_last is None or self.is_stated_by(relation.stated_last))
        )

    def is_retracted(self, claim: Claim) -> bool:
        """A retraction by the claimant counts from its day on, one by an editor always."""
        if claim.retracted_by == "claimant" and claim.retracted_on:
            return self.as_of is None or claim.retracted_on <= self.as_of
        return claim.retracted_by is not None

    def find_relations(self, kind: str) -> list[tuple[Claim, str]]:
        """Return the carrier and the target id of each stated relation of a kind."""
        return [(self.by_id[r.claim], r.target) for r in self.relations if r.kind == kind]

    @cached_property
    def misreports(self) -> set[str]:
        return {carrier.id for carrier, _ in self.find_relations("misreports")}

    def is_there(self, name: str) -> bool:
        """Return whether a claim is known and no editor retracted it. If not, a claim that repeats it replaces it."""
        claim = self.by_id.get(name)
        return claim is not None and self.is_public(claim) and claim.retracted_by != "editor"

    @cached_property
    def original(self) -> dict[str, str]:
        """Rule 5: a claim that is `same_as` a known claim is that claim. Return by claim the one that represents it.

        Reading: a claim that an editor retracted counts as never recorded, and so does an unknown one. The repetition
        with the lowest id that is not itself left out then represents them all.
        """
        targets: dict[str, list[str]] = defaultdict(list)
        for carrier, target in self.find_relations("same_as"):
            targets[carrier.id].append(target)
        first = {name: min(names, key=lambda t: (not self.is_there(t), t)) for name, names in targets.items()}
        root = {}
        for name in {*first, *first.values()}:
            root[name] = name
            while root[name] in first:
                root[name] = first[root[name]]
        original = {}
        for name, top in root.items():
            usable = [
                n for n in root
                if root[n] == top and self.is_there(n) and not self.is_retracted(self.by_id[n])
                and n not in self.misreports
            ]  # fmt: skip
            original[name] = top if self.is_there(top) else min(usable, default=name)
        return original

    def find_acting(self, kind: str) -> list[tuple[Claim, Claim]]:
        """Return carrier and target of the stated relations that have an effect.

        Reading: two claims that are the same are one, so each has the relations of the other. A claim that is
        retracted or misreports has no effect on others.
        """
        acting = []
        for carrier, target in self.find_relations(kind):
            a, b = (self.by_id.get(self.original.get(name, name)) for name in (carrier.id, target))
            if a is None or b is None or a == b or not (self.is_public(a) and self.is_public(b)):
                continue
            if not self.is_retracted(a) and a.id not in self.misreports:
                acting.append((a, b))
        return acting

    @cached_property
    def superseding(self) -> dict[str, list[Claim]]:
        """Return by claim the public, unretracted claims that supersede it. A ring of these has no right answer."""
        successors: dict[str, list[Claim]] = defaultdict(list)
        for new, old in self.find_acting("supersedes"):
            successors[old.id].append(new)
        for name in list(successors):
            waiting, reached = [name], set()
            while waiting:
                for new in successors.get(waiting.pop(), []):
                    if new.id == name:
                        raise UnanswerableError(f"{name} supersedes itself.")
                    if new.id not in reached:
                        reached.add(new.id)
                        waiting.append(new.id)
        return successors

    @cached_property
    def taken_along(self) -> set[str]:
        """Rule 5: if a whole is superseded, so are its claimant's figures by status up to that day.

        Reading: "that day" is the day of the claim that supersedes. A figure of that day still counts, unless the
        claimant stated it with the whole. A figure is a number; for a whole of women, a number of women. A denial is
        no whole.
        """
        ids = set()
        for target, successors in self.superseding.items():
            whole = self.by_id[target]
            if whole.victim_status != ANY or whole.kind != "casualty":
                continue
            for c in self.claims:
                same = (c.claimant, self.units.get(c.id), c.harm, c.subject_side)
                if (
                    same == (whole.claimant, self.units.get(target), whole.harm, whole.subject_side)
                    and c.kind == "casualty"
                    and c.is_quantified
                    and c.victim_status != ANY
                    and whole.victim_sex in (ANY, c.victim_sex)
                    and whole.victim_age in (ANY, c.victim_age)
                    and any(
                        c != new and (c.stated <= whole.stated or c.stated[0] < new.stated[0]) for new in successors
                    )
                ):
                    ids.add(c.id)
        return ids

    def find_fault(self, claim: Claim) -> str | None:
        """Rule 5: return the reason why a claim is left out, in the order of the rule's sentences."""
        if not self.is_public(claim):
            return "later" if claim.stated_last else "undated"
        if self.is_retracted(claim):
            return "retracted"
        if claim.id in self.misreports:
            return "misreport"
        if self.original.get(claim.id, claim.id) != claim.id:
            return "same_as"
        if claim.id in self.superseding or claim.id in self.taken_along:
            return "superseded"
        if claim.kind != "casualty":
            return "not_a_figure"
        if not claim.is_quantified:
            return "unquantified"
        return None

    # -- rules 2, 6, 17 and 19: the claims that the question counts

    def find_line(self, claim: Claim) -> list[str]:
        """Return the subject's side and the coalitions above it on the days of the claim's unit."""
        return self.world.find_lineage(claim.subject_side, self.units[claim.id]) if claim.subject_side else []

    def is_counted(self, claim: Claim) -> bool:
        """Rule 6: apply the filters of units and victims. Filters by event, place or type leave periods out."""
        q = self.question
        if q.sides is not None:
            if not q.sides & set(self.find_line(claim)):
                return False
        for values, value in (
            (q.statuses, claim.victim_status),
            (q.sexes, claim.victim_sex),
            (q.ages, claim.victim_age),
        ):
            if values is not None and value not in values:
                return False
        return q.is_counted(claim) and not (q.filters_events and claim.measure == PERIOD)

    def find_question_fault(self, claim: Claim) -> str | None:
        """Rules 6, 2, 17 and 19, in this order: return the reason why the question does not count a claim."""
        q, unit = self.question, self.units.get(claim.id)
        if unit is None:
            raise UnanswerableError(f"Claim {claim.id} does not say what it is about.")
        if not self.is_counted(claim):
            return "filtered"
        if not q.is_heard(claim):
            return "not_heard"
        if claim.victim_sex != ANY and q.sexes is None and "victim_sex" not in q.group_by:
            return "other_scope"
        if claim.victim_age != ANY and q.ages is None and "victim_age" not in q.group_by:
            return "other_scope"
        if not unit.is_running:
            return "incident" if q.basis == "totals" else None
        if q.basis == "incidents":
            return "cumulative"
        if unit.event and not q.filters_events and "event" not in q.group_by:
            return "of_one_event"
        if INCIDENT_DIMENSIONS & set(q.group_by) or ("event" in q.group_by and not unit.event):
            return "no_such_group"
        first, last = self.find_coverage(claim)
        if q.window_from and first < q.window_from:
            return "began_before"
        if q.window_to and not (last and last <= q.window_to):  # Reading: an unknown end is outside the window.
            return "reaches_over"
        return None

    # -- rule 4

    def find_coverage(self, claim: Claim) -> Coverage:
        unit = self.units[claim.id]
        if not unit.is_running:
            late = claim.covers_from if claim.measure == CUMULATIVE else None
            return late or unit.first, unit.last
        event = self.world.events.get(unit.event or "")
        first = claim.covers_from or (event.started_on if event else self.world.started_on(unit.conflict))
        stated = claim.stated_last and min(claim.stated_last, self.world.ended_on(unit.conflict))
        return first, claim.covers_to or stated or ""

    # -- rule 3

    def find_stance(self, claim: Claim) -> str | None:
        """Rule 3. Reading: a party that makes a claim about all sides is no third party: it has no stance."""
        unit, world = self.units[claim.id], self.world
        is_party = world.find_party_camp(claim.claimant_side, unit) is not None
        if claim.claimant_side and claim.subject_side:
            if world.find_camp(claim.claimant_side, unit) == world.find_camp(claim.subject_side, unit):
                return "own"
            if is_party:
                return "opposing"
        if is_party:
            return None
        return "affiliated" if world.find_party_camp(claim.affiliation, unit) else "third"

    def find_voice(self, claim: Claim) -> str:
        side = claim.claimant_side
        return f"camp {self.world.find_camp(side, self.units[claim.id])}" if side else f"claimant {claim.claimant}"

    def is_audible(self, statement: Statement, policy: str) -> bool:
        """Rule 15: some policies hear only one stance, or one claimant."""
        if policy == "claimant":
            return statement.claim.claimant == self.question.claimant
        return policy not in STANCES or self.find_stance(statement.claim) == STANCES[policy]

    # -- rules 9 and 12

    def is_nested_side(self, inner: Claim, outer: Claim) -> bool:
        return outer.subject_side is None or outer.subject_side in self.find_line(inner)

    def may_share_people(self, claim: Claim, second: Claim) -> bool:
        """Rule 9: same harm, conflicts and sides equal or nested (no side: all), statuses equal or `any`."""
        statuses = {claim.victim_status, second.victim_status}
        return (
            claim.harm == second.harm
            and self.world.are_related(self.units[claim.id].conflict, self.units[second.id].conflict)
            and (self.is_nested_side(claim, second) or self.is_nested_side(second, claim))
            and (len(statuses) == 1 or ANY in statuses)
        )

    def is_within_days(self, inner: Unit, outer: Unit) -> bool:
        """Rule 12: a unit is inside a period if it begins in its days; a shorter period must also end in them.

        Reading: of two periods with the same days, the one of the nested conflict is inside.
        """
        if outer.measure != PERIOD or inner.is_running or inner == outer:
            return False
        if not (outer.first <= inner.first <= outer.last and self.world.is_nested(inner.conflict, outer.conflict)):
            return False
        if inner.measure != PERIOD:
            return True
        return inner.last <= outer.last and (
            (inner.first, inner.last) != (outer.first, outer.last) or inner.conflict != outer.conflict
        )

    @cached_property
    def outer_units(self) -> dict[Unit, set[Unit]]:
        """Rule 12: return by unit the units around it: by days, by `includes`, and the units around those."""
        units = {self.units[c.id] for c in self.claims if self.is_public(c) and c.id in self.units}
        direct = {u: {v for v in units if self.is_within_days(u, v)} for u in units}
        for outer_claim, inner_claim in self.find_acting("includes"):
            inner, outer = self.units[inner_claim.id], self.units[outer_claim.id]
            if inner != outer and inner in direct:
                direct[inner].add(outer)
        closed = {}
        for unit in units:
            reached: set[Unit] = set()
            waiting = list(direct[unit])
            while waiting:
                above = waiting.pop()
                if above not in reached:
                    reached.add(above)
                    waiting.extend(direct[above])
            if unit in reached:
                raise UnanswerableError(f"{unit} is inside itself.")
            closed[unit] = reached
        return closed

    def is_inside(self, inner: Unit, outer: Unit) -> bool:
        return outer in self.outer_units[inner]

    def is_crossing(self, a: Unit, b: Unit) -> bool:
        """Rule 9: two units cross if one is a period, their days overlap, and neither is inside the other."""
        if a == b or a.is_running or b.is_running or PERIOD not in (a.measure, b.measure):
            return False
        is_apart = a.first > b.last or b.first > a.last
        return not is_apart and not self.is_inside(a, b) and not self.is_inside(b, a)

    # -- rule 8

    @cached_property
    def included_in_unit(self) -> set[str]:
        """Rule 8: return the claims that a claim of the same unit includes, or whose predecessors it includes."""
        predecessors: dict[str, list[str]] = defaultdict(list)
        for new, old in self.find_acting("supersedes"):
            predecessors[new.id].append(old.id)
        included: dict[str, set[Unit | None]] = defaultdict(set)
        for outer, inner in self.find_acting("includes"):
            included[inner.id].add(self.units.get(outer.id))
        ids = set()
        for claim in self.claims:
            waiting, line = [claim.id], set()
            while waiting:
                name = waiting.pop()
                if name not in line:
                    line.add(name)
                    waiting.extend(predecessors[name])
            if any(self.units.get(claim.id) in included[name] for name in line):
                ids.add(claim.id)
        return ids


# ---- rows (rules 17 and 18)


def name_group(record: Record, claim: Claim, dimension: str) -> str | None:
    """Return the value of a claim in a dimension; None is the row without a value, or all sides."""
    unit = record.units[claim.id]
    event = record.world.events.get(unit.event or "")
    if dimension == "subject_side":
        return find_row_side(record, claim)
    if dimension in ("harm", "responsible_side", "victim_status", "victim_sex", "victim_age"):
        return getattr(claim, dimension)
    if dimension == "conflict":
        return unit.conflict
    if dimension == "event":
        return unit.event
    if dimension in ("country", "admin1"):
        return getattr(event, dimension, None)
    if dimension == "event_type":
        return event.type if event else None
    precision = (event.date_precision if event else None) or 1
    coarsest = {"day": 1, "week": 3, "month": 4, "quarter": 4, "year": 5}[dimension]
    first, last = name_day(unit.first, dimension), name_day(unit.last, dimension)
    return first if first == last and precision <= coarsest else None


def name_day(day: str, dimension: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return {
        "day": day,
        "week": f"{year}-W{week:02}",
        "month": day[:7],
        "quarter": f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}",
        "year": day[:4],
    }[dimension]


def find_row_side(record: Record, claim: Claim) -> str | None:
    """Reading: a row by side is a camp; if the question names sides, the topmost of them."""
    line = record.find_line(claim)
    sides = record.question.sides
    candidates = [s for s in line if sides is None or s in sides]
    return candidates[-1] if candidates else None


def name_row(record: Record, claim: Claim) -> tuple[str, RowKey]:
    """Rule 17: rows are split by basis and harm; totals also by conflict and measure."""
    unit = record.units[claim.id]
    key = [("harm", claim.harm)]
    if unit.is_running:
        key += [("conflict", unit.conflict), ("measure", unit.measure)]
    dimensions = {name for name, _ in key}
    key += [(d, name_group(record, claim, d)) for d in record.question.group_by if d not in dimensions]
    return "totals" if unit.is_running else "incidents", tuple(key)


def work(world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question) -> Worked:
    """Return rows, exclusions and warnings of a question."""
    record = Record(world, claims, relations, question)
    excluded: Reasons = {}
    rows: dict[tuple[str, RowKey], list[Claim]] = defaultdict(list)
    for claim in record.claims:
        reason = record.find_fault(claim) or record.find_question_fault(claim)
        if reason is None:
            rows[name_row(record, claim)].append(claim)
        else:
            excluded[claim.id] = reason
    cells = {
        name: RowWorker(record, name[1], members, excluded).work_out(question.policy, excluded)
        for name, members in rows.items()
    }
    warnings = warn_of_overlaps(record, cells)
    warnings |= {("began_before", c.best) for every in cells.values() for c in every if began_before(question, c)}
    if count := sum(reason == "no_such_group" for reason in excluded.values()):
        warnings.add(("no_such_group", count))
    shown = {}
    for name, every in cells.items():
        for cell in every:
            if reason := find_window_fault(question, cell):
                excluded |= dict.fromkeys(cell.claims, reason)
        if inside := [c for c in every if not find_window_fault(question, c)]:
            shown[name] = make_row(question, inside)
    return Worked(shown, excluded, frozenset(warnings), cells)


def make_row(question: Question, cells: Sequence[Cell]) -> Row:
    return Row(
        low=sum(c.low for c in cells),
        best=sum(c.best for c in cells),
        high=sum(c.high for c in cells),
        open_ended=sum(c.is_open_ended for c in cells),
        imputed=sum(c.is_imputed for c in cells),
        incomplete=sum(c.is_incomplete for c in cells),
        reaches_over=sum(bool(question.window_to) and c.unit.last > question.window_to for c in cells)
        if not cells[0].unit.is_running
        else 0,
        cells=len(cells),
        disputed=any(c.is_disputed for c in cells),
        spread=widest(c.spread for c in cells),
        claims=frozenset().union(*(c.claims for c in cells)),
    )


def began_before(question: Question, cell: Cell) -> bool:
    """Rule 19: return whether a unit begins before the window and reaches into it."""
    day = question.window_from
    return bool(day) and not cell.unit.is_running and cell.unit.first < day <= cell.unit.last


def find_window_fault(question: Question, cell: Cell) -> str | None:
    """Rule 19: events and periods count on the day they begin.

    Reading: a unit that is fully outside the window is `filtered`.
    """
    if cell.unit.is_running:
        return None
    if began_before(question, cell):
        return "began_before"
    is_early = question.window_from and cell.unit.first < question.window_from
    is_late = question.window_to and cell.unit.first > question.window_to
    return "filtered" if is_early or is_late else None


def warn_of_overlaps(record: Record, cells: dict[tuple[str, RowKey], tuple[Cell, ...]]) -> set[tuple[str, int]]:
    """Rule 18: warn if units of different rows contain or cross each other, with the outer or the lower figure.

    Reading: only if used claims of the two units may share people.
    """
    warnings, claims = set(), record.by_id
    for row, every in cells.items():
        for other_row, others in cells.items():
            if row == other_row or row[0] != other_row[0]:
                continue
            for a, b in ((a, b) for a in every for b in others):
                if find_window_fault(record.question, a) or find_window_fault(record.question, b):
                    continue
                if not any(record.may_share_people(claims[x], claims[y]) for x in a.claims for y in b.claims):
                    continue
                pairs = [(record.units[x], record.units[y]) for x in a.claims for y in b.claims]
                if any(record.is_inside(inner, outer) for outer, inner in pairs):
                    warnings.add(("rows_overlap", a.best))
                if any(record.is_crossing(x, y) for x, y in pairs):
                    warnings.add(("rows_cross", min(a.best, b.best)))
    return warnings


# ---- one row


class RowWorker:
    """Works out one row from its own units (rule 18)."""

    def __init__(self, record: Record, key: RowKey, claims: list[Claim], excluded: Reasons):
        self.record, self.question, self.claims = record, record.question, claims
        self.root = self.find_root(dict(key))
        self.memory: dict[tuple[Scope, frozenset[frozenset[str]], str], Figure] = {}
        # Rule 8 depends on all that a claimant named, so claims that were superseded later count here.
        replaced = [
            c for c in record.claims
            if excluded.get(c.id) == "superseded" and c.kind == "casualty" and c.is_quantified
            and record.find_question_fault(c) is None and name_row(record, c)[1] == key
        ]  # fmt: skip
        self.named = [*claims, *replaced]
        kinds = {(c.victim_sex, c.victim_age) for c in claims}
        if len(kinds) > 1:  # Reading: the rules do not add sexes or ages: a row has one of each.
            raise UnanswerableError("A row has one sex and one age.")

    def find_root(self, key: dict[str, str | None]) -> Scope:
        """Return the scope of the row: the values of its groups, else the only value in the question."""
        q = self.question

        def choose(dimension: str, values: frozenset[str] | None, default: str | None) -> str | None:
            if dimension in key:
                return key[dimension]
            return next(iter(values)) if values is not None and len(values) == 1 else default

        return Scope(choose("subject_side", q.sides, None), choose("victim_status", q.statuses, ANY) or ANY)

    def work_out(self, policy: str, excluded: Reasons) -> tuple[Cell, ...]:
        statements, reasons = self.find_standing()
        excluded |= reasons
        audible = []
        for s in statements:
            if self.record.is_audible(s, policy):
                audible.append(s)
            else:  # Reading: `not_picked`, the reason of rule 15.
                excluded |= dict.fromkeys(s.ids, "not_picked")
        # Reading: crossing days are judged only among the statements that the policy hears (as in rule 13). So a claim
        # that a policy does not hear takes nothing from it.
        staying, reasons = self.drop_crossing(audible)
        excluded |= reasons
        yielding = self.find_yielding(staying)
        excluded |= {name: "superseded" for ids in yielding for name in ids}
        staying = [s for s in staying if s.ids not in yielding]
        everyone = self.drop_crossing(statements)[0]
        yielding = self.find_yielding(everyone)
        everyone = [s for s in everyone if s.ids not in yielding]
        cells: list[Cell] = []
        for cluster in self.find_clusters(tuple(staying)):
            figure = self.work_cluster(self.root, cluster, policy)
            excluded |= figure.excluded
            judged = self.judge(cluster, everyone if len(audible) < len(statements) else staying)
            for c in figure.cells:
                compared = [j for j in judged if j.unit == c.unit] or judged
                is_disputed = any(j.is_disputed for j in compared)
                cells.append(replace(c, is_disputed=is_disputed, spread=widest(j.spread for j in compared)))
        return tuple(cells)

    def judge(self, cluster: Statements, everyone: list[Statement]) -> tuple[Cell, ...]:
        """Rule 16: disputes and spread are those of all claimants, under every policy.

        Reading: of all statements about the units of the cluster. If crossing days leave none, of the cluster alone.
        """
        units = {s.unit for s in cluster}
        judged = tuple(s for s in everyone if s.unit in units) or cluster
        return self.work_scope(self.root, judged, "envelope").cells

    # -- rules 7 and 8

    def find_standing(self) -> tuple[list[Statement], Reasons]:
        groups: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
        for c in self.claims:
            groups[self.name_scope(c)].append(c)
        statements: list[Statement] = []
        excluded: Reasons = {}
        for name in sorted(groups, key=repr):
            standing, reasons = self.settle_claimant(
                groups[name], [c for c in self.named if self.name_scope(c) == name]
            )
            statements += standing
            excluded |= reasons
        return statements, excluded

    def name_scope(self, c: Claim) -> tuple[object, ...]:
        """Rule 2: unit, harm, side and victim status; and the claimant."""
        return self.record.units[c.id], c.harm, c.subject_side or "", c.victim_status, c.claimant

    def settle_claimant(self, claims: list[Claim], named: list[Claim]) -> tuple[list[Statement], Reasons]:
        """Rules 7 and 8: return the statements of one claimant about one scope, as a whole or as a sum of parts."""
        unit = self.record.units[claims[0].id]
        has_perpetrators = self.names_two_perpetrators(named)
        wholes, parts = [], defaultdict(list)
        for c in claims:
            key = self.name_part(c, has_perpetrators)
            if key is None:
                wholes.append(c)
            else:
                parts[key].append(c)
        excluded: Reasons = {}
        whole = self.find_newest(wholes, excluded) if wholes else None
        newest = {key: self.find_newest(every, excluded) for key, every in parts.items()}
        ways: list[list[Claim]] = [[], [], []]  # labels, perpetrators, both
        for (label, perpetrator), c in newest.items():
            coalitions = self.record.world.find_lineage(perpetrator, unit)[1:] if perpetrator else []
            if any((label, coalition) in newest for coalition in coalitions):
                excluded[c.id] = "included_in"
            else:
                ways[2 if label and perpetrator else 1 if perpetrator else 0].append(c)
        sums = [Statement(tuple(way), unit, False) for way in ways if way]
        if not sums:
            return [Statement((whole,), unit, True)] if whole else [], excluded
        highest = max(sums, key=lambda s: s.best)  # max keeps the first of equals: labels, perpetrators, both
        for way in sums:
            if way is not highest:
                excluded |= dict.fromkeys(way.ids, "included_in")
        if whole is None:
            return [highest], excluded
        if all(is_later(c.stated, whole.stated) for c in highest.claims) and highest.best > fill_bounds(whole)[1]:
            return [highest], excluded | {whole.id: "superseded"}
        return [Statement((whole,), unit, True)], excluded | dict.fromkeys(highest.ids, "included_in")

    def names_two_perpetrators(self, claims: list[Claim]) -> bool:
        """Rule 8: return whether one statement, or one known day, names two perpetrators, neither within the other."""
        lineage = self.record.world.find_lineage
        for a in claims:
            for b in claims:
                if not (a.responsible_side and b.responsible_side):
                    continue
                unit = self.record.units[a.id]
                together = (a.statement is not None and a.statement == b.statement) or (
                    a.stated_on is not None and a.stated_on == a.stated_last == b.stated_on == b.stated_last
                )
                apart = a.responsible_side not in lineage(b.responsible_side, unit) and (
                    b.responsible_side not in lineage(a.responsible_side, unit)
                )
                if together and apart:
                    return True
        return False

    def name_part(self, c: Claim, has_perpetrators: bool) -> tuple[str, str] | None:
        """Return label and perpetrator of a part; None for a whole.

        Reading: some claims are parts only because a claim of their unit includes them. They have no labels that
        distinguish them: they are one part, so that nobody is counted twice.
        """
        perpetrator = c.responsible_side if has_perpetrators and c.responsible_side else ""
        label = f"label {c.part}" if c.part else ""
        if not label and not perpetrator and c.id in self.record.included_in_unit:
            label = "included"
        return (label, perpetrator) if label or perpetrator else None

    def find_newest(self, claims: list[Claim], excluded: Reasons) -> Claim:
        """Rule 7. Write the reasons of the others into `excluded`."""
        coverage = {c.id: self.record.find_coverage(c) for c in claims}
        tolerance = measure_tolerance(coverage.values())
        earliest = min(first for first, _ in coverage.values())
        early = [c for c in claims if count_apart(earliest, coverage[c.id][0]) <= tolerance]
        late = [c for c in claims if c not in early]
        candidates = early
        if self.record.units[claims[0].id].is_running:
            # Reading: a claim is undated if it has no stated day, even if it has a coverage.
            candidates = [c for c in early if c.stated_last] or early
            newest_end = max(coverage[c.id][1] for c in candidates)
            candidates = [c for c in candidates if count_apart(coverage[c.id][1], newest_end) <= tolerance]
        newest = max(candidates, key=lambda c: (c.stated, coverage[c.id][1], fill_bounds(c)[1], c.id))
        excluded |= {c.id: "superseded" for c in early if c is not newest}
        if late:
            latest = self.find_newest(late, excluded)
            if is_later(latest.stated, newest.stated) and fill_bounds(latest)[1] > fill_bounds(newest)[1]:
                excluded[newest.id] = "superseded"
                return latest
            excluded[latest.id] = "later_start"
        return newest

    # -- rule 9

    def drop_crossing(self, statements: list[Statement]) -> tuple[list[Statement], Reasons]:
        def rank(s: Statement) -> tuple[object, ...]:
            length = 0 if s.unit.is_running else count_days(s.unit.first, s.unit.last)
            return -s.best, -length, s.unit.first, min(s.ids)

        staying: list[Statement] = []
        excluded: Reasons = {}
        for s in sorted(statements, key=rank):
            if any(self.is_crossing(s, stayer) for stayer in staying):
                excluded |= dict.fromkeys(s.ids, "period_overlap")
            else:
                staying.append(s)
        return staying, excluded

    def is_crossing(self, a: Statement, b: Statement) -> bool:
        return self.record.is_crossing(a.unit, b.unit) and self.record.may_share_people(a.claim, b.claim)

    # -- rule 10

    def find_yielding(self, statements: list[Statement]) -> set[frozenset[str]]:
        """Rule 10: return a claimant's older wholes that give way to its newer parts.

        Reading: a part is any statement of the claimant about fewer people of the same unit and harm, by side or
        status.
        """
        yielding = set()
        for whole in statements:
            w = whole.claim
            narrower = [
                s for s in statements
                if s.unit == whole.unit and s.claim.claimant == w.claimant and s.claim.harm == w.harm
                and s is not whole and self.record.is_nested_side(s.claim, w)
                and w.victim_status in (ANY, s.claim.victim_status)
                and (s.claim.subject_side, s.claim.victim_status) != (w.subject_side, w.victim_status)
                and is_later(s.stated, whole.stated)
            ]  # fmt: skip
            pair = [
                s for s in narrower
                if s.claim.subject_side == w.subject_side and s.claim.victim_status in (CIVILIAN, ARMED_FORCES)
                and w.victim_status == ANY
            ]  # fmt: skip
            is_pair = len(pair) == 2
            if any(s.best > whole.best for s in narrower) or (
                is_pair and (self.is_complete_pair(pair) or sum(s.best for s in pair) > whole.best)
            ):
                yielding.add(whole.ids)
        return yielding

    def is_complete_pair(self, pair: Sequence[Statement]) -> bool:
        return all(s.is_whole for s in pair) and self.are_close([self.find_span(s) for s in pair])

    # -- rules 11 and 12

    def work_scope(self, scope: Scope, statements: Statements, policy: str) -> Figure:
        """Rule 12: return the figure of a scope: work out each cluster of its statements, and add them."""
        key = scope, frozenset(s.ids for s in statements), policy
        if key not in self.memory:
            clusters = self.find_clusters(statements)
            figures = [self.work_cluster(scope, cluster, policy) for cluster in clusters]
            self.memory[key] = figures[0] if len(figures) == 1 else self.add_figures(figures, None, False, {})
        return self.memory[key]

    def find_clusters(self, statements: Statements) -> list[Statements]:
        """Rule 12: return clusters of statements whose units contain each other and that may share people."""
        by_unit: dict[Unit, list[Statement]] = defaultdict(list)
        for s in statements:
            by_unit[s.unit].append(s)
        clusters: list[set[Unit]] = []
        for unit in sorted(by_unit, key=repr):
            linked = [c for c in clusters if any(self.are_linked(by_unit[unit], by_unit[u]) for u in c)]
            clusters = [c for c in clusters if c not in linked] + [{unit}.union(*linked)]
        return [tuple(s for s in statements if s.unit in cluster) for cluster in clusters]

    def are_linked(self, a: list[Statement], b: list[Statement]) -> bool:
        u, v = a[0].unit, b[0].unit
        if not (self.record.is_inside(u, v) or self.record.is_inside(v, u)):
            return False
        return any(self.record.may_share_people(s.claim, t.claim) for s in a for t in b)

    def work_cluster(self, scope: Scope, statements: Statements, policy: str) -> Figure:
        """Rule 11: the stated figures of a scope, and the sum of its parts, are alternatives."""
        holder = self.find_holder(statements)
        excluded: Reasons = {}
        exact = [s for s in statements if s.unit == holder and self.find_scope(s) == scope]
        wholes = [self.read_statement(s) for s in exact if s.is_whole]
        part_sums = [self.read_statement(s) for s in exact if not s.is_whole]
        used = list(exact)
        for group in self.find_status_wholes(scope, holder, statements):
            wholes.append(self.add_figures([self.read_statement(s) for s in group], holder, True, {}))
            used += group
        claimants = {s.claim.claimant for s in used}
        rest = []
        for s in statements:
            if s in used:
                continue
            if s.unit == holder and s.claim.claimant in claimants:
                excluded |= dict.fromkeys(s.ids, "included_in")
            else:
                rest.append(s)
        alternatives = list(wholes)
        sums = [*part_sums]
        if rest:
            sums.append(self.sum_of_parts(scope, tuple(rest), holder, policy))
        for figure in sums:
            excluded |= figure.excluded
            if figure.is_complete or all(figure.best > w.best for w in wholes):
                is_marked = bool(wholes) and not figure.is_complete
                alternatives.append(mark_figure(figure, True) if is_marked else figure)
            else:
                for name in figure.claims:
                    excluded[name] = "other_scope" if self.record.units[name] == holder else "included_in"
        if holder is not None and holder.is_running:
            alternatives = self.drop_older(alternatives, excluded)
        return self.apply_policy(alternatives, holder, policy, excluded)

    def find_holder(self, statements: Statements) -> Unit | None:
        """Rule 12: return the unit that contains all others, if any."""
        units = {s.unit for s in statements}
        return next((h for h in units if all(u == h or self.record.is_inside(u, h) for u in units)), None)

    @staticmethod
    def find_scope(s: Statement) -> Scope:
        return Scope(s.claim.subject_side, s.claim.victim_status)

    def find_status_wholes(self, scope: Scope, holder: Unit | None, statements: Statements) -> list[list[Statement]]:
        """Rule 10: if a claimant stated civilians and armed forces, it stated the whole.

        Reading: such a whole is the claimant's statement of the scope if it is complete and the claimant has no active
        whole. It has all the statuses that the claimant stated.
        """
        groups: dict[str, list[Statement]] = defaultdict(list)
        for s in statements:
            if s.unit == holder and s.claim.subject_side == scope.side and scope.status == ANY:
                groups[s.claim.claimant].append(s)
        return [
            group for group in groups.values()
            if not any(s.claim.victim_status == ANY for s in group)
            and {CIVILIAN, ARMED_FORCES} <= {s.claim.victim_status for s in group}
            and all(s.is_whole for s in group) and self.are_close([self.find_span(s) for s in group])
        ]  # fmt: skip

    @cached_property
    def needed_statuses(self) -> set[str]:
        """Rule 11: return civilians and armed forces, or those of them that the question names.

        Reading: a question that names only other statuses needs each of the statuses it names.
        """
        statuses = self.question.statuses
        if statuses is None or ANY in statuses:
            return {CIVILIAN, ARMED_FORCES}
        return {CIVILIAN, ARMED_FORCES} & statuses or set(statuses)

    def find_needed_sides(self, unit: Unit) -> set[str | None]:
        """Rule 11: return every side of the event or conflict, or those of them that the question names."""
        world, sides = self.record.world, self.question.sides
        involved = [world.find_lineage(s, unit) for s in world.find_involved_sides(unit)]
        if sides is None:
            return {line[-1] for line in involved}
        topmost = {s for s in sides if not set(world.find_lineage(s, unit)[1:]) & sides}
        nested = {s for s in topmost if any(s in line or line[0] in world.find_lineage(s, unit) for line in involved)}
        return set(nested or topmost)

    def sum_of_parts(self, scope: Scope, rest: Statements, holder: Unit | None, policy: str) -> Figure:
        """Rule 11: take the first way with a figure. A later one replaces it if its best is no lower and its high is
        higher (every policy compares them under `envelope`)."""
        ways = self.find_ways(scope, rest, holder)
        best_way, best = ways[0], ways[0][1]("envelope")
        for way in ways[1:]:
            figure = way[1]("envelope")
            if figure.best >= best.best and figure.high > best.high:
                best_way, best = way, figure
        in_time, work = best_way
        figure = work(policy)
        excluded = dict(figure.excluded)
        for s in rest:
            if not s.ids <= figure.claims | set(excluded):
                is_overlap = in_time or s.unit != holder
                excluded |= dict.fromkeys(s.ids, "period_overlap" if is_overlap else "other_scope")
        return replace(figure, excluded=excluded)

    def find_ways(
        self, scope: Scope, rest: Statements, holder: Unit | None
    ) -> list[tuple[bool, Callable[[str], Figure]]]:
        """Rules 11 and 12: return the ways by sides, by statuses, by members, in time; and whether each is in time."""
        ways: list[tuple[bool, Callable[[str], Figure]]] = []
        record = self.record

        def add_groups(groups: dict[Scope, list[Statement]], is_whole: Callable[[], bool]) -> None:
            if groups:
                ways.append((False, lambda policy: self.sum_groups(groups, holder, is_whole(), policy)))

        if scope.side is None:
            groups: dict[Scope, list[Statement]] = defaultdict(list)
            for s, side in self.assign_sides(None, rest):
                if side is not None:
                    groups[Scope(side, scope.status)].append(s)
            by_side = dict(groups)
            add_groups(
                by_side, lambda: holder is not None and self.find_needed_sides(holder) <= {g.side for g in by_side}
            )
        if scope.status == ANY:
            groups = defaultdict(list)
            for s in rest:
                if s.claim.victim_status != ANY and not self.has_own_whole(s, rest):
                    groups[Scope(scope.side, s.claim.victim_status)].append(s)
            by_status = dict(groups)
            add_groups(by_status, lambda: self.needed_statuses <= {g.status for g in by_status})
        if scope.side is not None:
            groups = defaultdict(list)
            for s, member in self.assign_sides(scope.side, rest):
                if member is not None:
                    groups[Scope(member, scope.status)].append(s)
            by_member = dict(groups)
            side = scope.side
            add_groups(
                by_member,
                lambda: holder is not None and record.world.find_members(side, holder) <= {g.side for g in by_member},
            )
        for statements in self.find_time_ways(rest, holder):
            ways.append((True, lambda policy, each=statements: self.sum_in_time(scope, each, policy)))
        return ways

    def has_own_whole(self, part: Statement, rest: Statements) -> bool:
        """Rule 11: a claimant's parts of a unit do not count where its whole of that unit counts.

        Reading: also where the figures of several sides are added by status.
        """
        return any(
            s.unit == part.unit
            and s.claim.claimant == part.claim.claimant
            and s.claim.victim_status == ANY
            and self.record.is_nested_side(part.claim, s.claim)
            and s.is_whole
            for s in rest
        )

    def assign_sides(self, above: str | None, rest: Statements) -> list[tuple[Statement, str | None]]:
        """Return for each statement the side below `above` (None: a camp) with which it counts; None: with `above`.

        Reading of rules 11 and 12: a side can be in one camp in a unit, and in another in a unit around it. It then
        counts with the statement around it, unless a statement of the camp of its own unit is around it too. So nobody
        is in two parts.
        """

        def read_side(s: Statement) -> str | None:
            if s.claim.subject_side in (None, above):
                return None
            if above is None:
                return find_row_side(self.record, s.claim)
            line = self.record.find_line(s.claim)
            return line[line.index(above) - 1] if above in line else line[0]

        def find_rank(s: Statement) -> tuple[object, ...]:
            return len(self.record.outer_units[s.unit]), tuple(sorted(s.ids))

        assigned: dict[frozenset[str], str | None] = {}
        for s in sorted(rest, key=find_rank):
            around = [
                assigned[t.ids] for t in sorted(rest, key=find_rank)
                if assigned.get(t.ids) is not None and self.record.is_inside(s.unit, t.unit)
                and self.record.may_share_people(s.claim, t.claim)
            ]  # fmt: skip
            side = read_side(s)
            assigned[s.ids] = around[0] if around and side is not None and side not in around else side
        return [(s, assigned[s.ids]) for s in rest]

    def sum_groups(
        self, groups: dict[Scope, list[Statement]], holder: Unit | None, is_whole: bool, policy: str
    ) -> Figure:
        """Add the parts of one way. The sum is complete if no part is missing, and each part is complete and of the
        holder. In totals each part must also be close to the others at both ends."""
        figures = [self.work_scope(scope, tuple(every), policy) for scope, every in groups.items()]
        is_complete = (
            is_whole
            and holder is not None
            and all(f.is_complete and f.unit == holder for f in figures)
            and self.are_close([f.coverage for f in figures] if holder.is_running else [])
        )
        return mark_figure(self.add_figures(figures, holder, is_complete, {}), not is_complete)

    def find_time_ways(self, rest: Statements, holder: Unit | None) -> list[list[Statements]]:
        """Rule 12: with a holder, return the units inside it. Without one, return the units that contain nothing, and
        each outermost unit with the units inside it.

        Reading: a unit inside several outermost units counts in none of them, so that nobody is counted twice.
        """
        if holder is not None:
            inner = tuple(s for s in rest if s.unit != holder)
            return [[inner]] if inner else []
        units = {s.unit for s in rest}
        inside = self.record.is_inside
        innermost = tuple(s for s in rest if not any(inside(u, s.unit) for u in units))
        outermost = [u for u in sorted(units, key=repr) if not any(inside(u, v) for v in units)]
        containers = [
            tuple(s for s in rest if s.unit == o or [v for v in outermost if inside(s.unit, v)] == [o])
            for o in outermost
        ]
        return [[innermost], containers]

    def sum_in_time(self, scope: Scope, groups: list[Statements], policy: str) -> Figure:
        """Add units of different days. The sum is never complete; each cell is as complete as alone (case 102)."""
        figures = [self.work_scope(scope, statements, policy) for statements in groups]
        figure = figures[0] if len(figures) == 1 else self.add_figures(figures, None, False, {})
        return replace(figure, is_complete=False, unit=None, top=ENDLESS)

    # -- figures

    def find_span(self, s: Statement) -> Coverage:
        """Rule 13: a sum has its parts' latest start and newest end."""
        coverages = [self.record.find_coverage(c) for c in s.claims]
        return max(first for first, _ in coverages), max(last for _, last in coverages)

    def are_close(self, coverages: Sequence[Coverage]) -> bool:
        """Rule 11: in totals the parts lie within the tolerance at both ends."""
        if not coverages or not all(self.record.units[c.id].is_running for c in self.claims):
            return True
        tolerance = measure_tolerance(coverages)
        return all(count_apart(a[end], b[end]) <= tolerance for a in coverages for b in coverages for end in (0, 1))

    def read_statement(self, s: Statement) -> Figure:
        filled = [fill_bounds(c) for c in s.claims]
        ranges = [read_range(c) for c in s.claims]
        cell = Cell(
            s.unit,
            *(sum(numbers) for numbers in zip(*filled, strict=True)),
            is_open_ended=any(c.low is not None and c.high is None for c in s.claims),
            is_imputed=any(None in (c.low, c.best, c.high) for c in s.claims),
            is_incomplete=not s.is_whole,
            claims=s.ids,
            has_best=all(has_stated_best(c) for c in s.claims),
        )
        return Figure(
            cells=(cell,),
            unit=s.unit,
            is_complete=s.is_whole,
            has_best=all(has_stated_best(c) for c in s.claims),
            coverage=self.find_span(s),
            stated=s.stated,
            voices=frozenset({self.record.find_voice(s.claim)}),
            grade=max((RELIABILITIES[c.reliability], CREDIBILITIES[c.credibility]) for c in s.claims),
            bottom=sum((bottom for bottom, _ in ranges), Fraction(0)),
            top=sum((top for _, top in ranges), Fraction(0)) if s.is_whole else ENDLESS,
            excluded={},
        )

    def add_figures(self, figures: Sequence[Figure], unit: Unit | None, is_complete: bool, excluded: Reasons) -> Figure:
        """Add parts: the latest start, newest end and oldest stated day (rule 13), and the worst grade (rule 15)."""
        cells: dict[Unit, Cell] = {}
        for cell in (c for f in figures for c in f.cells):
            cells[cell.unit] = add_cells(cells[cell.unit], cell) if cell.unit in cells else cell
        return Figure(
            cells=tuple(cells.values()),
            unit=unit,
            is_complete=is_complete,
            has_best=all(f.has_best for f in figures),
            coverage=(max(f.coverage[0] for f in figures), max(f.coverage[1] for f in figures)),
            stated=min(f.stated for f in figures),
            voices=frozenset().union(*(f.voices for f in figures)),
            grade=max(f.grade for f in figures),
            bottom=sum((f.bottom for f in figures), Fraction(0)),
            top=sum((f.top for f in figures), Fraction(0)) if is_complete else ENDLESS,
            excluded=excluded | {name: reason for f in figures for name, reason in f.excluded.items()},
        )

    # -- rule 13

    def drop_older(self, figures: list[Figure], excluded: Reasons) -> list[Figure]:
        """Rule 13: drop undated figures, later starts, all but each voice's newest day, and older ends, in this order.

        Reading: each step uses the tolerance of the figures that the steps before left.
        """

        def keep(condition: Callable[[Figure], bool], reason: str) -> None:
            nonlocal figures
            for f in figures:
                if not condition(f):
                    excluded.update(dict.fromkeys(f.claims, reason))
            figures = [f for f in figures if condition(f)]

        if any(f.stated[0] for f in figures):
            keep(lambda f: bool(f.stated[0]), "undated")
        tolerance = measure_tolerance(f.coverage for f in figures)
        earliest = min(f.coverage[0] for f in figures)
        early = [f for f in figures if count_apart(earliest, f.coverage[0]) <= tolerance]
        highest = max(f.best for f in early)
        keep(lambda f: any(f is e for e in early) or f.best > highest, "later_start")
        newest: dict[str, str] = {}
        for f in figures:
            newest[f.voice] = max(newest.get(f.voice, ""), f.stated[0])
        keep(lambda f: f.stated[0] == newest[f.voice], "older_total")
        tolerance = measure_tolerance(f.coverage for f in figures)
        end = max(f.coverage[1] for f in figures)
        keep(lambda f: count_apart(f.coverage[1], end) <= tolerance, "older_total")
        return figures

    # -- rule 15

    def apply_policy(self, figures: list[Figure], holder: Unit | None, policy: str, excluded: Reasons) -> Figure:
        picked = pick_figures(figures, policy)
        for f in figures:
            excluded = excluded | f.excluded
            if not any(f is p for p in picked):
                excluded |= dict.fromkeys(f.claims, "not_picked")
        if len(picked) == 1:
            return replace(picked[0], excluded=excluded)
        if holder is None:
            raise AssertionError("Only the sum of parts has no unit of its own.")
        return envelop_figures(picked, holder, excluded)


def mark_figure(figure: Figure, is_incomplete: bool) -> Figure:
    """Rule 11: mark the cells of an incomplete sum as incomplete, and those of a complete sum as complete."""
    return replace(figure, cells=tuple(replace(c, is_incomplete=is_incomplete) for c in figure.cells))


def add_cells(a: Cell, b: Cell) -> Cell:
    return Cell(
        a.unit,
        a.low + b.low,
        a.best + b.best,
        a.high + b.high,
        a.is_open_ended or b.is_open_ended,
        a.is_imputed or b.is_imputed,
        a.is_incomplete or b.is_incomplete,
        a.claims | b.claims,
        a.is_disputed or b.is_disputed,
        widest([a.spread, b.spread]),
        a.has_best and b.has_best,
    )


def pick_figures(figures: list[Figure], policy: str) -> list[Figure]:
    """Rule 15: return the alternative that a policy picks, or several if they are equal.

    Reading: one bound alone gives no best beside a stated best (rule 14), so `lowest` and `highest` do not pick it.
    """
    if policy in ("lowest", "highest"):
        choose = min if policy == "lowest" else max
        rated = [f for f in figures if f.has_best] or figures
        best = choose(f.best for f in rated)
        return [f for f in rated if f.best == best]
    if policy == "latest":
        latest = max(f.stated for f in figures)
        return [f for f in figures if f.stated == latest]
    if policy == "best_graded":
        grade = min(f.grade for f in figures)
        graded = [f for f in figures if f.grade == grade]
        latest = max(f.stated for f in graded)
        return [f for f in graded if f.stated == latest]
    return figures


def envelop_figures(figures: list[Figure], unit: Unit, excluded: Reasons) -> Figure:
    """Rule 15: return lowest low, highest high and lower median of the voices' bests. Rule 16: disputes and spread."""
    rated = [f for f in figures if f.has_best] or figures
    voices: dict[str, list[int]] = defaultdict(list)
    for f in rated:
        voices[f.voice].append(f.best)
    cells = [c for f in figures for c in f.cells]
    is_complete = any(f.is_complete for f in figures)
    is_disputed = any(a.top < b.bottom for a in figures for b in figures)
    cell = Cell(
        unit,
        min(f.low for f in figures),
        find_lower_middle(find_lower_middle(bests) for bests in voices.values()),
        max(f.high for f in figures),
        any(c.is_open_ended for c in cells),
        any(c.is_imputed for c in cells),
        not is_complete,
        frozenset().union(*(c.claims for c in cells)),
        is_disputed or any(c.is_disputed for c in cells),
        widest([divide_bests([f.best for f in rated]), *(c.spread for c in cells)]),
        any(f.has_best for f in figures),
    )
    return Figure(
        cells=(cell,),
        unit=unit,
        is_complete=is_complete,
        has_best=any(f.has_best for f in figures),
        coverage=(min(f.coverage[0] for f in figures), max(f.coverage[1] for f in figures)),
        stated=max(f.stated for f in figures),
        voices=frozenset().union(*(f.voices for f in figures)),
        grade=max(f.grade for f in figures),
        bottom=min(f.bottom for f in figures),
        top=max(f.top for f in figures),
        excluded=excluded,
    )


def compare_stances(
    world: World,
    claims: Sequence[Claim],
    relations: Sequence[Relation],
    question: Question,
    policies: tuple[str, str] = ("opposing_side", "own_side"),
) -> list[tuple[tuple[str, RowKey], Fraction | None, str | None]]:
    """Rule 16: return by row the ratio of two stances, or null with the reason.

    Reading: the first reason in the order of the rule counts; a ratio to 0 is null, `zero`.
    """
    first, second = (work(world, claims, relations, question._replace(policy=policy)) for policy in policies)
    record = Record(world, claims, relations, question)

    def find_coverage(row: Row) -> Coverage:
        coverages = [record.find_coverage(record.by_id[name]) for name in row.claims]
        return min(first for first, _ in coverages), max(last for _, last in coverages)

    ratios = []
    for name in first.rows.keys() & second.rows.keys():
        a, b = first.rows[name], second.rows[name]
        coverages = find_coverage(a), find_coverage(b)
        tolerance = measure_tolerance(coverages)
        reason = None
        if {c.unit for c in first.cells[name]} != {c.unit for c in second.cells[name]}:
            reason = "other_events"
        elif any(count_apart(coverages[0][end], coverages[1][end]) > tolerance for end in (0, 1)):
            reason = "other_days"
        elif bool(a.incomplete) != bool(b.incomplete):
            reason = "other_completeness"
        elif not all(cell.has_best for cell in (*first.cells[name], *second.cells[name])):
            reason = "bound_alone"
        elif not b.best:
            reason = "zero"
        ratios.append((name, None if reason else Fraction(a.best, b.best), reason))
    return sorted(ratios, key=repr)
