"""Exports of all records, or of some claims with the records they refer to, as a data package or a workbook."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, current_app

from api.database.snapshot import begin_snapshot
from api.export import data_package, zip_archive
from api.export.tables import Export, Progress, build_export, ignore_progress
from api.history.revisions import current_revision
from api.http import formats, openapi, xlsx
from api.http.client_presence import while_client_waits
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem
from api.listings import claims, query
from api.listings.query import Bound
from api.v1.shared.addresses import request_address, tag_of
from api.v1.shared.evidence_filters import resolve_evidence
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.pinned_answers import answer_from_file
from api.v1.shared.pinning import is_pinned, pin_snapshot
from api.v1.shared.question_filters import select_filters
from schemas.exports import ExportQuery

blueprint = ReadBlueprint("exports", __name__, description="Download everything at once.")
SUMMARY = "Everything, or the claims matching the same filters as /v1/claims with the records they refer to"


class Selection(NamedTuple):
    """The content and the description of an export."""

    bound: Bound
    description: dict[str, Any]
    digests: bool  # with them, the next import of a dataset release finds its records again

    def open_tables(self, seen: Progress = ignore_progress) -> Export:
        return build_export(self.bound, seen, self.digests)


def select_export(question: Query, title: str = "Counterclaim") -> Selection:
    """Return the selection of the question; the open snapshot must be pinned. Raises the problems of `/v1/claims`."""
    config = current_app.config
    bound = query.bind_question(claims.LISTING, resolve_evidence(question))
    used_filters = select_filters(question)
    description = data_package.describe_package(
        title, current_revision(), used_filters, config["LICENCE"], config["PUBLIC_URL"]
    )
    return Selection(bound, description, not is_pinned(question))


def _describe_download(suffix: str, description: str) -> Mapping[str, Any]:
    content = {formats.MEDIA_TYPES[suffix]: {"schema": {"type": "string", "format": "binary"}}}
    answer = {"responses": {200: {"description": description, "content": content}}}
    ranges = (openapi.describe_ranges([suffix]), openapi.describe_problems(416)) if suffix == "zip" else ()
    return openapi.merge_docs(answer, *ranges, openapi.describe_problems(400, 422, 503))


@blueprint.route("/export.zip", endpoint="zip")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(
    summary=f"{SUMMARY}, as a data package.", **_describe_download("zip", "CSV files and a `datapackage.json`.")
)
def export_zip(question: Query) -> Response:
    occupy_slot()
    begin_snapshot(None)  # it ends with the connection, when the last byte is sent
    pin_snapshot(question)
    tag = tag_of(question, "zip")
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, is_pinned(question))
    return answer_from_file(question, tag, lambda: _write_zip(question))


def _write_zip(question: Query) -> Response:
    selection = select_export(question)
    parts = zip_archive.zip_members(
        data_package.members(selection.description, selection.open_tables(), hxl=question.get("hxl", False))
    )
    # Write the first part now, because a failure can still become a problem.
    return _answer_download(itertools.chain([next(parts)], parts), "zip")


@blueprint.route("/export.xlsx", endpoint="xlsx")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(
    summary=f"{SUMMARY}, as a workbook with one sheet per record type.",
    **_describe_download("xlsx", f"At most {xlsx.MOST_RECORDS:,} records."),
)
def export_xlsx(question: Query) -> Response:
    occupy_slot()
    begin_snapshot(None)
    pin_snapshot(question)
    tag = tag_of(question, "xlsx")
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, is_pinned(question))
    selection = select_export(question)
    contents = selection.open_tables()
    rows = contents.size()
    if rows > xlsx.MOST_RECORDS:
        detail = (
            f"{rows:,} records, but a workbook may have {xlsx.MOST_RECORDS:,}. "
            "Narrow it with a filter, or download /v1/export.zip."
        )
        raise ApiProblem("too-broad", detail)
    description = {"address": request_address(), **selection.description}
    sheets = [sheet._replace(chunks=while_client_waits(sheet.chunks)) for sheet in list_sheets(contents)]
    workbook = xlsx.write_workbook(sheets, description, question.get("hxl", False))
    return formats.add_cache_headers(_answer_download(workbook, "xlsx"), tag, is_pinned(question))


def list_sheets(contents: Export) -> list[xlsx.Sheet]:
    return [xlsx.Sheet(table.record_type, table.layout, table.chunks()) for table in contents.tables]


def _answer_download(body: Any, suffix: str) -> Response:
    answer = Response(body, content_type=formats.MEDIA_TYPES[suffix])
    answer.headers["Content-Disposition"] = formats.download_name("counterclaim", suffix)
    return answer
