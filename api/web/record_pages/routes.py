"""The addresses of pages: `/claims/<id>` for everybody, and `/v1/claims/<id>` for who prefers HTML."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request

from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats
from api.http.costly_answers import occupy_slot
from api.http.problems import MEDIA_TYPE, ApiProblem
from api.http.query_strings import QueryParser
from api.http.reader_language import (
    PARAMETER,
    choose_language,
    choose_problem_language,
    read_language_choice,
    switch_language,
    vary_by_language,
)
from api.listings import claimants, claims, conflicts, datasets, events, query, sides, sources
from api.monitoring.log_lines import hide_keys
from api.reconciling.paused_collection import pause_collecting
from api.v1.shared.addresses import tag_of
from api.v1.shared.newer_version import FindRecord, Record, read_versions
from api.v1.shared.pinning import PINS, is_pinned, pin_snapshot
from api.web import statics
from api.web.record_pages import addresses, wording
from api.web.record_pages.claim_page import build_claim_page
from api.web.record_pages.claimant_page import build_claimant_page
from api.web.record_pages.conflict_page import build_conflict_page
from api.web.record_pages.dataset_page import build_dataset_page
from api.web.record_pages.event_page import build_event_page
from api.web.record_pages.history import read_history
from api.web.record_pages.list_page import EVIDENCE, build_list_page
from api.web.record_pages.release_page import build_release_page, build_releases_page
from api.web.record_pages.side_page import build_side_page
from api.web.record_pages.source_page import build_source_page
from schemas.language_files import LANGUAGES, load_language
from schemas.pages import PAGE_TYPES, ClaimListPageQuery, LanguageQuery, PageQuery
from schemas.trackers import is_tracker

blueprint = Blueprint("record_pages", __name__, template_folder="../templates")
HTML, JSON = "text/html", "application/json"
API_ADDRESSES = ("/v1", "/static/")  # whose problems are documented as JSON
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PARSER = QueryParser()
Build = Callable[..., Record]
BUILDERS: dict[str, tuple[FindRecord, Build]] = {
    "events": (functools.partial(query.read_record, events.LISTING), build_event_page),
    "conflicts": (functools.partial(query.read_record, conflicts.LISTING), build_conflict_page),
    "sides": (functools.partial(query.read_record, sides.LISTING), build_side_page),
    "claimants": (functools.partial(query.read_record, claimants.LISTING), build_claimant_page),
    "sources": (functools.partial(query.read_record, sources.LISTING), build_source_page),
    "datasets": (datasets.find_dataset, build_dataset_page),
    "claims": (claims.read_claim, build_claim_page),
}
#: Record types whose pages ask for statistics of whole conflicts: they wait for a slot as these do.
COSTLY_TYPES = frozenset({"conflicts", "sides", "claimants"})
#: The word for one record of each type, also the name of its template.
NOUNS = {record_type: record_type.removesuffix("s") for record_type in PAGE_TYPES}
FUNCTIONS: dict[str, Callable[..., str]] = {
    "page": addresses.page_address,
    "newest_page": addresses.newest_page,
    "data": addresses.data_address,
    "listing": addresses.list_address,
    "claims_behind": addresses.claims_behind,
    "local": addresses.local_address,
    "public": addresses.public_address,
    "explorer_address": addresses.explorer_address,
    "in_language": switch_language,
    "join": lambda path, **parameters: addresses.join_query(path, parameters | read_language_choice()),
    "static": statics.versioned_address,
}


def _add_route(record_type: str) -> None:
    blueprint.add_url_rule(
        f"/{record_type}/<slug:id>", NOUNS[record_type], lambda **path: answer_page(record_type, path["id"])
    )


for _record_type in PAGE_TYPES:
    _add_route(_record_type)


def _answer_browser() -> Response | None:
    """Answer a GET of a record in version 1 with its page if `Accept` prefers HTML; None: the API answers."""
    record_type, _, endpoint = (request.endpoint or "").partition(".")
    if endpoint != "one" or record_type not in (*BUILDERS, "releases") or not prefers_page():
        return None
    if any(name not in (*PINS, PARAMETER) and not is_tracker(name) for name in request.args):
        return None  # `pretty=1` and `as_of=` are about the JSON
    path = request.view_args or {}
    return show_release(path["name"]) if record_type == "releases" else answer_page(record_type, path["record_id"])


def prefers_page() -> bool:
    """Return whether the client prefers HTML to JSON. `*/*` does not."""
    return request.method in ("GET", "HEAD") and formats.best_media_type((JSON, HTML)) == HTML


def answer_page(record_type: str, record_id: str) -> Response:
    """Return the page of a record. Raises the problem not-found."""
    g.is_page = True
    question = _read_question(PageQuery)
    language = question["lang"]
    find, build = BUILDERS[record_type]
    if record_type in COSTLY_TYPES:
        occupy_slot()
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = _tag_page(question)  # of the newest revision: a pinned page tells what is newer
        if formats.is_unchanged(tag):
            return _add_headers(formats.not_modified(tag))
        newest = current_revision()
        record, newer = read_versions(find, question, record_id)
        if record is None:
            raise ApiProblem("not-found", f"There is no record {record_id} among {record_type}.")
        values = build(record, newer, language)
        if values.get("has_history", True):
            values["history"] = read_history(record_type, record_id)
        values |= {"record": record, "newer": newer, "newest_revision": newest, "question": question}
        values |= {"revision": current_revision(), "record_type": record_type, "noun": NOUNS[record_type]}
        text = render_template(f"records/{NOUNS[record_type]}.html", **values, **_describe_site(language))
    return _add_headers(formats.add_cache_headers(Response(text, content_type=f"{HTML}; charset=utf-8"), tag))


@blueprint.get("/claims", endpoint="claims")
def show_claims() -> Response:
    """Return the page with the first claims that match filters, those of `/v1/claims`."""
    g.is_page = True
    question = _read_question(ClaimListPageQuery)
    if EVIDENCE.intersection(question):
        occupy_slot()
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(question)
        tag = _tag_page(question)
        if formats.is_unchanged(tag):
            return _add_headers(formats.not_modified(tag, is_pinned(question)))
        language = question.pop(PARAMETER)
        values = build_list_page(question, request.args, language)
        values |= {"revision": current_revision(), "question": question, "newest_revision": None}
        text = render_template("records/list.html", **values, **_describe_site(language))
    answer = Response(text, content_type=f"{HTML}; charset=utf-8")
    return _add_headers(formats.add_cache_headers(answer, tag, is_pinned(question)))


@blueprint.get("/releases", endpoint="releases")
def show_releases() -> Response:
    """Return the page with all releases of this database, the newest first."""
    return _answer_releases("records/releases.html", build_releases_page)


@blueprint.get("/releases/<slug:name>", endpoint="release")
def show_release(name: str) -> Response:
    """Return the page of a release of this database. Raises the problem not-found."""
    return _answer_releases("records/release.html", functools.partial(build_release_page, name))


def _answer_releases(template: str, build: Build) -> Response:
    g.is_page = True
    question = _read_question(LanguageQuery)
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = _tag_page(question)
        if formats.is_unchanged(tag):
            return _add_headers(formats.not_modified(tag))
        language = question[PARAMETER]
        values = build(language) | {"question": question}
        text = render_template(template, **values, **_describe_site(language))
    return _add_headers(formats.add_cache_headers(Response(text, content_type=f"{HTML}; charset=utf-8"), tag))


def _read_question(schema: Any) -> dict[str, Any]:
    """Return the parameters of a page, with its language."""
    question: dict[str, Any] = PARSER.parse(schema, location="query")
    return question | {PARAMETER: choose_language(question)}


def _tag_page(question: dict[str, Any]) -> str:
    return formats.compute_etag(tag_of(question, "html"), statics.compute_version())


def _describe_site(language: str) -> dict[str, Any]:
    config = current_app.config
    site = {name.lower(): config[name] for name in ("PUBLIC_URL", "CONTACT", "LICENCE")}
    page = {
        "language": language,
        "direction": load_language(language).direction,
        "languages": {tag: load_language(tag).name for tag in LANGUAGES if tag != language},
        "translations": addresses.list_translations(request.path.removeprefix("/v1")),
    }
    return {"site": site, **page, **FUNCTIONS}


def _add_headers(answer: Response) -> Response:
    vary_by_language(answer)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _show_problem(answer: Response) -> Response:
    """Return a problem of a page, or of an address outside of the API, as a page with the same status and words."""
    is_outside = not request.path.startswith(API_ADDRESSES) and prefers_page()
    if answer.mimetype != MEDIA_TYPE or not (is_outside or (g.get("is_page") and _reads_pages())):
        return answer
    problem = answer.get_json()
    page = render_template("records/problem.html", problem=problem, **_describe_site(choose_problem_language()))
    answer.set_data(hide_keys(page))  # its links repeat the address, which may have a key
    answer.content_type = f"{HTML}; charset=utf-8"
    answer.headers["Vary"] = "Accept"
    return _add_headers(answer)


def _reads_pages() -> bool:
    """Return whether the client of a page does not prefer a problem as JSON."""
    return (formats.best_media_type((HTML, MEDIA_TYPE, JSON)) or HTML) == HTML


def init_app(app: Flask) -> None:
    wording.init_app(app)
    app.before_request(_answer_browser)
    app.after_request(_show_problem)
    app.register_blueprint(blueprint)
