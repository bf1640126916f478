"""The rows of "who says how many": every claim of a row with names, and the earlier figures of its claimant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from api.listings import claims
from api.reconciling.reconciled_answer import TOTALS, Answer, Row
from api.statistics.time_series import make_series
from api.v1.shared.figure_json import write_stated

NAMED = ("claimant", "subject_side", "victim_sex", "victim_age", "measure", "figure_rule")
EARLIER = (
    "claimant", "subject_side", "harm", "victim_status", "victim_sex", "victim_age", "part", "measure", "stated_until",
    "low", "best", "high",
)  # fmt: skip
#: What two figures of a claimant must share, so that one is an earlier state of the other.
SCOPE = ("claimant", "subject_side", "victim_status", "victim_sex", "victim_age", "part", "measure")
Record = dict[str, Any]


def write_statements(answer: Answer, rows: Sequence[Row], harm: str, as_of: str | None) -> list[list[Record] | None]:
    """Return the statements of each row of totals; None for a row of single events."""
    described = [answer.describe_statements(row) if row.basis == TOTALS else None for row in rows]
    ids = [stated.claim.id for statements in described for stated in statements or ()]
    named = claims.read_fields(ids, NAMED)
    conflicts = sorted({str(dict(row.key)["conflict"]) for row in rows if row.basis == TOTALS})
    earlier = _find_earlier(conflicts, harm, as_of, set(ids))
    return [
        None if statements is None else [_write_statement(write_stated(s), named, earlier) for s in statements]
        for statements in described
    ]


def _write_statement(stated: Record, named: dict[str, Record], earlier: dict[tuple[Any, ...], list[Record]]) -> Record:
    statement = {**stated, **named[stated["claim"]]}
    return {**statement, "earlier": earlier.get(_find_scope(statement), [])}


def _find_scope(claim: Record) -> tuple[Any, ...]:
    return tuple(claim[name]["id"] if isinstance(claim[name], dict) else claim[name] for name in SCOPE)


def _find_earlier(
    conflicts: Iterable[str], harm: str, as_of: str | None, standing: set[str]
) -> dict[tuple[Any, ...], list[Record]]:
    """Return by scope the figures in series that no row states any more, in the order stated."""
    dated = {"as_of": as_of} if as_of else {}
    points = [
        point.claim
        for conflict in conflicts
        for series in make_series({"conflict": conflict, "harm": (harm,), **dated}).series
        for point in series.points
        if point.claim not in standing
    ]
    records = claims.read_fields(points, EARLIER)
    earlier: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for claim in points:
        earlier[_find_scope(records[claim])].append(records[claim])
    return earlier
