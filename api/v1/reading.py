"""How version 1 answers a list and a single record, whatever the noun."""

import functools
import itertools
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema

from api import openapi, paging, render, workbook
from api.db import begin_snapshot, snapshot
from api.params import QueryParser
from api.problems import ApiProblem
from api.queries import select
from api.queries.references import current_revision, edition
from api.queries.select import Bound, Listing
from api.v1.clocks import hold, is_pinned
from api.workbook import Sheet
from schemas.envelopes import DEFAULT_PAGE, FORMATS, RecordQuery, listing, single

NOT_FILTERS = frozenset(
    {
        "limit",
        "cursor",
        "sort",
        "fields",
        "format",
        "shape",
        "pretty",
        "bom",
        "hxl",
        "group_by",
        "revision",
        "release",
        "evidence",
    }
)
PLACE = ("id", "latitude", "longitude")  # what a GeoJSON feature needs, whatever the fields asked for
Query = dict[str, Any]
Find = Callable[[str, str | None], dict[str, Any] | None]  # by id, as of a day
Resolve = Callable[[Query], Query]  # from what the wire asks to what the database can


class ReadBlueprint(Blueprint):
    """A blueprint whose query strings are parsed by our own parser."""

    ARGUMENTS_PARSER = QueryParser()


def noun_blueprint(
    asked: Listing, query: type[Schema], out: type[Schema], about: str,
    resolve: Resolve = lambda question: question,
    find: Find | None = None, one_out: type[Schema] | None = None,
) -> ReadBlueprint:  # fmt: skip
    """The routes of a noun: its list and its single record, each also with the format as a suffix."""
    name = asked.name
    blueprint = ReadBlueprint(name, f"{__name__}.{name}", description=about)
    formats = [f for f in FORMATS if f != "geojson" or "latitude" in asked.columns]
    schema = out()
    one_of = find or functools.partial(select.one, asked)

    documented = openapi.merged(openapi.formats(formats), openapi.problems(400, 406, 422, 503))
    documented_as = openapi.merged(documented, openapi.problems(404))

    @blueprint.route(f"/{name}", endpoint="list")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, openapi.either_shape(listing(out)), headers=LIST_HEADERS)
    @blueprint.doc(summary=about, description=f"A page of {name}, with the total.", **documented)
    def list_records(question: Query) -> Response:
        return answer_list(asked, schema, question, formats, None, resolve)

    @blueprint.route(f"/{name}.<any({','.join(formats)}):suffix>", endpoint="list_as")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, openapi.either_shape(listing(out)), headers=LIST_HEADERS)
    @blueprint.doc(summary=f"{about} In the format of the suffix.", description=WHOLE, **documented_as)
    def list_records_as(question: Query, suffix: str) -> Response:
        return answer_list(asked, schema, question, formats, suffix, resolve)

    @blueprint.route(f"/{name}/<slug:record_id>", endpoint="one")
    @blueprint.arguments(RecordQuery, location="query")
    @blueprint.response(200, single(one_out or out))
    @blueprint.doc(summary=f"One of the {name}, by its id.", **openapi.problems(400, 404, 422, 503))
    def one_record(question: Query, record_id: str) -> Response:
        return answer_one(asked, one_of, question, record_id)

    return blueprint


WHOLE = "Flat formats answer whole unless `limit` is given; JSON answers a page."
LIST_HEADERS = {
    "ETag": {"description": "Tag of the dataset's revision and the question.", "schema": {"type": "string"}},
    "Link": {"description": "`rel=next`: the next page (RFC 8288).", "schema": {"type": "string"}},
}


def answer_list(
    asked: Listing, schema: Schema, question: Query, formats: list[str], suffix: str | None, resolve: Resolve
) -> Response:
    wanted = render.choose(suffix, question.get("format"), formats)
    if wanted == "json":
        with snapshot(current_app.config["STATEMENT_SECONDS"]):
            return _answer(asked, schema, question, wanted, resolve)
    begin_snapshot(None)  # ended with the connection, when the last row has left
    return _answer(asked, schema, question, wanted, resolve)


def _answer(asked: Listing, schema: Schema, question: Query, wanted: str, resolve: Resolve) -> Response:
    hold(question)
    revision = current_revision()
    tag = tag_of(question, wanted)
    if render.unchanged(tag):
        return render.not_modified(tag, is_pinned(question))
    bound = select.bind(asked, resolve(question))
    if wanted == "json":
        return render.cached(_json_page(asked, question, bound, revision), tag, is_pinned(question))
    return render.cached(_flat(asked, schema, question, bound, wanted, revision), tag, is_pinned(question))


def _json_page(asked: Listing, question: Query, bound: Bound, revision: int) -> Response:
    limit = question.get("limit", DEFAULT_PAGE)
    page = _page(asked, question, bound, limit)
    following = _following(asked, question, page.last)
    payload: Any = page.records
    if question.get("shape") != "array":
        links = {"self": address(), **({"next": following} if following else {})}
        meta = {"total": select.total(asked, bound, revision), "limit": limit, **about_answer(question, revision)}
        payload = {"data": page.records, "meta": meta, "links": links}
    return linked(render.as_json(payload, question.get("pretty", False)), following)


