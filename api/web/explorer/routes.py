"""The addresses of the explorer: `/`, `/embed` and `/oembed`."""

import datetime
import json
import urllib.parse
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from jinja2.utils import htmlsafe_json_dumps
from werkzeug.datastructures import ImmutableMultiDict

from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats
from api.http.costly_answers import occupy_slot
from api.http.problems import MEDIA_TYPE, ApiProblem, make_fault
from api.http.reader_language import (
    PARAMETER,
    choose_language,
    choose_problem_language,
    read_language_choice,
    vary_by_language,
)
from api.listings.references import cached_references
from api.reconciling.paused_collection import pause_collecting
from api.v1.discovery import list_endpoints
from api.v1.shared.addresses import tag_of
from api.v1.shared.pinning import is_pinned, pin_snapshot
from api.web import metadata_block, statics
from api.web.explorer import page_words, wording
from api.web.explorer.answers import FirstAnswer, find_answer, list_conflicts
from api.web.explorer.links import (
    FRAME,
    describe_unused,
    drop_unused_filters,
    list_feeds,
    list_languages,
    list_translations,
    make_links,
    write_snippet,
)
from api.web.explorer.page_state import (
    DEFAULTS,
    PARSER,
    State,
    change_view,
    find_conflict,
    write_link,
    write_title,
)
from api.web.record_pages.addresses import explorer_address, join_query, page_address
from schemas.explorer import RENAMED, ExplorerQuery, OembedQuery
from schemas.language_files import DEFAULT_LANGUAGE, load_language
from schemas.messages import translate
from schemas.pictures import CONTROLS, WITH_CONFLICT

blueprint = Blueprint("explorer", __name__, template_folder="../templates")
HTML, JSON = "text/html", "application/json"
UNFRAMED = "'none'"
FRAME_PATH = "/embed"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors {ancestors}"
)
#: The views in the order of the page.
VIEWS = tuple(CONTROLS)
#: Problems of a busy server, after which the page comes without figures and its script asks again.
BUSY = ("unavailable", "too-many-requests")


@blueprint.get("/")
def show_home() -> Response:
    """Return an index in JSON for programs, the explorer for browsers."""
    if formats.best_media_type((JSON, HTML)) == HTML:
        return show_page("explorer.html", POLICY.format(ancestors=UNFRAMED), with_controls=True)
    public_url = current_app.config["PUBLIC_URL"]
    index = {
        "data": {
            "name": "Counterclaim",
            "about": "Who says how many: casualty claims side by side.",
            "versions": [f"{public_url}/v1"],
            "docs": f"{public_url}/v1/docs",
            "openapi": f"{public_url}/v1/openapi.json",
        }
    }
    answer = formats.as_json(index, "pretty" in request.args)
    answer.headers["Vary"] = "Accept"
    return answer


@blueprint.get(FRAME_PATH)
def show_frame() -> Response:
    """Return a state without header and controls, for a frame in another page."""
    ancestors = current_app.config["EMBED_HOSTS"]
    return show_page("explorer/embed.html", FRAME_POLICY.format(ancestors=ancestors), with_controls=False)


def show_page(template: str, policy: str, with_controls: bool) -> Response:
    """Return the page of the state in the address. A problem becomes a page by `_show_problem`."""
    g.explorer_page = template, policy, with_controls
    tidy_arguments()
    state = read_state()
    state[PARAMETER] = choose_language(state)
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(state)
        tag = _make_tag(state)
        if formats.is_unchanged(tag):
            return _add_headers(formats.not_modified(tag, is_pinned(state)), policy)
        values = _describe_page(state, with_controls)
        text = render_template(template, **values)
    answer = Response(text, content_type=f"{HTML}; charset=utf-8")
    if values["is_unfinished"]:
        answer.headers["Cache-Control"] = "no-store"
        return _add_headers(answer, policy)
    return _add_headers(formats.add_cache_headers(answer, tag, is_pinned(state)), policy)


def read_state() -> State:
    """Return the state that the request asks for. Raises a problem for an unknown word."""
    state: State = PARSER.parse(ExplorerQuery, location="query")
    return state


def tidy_arguments() -> None:
    """Write earlier names of parameters as of today."""
    sent = [(RENAMED.get(name, name), value) for name, value in request.args.items(multi=True)]
    if sent != list(request.args.items(multi=True)):
        request.args = ImmutableMultiDict(sent)


def _make_tag(state: State) -> str:
    today = "" if is_pinned(state) else _today()
    return formats.compute_etag(tag_of(state, "html"), statics.compute_version(), today)


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _describe_page(state: State, with_controls: bool) -> dict[str, Any]:
    answer = _find_answer(state)
    title = write_title(state)
    values = {
        "state": state, "title": title, "answer": answer, "lead": answer.lead if answer else "",
        "is_unfinished": answer is None, "links": make_links(state, title), "revision": current_revision(),
        "day": state.get("as_of") or ("" if is_pinned(state) else _today()),
    }  # fmt: skip
    return values | _describe_site(state) | (_describe_controls(state) if with_controls else {})


def _find_answer(state: State) -> FirstAnswer | None:
    """Return the first answer; None if the server is busy."""
    try:
        occupy_slot()
        return find_answer(state)
    except ApiProblem as problem:
        if problem.slug in BUSY:
            return None
        raise


