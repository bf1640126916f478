"""Statistics for pages, asked as any client asks them, so that a page has the numbers and the links of the API."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import current_app
from marshmallow import Schema

from api.history.revisions import current_revision
from api.http.query_strings import QueryParser
from api.v1.shared.statistic_routes import StatisticAnswer

PARSER = QueryParser()


class Statistic(NamedTuple):
    """The answer to a question of the API, and its address."""

    address: str
    rows: list[dict[str, Any]]
    meta: dict[str, Any]
    refusal: str = ""  # why there is no right answer


def ask_statistic(address: str, schema: type[Schema], compute: Callable[..., StatisticAnswer]) -> Statistic:
    """Return the answer to an address within the snapshot of the page, with links as to a request of its own.

    Raises `UnanswerableError`.
    """
    with current_app.test_request_context(address):
        question = PARSER.parse(schema, location="query")
        answer = compute(question | {"format": "json"}, current_revision())
    return Statistic(address, answer.rows if answer.nested is None else answer.nested, answer.meta)
