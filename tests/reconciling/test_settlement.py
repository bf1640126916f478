"""Some claims do not count because of relations or their own claimant: no answer about everything uses them."""

from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import Answer
from api.reconciling.settlement import EVERY_CLAIM, OWN_REASONS, settle_claims
from tests.reconciling.worlds import a_record

WORLDS = range(300)


def is_used(answer: Answer, claim: str | None) -> bool:
    return claim is not None and claim not in answer.excluded


def test_claims_that_do_not_count_are_excluded_from_the_answer_with_the_same_reason() -> None:
    count = 0
    for seed in WORLDS:
        record = a_record(seed)
        settlement = settle_claims(record.world, record.claims, record.relations)
        answer = reconcile(record.world, record.claims, record.relations, EVERY_CLAIM)
        used = {claim for row in answer.rows for claim in row.claims}
        for claim, exclusion in settlement.by_relation.items():
            assert answer.excluded[claim] == exclusion
        for claim, exclusion in settlement.by_claimant.items():
            if exclusion.reason == "included_in" and not is_used(answer, exclusion.by):
                continue  # another claimant's figure takes the place of the whole, and may bring back its parts
            assert claim not in used
            assert answer.excluded[claim].reason in (*OWN_REASONS, "period_overlap"), seed
        count += len(settlement.by_claimant)
    assert count > 200


def test_a_figure_of_another_claimant_displaces_nothing() -> None:
    """The claims of one claimant replace each other in the same way, with or without claims of others."""
    for seed in WORLDS:
        record = a_record(seed)
        settlement = settle_claims(record.world, record.claims, ())
        for claimant in {claim.claimant for claim in record.claims}:
            own = [claim for claim in record.claims if claim.claimant == claimant]
            alone = settle_claims(record.world, own, ())
            assert alone.by_claimant == {
                c.id: settlement.by_claimant[c.id] for c in own if c.id in settlement.by_claimant
            }
