"""Statistics of people: rows by the rule that the reader chose, each with its evidence and its explanation."""

from flask import Response, current_app

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem
from api.queries.casualties import broad, casualties, names
from api.v1.answers import Told, serve
from api.v1.clocks import hold, is_pinned
from api.v1.figures import columns, explained, row_named, told_meta, told_row
from api.v1.reading import Query, ReadBlueprint, about_answer, about_database, address, tag_of
from schemas.casualties import CasualtyMeta, CasualtyOut, CasualtyQuery, ExplainQuery, ExplanationOut
from schemas.envelopes import listing, single

blueprint = ReadBlueprint(
    "casualties", __name__, description="Claims become figures by a rule that the reader chooses."
)


def count_casualties(question: Query, revision: int) -> Told:
    found = broad(question)
    shown = names(found.rows)
    rows = [told_row(row, shown, question) for row in found.rows]
    meta = {**about_answer(question, revision), **told_meta(found, question, revision)}
    return Told(rows, columns(meta["group_by"]), meta)


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
            return render.not_modified(tag)
        row = row_named(casualties(question).rows, question["row"])
    if row is None:
        raise ApiProblem("not-found", f"The answer has no row {','.join(question['row'])}.")
    told = {"data": explained(row, question["policy"]), "meta": about_database(), "links": {"self": address()}}
    return render.cached(render.as_json(told, question.get("pretty", False)), tag, is_pinned(question))
