"""Rule 15: the policies as one table. A policy says whom it hears and which of several statements it picks.

Rules: docs/developers/reconciling.md#rule-14, #rule-15.
"""

from operator import attrgetter
from typing import NamedTuple

from api.reconciling.statements import Statement

OWN, OPPOSING, AFFILIATED, THIRD_PARTY = "own", "opposing", "affiliated", "third_party"


class Policy(NamedTuple):
    """`hears`: a stance, or None for all claimants. `order`: attributes of a statement by which it picks the first.

    A leading hyphen means the greatest first. All statements that are equal in this order are picked; with an empty
    order, all. The words and meanings of policies are in `schemas.statistics.casualties`.
    """

    hears: str | None = None
    order: tuple[str, ...] = ()

    @property
    def picks_all(self) -> bool:
        """Return whether no statement that it hears is passed over."""
        return not self.order

    def pick_statements(self, statements: list[Statement]) -> list[Statement]:
        for name in self.order if len(statements) > 1 else ():
            read_value = attrgetter(name.removeprefix("-"))
            values = [read_value(s) for s in statements]
            first = max(values) if name.startswith("-") else min(values)
            statements = [s for s, value in zip(statements, values, strict=True) if value == first]
        return statements


#: A claim with one bound alone gives no best beside a stated best (rule 14): `-has_best` comes before a best.
POLICIES: dict[str, Policy] = {
    "envelope": Policy(),
    "lowest": Policy(order=("-has_best", "best")),
    "highest": Policy(order=("-has_best", "-best")),
    "latest": Policy(order=("-stated",)),
    "best_graded": Policy(order=("grade", "-stated")),
    "own_side": Policy(hears=OWN),
    "opposing_side": Policy(hears=OPPOSING),
    "affiliated": Policy(hears=AFFILIATED),
    "third_party": Policy(hears=THIRD_PARTY),
    "claimant": Policy(),
}
