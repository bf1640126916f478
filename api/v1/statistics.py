"""Counts of records by any filterable word; every row has the address of exactly the records that it counts."""

import urllib.parse
from typing import Any

from flask import Response, current_app, request
from marshmallow import Schema

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.queries import claims, events, select
from api.queries import counts as counting
from api.queries.references import current_revision
from api.queries.select import Listing
from api.v1.evidence import resolved
from api.v1.reading import LIST_HEADERS, NOT_FILTERS, Query, ReadBlueprint, about_answer, address, canonical, download
from schemas.envelopes import listing
from schemas.fields import NONE, escaped
from schemas.statistics import ClaimCountOut, ClaimCountQuery, CountMeta, EventCountOut, EventCountQuery

blueprint = ReadBlueprint("statistics", __name__, description="Counts of records. No sums of people.")
FORMATS = ["json", "csv", "ndjson", "xlsx"]
documented = openapi.merged(openapi.formats(FORMATS), openapi.problems(400, 406, 422, 503))
documented_as = openapi.merged(documented, openapi.problems(404))
SUFFIX = f"<any({','.join(FORMATS)}):suffix>"


@blueprint.route("/statistics/claims", endpoint="claims")
@blueprint.arguments(ClaimCountQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(ClaimCountOut, CountMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many claims, by any filterable word.", **documented)
def count_claims(question: Query) -> Response:
    return answer(claims.LISTING, ClaimCountOut(), question, None)


@blueprint.route(f"/statistics/claims.{SUFFIX}", endpoint="claims_as")
@blueprint.arguments(ClaimCountQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(ClaimCountOut, CountMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many claims, in the format of the suffix.", **documented_as)
def count_claims_as(question: Query, suffix: str) -> Response:
    return answer(claims.LISTING, ClaimCountOut(), question, suffix)


@blueprint.route("/statistics/events", endpoint="events")
@blueprint.arguments(EventCountQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(EventCountOut, CountMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many events, by any filterable word.", **documented)
def count_events(question: Query) -> Response:
    return answer(events.LISTING, EventCountOut(), question, None)


@blueprint.route(f"/statistics/events.{SUFFIX}", endpoint="events_as")
@blueprint.arguments(EventCountQuery, location="query")
@blueprint.response(200, openapi.either_shape(listing(EventCountOut, CountMeta)), headers=LIST_HEADERS)
@blueprint.doc(summary="How many events, in the format of the suffix.", **documented_as)
def count_events_as(question: Query, suffix: str) -> Response:
    return answer(events.LISTING, EventCountOut(), question, suffix)


def answer(asked: Listing, schema: Schema, question: Query, suffix: str | None) -> Response:
    wanted = render.choose(suffix, question.get("format"), FORMATS)
    names = question["group_by"]
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        revision = current_revision()
        tag = render.etag(revision, request.path, canonical(question), wanted)
        if render.unchanged(tag):
            return render.not_modified(tag)
        bound = select.bind(asked, resolved(question))
        rows = _rows(asked, bound, names)
        told = {"total": select.total(asked, bound, revision), "group_by": names, "warnings": _warnings(asked, names)}
    meta = {**told, **about_answer(question, revision)}
    if wanted != "json":
        columns = render.layout(schema, [*names, asked.name, "url"])
        return render.cached(download(f"{asked.name}-count", wanted, [rows], columns, question, meta), tag)
    payload: Any = {"data": rows, "meta": meta, "links": {"self": address()}}
    if question.get("shape") == "array":
        payload = rows
    return render.cached(render.as_json(payload, question.get("pretty", False)), tag)


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
    args = {name: value for name, value in request.args.items() if name not in NOT_FILTERS}
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
