"""Counts of records by any filterable word; every row has the address of exactly the records that it counts."""

import urllib.parse
from typing import Any

from flask import current_app, request

from api import openapi
from api.problems import ApiProblem, fault
from api.queries import claims, events, select
from api.queries import counts as counting
from api.queries.select import Listing
from api.v1.answers import Tell, Told, serve
from api.v1.clocks import PINS
from api.v1.evidence import resolved
from api.v1.reading import NOT_FILTERS, Query, ReadBlueprint, about_answer
from schemas.envelopes import listing
from schemas.fields import NONE, escaped
from schemas.statistics import ClaimCountOut, ClaimCountQuery, CountMeta, EventCountOut, EventCountQuery

blueprint = ReadBlueprint("statistics", __name__, description="Counts of records. No sums of people.")


def counting_of(asked: Listing) -> Tell:
    def count(question: Query, revision: int) -> Told:
        names = question["group_by"]
        bound = select.bind(asked, resolved(question))
        rows = _rows(asked, bound, names)
        told = {"total": select.total(asked, bound, revision), "group_by": names, "warnings": _warnings(asked, names)}
        return Told(rows, [*names, asked.name, "url"], {**told, **about_answer(question, revision)})

    return count


serve(
    blueprint,
    "claims-count",
    "/statistics/claims",
    ClaimCountQuery,
    openapi.either_shape(listing(ClaimCountOut, CountMeta)),
    ClaimCountOut,
    "How many claims, by any filterable word.",
    counting_of(claims.LISTING),
)
serve(
    blueprint,
    "events-count",
    "/statistics/events",
    EventCountQuery,
    openapi.either_shape(listing(EventCountOut, CountMeta)),
    EventCountOut,
    "How many events, by any filterable word.",
    counting_of(events.LISTING),
)


def _rows(asked: Listing, bound: select.Bound, names: tuple[str, ...]) -> list[dict[str, Any]]:
    try:
        found = counting.counts(asked, bound, names)
    except counting.TooManyGroups:
        message = f"Gives more than {counting.GREATEST} rows; take fewer words or narrow the question."
        raise ApiProblem("too-broad", message, [fault("query", "group_by", message)]) from None
    return [
        {**dict(zip(names, row.keys, strict=True)), asked.name: row.number, "url": _records_of(asked, names, row.keys)}
        for row in found
    ]


def _records_of(asked: Listing, names: tuple[str, ...], keys: tuple[Any, ...]) -> str:
    """The address of exactly the records of a row: the question's filters, with the row's own values in their place."""
    groups = counting.groupable(asked)
    args = {name: value for name, value in request.args.items() if name not in NOT_FILTERS.difference(PINS)}
    for name, key in zip(names, keys, strict=True):
        args[groups[name].selected_by or name] = _word(key)
    return f"{current_app.config['PUBLIC_URL']}/v1/{asked.name}?{urllib.parse.urlencode(args, safe=',:/')}"


def _word(key: Any) -> str:
    if key is None:
        return NONE
    return str(key["id"]) if isinstance(key, dict) else escaped(str(key))


def _warnings(asked: Listing, names: tuple[str, ...]) -> list[str]:
    groups = counting.groupable(asked)
    return [
        f"One record may stand in several rows of {name}: the rows do not add up to the total."
        for name in names
        if groups[name].several
    ]
