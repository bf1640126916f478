"""Rule 20: whether a recorded silence is about what a figure lacks.

Rules: docs/developers/reconciling.md#rule-20.
"""

from collections.abc import Iterable

from api.reconciling.question import ALL
from api.reconciling.record import ANY, Claim, Unit, World


def is_silent_in_unit(world: World, silence: Claim, unit: Unit, gaps: Iterable[tuple[str, str]]) -> bool:
    """Return whether the silence is of a side and status among the gaps of the unit, and covers its days."""
    if silence.event not in (None, unit.event) or not world.are_related(silence.conflict, unit.conflict):
        return False
    if not unit.is_running:
        if not (silence.covers_from or "") <= unit.last or not unit.first <= (silence.covers_to or unit.first):
            return False
    return is_silent_on_gaps(world, silence, unit, gaps)


def is_silent_on_gaps(world: World, silence: Claim, unit: Unit, gaps: Iterable[tuple[str, str]]) -> bool:
    """Return whether the silence is of a side and status among the gaps, whatever its days."""
    side = silence.subject_side or silence.claimant_side
    holders = {ALL, *(world.find_lineage(side, unit) if side else ())}
    return any(
        gap_side in holders and (ANY in (status, silence.victim_status) or status == silence.victim_status)
        for gap_side, status in gaps
    )
