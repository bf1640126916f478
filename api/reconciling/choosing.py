"""Rules 7, 8 and 10: which of one claimant's claims of a scope remains, and what its parts add up to.

Rules: docs/developers/reconciling.md#rule-7, #rule-8, #rule-10.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.reconciling.coverage import Coverage, are_near, cover_claim, find_tolerance, is_within
from api.reconciling.record import ANY, Claim, Unit, World
from api.reconciling.standing import Exclusion
from api.reconciling.statements import (
    Figure,
    Scope,
    Statement,
    add_parts,
    fill_best,
    is_newer,
    is_stated_later,
    state_claim,
    state_figure,
)

BOTH_STATUSES = frozenset({"civilian", "member_of_armed_forces"})
PartKey = tuple[str | None, str | None]  # label, responsible side
Exclusions = dict[str, Exclusion]


class _Candidate(NamedTuple):
    claim: Claim
    coverage: Coverage

    @property
    def rank(self) -> tuple[tuple[str, str], str, int, str]:
        return self.claim.stated, self.coverage.last or "", fill_best(self.claim), self.claim.id


def choose_newest(world: World, unit: Unit, claims: Sequence[Claim], excluded: Exclusions) -> list[Claim]:
    """Return the one that remains of a claimant's claims of one scope and part (rule 7).

    The others are `superseded` or `later_start`.
    """
    if len(claims) == 1:
        return list(claims)
    candidates = [_Candidate(claim, cover_claim(world, claim, unit)) for claim in claims]
    return [_choose_candidate(unit, candidates, excluded).claim]


def _choose_candidate(unit: Unit, candidates: list[_Candidate], excluded: Exclusions) -> _Candidate:
    tolerance = find_tolerance(c.coverage for c in candidates)
    earliest = min(c.coverage.first for c in candidates)
    early = [c for c in candidates if is_within(earliest, c.coverage.first, tolerance)]
    late = [c for c in candidates if not is_within(earliest, c.coverage.first, tolerance)]
    chosen = max(_keep_newest_ends(early, tolerance) if unit.is_running else early, key=lambda c: c.rank)
    for candidate in early:
        if candidate is not chosen:
            excluded[candidate.claim.id] = Exclusion("superseded", chosen.claim.id)
    if not late:
        return chosen
    later = _choose_candidate(unit, late, excluded)
    if is_stated_later(later.claim.stated, chosen.claim.stated) and fill_best(later.claim) > fill_best(chosen.claim):
        excluded[chosen.claim.id] = Exclusion("superseded", later.claim.id)
        return later
    excluded[later.claim.id] = Exclusion("later_start", chosen.claim.id)
    return chosen


def _keep_newest_ends(candidates: list[_Candidate], tolerance: int) -> list[_Candidate]:
    """Return those that end within the tolerance of the newest end; undated ones only if none is dated."""
    dated = [c for c in candidates if c.claim.stated_last] or candidates
    newest = max(c.coverage.last or "" for c in dated)
    return [c for c in dated if is_within(c.coverage.last or "", newest, tolerance)]


def is_named_as_parts(world: World, unit: Unit, claims: Iterable[Claim]) -> bool:
    """Return whether the claimant named two perpetrators, neither within the other (rule 8).

    It must name them in one statement or on one known day.
    """
    by_occasion: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in claims:
        if claim.responsible_side is None:
            continue
        if claim.statement:
            by_occasion["statement", claim.statement].add(claim.responsible_side)
        if claim.stated_on and claim.stated_on == claim.stated_last:
            by_occasion["day", claim.stated_on].add(claim.responsible_side)
    return any(
        side not in world.find_lineage(second, unit) and second not in world.find_lineage(side, unit)
        for sides in by_occasion.values()
        if len(sides) > 1
        for side in sides
        for second in sides
    )


def choose_statements(
    world: World,
    unit: Unit,
    scope: Scope,
    claims: Sequence[Claim],
    replaced: Sequence[Claim],
    included: frozenset[str],
    excluded: Exclusions,
) -> list[Statement]:
    """Return what one claimant states of a scope of a unit: a whole, or the sum of its parts (rules 7 and 8).

    `replaced`: its claims that a relation replaced; they still show that it named perpetrators. `included`: claims
    that a claim of their own unit includes, and claims that replaced such claims.
    """
    if len(claims) == 1 and not replaced and claims[0].part is None and claims[0].id not in included:
        return [state_claim(world, claims[0], unit, scope)]
    are_parts = is_named_as_parts(world, unit, (*claims, *replaced))
    groups: dict[PartKey | None, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[_find_part(claim, are_parts, included)].append(claim)
    standing = {key: choose_newest(world, unit, group, excluded)[0] for key, group in groups.items()}
    whole = standing.pop(None, None)
    if not standing:
        assert whole
        return [state_claim(world, whole, unit, scope)]
    parts = _drop_members(world, unit, standing, excluded)
    total = _add_best_way(world, unit, scope, parts, excluded)
    if whole is None:
        return [total]
    stated = state_claim(world, whole, unit, scope)
    if total.best > stated.best and all(_is_newer_part(p, stated) for p in total.parts):
        excluded[whole.id] = Exclusion("superseded", total.claims[0])
        return [total]
    for part in total.claims:
        excluded[part] = Exclusion("included_in", whole.id)
    return [stated]


def _is_newer_part(part: Figure, whole: Statement) -> bool:
    return all(is_newer(s, whole) for s in part.statements)


def _find_part(claim: Claim, are_parts: bool, included: frozenset[str]) -> PartKey | None:
    """Return the label and perpetrator of a part; None for a whole."""
    perpetrator = claim.responsible_side if are_parts else None
    if claim.part is None and perpetrator is None:
        return ("", None) if claim.id in included else None
    return claim.part, perpetrator


def _drop_members(
    world: World, unit: Unit, standing: dict[PartKey | None, Claim], excluded: Exclusions
) -> dict[PartKey, Claim]:
    """Return the parts, without a member's part if its coalition has one: that contains it (rule 8)."""
    parts: dict[PartKey, Claim] = {}
    for key, claim in standing.items():
        assert key
        label, perpetrator = key
        above = world.find_lineage(perpetrator, unit)[1:] if perpetrator else ()
        holder = next((standing[label, side] for side in above if (label, side) in standing), None)
        if holder:
            excluded[claim.id] = Exclusion("included_in", holder.id)
        else:
            parts[key] = claim
    return parts


