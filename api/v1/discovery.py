"""What version 1 tells about itself: its addresses, its words, its rules, its problems."""

import functools
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app

from api import openapi, render
from api.codebook import codebook
from api.problems import ApiProblem
from api.v1.reading import Query, ReadBlueprint
from schemas.discovery import CodebookOut, IndexOut, MethodologyOut
from schemas.envelopes import SingleQuery
from schemas.problems import PROBLEMS, ProblemExplained

blueprint = ReadBlueprint("discovery", __name__, description="What the API tells about itself.")
METHODOLOGY = pathlib.Path(__file__).parents[2] / "docs" / "methodology.md"
EXAMPLES = {
    "/v1/claims": "Claims: who says how many.|/v1/claims?harm=killed&sort=-stated_on&limit=5",
    "/v1/claims.{format}": "The same as csv, ndjson, geojson or xlsx.|/v1/claims.csv?conflict=nagorno-karabakh-2020",
    "/v1/export.zip": "Everything as a data package, or what a question needs."
    "|/v1/export.zip?conflict=nagorno-karabakh-2020&harm=killed",
    "/v1/export.xlsx": "The same as a workbook.|/v1/export.xlsx?conflict=nagorno-karabakh-2020&harm=killed",
    "/v1/claims/{id}": "One claim with its reports and relations.|/v1/claims/article-2020-09-30-all-killed",
    "/v1/reports": "Claims as each source carries them.|/v1/reports?limit=5",
    "/v1/relations": "What one claim is to another.|/v1/relations?kind=supersedes",
    "/v1/events": "Events, not only of violence.|/v1/events?from=2020-09&to=2020-09",
    "/v1/conflicts": "Conflicts and their phases.|/v1/conflicts",
    "/v1/sides": "The parties to conflicts.|/v1/sides?conflict=nagorno-karabakh-2020",
    "/v1/claimants": "Who speaks, and for which side.|/v1/claimants?side=none",
    "/v1/sources": "Where statements can be read.|/v1/sources?limit=5",
    "/v1/statistics/claims": "How many claims, by any word.|/v1/statistics/claims?group_by=claimant_side,harm",
    "/v1/statistics/events": "How many events, by any word.|/v1/statistics/events?group_by=type",
    "/v1/statistics/casualties": "How many, by the rule that the reader chooses."
    "|/v1/statistics/casualties?conflict=nagorno-karabakh-2020&group_by=event&policy=latest",
    "/v1/statistics/casualties/explain": "How one of those rows came about."
    "|/v1/statistics/casualties/explain?conflict=nagorno-karabakh-2020&row=killed",
    "/v1/statistics/series": "Running figures in the order stated, and where their lines break."
    "|/v1/statistics/series?conflict=nagorno-karabakh-2020&side=azerbaijan&harm=killed",
    "/v1/statistics/matrix": "What each camp and third parties say of each camp's losses."
    "|/v1/statistics/matrix?conflict=nagorno-karabakh-2020",
    "/v1/statistics/disagreement": "Events or conflicts by how far claimants are apart."
    "|/v1/statistics/disagreement?harm=killed",
    "/v1/statistics/places": "How many, by place; as GeoJSON for a map of your own."
    "|/v1/statistics/places?conflict=nagorno-karabakh&harm=killed",
    "/v1/events/{id}/disagreement": "How far they are apart about one event."
    "|/v1/events/al-ahli-hospital-2023-10-17/disagreement",
    "/v1/statistics/timeliness": "Days to a side's first figure of its own losses."
    "|/v1/statistics/timeliness?side=azerbaijan&of=conflicts",
    "/v1/check": "Who said a number, if anybody; POST takes the same as JSON."
    "|/v1/check?conflict=nagorno-karabakh-2020&number=2000&claimant=putin&harm=killed",
    "/v1/changes": "Every change: who, what, when and why.|/v1/changes?resource=claims&limit=5",
    "/v1/changes.atom": "The newest changes as a feed.|/v1/changes.atom?limit=20",
    "/v1/{noun}/{id}/history": "How a record came to read as it does.|/v1/claims/article-2020-09-30-all-killed/history",
    "/v1/log/checkpoint": "The signed head of the change log.|/v1/log/checkpoint",
    "/v1/log/key": "The public key that checks it.|/v1/log/key",
    "/v1/log/proof/inclusion": "Proof that an entry is in the log.|/v1/log/proof/inclusion?seq=1",
    "/v1/log/proof/consistency": "Proof that the log only grew.|/v1/log/proof/consistency?from=1",
    "/v1/codebook": "Every field and word with its meaning and origin.|/v1/codebook",
    "/v1/methodology": "How claims are recorded and read.|/v1/methodology",
    "/v1/problems/{problem}": "What an error means.|/v1/problems/unknown-parameter",
    "/v1/openapi.json": "The OpenAPI 3.1 document.|/v1/openapi.json",
    "/v1/docs": "The document as a page to try things on; works offline.|/v1/docs",
    "/healthz": "The process is up.|/healthz",
    "/readyz": "The database is there and up to date.|/readyz",
    "/.well-known/api-catalog": "Where machines find the API (RFC 9727).|/.well-known/api-catalog",
    "/.well-known/security.txt": "Whom to tell of a weakness (RFC 9116).|/.well-known/security.txt",
}


