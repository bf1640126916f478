"""How to cite a claim or a release at a revision, in the style that the reader asks for."""

from collections.abc import Iterable
from typing import Any

from flask import Response, current_app

from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats, openapi
from api.http.problems import ApiProblem
from api.listings import claims, events, query, releases, sources
from api.v1.citations.facts import Citation, cite_claim, cite_release
from api.v1.citations.styles import WRITERS
from api.v1.shared.listing_routes import RECORD_HEADERS, Query, ReadBlueprint, link_latest
from api.v1.shared.newer_version import read_versions
from schemas.citations import RELEASE_STYLES, STYLES, ClaimCitationQuery, ReleaseCitationQuery, media_type_of

blueprint = ReadBlueprint("citations", __name__, description="Citations ready to paste.")
SCHEMA_OF_STYLE: dict[str, dict[str, Any]] = {
    "text": openapi.TEXT,
    "bibtex": openapi.TEXT,
    "ris": openapi.TEXT,
    "csl": {"type": "array", "items": {"type": "object"}},
    "claimreview": {"type": "object"},
}
PROBLEMS = openapi.describe_problems(400, 404, 406, 422, 503)


def _document_styles(styles: Iterable[str]) -> dict[str, Any]:
    content = {media_type_of(style): {"schema": SCHEMA_OF_STYLE[style]} for style in styles}
    answer = {
        "description": "The citation, in the style of `style` or `Accept`.",
        "content": content,
        "headers": RECORD_HEADERS,
    }
    return openapi.merge_docs({"responses": {200: answer}}, PROBLEMS)


@blueprint.route("/claims/<slug:record_id>/citation", endpoint="claim")
@blueprint.arguments(ClaimCitationQuery, location="query")
@blueprint.doc(summary="How to cite a claim at a revision.", **_document_styles(STYLES))
def show_claim_citation(question: Query, record_id: str) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        claim, newer = read_versions(claims.read_claim, question, record_id)
        if claim is None:
            raise ApiProblem("not-found", f"There is no claim {record_id}.")
        cited = cite_claim(
            claim,
            query.read_record(events.LISTING, claim["event"]["id"]) if claim["event"] else None,
            _read_sources(claim),
            current_revision(),
            current_app.config["PUBLIC_URL"],
            newer,
        )
    return _answer_styled(cited, question, STYLES)


@blueprint.route("/releases/<slug:name>/citation", endpoint="release")
@blueprint.arguments(ReleaseCitationQuery, location="query")
@blueprint.doc(summary="How to cite a release.", **_document_styles(RELEASE_STYLES))
def show_release_citation(question: Query, name: str) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        release = releases.read_release(name)
    if release is None:
        raise ApiProblem("not-found", f"There is no release {name}.")
    return _answer_styled(cite_release(release, current_app.config["PUBLIC_URL"]), question, RELEASE_STYLES)


def _read_sources(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sources that carry the claim; those of its retracted reports if it has no others."""
    active = [report for report in claim["reports"] if report["status"] == "active"]
    ids = {report["source"]["id"] for report in active or claim["reports"]}
    return query.read_page(sources.LISTING, {"id": tuple(sorted(ids))}, sort=("published_on", "id")).records


def _answer_styled(cited: Citation, question: Query, styles: Iterable[str]) -> Response:
    """Answer in the style of the question, else in the first that `Accept` prefers, else as text."""
    style = question.get("style") or formats.negotiate_media_type({media_type_of(s): s for s in styles}, "text")
    text = WRITERS[style](cited)
    tag = formats.compute_etag(style, text)
    if formats.is_unchanged(tag):
        return link_latest(formats.not_modified(tag), question)
    return link_latest(formats.add_cache_headers(Response(text, content_type=STYLES[style]), tag), question)
