"""How to cite a claim or a release, pinned to a revision: as text, BibTeX, CSL-JSON and ClaimReview JSON-LD."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem
from api.queries import claims, releases
from api.queries.references import current_revision
from api.v1.clocks import hold, is_pinned
from api.v1.reading import Query, ReadBlueprint
from schemas.citations import STYLES, ClaimCitationQuery, ReleaseCitationQuery

blueprint = ReadBlueprint("citations", __name__, description="Footnotes ready to paste.")
ANSWERED: dict[str, dict[str, Any]] = {
    "text": openapi.TEXT,
    "bibtex": openapi.TEXT,
    "csl": {"type": "array", "items": {"type": "object"}},
    "claimreview": {"type": "object"},
}
CONTENT = {STYLES[style].partition(";")[0]: {"schema": schema} for style, schema in ANSWERED.items()}
documented = {"responses": {200: {"description": "The citation, in the form of `style`.", "content": CONTENT}}}
PROBLEMS = openapi.problems(400, 404, 422, 503)


@blueprint.route("/claims/<slug:record_id>/citation", endpoint="claim")
@blueprint.arguments(ClaimCitationQuery, location="query")
@blueprint.doc(summary="How to cite a claim as it stood at a revision.", **openapi.merged(documented, PROBLEMS))
def cite_claim(question: Query, record_id: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        hold(question)
        revision = current_revision()
        claim = claims.one(record_id)
    if claim is None:
        raise ApiProblem("not-found", f"There is no claim {record_id}.")
    return _styled(_of_claim(claim, revision), question)


@blueprint.route("/releases/<slug:name>/citation", endpoint="release")
@blueprint.arguments(ReleaseCitationQuery, location="query")
@blueprint.doc(summary="How to cite a release.", **openapi.merged(documented, PROBLEMS))
def cite_release(question: Query, name: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        release = releases.one(name)
    if release is None:
        raise ApiProblem("not-found", f"There is no release {name}.")
    return _styled(_of_release(release), question)


Cited = dict[str, Any]


def _of_claim(claim: dict[str, Any], revision: int) -> Cited:
    side = claim["subject_side"]["name"] if claim["subject_side"] else "all sides"
    said = f"“{claim['phrase']}”" if claim["phrase"] else claim["harm"] or claim["kind"]
    about = f"{claim['kind']}, {claim['harm'] or 'no harm'}, {side}"
    day = claim["stated_on"] or "undated"
    standing = [] if claim["status"] == "active" else [f"{claim['status']}: {claim['status_reason'].rstrip('.')}"]
    return {
        "key": f"{claim['id']}-r{revision}",
        "author": claim["claimant"]["name"],
        "title": f"{said} ({'; '.join([about, f'stated {day}', *standing])})",
        "day": claim["stated_on"],
        "url": f"{current_app.config['PUBLIC_URL']}/v1/claims/{claim['id']}?revision={revision}",
        "revision": revision,
        "reviewed": said,
        "appearance": [report["url"] for report in claim["reports"] if report["url"]],
        "rating": "; ".join([*standing, claim["confirmation"]]),
    }


def _of_release(release: dict[str, Any]) -> Cited:
    return {
        "key": f"counterclaim-{release['id']}",
        "author": "Counterclaim",
        "title": f"Counterclaim, release {release['id']} (revision {release['revision']}, sha256 {release['sha256']})",
        "day": release["made_at"][:10],
        "url": f"{current_app.config['PUBLIC_URL']}/v1/releases/{release['id']}",
        "revision": release["revision"],
    }


def _text(cited: Cited) -> str:
    return f"{cited['author']}: {cited['title']}. Counterclaim, revision {cited['revision']}. {cited['url']}\n"


def _bibtex(cited: Cited) -> str:
    def plain(text: str) -> str:
        return "".join(f"\\{c}" if c in "{}%&$#_" else c for c in text.replace("\\", ""))

    year = f"  year = {{{cited['day'][:4]}}},\n" if cited["day"] else ""
    return (
        f"@misc{{{cited['key']},\n  author = {{{{{plain(cited['author'])}}}}},\n"
        f"  title = {{{{{plain(cited['title'])}}}}},\n"
        f"{year}  howpublished = {{Counterclaim, revision {cited['revision']}}},\n  url = {{{cited['url']}}}\n}}\n"
    )


def _csl(cited: Cited) -> str:
    day = {"issued": {"date-parts": [[int(part) for part in cited["day"].split("-")]]}} if cited["day"] else {}
    item = {
        "id": cited["key"],
        "type": "dataset",
        "author": [{"literal": cited["author"]}],
        "title": cited["title"],
        "container-title": "Counterclaim",
        "version": str(cited["revision"]),
        "URL": cited["url"],
        **day,
    }
    return render.json_bytes([item]).decode()


def _claim_review(cited: Cited) -> str:
    """schema.org ClaimReview: it tells how the claim stands in this database, which rates nobody."""
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": cited["url"],
        "claimReviewed": cited["reviewed"],
        "author": {"@type": "Organization", "name": "Counterclaim"},
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Organization", "name": cited["author"]},
            "datePublished": cited["day"],
            "appearance": [{"@type": "CreativeWork", "url": url} for url in cited["appearance"]],
        },
        "reviewRating": {"@type": "Rating", "alternateName": cited["rating"]},
    }
    return render.json_bytes(review).decode()


WRITERS: dict[str, Callable[[Cited], str]] = {
    "text": _text,
    "bibtex": _bibtex,
    "csl": _csl,
    "claimreview": _claim_review,
}


def _styled(cited: Cited, question: Query) -> Response:
    style = question["style"]
    text = WRITERS[style](cited)
    tag, pinned = render.etag(style, text), is_pinned(question)
    if render.unchanged(tag):
        return render.not_modified(tag, pinned)
    return render.cached(Response(text, content_type=STYLES[style]), tag, pinned)
