"""Events of one conflict with the same sides in the same coalitions, and what the claims about one of them come to.

Every step is one of `scopes` or `statements`. Where all speak of the same victims, or sides need only be added, the
rules of wholes and parts have nothing to decide and are not asked: nearly every cell of a large record is so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from api.queries.amounts import LEFT_AS_PARTS, LETTERS, POLICIES, USED, WHOLE, Amounts
from api.queries.evidence import ANY, Claim, Place, World
from api.queries.questions import ALL, STANCES
from api.queries.reconcile import judged, spread, stance
from api.queries.rows import PARTS
from api.queries.scopes import Cell, Frame
from api.queries.standing import Exclusion
from api.queries.statements import PICKS, Figure, Scope, Statement, clashing, settled, spoken

NOT_HEARD = LETTERS["other_policy"]


class Told(NamedTuple):
    """What one row comes to: by policy a figure and, of each claim, a letter; and what its spread is made of."""

    amounts: list[Amounts | None]
    letters: dict[str, str]
    lowest: int
    highest: int

    @property
    def disputed(self) -> bool:
        """The same under every policy."""
        return any(told.disputed for told in self.amounts if told)

    def of_side(self, side: str) -> Told:
        return self._replace(amounts=[told and told._replace(side=side) for told in self.amounts])


class Theatre:
    """What such events have in common, by the place of one of them."""

    def __init__(self, world: World, place: Place) -> None:
        self.world, self.place = world, place
        self.camps: dict[str | None, str] = {None: ALL}
        self.parties: dict[str | None, str | None] = {}
        self.stances: dict[tuple[str | None, str | None], str | None] = {}
        self.lacking: dict[tuple[str | None, str | None, str], tuple[bool, str]] = {}

    def told(self, claims: Sequence[Claim]) -> tuple[Told, list[Told]]:
        """What figures of one event and harm come to together, and by side. No two have both scope and claimant."""
        sides: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            sides[self.row_of(claim)].append(claim)
        rows = [self._row(about, side) for side, about in sides.items()]
        if ALL not in sides:
            return self._sum(rows, claims), rows
        return rows[0].of_side(WHOLE) if len(rows) == 1 else self._celled(claims, WHOLE), rows

    def row_of(self, claim: Claim) -> str:
        side = claim.subject_side
        if side not in self.camps:
            assert side
            self.camps[side] = self.world.camp(side, self.place)
        return self.camps[side]

    def _row(self, claims: list[Claim], side: str) -> Told:
        return self._alike(claims, side) if _of_one_scope(claims) else self._celled(claims, side)

    # By the rules of wholes and parts -----------------------------------------------------------------------------

    def _celled(self, claims: Sequence[Claim], side: str) -> Told:
        everyone = self._cell(claims, side)
        alone = self._speaks_alone(claims)
        named = {claim.id: claim for claim in claims}
        known: dict[str, tuple[Amounts | None, str]] = {}
        told = []
        for policy in POLICIES:
            heard = self._heard(claims, policy)
            rule = "envelope" if alone or policy in STANCES else policy
            same = rule if len(heard) == len(claims) else policy
            if same not in known:
                cell = everyone if len(heard) == len(claims) else self._cell(heard, side)
                figure, left = cell.figure(rule) if heard else None, cell.left
                cell_amounts = figure and self.amounts(side, figure, left, named, *self._judged(everyone, alone))
                known[same] = cell_amounts or None, "".join(_letter(claim, figure, left) for claim in claims)
            told.append(known[same])
        lowest, highest = (told[POLICIES.index(policy)][0] for policy in ("lowest", "highest"))
        assert lowest and highest
        letters = {claim.id: "".join(column[n] for _, column in told) for n, claim in enumerate(claims)}
        return Told([amounts for amounts, _ in told], letters, lowest.best, highest.best)

    def _cell(self, claims: Sequence[Claim], side: str) -> Cell:
        return Cell(self.world, self.place, Frame(None if side in (WHOLE, ALL) else side), False, claims)

    def _speaks_alone(self, claims: Sequence[Claim]) -> bool:
        """Of one claimant's statements about camps one is left for each scope: there is nothing to pick."""
        whole = all(claim.subject_side in (None, self.row_of(claim)) for claim in claims)
        return whole and len({claim.claimant for claim in claims}) == 1

    def _judged(self, everyone: Cell, alone: bool) -> tuple[bool, float | None]:
        figure = everyone.figure("envelope") if alone else None
        return (figure.disputed, 1.0) if figure else judged(everyone)

    def _heard(self, claims: Sequence[Claim], policy: str) -> Sequence[Claim]:
        return [claim for claim in claims if self._stance(claim) == policy] if policy in STANCES else claims

    def amounts(
        self, side: str, figure: Figure, left: dict[str, Exclusion], named: dict[str, Claim], disputed: bool,
        ratio: float | None,
    ) -> Amounts:  # fmt: skip
        """A figure of the row `side`, with what was left out of it and how all that was said was judged."""
        used = [named[claim] for claim in figure.claims]
        return Amounts(
            side=side,
            low=figure.low,
            best=figure.best,
            high=figure.high,
            open_ended=figure.open_ended,
            imputed=figure.imputed,
            incomplete=figure.incomplete,
            disputed=disputed,
            spread=ratio,
            claims=len(used),
            claimants=tuple(sorted({claim.claimant for claim in used})),
            sources=_sources(used),
            missing=_pairs((gap.side or ALL, gap.status) for gap in figure.missing),
            victims=_pairs(self._victims(claim) for claim in used),
            larger=_larger((named[id] for id, why in left.items() if why.reason in PARTS), figure.best),
        )

    def _victims(self, claim: Claim) -> tuple[str, str]:
        return "" if claim.subject_side is None else self.row_of(claim), claim.victim_status

    # Without them ----------------------------------------------------------------------------------------------

    def _alike(self, claims: list[Claim], side: str) -> Told:
        """All are about the same victims, each by another claimant: what is left is the policy."""
        said = [self._spoken(claim) for claim in claims]
        used = [self._used(policy, claims, said) for policy in POLICIES]
        incomplete, missing = self._lacks(claims[0], side)
        lowest, highest = (said[used[POLICIES.index(policy)][0]].best for policy in ("lowest", "highest"))
        disputed, ratio = len(said) > 1 and clashing(said), spread(lowest, highest)
        victims = "/".join(self._victims(claims[0]))
        known: dict[tuple[int, ...], Amounts | None] = {(): None}
        for numbers in used:
            if numbers not in known:
                figure = settled(Scope(None, ANY), [said[number] for number in numbers], "envelope")
                heard = [claims[number] for number in numbers]
                known[numbers] = Amounts(
                    side, figure.low, figure.best, figure.high, figure.open_ended, figure.imputed, incomplete, disputed,
                    ratio, len(heard), tuple(sorted([claim.claimant for claim in heard])), _sources(heard), missing,
                    victims, "",
                )  # fmt: skip
        letters = {
            claim.id: "".join([USED if number in numbers else NOT_HEARD for numbers in used])
            for number, claim in enumerate(claims)
        }
        return Told([known[numbers] for numbers in used], letters, lowest, highest)

    def _used(self, policy: str, claims: list[Claim], said: list[Statement]) -> tuple[int, ...]:
        """Which of the statements a policy uses, by their numbers."""
        if policy in STANCES:
            return tuple([number for number, claim in enumerate(claims) if self._stance(claim) == policy])
        if policy == "envelope" or len(said) == 1:
            return tuple(range(len(said)))
        picked = PICKS[policy](said)
        return tuple([number for number, statement in enumerate(said) if any(s is statement for s in picked)])

    def _sum(self, rows: list[Told], claims: Sequence[Claim]) -> Told:
        """All sides together, where nobody speaks of all sides: the sum of the sides' figures (rule 1)."""
        lowest, highest = sum(row.lowest for row in rows), sum(row.highest for row in rows)
        letters = {claim: told for row in rows for claim, told in row.letters.items()}
        disputed, ratio = any(row.disputed for row in rows), spread(lowest, highest)
        # What is left out on one side may be above that side's figure and not above the sum.
        parts_left = [claim for claim in claims if not LEFT_AS_PARTS.isdisjoint(letters[claim.id])]
        known: dict[tuple[object, ...], Amounts | None] = {}
        amounts = []
        for number in range(len(POLICIES)):
            parts = [part for row in rows if (part := row.amounts[number])]
            left = [claim for claim in parts_left if letters[claim.id][number] in LEFT_AS_PARTS]
            same = *map(id, parts), *[claim.id for claim in left]
            if same not in known:
                known[same] = _added(parts, self.needed, ratio, disputed, left) if parts else None
            amounts.append(known[same])
        return Told(amounts, letters, lowest, highest)

    # What is remembered ------------------------------------------------------------------------------------------

    @cached_property
    def needed(self) -> frozenset[str]:
        """The sides that a sum over all sides needs."""
        return frozenset(self.world.camp(side, self.place) for side in self.world.involved(self.place))

    def _spoken(self, claim: Claim) -> Statement:
        side = claim.claimant_side
        if side not in self.parties:
            self.parties[side] = self.world.party(side, self.place)
        return spoken(claim, self.parties[side], "")

    def _stance(self, claim: Claim) -> str | None:
        sides = claim.claimant_side, claim.subject_side
        if sides not in self.stances:
            self.stances[sides] = stance(self.world, claim, self.place)
        return self.stances[sides]

    def _lacks(self, claim: Claim, side: str) -> tuple[bool, str]:
        """Whether the cell of such victims is incomplete, and what it lacks: the same for all who speak of them."""
        key = side, claim.subject_side, claim.victim_status
        if key not in self.lacking:
            figure = self._cell([claim], side).figure("envelope")
            assert figure
            self.lacking[key] = figure.incomplete, _pairs((gap.side or ALL, gap.status) for gap in figure.missing)
        return self.lacking[key]


