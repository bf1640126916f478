"""The matrix of stances and subject camps, one row per figure."""

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from api.history.revisions import current_revision
from api.listings.references import Ref, by_id, cached_references
from api.reconciling.comparing import cover_row
from api.reconciling.question import ALL
from api.reconciling.reconciled_answer import TOTALS, Row, RowStatement
from api.reconciling.record import Claim
from api.reconciling.statements import Figure
from api.statistics.notices import Notice, find_codes
from api.statistics.stance_matrix import POLICY_BY_STANCE, Entry, compare_stances
from api.v1.shared.addresses import similar_address
from api.v1.shared.figure_json import (
    ALL_SIDES,
    CASUALTIES,
    evidence_of,
    round_spread,
    statistic_meta,
    write_notice,
    write_row_key,
    write_statements,
)
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.statistic_routes import StatisticAnswer, serve_statistic
from schemas.responses import list_response
from schemas.statistics.casualties import MOST_STATEMENTS
from schemas.statistics.stance_matrix import MATRIX, MatrixMeta, MatrixOut, MatrixQuery

blueprint = ReadBlueprint("matrices", __name__, description="Figures by stance, side by side.")
FIGURES = ("low", "best", "high", "open_ended", "imputed", "incomplete")


def write_matrix(question: Query, revision: int) -> StatisticAnswer:
    matrix = compare_stances(question)
    named = cached_references(current_revision())
    conflicts, sides = by_id(named.conflicts), by_id(named.sides) | {ALL: ALL_SIDES}
    rows = [_write_entry(entry, conflicts, sides, matrix.notices) for entry in matrix.entries]
    columns = list(MATRIX)
    if question["format"] == "json":
        columns.append("statements")
        _add_statements(rows, matrix.entries)
    meta = statistic_meta(f"matrix of figures by stance ({question['basis']})", question, revision)
    meta |= {"basis": question["basis"], "policy": list(POLICY_BY_STANCE.values())}
    return StatisticAnswer(rows, columns, meta | {"warnings": [_write_notice(n) for n in matrix.notices]})


def _write_entry(
    entry: Entry, conflicts: dict[str, Ref], sides: dict[str, Ref], notices: Iterable[Notice]
) -> dict[str, Any]:
    row, subject = entry.row, entry.subject
    coverage = row and cover_row(row)
    return {
        "basis": subject.basis,
        "conflict": conflicts[subject.conflict],
        "subject_side": sides[subject.side],
        "claimant_side": sides[entry.camp] if entry.camp else None,
        "stance": entry.stance,
        "harm": subject.harm,
        "measure": subject.measure,
        **{name: row and getattr(row, name) for name in FIGURES},
        "missing": [gap._asdict() for gap in row.missing] if row else [],
        "cells": row.cells_count if row else 0,
        "added_up": row.is_added_up if row else False,
        "sum_of": _write_summands(row, entry.answer.record) if row and entry.answer else [],
        "first_day": (coverage and coverage.first) or None,
        "last_day": coverage and coverage.last,
        "first_stated_on": entry.first_stated_on,
        "last_stated_on": entry.last_stated_on,
        "ratio": round_spread(entry.ratio.value),
        "ratio_reason": entry.ratio.reason,
        "claims": len(row.claims) if row else 0,
        "claimants": list(row.claimants) if row else [],
        "silences": list(entry.silences),
        "warnings": find_codes(notices, [row]) if row else [],
        "links": evidence_of(_write_query(entry, write_row_key(row))) if row else None,
    }


def _write_summands(row: Row, record: Mapping[str, Claim]) -> list[dict[str, Any]]:
    """Return the figures whose sum is the best figure, if the row has a single cell."""
    summands = row.cells[0].figure.summands if len(row.cells) == 1 else ()
    return [_write_summand(part, {record[claim].part for claim in part.claims}) for part in summands]


def _write_summand(part: Figure, labels: set[str | None]) -> dict[str, Any]:
    return {
        "side": part.scope.side or ALL,
        "status": part.scope.status,
        "part": labels.pop() if len(labels) == 1 else None,
        "best": part.best,
        "claims": list(part.claims),
        "first_day": part.coverage.first or None,
        "last_day": part.coverage.last,
    }


def _add_statements(rows: list[dict[str, Any]], entries: list[Entry]) -> None:
    """Add the active claims of the stance to the rows of totals, if there are few enough in all."""
    total = sum(len(entry.row.statements) for entry in entries if entry.row and entry.subject.basis == TOTALS)
    described = [_describe_statements(entry) if total <= MOST_STATEMENTS else None for entry in entries]
    for record, statements in zip(rows, write_statements(described), strict=True):
        record["statements"] = statements


def _describe_statements(entry: Entry) -> list[RowStatement] | None:
    """Return the active claims of the stance; None for an entry that is no row of totals."""
    if not entry.row or not entry.answer or entry.subject.basis != TOTALS:
        return None
    described = entry.answer.describe_statements(entry.row)
    return [s for s in described if s.stance == entry.stance and s.reason != "not_heard"]


def _write_query(entry: Entry, row: str) -> str:
    """Return the query string of the casualties that have the row."""
    words = {name: ",".join(value) if isinstance(value, tuple) else value for name, value in entry.parameters.items()}
    return urllib.parse.urlencode(words | {"row": row}, safe=",:/")


def _write_notice(notice: Notice) -> dict[str, Any]:
    """Return a warning, with the address of the figures that this matrix omits."""
    written = write_notice(notice)
    if notice.code == "other_basis":
        written["url"] = similar_address(basis="both")
    if notice.code == "of_one_event":
        written["url"] = similar_address(CASUALTIES, group_by="event,subject_side")
    return written


serve_statistic(
    blueprint,
    "matrix",
    "/statistics/matrix",
    MatrixQuery,
    list_response(MatrixOut, MatrixMeta),
    MatrixOut,
    "What each camp, those affiliated to one and third parties say about each camp's losses, with the ratio of "
    "opposing to own figures.",
    write_matrix,
)
