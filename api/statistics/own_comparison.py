"""Compares the claims of one claimant about the losses of opponents with the claims of these opponents.

The figures are those of the policies `claimant` and `own_side`; they are compared by rule 16, or not at all.

Rules: docs/developers/reconciling.md#rule-15, #rule-16.
"""

from typing import Any, NamedTuple

from api.reconciling.comparing import Ratio, compare_rows
from api.reconciling.policies import OWN
from api.reconciling.reconciled_answer import INCIDENTS, TOTALS, Answer, Row
from api.statistics.casualties import answer_casualties
from api.statistics.casualty_question import make_question

GROUPS = {INCIDENTS: ("event", "subject_side"), TOTALS: ("conflict", "subject_side")}
#: By basis, the filter that keeps a question to the events or conflicts of the claimant.
FILTERS = {INCIDENTS: "event", TOTALS: "recorded_conflict"}


class Comparison(NamedTuple):
    """A figure of the claimant, the side's own figure (None: it has none), and their ratio or why there is none."""

    basis: str
    key: dict[str, str | None]
    figure: Row
    own: Row | None
    ratio: Ratio
    last_stated: str | None  # the last possible day of the claimant's statements
    own_last_stated: str | None


def compare_with_own(claimant: str, events: tuple[str, ...], conflicts: tuple[str, ...]) -> list[Comparison]:
    """Return the figures of a claimant about other sides, in these events and these conflicts."""
    comparisons: list[Comparison] = []
    for basis, slugs in ((TOTALS, conflicts), (INCIDENTS, events)):
        if slugs:
            comparisons += _compare_basis(basis, claimant, slugs)
    return comparisons


def _compare_basis(basis: str, claimant: str, slugs: tuple[str, ...]) -> list[Comparison]:
    shared: dict[str, Any] = {"basis": basis, "group_by": GROUPS[basis], FILTERS[basis]: slugs}
    answer = answer_casualties(make_question(shared | {"policy": "claimant", "claimant": (claimant,)}), with_cells=True)
    own_answer = answer_casualties(make_question(shared | {"policy": "own_side"}), with_cells=True)
    own_rows = {row.key: row for row in own_answer.rows}
    return [
        _compare_row(answer, row, own_answer, own_rows.get(row.key))
        for row in answer.rows
        if row.claims and dict(row.key)["subject_side"] not in (None, "all") and not _is_own(answer, row)
    ]


def _is_own(answer: Answer, row: Row) -> bool:
    """Return whether the claimant speaks here about its own losses."""
    return any(s.stance == OWN for s in answer.describe_statements(row) if s.claim.id in row.claims)


def _compare_row(answer: Answer, row: Row, own_answer: Answer, own: Row | None) -> Comparison:
    return Comparison(
        row.basis,
        dict(row.key),
        row,
        own,
        compare_rows(row, own),
        _find_last_stated(answer, row),
        _find_last_stated(own_answer, own) if own else None,
    )


def _find_last_stated(answer: Answer, row: Row) -> str | None:
    stated = (answer.record[claim].stated_last for claim in row.claims)
    return max((day for day in stated if day), default=None)
