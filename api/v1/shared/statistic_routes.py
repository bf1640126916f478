"""Routes of statistics: one snapshot and one ETag, then JSON or the same rows in a flat format."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from flask import Response, current_app, request
from marshmallow import Schema

from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats as render
from api.http import openapi
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem, make_fault
from api.reconciling.paused_collection import pause_collecting
from api.v1.feeds.answer_feed import answer_feed, describe_question, refuse_parameters
from api.v1.feeds.statistic_entries import list_statistic_entries
from api.v1.feeds.statistic_rows import SUBJECTS
from api.v1.shared.addresses import columns_address, json_address, request_address, tag_of
from api.v1.shared.listing_routes import (
    LIST_HEADERS,
    Query,
    ReadBlueprint,
    add_links,
    answer_download,
    link_feeds,
    write_suffix_rule,
)
from api.v1.shared.pinned_answers import answer_from_file
from api.v1.shared.pinning import is_pinned, pin_snapshot
from schemas.responses import FEED_FORMATS, TABLE_FORMATS


class StatisticAnswer(NamedTuple):
    """The rows and meta object of a statistic. `nested` is the `data` of JSON if it differs from the rows."""

    rows: list[dict[str, Any]]
    columns: Iterable[str]
    meta: dict[str, Any]
    nested: Any = None
    following: str | None = None  # the address of the next page


# Arguments: the question with its format, the revision, and the values of the path by name.
Compute = Callable[..., StatisticAnswer]

OF_ROWS = ("limit", "evidence")  # parameters of rows, which a feed does not have


def serve_statistic(
    blueprint: ReadBlueprint, name: str, at: str, query: type[Schema], envelope: Any, row: type[Schema], summary: str,
    compute: Compute, problems: tuple[int, ...] = (), formats: Sequence[str] = TABLE_FORMATS,
) -> None:  # fmt: skip
    """Register a statistic at its address, and with the format as a suffix. It also has feeds."""
    formats = (*formats, *FEED_FORMATS)
    documented = openapi.merge_docs(
        openapi.describe_formats(formats),
        openapi.describe_problems(400, 406, 422, 503, *problems),
    )
    documented_as = openapi.merge_docs(
        documented, openapi.describe_ranges(formats), openapi.describe_problems(404, 416)
    )

    def document_route(address: str, endpoint: str, summary: str, documented: dict[str, Any]) -> Callable[..., Any]:
        def register_view(view: Callable[..., Response]) -> Any:
            view = blueprint.doc(summary=summary, **documented)(view)
            view = blueprint.response(200, envelope, headers=LIST_HEADERS)(view)
            view = blueprint.arguments(query, location="query")(view)
            return blueprint.route(address, endpoint=endpoint)(view)

        return register_view

    @document_route(at, name, summary, documented)
    def in_chosen_format(question: Query, **path: str) -> Response:
        return answer_statistic(name, row(), question, None, compute, path, formats)

    @document_route(
        f"{at}{write_suffix_rule(formats)}",
        f"{name}_as",
        f"{summary} In the format of the suffix.",
        documented_as,
    )
    def in_suffix_format(question: Query, suffix: str, **path: str) -> Response:
        return answer_statistic(name, row(), question, suffix, compute, path, formats)


def answer_statistic(
    name: str, row: Schema, question: Query, suffix: str | None, compute: Compute, path: dict[str, str] | None = None,
    formats: Sequence[str] = TABLE_FORMATS,
) -> Response:  # fmt: skip
    """Answer a question with the statistic that `compute` returns. The answer to a POST is not cached."""
    format_name = render.choose_format(suffix, question.get("format"), formats)
    occupy_slot()
    if format_name in FEED_FORMATS:
        return _answer_feed(name, question, format_name, compute, path or {})
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(question)
        revision = current_revision()
        tag = tag_of(question, format_name)
        if request.method != "POST" and render.is_unchanged(tag):
            return render.not_modified(tag, is_pinned(question))

        def build() -> Response:
            statistic = compute(question | {"format": format_name}, revision, **(path or {}))
            return _write_response(name, row, _find_event(path or {}) | question, format_name, statistic)

        if request.method == "POST":
            response = build()
            response.headers["Cache-Control"] = "no-store"
            return response
        if format_name == "json" and question.get("shape") != "array":
            response = render.add_cache_headers(build(), tag, is_pinned(question))
        else:
            response = answer_from_file(question, tag, build)
    return response if is_pinned(question) else link_feeds(response)


def _answer_feed(name: str, question: Query, format_name: str, compute: Compute, path: dict[str, str]) -> Response:
    """Answer with the writes that changed the answer. All rows are compared, whatever a page would have."""
    refuse_parameters(question, format_name, OF_ROWS)
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = tag_of(question, format_name)
        if render.is_unchanged(tag):
            return render.not_modified(tag)
        plain = question | {"format": format_name}
        of_path = _find_event(path)
        entries, is_whole = list_statistic_entries(
            name, question | of_path, lambda revision: compute(plain, revision, **path).rows
        )
        title = describe_question(SUBJECTS[name], of_path | question)
        feed = answer_feed(format_name, title, entries, question.get("pretty", False))
    if is_whole:
        return render.add_cache_headers(feed, tag)
    feed.headers["Cache-Control"] = "no-store"  # the next request has more
    return feed


def _find_event(path: dict[str, str]) -> Query:
    """Return the event that the path names, as the filter that it is."""
    return {"event": (path["event_id"],)} if "event_id" in path else {}


def _write_response(name: str, row: Schema, question: Query, format_name: str, statistic: StatisticAnswer) -> Response:
    if "fields" in question:
        statistic = _narrow_columns(statistic, question["fields"])
    if format_name != "json":
        response = answer_download(
            name, format_name, [statistic.rows], render.build_layout(row, statistic.columns), question, statistic.meta
        )
        return add_links(
            response,
            statistic.following,
            described_by=json_address(format_name),
            columns=columns_address(format_name),
        )
    payload: Any = statistic.rows if statistic.nested is None else statistic.nested
    if question.get("shape") != "array":
        links = {"self": request_address(), **({"next": statistic.following} if statistic.following else {})}
        payload = {"data": payload, "meta": statistic.meta, "links": links}
    return add_links(render.as_json(payload, question.get("pretty", False)), statistic.following)


def default_limit(question: Query, limit: int) -> int | None:
    """Return the number of rows of a question without `limit`: `limit` in JSON, else None, which is all."""
    return limit if question["format"] == "json" and question.get("shape") != "array" else None


def _narrow_columns(statistic: StatisticAnswer, names: tuple[str, ...]) -> StatisticAnswer:
    """Return only the columns `names`, in that order. Raises a problem for a column that the rows lack."""
    columns = list(statistic.columns)
    for name in names:
        if name not in columns:
            message = f"These rows have no column {name}."
            raise ApiProblem(
                "invalid-parameter", f"fields: {message}", [make_fault("query", "fields", message, columns)]
            )
    return statistic._replace(columns=names, rows=[{name: row[name] for name in names} for row in statistic.rows])
