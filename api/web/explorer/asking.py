"""The questions of the views, asked of the statistics as any client asks them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app
from marshmallow import Schema

from api.history.revisions import current_revision
from api.listings import claims
from api.listings.query import bind_question, count_matches, read_page
from api.v1.shared.statistic_routes import StatisticAnswer
from api.v1.statistics.map_places import show_places
from api.v1.statistics.stance_matrix import write_matrix
from api.v1.statistics.time_series import show_series
from api.web.explorer.page_state import PARSER
from schemas.claims import ClaimQuery
from schemas.explorer import ANY_HARM
from schemas.statistics.map_places import PlaceQuery
from schemas.statistics.stance_matrix import MatrixQuery
from schemas.statistics.time_series import SeriesQuery

Record = dict[str, Any]
State = Mapping[str, Any]
MOST_CLAIMS = 50  # on one page of the table, as its script has them
CLAIM_FIELDS = (
    "id", "stated_on", "stated_until", "claimant", "subject_side", "harm", "victim_status", "victim_sex", "victim_age",
    "part", "measure", "covers_from", "covers_to", "low", "best", "high", "qualifier", "phrase", "phrase_lang",
    "confirmation", "status", "status_reason", "conflict", "event",
)  # fmt: skip
#: The filters of each question that have the name of the parameter of the page.
CASUALTY_FILTERS = ("conflict", "harm", "subject_side", "victim_status", "basis", "policy", "as_of")
FILTERS = {
    "time": ("conflict", "harm", "subject_side", "victim_status", "as_of"),
    "matrix": ("conflict", "harm", "basis", "as_of"),
    "map": ("conflict", "harm", "subject_side", "victim_status", "policy", "from", "to", "as_of"),
    "table": ("conflict", "harm", "subject_side", "victim_status", "q", "from", "to", "as_of", "sort", "cursor"),
}
PATHS = {"who": "casualties", "time": "series", "matrix": "matrix", "map": "places"}


class Found(NamedTuple):
    """The rows of a question, and how many there are in all."""

    rows: list[Record]
    total: int


def write_data_address(state: State, suffix: str = "") -> str:
    """Return the address of the API whose answer the view shows: `/v1/statistics/series.csv?conflict=…`."""
    view = state["view"]
    path = f"/v1/claims{suffix}" if view == "table" else f"/v1/statistics/{PATHS[view]}{suffix}"
    return f"{path}?{urlencode(_list_parameters(state, bool(suffix)), safe=',:')}"


def _list_parameters(state: State, is_whole: bool) -> dict[str, str]:
    view = state["view"]
    sent = {name: str(state[name]) for name in FILTERS.get(view, CASUALTY_FILTERS) if state.get(name) is not None}
    if view in ("who", "map") and state["policy"] == "claimant" and state.get("claimant"):
        sent["claimant"] = state["claimant"]
    if view == "who":
        sent["group_by"] = "conflict,subject_side"
    if view == "map" and state.get("at"):
        sent["bbox"] = ",".join(map(str, state["at"]))
    if view == "table":
        sent = {"kind": "casualty", **sent, **({"members": "1"} if "subject_side" in sent else {})}
        sent.setdefault("sort", "-stated_on")
        if sent["harm"] == ANY_HARM:
            del sent["harm"]
        if is_whole:
            sent.pop("cursor", None)
    pins = {name: str(state[name]) for name in ("revision", "release") if state.get(name) is not None}
    return sent | pins


def ask_series(state: State) -> Found:
    return _ask_statistic(state, SeriesQuery, show_series)


def ask_matrix(state: State) -> Found:
    return _ask_statistic(state, MatrixQuery, write_matrix)


def ask_places(state: State) -> Found:
    return _ask_statistic(state, PlaceQuery, show_places)


def _ask_statistic(state: State, schema: type[Schema], compute: Callable[..., StatisticAnswer]) -> Found:
    """Return the answer within the snapshot of the page."""
    with current_app.test_request_context(write_data_address(state)):
        question = PARSER.parse(schema, location="query")
        answer = compute(question | {"format": "json"}, current_revision())
    rows: list[Record] = answer.rows if answer.nested is None else answer.nested
    return Found(rows, len(rows))


def ask_claims(state: State) -> Found:
    """Return the first claims of the table. A later page is the script's: a cursor is signed for the API."""
    with current_app.test_request_context(write_data_address({**state, "cursor": None})):
        question = PARSER.parse(ClaimQuery, location="query")
        bound = bind_question(claims.LISTING, question)
        page = read_page(claims.LISTING, bound, fields=CLAIM_FIELDS, sort=question.get("sort", ()), limit=MOST_CLAIMS)
        total = count_matches(claims.LISTING, bound, current_revision())
    return Found(page.records, total)
