"""A cell's scopes: the whole, its sides, their victims and members; and what may be added to what (rule 1).

A cell is everything said about one harm in one event, period or conflict so far, as far as the question's row holds
it. It is reconciled from its own claims alone: each scope's figure comes from the statements about it and from the
sum of its parts' figures, from the top down, because a claimant whose whole has spoken is not heard on its parts.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from api.queries.evidence import ANY, Claim, Place, World
from api.queries.standing import Exclusion
from api.queries.statements import PICKS, Figure, Scope, Statement, added, clashing, recent, settled, spoken

BOTH = frozenset({"civilian", "member_of_armed_forces"})

Heard = frozenset[str]  # the claimants whose wholes have spoken


class Frame(NamedTuple):
    """What is whole in the cells of a row, and what their sums need."""

    side: str | None = None  # None is all sides
    status: str = ANY
    sides: frozenset[str] | None = None  # the sides asked for, where the question names some
    statuses: frozenset[str] = BOTH  # without which a side's sum is incomplete


class Utterance(NamedTuple):
    scope: Scope  # its status is ANY where it is the frame's
    within: tuple[str | None, ...]  # the sides that hold its subject, up to the frame's
    statement: Statement


def top_side(world: World, side: str, place: Place, asked: frozenset[str] | None) -> str:
    """A side's camp; or, where the question names sides, the highest of them that holds it."""
    line = world.lineage(side, place)
    return next((s for s in reversed(line) if asked and s in asked), line[-1])


