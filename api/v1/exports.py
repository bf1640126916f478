"""Everything, or a question's claims with all that they need, in one piece: a data package as zip, or a workbook."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, current_app

from api import openapi, render, workbook
from api.db import begin_snapshot
from api.export import archive, package
from api.export.tables import Export, Progress, export, unseen
from api.problems import ApiProblem
from api.queries import claims, select
from api.queries.references import current_revision
from api.queries.select import Bound
from api.v1.clocks import hold, is_pinned
from api.v1.evidence import resolved
from api.v1.reading import Query, ReadBlueprint, address, filters, tag_of
from schemas.exports import ExportQuery

blueprint = ReadBlueprint("exports", __name__, description="Everything in one piece.")
MOST_ROWS = 100_000  # in a workbook that somebody waits for; `flask export` makes greater ones
WHAT = "Everything, or the claims that the same question to `/v1/claims` answers with all that they need"


class Chosen(NamedTuple):
    """What an export holds, and what it says of itself."""

    bound: Bound
    about: dict[str, Any]
    digests: bool  # by which the next releases of datasets know their records

    def export(self, seen: Progress = unseen) -> Export:
        return export(self.bound, seen, self.digests)


def chosen(question: Query, title: str = "Counterclaim") -> Chosen:
    """What answers the question, within an open snapshot that was held to it. Raises the problems of `/v1/claims`."""
    config = current_app.config
    bound = select.bind(claims.LISTING, resolved(question))
    told = filters(question)
    about = package.described(title, current_revision(), told, config["LICENCE"], config["PUBLIC_URL"])
    return Chosen(bound, about, not is_pinned(question))


def _documented(suffix: str, description: str) -> Mapping[str, Any]:
    content = {render.MEDIA_TYPES[suffix]: {"schema": {"type": "string", "format": "binary"}}}
    answer = {"responses": {200: {"description": description, "content": content}}}
    return openapi.merged(answer, openapi.problems(400, 422, 503))


@blueprint.route("/export.zip", endpoint="zip")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(summary=f"{WHAT}: a data package.", **_documented("zip", "CSV files and a `datapackage.json`."))
def export_zip(question: Query) -> Response:
    begin_snapshot(None)  # ended with the connection, when the last byte has left
    hold(question)
    tag = tag_of(question, "zip")
    if render.unchanged(tag):
        return render.not_modified(tag, is_pinned(question))
    held = chosen(question)
    parts = archive.zipped(package.members(held.about, held.export(), hxl=question.get("hxl", False)))
    # The first part now: a failure still becomes a problem.
    return _download(itertools.chain([next(parts)], parts), "zip", tag, question)


@blueprint.route("/export.xlsx", endpoint="xlsx")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(summary=f"{WHAT}: a sheet a noun.", **_documented("xlsx", f"At most {MOST_ROWS:,} records."))
def export_xlsx(question: Query) -> Response:
    begin_snapshot(None)
    hold(question)
    tag = tag_of(question, "xlsx")
    if render.unchanged(tag):
        return render.not_modified(tag, is_pinned(question))
    held = chosen(question)
    found = held.export()
    rows = found.size()
    if rows > MOST_ROWS:
        detail = f"{rows:,} records; a workbook from here has {MOST_ROWS:,} at most. Narrow it, or take /v1/export.zip."
        raise ApiProblem("too-broad", detail)
    about = {"address": address(), **held.about}
    return _download(workbook.written(sheets(found), about, question.get("hxl", False)), "xlsx", tag, question)


def sheets(found: Export) -> list[workbook.Sheet]:
    return [workbook.Sheet(table.noun, table.layout, table.chunks()) for table in found.tables]


def _download(body: Any, suffix: str, tag: str, question: Query) -> Response:
    answer = Response(body, content_type=render.MEDIA_TYPES[suffix])
    answer.headers["Content-Disposition"] = render.download_name("counterclaim", suffix)
    return render.cached(answer, tag, is_pinned(question))
