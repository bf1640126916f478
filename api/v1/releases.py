"""Releases, and what changed between two of them."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app

from api.change_log.entries import LISTING
from api.change_log.release_diff import ReleaseDiff
from api.database.snapshot import begin_snapshot, open_snapshot
from api.history.pinned_snapshot import pin_revision
from api.history.revisions import current_revision
from api.http import cursors, formats, openapi
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem, make_fault
from api.listings import releases
from api.listings.query import Page, bind_question
from api.listings.release_names import NamedRelease, find_releases
from api.v1.feeds.answer_feed import answer_feed, describe_question
from api.v1.feeds.feed_parts import FeedEntry
from api.v1.shared.addresses import address_of, columns_address, page_address, request_address, tag_content, tag_of
from api.v1.shared.listing_routes import (
    DESCRIBED,
    LIST_HEADERS,
    WHOLE_NOTE,
    Query,
    ReadBlueprint,
    add_links,
    answer_download,
    answer_meta,
    link_feeds,
    write_suffix_rule,
)
from api.v1.shared.pinned_answers import answer_from_file
from api.v1.shared.pinning import require_release
from api.v1.shared.question_filters import select_filters
from schemas.feeds import JsonFeedOut
from schemas.releases import ChangedOut, DiffQuery, ReleaseOneOut, ReleasesOut
from schemas.responses import DEFAULT_PAGE, TABLE_FORMATS, SingleQuery, list_response

blueprint = ReadBlueprint("releases", __name__, description="Named revisions, frozen as data packages.")


@blueprint.route("/releases", endpoint="list")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, ReleasesOut, headers=LIST_HEADERS)
@blueprint.doc(summary="Every release, the newest first.", **openapi.describe_problems(400, 422, 503))
def list_releases(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        return link_feeds(_answer_tagged({"data": releases.read_releases()}, question))


def _register_feed(format_name: str, summary: str, schema: Any) -> None:
    @blueprint.route(f"/releases.{format_name}", endpoint=f"feed_{format_name}")
    @blueprint.arguments(SingleQuery, location="query")
    @blueprint.response(200, schema, content_type=formats.MEDIA_TYPES[format_name], headers=LIST_HEADERS)
    @blueprint.doc(summary=summary, **openapi.describe_problems(400, 422, 503))
    def show_feed(question: Query) -> Response:
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            newest = releases.read_releases()[:DEFAULT_PAGE]
            tag = tag_content([newest, current_app.config["LICENCE"], current_app.config["PUBLIC_URL"]], question)
            if formats.is_unchanged(tag):
                return formats.not_modified(tag)
            entries = [_write_feed_entry(release) for release in newest]
            feed = answer_feed(format_name, describe_question("releases", {}), entries, question.get("pretty", False))
        return formats.add_cache_headers(feed, tag)


def _write_feed_entry(release: dict[str, Any]) -> FeedEntry:
    address = address_of(f"/v1/releases/{release['id']}")
    page = address_of(f"/releases/{release['id']}")
    title = f"Release {release['id']}: revision {release['revision']:,}"
    content = f"{release['note']}\nSHA-256 of datapackage.json: {release['sha256']}".strip()
    return FeedEntry(address, title, content, release["made_at"], "editor", page, address)


_register_feed("atom", "The newest releases as an Atom feed (RFC 4287).", openapi.TEXT)
_register_feed("jsonfeed", "The newest releases as a JSON Feed (version 1.1).", JsonFeedOut)


@blueprint.route("/releases/<slug:name>", endpoint="one")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, ReleaseOneOut)
@blueprint.doc(summary="One release.", **openapi.describe_page())
def show_release(question: Query, name: str) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        return _answer_tagged({"data": _require_release(name)}, question)


DIFF = {
    "summary": "What changed between two releases, with old and new figures, and why.",
    **openapi.merge_docs(
        openapi.describe_formats(TABLE_FORMATS),
        openapi.describe_problems(400, 404, 406, 422, 503),
    ),
}
DIFF_AS = {
    "summary": f"{DIFF['summary']} In the format of the suffix.",
    **openapi.merge_docs(DIFF, openapi.describe_ranges(TABLE_FORMATS), openapi.describe_problems(416)),
}


@blueprint.route("/releases/<name>/diff", endpoint="diff")
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, list_response(ChangedOut), headers=LIST_HEADERS)
@blueprint.doc(**DIFF)
def list_differences(question: Query, name: str) -> Response:
    return _answer_diff(question, name, None)


@blueprint.route(f"/releases/<name>/diff{write_suffix_rule(TABLE_FORMATS)}", endpoint="diff_as")
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, list_response(ChangedOut), headers=LIST_HEADERS)
@blueprint.doc(**DIFF_AS, description=WHOLE_NOTE)
def list_differences_as(question: Query, name: str, suffix: str) -> Response:
    return _answer_diff(question, name, suffix)


def _answer_diff(question: Query, name: str, suffix: str | None) -> Response:
    format_name = formats.choose_format(suffix, question.get("format"), TABLE_FORMATS)
    if format_name == "json":
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            return _answer_from_snapshot(question, name, format_name)
    occupy_slot()
    begin_snapshot(None)  # it ends with the connection, when the last row is sent
    return _answer_from_snapshot(question, name, format_name)


def _answer_from_snapshot(question: Query, name: str, format_name: str) -> Response:
    later, earlier = _require_any_release(name), require_release("from", question["from"])
    if earlier.revision > later.revision:
        raise _wrong_order(question["from"], name)
    pin_revision(later.revision)  # names are those of the later release
    tag = tag_of(question, format_name)
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, pinned=True)
    filters = {name: question[name] for name in LISTING.where if name in question}
    diff = ReleaseDiff(earlier.revision, later.revision, bind_question(LISTING, filters))
    if format_name == "json":
        return formats.add_cache_headers(_write_page(diff, question, name), tag, pinned=True)
    # The later release pins the answer, whatever the question says.
    return answer_from_file({**question, "release": name}, tag, lambda: _write_flat(diff, question, name, format_name))


def _write_page(diff: ReleaseDiff, question: Query, name: str) -> Response:
    page, following = _read_page(diff, question, name)
    names = question.get("fields")
    records = [{name: row[name] for name in names} for row in page.records] if names else page.records
    payload: Any = records
    if question.get("shape") != "array":
        links = {"self": request_address(), **({"next": following} if following else {})}
        payload = {"data": records, "meta": _describe_diff(diff, question), "links": links}
    return add_links(formats.as_json(payload, question.get("pretty", False)), following)


def _describe_diff(diff: ReleaseDiff, question: Query) -> dict[str, Any]:
    limit = question.get("limit", DEFAULT_PAGE)
    return {"total": diff.count_records(), "limit": limit, **answer_meta(question, current_revision())}


def _write_flat(diff: ReleaseDiff, question: Query, name: str, format_name: str) -> Response:
    """Answer a page with `limit` or `cursor`, otherwise all records as a stream."""
    following = None
    chunks: Iterator[list[dict[str, Any]]] = diff.read_chunks()
    if "limit" in question or "cursor" in question:
        page, following = _read_page(diff, question, name)
        chunks = iter([page.records])
    columns = formats.build_layout(ChangedOut(), question.get("fields", ChangedOut().fields))
    if format_name == "ndjson" and "fields" in question:
        chunks = ([{name: row[name] for name in question["fields"]} for row in chunk] for chunk in chunks)
    description = _describe_diff(diff, question) if format_name in DESCRIBED else {}
    answer = answer_download("diff", format_name, chunks, columns, question, description)
    return add_links(answer, following, columns=columns_address(format_name))


def _read_page(diff: ReleaseDiff, question: Query, name: str) -> tuple[Page, str | None]:
    """Return a page of changed records, and the address of the next page."""
    secret, identity = current_app.config["SECRET"], ["diff", name, select_filters(question)]
    after = cursors.decode(secret, identity, question["cursor"]) if "cursor" in question else None
    page = diff.read_page(question.get("limit", DEFAULT_PAGE), after)
    if page.last is None:
        return page, None
    return page, page_address(cursors.encode(secret, identity, page.last))


def _wrong_order(later: str, earlier: str) -> ApiProblem:
    """Return the problem of a `from` that is later. An empty list would read as if nothing had changed."""
    message = f"Must be the earlier of the two releases. Use /v1/releases/{later}/diff?from={earlier}."
    return ApiProblem("invalid-parameter", f"from: {message}", [make_fault("query", "from", message)])


def _require_any_release(name: str) -> NamedRelease:
    """Return a release of this database or of a dataset. Raise the problem not-found for a name of none or several."""
    candidates = find_releases(name)
    if len(candidates) == 1:
        return candidates[0]
    several = (
        f" Several datasets have it: use one of {', '.join(release.id for release in candidates)}."
        if candidates
        else ""
    )
    listed = "/v1/releases lists those of this database, /v1/datasets those of datasets."
    raise ApiProblem("not-found", f"There is no release {name}.{several} {listed}")


def _require_release(name: str) -> dict[str, Any]:
    """Return a release of this database. The problem names the release of a dataset that has this name."""
    release = releases.read_release(name)
    if release is None:
        datasets = " and ".join(owner.id.partition(":")[0] for owner in find_releases(name))
        hint = f" It is a release of the dataset {datasets}: see /v1/datasets." if datasets else ""
        raise ApiProblem("not-found", f"There is no release {name} of this database.{hint} /v1/releases lists them.")
    return release


def _answer_tagged(payload: dict[str, Any], question: Query, pinned: bool = False) -> Response:
    tag = formats.compute_etag(payload, question.get("pretty"))
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, pinned)
    return formats.add_cache_headers(formats.as_json(payload, question.get("pretty", False)), tag, pinned)
