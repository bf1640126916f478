"""How a statistic is answered: one snapshot and one tag, then JSON or the same rows in a flat format."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from flask import Response, current_app, request
from marshmallow import Schema

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.queries.references import current_revision
from api.v1.clocks import hold, is_pinned
from api.v1.reading import LIST_HEADERS, Query, ReadBlueprint, address, download, linked, tag_of

FORMATS = ["json", "csv", "ndjson", "xlsx"]


class Told(NamedTuple):
    """The answer as it stands on the wire. `nested` is the `data` of JSON where that is not the rows themselves."""

    rows: list[dict[str, Any]]
    columns: Iterable[str]
    meta: dict[str, Any]
    nested: Any = None
    following: str | None = None  # the address of the next page


Tell = Callable[..., Told]  # of the question, which has its format, the revision, and what stands in the path


def serve(
    blueprint: ReadBlueprint, name: str, at: str, query: type[Schema], envelope: Any, row: type[Schema], summary: str,
    tell: Tell, problems: tuple[int, ...] = (), formats: list[str] = FORMATS,
) -> None:  # fmt: skip
    """Register a statistic at its address, and with the format as a suffix."""
    documented = openapi.merged(openapi.formats(formats), openapi.problems(400, 406, 422, 503, *problems))
    documented_as = openapi.merged(documented, openapi.problems(404))

    def route(address: str, endpoint: str, summary: str, documented: dict[str, Any]) -> Callable[..., Any]:
        def register(view: Callable[..., Response]) -> Any:
            view = blueprint.doc(summary=summary, **documented)(view)
            view = blueprint.response(200, envelope, headers=LIST_HEADERS)(view)
            view = blueprint.arguments(query, location="query")(view)
            return blueprint.route(address, endpoint=endpoint)(view)

        return register

    @route(at, name, summary, documented)
    def whole(question: Query, **path: str) -> Response:
        return answer(name, row(), question, None, tell, path, formats)

    @route(
        f"{at}.<any({','.join(formats)}):suffix>",
        f"{name}_as",
        f"{summary} In the format of the suffix.",
        documented_as,
    )
    def in_format(question: Query, suffix: str, **path: str) -> Response:
        return answer(name, row(), question, suffix, tell, path, formats)


def answer(
    name: str, row: Schema, question: Query, suffix: str | None, tell: Tell, path: dict[str, str] | None = None,
    formats: list[str] = FORMATS,
) -> Response:  # fmt: skip
    """Answer a question with what `tell` makes of it; a body's question is not kept by anybody."""
    wanted = render.choose(suffix, question.get("format"), formats)
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        hold(question)
        revision = current_revision()
        tag = tag_of(question, wanted)
        if request.method != "POST" and render.unchanged(tag):
            return render.not_modified(tag, is_pinned(question))
        told = tell(question | {"format": wanted}, revision, **(path or {}))
    made = _written(name, row, question, wanted, told)
    if request.method == "POST":
        made.headers["Cache-Control"] = "no-store"
        return made
    return render.cached(made, tag, is_pinned(question))


def _written(name: str, row: Schema, question: Query, wanted: str, told: Told) -> Response:
    if "fields" in question:
        told = _narrowed(told, question["fields"])
    if wanted != "json":
        made = download(name, wanted, [told.rows], render.layout(row, told.columns), question, told.meta)
        return linked(made, told.following)
    payload: Any = told.rows if told.nested is None else told.nested
    if question.get("shape") != "array":
        links = {"self": address(), **({"next": told.following} if told.following else {})}
        payload = {"data": payload, "meta": told.meta, "links": links}
    return linked(render.as_json(payload, question.get("pretty", False)), told.following)


def _narrowed(told: Told, names: tuple[str, ...]) -> Told:
    """Only the columns asked for, in that order. A column by which these rows are not split is refused."""
    columns = list(told.columns)
    for name in names:
        if name not in columns:
            message = f"These rows have no {name}."
            raise ApiProblem("invalid-parameter", f"fields: {message}", [fault("query", "fields", message, columns)])
    return told._replace(columns=names, rows=[{name: row[name] for name in names} for row in told.rows])
