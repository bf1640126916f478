"""Rank the events or conflicts on which claimants disagree most, with the two statements that differ most."""

from typing import Any, NamedTuple

from api.reconciling.reconcile import INCIDENTS, TOTALS, Answer, Row, reconcile
from api.reconciling.statements import Statement, find_furthest
from api.statistics.casualties import read_question

EVENTS, CONFLICTS, BOTH = "events", "conflicts", "both"
KINDS = {EVENTS: (EVENTS,), CONFLICTS: (CONFLICTS,), BOTH: (EVENTS, CONFLICTS)}
DIMENSION = {EVENTS: "event", CONFLICTS: "conflict"}
BASIS = {EVENTS: INCIDENTS, CONFLICTS: TOTALS}


class End(NamedTuple):
    """The lowest or the highest of the statements that are compared, and when it was stated."""

    statement: Statement
    first_stated_on: str | None
    last_stated_on: str | None


class Disagreement(NamedTuple):
    """One figure under `policy=envelope`, with the ends of its widest comparison: highest over lowest is its spread."""

    kind: str  # events or conflicts
    row: Row
    lowest: End
    highest: End

    @property
    def has_difference(self) -> bool:
        return bool(self.row.disputed) or self.row.spread != 1

    @property
    def subject(self) -> str:
        """Return the event or conflict; empty for a period, which is not an event."""
        return dict(self.row.key)[DIMENSION[self.kind]] or ""


class Ranking(NamedTuple):
    ranked: list[Disagreement]
    compared: int


def rank_disagreements(parameters: dict[str, Any], of: str) -> Ranking:
    """Return the figure with the greatest spread of each event or conflict, the greatest first.

    Raises `UnknownValueError` and `UnanswerableError`.
    """
    widest: dict[tuple[str, str], Disagreement] = {}
    for disagreement in list_disagreements(parameters, of):
        widest.setdefault((disagreement.kind, disagreement.subject), disagreement)
    return Ranking([d for d in widest.values() if d.has_difference], len(widest))


def list_disagreements(parameters: dict[str, Any], of: str = EVENTS) -> list[Disagreement]:
    """Return every figure by event or conflict, side and harm with its ends, the greatest spread first."""
    reading, question = read_question(parameters | {"basis": "both", "policy": "envelope", "group_by": ()})
    compared: list[Disagreement] = []
    for kind in KINDS[of]:
        groups = DIMENSION[kind], "subject_side"
        basis_question = question._replace(basis=BASIS[kind], group_by=groups)
        answer = reconcile(reading.world, reading.claims, reading.relations, basis_question)
        disagreements = (_find_ends(kind, row, answer) for row in answer.rows)
        compared += (disagreement for disagreement in disagreements if disagreement.subject)
    return sorted(compared, key=_find_rank)


def _find_ends(kind: str, row: Row, answer: Answer) -> Disagreement:
    cell = max(row.cells, key=lambda c: (c.spread is None, c.spread or 0, c.is_disputed))
    lowest, highest = find_furthest(cell.figure)
    return Disagreement(kind, row, _date_end(answer, lowest), _date_end(answer, highest))


def _date_end(answer: Answer, statement: Statement) -> End:
    claims = [answer.record[claim] for claim in statement.claims]
    first = min((c.stated_on for c in claims if c.stated_on), default=None)
    return End(statement, first, max((c.stated_last for c in claims if c.stated_last), default=None))


def _find_rank(disagreement: Disagreement) -> tuple[Any, ...]:
    """Return the sort key, the widest spread first. A zero against a figure has no spread, and is the widest."""
    row = disagreement.row
    key = [value or "" for _, value in row.key]
    return (
        row.spread is not None,
        -(row.spread or 0),
        not row.disputed,
        -disagreement.highest.statement.best,
        row.basis,
        key,
    )
