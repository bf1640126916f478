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
from schemas.vocabularies import RELATION

Record = dict[str, Any]
RELATED_FIELDS = (
    "kind", "claimant", "claimant_side", "subject_side", "harm", "victim_status", "victim_sex", "victim_age", "part",
    "measure", "covers_from", "covers_to", "stated_on", "stated_until", "value", "low", "best", "high", "qualifier",
    "figure_rule", "phrase", "phrase_lang", "responsible_side", "status",
)  # fmt: skip
STYLES = {
    "text": "Footnote",
    "bibtex": "BibTeX",
    "ris": "RIS, for reference managers",
    "csl": "CSL-JSON",
    "claimreview": "ClaimReview (schema.org)",
}
#: Relations as the claim of the page has them, and as its target sees them.
KINDS = {
    "supersedes": ("takes the place of", "was replaced by"),
    "revises": ("revises", "is revised by"),
    "contradicts": ("contradicts", "is contradicted by"),
    "includes": ("includes", "is part of"),
    "misreports": ("is a garbled report of", "was misreported as"),
    "same_as": ("repeats", "is repeated by"),
    "distinct_from": ("is distinct from", "is distinct from"),
    "denies": ("denies", "is denied by"),
}


def build_claim_page(claim: Record, newer: Record | None) -> Record:
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
        "title": say_claim(claim),
        "event": event,
        "sources": carriers,
        "stance": scope.stance,
        "rivals": sorted(rivals, key=lambda pair: (pair[0].comparison != CLASHES, pair[0].comparison, pair[0].claim)),
        "contradictions": sum(rival.comparison == CLASHES for rival in scope.rivals),
        "relations": [_describe_relation(relation, claim["id"], others) for relation in claim["relations"]],
        "citations": [(STYLES[style], WRITERS[style](cited)) for style in STYLES],
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


def _describe_relation(relation: Record, claim_id: str, others: dict[str, Record]) -> Record:
    is_from_here = relation["claim"] == claim_id
    other = relation["target" if is_from_here else "claim"]
    default = relation["kind"].replace("_", " ")
    words = KINDS.get(relation["kind"], (f"is: {default}", f"is the target of: {default}"))
    return {
        **relation,
        "words": words[0 if is_from_here else 1],
        "meaning": RELATION.get(relation["kind"], ""),
        "other": others.get(other, {}) | {"id": other},
    }
