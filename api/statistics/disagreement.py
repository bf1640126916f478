"""Rank the events or conflicts on which claimants disagree most, with the two statements that differ most."""

from typing import Any, NamedTuple

from api.evidence.frame import open_frame
from api.reconciling.question import Question
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import INCIDENTS, TOTALS, Answer, Row
from api.reconciling.statements import Statement, find_furthest
from api.statistics.casualties import choose_unwalked, make_selection, read_selection
from api.statistics.casualty_question import CasualtyQuestion, make_question
from api.statistics.plain_cells import PlainCells
from api.statistics.reading import Reading
from api.statistics.selection import Condition

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
    """The figure with the greatest spread of each event or conflict, the greatest first, and how many there are."""

    ranked: list[Disagreement]  # with a difference; at least as many as were asked for, if there are so many
    differing: int
    compared: int


def rank_disagreements(parameters: dict[str, Any], of: str, limit: int | None) -> Ranking:
    """Return at least the first `limit` of the ranking (None: all).

    Raises `UnknownValueError` and `UnanswerableError`.
    """
    found, others, differing = [], 0, 0
    for kind in KINDS[of]:
        kind_disagreements, (kind_differing, kind_others) = _find_widest(parameters, kind, limit)
        found += kind_disagreements
        differing, others = differing + kind_differing, others + kind_others
    widest: dict[tuple[str, str], Disagreement] = {}
    for disagreement in sorted(found, key=_find_rank):
        widest.setdefault((disagreement.kind, disagreement.subject), disagreement)
    ranked = [d for d in widest.values() if d.has_difference]
    return Ranking(ranked, len(ranked) + differing, len(widest) + others)


def _find_widest(
    parameters: dict[str, Any], kind: str, limit: int | None
) -> tuple[list[Disagreement], tuple[int, int]]:
    """Return the disagreements that may be among the first `limit`, and how many further events there are.

    DuckDB orders the plain events by their spread, so that only the first of them are walked.
    """
    with open_frame() as frame:
        question = _make_question(parameters, kind)
        rules, selection = question.rules, make_selection(frame, question)
        plain = choose_unwalked(frame, rules, selection)
        if not isinstance(plain, PlainCells):
            reading = read_selection(frame, selection, Condition("TRUE", []))
            return _find_disagreements(reading, rules, kind), (0, 0)
        walked, left_out = plain.walked_condition, (0, 0)
        if kind == EVENTS:
            chosen = plain.choose_widest(limit)
            walked = Condition(f"{walked.sql} OR {chosen.sql}", [*walked.values, *chosen.values])
            left_out = plain.count_others()
        return _find_disagreements(read_selection(frame, selection, walked), rules, kind), left_out


def list_disagreements(parameters: dict[str, Any]) -> list[Disagreement]:
    """Return every figure by event, side and harm with its ends, the greatest spread first."""
    question = _make_question(parameters, EVENTS)
    with open_frame() as frame:
        reading = read_selection(frame, make_selection(frame, question), Condition("TRUE", []))
    return sorted(_find_disagreements(reading, question.rules, EVENTS), key=_find_rank)


def _make_question(parameters: dict[str, Any], kind: str) -> CasualtyQuestion:
    groups = (DIMENSION[kind], "subject_side")
    return make_question(parameters | {"basis": BASIS[kind], "policy": "envelope", "group_by": groups})


def _find_disagreements(reading: Reading, question: Question, kind: str) -> list[Disagreement]:
    answer = reconcile(reading.world, reading.claims, reading.relations, reading.narrow(question))
    disagreements = (_find_ends(kind, row, answer) for row in answer.rows)
    return [disagreement for disagreement in disagreements if disagreement.subject]


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