def _describe_site(state: State) -> dict[str, Any]:
    language = state[PARAMETER]
    return {
        "static": statics.versioned_address, "address": write_link, "in_view": change_view, "tabs": VIEWS,
        "problem": None, "language": language, "direction": load_language(language).direction,
        "unused": describe_unused(state), "dropped": drop_unused_filters(state),
        "languages": list_languages(state), "translations": list_translations(state), "page": page_address,
        "language_choice": read_language_choice(), "home": explorer_address(),
        "releases": join_query("/releases", read_language_choice()),
    }  # fmt: skip


def _describe_controls(state: State) -> dict[str, Any]:
    language = state["lang"]
    names = cached_references(current_revision())
    labels = page_words.list_page_labels(language)
    claimants = [ref for ref in names.claimants.values() if ref] if state["policy"] == "claimant" else []
    return {
        "controls": CONTROLS[state["view"]],
        "conflicts": list_conflicts(),
        "sides": [ref for ref in names.sides.values() if ref],
        "claimants": sorted(claimants, key=lambda ref: ref["name"]),
        "words": page_words.CHOICES,
        "meanings": {name: page_words.list_meanings(name, language) for name in page_words.CHOICES},
        "labels": labels,
        "script_words": htmlsafe_json_dumps(
            page_words.describe_language(language, labels), json.dumps, ensure_ascii=False
        ),
        "modules": statics.list_modules(),
        "addresses": list_endpoints(current_app.config["PUBLIC_URL"]),
        "metadata": metadata_block.describe_database(),
        "feeds": list_feeds(state),
    }


@blueprint.after_request
def _show_problem(answer: Response) -> Response:
    """Return a problem as a page with the same status. A misspelt filter that is ignored would show everything."""
    if "explorer_page" not in g or answer.mimetype != MEDIA_TYPE or answer.status_code >= 500:
        return answer
    template, policy, with_controls = g.pop("explorer_page")
    problem, state = answer.get_json(), {**DEFAULTS, PARAMETER: choose_problem_language()}
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        title = translate(state[PARAMETER], "explorer.nothing")
        values: dict[str, Any] = {
            "state": state, "title": title, "lead": problem["detail"], "answer": None, "day": "", "is_unfinished": True,
            "links": {"canonical": f"{current_app.config['PUBLIC_URL']}/"}, "revision": current_revision(),
        }  # fmt: skip
        values |= _describe_site(state) | (_describe_controls(state) if with_controls else {}) | {"problem": problem}
        answer.set_data(render_template(template, **values))
    answer.content_type = f"{HTML}; charset=utf-8"
    return _add_headers(answer, policy)


def _add_headers(answer: Response, policy: str) -> Response:
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Vary"] = "Accept"
    return vary_by_language(answer)


@blueprint.get("/oembed")
def show_oembed() -> Response:
    """Return the frame of a page as https://oembed.com describes it. Only JSON."""
    question: dict[str, Any] = PARSER.parse(OembedQuery, location="query")
    if question["format"] != "json":
        raise ApiProblem("not-implemented", "oEmbed is answered as JSON only. Use format=json.")
    state = _read_foreign_state(question["url"])
    width = min(FRAME[0], question.get("maxwidth", FRAME[0]))
    height = min(FRAME[1], question.get("maxheight", FRAME[1]))
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(state)
        _require_figures(state)
        title = write_title(state)
        links = make_links(state, title)
        tag = formats.compute_etag(tag_of(state, "oembed"), question)
    card = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Counterclaim",
        "provider_url": current_app.config["PUBLIC_URL"],
        "cache_age": current_app.config["CACHE_SECONDS"],
        "html": write_snippet(str(links["frame"]), title, width, height),
        "width": width,
        "height": height,
    }
    if links["card"] and {"maxwidth", "maxheight"}.isdisjoint(question):
        card |= {"thumbnail_url": links["card"], "thumbnail_width": 1200, "thumbnail_height": 630}
    return formats.add_cache_headers(formats.as_json(card), tag)


def _require_figures(state: State) -> None:
    """Raise the problem not-found for a state whose frame shows no figures."""
    if state.get("conflict") and find_conflict(state) is None:
        raise ApiProblem("not-found", f"The address has no page: there is no conflict {state['conflict']}.")
    if not state.get("conflict") and state["view"] in WITH_CONFLICT:
        raise ApiProblem("not-found", "The address has no figures: this view needs a conflict.")


def _read_foreign_state(url: str) -> State:
    """Return the state of an address or path of this server. Raises the problem not-found for any other."""
    try:
        public, sent = (urllib.parse.urlsplit(text) for text in (current_app.config["PUBLIC_URL"], url))
    except ValueError as error:
        raise ApiProblem("not-found", f"url: {error}. Send the address of a page of the explorer.") from None
    is_own = (sent.scheme, sent.netloc.lower()) == (public.scheme, public.netloc.lower())
    is_path = url.startswith("/") and not sent.netloc
    path = sent.path.removeprefix(public.path) if is_own else sent.path
    if not (is_own or is_path) or path not in ("", "/", "/embed"):
        message = f"Only pages of the explorer can be embedded: {current_app.config['PUBLIC_URL']}/?conflict=…"
        raise ApiProblem("not-found", message, [make_fault("query", "url", message)])
    with current_app.test_request_context(f"/?{sent.query}"):
        g.request_id = "-"
        tidy_arguments()
        try:
            return {PARAMETER: DEFAULT_LANGUAGE, **read_state()}
        except ApiProblem as problem:
            raise ApiProblem("not-found", f"The address has no page: {problem.detail}") from None


def init_app(app: Flask) -> None:
    wording.init_app(app)
    app.register_blueprint(blueprint)
