"""What one event's claims about one harm come to under every policy, and what becomes of each of them.

Pure, and exact by construction: `reconcile_each` answers. Where nothing but the policy decides (one scope, a claim per
claimant, no relation) its steps are taken without its machinery, because that is nearly every cell of a large record.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.queries.evidence import ANY, INCIDENT, RUNNING, Claim, Place, Relation, World
from api.queries.questions import ALL, Question
from api.queries.reconcile import reconcile_each, spread, stance
from api.queries.rows import Row, larger_parts
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


class Outcomes:
    """The outcomes in one world, of which it remembers what many events share."""

    def __init__(self, world: World) -> None:
        self.world = world
        dated = any(m.since or m.until for side in world.sides.values() for m in side.memberships)
        self.days_matter = dated
        self.kept: dict[object, object] = {}

    def of(self, claims: Sequence[Claim], relations: Sequence[Relation]) -> Outcome:
        """The outcome of one event's claims about one harm; every relation is between two of them. Raises `Refused`."""
        cells: dict[Amounts, int] = defaultdict(int)
        letters = {claim.id: ["?"] * 2 * len(POLICIES) for claim in claims}
        if relations:
            self._reconcile(claims, relations, False, cells, letters)
            self._reconcile(claims, relations, True, cells, letters)
        else:
            figures = []
            for claim in claims:
                if reason := _aside(claim):
                    letters[claim.id] = [LETTERS[reason]] * 2 * len(POLICIES)
                else:
                    figures.append(claim)
            for side, about in self._frames(figures):
                if _of_one_scope(about):
                    self._settle(about, side, cells, letters)
                else:
                    self._reconcile(about, [], side != WHOLE, cells, letters)
        fates = {claim.id: Fate(self._row_of(claim), "".join(letters[claim.id])) for claim in claims}
        return Outcome(dict(cells), fates)

    def _frames(self, claims: list[Claim]) -> Iterable[tuple[str, list[Claim]]]:
        """The claims of each cell: the whole one, and those of rows by side."""
        rows: dict[str, list[Claim]] = {WHOLE: claims} if claims else {}
        for claim in claims:
            rows.setdefault(self._row_of(claim), []).append(claim)
        return rows.items()

    def _row_of(self, claim: Claim) -> str:
        place = self.world.place(claim, None)
        if place is None or claim.measure != INCIDENT:
            return ""
        return ALL if claim.subject_side is None else self.world.camp(claim.subject_side, place)

    # By the machinery --------------------------------------------------------------------------------------------

    def _reconcile(
        self, claims: Sequence[Claim], relations: Sequence[Relation], by_side: bool, cells: dict[Amounts, int],
        letters: dict[str, list[str]],
    ) -> None:  # fmt: skip
        group_by = ("subject_side",) if by_side else ()
        questions = [Question(policy=policy, group_by=group_by) for policy in POLICIES]
        record = {claim.id: claim for claim in claims}
        for number, answer in enumerate(reconcile_each(self.world, claims, relations, questions)):
            at = number + len(POLICIES) * by_side
            for claim, left in answer.excluded.items():
                letters[claim][at] = LETTERS[left.reason]
            for row in answer.rows:
                cells[self._amounts(row, record)] |= 1 << number
                for claim in row.claims:
                    letters[claim][at] = USED

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

    def _settle(
        self, claims: Sequence[Claim], side: str, cells: dict[Amounts, int], letters: dict[str, list[str]]
    ) -> None:
        """All are about the same victims, each by another claimant: what is left is the policy."""
        place = self.world.place(claims[0], None)
        assert place
        incomplete, missing = self._lacks(claims[0], place, side)
        victims = _pairs([self._victims(claims[0], place)])
        said = {claim.id: self._spoken(claim, place) for claim in claims}
        disputed, ratio = _judged(list(said.values()))
        for number, policy in enumerate(POLICIES):
            at = number + len(POLICIES) * (side != WHOLE)
            used = self._used(policy, claims, said, place)
            for claim in claims:
                letters[claim.id][at] = USED if claim.id in used else LETTERS["other_policy"]
            if not used:
                continue
            figure = settled(Scope(None, ANY), [said[claim] for claim in used], policy)
            heard = [claim for claim in claims if claim.id in used]
            cells[
                Amounts(
                    side, figure.low, figure.best, figure.high, figure.open_ended, figure.imputed, incomplete, disputed,
                    ratio, len(used), tuple(sorted(c.claimant for c in heard)),
                    tuple(sorted({source for c in heard for source in c.sources})), missing, victims, "",
                )
            ] |= 1 << number  # fmt: skip

    def _used(self, policy: str, claims: Sequence[Claim], said: dict[str, Statement], place: Place) -> set[str]:
        if policy in PICKS:
            return {statement.claims[0] for statement in PICKS[policy](list(said.values()))}
        return {c.id for c in claims if policy == "envelope" or self._stance(c, place) == policy}

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


def _judged(said: list[Statement]) -> tuple[bool, float | None]:
    if len(said) == 1:
        return False, 1
    lowest, highest = (PICKS[pick](said)[0].best for pick in ("lowest", "highest"))
    return clashing(said), spread(lowest, highest)


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted({"/".join(pair) for pair in pairs}))
