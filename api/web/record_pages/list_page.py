"""The page with the claims that match filters: the evidence behind a figure, or all claims of a claimant."""

import urllib.parse
from collections.abc import Iterable
from typing import Any

from api.history.revisions import current_revision
from api.listings import claims, query
from api.v1.shared.evidence_filters import resolve_evidence
from api.v1.shared.listing_routes import select_filters
from api.web.record_pages.listed import NEWEST_FIRST, SHOWN, Listed

Record = dict[str, Any]


def build_list_page(question: Record, query_string: str) -> Record:
    """Return the first claims of the question, newest first, and how many match."""
    bound = query.bind_question(claims.LISTING, resolve_evidence(question))
    page = query.read_page(
        claims.LISTING,
        bound,
        sort=question.get("sort", NEWEST_FIRST),
        limit=min(question.get("limit", SHOWN), SHOWN),
    )
    total = query.count_matches(claims.LISTING, bound, current_revision())
    address = f"/v1/claims?{query_string}" if query_string else "/v1/claims"
    return {
        "title": "The claims behind a figure" if "used_by" in question else "Claims",
        "filters": [(name.replace("_", " "), text) for name, text in _list_filters(question, query_string)],
        "claims": Listed(page.records, total, address, None),
    }


#: Filters whose value is a question of its own.
EVIDENCE = frozenset({"used_by", "left_out_of"})


def _list_filters(question: Record, query_string: str) -> Iterable[tuple[str, str]]:
    """Yield the filters of the list, and in place of the evidence of a figure the question that has the figure."""
    for name, value in select_filters(question).items():
        if name not in EVIDENCE:
            yield name, _write_value(value)
    sent = dict(urllib.parse.parse_qsl(query_string))
    for name in sorted(EVIDENCE.intersection(sent)):
        yield from urllib.parse.parse_qsl(sent[name])


def _write_value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
