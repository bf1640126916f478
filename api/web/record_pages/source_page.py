"""The page of a source: the claims that it carries, in its own words."""

from typing import Any

from api.listings import claims, reports, sources
from api.web.record_pages.claim_page import RELATED_FIELDS
from api.web.record_pages.listed import list_records
from schemas.messages import translate

Record = dict[str, Any]
SHORT_FIELDS = ("id", "title", "url", "published_on")
MOST_OTHERS = 11  # sources of the same publisher, with this one


def build_source_page(source: Record, newer: Record | None, language: str) -> Record:
    carried = list_records(reports.LISTING, {"source": (source["id"],)}, ("id",))
    ids = {report["claim"] for report in carried.records}
    records = claims.read_fields(ids, (*RELATED_FIELDS, "conflict", "event")) if ids else {}
    return {
        "title": source["title"] or translate(language, "page.source.untitled", publisher=source["publisher"]),
        "reports": carried,
        "claims": records,
        "same_publisher": list_records(
            sources.LISTING,
            {"publisher": (source["publisher"],)},
            ("-published_on",),
            SHORT_FIELDS,
            MOST_OTHERS,
        ),
    }
