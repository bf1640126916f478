"""The documentation of version 1 in the API: addresses, codebook, methodology and problems."""

import functools
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app

from api.codebook import build_codebook
from api.http import formats, openapi
from api.http.problems import ApiProblem
from api.v1.shared.listing_routes import Query, ReadBlueprint
from schemas.discovery import CodebookOut, CodebookQuery, IndexOut, MethodologyOut
from schemas.problems import PROBLEMS, ProblemExplained
from schemas.responses import SingleQuery

blueprint = ReadBlueprint("discovery", __name__, description="Documentation of the API, in the API.")
METHODOLOGY = pathlib.Path(__file__).parents[2] / "docs" / "readers" / "methodology.md"
EXAMPLES = {
    "/v1/claims": "Claims: who says how many.|/v1/claims?harm=killed&sort=-stated_on&limit=5",
    "/v1/claims.{format}": "The same as csv, tsv, ndjson, geojson, xlsx or parquet; as atom or jsonfeed its changes."
    "|/v1/claims.csv?conflict=nagorno-karabakh-2020",
    "/v1/export.zip": "Everything, or the claims matching the filters of /v1/claims with the records they refer to, "
    "as a data package."
    "|/v1/export.zip?conflict=nagorno-karabakh-2020&harm=killed",
    "/v1/export.xlsx": "The same as a workbook.|/v1/export.xlsx?conflict=nagorno-karabakh-2020&harm=killed",
    "/v1/claims/{id}": "One claim with its reports and relations.|/v1/claims/article-2020-09-30-all-killed",
    "/v1/reports": "Claims as each source carries them.|/v1/reports?limit=5",
    "/v1/relations": "Relations between claims.|/v1/relations?kind=supersedes",
    "/v1/events": "Events, not only of violence.|/v1/events?from=2020-09&to=2020-09",
    "/v1/conflicts": "Conflicts and their phases.|/v1/conflicts",
    "/v1/sides": "The parties to conflicts.|/v1/sides?conflict=nagorno-karabakh-2020",
    "/v1/claimants": "Who speaks, and for which side.|/v1/claimants?side=none",
    "/v1/sources": "Where statements can be read.|/v1/sources?limit=5",
    "/v1/datasets": "Datasets that were imported: what each covers and counts.|/v1/datasets",
    "/v1/statistics/claims": "Count of claims grouped by any filter field."
    "|/v1/statistics/claims?group_by=claimant_side,harm",
    "/v1/statistics/events": "Count of events grouped by any filter field.|/v1/statistics/events?group_by=type",
    "/v1/statistics/casualties": "Casualty figures by a rule that you choose."
    "|/v1/statistics/casualties?conflict=nagorno-karabakh-2020&group_by=event&policy=latest",
    "/v1/statistics/casualties/explain": "The explanation of one of those rows."
    "|/v1/statistics/casualties/explain?conflict=nagorno-karabakh-2020&row=killed",
    "/v1/statistics/series": "Each claimant's running totals in date order."
    "|/v1/statistics/series?conflict=nagorno-karabakh-2020&subject_side=azerbaijan&harm=killed",
    "/v1/statistics/matrix": "What each camp, those affiliated to one and third parties say about each camp's losses."
    "|/v1/statistics/matrix?conflict=nagorno-karabakh-2020",
    "/v1/statistics/disagreement": "Events and conflicts ranked by how much claimants differ."
    "|/v1/statistics/disagreement?harm=killed",
    "/v1/statistics/places": "Casualty figures by place; as GeoJSON for your own map."
    "|/v1/statistics/places?conflict=nagorno-karabakh&harm=killed",
    "/v1/events/{id}/disagreement": "How much claimants differ about an event."
    "|/v1/events/al-ahli-hospital-2023-10-17/disagreement",
    "/v1/statistics/timeliness": "Days until a side's first figure for its own losses."
    "|/v1/statistics/timeliness?subject_side=azerbaijan&of=conflicts",
    "/v1/picture.{format}": "A view of the page as a picture, svg or png, by the address of the page."
    "|/v1/picture.svg?view=who&conflict=nagorno-karabakh-2020&width=800",
    "/embed": "A view for a frame in another page, by the address of the page.|/embed?conflict=nagorno-karabakh-2020",
    "/oembed": "The frame of a page, for software that knows oEmbed; `url` is its address or its path."
    "|/oembed?url=/%3Fconflict%3Dnagorno-karabakh-2020",
    "/v1/check": "Who said a number, if anybody; POST accepts the same as JSON."
    "|/v1/check?conflict=nagorno-karabakh-2020&number=2000&claimant=putin&harm=killed",
    "/v1/metadata.jsonld": "This database as a schema.org Dataset; of one release or dataset under its address."
    "|/v1/metadata.jsonld",
    "/v1/catalog.jsonld": "This database, its releases and datasets as a DCAT catalogue.|/v1/catalog.jsonld",
    "/v1/claims.csv-metadata.json": "What the columns of a CSV are (CSV on the Web), beside every `.csv` and `.tsv`."
    "|/v1/claims.csv-metadata.json?conflict=nagorno-karabakh-2020",
    "/v1/reconcile": "Which records a name may mean: the reconciliation service for OpenRefine."
    '|/v1/reconcile?queries={"q0":{"query":"Azerbajan","type":"sides"}}',
    "/v1/reconcile/suggest/entity": "Records whose name begins so.|/v1/reconcile/suggest/entity?prefix=azer",
    "/v1/reconcile/preview": "A small page of a record, for a frame.|/v1/reconcile/preview?id=sides/artsakh",
    "/v1/changes": "Every change: who, what, when and why, with old and new figures."
    "|/v1/changes?resource=claims&limit=5",
    "/v1/changes.atom": "The newest changes as a feed.|/v1/changes.atom?conflict=nagorno-karabakh-2020&limit=20",
    "/v1/releases.atom": "The newest releases of this database as a feed.|/v1/releases.atom",
    "/v1/releases.jsonfeed": "The same as a JSON Feed.|/v1/releases.jsonfeed",
    "/v1/changes.jsonfeed": "The same as a JSON Feed.|/v1/changes.jsonfeed?conflict=nagorno-karabakh-2020&limit=20",
    "/v1/{noun}/{id}/history": "The history of a record.|/v1/claims/article-2020-09-30-all-killed/history",
    "/v1/log/checkpoint": "The signed head of the change log.|/v1/log/checkpoint",
    "/v1/log/tile/{level}/{index}": "256 hashes of the log (C2SP tlog-tiles).|/v1/log/tile/0/000.p/1",
    "/v1/log/tile/entries/{index}": "256 entries of the log (C2SP tlog-tiles).|/v1/log/tile/entries/000.p/1",
    "/v1/log/texts/{index}": "The texts of 256 entries, and the datasets of their records.|/v1/log/texts/000.p/1",
    "/v1/log/unlogged": "What answers use and the log does not have.|/v1/log/unlogged",
    "/v1/log/key": "The public key that verifies checkpoints.|/v1/log/key",
    "/v1/log/proof/answer": "Proof of a JSON or CSV answer at a revision."
    "|/v1/log/proof/answer?of=/v1/claims%3Fsubject_side%3Dazerbaijan%26revision%3D1",
    "/v1/log/proof/inclusion": "Proof that an entry is in the log.|/v1/log/proof/inclusion?seq=1",
    "/v1/log/proof/inclusion.tlog-proof": "The same as a file (C2SP tlog-proof)."
    "|/v1/log/proof/inclusion.tlog-proof?seq=1",
    "/v1/log/proof/consistency": "Proof that the log only grew.|/v1/log/proof/consistency?from=1",
    "/v1/codebook": "Every field and word with its meaning and origin; each word with its label.|/v1/codebook",
    "/v1/methodology": "How claims are recorded and read.|/v1/methodology",
    "/v1/problems/{problem}": "What an error means.|/v1/problems/unknown-parameter",
    "/v1/openapi.json": "The OpenAPI 3.1 document.|/v1/openapi.json",
    "/v1/docs": "A page to try the API in the browser; works offline.|/v1/docs",
    "/claims": "The first claims that match the filters of /v1/claims, as a page."
    "|/claims?conflict=nagorno-karabakh-2020",
    "/claims/{id}": "A claim as a page: its words, sources, contradictions, history and citation."
    "|/claims/article-2020-09-30-all-killed",
    "/events/{id}": "An event as a page: its claims side by side.|/events/ganja-2020-10-17",
    "/conflicts/{id}": "A conflict as a page: each side's losses.|/conflicts/nagorno-karabakh-2020",
    "/sides/{id}": "A side as a page: who says what about its losses.|/sides/artsakh",
    "/claimants/{id}": "A claimant as a page: how it revised itself.|/claimants/azerbaijan-mod",
    "/sources/{id}": "A source as a page: what it carries.|/sources/article-2020-09-30",
    "/datasets/{id}": "A dataset as a page. This list has the ids.|/v1/datasets",
    "/releases": "All releases as a page.|/releases",
    "/releases/{name}": "A release as a page. This list has the names.|/v1/releases",
    "/sitemap.xml": "The sitemaps: every page with the day of its last change.|/sitemap.xml",
    "/sitemaps/{type}-{part}.xml": "The pages of one type, at most 50,000.|/sitemaps/claims-1.xml",
    "/robots.txt": "What programs may read.|/robots.txt",
    "/llms.txt": "What this is, for language models.|/llms.txt",
    "/favicon.ico": "The icon of the pages.|/favicon.ico",
    "/healthz": "The process is up.|/healthz",
    "/readyz": "The database is reachable and up to date.|/readyz",
    "/.well-known/api-catalog": "Where machines find the API (RFC 9727).|/.well-known/api-catalog",
    "/.well-known/security.txt": "Where to report a vulnerability (RFC 9116).|/.well-known/security.txt",
}


