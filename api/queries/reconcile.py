"""From claims to one figure per cell, by the policy that the reader chose; and what was left out, and why.

`reconcile` is the whole of it, and pure: claims, relations and the world in, an `Answer` out, whatever the order of
arrival. Beside it: `evidence` (the data), `standing` (what stood on a day), `statements` (policies and bounds),
`scopes` (wholes and parts of one cell), `overlaps` (what crosses cells), `questions` and `rows`.

For tallies kept per event: a cell is reconciled from its own claims alone, except that
- a relation may reach over from a claim of another event (`supersedes`, `same_as`): give that claim too;
- `includes` leaves a cell out while the containing one has a figure (rule 6);
- a period gives way to used incidents and to longer periods (rule 7), so periods follow when an incident changes.
Everything else (the newest statement, parts and wholes, older totals, disputes, spread) stays inside the cell.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from api.queries.evidence import PERIOD, RUNNING, Claim, Place, Refused, Relation, World
from api.queries.overlaps import Inclusion, Inclusions, Key, Taken, reached
from api.queries.questions import INCREMENTS, OF_CLAIMS, STANCES, Question, RowKey
from api.queries.rows import Caution, Ids, Reconciled, Row, cautions, larger_parts, row
from api.queries.scopes import Cell
from api.queries.standing import Exclusion, newest, standing

Used = defaultdict[tuple[Place, str], dict[str | None, str]]


class Answer(NamedTuple):
    dimensions: tuple[str, ...]  # what rows are split by, in the order of their keys
    rows: tuple[Row, ...]
    excluded: dict[str, Exclusion]
    warnings: tuple[Caution, ...]
    beyond: Mapping[str, Ids] = {}  # what tallies left out besides `excluded`, by reason

    def reasons(self) -> Counter[str]:
        """How many claims were left out, by reason."""
        counted = Counter(left.reason for left in self.excluded.values())
        return counted + Counter({reason: len(claims) for reason, claims in self.beyond.items()})

    def left_out(self, reason: str) -> list[str]:
        """The claims that were left out for that reason."""
        named = [claim for claim, left in self.excluded.items() if left.reason == reason]
        return sorted([*named, *self.beyond.get(reason, ())])


def reconcile(world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question) -> Answer:
    return _Reconciliation(world, claims, relations, question).answer()


def reconcile_each(
    world: World, claims: Iterable[Claim], relations: Iterable[Relation], questions: Sequence[Question]
) -> list[Answer]:
    """The answers to questions that differ only in policy and rows by subject_side: what they share is shared."""
    first = _Reconciliation(world, claims, relations, questions[0])
    return [first.asked(question).answer() for question in questions]


class _Reconciliation:
    """One question's way through the record: each step narrows what the next one sees."""

    def __init__(
        self, world: World, claims: Iterable[Claim], relations: Iterable[Relation], question: Question
    ) -> None:
        question.check()
        self.world, self.question, self.dimensions = world, question, question.dimensions()
        self.record: dict[str, Claim] = {}
        for claim in sorted(claims, key=attrgetter("id")):
            if self.record.setdefault(claim.id, claim) is not claim:
                raise Refused(f"claim {claim.id} was given twice")
        stood = standing(world, self.record, relations, question.as_of)
        self.fallen = frozenset(stood.fallen)
        self.excluded = dict(stood.fallen)
        self.placed = self._placed()
        self.inclusions = Inclusions(self._inclusions(stood.includes))
        self.made: dict[tuple[RowKey, Place, tuple[str, ...]], Cell] = {}

    def asked(self, question: Question) -> "_Reconciliation":
        """The same record under another policy."""
        question.check()
        other = copy.copy(self)
        other.question, other.dimensions, other.excluded = question, question.dimensions(), dict(self.excluded)
        return other

    def answer(self) -> Answer:
        cells = self._cells()
        rows: dict[RowKey, list[Reconciled]] = defaultdict(list)
        taken = Taken(self.world)
        used: Used = defaultdict(dict)
        for key, place in self._in_order(cells):
            if cell := self._reconciled(key, place, cells[key, place], taken, used):
                rows[key].append(cell)
        standing = {i: c for i, c in self.record.items() if i not in self.fallen}
        answered = tuple(row(self.world, self.question, standing, key, rows[key]) for key in sorted(rows, key=order))
        reasons = Counter(left.reason for left in self.excluded.values())
        return Answer(
            self.dimensions,
            answered,
            self.excluded,
            tuple(cautions(self.question, answered, reasons, larger_parts(self.record, answered))),
        )

    def _inclusions(self, pairs: list[tuple[Claim, Claim]]) -> Iterator[Inclusion]:
        within: dict[str, list[Claim]] = defaultdict(list)
        for containing, contained in pairs:
            within[containing.id].append(contained)
        for containing in {containing.id: containing for containing, _ in pairs}.values():
            yield from self._of_one(containing, within)

    def _of_one(self, containing: Claim, within: Mapping[str, list[Claim]]) -> Iterator[Inclusion]:
        """Those that act, also by way of claims of another harm, of running totals, and of the same place."""

        def near(claim: Claim) -> list[tuple[Claim, Inclusion | None]]:
            return [(one, self._inclusion(containing, one)) for one in within.get(claim.id, ())]

        def further(found: tuple[Claim, Inclusion | None]) -> list[tuple[Claim, Inclusion | None]]:
            contained, inclusion = found  # at a cell of another place `Inclusions` goes on by itself
            return near(contained) if inclusion is None or inclusion.of_one_place else []

        yield from (inclusion for _, inclusion in reached(near(containing), further) if inclusion)

    def _inclusion(self, containing: Claim, contained: Claim) -> Inclusion | None:
        """None: it does not act."""
        around, inside = (self.world.place(claim, self.question.as_of) for claim in (containing, contained))
        if around is None or inside is None:
            return None
        told = Inclusion(self._key(containing, around), containing.id, self._key(contained, inside), contained.id)
        return told if told.acts else None

    def _placed(self) -> dict[str, tuple[Claim, Place]]:
        """The statements that the question counts, hears, and that its claimant has not itself replaced (rule 8)."""
        placed = {}
        for claim in self.record.values():
            place = self.world.place(claim, self.question.as_of)
            reason = None if claim.id in self.excluded else self._uncounted(claim, place)
            if reason:
                self.excluded[claim.id] = Exclusion(reason)
            elif place and claim.id not in self.excluded:
                placed[claim.id] = claim, place
        newest(self.world, placed.values(), self.excluded)
        for claim, _ in placed.values():
            if not self.question.speaks(claim):
                self.excluded.setdefault(claim.id, Exclusion("filtered"))
        return {i: p for i, p in placed.items() if i not in self.excluded}

    def _uncounted(self, claim: Claim, place: Place | None) -> str | None:
        """Why a standing claim is not one of the question's figures."""
        asked = self.question
        if claim.kind != "casualty":
            return "not_a_figure"
        if not asked.asks_for(self.world, claim, place) or not asked.counted(claim):
            return "filtered"
        if asked.basis == "incidents" and claim.measure in RUNNING:
            return "cumulative"
        if asked.basis == "totals" and claim.measure in INCREMENTS:
            return "increment"
        if not claim.quantified:
            return "unquantified"
        if place is None:
            return "unplaced"
        # A running figure of one event is no total of its conflict.
        if (claim.measure in RUNNING and claim.event is not None) or not asked.splits(claim):
            return "other_scope"
        return None

    def _key(self, claim: Claim, place: Place) -> Key:
        camp = None if claim.subject_side is None else self.world.camp(claim.subject_side, place)
        return Key(place, camp, claim.harm)

    def _elected(self, claim: Claim, place: Place) -> bool:
        """Whether the policy hears this claimant at all; picking among those heard is the cell's."""
        policy = self.question.policy
        if policy == "claimant":
            return claim.claimant == self.question.claimant
        if policy not in STANCES:
            return True
        return policy == stance(self.world, claim, place)

    def _cells(self) -> dict[tuple[RowKey, Place], list[Claim]]:
        """The cells, without what another figure of the question includes (rule 6: decided before grouping)."""
        elected = {i for i, (claim, place) in self.placed.items() if self._elected(claim, place)}
        speaking: Used = defaultdict(dict)
        for claim, place in (self.placed[i] for i in sorted(elected)):
            if place.measure != PERIOD:
                speaking[place, claim.harm].setdefault(self._key(claim, place).camp, claim.id)
        cells: dict[tuple[RowKey, Place], list[Claim]] = defaultdict(list)
        for claim, place in self.placed.values():
            by = self.inclusions.container(self._key(claim, place), speaking)
            wholes = self.inclusions.wholes(claim.id)
            inner = next((whole for whole in wholes if self._together(whole, claim, elected)), None)
            if by or inner:
                self.excluded[claim.id] = Exclusion("included_in", by or inner)
                continue
            if claim.id not in elected:
                self.excluded[claim.id] = Exclusion("other_policy")
            cells[self._row(claim, place), place].append(claim)
        return cells

    def _row(self, claim: Claim, place: Place) -> RowKey:
        return self.question.row(self.world, self.dimensions, claim, place)

    def _together(self, containing: str, claim: Claim, elected: set[str]) -> bool:
        """Whether a containing claim of the same place is heard in the same row."""
        if containing not in elected:
            return False
        return self._row(*self.placed[containing]) == self._row(claim, self.placed[claim.id][1])

    def _in_order(self, cells: dict[tuple[RowKey, Place], list[Claim]]) -> list[tuple[RowKey, Place]]:
        """Incidents first, then periods: the longest, then the earliest, then the lower id (rule 7)."""

        def turn(cell: tuple[RowKey, Place]) -> tuple[bool, int, str, str]:
            place = cell[1]
            return place.measure == PERIOD, -_days(place), place.since, cells[cell][0].id

        return sorted(cells, key=turn)

    def _reconciled(
        self, row: RowKey, place: Place, claims: list[Claim], taken: Taken, used: Used
    ) -> Reconciled | None:
        victims = tuple(value for value in row if value[0] in OF_CLAIMS)
        if place.measure == PERIOD:
            claims = [c for c in claims if not self._gives_way(victims, c, place, taken, used)]
        heard = [c for c in claims if c.id not in self.excluded]
        if not heard:
            return None
        cell = self._cell(row, place, heard)
        figure = cell.figure(self.question.policy)
        self.excluded.update(cell.left)
        if figure is None:
            return None
        if place.measure in INCREMENTS:
            for claim in (self.record[i] for i in figure.claims):
                key = self._key(claim, place)
                taken.take(victims, key, claim)
                used[place, claim.harm][key.camp] = claim.id
        left = cell.left
        everyone = cell if len(heard) == len(claims) else self._cell(row, place, claims)
        return Reconciled(place, figure, left, *judged(everyone))

    def _gives_way(self, victims: RowKey, claim: Claim, place: Place, taken: Taken, used: Used) -> bool:
        """Rules 6 and 7 for a period: it gives way to what it meets or itself includes, if that is used."""
        if claim.id in self.excluded:
            return False
        key = self._key(claim, place)
        by = self.inclusions.container(key, used)
        if by:
            self.excluded[claim.id] = Exclusion("included_in", by)
            return True
        by = self.inclusions.content(key, used) or taken.met_by(victims, key, claim)
        if by:
            self.excluded[claim.id] = Exclusion("period_overlap", by, (claim.low, claim.best, claim.high))
        return by is not None

    def _cell(self, row: RowKey, place: Place, claims: list[Claim]) -> Cell:
        key = row, place, tuple(claim.id for claim in claims)
        if key not in self.made:
            running = self.question.basis == "totals"
            self.made[key] = Cell(self.world, place, self.question.frame(row), running, claims)
        return self.made[key]


