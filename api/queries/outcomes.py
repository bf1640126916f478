"""What one event's claims about one harm come to under every policy, and what becomes of each of them.

Pure, and exact by construction: `reconcile_each` answers. Where nothing but the policy decides (one scope, a claim per
claimant, no relation), or sides need only be added, its steps are taken without its machinery, because that is nearly
every cell of a large record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.queries.evidence import ANY, INCIDENT, RUNNING, Claim, Place, Relation, World
from api.queries.questions import ALL, STANCES, Question
from api.queries.reconcile import reconcile_each, spread, stance
from api.queries.rows import PARTS, Row, larger_parts
from api.queries.scopes import Cell, Frame
from api.queries.statements import PICKS, Scope, Statement, clashing, settled, spoken

POLICIES = (
    "envelope", "lowest", "highest", "latest", "best_graded", "own_side", "opposing_side", "third_party"
)  # fmt: skip
WHOLE = ""  # the side of cells that are not split by side
USED = "u"
LETTERS = {
    "superseded": "s",
    "retracted": "r",
    "misreport": "m",
    "same_as": "d",
    "included_in": "i",
    "other_scope": "o",
    "other_policy": "p",
    "not_a_figure": "n",
    "cumulative": "c",
    "unquantified": "q",
    "unplaced": "x",
}
REASONS = {letter: reason for reason, letter in LETTERS.items()}
LEFT_AS_PARTS = frozenset(LETTERS[reason] for reason in PARTS)


def place_of(policy: str, by_side: bool) -> int:
    """Where the letters of a fate tell about a question."""
    return POLICIES.index(policy) + len(POLICIES) * by_side


class Amounts(NamedTuple):
    """The figure of one cell, and all that its row tells of it. `missing` and `victims` are pairs with a slash."""

    side: str
    low: int
    best: int
    high: int
    open_ended: bool
    imputed: bool
    incomplete: bool
    disputed: bool
    spread: float | None
    claims: int
    claimants: tuple[str, ...]
    sources: tuple[str, ...]
    missing: str
    victims: str
    larger: str


class Fate(NamedTuple):
    side: str  # the claim's row of group_by=subject_side; '' where it has no place
    letters: str


class Outcome(NamedTuple):
    cells: dict[Amounts, int]  # → the policies of which it is the figure, as bits
    fates: dict[str, Fate]


def alone(claim: Claim) -> Fate:
    """The fate of a claim that is about no event, and that no relation touches."""
    return Fate("", LETTERS[_aside(claim) or "unplaced"] * 2 * len(POLICIES))


def _aside(claim: Claim) -> str | None:
    """Why a claim that no relation touches is no figure of its event; the reasons in the order of `reconcile`."""
    reasons = {
        "retracted": claim.retracted_by is not None,
        "not_a_figure": claim.kind != "casualty",
        "cumulative": claim.measure in RUNNING,
        "unquantified": not claim.quantified,
        "unplaced": claim.measure != INCIDENT,
        "other_scope": claim.victim_sex != ANY or claim.victim_age != ANY,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


class _Told(NamedTuple):
    """What one row by side comes to: a figure and letters by policy, and what its spread is made of."""

    amounts: list[Amounts | None]
    letters: dict[str, list[str]]
    lowest: int
    highest: int
    claims: dict[str, Claim]

    @property
    def disputed(self) -> bool:
        """The same under every policy."""
        return any(told.disputed for told in self.amounts if told)

    def of_side(self, side: str) -> _Told:
        return self._replace(amounts=[told and told._replace(side=side) for told in self.amounts])


class _Making(NamedTuple):
    """An outcome in the making."""

    cells: dict[Amounts, int]
    letters: dict[str, list[str]]

    def add(self, cell: Amounts, number: int) -> None:
        self.cells[cell] = self.cells.get(cell, 0) | 1 << number

    def take(self, told: _Told, by_side: bool) -> None:
        first = len(POLICIES) * by_side
        for claim, letters in told.letters.items():
            self.letters[claim][first : first + len(POLICIES)] = letters
        for number, cell in enumerate(told.amounts):
            if cell:
                self.add(cell, number)


class Outcomes:
    """The outcomes in one world, of which it remembers what many events share."""

    def __init__(self, world: World) -> None:
        self.world = world
        dated = any(m.since or m.until for side in world.sides.values() for m in side.memberships)
        self.days_matter = dated
        self.kept: dict[object, object] = {}

    def of(self, claims: Sequence[Claim], relations: Sequence[Relation]) -> Outcome:
        """The outcome of one event's claims about one harm; every relation is between two of them. Raises `Refused`."""
        made = _Making({}, {claim.id: ["?"] * 2 * len(POLICIES) for claim in claims})
        if relations:
            for by_side in (False, True):
                self._reconcile(claims, relations, by_side, made)
        else:
            self._without_relations(claims, made)
        fates = {claim.id: Fate(self._row_of(claim), "".join(made.letters[claim.id])) for claim in claims}
        return Outcome(made.cells, fates)

    def _without_relations(self, claims: Sequence[Claim], made: _Making) -> None:
        rows: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            if reason := _aside(claim):
                made.letters[claim.id] = [LETTERS[reason]] * 2 * len(POLICIES)
            else:
                rows[self._row_of(claim)].append(claim)
        told = {side: self._told(about, side) for side, about in rows.items()}
        for row in told.values():
            made.take(row, True)
        if len(told) == 1 and ALL in told:
            made.take(told[ALL].of_side(WHOLE), False)
        elif ALL in told:
            self._reconcile([claim for about in rows.values() for claim in about], [], False, made)
        elif told:
            made.take(self._sum(list(told.values()), next(iter(rows.values()))[0]), False)

    def _row_of(self, claim: Claim) -> str:
        place = self.world.place(claim, None)
        if place is None or claim.measure != INCIDENT:
            return ""
        return ALL if claim.subject_side is None else self.world.camp(claim.subject_side, place)

    def _told(self, claims: Sequence[Claim], side: str) -> _Told:
        """What a row by side comes to."""
        if _of_one_scope(claims):
            return self._settled(claims, side)
        made = _Making({}, {claim.id: ["?"] * 2 * len(POLICIES) for claim in claims})
        self._reconcile(claims, [], True, made)
        amounts: list[Amounts | None] = [None] * len(POLICIES)
        for cell, policies in made.cells.items():
            for number in range(len(POLICIES)):
                if policies >> number & 1:
                    amounts[number] = cell
        lowest, highest = (amounts[POLICIES.index(policy)] for policy in ("lowest", "highest"))
        assert lowest and highest
        letters = {claim: told[len(POLICIES) :] for claim, told in made.letters.items()}
        return _Told(amounts, letters, lowest.best, highest.best, {claim.id: claim for claim in claims})

    # By the machinery --------------------------------------------------------------------------------------------

    def _reconcile(self, claims: Sequence[Claim], relations: Sequence[Relation], by_side: bool, made: _Making) -> None:
        group_by = ("subject_side",) if by_side else ()
        alike = self._alike(claims)
        questions = [Question(policy=POLICIES[numbers[0]], group_by=group_by) for numbers in alike]
        record = {claim.id: claim for claim in claims}
        for numbers, answer in zip(alike, reconcile_each(self.world, claims, relations, questions), strict=True):
            letters = {claim: LETTERS[left.reason] for claim, left in answer.excluded.items()}
            letters |= {claim: USED for row in answer.rows for claim in row.claims}
            cells = [self._amounts(row, record) for row in answer.rows]
            for number in numbers:
                for claim, letter in letters.items():
                    made.letters[claim][number + len(POLICIES) * by_side] = letter
                for cell in cells:
                    made.add(cell, number)

    def _alike(self, claims: Sequence[Claim]) -> list[list[int]]:
        """The policies, those together that come to the same.

        Where one claimant speaks alone, of no member of a coalition, and stands alike to all whose losses it tells, a
        policy hears either all of it or nothing, and there is nothing to pick.
        """
        every = range(len(POLICIES))
        placed = [(claim, place) for claim in claims if (place := self.world.place(claim, None))]
        stances = {self._stance(claim, place) for claim, place in placed}
        whole = all(claim.subject_side in (None, self._row_of(claim)) for claim, _ in placed)
        if not whole or len(stances) != 1 or len({claim.claimant for claim in claims}) != 1:
            return [[number] for number in every]
        deaf = [number for number in every if POLICIES[number] in STANCES and POLICIES[number] not in stances]
        return [[number for number in every if number not in deaf], deaf]

    def _amounts(self, row: Row, record: dict[str, Claim]) -> Amounts:
        (cell,) = row.cells
        return Amounts(
            side=dict(row.key).get("subject_side") or WHOLE,
            low=row.low,
            best=row.best,
            high=row.high,
            open_ended=bool(row.open_ended),
            imputed=bool(row.imputed),
            incomplete=bool(row.incomplete),
            disputed=bool(row.disputed),
            spread=row.spread,
            claims=len(row.claims),
            claimants=tuple(row.claimants),
            sources=tuple(row.sources),
            missing=_pairs((gap.side, gap.status) for gap in row.missing),
            victims=_pairs(self._victims(record[claim], cell.place) for claim in row.claims),
            larger=" ".join(larger_parts(record, [row])),
        )

    def _victims(self, claim: Claim, place: Place) -> tuple[str, str]:
        camp = "" if claim.subject_side is None else self.world.camp(claim.subject_side, place)
        return camp, claim.victim_status

    # Without it --------------------------------------------------------------------------------------------------

    def _settled(self, claims: Sequence[Claim], side: str) -> _Told:
        """All are about the same victims, each by another claimant: what is left is the policy."""
        place = self.world.place(claims[0], None)
        assert place
        said = [self._spoken(claim, place) for claim in claims]
        stances = [self._stance(claim, place) for claim in claims]
        incomplete, missing = self._lacks(claims[0], place, side)
        lowest, highest = (PICKS[pick](said)[0].best for pick in ("lowest", "highest"))
        disputed = len(said) > 1 and clashing(said)
        victims = _pairs([self._victims(claims[0], place)])
        known: dict[tuple[int, ...], Amounts] = {}
        amounts: list[Amounts | None] = []
        letters: dict[str, list[str]] = {claim.id: [] for claim in claims}
        for policy in POLICIES:
            used = tuple(_used(policy, said, stances))
            for number, claim in enumerate(claims):
                letters[claim.id].append(USED if number in used else LETTERS["other_policy"])
            if used and used not in known:
                figure = settled(Scope(None, ANY), [said[number] for number in used], policy)
                heard = [claims[number] for number in used]
                known[used] = Amounts(
                    side, figure.low, figure.best, figure.high, figure.open_ended, figure.imputed, incomplete, disputed,
                    spread(lowest, highest), len(used), tuple(sorted(c.claimant for c in heard)),
                    tuple(sorted({source for c in heard for source in c.sources})), missing, victims, "",
                )  # fmt: skip
            amounts.append(known[used] if used else None)
        return _Told(amounts, letters, lowest, highest, {claim.id: claim for claim in claims})

    def _sum(self, rows: list[_Told], one: Claim) -> _Told:
        """All sides together, where nobody speaks of all sides: the sum of the sides' figures (rule 1)."""
        place = self.world.place(one, None)
        assert place
        needed = self._needed(place)
        lowest, highest = sum(row.lowest for row in rows), sum(row.highest for row in rows)
        claims = {id: claim for row in rows for id, claim in row.claims.items()}
        letters = {claim: told for row in rows for claim, told in row.letters.items()}
        disputed, ratio = any(row.disputed for row in rows), spread(lowest, highest)
        known: dict[tuple[object, ...], Amounts | None] = {}
        amounts: list[Amounts | None] = []
        for number in range(len(POLICIES)):
            parts = [part for row in rows if (part := row.amounts[number])]
            # What is left out on one side may be above that side's figure and not above the sum.
            left = [claims[id] for id, told in letters.items() if told[number] in LEFT_AS_PARTS]
            same = *(id(part) for part in parts), *(claim.id for claim in left)
            if same not in known:
                known[same] = _added(parts, needed, ratio, disputed, left)
            amounts.append(known[same])
        return _Told(amounts, letters, lowest, highest, claims)

    def _needed(self, place: Place) -> frozenset[str]:
        """The sides that a sum over all sides needs."""
        key = "needed", self._like(place)
        if key not in self.kept:
            self.kept[key] = frozenset(self.world.camp(side, place) for side in self.world.involved(place))
        needed: frozenset[str] = self.kept[key]  # type: ignore[assignment]
        return needed

    def _spoken(self, claim: Claim, place: Place) -> Statement:
        key = "party", claim.claimant_side, self._like(place)
        if key not in self.kept:
            self.kept[key] = self.world.party(claim.claimant_side, place)
        camp = self.kept[key]
        assert camp is None or isinstance(camp, str)
        return spoken(claim, camp, "")

    def _stance(self, claim: Claim, place: Place) -> object:
        key = "stance", claim.claimant_side, claim.subject_side, self._like(place)
        if key not in self.kept:
            self.kept[key] = stance(self.world, claim, place)
        return self.kept[key]

    def _lacks(self, claim: Claim, place: Place, side: str) -> tuple[bool, str]:
        """Whether the cell of such victims is incomplete, and what it lacks: the same for all who speak of them."""
        frame = None if side in (WHOLE, ALL) else side
        key = "lacks", frame, claim.subject_side, claim.victim_status, self._like(place)
        if key not in self.kept:
            figure = Cell(self.world, place, Frame(frame), False, [claim]).figure("envelope")
            assert figure
            self.kept[key] = figure.incomplete, _pairs((gap.side or ALL, gap.status) for gap in figure.missing)
        lacks: tuple[bool, str] = self.kept[key]  # type: ignore[assignment]
        return lacks

    def _like(self, place: Place) -> object:
        """Places in which every side has the same coalitions and the event the same sides."""
        return place.conflict, self.world.involved(place), place.day if self.days_matter else ""


