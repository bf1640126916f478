"""Records → JSON, CSV, NDJSON, GeoJSON; ETag, Cache-Control, Link. No schema is dumped: this is the fast path."""

import csv
import datetime
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson
from flask import Flask, Response, current_app, request
from marshmallow import Schema, fields
from werkzeug.datastructures import MIMEAccept

from api.problems import ApiProblem, fault
from schemas.fields import FORMULA, joined
from schemas.hxl import HXL

Record = dict[str, Any]
Chunks = Iterable[list[Record]]
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
CHARSET = {"csv": "; charset=utf-8"}


def choose(suffix: str | None, asked: str | None, available: Iterable[str]) -> str:
    """The format of the answer: the suffix, else `format=`, else `Accept`. Raises the problem that lists what is."""
    formats = list(available)
    wanted = suffix or asked
    if wanted is None:
        return _accepted(request.accept_mimetypes, formats)
    if wanted not in formats:
        message = f"{wanted} is not available here."
        raise ApiProblem("format-not-available", message, [fault("query", "format", message, formats)])
    return wanted


def _accepted(accept: MIMEAccept, formats: list[str]) -> str:
    if not accept:
        return "json"
    offered = {MEDIA_TYPES[name]: name for name in formats}
    # Parameters such as `charset=utf-8` choose among what is the same here.
    wanted = MIMEAccept([(kind.partition(";")[0].strip(), quality) for kind, quality in accept])
    best = wanted.best_match([*offered, "text/html"])
    if best is None:
        raise ApiProblem("not-acceptable", f"Available: {', '.join(offered)}.")
    return offered.get(best, "json")  # a browser, which prefers HTML, shows JSON


def json_bytes(payload: Any, pretty: bool = False) -> bytes:
    option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if pretty else 0)
    return orjson.dumps(payload, option=option)


def as_json(payload: Any, pretty: bool = False) -> Response:
    return Response(json_bytes(payload, pretty), content_type=MEDIA_TYPES["json"])


# Caching ---------------------------------------------------------------------------------------------------------


def etag(*parts: Any) -> str:
    """A strong tag of everything that decides the bytes of an answer; made before the question is asked."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def unchanged(tag: str) -> bool:
    """The client holds these very bytes. (`*` would also match what was never answered, an error included.)"""
    return not request.if_none_match.star_tag and request.if_none_match.contains_weak(tag)


def not_modified(tag: str, pinned: bool = False) -> Response:
    return cached(Response(status=304), tag, pinned)


def cached(answer: Response, tag: str, pinned: bool = False) -> Response:
    """What shared caches may do with an answer; one that is pinned to a revision never changes."""
    seconds = current_app.config["CACHE_SECONDS"]
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable"
        if pinned
        else f"public, max-age={seconds}, stale-while-revalidate={seconds * 10}"
    )
    answer.headers["Vary"] = "Accept"
    return answer


# Flat formats ----------------------------------------------------------------------------------------------------


class Layout(NamedTuple):
    """The columns of a noun in flat formats, and for each field how its value fills them."""

    header: list[str]
    fill: list[tuple[str, Callable[[Any], list[Any]]]]

    def cells(self, record: Record) -> list[Any]:
        return [cell for name, fill in self.fill for cell in fill(record[name])]


def layout(schema: Schema, names: Iterable[str]) -> Layout:
    """References become `x_id, x_name`; lists are joined by `;`, lists of records one column a part."""
    header: list[str] = []
    fill: list[tuple[str, Callable[[Any], list[Any]]]] = []
    for name in names:
        parts, how = _flattened(schema.fields[name])
        header += [f"{name}_{part}" if part else name for part in parts]
        fill.append((name, how))
    return Layout(header, fill)


def _flattened(field: fields.Field[Any]) -> tuple[list[str], Callable[[Any], list[Any]]]:
    if isinstance(field, fields.Nested):
        inside = layout(field.schema, field.schema.fields)
        return inside.header, lambda record: [None] * len(inside.header) if record is None else inside.cells(record)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        inner = list(field.inner.schema.fields)
        return inner, lambda entries: [joined(entry[part] for entry in entries) for part in inner]
    if isinstance(field, fields.List):
        return [""], lambda values: [joined(values)]
    if isinstance(field, fields.Dict):
        return [""], lambda value: [None if value is None else orjson.dumps(value).decode()]
    return [""], lambda value: [value]


def guarded(cell: Any) -> Any:
    """A text cell that a spreadsheet would take for a formula gets an apostrophe; numbers never do."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def csv_lines(chunks: Chunks, columns: Layout, bom: bool, hxl: bool) -> Iterator[str]:
    """RFC 4180; null is an empty cell, never 0."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff" if bom else "")
    writer.writerow(columns.header)
    if hxl:
        writer.writerow([HXL.get(name, "") for name in columns.header])
    for chunk in chunks:
        writer.writerows([guarded(cell) for cell in columns.cells(record)] for record in chunk)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    if header := buffer.getvalue():  # where there is no chunk
        yield header


def ndjson_lines(chunks: Chunks) -> Iterator[bytes]:
    for chunk in chunks:
        yield b"".join(json_bytes(record) for record in chunk)


def geojson_parts(chunks: Chunks, columns: Layout) -> Iterator[bytes]:
    """RFC 7946. Records without a place are not in it; `without_place` says how many."""
    yield b'{"type":"FeatureCollection","features":['
    separator, missing = b"", 0
    for chunk in chunks:
        placed = [record for record in chunk if record["latitude"] is not None]
        missing += len(chunk) - len(placed)
        if placed:
            yield separator + b",".join(orjson.dumps(_feature(record, columns)) for record in placed)
            separator = b","
    yield b'],"without_place":%d}\n' % missing


def _feature(record: Record, columns: Layout) -> Record:
    return {
        "type": "Feature",
        **({"id": record["id"]} if "id" in record else {}),
        "geometry": {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]},
        "properties": dict(zip(columns.header, columns.cells(record), strict=True)),
    }


def download_name(name: str, suffix: str) -> str:
    return f'attachment; filename="{name}-{datetime.datetime.now(datetime.UTC).date()}.{suffix}"'


def _harden(answer: Response) -> Response:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return answer


def init_app(app: Flask) -> None:
    app.after_request(_harden)
