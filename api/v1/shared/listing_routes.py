"""Routes of lists and single records, for every record type."""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Response, current_app, g
from flask_smorest import Blueprint
from marshmallow import Schema

from api.database.snapshot import begin_snapshot, open_snapshot
from api.export.csv_rows import DIALECTS, write_csv
from api.export.parquet import write_parquet
from api.export.text_formats import ListingTexts, Shape, TextPage, write_array, write_features
from api.history.revisions import current_revision
from api.http import formats as render
from api.http import openapi, xlsx
from api.http.client_presence import while_client_waits
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem
from api.http.query_strings import QueryParser
from api.http.xlsx import Sheet
from api.listings import query as select
from api.listings.query import Bound, Listing
from api.metadata.csv_tables import describe_table
from api.v1.feeds.answer_feed import answer_feed, describe_question, refuse_parameters
from api.v1.feeds.feed_parts import FeedEntry
from api.v1.feeds.record_entries import list_record_entries
from api.v1.feeds.statistic_rows import SUBJECTS
from api.v1.shared.addresses import (
    columns_address,
    feed_addresses,
    file_address,
    format_address,
    newest_address,
    page_address,
    request_address,
    tag_of,
)
from api.v1.shared.list_cursors import Place, find_bounds, find_neighbours, read_place
from api.v1.shared.newer_version import FindRecord, read_versions
from api.v1.shared.pinned_answers import answer_from_file
from api.v1.shared.pinning import is_pinned, pin_snapshot
from api.v1.shared.question_filters import select_filters
from api.v1.shared.started_parts import StartedParts
from schemas.pages import PAGE_TYPES
from schemas.responses import (
    DEFAULT_PAGE,
    FEED_FORMATS,
    FORMATS,
    TABLE_DESCRIPTIONS,
    RecordMeta,
    RecordQuery,
    list_response,
    record_response,
)

DESCRIBED = ("xlsx", "parquet", *TABLE_DESCRIPTIONS)  # the formats that have the `meta` of the answer
Query = dict[str, Any]
Resolve = Callable[[Query], Query]  # question of the request → question of the listing
ListEntries = Callable[[Listing, Bound, int], Sequence[FeedEntry]]  # the newest entries of a feed, at most so many


class ReadBlueprint(Blueprint):
    """A blueprint that parses query strings with our `QueryParser`."""

    ARGUMENTS_PARSER = QueryParser()


def write_suffix_rule(formats: Sequence[str]) -> str:
    """Return the end of a rule that takes any of the formats as suffix: `.<any('json','csv'):suffix>`."""
    return f".<any({','.join(map(repr, formats))}):suffix>"


def build_read_blueprint(
    record_listing: Listing, query: type[Schema], out: type[Schema], summary: str,
    resolve: Resolve = lambda question: question,
    find: FindRecord | None = None, record_out: type[Schema] | None = None, record_query: type[Schema] = RecordQuery,
    list_entries: ListEntries = list_record_entries,
) -> ReadBlueprint:  # fmt: skip
    """Return a blueprint with the list of a record type, also with the format as suffix, and its single record."""
    name = record_listing.name
    blueprint = ReadBlueprint(name, f"{__name__}.{name}", description=summary)
    formats = [f for f in (*FORMATS, *FEED_FORMATS) if f != "geojson" or "latitude" in record_listing.columns]
    schema = out()
    find_record = find or functools.partial(select.read_record, record_listing)

    documented = openapi.merge_docs(
        openapi.describe_formats(formats),
        openapi.describe_problems(400, 406, 422, 503),
    )
    documented_as = openapi.merge_docs(
        documented, openapi.describe_ranges(formats), openapi.describe_problems(404, 416)
    )

    documented_one = openapi.describe_page() if name in PAGE_TYPES else openapi.describe_problems(400, 404, 422, 503)

    @blueprint.route(f"/{name}", endpoint="list")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, list_response(out), headers=LIST_HEADERS)
    @blueprint.doc(summary=summary, description=f"A page of {name}, with the total.", **documented)
    def list_records(question: Query) -> Response:
        return answer_list(record_listing, schema, question, formats, None, resolve, list_entries)

    @blueprint.route(f"/{name}{write_suffix_rule(formats)}", endpoint="list_as")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, list_response(out), headers=LIST_HEADERS)
    @blueprint.doc(summary=f"{summary} In the format of the suffix.", description=WHOLE_NOTE, **documented_as)
    def list_records_as(question: Query, suffix: str) -> Response:
        return answer_list(record_listing, schema, question, formats, suffix, resolve, list_entries)

    @blueprint.route(f"/{name}/<slug:record_id>", endpoint="one")
    @blueprint.arguments(record_query, location="query")
    @blueprint.response(200, record_response(record_out or out, RecordMeta), headers=RECORD_HEADERS)
    @blueprint.doc(summary=f"One of the {name}, by its id.", **documented_one)
    def show_record(question: Query, record_id: str) -> Response:
        return answer_record(record_listing, find_record, question, record_id)

    return blueprint


