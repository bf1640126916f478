"""The page of an event: its claims side by side, and the figure that the statistics give for it."""

from typing import Any

from api.web.record_pages.addresses import data_address, join_query
from api.web.record_pages.conflict_page import group_by_side
from api.web.record_pages.listed import list_claims
from api.web.record_pages.page_statistics import ask_casualties
from api.web.record_pages.statements import add_claims
from schemas.labels import label_word
from schemas.vocabularies import DATE_PRECISION, PLACE_PRECISION, Vocabulary

Record = dict[str, Any]


def build_event_page(event: Record, newer: Record | None, language: str) -> Record:
    slug = event["id"]
    losses = ask_casualties(event=slug, group_by="event,subject_side", evidence="1", limit="100")
    rows = add_claims(losses.rows)
    shown = {statement["id"] for row in rows for statement in row["statements"] or ()}
    listed = list_claims({"event": (slug,)})
    return {
        "title": event["name"],
        "losses": losses,
        "groups": group_by_side(rows),
        "disputed": sum(row["disputed"] > 0 for row in rows),
        "claims": listed,
        "rest": [claim for claim in listed.records if claim["id"] not in shown],
        "date_precision": _label_grade(DATE_PRECISION, event["date_precision"], language),
        "place_precision": _label_grade(PLACE_PRECISION, event["place_precision"], language),
        "disagreement": data_address(f"events/{slug}/disagreement"),
        "map": join_query("https://www.openstreetmap.org/", {"mlat": event["latitude"], "mlon": event["longitude"]}),
    }


def _label_grade(grades: Vocabulary, grade: int | None, language: str) -> str:
    return "" if grade is None else label_word(grades, str(grade), language)
