"""The documentation page, health, and the well-known addresses."""

import datetime
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from api.http import formats
from api.http.problems import ApiProblem, make_fault
from api.http.query_strings import QueryParser
from api.http.reader_language import choose_language, vary_by_language
from api.web import record_preview, server_parts, statics
from api.web.api_docs import render_page
from schemas.pages import LanguageQuery

blueprint = Blueprint("web", __name__, template_folder="templates")
PARSER = QueryParser()
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: A page without scripts, for a frame of anybody's.
FRAME_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _vary_by_accept(answer: Response) -> Response:
    answer.headers["Vary"] = "Accept"
    return answer


def _render_page(template: str, policy: str, **values: Any) -> Response:
    answer = Response(
        render_template(template, static=statics.versioned_address, **values), content_type="text/html; charset=utf-8"
    )
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return _vary_by_accept(_add_page_headers(answer, policy))


def _add_page_headers(answer: Response, policy: str) -> Response:
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/static/<path:name>", endpoint="static")
def static_file(name: str) -> Response:
    return statics.answer_file(name)


@blueprint.get("/v1/docs")
def show_docs() -> Response:
    """Return the OpenAPI document as a page. A form of it, sent without a script, is redirected to what it asks for."""
    if render_page.OPERATION in request.args:
        headers = {"Location": render_page.find_address(request.args), "Cache-Control": "no-store"}
        return Response(status=303, headers=headers)
    text = render_page.render_page(choose_language(PARSER.parse(LanguageQuery, location="query")))
    tag = formats.compute_etag(text)
    if formats.is_unchanged(tag):
        return vary_by_language(_add_page_headers(formats.not_modified(tag), PAGE_POLICY))
    answer = formats.add_cache_headers(Response(text, content_type="text/html; charset=utf-8"), tag)
    return vary_by_language(_add_page_headers(answer, PAGE_POLICY))


@blueprint.get("/v1/reconcile/preview")
def show_record_preview() -> Response:
    """Return a small page about a record. OpenRefine shows it in a frame beside a name."""
    values = record_preview.describe_record(request.args.get("id", ""), current_app.config["PUBLIC_URL"])
    return _render_page("record_preview.html", FRAME_POLICY, **values)


@blueprint.get("/v1/openapi.json")
def openapi_document() -> Response:
    document = current_app.extensions["counterclaim-openapi"].to_dict()
    tag = formats.compute_etag(document)
    return (
        formats.not_modified(tag)
        if formats.is_unchanged(tag)
        else formats.add_cache_headers(formats.as_json(document), tag)
    )


@blueprint.get("/healthz")
def healthy() -> Response:
    return formats.as_json({"status": "up"})


@blueprint.get("/readyz")
def ready() -> Response:
    """Return which parts of the server are in order. Without the database or its newest tables the status is 503."""
    state = server_parts.examine_server()
    warnings = [part.obstacle for part in state.obstacles]
    if state.is_down:
        faults = [make_fault("server", part.name, part.obstacle) for part in state.obstacles]
        raise ApiProblem("unavailable", warnings[0], faults, {"Retry-After": "5"})
    payload = {
        "status": "limited" if warnings else "ready",
        "database": state.database,
        "parts": {part.name: part.obstacle or "ok" for part in state.parts},
        "warnings": warnings,
    }
    return formats.as_json(payload)


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """Return a linkset (RFC 9727) of the descriptions of the API."""
    public_url = current_app.config["PUBLIC_URL"]
    linkset = {
        "linkset": [
            {
                "anchor": f"{public_url}/v1",
                "service-desc": [{"href": f"{public_url}/v1/openapi.json", "type": "application/json"}],
                "service-doc": [{"href": f"{public_url}/v1/docs", "type": "text/html"}],
                "status": [{"href": f"{public_url}/readyz", "type": "application/json"}],
            }
        ]
    }
    return Response(formats.json_bytes(linkset), content_type="application/linkset+json")


@blueprint.get("/.well-known/security.txt")
def show_security_contact() -> Response:
    """Return security.txt (RFC 9116). It expires in 364 days, because each request writes it again."""
    expires = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expires += datetime.timedelta(days=364)
    config = current_app.config
    text = (
        f"Contact: {config['CONTACT']}\nExpires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        f"Preferred-Languages: en\nCanonical: {config['PUBLIC_URL']}/.well-known/security.txt\n"
    )
    return Response(text, content_type="text/plain; charset=utf-8")
