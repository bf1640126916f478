"""`/`, the documentation page, health, and the well-known addresses."""

import datetime
from typing import Any

import peewee
from flask import Blueprint, Response, current_app, render_template, request

from api import render, upgrade
from api.db import database, is_postgres, rows
from api.problems import ApiProblem
from api.v1.discovery import endpoints
from api.web import statics
from schemas.casualties import BASES, POLICIES
from schemas.vocab import HARM, VICTIM_STATUS

blueprint = Blueprint("web", __name__, template_folder="templates")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: The closed lists from which a reader of the page chooses.
WORDS = {"harm": HARM, "victim_status": VICTIM_STATUS, "basis": BASES, "policy": POLICIES}
# swagger-ui styles its widgets by attribute.
DOCS_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@blueprint.get("/")
def home() -> Response:
    """JSON for programs, a page for browsers."""
    public_url = current_app.config["PUBLIC_URL"]
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return _page(
            "explorer.html", PAGE_POLICY, addresses=endpoints(public_url), words=WORDS, modules=statics.modules()
        )
    told = {
        "data": {
            "name": "Counterclaim",
            "about": "Who says how many: casualty claims side by side.",
            "versions": [f"{public_url}/v1"],
            "docs": f"{public_url}/v1/docs",
            "openapi": f"{public_url}/v1/openapi.json",
        }
    }
    return _varying(render.as_json(told, "pretty" in request.args))


def _varying(answer: Response) -> Response:
    answer.headers["Vary"] = "Accept"
    return answer


def _page(template: str, policy: str, **values: Any) -> Response:
    answer = Response(
        render_template(template, static=statics.address, **values), content_type="text/html; charset=utf-8"
    )
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.add_etag()
    answer.make_conditional(request)
    return _varying(answer)


@blueprint.get("/static/<path:name>", endpoint="static")
def static_file(name: str) -> Response:
    return statics.answer(name)


@blueprint.get("/v1/docs")
def docs() -> Response:
    """Swagger UI, vendored: no request leaves this host."""
    return _page("docs.html", DOCS_POLICY)


@blueprint.get("/v1/openapi.json")
def openapi_document() -> Response:
    document = current_app.extensions["counterclaim-openapi"].spec.to_dict()
    tag = render.etag(document)
    return render.not_modified(tag) if render.unchanged(tag) else render.cached(render.as_json(document), tag)


@blueprint.get("/healthz")
def healthy() -> Response:
    return render.as_json({"status": "up"})


@blueprint.get("/readyz")
def ready() -> Response:
    """The database answers, its tables are the newest, and what runs beside it is what was tested."""
    try:
        version = rows("SELECT version()" if is_postgres() else "SELECT sqlite_version()")[0][0]
        pending = upgrade.pending()
    except peewee.PeeweeException as error:
        raise ApiProblem("unavailable", "The database does not answer.", headers={"Retry-After": "5"}) from error
    if pending:
        raise ApiProblem(
            "unavailable", f"Run `flask upgrade`: {', '.join(pending)} are pending.", headers={"Retry-After": "60"}
        )
    warnings = [] if is_postgres() or _own_sqlite() else ["cysqlite is missing: slower, with the rollback journal."]
    name = version.partition(" on ")[0] if is_postgres() else f"SQLite {version}"
    return render.as_json({"status": "ready", "database": name, "warnings": warnings})


def _own_sqlite() -> bool:
    return "CySqlite" in "".join(kind.__name__ for kind in type(database.obj).__mro__)


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """RFC 9727: a linkset of what describes the API."""
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
    return Response(render.json_bytes(linkset), content_type="application/linkset+json")


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """RFC 9116; the expiry is a year from today, as the file is made anew for each reader."""
    expires = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expires += datetime.timedelta(days=364)
    config = current_app.config
    text = (
        f"Contact: {config['CONTACT']}\nExpires: {expires.isoformat().replace('+00:00', 'Z')}\n"
        f"Preferred-Languages: en\nCanonical: {config['PUBLIC_URL']}/.well-known/security.txt\n"
    )
    return Response(text, content_type="text/plain; charset=utf-8")
