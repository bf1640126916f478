"""Figures as JSON: rows, statements, exclusions with their reasons, and explanations."""

import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.http.problems import ApiProblem
from api.listings import claims
from api.reconciling.question import ALL, INCIDENT_DIMENSIONS
from api.reconciling.reconciled_answer import Answer, Cell, Row, RowStatement
from api.reconciling.statements import Figure, Statement
from api.statistics.notices import Notice, collect_notices
from api.v1.shared.addresses import address_of, claim_address, read_pins, sent_arguments, similar_address, similar_query
from api.v1.shared.listing_routes import Query, answer_meta
from api.v1.shared.pinning import PINS
from schemas.claims import LONGEST_QUESTION
from schemas.fields import NONE, escape_commas
from schemas.statistics.casualties import FIGURES, POLICIES, REASONS, REFERENCES

CAVEAT = (
    "A list of claims is not a death toll. It contains only what was claimed and recorded, and has gaps where nobody "
    "counted. These figures were not independently verified."
)
CASUALTIES = "/v1/statistics/casualties"
ALL_SIDES = {"id": ALL, "name": "All sides together"}
Names = Mapping[tuple[str, str], str]


def list_dimensions(answer: Answer) -> list[str]:
    """Return the dimensions of the rows of all bases, in the order of the columns."""
    return list(dict.fromkeys(dimension for dimensions in answer.dimensions.values() for dimension in dimensions))


def list_columns(answer: Answer) -> list[str]:
    """Return the fields of a row, in order."""
    return ["basis", *list_dimensions(answer), *FIGURES]


def write_row(
    row: Row, dimensions: Iterable[str], names: Names, codes: list[str],
    replaced: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a row. `replaced`: parameters by which the question differs from the request, for the links."""
    key = dict(row.key)
    removed = (*PINS, "basis", *(("group_by",) if replaced is not None else ()))
    return {
        "basis": row.basis,
        **{dimension: _write_value(dimension, key.get(dimension), names) for dimension in dimensions},
        "low": row.low,
        "best": row.best,
        "high": row.high,
        "open_ended": row.open_ended,
        "imputed": row.imputed,
        "incomplete": row.incomplete,
        "reaches_over": row.reaches_over,
        "cells": row.cells_count,
        "added_up": row.is_added_up,
        "disputed": row.disputed,
        "spread": round_spread(row.spread),
        "claims": len(row.claims),
        "claimants": len(row.claimants),
        "sources": len(row.sources),
        "missing": [{"side": gap.side, "status": gap.status, "cells": gap.cells} for gap in row.missing],
        "silences": list(row.silences),
        "warnings": codes,
        "links": evidence_of(similar_query(removed, basis=row.basis, row=write_row_key(row), **(replaced or {}))),
    }


def write_statements(described: Sequence[Sequence[RowStatement] | None]) -> list[list[dict[str, Any]] | None]:
    """Return the statements of each row; None for a row without. One query reads by which rule each figure was read.

    The columnar image lacks the rule: without it, "fewer than 5" and "up to 5" are the same statement.
    """
    ids = {stated.claim.id for statements in described for stated in statements or ()}
    rules = claims.read_fields(ids, ("figure_rule",)) if ids else {}
    return [
        None
        if statements is None
        else [{**write_stated(s), "figure_rule": rules[s.claim.id]["figure_rule"]} for s in statements]
        for statements in described
    ]


def write_stated(stated: RowStatement) -> dict[str, Any]:
    """Return an active claim with its stance, the days that it covers, and the reason why it is not used, if any."""
    claim = stated.claim
    return {
        "claim": claim.id,
        "claimant": claim.claimant,
        "claimant_side": claim.claimant_side,
        "stance": stated.stance,
        "subject_side": claim.subject_side,
        "victim_status": claim.victim_status,
        "part": claim.part,
        "responsible_side": claim.responsible_side,
        "stated_on": claim.stated_on,
        "stated_until": claim.stated_last,
        "first_day": stated.first,
        "last_day": stated.last,
        "low": claim.low,
        "best": claim.best,
        "high": claim.high,
        "qualifier": claim.qualifier,
        "used": stated.reason is None,
        "reason": stated.reason,
        "url": claim_address(claim.id),
    }


def evidence_of(query: str) -> dict[str, str]:
    """Return the addresses of a row's claims and explanation. `query` asks for casualties: with `row=`, no pin."""
    pin = urllib.parse.urlencode(read_pins())
    return {
        "claims": address_of("/v1/claims", **read_pins(), used_by=require_linkable(query)),
        "explain": f"{address_of(f'{CASUALTIES}/explain')}?{query}" + (f"&{pin}" if pin else ""),
    }


def require_linkable(query: str) -> str:
    """Return `query` if it is short enough for a link to evidence. Raises the problem too-broad otherwise."""
    if len(query) > LONGEST_QUESTION:
        detail = (
            f"The query has {len(query)} characters, but evidence can be linked for at most {LONGEST_QUESTION}. "
            "Name fewer values, or filter by conflict, dates or side."
        )
        raise ApiProblem("too-broad", detail)
    return query


def _write_value(dimension: str, value: str | None, names: Names) -> Any:
    if dimension not in REFERENCES or value is None:
        return value
    return ALL_SIDES if value == ALL else {"id": value, "name": names[dimension, value]}


def round_spread(spread: float | None) -> float | None:
    return None if spread is None else round(float(spread), 2)


def write_row_key(row: Row) -> str:
    """Return the values of a row in the order of its dimensions, separated by commas: `killed,armenia`."""
    return ",".join(NONE if value is None else escape_commas(value) for _, value in row.key)


def find_row(rows: Iterable[Row], words: tuple[str, ...]) -> Row | None:
    return next((row for row in rows if tuple(NONE if v is None else v for _, v in row.key) == words), None)


def find_notices(answer: Answer, question: Query) -> list[Notice]:
    window = question.get("from", ""), question.get("to", "")
    return collect_notices(answer, question["basis"], question["group_by"], window)


def write_meta(answer: Answer, question: Query, revision: int, notices: list[Notice]) -> dict[str, Any]:
    return {
        "group_by": list_dimensions(answer),
        "basis": question["basis"],
        "policy": question["policy"],
        "rule": POLICIES[question["policy"]],
        "as_of": question.get("as_of"),
        "excluded": write_excluded(answer),
        "warnings": write_warnings(notices, question),
        "caveat": CAVEAT,
        "citation": write_citation(
            f"casualty claims reconciled by {question['policy']} ({question['basis']})", question, revision
        ),
    }


def write_excluded(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "reason": reason,
            "meaning": REASONS[reason],
            "claims": number,
            "url": address_of(
                "/v1/claims", **read_pins(), left_out_of=require_linkable(similar_query(PINS, reason=reason))
            ),
        }
        for reason, number in sorted(answer.count_reasons().items())
    ]


