"""Which claims do not count, as far as relations and their own claimants decide it.

No filter, no policy and no figure of another claimant changes this.

Rules: docs/developers/reconciling.md#rule-5, #rule-7, #rule-8, #rule-10,
#rule-11.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from api.reconciling.choosing import drop_older_wholes
from api.reconciling.containment import Containment
from api.reconciling.figures import FigureMaker, Frame
from api.reconciling.paused_collection import pause_collecting
from api.reconciling.question import Question
from api.reconciling.reconcile import PlacedClaim, Reconciliation, RowName, collect_exclusions
from api.reconciling.record import Claim, Relation, Unit, World
from api.reconciling.standing import Exclusion
from api.reconciling.statements import Statement

#: Counts every claim with a figure and a unit, split by what is never added.
EVERY_CLAIM = Question(group_by=("victim_sex", "victim_age"), filters_events=True)
OWN_REASONS = ("superseded", "later_start", "included_in")


class Settlement(NamedTuple):
    """The claims that do not count, with the reasons."""

    by_relation: dict[str, Exclusion]  # rule 5: also retractions
    by_claimant: dict[str, Exclusion]  # rules 7, 8, 10 and 11


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
            remaining, displaced = drop_older_wholes(self.world, statements)
            for whole, newer in displaced:
                self._exclude_claims(whole.claims, "superseded", newer.claims[0])
            self._silence_parts(remaining)
        by_relation = self.standing.excluded
        own = {c: out for c, out in self.excluded.items() if c not in by_relation and out.reason in OWN_REASONS}
        return Settlement(by_relation, own)

    def _silence_parts(self, statements: Iterable[Statement]) -> None:
        """Exclude the parts of a unit that its claimant's whole contains, if nobody else speaks (rule 11)."""
        alone: dict[tuple[str, Unit | None], list[Statement]] = defaultdict(list)
        for statement in statements:
            alone[statement.claimants[0], statement.unit].append(statement)
        maker = FigureMaker(self.world, Frame(), Containment(self.world, (), ()))
        for own in alone.values():
            figure = maker.make_figure(sorted(own, key=lambda s: s.claims), "envelope") if len(own) > 1 else None
            for claim, out in collect_exclusions(figure).items() if figure else ():
                if out.reason == "included_in":
                    self._exclude_claims([claim], out.reason, out.by)
