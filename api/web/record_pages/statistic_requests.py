"""Statistics for pages, asked as any client asks them, so that a page has the numbers and the links of the API."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import current_app
from marshmallow import Schema

from api.history.revisions import current_revision
from api.http.query_strings import QueryParser
from api.listings import claims
from api.reconciling.record import UnanswerableError
from api.v1.shared.addresses import read_pins
from api.v1.shared.statistic_routes import StatisticAnswer
from api.v1.statistics.casualties import count_casualties
from api.v1.statistics.record_counts import make_counter
from api.v1.statistics.time_series import show_series
from api.web.record_pages.addresses import join_query
from schemas.statistics.casualties import CasualtyQuery
from schemas.statistics.record_counts import ClaimCountQuery
from schemas.statistics.time_series import SeriesQuery

PARSER = QueryParser()
COUNT_CLAIMS = make_counter(claims.LISTING)


class Statistic(NamedTuple):
    """The answer to a question of the API, and its address. `refusal`: why there is no right answer."""

    address: str
    rows: list[dict[str, Any]]
    meta: dict[str, Any]
    refusal: str = ""


def ask_casualties(**parameters: str) -> Statistic:
    return _ask_statistic("/v1/statistics/casualties", CasualtyQuery, count_casualties, parameters)


def ask_counts(**parameters: str) -> Statistic:
    """Return how many claims there are in each group."""
    return _ask_statistic("/v1/statistics/claims", ClaimCountQuery, COUNT_CLAIMS, parameters)


def ask_series(**parameters: str) -> Statistic:
    return _ask_statistic("/v1/statistics/series", SeriesQuery, show_series, parameters)


def _ask_statistic(
    path: str, schema: type[Schema], compute: Callable[..., StatisticAnswer], parameters: dict[str, str]
) -> Statistic:
    """Return the answer within the snapshot of the page. Its links are made as for a request of its own."""
    address = join_query(path, {**parameters, **read_pins()})
    with current_app.test_request_context(address):
        question = PARSER.parse(schema, location="query")
        try:
            answer = compute(question | {"format": "json"}, current_revision())
        except UnanswerableError as error:
            return Statistic(address, [], {"warnings": []}, str(error))
    rows: list[dict[str, Any]] = answer.rows if answer.nested is None else answer.nested
    return Statistic(address, rows, answer.meta)
