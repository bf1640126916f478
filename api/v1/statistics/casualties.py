"""Casualty figures by the rule that the reader chose, with their evidence and explanation."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app

from api.database.snapshot import open_snapshot
from api.http import cursors, formats, openapi
from api.http.problems import ApiProblem, make_fault
from api.listings import claims
from api.reconciling.reconciled_answer import TOTALS, Answer, Row
from api.statistics.casualties import answer_casualties, name_keys, put_fuller_first, sort_rows
from api.statistics.casualty_question import make_question
from api.statistics.notices import find_codes
from api.v1.shared.addresses import page_address, request_address, tag_of
from api.v1.shared.figure_json import (
    find_notices,
    find_row,
    list_columns,
    list_dimensions,
    write_explanation,
    write_meta,
    write_row,
    write_statements,
    write_warnings,
)
from api.v1.shared.listing_routes import (
    Query,
    ReadBlueprint,
    answer_meta,
    database_meta,
)
from api.v1.shared.pinning import is_pinned, pin_snapshot
from api.v1.shared.question_filters import select_filters
from api.v1.shared.statistic_routes import StatisticAnswer, serve_statistic
from api.v1.statistics.casualties_by_dataset import count_by_dataset
from schemas.responses import list_response, record_response
from schemas.statistics.casualties import (
    DIMENSIONS,
    EVIDENCE_FIELDS,
    MOST_ROWS,
    MOST_STATEMENTS,
    CasualtyMeta,
    CasualtyOut,
    CasualtyQuery,
    ExplainQuery,
    ExplanationOut,
)

blueprint = ReadBlueprint("casualties", __name__, description="Figures made from claims by a rule that you choose.")


def count_casualties(question: Query, revision: int) -> StatisticAnswer:
    if "dataset" in question["group_by"]:
        return count_by_dataset(question, revision)
    answer = answer_casualties(make_question(question), with_cells=bool(question.get("evidence")))
    _refuse_too_many(answer, question)
    page, following = _select_page(answer, question)
    notices, dimensions, names = find_notices(answer, question), list_dimensions(answer), name_keys(page)
    rows = [write_row(row, dimensions, names, find_codes(notices, [row])) for row in page]
    columns = list_columns(answer)
    if question["format"] == "json":
        columns.append("statements")
        _add_statements(rows, page, answer, bool(question.get("evidence")))
    if question.get("evidence"):
        _refuse_flat(question)
        _add_evidence(rows, page)
        columns.append("evidence")
    meta = {**answer_meta(question, revision), **write_meta(answer, question, revision, notices)}
    meta |= {"total": len(answer.rows), "limit": question.get("limit")}
    return StatisticAnswer(rows, columns, meta, following=following)


def _refuse_too_many(answer: Answer, question: Query) -> None:
    if "limit" not in question and len(answer.rows) > MOST_ROWS:
        detail = f"The answer has {len(answer.rows):,} rows, more than {MOST_ROWS:,}. Use limit= to get pages."
        raise ApiProblem(
            "too-broad", f"{detail} Or narrow the query, for example with conflict= or with from= and to=."
        )


def _select_page(answer: Answer, question: Query) -> tuple[Sequence[Row], str | None]:
    """Return the page in the order of `sort`, and the address of the next page."""
    dimensions = list_dimensions(answer)
    for word in question.get("sort", ()):
        name = word.removeprefix("-")
        if name in DIMENSIONS and name not in dimensions:
            message = f"These rows have no column {name}."
            raise ApiProblem("invalid-parameter", f"sort: {message}", [make_fault("query", "sort", message)])
    rows = sort_rows(answer.rows, question["sort"]) if "sort" in question else put_fuller_first(answer.rows)
    if "limit" not in question:
        return rows, None
    start = _find_start(rows, question)
    end = start + question["limit"]
    if end >= len(rows):
        return rows[start:], None
    cursor = cursors.encode(current_app.config["SECRET"], _cursor_identity(question), _row_position(rows[end - 1]))
    return rows[start:end], page_address(cursor)


def _find_start(rows: Sequence[Row], question: Query) -> int:
    """Return the number of the first row of the page: the one behind the row of the cursor."""
    if "cursor" not in question:
        return 0
    last = cursors.decode(current_app.config["SECRET"], _cursor_identity(question), question["cursor"])
    for number, row in enumerate(rows):
        if _row_position(row) == last:
            return number + 1
    message = (
        "The row after which this page begins is gone, because the records changed. Start again at the first page."
    )
    raise ApiProblem("bad-cursor", message, [make_fault("query", "cursor", message)])


def _row_position(row: Row) -> tuple[str | None, ...]:
    return row.basis, *(value for _, value in row.key)


def _cursor_identity(question: Query) -> Any:
    return ["casualties", select_filters(question), question["group_by"], question.get("sort", ())]


def _refuse_flat(question: Query) -> None:
    if question["format"] != "json":
        message = "Works with JSON only. The address links_claims of a row has its claims in any format."
        raise ApiProblem("invalid-parameter", f"evidence: {message}", [make_fault("query", "evidence", message)])


def _add_statements(rows: list[dict[str, Any]], page: Sequence[Row], answer: Answer, with_evidence: bool) -> None:
    """Add all active claims to the rows of totals, if there are few enough, and to all rows with evidence=1."""
    totals = sum(len(row.statements) for row in page if row.basis == TOTALS)
    described = [
        answer.describe_statements(row)
        if with_evidence or (row.basis == TOTALS and totals <= MOST_STATEMENTS)
        else None
        for row in page
    ]
    for record, statements in zip(rows, write_statements(described), strict=True):
        record["statements"] = statements


def _add_evidence(rows: list[dict[str, Any]], page: Sequence[Row]) -> None:
    records = claims.read_fields((claim for row in page for claim in row.claims), EVIDENCE_FIELDS)
    for record, row in zip(rows, page, strict=True):
        record["evidence"] = [records[claim] for claim in row.claims]


serve_statistic(
    blueprint,
    "casualties",
    "/statistics/casualties",
    CasualtyQuery,
    list_response(CasualtyOut, CasualtyMeta),
    CasualtyOut,
    "Casualty figures by a rule that you choose.",
    count_casualties,
)


@blueprint.route("/statistics/casualties/explain", endpoint="explain")
@blueprint.arguments(ExplainQuery, location="query")
@blueprint.response(200, record_response(ExplanationOut))
@blueprint.doc(summary="The explanation of one row, step by step.", **openapi.describe_problems(400, 404, 422, 503))
def explain_row(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(question)
        tag = tag_of(question, "json")
        if formats.is_unchanged(tag):
            return formats.not_modified(tag, is_pinned(question))
        answer = answer_casualties(make_question(question).narrow_to_row(question["row"]), with_cells=True)
        row = find_row(answer.rows, question["row"])
    if row is None:
        message = f"There is no row {','.join(question['row'])}. Copy `row` from links.explain."
        raise ApiProblem("not-found", message)
    data = write_explanation(row, question["policy"])
    data |= {"warnings": write_warnings(find_notices(answer, question), question)}
    payload = {"data": data, "meta": database_meta(), "links": {"self": request_address()}}
    return formats.add_cache_headers(formats.as_json(payload, question.get("pretty", False)), tag, is_pinned(question))
