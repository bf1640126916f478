"""How a reconciled answer stands on the wire: rows with their evidence, what was left out and why, and each step."""

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app, request

from api.problems import ApiProblem
from api.queries.questions import ALL, OF_EVENTS
from api.queries.reconcile import Answer
from api.queries.rows import Caution, Reconciled, Row
from api.queries.statements import Figure, Statement
from api.v1.clocks import PINS
from api.v1.reading import Query, about_answer
from schemas.casualties import FIGURES, POLICIES, REASONS, REFERENCES
from schemas.claims import LONGEST_QUESTION
from schemas.fields import NONE, escaped

CAVEAT = (
    "An enumeration of claims is not the number of the dead: it holds what was claimed and recorded, and errs where "
    "nobody counted. These figures were not independently verified."
)
CASUALTIES = "/v1/statistics/casualties"
OF_SHAPE = frozenset(
    {
        "fields",
        "format",
        "pretty",
        "bom",
        "hxl",
        "shape",
        "row",
        "reason",
        "sort",
        "limit",
        "cursor",
        "evidence",
        "grid",
    }
)
Names = Mapping[tuple[str, str], str]


def columns(dimensions: Iterable[str]) -> list[str]:
    """The fields of a row, in order."""
    return [*dimensions, *FIGURES]


def told_row(row: Row, names: Names, question: Query) -> dict[str, Any]:
    return {
        **{dimension: _told_key(dimension, value, names) for dimension, value in row.key},
        "low": row.low,
        "best": row.best,
        "high": row.high,
        "open_ended": row.open_ended,
        "imputed": row.imputed,
        "incomplete": row.incomplete,
        "cells": len(row.cells),
        "disputed": row.disputed,
        "spread": rounded(row.spread),
        "claims": len(row.claims),
        "claimants": len(row.claimants),
        "sources": len(row.sources),
        "missing": [{"side": gap.side, "status": gap.status, "cells": gap.cells} for gap in row.missing],
        "silences": list(row.silences),
        "links": evidence_of(query_of(question, PINS, row=row_words(row))),
    }


def evidence_of(query: str) -> dict[str, str]:
    """The claims behind a row and its explanation; the query is that of casualties with `row=`, without a pin."""
    pin = urllib.parse.urlencode(pins())
    return {
        "claims": address_of("/v1/claims", **pins(), used_by=linkable(query)),
        "explain": f"{address_of(f'{CASUALTIES}/explain')}?{query}" + (f"&{pin}" if pin else ""),
    }


def linkable(query: str) -> str:
    """A question as it stands in a link to its evidence; an answer whose links cannot be followed is not given."""
    if len(query) > LONGEST_QUESTION:
        detail = (
            f"The question takes {len(query)} characters, and its evidence can be linked up to {LONGEST_QUESTION}. "
            "Name fewer values, or filter by conflict, dates or side."
        )
        raise ApiProblem("too-broad", detail)
    return query


def pins() -> dict[str, str]:
    """The revision or release that was asked for: what stands behind an answer is read as of the same."""
    return {name: request.args[name] for name in PINS if name in request.args}


def _told_key(dimension: str, value: str | None, names: Names) -> Any:
    if dimension not in REFERENCES or value is None:
        return value
    return {"id": value, "name": "All sides together" if value == ALL else names[dimension, value]}


def rounded(spread: float | None) -> float | None:
    return None if spread is None else round(float(spread), 2)


def row_words(row: Row) -> str:
    """The values of a row in the order of its columns, as one comma list."""
    return ",".join(NONE if value is None else escaped(value) for _, value in row.key)


def row_named(rows: Iterable[Row], words: tuple[str, ...]) -> Row | None:
    return next((row for row in rows if tuple(NONE if v is None else v for _, v in row.key) == words), None)


def query_of(question: Query, without: Iterable[str] = (), **more: str) -> str:
    """The question itself as a query string, without what only shapes its answer; with `more`."""
    own = {name: value for name, value in request.args.items() if name not in OF_SHAPE | frozenset(without)}
    return urllib.parse.urlencode(own | more, safe=",:/")


def address_of(path: str, **args: str) -> str:
    query = urllib.parse.urlencode(args)
    return f"{current_app.config['PUBLIC_URL']}{path}" + (f"?{query}" if query else "")


