"""Statistics of people: rows by the rule that the reader chose, each with its evidence and its explanation."""

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, request

from api import openapi, paging, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.queries import claims
from api.queries.casualties import broad, casualties, names
from api.queries.reconcile import Answer
from api.queries.rows import Row, ordered
from api.v1.answers import Told, serve
from api.v1.clocks import hold, is_pinned
from api.v1.figures import columns, explained, row_named, told_meta, told_row, told_warnings
from api.v1.reading import Query, ReadBlueprint, about_answer, about_database, address, filters, tag_of
from schemas.casualties import DIMENSIONS, TOLD, CasualtyMeta, CasualtyOut, CasualtyQuery, ExplainQuery, ExplanationOut
from schemas.envelopes import listing, single

blueprint = ReadBlueprint(
    "casualties", __name__, description="Claims become figures by a rule that the reader chooses."
)


def count_casualties(question: Query, revision: int) -> Told:
    found = broad(question)
    page, following = _page(found, question)
    shown = names(page)
    rows = [told_row(row, shown, question) for row in page]
    told = columns(found.dimensions)
    if question.get("evidence"):
        _refuse_flat(question)
        _add_evidence(rows, page)
        told.append("evidence")
    meta = {**about_answer(question, revision), **told_meta(found, question, revision)}
    meta |= {"total": len(found.rows), "limit": question.get("limit")}
    return Told(rows, told, meta, following=following)


def _page(found: Answer, question: Query) -> tuple[Sequence[Row], str | None]:
    """The rows asked for, in the order asked for, and the address of those behind them."""
    for word in question.get("sort", ()):
        name = word.removeprefix("-")
        if name in DIMENSIONS and name not in found.dimensions:
            message = f"These rows have no {name}."
            raise ApiProblem("invalid-parameter", f"sort: {message}", [fault("query", "sort", message)])
    rows = ordered(found.rows, question.get("sort", ()))
    if "limit" not in question:
        return rows, None
    start = _position(rows, question)
    end = start + question["limit"]
    if end >= len(rows):
        return rows[start:], None
    cursor = paging.write(current_app.config["SECRET"], _identity(question), _values(rows[end - 1]))
    return rows[start:end], address({**request.args.to_dict(), "cursor": cursor})


def _position(rows: Sequence[Row], question: Query) -> int:
    """Where the page starts: behind the row that the cursor names."""
    if "cursor" not in question:
        return 0
    last = paging.read(current_app.config["SECRET"], _identity(question), question["cursor"])
    for number, row in enumerate(rows):
        if _values(row) == last:
            return number + 1
    message = "Its row is no longer in the answer: the record has changed. Begin again."
    raise ApiProblem("bad-cursor", message, [fault("query", "cursor", message)])


def _values(row: Row) -> tuple[str | None, ...]:
    return tuple(value for _, value in row.key)


def _identity(question: Query) -> Any:
    return ["casualties", filters(question), question["group_by"], question.get("sort", ())]


def _refuse_flat(question: Query) -> None:
    if question["format"] != "json":
        message = "Goes with JSON only; the address links_claims of a row has its claims in any format."
        raise ApiProblem("invalid-parameter", f"evidence: {message}", [fault("query", "evidence", message)])


def _add_evidence(rows: list[dict[str, Any]], page: Sequence[Row]) -> None:
    behind = claims.told((claim for row in page for claim in row.claims), TOLD)
    for record, row in zip(rows, page, strict=True):
        record["evidence"] = [behind[claim] for claim in row.claims]


serve(
    blueprint,
    "casualties",
    "/statistics/casualties",
    CasualtyQuery,
    openapi.either_shape(listing(CasualtyOut, CasualtyMeta)),
    CasualtyOut,
    "How many, by the rule that the reader chooses.",
    count_casualties,
)


@blueprint.route("/statistics/casualties/explain", endpoint="explain")
@blueprint.arguments(ExplainQuery, location="query")
@blueprint.response(200, single(ExplanationOut))
@blueprint.doc(summary="How one row came about, step by step.", **openapi.problems(400, 404, 422, 503))
def explain(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        hold(question)
        tag = tag_of(question, "json")
        if render.unchanged(tag):
            return render.not_modified(tag, is_pinned(question))
        answer = casualties(question)
        row = row_named(answer.rows, question["row"])
    if row is None:
        raise ApiProblem("not-found", f"The answer has no row {','.join(question['row'])}.")
    data = explained(row, question["policy"]) | {"warnings": told_warnings(answer, question)}
    told = {"data": data, "meta": about_database(), "links": {"self": address()}}
    return render.cached(render.as_json(told, question.get("pretty", False)), tag, is_pinned(question))
