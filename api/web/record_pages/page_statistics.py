"""The statistics that pages of records show."""

from collections.abc import Callable
from typing import Any

from api.listings import claims
from api.reconciling.record import UnanswerableError
from api.v1.shared.addresses import read_pins
from api.v1.statistics.casualties import count_casualties
from api.v1.statistics.record_counts import make_counter
from api.v1.statistics.time_series import show_series
from api.web.record_pages.addresses import join_query
from api.web.statistic_requests import Statistic, ask_statistic
from schemas.statistics.casualties import CasualtyQuery
from schemas.statistics.record_counts import ClaimCountQuery
from schemas.statistics.time_series import SeriesQuery

COUNT_CLAIMS = make_counter(claims.LISTING)


def ask_casualties(**parameters: str) -> Statistic:
    return _ask("/v1/statistics/casualties", CasualtyQuery, count_casualties, parameters)


def ask_counts(**parameters: str) -> Statistic:
    """Return how many claims there are in each group."""
    return _ask("/v1/statistics/claims", ClaimCountQuery, COUNT_CLAIMS, parameters)


def ask_series(**parameters: str) -> Statistic:
    return _ask("/v1/statistics/series", SeriesQuery, show_series, parameters)


def _ask(path: str, schema: Any, compute: Callable[..., Any], parameters: dict[str, str]) -> Statistic:
    """Return the answer at the revision of the page, or why there is no right one."""
    address = join_query(path, {**parameters, **read_pins()})
    try:
        return ask_statistic(address, schema, compute)
    except UnanswerableError as error:
        return Statistic(address, [], {"warnings": []}, str(error))
