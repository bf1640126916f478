"""Who changed what, when and why: the change log as a list, as a feed, and the history of one record."""

from typing import Any

from flask import Response, current_app

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem
from api.queries import changes, select
from api.queries.references import current_revision
from api.v1.clocks import hold, is_pinned
from api.v1.feed import MEDIA_TYPE, atom
from api.v1.reading import (
    LIST_HEADERS,
    WHOLE,
    Query,
    ReadBlueprint,
    about_answer,
    address,
    answer_list,
    tag_of,
)
from schemas.envelopes import DEFAULT_PAGE, listing
from schemas.log import RESOURCES, ChangeOut, ChangeQuery, FeedQuery, HistoryOut, HistoryQuery

blueprint = ReadBlueprint("changes", __name__, description="Every change of a record, with its reason.")
FORMATS = ["json", "csv", "ndjson", "xlsx"]
documented = openapi.merged(openapi.formats(FORMATS), openapi.problems(400, 406, 422, 503))
documented_as = openapi.merged(documented, openapi.problems(404))


def _held(question: Query) -> Query:
    """The log as it was at the revision, or release, that the answer is pinned to."""
    return {**question, "revision": current_revision()} if is_pinned(question) else question


@blueprint.route("/changes", endpoint="list")
@blueprint.arguments(ChangeQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(ChangeOut)), headers=LIST_HEADERS)
@blueprint.doc(summary="Every change: who, what, when and why.", description="In their order.", **documented)
def list_changes(question: Query) -> Response:
    return answer_list(changes.LISTING, ChangeOut(), question, FORMATS, None, _held)


@blueprint.route("/changes.atom", endpoint="feed")
@blueprint.arguments(FeedQuery, location="query")
@blueprint.response(200, openapi.TEXT, content_type=MEDIA_TYPE, headers=LIST_HEADERS)
@blueprint.doc(
    summary="The newest changes as an Atom feed (RFC 4287).",
    **openapi.problems(400, 422, 503),
)
def tell_feed(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = tag_of(question, "atom")
        if render.unchanged(tag):
            return render.not_modified(tag)
        bound = select.bind(changes.LISTING, question)
        newest = select.page(
            changes.LISTING, bound, fields=("seq",), sort=("-seq",), limit=question.get("limit", DEFAULT_PAGE)
        )
        entries = changes.of([found["seq"] for found in newest.records])
    text = atom(entries, current_app.config["PUBLIC_URL"], address(), current_app.config["LICENCE"])
    return render.cached(Response(text, content_type=f"{MEDIA_TYPE}; charset=utf-8"), tag)


@blueprint.route(f"/changes.<any({','.join(FORMATS)}):suffix>", endpoint="list_as")
@blueprint.arguments(ChangeQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(ChangeOut)), headers=LIST_HEADERS)
@blueprint.doc(summary="Every change, in the format of the suffix.", description=WHOLE, **documented_as)
def list_changes_as(question: Query, suffix: str) -> Response:
    return answer_list(changes.LISTING, ChangeOut(), question, FORMATS, suffix, _held)


@blueprint.route(f"/<any({','.join(RESOURCES)}):resource>/<slug:record_id>/history", endpoint="history")
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, listing(HistoryOut), headers=LIST_HEADERS)
@blueprint.doc(
    summary="How a record came to read as it does, field by field.",
    description="`/v1/changes?resource=…&id=…` has the same with the whole record before and after.",
    **openapi.problems(400, 404, 422, 503),
)
def history(question: Query, resource: str, record_id: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        hold(question)
        revision = current_revision()
        tag = tag_of(question, "json")
        entries = [entry for entry in changes.entries(resource, record_id) if entry.revision <= revision]
    if not entries:
        raise ApiProblem("not-found", f"Nothing is logged of {record_id} among {resource}.")
    if render.unchanged(tag):
        return render.not_modified(tag, is_pinned(question))
    told = [_told(entry) for entry in entries]
    meta = {"total": len(told), "limit": None, **about_answer({}, revision)}
    payload = {"data": told, "meta": meta, "links": {"self": address()}}
    return render.cached(render.as_json(payload, question.get("pretty", False)), tag, is_pinned(question))


def _told(entry: changes.Logged) -> dict[str, Any]:
    same = ("seq", "revision", "made_at", "who", "operation", "reason")
    differences = [difference._asdict() for difference in changes.differences(entry)]
    return {**{name: getattr(entry, name) for name in same}, "differences": differences}