@blueprint.route("", endpoint="index")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, IndexOut)
@blueprint.doc(summary="Every address with an example.", **openapi.problems(400, 422))
def index(question: Query) -> Response:
    return _still({"data": endpoints(current_app.config["PUBLIC_URL"])}, question)


#: A record of every noun, so that each address of one can be tried.
RECORDS = {
    "claims": "article-2020-09-30-all-killed",
    "reports": "article-2020-09-30-all-killed-in-article-2020-09-30",
    "relations": "az-mod-2020-07-13-azerbaijani-killed-supersedes-az-mod-2020-07-12-azerbaijani-killed",
    "events": "ganja-2020-10-17",
    "conflicts": "nagorno-karabakh-2020",
    "sides": "artsakh",
    "claimants": "azerbaijan-mod",
    "sources": "article-2020-09-30",
}


def examples() -> Iterator[str]:
    """An address for everything that is documented, each of which answers on the seed claims (releases: once made)."""
    yield from (example for _, example in map(_parts, EXAMPLES.values()) if example.startswith("/v1"))
    for noun, record in RECORDS.items():
        yield f"/v1/{noun}/{record}"
    yield f"/v1/claims/{RECORDS['claims']}/citation?revision=1"
    yield from (f"/v1/releases/2026-1{rest}" for rest in ("", "/diff?from=2025-1", "/citation"))


def _parts(told: str) -> list[str]:
    return told.split("|")


def endpoints(public_url: str) -> list[dict[str, str]]:
    """Every address that is served, what it is for, and an example that answers."""
    split = {address: _parts(told) for address, told in EXAMPLES.items()}
    return [
        {"address": public_url + address, "about": about, "example": public_url + example}
        for address, (about, example) in split.items()
    ]


@blueprint.route("/codebook", endpoint="codebook")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, CodebookOut)
@blueprint.doc(summary="Every field and word with its meaning and origin.", **openapi.problems(400, 422))
def tell_codebook(question: Query) -> Response:
    return _still({"data": codebook()}, question)


@blueprint.route("/methodology", endpoint="methodology")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, MethodologyOut)
@blueprint.doc(
    summary="How claims are recorded and read; the text of docs/methodology.md.", **openapi.problems(400, 422)
)
def methodology(question: Query) -> Response:
    return _still({"data": _methodology()}, question)


@functools.cache
def _methodology() -> dict[str, Any]:
    title, *sections = re.split(r"^## ", METHODOLOGY.read_text(), flags=re.MULTILINE)
    parts = [section.partition("\n") for section in sections]
    return {
        "title": title.partition("\n")[0].removeprefix("# "),
        "introduction": title.partition("\n")[2].strip(),
        "sections": [{"title": heading, "text": text.strip()} for heading, _, text in parts],
    }


@blueprint.route("/problems/<slug:problem>", endpoint="problem")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, ProblemExplained)
@blueprint.doc(summary="What a kind of error means and what to do.", **openapi.problems(400, 404, 422))
def problem(question: Query, problem: str) -> Response:
    if problem not in PROBLEMS:
        raise ApiProblem("not-found", f"There is no problem {problem}. There are: {', '.join(PROBLEMS)}.")
    found = PROBLEMS[problem]
    url = f"{current_app.config['PUBLIC_URL']}/v1/problems/{problem}"
    told = {"type": url, "title": found.title, "status": found.status, "explanation": found.explanation}
    return _still(told, question)


def _still(payload: dict[str, Any], question: Query) -> Response:
    """An answer that changes only with the code."""
    tag = render.etag(payload, question)
    return (
        render.not_modified(tag)
        if render.unchanged(tag)
        else render.cached(render.as_json(payload, question.get("pretty", False)), tag)
    )