def stance(world: World, claim: Claim, place: Place) -> str | None:
    """Own is of the subject's camp, opposing of another camp of the conflict, third party of none (rule 1)."""
    camp = world.party(claim.claimant_side, place)
    if camp is None and claim.subject_side and claim.claimant_side:
        camp = world.camp(claim.claimant_side, place)
        return "own_side" if camp == world.camp(claim.subject_side, place) else "third_party"
    if camp is None:
        return "third_party"
    if claim.subject_side is None:
        return None
    return "own_side" if camp == world.camp(claim.subject_side, place) else "opposing_side"


def judged(cell: Cell) -> tuple[bool, float | None]:
    """Disputes and spread are of all claimants, whatever the policy."""
    if len(cell.claims) == 1:
        return False, 1.0
    envelope, low, high = (cell.figure(policy) for policy in ("envelope", "lowest", "highest"))
    assert envelope and low and high
    return envelope.disputed, spread(low.best, high.best)


def spread(lowest: int, highest: int) -> float | None:
    """1 when both are 0, None when only the lower is."""
    if lowest == 0:
        return 1.0 if highest == 0 else None
    return highest / lowest


def _days(place: Place) -> int:
    return (date.fromisoformat(place.until) - date.fromisoformat(place.since)).days if place.until else 0


def order(key: RowKey) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for _, value in key]
