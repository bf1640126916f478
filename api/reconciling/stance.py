"""Rule 3: a claimant states losses of its own side, of an opponent, or of others.

Rules: docs/developers/reconciling.md#rule-3.
"""

from api.reconciling.policies import AFFILIATED, OPPOSING, OWN, THIRD_PARTY
from api.reconciling.record import Claim, Unit, World


def find_stance(world: World, claim: Claim, unit: Unit) -> str | None:
    """Return the claimant's stance towards the losses that it states (rule 3); None: a party about all sides."""
    camp = world.find_party_camp(claim.claimant_side, unit)
    subject = world.find_camp(claim.subject_side, unit) if claim.subject_side else None
    if claim.claimant_side and subject and world.find_camp(claim.claimant_side, unit) == subject:
        return OWN
    if camp is not None:
        return OPPOSING if subject else None
    if world.find_party_camp(claim.affiliation, unit) is not None:
        return AFFILIATED
    return THIRD_PARTY
