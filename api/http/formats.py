"""Records → JSON, CSV, NDJSON, GeoJSON; ETag and Cache-Control. No schema dumps records, because that is slow."""

import csv
import datetime
import functools
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from flask import Flask, Response, current_app, request
from marshmallow import Schema, fields
from werkzeug.datastructures import ETags, MIMEAccept
from werkzeug.http import parse_accept_header

from api.http.problems import ApiProblem, make_fault
from schemas.fields import FORMULA, Day, entry_text, join_entries
from schemas.imports.hxl import HXL

KINDS = {
    "day": Day, "time": fields.DateTime, "integer": fields.Integer, "number": fields.Float, "boolean": fields.Boolean,
}  # fmt: skip
UNTOUCHED = frozenset({type(None), int, float})  # classes of cells that CSV writes as they are
Record = dict[str, Any]
Chunks = Iterable[list[Record]]
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "csv-metadata.json": "application/csvm+json",
    "tsv-metadata.json": "application/csvm+json",
    "atom": "application/atom+xml",
    "jsonfeed": "application/feed+json",
    "svg": "image/svg+xml",
    "png": "image/png",
}
#: The media type of bare records (`shape=array`): each media type of an address has one shape.
ARRAY = "application/json; shape=array"
#: The newest revision that the answer's state of the database has; in a request: one that the client has seen.
REVISION = "Counterclaim-Revision"
LINE_END = "\r\n"  # of CSV (RFC 4180)
CHARSET = {"csv": "; charset=utf-8", "tsv": "; charset=utf-8"}


def choose_format(suffix: str | None, query_format: str | None, available: Iterable[str]) -> str:
    """Return the format: the suffix, else `format=`, else by `Accept`. Raises the problem that lists the formats."""
    formats = list(available)
    requested = suffix or query_format
    if requested is None:
        return negotiate_media_type({MEDIA_TYPES[name]: name for name in formats}, "json")
    if requested not in formats:
        message = f"{requested} is not available at this address. Use {', '.join(formats)}."
        raise ApiProblem("format-not-available", message, [make_fault("query", "format", message, formats)])
    return requested


def negotiate_media_type(offered: Mapping[str, str], default: str) -> str:
    """Return the name of the offered media type that `Accept` prefers. Raises the problem that lists them.

    A browser prefers HTML, which we do not have, and gets the default.
    """
    best = best_media_type((*offered, "text/html"))
    if best is None and request.accept_mimetypes:
        raise ApiProblem(
            "not-acceptable",
            f"This address has no media type of your Accept header. Send one of: {', '.join(offered)}.",
        )
    return offered.get(best or "", default)