@blueprint.route("", endpoint="index")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, IndexOut)
@blueprint.doc(summary="Every address with an example.", **openapi.describe_problems(400, 422))
def show_index(question: Query) -> Response:
    return _answer_fixed({"data": list_endpoints(current_app.config["PUBLIC_URL"])}, question)


#: One record of each record type, for examples of its addresses.
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


def list_examples() -> Iterator[str]:
    """Yield an example for every documented address. They need the seeds, a release and a dataset."""
    yield from (example for _, example in map(_split_entry, EXAMPLES.values()) if example.startswith("/v1"))
    for record_type, record in RECORDS.items():
        yield f"/v1/{record_type}/{record}"
    yield f"/v1/claims/{RECORDS['claims']}/citation?revision=1"
    yield from (f"/v1/datasets/ucdp-ged{rest}" for rest in ("", "/metadata.jsonld", "/dcat.jsonld"))
    of_release = ("", "/diff?from=2025-1", "/citation", "/metadata.jsonld", "/dcat.jsonld", "/croissant.json")
    yield from (f"/v1/releases/2026-1{rest}" for rest in of_release)
    yield "/v1/webhooks/w54abc6cb11e0a572242136aa9b2d358c"


def _split_entry(entry: str) -> list[str]:
    return entry.split("|")