def claim_address(claim: str) -> str:
    return address_of(f"/v1/claims/{claim}", **pins())


def told_meta(found: Answer, question: Query, revision: int) -> dict[str, Any]:
    return {
        "group_by": list(found.dimensions),
        "basis": question["basis"],
        "policy": question["policy"],
        "rule": POLICIES[question["policy"]],
        "as_of": question.get("as_of"),
        "excluded": told_excluded(found, question),
        "period_overlap": [
            {"claim": claim, "by": left.by, **dict(zip(("low", "best", "high"), left.figure, strict=True))}
            for claim, left in sorted(found.excluded.items())
            if left.figure
        ],
        "warnings": told_warnings(found, question),
        "caveat": CAVEAT,
        "citation": citation(
            f"casualty claims reconciled by {question['policy']} ({question['basis']})", question, revision
        ),
    }


def told_excluded(found: Answer, question: Query) -> list[dict[str, Any]]:
    return [
        {
            "reason": reason,
            "meaning": REASONS[reason],
            "claims": number,
            "url": address_of("/v1/claims", **pins(), left_out_of=linkable(query_of(question, PINS, reason=reason))),
        }
        for reason, number in sorted(found.reasons().items())
    ]


def told_warnings(found: Answer, question: Query) -> list[dict[str, Any]]:
    return [_told_warning(caution.code, caution.text, question) for caution in found.warnings]


def _told_warning(code: str, text: str, question: Query) -> dict[str, Any]:
    """A warning that there are figures of the other basis links to the question that answers it."""
    if code != "other_basis":
        return {"code": code, "text": text}
    other = "totals" if question["basis"] == "incidents" else "incidents"
    rows = request.args.get("group_by", "").split(",")
    if other == "totals":  # which has no rows by what only an event has
        rows = [dimension for dimension in rows if dimension not in OF_EVENTS]
    grouped = {"group_by": ",".join(rows)} if any(rows) else {}
    query = query_of(question, ("group_by",), basis=other, **grouped)
    return {"code": code, "text": text, "url": f"{address_of(CASUALTIES)}?{query}"}


def citation(what: str, question: Query, revision: int, address: str | None = None) -> str:
    """A line to cite an answer by: `what` it is, as of which day and revision, and where."""
    day = f", as publicly stated by {question['as_of']}" if question.get("as_of") else ""
    query = query_of(question)
    where = address or address_of(request.path) + (f"?{query}" if query else "")
    return f"Counterclaim, {what}{day}, revision {revision}: {where}"


def statistic_meta(
    what: str, question: Query, revision: int, warnings: Iterable[Caution] = (), address: str | None = None
) -> dict[str, Any]:
    """What every statistic of people tells about itself."""
    return {
        **about_answer(question, revision),
        "as_of": question.get("as_of"),
        "warnings": [{"code": caution.code, "text": caution.text} for caution in warnings],
        "caveat": CAVEAT,
        "citation": citation(what, question, revision, address),
    }


def explained(row: Row, policy: str) -> dict[str, Any]:
    return {
        "key": dict(row.key),
        "low": row.low,
        "best": row.best,
        "high": row.high,
        "rule": POLICIES[policy],
        "cells": [_cell(cell) for cell in row.cells],
    }


def _cell(cell: Reconciled) -> dict[str, Any]:
    place = cell.place
    return {
        "conflict": place.conflict,
        "event": place.event,
        "measure": place.measure,
        "since": place.since,
        "until": place.until,
        "disputed": cell.disputed,
        "spread": rounded(cell.spread),
        "figure": _figure(cell.figure),
        "left_out": [
            {"claim": claim, "reason": left.reason, "by": left.by} for claim, left in sorted(cell.left.items())
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "side": figure.scope.side,
        "status": figure.scope.status,
        "rule": figure.rule,
        "low": figure.low,
        "best": figure.best,
        "high": figure.high,
        "disputed": figure.disputed,
        "statements": [_statement(statement) for statement in figure.statements],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "claims": list(statement.claims),
        "claimants": list(statement.claimants),
        "low": statement.low,
        "best": statement.best,
        "high": statement.high,
        "filled": statement.imputed,
        "open_ended": statement.open_ended,
        "incomplete": statement.incomplete,
        "parts": [_figure(part) for part in statement.parts],
    }