def best_media_type(offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that `Accept` prefers, or None."""
    return _match_accept(request.headers.get("Accept", ""), offered)


@functools.lru_cache(maxsize=256)
def _match_accept(header: str, offered: tuple[str, ...]) -> str | None:
    # Drop parameters such as `charset=utf-8`: they make no difference here.
    parsed = parse_accept_header(header, MIMEAccept)
    accepted = MIMEAccept([(kind.partition(";")[0].strip(), quality) for kind, quality in parsed])
    return accepted.best_match(offered)


def json_bytes(payload: Any, pretty: bool = False) -> bytes:
    option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if pretty else 0)
    return orjson.dumps(payload, option=option)


def page_bytes(payload: Any, pretty: bool = False) -> bytes:
    """Return the JSON of a page whose records may be objects of msgspec: the same bytes as of dicts."""
    import msgspec  # commands do not need it

    return json_bytes(msgspec.to_builtins(payload), pretty) if pretty else msgspec.json.encode(payload) + b"\n"


#: Characters that end a script element or a line of a script, as JSON escapes.
UNSAFE_IN_HTML = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def json_for_html(payload: Any) -> bytes:
    """Return JSON that a page can have in a script element: `</script>` in a text cannot end it."""
    return json_bytes(payload).decode().translate(UNSAFE_IN_HTML).encode()


def as_json(payload: Any, pretty: bool = False, encode: Callable[[Any, bool], bytes] = json_bytes) -> Response:
    """Return the payload as JSON. A list is bare records, which have a media type of their own."""
    media_type = ARRAY if isinstance(payload, list) else MEDIA_TYPES["json"]
    return Response(encode(payload, pretty), content_type=media_type)


# Caching ---------------------------------------------------------------------------------------------------------


def compute_etag(*parts: Any) -> str:
    """Return a strong ETag of `parts`, which must include everything that decides the bytes of an answer."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def is_unchanged(tag: str) -> bool:
    """Return whether If-None-Match names the tag."""
    return names_tag(request.if_none_match, tag)


def names_tag(tags: ETags, tag: str) -> bool:
    """Return whether one of the tags is this one. `*` does not count: it would match errors too."""
    return not tags.star_tag and tags.contains_weak(tag)


def not_modified(tag: str, pinned: bool = False) -> Response:
    return add_cache_headers(Response(status=304), tag, pinned)


def add_cache_headers(answer: Response, tag: str, pinned: bool = False) -> Response:
    """Set ETag, Cache-Control and Vary. A pinned answer never changes, so caches may keep it for a year."""
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
    """The columns of a record type in flat formats, and for each field the function that fills its columns.

    The function gets the values of a field in all records, and returns a list of cells for each column.
    """

    header: list[str]
    fill: list[tuple[str, Callable[[list[Any]], list[list[Any]]]]]
    kinds: Mapping[str, str] = {}  # by column: day (`2020-09-27`), time (in UTC), integer, number, boolean; else text
    descriptions: Mapping[str, str] = {}  # by column

    def fill_columns(self, records: Sequence[Record]) -> list[list[Any]]:
        """Return the cells of records, column by column: rows one by one take twice as long."""
        return [column for name, fill in self.fill for column in fill([record[name] for record in records])]

    def list_rows(self, records: Sequence[Record]) -> Iterable[tuple[Any, ...]]:
        return zip(*self.fill_columns(records), strict=True)


def build_layout(schema: Schema, names: Iterable[str]) -> Layout:
    """Return the columns of `names`.

    A reference becomes `x_id, x_name`. A list is joined by `;`. A list of records has a column for each field.
    """
    names = tuple(names)
    header: list[str] = []
    descriptions: dict[str, str] = {}
    fill: list[tuple[str, Callable[[list[Any]], list[list[Any]]]]] = []
    for name in names:
        parts, fill_columns = _flatten_field(schema.fields[name])
        columns = [f"{name}_{part}" if part else name for part in parts]
        header += columns
        descriptions |= dict.fromkeys(columns, schema.fields[name].metadata.get("description", ""))
        fill.append((name, fill_columns))
    return Layout(header, fill, _find_kinds(schema, names), descriptions)


def _find_kinds(schema: Schema, names: Iterable[str]) -> dict[str, str]:
    """Return the kinds of the columns of single values, also of those inside references."""
    kinds: dict[str, str] = {}
    for name in names:
        field = schema.fields[name]
        if isinstance(field, fields.Nested):
            inner = _find_kinds(field.schema, field.schema.fields)
            kinds |= {f"{name}_{column}": kind for column, kind in inner.items()}
        elif kind := next((kind for kind, type_ in KINDS.items() if isinstance(field, type_)), None):
            kinds[name] = kind
    return kinds


def _flatten_field(field: fields.Field[Any]) -> tuple[list[str], Callable[[list[Any]], list[list[Any]]]]:
    if isinstance(field, fields.Nested):
        inside = build_layout(field.schema, field.schema.fields)
        nothing = dict.fromkeys(field.schema.fields)
        return inside.header, lambda records: inside.fill_columns([record or nothing for record in records])
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        inner = list(field.inner.schema.fields)
        return inner, lambda lists: [[join_entries([e[part] for e in entries]) for entries in lists] for part in inner]
    if isinstance(field, fields.List):
        return [""], lambda lists: [[join_entries(entries) if entries else None for entries in lists]]
    if isinstance(field, fields.Dict):
        return [""], lambda values: [[None if v is None else orjson.dumps(v).decode() for v in values]]
    return [""], lambda values: [values]


def csv_cell(cell: Any) -> Any:
    """Return the cell as CSV writes it: true and false as in JSON, and text that a spreadsheet would run guarded.

    `=1+1` → `'=1+1`.
    """
    if isinstance(cell, bool):
        return entry_text(cell)
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def csv_text(cell: Any, separator: str = ",", is_single: bool = False) -> str:
    """Return the text of one cell of CSV. `is_single`: the row has no other, and an empty line would be no row."""
    if not isinstance(cell, str):
        text = "" if cell is None else entry_text(cell)
    else:
        text = cell if not cell or cell[0].isalnum() else csv_cell(cell)
    if is_single and not text:
        return '""'
    is_quoted = separator in text or '"' in text or "\n" in text or "\r" in text
    return '"' + text.replace('"', '""') + '"' if is_quoted else text


#: Null as the only cell of a row, where an empty line would be no row. No text has a control character.
SINGLE_NULL = "\x01"


def quoted_text(cell: Any, is_single: bool = False) -> str:
    """Return the text of one cell of CSV for programs: text has quotes, and null is empty."""
    if cell is None:
        return SINGLE_NULL if is_single else ""
    return '"' + cell.replace('"', '""') + '"' if isinstance(cell, str) else entry_text(cell)


def quoted_rows(chunks: Chunks, columns: Layout) -> Iterator[str]:
    """Yield CSV for programs, without a header. Each row begins with a line break."""
    write = functools.partial(quoted_text, is_single=len(columns.header) == 1)
    for chunk in chunks:
        yield "".join(LINE_END + ",".join(map(write, row)) for row in columns.list_rows(chunk))


def csv_header(columns: Layout, bom: bool, hxl: bool, separator: str = ",") -> str:
    """Return the lines of CSV before the rows: the names of the columns, and their tags."""
    return "".join(csv_lines([], columns, bom, hxl, separator))


def _write_cells(column: list[Any]) -> list[Any]:
    """Return the cells as `csv_cell` does. Almost all stay as they are, so they are recognized without a call."""
    return [
        cell if (kind := cell.__class__) in UNTOUCHED or (kind is str and (not cell or cell[0].isalnum()))
        else csv_cell(cell)
        for cell in column
    ]  # fmt: skip


def csv_lines(chunks: Chunks, columns: Layout, bom: bool, hxl: bool, separator: str = ",") -> Iterator[str]:
    """Yield CSV (RFC 4180), one piece per chunk. Null is an empty cell, never 0."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator=LINE_END)
    buffer.write("\ufeff" if bom else "")
    writer.writerow(columns.header)
    if hxl:
        writer.writerow([HXL.get(name, "") for name in columns.header])
    for chunk in chunks:
        writer.writerows(zip(*map(_write_cells, columns.fill_columns(chunk)), strict=True))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    if header := buffer.getvalue():  # there was no chunk
        yield header


def ndjson_lines(chunks: Chunks) -> Iterator[bytes]:
    for chunk in chunks:
        yield b"".join(json_bytes(record) for record in chunk)


def array_parts(chunks: Chunks, pretty: bool) -> Iterator[bytes]:
    """Yield one JSON array of all records, with the bytes that `json_bytes` of the whole list has."""
    begin = b"["
    for chunk in chunks:
        if chunk:
            yield begin + json_bytes(chunk, pretty)[1:-2].removesuffix(b"\n")  # without its own `[` and `]`
            begin = b","
    if begin == b"[":
        yield b"[]\n"
    else:
        yield b"\n]\n" if pretty else b"]\n"


def geojson_parts(chunks: Chunks, columns: Layout) -> Iterator[bytes]:
    """Yield GeoJSON (RFC 7946). A record without a place has a null geometry; `without_place` is their number."""
    yield b'{"type":"FeatureCollection","features":['
    separator, missing = b"", 0
    for chunk in chunks:
        missing += sum(record["latitude"] is None for record in chunk)
        if chunk:
            rows = zip(chunk, columns.list_rows(chunk), strict=True)
            yield separator + b",".join(
                orjson.dumps(_build_feature(record, columns.header, row)) for record, row in rows
            )
            separator = b","
    yield b'],"without_place":%d}\n' % missing


def _build_feature(record: Record, header: list[str], cells: tuple[Any, ...]) -> Record:
    place = {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]}
    return {
        "type": "Feature",
        **({"id": record["id"]} if "id" in record else {}),
        "geometry": None if record["latitude"] is None else place,
        "properties": dict(zip(header, cells, strict=True)),
    }


def download_name(name: str, suffix: str) -> str:
    return f'attachment; filename="{name}-{datetime.datetime.now(datetime.UTC).date()}.{suffix}"'


def _add_security_headers(answer: Response) -> Response:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return answer


def init_app(app: Flask) -> None:
    app.after_request(_add_security_headers)
