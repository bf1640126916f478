"""Counts: the claims that a claimant makes about the same people, day after day. Rule 7 chooses the newest one.

Rules: docs/developers/reconciling.md#rule-7, #rule-8.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from api.reconciling.choosing import choose_newest, is_named_as_parts
from api.reconciling.record import Claim, Unit, World
from api.reconciling.standing import Exclusion


class Count(NamedTuple):
    """Harm, side, claimant and victims; also a part, where the claimant cuts its figure into parts (rule 8)."""

    harm: str
    subject_side: str | None
    claimant: str
    victim_status: str
    victim_sex: str
    victim_age: str
    part: str | None
    responsible_side: str | None


def group_counts(world: World, claims: Iterable[Claim]) -> dict[Count, list[Claim]]:
    """Return the claims by count. A perpetrator makes a part only where the claimant named two as parts."""
    scopes: dict[tuple[Count, Unit | None], list[Claim]] = defaultdict(list)
    for claim in claims:
        victims = claim.victim_status, claim.victim_sex, claim.victim_age
        scope = Count(claim.harm, claim.subject_side, claim.claimant, *victims, None, None)
        scopes[scope, world.find_unit(claim, None)].append(claim)
    counts: dict[Count, list[Claim]] = defaultdict(list)
    for (scope, unit), group in scopes.items():
        are_parts = unit is not None and is_named_as_parts(world, unit, group)
        for claim in group:
            perpetrator = claim.responsible_side if are_parts else None
            counts[scope._replace(part=claim.part, responsible_side=perpetrator)].append(claim)
    return counts


def find_parts(world: World, claims: Iterable[Claim]) -> set[str]:
    """Return the claims that are parts of what their claimant counts (rule 8)."""
    counts = group_counts(world, claims)
    return {c.id for count, group in counts.items() if count.part or count.responsible_side for c in group}


def find_replaced(world: World, claims: Iterable[Claim], as_of: str | None) -> dict[str, Exclusion]:
    """Return the claims of each count that rule 7 does not choose, as `superseded` or `later_start`."""
    replaced: dict[str, Exclusion] = {}
    for group in group_counts(world, claims).values():
        by_unit: dict[Unit, list[Claim]] = defaultdict(list)
        for claim in group:
            if unit := world.find_unit(claim, as_of):
                by_unit[unit].append(claim)
        for unit, of_unit in by_unit.items():
            choose_newest(world, unit, of_unit, replaced)
    return replaced
