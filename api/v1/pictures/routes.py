"""Pictures as SVG and PNG: the address has the state of the page, so that the two differ only in the path."""

from typing import Any

from flask import Response, current_app

from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.http import formats, openapi
from api.http.costly_answers import occupy_slot
from api.http.formats import MEDIA_TYPES
from api.http.problems import ApiProblem
from api.pictures.png import read_height, render_png
from api.reconciling.paused_collection import pause_collecting
from api.v1.pictures.views import draw_view
from api.v1.shared.addresses import tag_of
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.pinning import is_pinned, pin_snapshot
from schemas.pictures import MOST_PIXELS, PictureQuery

blueprint = ReadBlueprint("pictures", __name__, description="Pictures of the views, for articles and shared links.")
CONTENT: dict[str, Any] = {
    MEDIA_TYPES["svg"]: {"schema": {"type": "string", "description": "SVG; texts are texts, numbers are attributes."}},
    MEDIA_TYPES["png"]: {"schema": {"type": "string", "format": "binary", "description": "PNG."}},
}


@blueprint.route("/picture.<any(svg,png):suffix>", endpoint="picture")
@blueprint.arguments(PictureQuery, location="query")
@blueprint.doc(
    summary="A view of the page as a picture.",
    description="`/?view=time&conflict=…` is the page, `/v1/picture.svg?view=time&conflict=…` its picture.",
    **openapi.merge_docs(
        {"responses": {200: {"description": "The picture.", "content": CONTENT}}},
        openapi.describe_problems(400, 404, 422, 503),
    ),
)
def show_picture(question: Query, suffix: str) -> Response:
    occupy_slot()
    with pause_collecting(), open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        pin_snapshot(question)
        tag = tag_of(question, suffix)
        if formats.is_unchanged(tag):
            return formats.not_modified(tag, is_pinned(question))
        svg = draw_view(question, current_revision())
    body = svg.encode() if suffix == "svg" else _render_bounded(svg, question)
    return formats.add_cache_headers(Response(body, content_type=MEDIA_TYPES[suffix]), tag, is_pinned(question))


def _render_bounded(svg: str, question: Query) -> bytes:
    """Return the PNG. Raises the problem too-broad for one whose pixels would take the server a second or more."""
    zoom = float(question["zoom"])
    height = read_height(svg)
    pixels = round(question["width"] * height * zoom * zoom)
    if pixels > MOST_PIXELS:
        detail = f"The PNG would have {pixels:,} pixels ({question['width']} × {height} × {zoom:g}²), more than"
        raise ApiProblem("too-broad", f"{detail} {MOST_PIXELS:,}. Send height=, or a smaller zoom=, or use .svg.")
    return render_png(svg, zoom)