def _add_best_way(
    world: World, unit: Unit, scope: Scope, parts: dict[PartKey, Claim], excluded: Exclusions
) -> Statement:
    """Return the highest sum of parts that are cut in one way: by labels, by perpetrators, or by both (rule 8)."""
    ways: list[list[Claim]] = [[], [], []]
    for (label, perpetrator), claim in sorted(parts.items(), key=lambda item: item[1].id):
        ways[0 if perpetrator is None else 1 if label is None else 2].append(claim)
    sums = [_add_claims(world, unit, scope, way) for way in ways if way]
    best = max(sums, key=lambda s: s.best)  # the first of equals
    for total in sums:
        if total is not best:
            for part in total.claims:
                excluded[part] = Exclusion("included_in", best.claims[0])
    return best


def _add_claims(world: World, unit: Unit, scope: Scope, claims: list[Claim]) -> Statement:
    parts = [state_figure(state_claim(world, claim, unit, scope), "envelope") for claim in claims]
    return add_parts(scope, parts, is_partial=True, is_incomplete=True)


def drop_older_wholes(
    world: World, statements: list[Statement]
) -> tuple[list[Statement], list[tuple[Statement, Statement]]]:
    """Drop a claimant's older whole if its own newer parts are the whole too, or say more (rule 10).

    Return the statements that remain, and pairs of a dropped whole and the part that replaces it.
    """
    groups: dict[tuple[str, Unit | None], list[Statement]] = defaultdict(list)
    for statement in statements:
        groups[statement.claimants[0], statement.unit].append(statement)
    displaced = [
        (whole, newer)
        for claimant_statements in groups.values()
        if len(claimant_statements) > 1
        for whole in claimant_statements
        if (
            newer := _find_newer(
                whole, [s for s in claimant_statements if _is_part_of(world, s, whole) and is_newer(s, whole)]
            )
        )
    ]
    gone = {whole.claims for whole, _ in displaced}
    return [s for s in statements if s.claims not in gone] if gone else statements, displaced


def _is_part_of(world: World, part: Statement, whole: Statement) -> bool:
    """Return whether the first statement is about fewer people than the second, by side or status."""
    side, status = part.scope
    if part.scope == whole.scope or whole.scope.status not in (ANY, status):
        return False
    assert whole.unit
    return whole.scope.side is None or (side is not None and whole.scope.side in world.find_lineage(side, whole.unit))


def _find_newer(whole: Statement, parts: list[Statement]) -> Statement | None:
    """Return a higher part, or one of civilians and armed forces if their sum is complete or higher."""
    both = [s for s in parts if s.scope.side == whole.scope.side and s.scope.status in BOTH_STATUSES]
    if len(both) == len(BOTH_STATUSES) and whole.scope.status == ANY:
        is_complete = not any(s.is_partial for s in both) and (
            not (whole.unit and whole.unit.is_running) or are_near([s.coverage for s in both])
        )
        if is_complete or sum(s.best for s in both) > whole.best:
            return both[0]
    return next((s for s in parts if s.best > whole.best), None)
