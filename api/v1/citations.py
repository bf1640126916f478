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


Cited = dict[str, Any]  # `days`: none, the day, or the first and the last possible one


def _of_claim(claim: dict[str, Any], revision: int) -> Cited:
    side = claim["subject_side"]["name"] if claim["subject_side"] else "all sides"
    said = f"“{claim['phrase']}”" if claim["phrase"] else claim["harm"] or claim["kind"]
    about = f"{claim['kind']}, {claim['harm'] or 'no harm'}, {side}"
    days = sorted({day for day in (claim["stated_on"], claim["stated_until"]) if day})
    when = f"stated {' to '.join(days)}" if days else "undated"
    standing = [] if claim["status"] == "active" else [f"{claim['status']}: {claim['status_reason'].rstrip('.')}"]
    return {
        "key": f"{claim['id']}-r{revision}",
        "author": claim["claimant"]["name"],
        "title": f"{said} ({'; '.join([about, when, *standing])})",
        "days": days,
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
        "days": [release["made_at"][:10]],
        "url": f"{current_app.config['PUBLIC_URL']}/v1/releases/{release['id']}",
        "revision": release["revision"],
    }


def _text(cited: Cited) -> str:
    told = f"{cited['author']}: {cited['title']}. Counterclaim, revision {cited['revision']}. {cited['url']}"
    return f"{' '.join(told.split())}\n"


#: What LaTeX would take for a command. BibTeX counts braces, those behind a backslash too: here they are words.
LATEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "%&$#_"},
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def _bibtex(cited: Cited) -> str:
    years = "--".join(sorted({day[:4] for day in cited["days"]}))
    year = f"  year = {{{years}}},\n" if years else ""
    return (
        f"@misc{{{cited['key']},\n  author = {{{{{cited['author'].translate(LATEX)}}}}},\n"
        f"  title = {{{{{cited['title'].translate(LATEX)}}}}},\n"
        f"{year}  howpublished = {{Counterclaim, revision {cited['revision']}}},\n  url = {{{cited['url']}}}\n}}\n"
    )


def _csl(cited: Cited) -> str:
    parts = [[int(part) for part in day.split("-")] for day in cited["days"]]
    item = {
        "id": cited["key"],
        "type": "dataset",
        "author": [{"literal": cited["author"]}],
        "title": cited["title"],
        "container-title": "Counterclaim",
        "version": str(cited["revision"]),
        "URL": cited["url"],
        **({"issued": {"date-parts": parts}} if parts else {}),
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
            "datePublished": cited["days"][0] if len(cited["days"]) == 1 else None,
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
