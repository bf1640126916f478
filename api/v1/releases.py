"""Releases, and what changed between two of them."""

from typing import Any

from flask import Response, current_app

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.queries import releases
from api.v1.clocks import released
from api.v1.reading import Query, ReadBlueprint
from schemas.envelopes import SingleQuery
from schemas.releases import DiffOut, DiffQuery, ReleaseOneOut, ReleasesOut

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
@blueprint.response(200, DiffOut)
@blueprint.doc(summary="What changed between two releases, and why.", **openapi.problems(400, 404, 422, 503))
def differences(question: Query, name: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        later, earlier = _found(name)["revision"], released("from", question["from"])
        if earlier > later:
            raise _turned_round(question["from"], name)
        return _tagged({"data": releases.between(earlier, later)}, question, pinned=True)


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