def list_endpoints(public_url: str) -> list[dict[str, str]]:
    """Return every address with its purpose and an example."""
    split = {address: _split_entry(entry) for address, entry in EXAMPLES.items()}
    return [
        {"address": public_url + address, "about": purpose, "example": public_url + example}
        for address, (purpose, example) in split.items()
    ]


@blueprint.route("/codebook", endpoint="codebook")
@blueprint.arguments(CodebookQuery, location="query")
@blueprint.response(200, CodebookOut)
@blueprint.doc(
    summary="Every field and word with its meaning and origin; each word with its label.",
    **openapi.describe_problems(400, 422),
)
def show_codebook(question: Query) -> Response:
    return _answer_fixed({"data": build_codebook(question["lang"])}, question)


@blueprint.route("/methodology", endpoint="methodology")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, MethodologyOut)
@blueprint.doc(
    summary="How claims are recorded and read; the text of docs/readers/methodology.md.",
    **openapi.describe_problems(400, 422),
)
def show_methodology(question: Query) -> Response:
    return _answer_fixed({"data": _read_methodology()}, question)


@functools.cache
def _read_methodology() -> dict[str, Any]:
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
@blueprint.doc(summary="What a kind of error means and what to do.", **openapi.describe_problems(400, 404, 422))
def explain_problem(question: Query, problem: str) -> Response:
    if problem not in PROBLEMS:
        raise ApiProblem("not-found", f"There is no problem {problem}. There are: {', '.join(PROBLEMS)}.")
    problem_type = PROBLEMS[problem]
    url = f"{current_app.config['PUBLIC_URL']}/v1/problems/{problem}"
    payload = {
        "type": url,
        "title": problem_type.title,
        "status": problem_type.status,
        "explanation": problem_type.explanation,
    }
    return _answer_fixed(payload, question)


def _answer_fixed(payload: dict[str, Any], question: Query) -> Response:
    """Return an answer that changes only with the code."""
    tag = formats.compute_etag(payload, question)
    return (
        formats.not_modified(tag)
        if formats.is_unchanged(tag)
        else formats.add_cache_headers(formats.as_json(payload, question.get("pretty", False)), tag)
    )