def write_notice(notice: Notice) -> dict[str, str]:
    """Return a warning of an answer, which may add an address."""
    return {"code": notice.code, "text": notice.text}


def write_warnings(notices: Iterable[Notice], question: Query) -> list[dict[str, Any]]:
    return [_write_warning(notice, question) for notice in notices]


def _write_warning(notice: Notice, question: Query) -> dict[str, Any]:
    """Return a warning. One about figures of the other basis has the address that answers with them."""
    if notice.code != "other_basis":
        return write_notice(notice)
    basis = "totals" if question["basis"] == "incidents" else "incidents"
    groups = sent_arguments(()).get("group_by", "").split(",")
    if basis == "totals":  # totals cannot be split by dimensions of incidents
        groups = [dimension for dimension in groups if dimension not in INCIDENT_DIMENSIONS | {"event"}]
    grouped = {"group_by": ",".join(groups)} if any(groups) else {}
    url = similar_address(CASUALTIES, ("group_by",), basis=basis, **grouped)
    return write_notice(notice) | {"url": url}


def write_citation(what: str, question: Query, revision: int, address: str | None = None) -> str:
    """Return a citation of an answer: `what` it is, the as-of day, the revision and the address."""
    day = f", as publicly stated by {question['as_of']}" if question.get("as_of") else ""
    return f"Counterclaim, {what}{day}, revision {revision}: {address or similar_address()}"


def statistic_meta(
    what: str, question: Query, revision: int, warnings: Iterable[Any] = (), address: str | None = None
) -> dict[str, Any]:
    """Return the meta object that every statistic of people has. Warnings have a code and a text."""
    return {
        **answer_meta(question, revision),
        "as_of": question.get("as_of"),
        "warnings": list(map(write_notice, warnings)),
        "caveat": CAVEAT,
        "citation": write_citation(what, question, revision, address),
    }


def write_explanation(row: Row, policy: str) -> dict[str, Any]:
    return {
        "basis": row.basis,
        "key": dict(row.key),
        "low": row.low,
        "best": row.best,
        "high": row.high,
        "rule": POLICIES[policy],
        "cells": [_write_cell(cell) for cell in row.cells],
    }


def _write_cell(cell: Cell) -> dict[str, Any]:
    unit = cell.unit
    return {
        "conflict": unit.conflict,
        "event": unit.event,
        "measure": unit.measure,
        "since": unit.first,
        "until": "" if unit.is_running else unit.last,
        "units": 1,
        "disputed": cell.is_disputed,
        "spread": round_spread(cell.spread),
        "figure": _write_figure(cell.figure),
        "left_out": [
            {"claim": claim, "reason": exclusion.reason, "by": exclusion.by}
            for claim, exclusion in sorted(cell.excluded.items())
        ],
    }


def _write_figure(figure: Figure) -> dict[str, Any]:
    return {
        "side": figure.scope.side or ALL,
        "status": figure.scope.status,
        "rule": figure.rule,
        "low": figure.low,
        "best": figure.best,
        "high": figure.high,
        "disputed": figure.is_disputed,
        "statements": [_write_statement(statement) for statement in figure.statements],
    }


def _write_statement(statement: Statement) -> dict[str, Any]:
    return {
        "claims": list(statement.claims),
        "claimants": list(statement.claimants),
        "low": statement.low,
        "best": statement.best,
        "high": statement.high,
        "filled": statement.is_imputed,
        "open_ended": statement.is_open_ended,
        "incomplete": statement.is_incomplete,
        "parts": [_write_figure(part) for part in statement.parts],
    }
