"""The questions of the views, asked of the statistics as any client asks them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app

from api.history.revisions import current_revision
from api.listings import claims
from api.listings.query import bind_question, count_matches, read_page
from api.v1.shared.list_cursors import Neighbours, find_bounds, find_neighbours, read_place
from api.v1.shared.pinning import PINS
from api.v1.statistics.map_places import show_places
from api.v1.statistics.stance_matrix import write_matrix
from api.v1.statistics.time_series import show_series
from api.web.explorer.page_state import PARSER
from api.web.statistic_requests import ask_statistic
from schemas.claims import ClaimQuery
from schemas.explorer import ANY_HARM
from schemas.pictures import CONTROLS
from schemas.statistics.map_places import PlaceQuery
from schemas.statistics.stance_matrix import MatrixQuery
from schemas.statistics.time_series import SeriesQuery

Record = dict[str, Any]
State = Mapping[str, Any]
MOST_CLAIMS = 50  # on one page of the table, as its script has them
MOST_PLACES = 150  # of one map, as its script has them: near events are grouped until there are so few
CLAIM_FIELDS = (
    "id", "stated_on", "stated_until", "claimant", "subject_side", "harm", "victim_status", "victim_sex", "victim_age",
    "part", "measure", "covers_from", "covers_to", "low", "best", "high", "qualifier", "figure_rule", "phrase",
    "phrase_lang", "confirmation", "status", "status_reason", "conflict", "event",
)  # fmt: skip
#: Controls that are not sent as they are: the days of a drawing, and the claimant of one policy alone.
NOT_SENT = ("span", "claimant")
PATHS = {"who": "casualties", "time": "series", "matrix": "matrix", "map": "places"}


def write_data_address(state: State, suffix: str = "") -> str:
    """Return the address of the API whose answer the view shows: `/v1/statistics/series.csv?conflict=…`."""
    view = state["view"]
    path = f"/v1/claims{suffix}" if view == "table" else f"/v1/statistics/{PATHS[view]}{suffix}"
    return f"{path}?{urlencode(_list_parameters(state, bool(suffix)), safe=',:')}"


def _list_parameters(state: State, is_whole: bool) -> dict[str, str]:
    view = state["view"]
    names = [name for name in CONTROLS[view] if name not in NOT_SENT] + (["sort", "cursor"] if view == "table" else [])
    sent = {name: str(state[name]) for name in names if state.get(name) is not None}
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
    pins = {name: str(state[name]) for name in PINS if state.get(name) is not None}
    return sent | pins


def ask_series(state: State) -> list[Record]:
    return ask_statistic(write_data_address(state), SeriesQuery, show_series).rows


def ask_matrix(state: State) -> list[Record]:
    return ask_statistic(write_data_address(state), MatrixQuery, write_matrix).rows


def ask_places(state: State) -> list[Record]:
    return ask_statistic(f"{write_data_address(state)}&limit={MOST_PLACES}", PlaceQuery, show_places).rows


class ClaimPage(NamedTuple):
    """A page of the table: its claims, how many there are in all, and the pages beside it."""

    claims: list[Record]
    total: int
    beside: Neighbours


def ask_claims(state: State) -> ClaimPage:
    """Return a page of the table. Its cursors are those of the API."""
    with current_app.test_request_context(write_data_address(state)):
        question = PARSER.parse(ClaimQuery, location="query")
        bound = bind_question(claims.LISTING, question)
        place = read_place(claims.LISTING, question)
        page = read_page(
            claims.LISTING, bound, fields=CLAIM_FIELDS, sort=question.get("sort", ()), limit=MOST_CLAIMS,
            **find_bounds(place),
        )  # fmt: skip
        total = count_matches(claims.LISTING, bound, current_revision())
        beside = find_neighbours(claims.LISTING, question, place, len(page.records), page.first, page.last)
    return ClaimPage(page.records, total, beside)
