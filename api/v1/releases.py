"""Releases, and what changed between two of them."""

from typing import Any

from flask import Response, current_app, request

from api import openapi, paging, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.queries import releases
from api.queries.select import Page
from api.v1.clocks import released
from api.v1.reading import LIST_HEADERS, Query, ReadBlueprint, about_answer, address, linked
from schemas.envelopes import DEFAULT_PAGE, SingleQuery, listing
from schemas.releases import ChangedOut, DiffQuery, ReleaseOneOut, ReleasesOut

blueprint = ReadBlueprint("releases", __name__, description="Revisions with a name, frozen as data packages.")


@blueprint.route("/releases", endpoint="list")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, ReleasesOut)
@blueprint.doc(summary="Every release, the newest first.", **openapi.problems(400, 422, 503))
def list_releases(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        return _tagged({"data": releases.every()}, question)


@blueprint.route("/releases/<slug:name>", endpoint="one")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, ReleaseOneOut)
@blueprint.doc(summary="One release.", **openapi.problems(400, 404, 422, 503))
def one_release(question: Query, name: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        return _tagged({"data": _found(name)}, question)


@blueprint.route("/releases/<slug:name>/diff", endpoint="diff")
@blueprint.arguments(DiffQuery, location="query")
@blueprint.response(200, listing(ChangedOut), headers=LIST_HEADERS)
@blueprint.doc(summary="What changed between two releases, and why.", **openapi.problems(400, 404, 422, 503))
def differences(question: Query, name: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        later, earlier = _found(name)["revision"], released("from", question["from"])
        if earlier > later:
            raise _turned_round(question["from"], name)
        page, following = _page(question, name, earlier, later)
        links = {"self": address(), **({"next": following} if following else {})}
        total = releases.number_between(earlier, later)
        meta = {"total": total, "limit": question.get("limit", DEFAULT_PAGE), **about_answer(question, later)}
        payload = {"data": page.records, "meta": meta, "links": links}
        return linked(_tagged(payload, question, pinned=True), following)


def _page(question: Query, name: str, earlier: int, later: int) -> tuple[Page, str | None]:
    """The records asked for, and the address of those behind them."""
    secret, identity = current_app.config["SECRET"], ["diff", name, question["from"]]
    after = paging.read(secret, identity, question["cursor"]) if "cursor" in question else None
    page = releases.between(earlier, later, question.get("limit", DEFAULT_PAGE), after)
    if page.last is None:
        return page, None
    return page, address({**request.args.to_dict(), "cursor": paging.write(secret, identity, page.last)})


def _turned_round(later: str, earlier: str) -> ApiProblem:
    """No changes are told against the order of time, and none at all would read as if nothing had changed."""
    message = f"Is the later of the two: ask /v1/releases/{later}/diff?from={earlier}."
    return ApiProblem("invalid-parameter", f"from: {message}", [fault("query", "from", message)])


def _found(name: str) -> dict[str, Any]:
    found = releases.one(name)
    if found is None:
        raise ApiProblem("not-found", f"There is no release {name}. /v1/releases lists them.")
    return found


def _tagged(payload: dict[str, Any], question: Query, pinned: bool = False) -> Response:
    tag = render.etag(payload, question.get("pretty"))
    if render.unchanged(tag):
        return render.not_modified(tag, pinned)
    return render.cached(render.as_json(payload, question.get("pretty", False)), tag, pinned)