def _of_one_scope(claims: Sequence[Claim]) -> bool:
    """All are about the same victims, each by another claimant."""
    scopes = {(claim.subject_side, claim.victim_status) for claim in claims}
    return len(scopes) == 1 and len({claim.claimant for claim in claims}) == len(claims)


def _letter(claim: Claim, figure: Figure | None, left: dict[str, Exclusion]) -> str:
    if figure and claim.id in figure.claims:
        return USED
    return LETTERS[left[claim.id].reason] if claim.id in left else NOT_HEARD


def _added(
    parts: list[Amounts], needed: frozenset[str], ratio: float | None, disputed: bool, left: list[Claim]
) -> Amounts:
    (
        sides, lows, bests, highs, open_ended, imputed, incomplete, _, _, claims, claimants, sources, missing, victims,
        _,
    ) = zip(*parts, strict=True)  # fmt: skip
    lacking = needed.difference(sides)
    best = sum(bests)
    return Amounts(
        WHOLE, sum(lows), best, sum(highs), any(open_ended), any(imputed),
        not needed or bool(lacking) or any(incomplete), disputed, ratio, sum(claims), _union(claimants),
        _union(sources), _joined((*[f"{side}/{ANY}" for side in lacking], *missing)), _joined(victims),
        _larger(left, best),
    )  # fmt: skip


def _larger(left: Iterable[Claim], best: int) -> str:
    return " ".join(sorted([claim.id for claim in left if (claim.best or claim.low or 0) > best]))


def _sources(claims: Sequence[Claim]) -> tuple[str, ...]:
    return _union([claim.sources for claim in claims])


def _union(sets: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return sets[0] if len(sets) == 1 else tuple(sorted(set().union(*sets)))


@lru_cache(maxsize=4096)
def _joined(texts: tuple[str, ...]) -> str:
    return " ".join(sorted({pair for text in texts for pair in text.split()}))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(sorted({"/".join(pair) for pair in pairs}))
