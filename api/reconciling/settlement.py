"""Which claims do not count, as far as relations and their own claimants decide it.

No filter, no policy and no figure of another claimant changes this.

Rules: docs/developers/reconciling.md#rule-5, #rule-7, #rule-8, #rule-10.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from api.reconciling.choosing import drop_older_wholes
from api.reconciling.figures import Frame
from api.reconciling.question import Question
from api.reconciling.reconcile import PlacedClaim, Reconciliation, RowName, pause_collecting
from api.reconciling.record import Claim, Relation, World
from api.reconciling.standing import Exclusion

#: Counts every claim with a figure and a unit, split by what is never added.
EVERY_CLAIM = Question(group_by=("victim_sex", "victim_age"), filters_events=True)
OWN_REASONS = ("superseded", "later_start", "included_in")


class Settlement(NamedTuple):
    """The claims that do not count, with the reasons."""

    by_relation: dict[str, Exclusion]  # rule 5: also retractions
    by_claimant: dict[str, Exclusion]  # rules 7, 8 and 10


def settle_claims(world: World, claims: Iterable[Claim], relations: Iterable[Relation]) -> Settlement:
    """Return which claims do not count today. The claims of a claimant's unit must be complete.

    Raises `UnanswerableError` if the relations make no sense.
    """
    with pause_collecting():
        return _Settling(world, claims, relations, EVERY_CLAIM).settle()


class _Settling(Reconciliation):
    """The steps of reconciling that concern one claimant at a time."""

    def settle(self) -> Settlement:
        places, replaced = self._place_claims(), self._find_replaced()
        grouped: dict[RowName, list[PlacedClaim]] = defaultdict(list)
        for claim, unit in places:
            grouped[self._name_row(claim, unit)].append((claim, unit))
        for name, row_places in grouped.items():
            statements = list(self._make_statements(Frame(), row_places, replaced.get(name, {})))
            for whole, newer in drop_older_wholes(self.world, statements)[1]:
                self._exclude_claims(whole.claims, "superseded", newer.claims[0])
        by_relation = self.standing.excluded
        own = {c: out for c, out in self.excluded.items() if c not in by_relation and out.reason in OWN_REASONS}
        return Settlement(by_relation, own)