def _of_one_scope(claims: Sequence[Claim]) -> bool:
    """All are about the same victims, each by another claimant."""
    scopes = {(claim.subject_side, claim.victim_status) for claim in claims}
    return len(scopes) == 1 and len({claim.claimant for claim in claims}) == len(claims)


def _used(policy: str, said: list[Statement], stances: list[object]) -> Iterable[int]:
    """Which of the statements a policy uses."""
    if policy == "envelope" or (policy in PICKS and len(said) == 1):
        return range(len(said))
    if policy not in PICKS:
        return (number for number, stance in enumerate(stances) if stance == policy)
    picked = {id(statement) for statement in PICKS[policy](said)}
    return (number for number, statement in enumerate(said) if id(statement) in picked)


def _added(
    parts: list[Amounts], needed: frozenset[str], ratio: float | None, disputed: bool, left: list[Claim]
) -> Amounts | None:
    if not parts:
        return None
    lacking = needed - {part.side for part in parts}
    best = sum(part.best for part in parts)
    return Amounts(
        side=WHOLE,
        low=sum(part.low for part in parts),
        best=best,
        high=sum(part.high for part in parts),
        open_ended=any(part.open_ended for part in parts),
        imputed=any(part.imputed for part in parts),
        incomplete=not needed or bool(lacking) or any(part.incomplete for part in parts),
        disputed=disputed,
        spread=ratio,
        claims=sum(part.claims for part in parts),
        claimants=tuple(sorted({claimant for part in parts for claimant in part.claimants})),
        sources=tuple(sorted({source for part in parts for source in part.sources})),
        missing=_joined([*(f"{side}/{ANY}" for side in lacking), *(part.missing for part in parts)]),
        victims=_joined(part.victims for part in parts),
        larger=" ".join(sorted(claim.id for claim in left if (claim.best or claim.low or 0) > best)),
    )


def _joined(texts: Iterable[str]) -> str:
    return " ".join(sorted({pair for text in texts for pair in text.split()}))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted({"/".join(pair) for pair in pairs}))
