"""The page of a claim: what was said, by which sources, what contradicts it, its versions, how to cite it."""

from typing import Any

from flask import current_app

from api.history.revisions import current_revision
from api.listings import claims, events, query, sources
from api.reconciling.record import UnanswerableError
from api.statistics.rival_claims import CLASHES, Scope, read_scope
from api.v1.citations.facts import cite_claim
from api.v1.citations.styles import WRITERS
from schemas.claim_sentences import say_claim
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.vocabularies import RELATION

Record = dict[str, Any]
RELATED_FIELDS = (
    "kind", "claimant", "claimant_side", "subject_side", "harm", "victim_status", "victim_sex", "victim_age", "part",
    "measure", "covers_from", "covers_to", "stated_on", "stated_until", "value", "low", "best", "high", "qualifier",
    "figure_rule", "phrase", "phrase_lang", "responsible_side", "status",
)  # fmt: skip
#: The styles of citations. Those without a name have one in the language of the page.
STYLES = {"text": "", "bibtex": "BibTeX", "ris": "", "csl": "CSL-JSON", "claimreview": "ClaimReview (schema.org)"}


def build_claim_page(claim: Record, newer: Record | None, language: str) -> Record:
    event = query.read_record(events.LISTING, claim["event"]["id"]) if claim["event"] else None
    carriers = _read_sources(claim)
    scope = _read_scope(claim)
    ids = {rival.claim for rival in scope.rivals}
    ids |= {relation[end] for relation in claim["relations"] for end in ("claim", "target")} - {claim["id"]}
    others = claims.read_fields(ids, RELATED_FIELDS) if ids else {}
    cited = cite_claim(
        claim, event, list(carriers.values()), current_revision(), current_app.config["PUBLIC_URL"], newer
    )
    rivals = [(rival, others[rival.claim]) for rival in scope.rivals]
    return {
        "title": say_claim(claim, language),
        "event": event,
        "sources": carriers,
        "stance": scope.stance,
        "rivals": sorted(rivals, key=lambda pair: (pair[0].comparison != CLASHES, pair[0].comparison, pair[0].claim)),
        "contradictions": sum(rival.comparison == CLASHES for rival in scope.rivals),
        "relations": [_describe_relation(relation, claim["id"], others, language) for relation in claim["relations"]],
        "citations": [
            (name or translate(language, f"page.claim.cite.{style}"), WRITERS[style](cited))
            for style, name in STYLES.items()
        ],
        "citation": WRITERS["text"](cited).strip(),
    }


def _read_sources(claim: Record) -> dict[str, Record]:
    """Return the sources of the claim's reports, by id."""
    ids = tuple(sorted({report["source"]["id"] for report in claim["reports"]}))
    page = query.read_page(sources.LISTING, {"id": ids}, sort=("published_on", "id"))
    return {source["id"]: source for source in page.records}


def _read_scope(claim: Record) -> Scope:
    try:
        return read_scope(claim)
    except UnanswerableError:  # relations that make no sense: the statistics say so
        return Scope(None, [])


def _describe_relation(relation: Record, claim_id: str, others: dict[str, Record], language: str) -> Record:
    is_from_here = relation["claim"] == claim_id
    other = relation["target" if is_from_here else "claim"]
    key = f"relation.{relation['kind']}" + ("" if is_from_here else ".target")
    return {
        **relation,
        "words": translate(language, key),
        "meaning": RELATION.get(relation["kind"], "") if language == DEFAULT_LANGUAGE else "",
        "other": others.get(other, {}) | {"id": other},
    }
