"""Filters by evidence: the claims that a row of a statistic uses, or that a statistic excludes."""

from api.http.query_strings import load_embedded
from api.statistics import map_places
from api.statistics.casualties import answer_casualties
from api.statistics.casualty_question import make_question
from api.v1.shared.figure_json import find_row
from api.v1.shared.listing_routes import Query
from schemas.fields import NONE
from schemas.statistics.casualties import ExclusionQuery
from schemas.statistics.map_places import UsedAnywhereQuery


def resolve_evidence(question: Query) -> Query:
    """Return the question with claim ids instead of the statistics that `used_by` and `left_out_of` name."""
    if "used_by" in question:
        question = question | {"used_by": _find_used(question["used_by"])}
    if "left_out_of" in question:
        question = question | {"left_out_of": _find_excluded(question["left_out_of"])}
    return question


def _find_used(text: str) -> tuple[str, ...]:
    statistic = load_embedded(UsedAnywhereQuery(), "used_by", text)
    words, located, box = statistic.pop("row"), statistic.pop("located", None), statistic.pop("within", ())
    rows = answer_casualties(make_question(statistic)).rows
    if located:
        return tuple(map_places.find_claims(rows, None if words == (NONE,) else words[0], located, box))
    row = find_row(rows, words)
    return tuple(row.claims) if row else ()


def _find_excluded(text: str) -> tuple[str, ...]:
    statistic = load_embedded(ExclusionQuery(), "left_out_of", text)
    return tuple(answer_casualties(make_question(statistic)).find_excluded(statistic["reason"]))