WHOLE_NOTE = (
    "JSON has a page of records. Flat formats and `shape=array` have all records, unless `limit` is sent. Where `atom` "
    "and `jsonfeed` are offered, they have the changes of the matching records, newest first: one entry for each "
    f"change, or for each import; `limit` is the number of entries (default: {DEFAULT_PAGE})."
)
LIST_HEADERS = {
    "ETag": {"description": "Tag of the data revision and the query.", "schema": {"type": "string"}},
    "Link": {
        "description": "`rel=next`, `rel=prev`: the pages beside this one; `rel=describedby`: a statistic as JSON, "
        "with warnings; `rel=alternate`: the feeds of the question. RFC 8288.",
        "schema": {"type": "string"},
    },
}
RECORD_HEADERS = {
    "ETag": {"description": "Revision of the record, and a digest of the answer.", "schema": {"type": "string"}},
    "Link": {
        "description": "`rel=latest-version`, if the question is pinned: the newest version. RFC 8288, RFC 5829.",
        "schema": {"type": "string"},
    },
}


def answer_list(
    record_listing: Listing,
    schema: Schema,
    question: Query,
    formats: Sequence[str],
    suffix: str | None,
    resolve: Resolve,
    list_entries: ListEntries | None = None,
) -> Response:
    """Answer with a list. `list_entries`: the list has feeds."""
    format_name = render.choose_format(suffix, question.get("format"), formats)
    if format_name in FEED_FORMATS and list_entries:
        occupy_slot()
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            return _answer_feed(record_listing, question, format_name, resolve, list_entries)
    if format_name == "json" and question.get("shape") != "array":
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            answer = _answer_from_snapshot(record_listing, schema, question, format_name, resolve)
    else:
        occupy_slot()
        begin_snapshot(None)  # it ends with the connection, when the last row is sent
        answer = _answer_from_snapshot(record_listing, schema, question, format_name, resolve)
    return link_feeds(answer) if list_entries and not is_pinned(question) else answer


def _answer_feed(
    record_listing: Listing, question: Query, format_name: str, resolve: Resolve, list_entries: ListEntries
) -> Response:
    refuse_parameters(question, format_name)
    tag = tag_of(question, format_name)
    if render.is_unchanged(tag):
        return render.not_modified(tag)
    bound = select.bind_question(record_listing, resolve(question))
    entries = list_entries(record_listing, bound, question.get("limit", DEFAULT_PAGE))
    title = describe_question(record_listing.name, question)
    return render.add_cache_headers(answer_feed(format_name, title, entries, question.get("pretty", False)), tag)