def _page(asked: Listing, question: Query, bound: Bound, limit: int) -> select.Page:
    after = None
    if "cursor" in question:
        after = paging.read(current_app.config["SECRET"], _identity(asked, question), question["cursor"])
    return select.page(
        asked, bound, fields=_fields(asked, question), sort=question.get("sort", ()), limit=limit, after=after
    )


def _flat(asked: Listing, schema: Schema, question: Query, bound: Bound, wanted: str, revision: int) -> Response:
    """CSV, NDJSON, GeoJSON or XLSX: the whole answer, streamed, unless `limit` asks for a page."""
    following = None
    names = _fields(asked, question)
    needed = tuple(dict.fromkeys([*names, *PLACE])) if wanted == "geojson" else names
    if "limit" in question or "cursor" in question:
        page = _page(asked, question | {"fields": needed}, bound, question.get("limit", DEFAULT_PAGE))
        following = _following(asked, question, page.last)
        chunks: Iterator[list[dict[str, Any]]] = iter([page.records])
    else:
        rest = select.every(asked, bound, fields=needed, sort=question.get("sort", ()))
        chunks = itertools.chain([next(rest)], rest)  # the first chunk now: a failure still becomes a problem
    columns = render.layout(schema, names)
    about = (
        {"total": select.total(asked, bound, revision), **about_answer(question, revision)} if wanted == "xlsx" else {}
    )
    return linked(download(asked.name, wanted, chunks, columns, question, about), following)


def download(
    name: str, wanted: str, chunks: Any, columns: render.Layout, question: Query, about: dict[str, Any]
) -> Response:
    """The records as a file in a flat format, under a dated name; all but XLSX are streamed."""
    hxl = question.get("hxl", False)
    body: Any
    if wanted == "csv":
        body = render.csv_lines(chunks, columns, question.get("bom", False), hxl)
    elif wanted == "ndjson":
        body = render.ndjson_lines(chunks)
    elif wanted == "geojson":
        body = render.geojson_parts(chunks, columns)
    else:
        body = workbook.written([Sheet("records", columns, chunks)], {"address": address(), **about}, hxl)
    answer = Response(body, content_type=render.MEDIA_TYPES[wanted] + render.CHARSET.get(wanted, ""))
    answer.headers["Content-Disposition"] = render.download_name(name, wanted)
    return answer


def _fields(asked: Listing, question: Query) -> tuple[str, ...]:
    return tuple(question.get("fields", asked.columns))


def _identity(asked: Listing, question: Query) -> Any:
    """What a cursor belongs to: the noun, the filters and the order."""
    return [asked.name, filters(question), question.get("sort", ())]


def _following(asked: Listing, question: Query, last: tuple[Any, ...] | None) -> str | None:
    if last is None:
        return None
    cursor = paging.write(current_app.config["SECRET"], _identity(asked, question), last)
    return address({**request.args.to_dict(), "cursor": cursor})


def linked(answer: Response, following: str | None) -> Response:
    if following:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


def answer_one(asked: Listing, find: Find, question: Query, record_id: str) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        hold(question)
        record = find(record_id, question.get("as_of"))
        if record is None:
            raise ApiProblem("not-found", f"There is no record {record_id} among {asked.name}.")
        payload = {"data": record, "meta": about_database(), "links": {"self": address()}}
        # The record's own revision: what If-Match compares. The body's digest is in it as long as names of others are.
        tag = f"{record['revision']}-{render.etag(record, question.get('pretty'))}"
        if render.unchanged(tag):
            return render.not_modified(tag, is_pinned(question))
        pinned = is_pinned(question)
        return render.cached(render.as_json(payload, question.get("pretty", False)), tag, pinned)


def address(args: Mapping[str, str] | None = None) -> str:
    """The full URL of this request, with other arguments if given."""
    given = request.args.to_dict() if args is None else args
    query = urllib.parse.urlencode(given, safe=",:/")
    return f"{current_app.config['PUBLIC_URL']}{request.path}" + (f"?{query}" if query else "")


def filters(question: Query) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name not in NOT_FILTERS}


def tag_of(question: Query, wanted: str) -> str:
    """The strong tag of an answer: the content held, the question, the form, and what every answer tells besides."""
    config = current_app.config
    told = [config["PUBLIC_URL"], config["LICENCE"], config["CONTACT"], config["CODE"]]
    return render.etag(edition(), request.path, canonical(question), wanted, told)


def canonical(question: Query) -> dict[str, Any]:
    return {name: value for name, value in sorted(question.items()) if name != "format"}


def about_database() -> dict[str, Any]:
    return {"licence": current_app.config["LICENCE"], "contact": current_app.config["CONTACT"]}


def about_answer(question: Query, revision: int) -> dict[str, Any]:
    return {"filters": filters(question), "revision": revision, **about_database()}
