"""What one event's claims about one harm come to under every policy, and what becomes of each of them.

Pure, and exact by construction: `reconcile_each` answers where relations act; where none does, each row is one cell of
the event, and its `Theatre` tells what it comes to.
"""

from collections.abc import Sequence
from operator import attrgetter

from api.queries.amounts import LETTERS, POLICIES, USED, WHOLE, Amounts, Fate, Outcome
from api.queries.evidence import ANY, INCIDENT, RUNNING, Claim, Place, Relation, World
from api.queries.questions import Question
from api.queries.reconcile import reconcile_each
from api.queries.rows import Row
from api.queries.standing import Exclusion, newest
from api.queries.theatres import Theatre, Told

TWICE = 2 * len(POLICIES)  # without and with rows by side
QUESTIONS = [Question(policy=policy, group_by=group_by) for group_by in ((), ("subject_side",)) for policy in POLICIES]
Cells = dict[Amounts, int]
Letters = dict[str, str]


def alone(claim: Claim) -> Fate:
    """The fate of a claim that is about no event, and that no relation touches."""
    return Fate("", LETTERS[_aside(claim) or "unplaced"] * TWICE)


def _aside(claim: Claim) -> str | None:
    """Why a claim that no relation touches is no figure of its event; the reasons in the order of `reconcile`."""
    if claim.retracted_by is not None:
        return "retracted"
    if claim.kind != "casualty":
        return "not_a_figure"
    if claim.measure in RUNNING:
        return "cumulative"
    if not claim.quantified:
        return "unquantified"
    if claim.measure != INCIDENT:
        return "unplaced"
    return "other_scope" if claim.victim_sex != ANY or claim.victim_age != ANY else None


class Outcomes:
    """The outcomes in one world, of which it remembers what many events share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.theatres: dict[object, Theatre] = {}

    def of(self, claims: Sequence[Claim], relations: Sequence[Relation]) -> Outcome:
        """The outcome of one event's claims about one harm; every relation is between two of them. Raises `Refused`."""
        theatre = self._theatre_of(claims)
        cells, letters = self._reconciled(theatre, claims, relations) if relations else self._settled(theatre, claims)
        return Outcome(cells, {claim.id: Fate(_row_of(claim, theatre), letters[claim.id]) for claim in claims})

    def _settled(self, theatre: Theatre | None, claims: Sequence[Claim]) -> tuple[Cells, Letters]:
        """Where no relation acts."""
        letters = {claim.id: LETTERS[reason] * TWICE for claim in claims if (reason := _aside(claim))}
        heard = sorted((claim for claim in claims if claim.id not in letters), key=attrgetter("id"))
        if not heard:
            return {}, letters
        assert theatre, f"{heard[0].id} is about an event that was not given"
        replaced: dict[str, Exclusion] = {}
        newest(self.world, ((claim, theatre.place) for claim in heard), replaced)
        letters |= dict.fromkeys(replaced, LETTERS["superseded"] * TWICE)
        whole, rows = theatre.told([claim for claim in heard if claim.id not in replaced])
        cells: Cells = {}
        for row in (whole, *rows):
            _add(cells, row)
        for row in rows:
            letters |= {claim: whole.letters[claim] + told for claim, told in row.letters.items()}
        return cells, letters

    def _reconciled(
        self, theatre: Theatre | None, claims: Sequence[Claim], relations: Sequence[Relation]
    ) -> tuple[Cells, Letters]:
        record = {claim.id: claim for claim in claims}
        cells: Cells = {}
        letters = dict.fromkeys(record, "")
        for number, answer in enumerate(reconcile_each(self.world, claims, relations, QUESTIONS)):
            used = {claim for row in answer.rows for claim in row.claims}
            for claim in record:
                letters[claim] += USED if claim in used else LETTERS[answer.excluded[claim].reason]
            for row in answer.rows:
                assert theatre
                cell = _amounts(row, record, theatre)
                cells[cell] = cells.get(cell, 0) | 1 << number % len(POLICIES)
        return cells, letters

    def _theatre_of(self, claims: Sequence[Claim]) -> Theatre | None:
        """That of the event which they are all about; None where none of them is a figure of it."""
        one = next((claim for claim in claims if claim.measure == INCIDENT), None)
        place = one and self.world.place(one, None)
        return self._theatre(place) if place else None

    def _theatre(self, place: Place) -> Theatre:
        like = place.conflict, self.world.involved(place), (place.day, place.last) if self.world.moving else None
        if like not in self.theatres:
            self.theatres[like] = Theatre(self.world, place)
        return self.theatres[like]


def _row_of(claim: Claim, theatre: Theatre | None) -> str:
    return theatre.row_of(claim) if theatre and claim.measure == INCIDENT else ""


def _amounts(row: Row, record: dict[str, Claim], theatre: Theatre) -> Amounts:
    (cell,) = row.cells
    side = dict(row.key).get("subject_side") or WHOLE
    return theatre.amounts(side, cell.figure, cell.left, record, cell.disputed, cell.spread)


def _add(cells: Cells, told: Told) -> None:
    """To the cells those of a row, with the policies of which each is the figure."""
    policies: dict[int, int] = {}
    named = {}
    for number, cell in enumerate(told.amounts):
        if cell:
            named[id(cell)] = cell
            policies[id(cell)] = policies.get(id(cell), 0) | 1 << number
    for key, cell in named.items():
        cells[cell] = cells.get(cell, 0) | policies[key]