def link_feeds(answer: Response) -> Response:
    """Link an answer to the feeds of its question."""
    links = [
        f'<{address}>; rel="alternate"; type="{render.MEDIA_TYPES[name]}"' for name, address in feed_addresses().items()
    ]
    answer.headers["Link"] = ", ".join([*filter(None, [answer.headers.get("Link")]), *links])
    return answer


def _answer_from_snapshot(
    record_listing: Listing, schema: Schema, question: Query, format_name: str, resolve: Resolve
) -> Response:
    pin_snapshot(question)
    revision = current_revision()
    tag = tag_of(question, format_name)
    if render.is_unchanged(tag):
        return render.not_modified(tag, is_pinned(question))
    bound = select.bind_question(record_listing, resolve(question))
    if format_name == "json" and question.get("shape") != "array":
        return render.add_cache_headers(_json_page(record_listing, question, bound, revision), tag, is_pinned(question))
    return answer_from_file(
        question, tag, lambda: _answer_flat(record_listing, schema, question, bound, format_name, revision)
    )


def _json_page(record_listing: Listing, question: Query, bound: Bound, revision: int) -> Response:
    limit = question.get("limit", DEFAULT_PAGE)
    total = select.count_matches(record_listing, bound, revision)
    place = read_place(record_listing, question)
    page = _read_page(record_listing, question, bound, place, limit, total, select.read_struct_page)
    neighbours, first_row = _link_page(record_listing, question, place, page)
    links = {"self": request_address(), **neighbours}
    meta = {"total": total, "limit": limit, "first_row": first_row, **answer_meta(question, revision)}
    payload = {"data": page.records, "meta": meta, "links": links}
    return add_links(
        render.as_json(payload, question.get("pretty", False), render.page_bytes),
        neighbours.get("next"),
        neighbours.get("prev"),
    )


def _read_page(
    record_listing: Listing, question: Query, bound: Bound, place: Place | None, limit: int, total: int = 0,
    read: Callable[..., select.Page] = select.read_page,
) -> select.Page:  # fmt: skip
    return read(
        record_listing,
        bound,
        fields=_list_fields(record_listing, question),
        sort=question.get("sort", ()),
        limit=limit,
        total=total,
        **find_bounds(place),
    )


def _answer_flat(
    record_listing: Listing, schema: Schema, question: Query, bound: Bound, format_name: str, revision: int
) -> Response:
    """Answer a flat format or a bare array: a page with `limit` or `cursor`, otherwise all records."""
    if format_name not in ("xlsx", *TABLE_DESCRIPTIONS) and not (format_name == "json" and question.get("pretty")):
        return _answer_text(record_listing, schema, question, bound, format_name, revision)
    neighbours: dict[str, str] = {}
    names = _list_fields(record_listing, question)
    if is_page(question):
        place = read_place(record_listing, question)
        page = _read_page(record_listing, question, bound, place, question.get("limit", DEFAULT_PAGE))
        neighbours, _ = _link_page(record_listing, question, place, page)
        chunks: Iterator[list[dict[str, Any]]] = iter([page.records])
    else:
        if format_name == "xlsx":
            _refuse_long_workbook(select.count_matches(record_listing, bound, revision))
        rest = select.read_chunks(record_listing, bound, fields=names, sort=question.get("sort", ()))
        chunks = itertools.chain([next(rest)], rest)  # now, so that a failure becomes a problem
    columns = render.build_layout(schema, names)
    description = {"total": select.count_matches(record_listing, bound, revision), **answer_meta(question, revision)}
    return add_links(
        answer_download(record_listing.name, format_name, chunks, columns, question, description),
        neighbours.get("next"),
        neighbours.get("prev"),
    )


def is_page(question: Query) -> bool:
    """Return whether a flat format has a page of the records, and not all."""
    return "limit" in question or "cursor" in question


