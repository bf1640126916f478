"""Statistics of people: rows by the rule that the reader chose, each with its evidence and its explanation."""

from typing import Any

from flask import Response, current_app, request

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem
from api.queries.casualties import casualties, names
from api.queries.references import current_revision
from api.v1.figures import columns, explained, row_named, told_meta, told_row
from api.v1.reading import (
    LIST_HEADERS,
    Query,
    ReadBlueprint,
    about_answer,
    about_database,
    address,
    canonical,
    download,
)
from schemas.casualties import CasualtyMeta, CasualtyOut, CasualtyQuery, ExplainQuery, ExplanationOut
from schemas.envelopes import listing, single

blueprint = ReadBlueprint(
    "casualties", __name__, description="Claims become figures by a rule that the reader chooses."
)
FORMATS = ["json", "csv", "ndjson", "xlsx"]
documented = openapi.merged(openapi.formats(FORMATS), openapi.problems(400, 406, 422, 503))
documented_as = openapi.merged(documented, openapi.problems(404))


@blueprint.route("/statistics/casualties", endpoint="casualties")
@blueprint.arguments(CasualtyQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(CasualtyOut, CasualtyMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many, by the rule that the reader chooses.", **documented)
def count_casualties(question: Query) -> Response:
    return answer(question, None)


@blueprint.route(f"/statistics/casualties.<any({','.join(FORMATS)}):suffix>", endpoint="casualties_as")
@blueprint.arguments(CasualtyQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(CasualtyOut, CasualtyMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many, in the format of the suffix.", **documented_as)
def count_casualties_as(question: Query, suffix: str) -> Response:
    return answer(question, suffix)


@blueprint.route("/statistics/casualties/explain", endpoint="explain")
@blueprint.arguments(ExplainQuery, location="query")
@blueprint.response(200, single(ExplanationOut))
@blueprint.doc(summary="How one row came about, step by step.", **openapi.problems(400, 404, 422, 503))
def explain(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = render.etag(current_revision(), request.path, canonical(question))
        if render.unchanged(tag):
            return render.not_modified(tag)
        row = row_named(casualties(question).rows, question["row"])
    if row is None:
        raise ApiProblem("not-found", f"The answer has no row {','.join(question['row'])}.")
    told = {"data": explained(row, question["policy"]), "meta": about_database(), "links": {"self": address()}}
    return render.cached(render.as_json(told, question.get("pretty", False)), tag)


def answer(question: Query, suffix: str | None) -> Response:
    wanted = render.choose(suffix, question.get("format"), FORMATS)
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        revision = current_revision()
        tag = render.etag(revision, request.path, canonical(question), wanted)
        if render.unchanged(tag):
            return render.not_modified(tag)
        found = casualties(question)
        shown = names(found.rows)
    rows = [told_row(row, shown, question) for row in found.rows]
    meta = {**about_answer(question, revision), **told_meta(found, question, revision)}
    if wanted != "json":
        layout = render.layout(CasualtyOut(), columns(meta["group_by"]))
        return render.cached(download("casualties", wanted, [rows], layout, question, meta), tag)
    payload: Any = {"data": rows, "meta": meta, "links": {"self": address()}}
    if question.get("shape") == "array":
        payload = rows
    return render.cached(render.as_json(payload, question.get("pretty", False)), tag)
