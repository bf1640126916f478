"""The log as tiles (C2SP tlog-tiles), with which anybody can follow and mirror it by few requests."""

from collections.abc import Callable

from flask import Response, current_app

from api.change_log import tiles, unlogged_facts
from api.change_log.tiles import NoSuchTileError, Tile
from api.database.snapshot import open_snapshot
from api.http import formats, openapi
from api.http.problems import ApiProblem
from api.v1.log.proofs import answer_proof, limit_checkpoint_age
from api.v1.shared.listing_routes import Query, ReadBlueprint
from schemas.entry_additions import TextsOut, UnloggedOut
from schemas.responses import SingleQuery, Strict, record_response

blueprint = ReadBlueprint("tiles", __name__, description="The log as tiles, for mirrors and monitors (C2SP).")
BINARY = "application/octet-stream"
BYTES = {"type": "string", "format": "binary"}
INDEX = "`index`: the number of the tile, such as `000`, `x001/234`, or `000.p/5` for the first five of a tile."
documented = openapi.describe_problems(400, 404, 422, 503)


@blueprint.route("/log/tile/<level>/<path:index>", endpoint="hashes")
@blueprint.arguments(Strict, location="query")
@blueprint.response(200, BYTES, content_type=BINARY)
@blueprint.doc(
    summary="A tile of the log: up to 256 hashes of 32 bytes.",
    description=f"C2SP tlog-tiles; the prefix is `/v1/log`. It never changes. {INDEX}",
    **documented,
)
def show_tile(_: Query, level: str, index: str) -> Response:
    return _answer_tile(level, index, tiles.read_hashes)


@blueprint.route("/log/tile/entries/<path:index>", endpoint="entries")
@blueprint.arguments(Strict, location="query")
@blueprint.response(200, BYTES, content_type=BINARY)
@blueprint.doc(
    summary="Up to 256 entries of the log, each after its length in two bytes.",
    description=f"C2SP tlog-tiles: RFC 8785 JSON, and the leaf is SHA-256 over a zero byte and it. {INDEX}",
    **documented,
)
def show_entries(_: Query, index: str) -> Response:
    return _answer_tile("0", index, tiles.read_bundle)


@blueprint.route("/log/texts/<path:index>", endpoint="texts")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, record_response(TextsOut))
@blueprint.doc(
    summary="What up to 256 entries do not have: texts, to which they only commit, and datasets of records.",
    description=f"A commitment is SHA-256 over salt and text. A redaction erases both. {INDEX}",
    **documented,
)
def show_texts(question: Query, index: str) -> Response:
    try:
        tile = tiles.parse_tile("0", index)
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            texts = [opening._asdict() for opening in tiles.read_texts(tile)]
            datasets = [owner._asdict() for owner in unlogged_facts.read_owners(tile)]
    except NoSuchTileError as error:
        raise ApiProblem("not-found", str(error)) from None
    answer = answer_proof({"texts": texts, "datasets": datasets}, question)
    answer.headers["Cache-Control"] = limit_checkpoint_age()
    return answer


@blueprint.route("/log/unlogged", endpoint="unlogged")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, record_response(UnloggedOut))
@blueprint.doc(
    summary="What answers use and the log does not have: releases and datasets.",
    description="For mirrors. No proof covers it.",
    **openapi.describe_problems(400, 422, 503),
)
def show_unlogged(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        facts = unlogged_facts.read_unlogged()._asdict()
    answer = answer_proof(facts, question)
    answer.headers["Cache-Control"] = limit_checkpoint_age()
    return answer


def _answer_tile(level: str, index: str, read_tile: Callable[[Tile], bytes]) -> Response:
    """Return the bytes of a tile, which caches may keep for a year. Raise the problem not-found."""
    try:
        tile = tiles.parse_tile(level, index)
        with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
            content = read_tile(tile)
    except NoSuchTileError as error:
        raise ApiProblem("not-found", str(error)) from None
    tag = formats.compute_etag(content.hex())
    if formats.is_unchanged(tag):
        return formats.not_modified(tag, pinned=True)
    return formats.add_cache_headers(Response(content, content_type=BINARY), tag, pinned=True)
