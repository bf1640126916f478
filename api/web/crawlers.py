"""What programs that read the web ask for first: robots.txt, sitemaps, llms.txt and the favicon."""

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, render_template, request

from api.database.snapshot import begin_snapshot, open_snapshot
from api.database.statements import select_rows, stream_rows
from api.history.revisions import identify_content
from api.http import formats
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem
from api.web import statics
from schemas.pages import PAGE_TYPES

blueprint = Blueprint("crawlers", __name__)
PART = 50_000  # addresses in one sitemap, at most (sitemaps.org)
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
#: Tables of the records with a page and integer keys.
TABLES = {record_type: record_type.removesuffix("s") for record_type in PAGE_TYPES if record_type != "datasets"}
#: Records without integer keys, each type in one part: how its addresses and days are read.
UNNUMBERED = {
    "datasets": "SELECT slug, imported_at FROM dataset ORDER BY slug",
    "releases": "SELECT slug, made_at FROM release ORDER BY slug",
}
LAST_REVISION = "SELECT made_at FROM revision ORDER BY number DESC LIMIT 1"
#: Addresses whose answers cost much, or are the same records again.
COSTLY = (
    "/v1/export",
    "/v1/statistics/",
    "/v1/check",
    "/v1/changes",
    "/v1/log/",
    "/*?",
    "/*.csv",
    "/*.xlsx",
    "/*.parquet",
)


#: What chats and networks read of a shared link: the states of the explorer, their pictures and oEmbed.
SHARED = ("/?conflict=", "/?view=", "/v1/picture.", "/oembed?")


@blueprint.get("/robots.txt")
def show_robots() -> Response:
    rules = [*(f"Disallow: {path}" for path in COSTLY), *(f"Allow: {path}" for path in (*SHARED, "/"))]
    lines = ["User-agent: *", *rules, ""]
    text = "\n".join([*lines, f"Sitemap: {current_app.config['PUBLIC_URL']}/sitemap.xml", ""])
    return _answer_text(text, TEXT)


@blueprint.get("/llms.txt")
def show_summary_for_models() -> Response:
    """Return what this is, its addresses, how to cite it, and what its figures must not be taken for."""
    return _answer_text(render_template("llms.txt", public_url=current_app.config["PUBLIC_URL"]), TEXT)


@blueprint.get("/favicon.ico")
def show_icon() -> Response:
    return statics.answer_file("favicon.ico")


def _answer_text(text: str, content_type: str) -> Response:
    tag = formats.compute_etag(text)
    if formats.is_unchanged(tag):
        return formats.not_modified(tag)
    return formats.add_cache_headers(Response(text, content_type=content_type), tag)


@blueprint.get("/sitemap.xml")
def show_sitemaps() -> Response:
    """Return the index of the sitemaps: each has the records of a range of keys of one type."""
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        tag = _tag_sitemap()
        if formats.is_unchanged(tag):
            return formats.not_modified(tag)
        parts = [(name, part) for name in TABLES for part in range(1, _count_parts(name) + 1)]
        parts += [(name, 1) for name in UNNUMBERED if select_rows(f"SELECT 1 FROM {name.removesuffix('s')} LIMIT 1")]
        changed = next((made_at for (made_at,) in select_rows(LAST_REVISION)), None)
    public_url = current_app.config["PUBLIC_URL"]
    entries = [_write_entry("sitemap", f"{public_url}/sitemaps/{name}-{part}.xml", changed) for name, part in parts]
    text = "".join(['<?xml version="1.0" encoding="UTF-8"?>\n', f"<sitemapindex {NAMESPACE}>\n", *entries])
    return formats.add_cache_headers(Response(f"{text}</sitemapindex>\n", content_type=XML), tag)


@blueprint.get(f"/sitemaps/<any({','.join((*TABLES, *UNNUMBERED))}):type>-<int:part>.xml")
def show_sitemap(part: int, **path: str) -> Response:
    """Return the addresses of the pages of one part, with the day of the last change of each record."""
    record_type = path["type"]
    occupy_slot()
    begin_snapshot(None)  # it ends with the connection, when the last row is sent
    tag = _tag_sitemap()
    if formats.is_unchanged(tag):
        return formats.not_modified(tag)
    if not 1 <= part <= (_count_parts(record_type) if record_type in TABLES else 1):
        raise ApiProblem("not-found", f"There is no part {part} of the sitemap of {record_type}.")
    public_url = current_app.config["PUBLIC_URL"]
    listed = [f"{public_url}/releases"] if record_type == "releases" else []
    body = _write_sitemap(record_type, _read_part(record_type, part), public_url, listed)
    return formats.add_cache_headers(Response(body, content_type=XML), tag)


def _tag_sitemap() -> str:
    config = current_app.config
    return formats.compute_etag(identify_content(), request.path, config["PUBLIC_URL"], config["CODE"])


def _count_parts(record_type: str) -> int:
    ((last,),) = select_rows(f"SELECT COALESCE(MAX(id), 0) FROM {TABLES[record_type]}")
    return -(-int(last) // PART)


def _read_part(record_type: str, part: int) -> Iterable[tuple[str, str]]:
    if record_type in UNNUMBERED:
        return stream_rows(UNNUMBERED[record_type])
    first, last = (part - 1) * PART, part * PART
    return stream_rows(
        f"SELECT slug, updated_at FROM {TABLES[record_type]} WHERE id > {first} AND id <= {last} ORDER BY id"
    )


def _write_sitemap(
    record_type: str, rows: Iterable[tuple[str, str]], public_url: str, listed: Sequence[str]
) -> Iterator[str]:
    """Yield the sitemap of records. `listed`: addresses of lists, which come first."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACE}>\n'
    for address in listed:
        yield _write_entry("url", address, None)
    for slug, changed in rows:
        yield _write_entry("url", f"{public_url}/{record_type}/{slug}", changed)
    yield "</urlset>\n"


def _write_entry(element: str, address: str, changed: str | None) -> str:
    day = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<{element}><loc>{escape(address)}</loc>{day}</{element}>\n"