class Cell:
    """One cell under one policy; `figure()` reconciles it and `left` then tells why a claim took no part."""

    def __init__(self, world: World, place: Place, frame: Frame, running: bool, claims: Iterable[Claim]) -> None:
        self.world, self.place, self.frame, self.running = world, place, frame, running
        self.claims: list[str] = []
        self.left: dict[str, Exclusion] = {}
        self.at: dict[Scope, list[Statement]] = defaultdict(list)
        self.by: dict[str, list[Utterance]] = defaultdict(list)
        self.below: dict[str | None, set[str]] = defaultdict(set)
        self.statuses: dict[str | None, set[str]] = defaultdict(set)
        for claim in claims:
            self.claims.append(claim.id)
            self.by[claim.claimant].append(self._utterance(claim))
        for claimant, utterances in self.by.items():
            self.by[claimant] = self._gathered(utterances)
            for utterance in self.by[claimant]:
                self._hear(utterance)
        self.left_at_once = self.left
        self.told: dict[str, tuple[Figure | None, dict[str, Exclusion]]] = {}

    def figure(self, policy: str) -> Figure | None:
        """The same however often it is asked for; `left` is then that policy's."""
        rule = policy if policy in PICKS else "envelope"
        if rule not in self.told:
            self.left = dict(self.left_at_once)
            figure = self._figure(Scope(self.frame.side, ANY), frozenset(), rule)
            used = set(figure.claims) if figure else set()
            left = {c: self.left.get(c, Exclusion("other_scope")) for c in self.claims if c not in used}
            self.told[rule] = figure, left
        figure, self.left = self.told[rule]
        return figure

    def _utterance(self, claim: Claim) -> Utterance:
        within: tuple[str | None, ...] = ()
        if claim.subject_side is not None:
            line = self.world.lineage(claim.subject_side, self.place)
            within = tuple(line[: line.index(self._top(claim.subject_side)) + 1])
        if self.frame.side is None:
            within = (*within, None)
        status = ANY if claim.victim_status == self.frame.status else claim.victim_status
        covers_to = self.world.covers_to(claim) if self.running else ""
        statement = spoken(claim, self.world.party(claim.claimant_side, self.place), covers_to)
        return Utterance(Scope(claim.subject_side, status), within, statement)

    def _gathered(self, utterances: list[Utterance]) -> list[Utterance]:
        """A claimant that gave both civilians and armed forces of a side has given the whole.

        Where it also gave a whole, that stands unless both parts are newer.
        """
        given = {u.scope: u for u in utterances}
        for side in sorted({s.side for s in given}, key=lambda side: side or ""):
            both = [given.get(Scope(side, status)) for status in sorted(BOTH)]
            if not all(both):
                continue
            parts = [u for u in utterances if u.scope.side == side and u.scope.status != ANY]
            whole = given.get(Scope(side, ANY))
            if whole and not all(u and _newer(u.statement, whole.statement) for u in both):
                self._leave((u.statement for u in parts), "included_in", whole.statement.claims[0])
            else:
                own = added([settled(u.scope, [u.statement], "envelope") for u in parts])
                if whole:
                    self._leave([whole.statement], "superseded", own.claims[0])
                given[Scope(side, ANY)] = Utterance(Scope(side, ANY), parts[0].within, own)
            for part in parts:
                del given[part.scope]
        return list(given.values())

    def _hear(self, utterance: Utterance) -> None:
        (side, status), within, statement = utterance
        self.at[utterance.scope].append(statement)
        for member, above in zip(within, within[1:], strict=False):
            self.below[above].add(member or "")
        if status != ANY:
            # A camp's victims may be told by its members; those of all sides only by claims about all sides.
            for holder in within if side is None else (s for s in within if s is not None):
                self.statuses[holder].add(status)

    def _top(self, side: str) -> str:
        return top_side(self.world, side, self.place, self.frame.sides)

    def _figure(self, scope: Scope, heard: Heard, policy: str) -> Figure | None:
        wholes = [s for s in self.at.get(scope, ()) if s.claimants[0] not in heard]
        for whole in wholes:
            self._include_parts(scope, whole)
        heard = heard | {s.claimants[0] for s in wholes}
        sums = []
        disputed = False
        for parts, needed in self._divisions(scope, heard):
            figures = [f for part in parts if (f := self._figure(part, heard, policy))]
            if figures:
                disputed = disputed or any(f.disputed for f in figures)
                missing = sorted(needed - {f.scope for f in figures}, key=lambda s: (s.side or "", s.status))
                sums.append(added(figures, missing, incomplete=not needed))
        candidates = _competing(wholes, sums)
        if not candidates:
            return None
        current = recent(candidates) if self.running else candidates
        self._leave(_dropped(candidates, current), "older_total")
        disputed = disputed or clashing(current)
        picked = PICKS[policy](current) if policy in PICKS else current
        self._leave(_dropped(current, picked), "other_policy")
        return settled(scope, picked, policy if policy in PICKS else "envelope", disputed)

    def _include_parts(self, scope: Scope, whole: Statement) -> None:
        """A claimant's parts take no part where its whole speaks."""
        for part in self.by[whole.claimants[0]]:
            if part.scope != scope and scope.side in part.within and scope.status in (ANY, part.scope.status):
                self._leave([part.statement], "included_in", whole.claims[0])

    def _divisions(self, scope: Scope, heard: Heard) -> Iterable[tuple[list[Scope], set[Scope]]]:
        """The ways to divide a scope into parts, each with the parts that a complete sum needs.

        All sides divide into sides; into victim statuses only where no side has a figure. A coalition divides
        into members unless its own statuses are told. Where those are told, and a member's whole too, neither
        sum holds the other's claims: both are considered.
        """
        side, status = scope
        statuses = [Scope(side, s) for s in sorted(self.statuses.get(side, ()))] if status == ANY else []
        sides = [Scope(s, status) for s in sorted(self.below.get(side, ()))]
        by_status = statuses, {Scope(side, s) for s in self.frame.statuses}
        if side is None:
            if status == ANY and self._some_side_speaks(heard):
                return [(sides, {Scope(s, status) for s in self._sides()})]
            return [by_status]
        if not sides:
            return [by_status]
        by_member = sides, {Scope(s, status) for s in self.world.members(side, self.place)}
        told = [u.scope for c, said in self.by.items() if c not in heard for u in said if side in u.within]
        if status != ANY or not any(s.side == side and s.status != ANY for s in told):
            return [by_member]
        return [by_status, by_member] if any(s.side != side and s.status == ANY for s in told) else [by_status]

    def _some_side_speaks(self, heard: Heard) -> bool:
        """Whether anyone speaks of a side alone, other than on a part of what it says of all sides."""
        said = [(c, u.scope) for c, utterances in self.by.items() if c not in heard for u in utterances]
        of_all_sides = {(c, scope.status) for c, scope in said if scope.side is None}
        return any(scope.side is not None and (c, scope.status) not in of_all_sides for c, scope in said)

    def _sides(self) -> set[str]:
        """The sides that a sum over all sides needs: the event's, or those of them that were asked for."""
        camps = {self.world.camp(s, self.place) for s in self.world.involved(self.place)}
        if self.frame.sides is None:
            return camps
        asked = {self._top(s) for s in self.frame.sides}
        return {s for s in asked if self.world.camp(s, self.place) in camps} or asked

    def _leave(self, statements: Iterable[Statement], reason: str, by: str | None = None) -> None:
        for statement in statements:
            for claim in statement.claims:
                self.left.setdefault(claim, Exclusion(reason, by))


def _dropped(statements: list[Statement], kept: list[Statement]) -> list[Statement]:
    same = {id(s) for s in kept}
    return [s for s in statements if id(s) not in same]


def _newer(part: Statement, whole: Statement) -> bool:
    """On one day only where both hours are known."""
    (day, hour), (whole_day, whole_hour) = part.said, whole.said
    return day > whole_day or (day == whole_day and bool(whole_hour) and hour > whole_hour)


def _competing(wholes: list[Statement], sums: list[Statement]) -> list[Statement]:
    """A complete sum competes with the whole statements; an incomplete one only if its best is above all of theirs."""
    statements = list(wholes)
    for total in sums:
        if not total.incomplete and all(total.claims != s.claims for s in statements):
            statements.append(total)
    partial = max((s for s in sums if s.incomplete), key=lambda s: s.best, default=None)
    if partial and all(partial.best > s.best for s in statements):
        statements.append(partial)
    return statements