def _answer_text(
    record_listing: Listing, schema: Schema, question: Query, bound: Bound, format_name: str, revision: int
) -> Response:
    """Answer a format that is written from the text of rows."""
    neighbours: dict[str, str] = {}
    names = _list_fields(record_listing, question)
    texts = ListingTexts(Shape(format_name, record_listing.name, schema, names), bound, question.get("sort", ()))
    if is_page(question):
        place = read_place(record_listing, question)
        page = texts.read_page(limit=question.get("limit", DEFAULT_PAGE), **find_bounds(place))
        neighbours, _ = _link_page(record_listing, question, place, page)
        pages: Iterator[str] = iter([page.text])
    else:
        rest = texts.read_pages()
        pages = itertools.chain([next(rest)], rest)  # now, so that a failure becomes a problem
    columns = render.build_layout(schema, names)
    if format_name == "parquet":
        total = select.count_matches(record_listing, bound, revision)
        body: Iterator[Any] = write_table(columns, pages, {"total": total, **answer_meta(question, revision)})
    else:
        body = _write_body(pages, format_name, question, columns)
    answer = answer_file(record_listing.name, format_name, body)
    return add_links(answer, neighbours.get("next"), neighbours.get("prev"), columns=columns_address(format_name))


def _write_body(pages: Iterator[str], format_name: str, question: Query, columns: render.Layout) -> Iterator[str]:
    if format_name == "json":
        return write_array(pages)
    if format_name == "geojson":
        return write_features(pages)
    if format_name == "ndjson":
        return pages
    separator = DIALECTS[format_name].separator
    header = render.csv_header(columns, question.get("bom", False), question.get("hxl", False), separator)
    return write_csv(pages, header)


def _refuse_long_workbook(rows: int) -> None:
    """Raise the problem `too-broad` for a workbook that takes minutes: the other formats have all rows."""
    if rows > xlsx.MOST_RECORDS:
        others = " or ".join(format_address("xlsx", suffix) for suffix in ("csv", "parquet"))
        detail = f"{rows:,} records, but a workbook may have {xlsx.MOST_RECORDS:,}. Add a filter, or download {others}."
        raise ApiProblem("too-broad", detail)


def answer_download(
    name: str, format_name: str, chunks: Any, columns: render.Layout, question: Query, description: dict[str, Any]
) -> Response:
    """Return the records as a file in a flat format, with the day in its name. All but XLSX and Parquet are streamed.

    The format `json` is a bare array, which is not a file.
    """
    if format_name == "json":
        return answer_file(name, format_name, render.array_parts(chunks, question.get("pretty", False)))
    if format_name in TABLE_DESCRIPTIONS:
        return _describe_columns(name, format_name, columns, question, description)
    hxl = question.get("hxl", False)
    body: Any
    if format_name == "csv":
        body = render.csv_lines(chunks, columns, question.get("bom", False), hxl)
    elif format_name == "tsv":
        body = render.csv_lines(chunks, columns, question.get("bom", False), hxl, "\t")
    elif format_name == "ndjson":
        body = render.ndjson_lines(chunks)
    elif format_name == "geojson":
        body = render.geojson_parts(chunks, columns)
    elif format_name == "parquet":
        parts = write_parquet(
            columns, render.quoted_rows(chunks, columns), {"address": request_address(), **description}
        )
        body = StartedParts(parts)
    elif format_name == "xlsx":
        body = xlsx.write_workbook(
            [Sheet("records", columns, while_client_waits(chunks))], {"address": request_address(), **description}, hxl
        )
    else:
        raise ValueError(f"{format_name} is no format of a file")
    return answer_file(name, format_name, body)


def write_table(columns: render.Layout, texts: Iterator[str], description: dict[str, Any]) -> Iterator[bytes]:
    """Return the parts of a Parquet file. The first is written at once, so that a failure becomes a problem."""
    parts = write_parquet(columns, while_client_waits(texts), {"address": request_address(), **description})
    return StartedParts(parts)


