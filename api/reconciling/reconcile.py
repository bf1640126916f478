"""From claims to rows: the rules in their order, each step a function of the one before.

`reconcile` is pure: it takes a world, claims, relations and a question, and returns an `Answer`. The order of claims
and relations does not matter.

Rules: docs/developers/reconciling.md#rule-2, #rule-3, #rule-6, #rule-7, #rule-8, #rule-13,
#rule-16, #rule-17, #rule-18, #rule-19, #rule-20.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any

from api.reconciling.choosing import choose_statements, drop_older_wholes
from api.reconciling.containment import Containment, find_clusters, keep_uncrossed
from api.reconciling.coverage import cover_claim
from api.reconciling.figures import FigureMaker, Frame
from api.reconciling.overlapping_rows import OverlapFinder
from api.reconciling.paused_collection import pause_collecting
from api.reconciling.policies import POLICIES
from api.reconciling.question import ALL, BASES, DIMENSIONS, INCIDENT_DIMENSIONS, Question, RowKey
from api.reconciling.reconciled_answer import INCIDENTS, TOTALS, Answer, Caution, Cell, FigureGap, Row
from api.reconciling.record import ANY, BEFORE_ALL, END_OF_TIME, Claim, Relation, UnanswerableError, Unit, World
from api.reconciling.row_keys import choose_reader, find_dimensions, find_frame, order_values
from api.reconciling.silences import is_silent_in_unit
from api.reconciling.stance import find_stance
from api.reconciling.standing import Exclusion, Standing, find_standing
from api.reconciling.statements import Figure, Scope, Statement, pick_widest, split_figure

PlacedClaim = tuple[Claim, Unit]
RowName = tuple[str, tuple[str | None, ...]]  # basis, and the value of each dimension
ClaimantScope = tuple[str, Unit, str | None, str]  # claimant, unit, side and status


def reconcile(world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question) -> Answer:
    """Return the answer. Raises `UnanswerableError` for a question or a record that has no right answer."""
    with pause_collecting():
        return Reconciliation(world, claims, relations, question).make_answer()


def reconcile_policies(
    world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question, policies: Iterable[str]
) -> dict[str, Answer]:
    """Return the answer of each policy; what claimants state is worked out once for all. Raises as `reconcile`."""
    with pause_collecting():
        shared = Reconciliation(world, claims, relations, question)
        stated_rows = list(shared.state_rows())
        return {policy: shared.apply_policy(policy).make_answer(stated_rows) for policy in policies}


def check_question(question: Question) -> None:
    if question.basis not in BASES:
        raise UnanswerableError(f"There is no basis {question.basis}.")
    if question.policy not in POLICIES:
        raise UnanswerableError(f"There is no policy {question.policy}.")
    if (question.policy == "claimant") != (question.claimant is not None):
        raise UnanswerableError("policy=claimant needs claimant=.")
    if unknown := set(question.group_by) - DIMENSIONS:
        raise UnanswerableError(f"There are no rows by {', '.join(sorted(unknown))}.")


class StatedRow:
    """What all claimants state of one row, whatever the policy."""

    def __init__(self, world: World, basis: str, key: RowKey, frame: Frame, containment: Containment) -> None:
        self.world, self.basis, self.key, self.frame, self.containment = world, basis, key, frame, containment
        self.maker = FigureMaker(world, frame, containment)
        self.places: list[PlacedClaim] = []
        self.statements: list[Statement] = []

    @cached_property
    def by_unit(self) -> dict[Unit, list[Statement]]:
        """Return by unit what all claimants state, without what crosses and what is older."""
        by_unit: dict[Unit, list[Statement]] = defaultdict(list)
        staying, _ = keep_uncrossed(self.containment, self.statements)
        for statement in drop_older_wholes(self.world, staying)[0]:
            assert statement.unit
            by_unit[statement.unit].append(statement)
        return by_unit


class Reconciliation:
    """The steps from the record to the answer of one question."""

    def __init__(
        self, world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question
    ) -> None:
        check_question(question)
        self.world, self.question = world, question
        self.record: dict[str, Claim] = {}
        for claim in sorted(claims):
            if self.record.setdefault(claim.id, claim) is not claim:
                raise UnanswerableError(f"Claim {claim.id} is in the record twice.")
        self.standing: Standing = find_standing(world, self.record, relations, question.as_of)
        self.excluded: dict[str, Exclusion] = dict(self.standing.excluded)
        self.warnings: list[Caution] = []
        self.units: dict[str, Unit] = {}  # of the claims that the question counts
        bases = (INCIDENTS, TOTALS) if question.basis == "both" else (question.basis,)
        self.dimensions = {basis: find_dimensions(question, basis) for basis in bases}
        self.readers = {
            basis: [choose_reader(d, world, question) for d in dimensions]
            for basis, dimensions in self.dimensions.items()
        }
        self.stances: dict[tuple[Any, ...], str | None] = {}
        self.inclusions = list(self._find_inclusions())
        self.included = self._find_included()

    def apply_policy(self, policy: str) -> "Reconciliation":
        """Return a copy with another policy. It shares what was worked out before, and excludes claims by itself."""
        check_question(self.question._replace(policy=policy))
        other = copy(self)
        other.question = self.question._replace(policy=policy)
        other.excluded, other.warnings = dict(self.excluded), list(self.warnings)
        return other

    def make_answer(self, stated_rows: Iterable[StatedRow] | None = None) -> Answer:
        """Return the answer. `stated_rows`: those of `state_rows`, where they were worked out before."""
        stated_rows = self.state_rows() if stated_rows is None else stated_rows
        rows = [row for stated in stated_rows if (row := self._make_row(stated))]
        self._add_warnings(rows, self._containments)
        return Answer(
            self.dimensions,
            tuple(rows),
            self.excluded,
            tuple(self.warnings),
            self.world,
            self.record,
            self.question.as_of,
        )

    def state_rows(self) -> Iterator[StatedRow]:
        """Yield what claimants state of each row, in the order of the rows, and exclude what they replaced."""
        replaced = self._find_replaced()
        grouped: dict[RowName, list[PlacedClaim]] = defaultdict(list)
        for place in self._places:
            grouped[self._name_row(*place)].append(place)
        for name in sorted(grouped, key=lambda name: (name[0], order_values(name[1]))):
            basis, values = name
            key = tuple(zip(self.dimensions[basis], values, strict=True))
            stated = StatedRow(self.world, basis, key, find_frame(self.question, key), self._containments[basis])
            stated.places = grouped[name]
            stated.statements = list(self._make_statements(stated.frame, grouped[name], replaced.get(name, {})))
            yield stated

    @cached_property
    def _places(self) -> list[PlacedClaim]:
        return self._place_claims()

    @cached_property
    def _containments(self) -> dict[str, Containment]:
        return {basis: self._make_containment(basis, self._places) for basis in self.dimensions}

    # Rules 2, 6, 17 and 19: what the question counts -----------------------------------------------------------------

    def _place_claims(self) -> list[PlacedClaim]:
        places = []
        for claim in self.record.values():
            if claim.id in self.excluded:
                continue
            unit = self.world.find_unit(claim, self.question.as_of)
            reason = self._find_reason(claim, unit)
            if reason:
                self.excluded[claim.id] = Exclusion(reason)
            else:
                assert unit
                self.units[claim.id] = unit
                places.append((claim, unit))
        return places

    def _find_replaced(self) -> dict[RowName, dict[ClaimantScope, list[Claim]]]:
        """Return by row and place the claims that named a perpetrator before a relation replaced them (rule 8)."""
        replaced: dict[RowName, dict[ClaimantScope, list[Claim]]] = defaultdict(lambda: defaultdict(list))
        for name, exclusion in self.standing.excluded.items():
            claim = self.record[name]
            if exclusion.reason != "superseded" or claim.responsible_side is None:
                continue
            unit = self.world.find_unit(claim, self.question.as_of)
            if unit and self._find_reason(claim, unit) is None:
                replaced[self._name_row(claim, unit)][find_claimant_scope(claim, unit)].append(claim)
        return replaced

    def _find_reason(self, claim: Claim, unit: Unit | None) -> str | None:
        """Return why an active claim is not among the question's figures; None: it is."""
        question = self.question
        if claim.kind != "casualty":
            return "not_a_figure"
        if not claim.is_quantified:
            return "unquantified"
        if not question.is_counted(claim) or not self._asks_for_victims(claim, unit):
            return "filtered"
        if not question.is_heard(claim):
            return "not_heard"
        if not self._asks_for_split(claim):
            return "other_scope"
        if unit is None:
            return "unplaced"
        if not unit.is_running:
            return None if INCIDENTS in self.dimensions else "incident"
        if TOTALS not in self.dimensions:
            return "cumulative"
        if unit.event and not (question.filters_events or "event" in question.group_by):
            return "of_one_event"
        if self._has_no_such_group(unit):
            return "no_such_group"
        return self._find_window_reason(claim, unit)

    def _asks_for_victims(self, claim: Claim, unit: Unit | None) -> bool:
        """Return whether the question asks for the claim's victims; a member of a side is of that side."""
        question, side = self.question, claim.subject_side
        if question.sides is not None:
            line = [] if side is None else self.world.find_lineage(side, unit) if unit else [side]
            if question.sides.isdisjoint(line):
                return False
        return (
            (question.statuses is None or claim.victim_status in question.statuses)
            and (question.sexes is None or claim.victim_sex in question.sexes)
            and (question.ages is None or claim.victim_age in question.ages)
        )

    def _asks_for_split(self, claim: Claim) -> bool:
        """Return whether the question asks for sex or age, if the claim is split by them (rule 2)."""
        if claim.victim_sex == ANY == claim.victim_age:
            return True
        by_sex = self.question.sexes is not None or "victim_sex" in self.question.group_by
        by_age = self.question.ages is not None or "victim_age" in self.question.group_by
        return (by_sex or claim.victim_sex == ANY) and (by_age or claim.victim_age == ANY)

    def _has_no_such_group(self, unit: Unit) -> bool:
        groups = set(self.question.group_by)
        return bool(groups & INCIDENT_DIMENSIONS) or ("event" in groups and not unit.event)

    def _find_window_reason(self, claim: Claim, unit: Unit) -> str | None:
        """Return why a running figure is not in the window: its whole coverage must be in it (rule 19)."""
        first, last = cover_claim(self.world, claim, unit)
        if self.question.window_from and first < self.question.window_from:
            return "began_before"
        if self.question.window_to and (last is None or last > self.question.window_to):
            return "reaches_over"
        return None

    # Rows ------------------------------------------------------------------------------------------------------------

    def _name_row(self, claim: Claim, unit: Unit) -> RowName:
        basis = TOTALS if unit.is_running else INCIDENTS
        return basis, tuple([read(claim, unit) for read in self.readers[basis]])

    def _make_containment(self, basis: str, places: list[PlacedClaim]) -> Containment:
        if basis == TOTALS:
            return Containment(self.world, (), self.inclusions)
        return Containment(self.world, (u for _, u in places if not u.is_running), self.inclusions)

    def _make_row(self, stated: StatedRow) -> Row | None:
        statements = stated.statements
        hearing = [s for s in statements if self._is_audible(s)] if self._hears_some else statements
        if len(hearing) < len(statements):
            audible = {s.claims for s in hearing}
            for statement in statements:
                if statement.claims not in audible:
                    self._exclude_claims(statement.claims, "not_picked", None)
        staying, crossed = keep_uncrossed(stated.containment, hearing)
        for statement, rival in crossed:
            self._exclude_claims(statement.claims, "period_overlap", rival.claims[0])
        staying, yielded = drop_older_wholes(self.world, staying)
        for statement, newer in yielded:
            self._exclude_claims(statement.claims, "superseded", newer.claims[0])
        everyone = stated.by_unit if len(hearing) < len(statements) else None
        cells: list[Cell] = []
        counted: dict[Unit | None, bool] = {}
        for cluster in sorted(find_clusters(stated.containment, staying), key=lambda c: min(s.claims for s in c)):
            self.question.check_time()
            cluster_cells = list(self._make_cells(stated.maker, cluster, everyone))
            in_window = [cell for cell in cluster_cells if self._is_in_window(cell)]
            counted |= {s.unit: bool(in_window) for s in cluster}
            cells += in_window
        if not cells:
            return None
        standing = tuple(
            sorted(
                claim.id
                for claim, unit in stated.places
                if not self._is_settled(claim.id) and counted.get(unit, self._begins_in_window(unit))
            )
        )
        return self._sum_row(stated.basis, stated.key, stated.frame, cells, standing)

    def _is_settled(self, claim: str) -> bool:
        """Return whether newer claims of its claimant superseded the claim."""
        return claim in self.excluded and self.excluded[claim].reason == "superseded"

    def _make_statements(
        self, frame: Frame, places: list[PlacedClaim], replaced: dict[ClaimantScope, list[Claim]]
    ) -> Iterable[Statement]:
        """Yield what each claimant states of each scope of each unit (rules 7 and 8)."""
        groups: dict[ClaimantScope, list[Claim]] = defaultdict(list)
        for claim, unit in places:
            groups[find_claimant_scope(claim, unit)].append(claim)
        for claimant_scope, claims in groups.items():
            _, unit, side, status = claimant_scope
            scope = Scope(side, ANY if status == frame.status else status)
            yield from choose_statements(
                self.world, unit, scope, claims, replaced.get(claimant_scope, ()), self.included, self.excluded
            )

    @property
    def _hears_some(self) -> bool:
        return self.question.policy == "claimant" or POLICIES[self.question.policy].hears is not None

    def _is_audible(self, statement: Statement) -> bool:
        claim = self.record[statement.claims[0]]
        if self.question.policy == "claimant":
            return claim.claimant == self.question.claimant
        hears = POLICIES[self.question.policy].hears
        assert statement.unit
        return hears is None or hears == self._find_stance(claim, statement.unit)

    def _find_stance(self, claim: Claim, unit: Unit) -> str | None:
        world = self.world
        speaker = claim.claimant_side, claim.affiliation
        days = unit if world.has_moving_sides else unit.conflict
        key = speaker, claim.subject_side, days, world.find_involved_sides(unit)
        if key not in self.stances:
            self.stances[key] = find_stance(world, claim, unit)
        return self.stances[key]

    def _make_cells(
        self, maker: FigureMaker, cluster: list[Statement], everyone: dict[Unit, list[Statement]] | None
    ) -> Iterable[Cell]:
        """Yield what each unit adds to the cluster's figure, and record why the other claims are not used."""
        if len(cluster) > 1:
            cluster = sorted(cluster, key=lambda s: s.claims)
        figure = maker.make_figure(cluster, self.question.policy)
        excluded = collect_exclusions(figure)
        for claim, exclusion in excluded.items():
            self.excluded.setdefault(claim, exclusion)
        judged = self._judge_cluster(maker, cluster, figure, everyone)
        if len(figure.cells) == 1 and judged is figure:
            (unit,) = figure.cells
            yield Cell(unit, figure, excluded, judged.is_disputed, judged.spread, self._is_reaching_over(unit))
            return
        unit_exclusions = self._divide_exclusions(excluded, figure)
        judged_alone = split_figure(judged)
        for unit, alone in split_figure(figure).items():
            apart = judged_alone.get(unit, judged)
            is_reaching_over = self._is_reaching_over(unit)
            yield Cell(unit, alone, unit_exclusions[unit], apart.is_disputed, apart.spread, is_reaching_over)

    def _divide_exclusions(self, excluded: dict[str, Exclusion], figure: Figure) -> dict[Unit, dict[str, Exclusion]]:
        """Return by cell the unused claims that are shown with it: its own; the first has also those without a cell."""
        divided: dict[Unit, dict[str, Exclusion]] = {unit: {} for unit in figure.cells}
        for claim, exclusion in excluded.items():
            unit = self.units[claim]
            divided[unit if unit in divided else figure.cells[0]][claim] = exclusion
        return divided

    def _is_reaching_over(self, unit: Unit) -> bool:
        end = self.question.window_to
        return end is not None and not unit.is_running and unit.last > end

    def _judge_cluster(
        self,
        maker: FigureMaker,
        cluster: list[Statement],
        figure: Figure,
        everyone: dict[Unit, list[Statement]] | None,
    ) -> Figure:
        """Return the figure that decides disputes and spread: of all claimants of the cluster's units (rule 16)."""
        if everyone is None:
            return figure if figure.rule == "envelope" else maker.make_figure(cluster, "envelope")
        units = dict.fromkeys(s.unit for s in cluster if s.unit)
        judged = sorted((s for unit in units for s in everyone.get(unit, ())), key=lambda s: s.claims) or cluster
        return maker.make_figure(judged, "envelope")

    def _is_in_window(self, cell: Cell) -> bool:
        """Return whether the event or period of a cell begins in the window (rule 19); if not, exclude its claims."""
        start, end = self.question.window_from, self.question.window_to
        if cell.unit.is_running or not (start or end):
            return True
        if start and cell.unit.first < start <= cell.unit.last:
            self._exclude_claims(cell.figure.claims, "began_before", None)
            self.warnings.append(Caution("began_before", cell.figure.claims, cell.figure.best))
            return False
        if (start and cell.unit.first < start) or (end and cell.unit.first > end):
            self._exclude_claims(cell.figure.claims, "filtered", None)
            return False
        return True

    def _begins_in_window(self, unit: Unit) -> bool:
        start, end = self.question.window_from or BEFORE_ALL, self.question.window_to or END_OF_TIME
        return unit.is_running or start <= unit.first <= end

    def _exclude_claims(self, claims: Iterable[str], reason: str, by: str | None) -> None:
        for claim in claims:
            self.excluded.setdefault(claim, Exclusion(reason, by))

    def _sum_row(self, basis: str, key: RowKey, frame: Frame, cells: list[Cell], standing: tuple[str, ...]) -> Row:
        used = [self.record[claim] for cell in cells for claim in cell.figure.claims]
        gaps = [(cell.unit, {_name_gap(m, frame) for m in cell.figure.missing}) for cell in cells]
        lacking = Counter(gap for _, named in gaps for gap in named)
        return Row(
            basis=basis,
            key=key,
            low=sum(cell.figure.low for cell in cells),
            best=sum(cell.figure.best for cell in cells),
            high=sum(cell.figure.high for cell in cells),
            cells_count=len(cells),
            open_ended=sum(cell.figure.is_open_ended for cell in cells),
            imputed=sum(cell.figure.is_imputed for cell in cells),
            incomplete=sum(cell.figure.is_incomplete for cell in cells),
            reaches_over=sum(cell.is_reaching_over for cell in cells),
            disputed=sum(cell.is_disputed for cell in cells),
            spread=pick_widest(cell.spread for cell in cells),
            claims=tuple(sorted(c.id for c in used)),
            claimants=tuple(sorted({c.claimant for c in used})),
            sources=tuple({source for c in used for source in c.sources}),
            missing=tuple(FigureGap(*gap, lacking[gap]) for gap in sorted(lacking)),
            silences=self._find_silences(key, gaps),
            cells=tuple(cells),
            statements=standing,
            is_added_up=len(cells) > 1 or any(s.is_sum for cell in cells for s in cell.figure.statements),
        )

    def _find_silences(self, key: RowKey, gaps: Sequence[tuple[Unit, set[tuple[str, str]]]]) -> tuple[str, ...]:
        """Return the recorded silences on the gaps of a row."""
        if not any(named for _, named in gaps):
            return ()
        harm = dict(key)["harm"]
        return tuple(
            silence.id
            for silence in self._active_silences
            if silence.harm == harm
            and any(is_silent_in_unit(self.world, silence, unit, named) for unit, named in gaps if named)
        )

    @cached_property
    def _active_silences(self) -> list[Claim]:
        return [c for c in self.record.values() if c.kind == "silence" and c.id not in self.standing.excluded]

    # Relations between units -----------------------------------------------------------------------------------------

    def _find_inclusions(self) -> Iterable[tuple[Unit, Unit]]:
        for including, included in self.standing.includes:
            outer, inner = (self.world.find_unit(claim, self.question.as_of) for claim in (including, included))
            if outer and inner and outer != inner:
                yield outer, inner

    def _find_included(self) -> frozenset[str]:
        """Return the claims that a claim of their unit includes, and claims that replaced such claims (rule 8)."""
        replacing: dict[str, list[Claim]] = defaultdict(list)
        for new, old in self.standing.supersedes:
            replacing[old.id].append(new)
        included = set()
        for outer, inner in self.standing.includes:
            unit = self.world.find_unit(outer, self.question.as_of)
            line = {inner.id: inner}
            waiting = [inner.id]
            while waiting:
                newer = {new.id: new for new in replacing[waiting.pop()] if new.id not in line}
                line |= newer
                waiting += newer
            included |= {
                claim.id for claim in line.values() if self.world.find_unit(claim, self.question.as_of) == unit
            }
        return frozenset(included)

    # Warnings --------------------------------------------------------------------------------------------------------

    def _add_warnings(self, rows: list[Row], containments: dict[str, Containment]) -> None:
        reasons = Counter(exclusion.reason for exclusion in self.excluded.values())
        if count := reasons.get("no_such_group"):
            self.warnings.append(Caution("no_such_group", number=count))
        for basis, containment in containments.items():
            if not containment.is_empty:
                finder = OverlapFinder(containment, self.units, self.record)
                self.warnings += finder.find_overlapping_rows([row for row in rows if row.basis == basis])


def collect_exclusions(figure: Figure) -> dict[str, Exclusion]:
    """Return why claims of a cluster are not used; the reason decided closest to the figure counts."""
    excluded: dict[str, Exclusion] = {}
    for claims, reason, by in figure.excluded:
        for claim in claims:
            excluded.setdefault(claim, Exclusion(reason, by))
    return excluded


def find_claimant_scope(claim: Claim, unit: Unit) -> ClaimantScope:
    return claim.claimant, unit, claim.subject_side, claim.victim_status


def _name_gap(missing: Scope, frame: Frame) -> tuple[str, str]:
    return missing.side or ALL, frame.status if missing.status == ANY else missing.status
