"""The change log as a list and as a feed, and the history of a record."""

from typing import Any

from flask import Response, current_app

from api.change_log import entries as log_entries
from api.change_log.matching_changes import select_log
from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats, openapi
from api.http.problems import ApiProblem
from api.listings import query
from api.v1.feeds.answer_feed import answer_feed, describe_question
from api.v1.feeds.record_entries import list_entries
from api.v1.shared.addresses import request_address, tag_of
from api.v1.shared.listing_routes import (
    LIST_HEADERS,
    WHOLE_NOTE,
    Query,
    ReadBlueprint,
    answer_list,
    answer_meta,
    link_feeds,
    write_suffix_rule,
)
from api.v1.shared.pinning import is_pinned, pin_snapshot
from schemas.feeds import JsonFeedOut
from schemas.log import RESOURCES, ChangeOut, ChangeQuery, FeedQuery, HistoryOut, HistoryQuery
from schemas.responses import DEFAULT_PAGE, TABLE_FORMATS, list_response

blueprint = ReadBlueprint("changes", __name__, description="Every change of a record, with its reason.")
documented = openapi.merge_docs(
    openapi.describe_formats(TABLE_FORMATS),
    openapi.describe_problems(400, 406, 422, 503),
)
documented_as = openapi.merge_docs(
    documented, openapi.describe_ranges(TABLE_FORMATS), openapi.describe_problems(404, 416)
)


def _limit_to_pin(question: Query) -> Query:
    """Add the pinned revision as a filter, so that the list ends there."""
    return {**question, "revision": current_revision()} if is_pinned(question) else question


@blueprint.route("/changes", endpoint="list")
@blueprint.arguments(ChangeQuery, location="query")
@blueprint.response(200, list_response(ChangeOut), headers=LIST_HEADERS)
@blueprint.doc(summary="Every change: who, what, when and why.", description="In their order.", **documented)
def list_changes(question: Query) -> Response:
    answer = answer_list(log_entries.LISTING, ChangeOut(), question, TABLE_FORMATS, None, _limit_to_pin)
    return answer if is_pinned(question) else link_feeds(answer)


def _register_feed(format_name: str, summary: str, schema: Any) -> None:
    @blueprint.route(f"/changes.{format_name}", endpoint=f"feed_{format_name}")
    @blueprint.arguments(FeedQuery, location="query")
    @blueprint.response(200, schema, content_type=formats.MEDIA_TYPES[format_name], headers=LIST_HEADERS)
    @blueprint.doc(summary=summary, description=FEED_NOTE, **openapi.describe_problems(400, 422, 503))
    def show_feed(question: Query) -> Response:
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            tag = tag_of(question, format_name)
            if formats.is_unchanged(tag):
                return formats.not_modified(tag)
            selection = select_log(query.bind_question(log_entries.LISTING, question))
            entries = list_entries(selection, question.get("limit", DEFAULT_PAGE))
            title = describe_question("changes", question)
            return formats.add_cache_headers(answer_feed(format_name, title, entries), tag)


FEED_NOTE = "One entry for each change. An import, or a write of more than 20 records, is one entry."
_register_feed("atom", "The newest changes as an Atom feed (RFC 4287).", openapi.TEXT)
_register_feed("jsonfeed", "The newest changes as a JSON Feed (version 1.1).", JsonFeedOut)


@blueprint.route(f"/changes{write_suffix_rule(TABLE_FORMATS)}", endpoint="list_as")
@blueprint.arguments(ChangeQuery, location="query")
@blueprint.response(200, list_response(ChangeOut), headers=LIST_HEADERS)
@blueprint.doc(summary="Every change, in the format of the suffix.", description=WHOLE_NOTE, **documented_as)
def list_changes_as(question: Query, suffix: str) -> Response:
    return answer_list(log_entries.LISTING, ChangeOut(), question, TABLE_FORMATS, suffix, _limit_to_pin)


@blueprint.route(f"/<any({','.join(RESOURCES)}):resource>/<slug:record_id>/history", endpoint="history")
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, list_response(HistoryOut), headers=LIST_HEADERS)
@blueprint.doc(
    summary="The history of a record, field by field.",
    description="`/v1/changes?resource=…&id=…` shows the whole record before and after each change.",
    **openapi.describe_problems(400, 404, 422, 503),
)
def show_history(question: Query, resource: str, record_id: str) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(question)
        revision = current_revision()
        tag = tag_of(question, "json")
        entries = [entry for entry in log_entries.read_entries(resource, record_id) if entry.revision <= revision]
    if not entries:
        raise ApiProblem("not-found", f"There is no record {record_id} among {resource} in the log.")
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, is_pinned(question))
    written_entries = [_write_entry(entry) for entry in entries]
    meta = {"total": len(written_entries), "limit": None, **answer_meta({}, revision)}
    payload = {"data": written_entries, "meta": meta, "links": {"self": request_address()}}
    return formats.add_cache_headers(formats.as_json(payload, question.get("pretty", False)), tag, is_pinned(question))


def _write_entry(entry: log_entries.LoggedEntry) -> dict[str, Any]:
    same = ("seq", "revision", "made_at", "who", "operation", "reason")
    differences = [difference._asdict() for difference in log_entries.list_differences(entry)]
    return {**{name: getattr(entry, name) for name in same}, "differences": differences}