def answer_file(name: str, format_name: str, body: Any) -> Response:
    """Return a body as a file with the day in its name. A bare array (`json`) is no file."""
    if format_name == "json":
        return Response(body, content_type=render.ARRAY)
    answer = Response(body, content_type=render.MEDIA_TYPES[format_name] + render.CHARSET.get(format_name, ""))
    answer.headers["Content-Disposition"] = render.download_name(name, format_name)
    return answer


def _describe_columns(
    name: str, format_name: str, columns: render.Layout, question: Query, description: dict[str, Any]
) -> Response:
    """Return what the columns of the CSV or TSV file beside this address are."""
    suffix = format_name.partition("-")[0]
    described = describe_table(
        file_address(format_name, suffix),
        name,
        describe_question(SUBJECTS.get(name, name), question),
        columns,
        description,
        has_tags=question.get("hxl", False),
        is_tsv=suffix == "tsv",
    )
    body = render.json_bytes(described, question.get("pretty", False))
    return Response(body, content_type=render.MEDIA_TYPES[format_name])


def _list_fields(record_listing: Listing, question: Query) -> tuple[str, ...]:
    return tuple(question.get("fields", record_listing.columns))


def _link_page(
    record_listing: Listing, question: Query, place: Place | None, page: select.Page | TextPage
) -> tuple[dict[str, str], int | None]:
    """Return the addresses of the pages beside a page by their relation, and the number of its first row."""
    size = page.size if isinstance(page, TextPage) else len(page.records)
    beside = find_neighbours(record_listing, question, place, size, page.first, page.last)
    cursors = {"prev": beside.previous, "next": beside.following}
    return {relation: page_address(cursor) for relation, cursor in cursors.items() if cursor}, beside.first_row


def add_links(
    answer: Response,
    following: str | None = None,
    previous: str | None = None,
    described_by: str | None = None,
    latest: str | None = None,
    columns: str | None = None,
) -> Response:
    """Link an answer to others (RFC 8288). `columns`: the address of what the columns of a CSV or TSV file are."""
    relations = {"next": following, "prev": previous, "describedby": described_by, "latest-version": latest}
    links = [f'<{target}>; rel="{relation}"' for relation, target in relations.items() if target]
    if columns:  # first: readers of CSV on the Web take the first description
        links.insert(0, f'<{columns}>; rel="describedby"; type="{render.MEDIA_TYPES["csv-metadata.json"]}"')
    if links:
        answer.headers["Link"] = ", ".join(links)
    return answer


def answer_record(record_listing: Listing, find: FindRecord, question: Query, record_id: str) -> Response:
    """Answer with a record. A pinned answer tells what is newer, so caches must ask again."""
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        record, newer = read_versions(find, question, record_id)
        if record is None:
            raise ApiProblem("not-found", f"There is no record {record_id} among {record_listing.name}.")
        meta = {**database_meta(), **({"newer": newer} if is_pinned(question) else {})}
        payload = {"data": record, "meta": meta, "links": {"self": request_address()}}
        # If-Match compares the revision. The digest is needed, because names of other records in it may change.
        tag = f"{record['revision']}-{render.compute_etag(record, newer, question.get('pretty'))}"
        if render.is_unchanged(tag):
            return link_latest(render.not_modified(tag), question)
        return link_latest(
            render.add_cache_headers(render.as_json(payload, question.get("pretty", False)), tag), question
        )


def link_latest(answer: Response, question: Query) -> Response:
    """Link a pinned answer to the newest version of its resource (RFC 5829)."""
    return add_links(answer, latest=newest_address() if is_pinned(question) else None)


def database_meta() -> dict[str, Any]:
    """Return the licence and the contact; of an answer pinned to a release, also the release."""
    pinned = {"release": g.release} if "release" in g else {}
    return {"licence": current_app.config["LICENCE"], "contact": current_app.config["CONTACT"], **pinned}


def answer_meta(question: Query, revision: int) -> dict[str, Any]:
    return {"filters": select_filters(question), "revision": revision, **database_meta()}
