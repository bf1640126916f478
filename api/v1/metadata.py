"""Descriptions of the data for search engines, catalogues and machine learning: schema.org, DCAT and Croissant."""

from typing import Any

from flask import Response, current_app, request
from marshmallow import Schema

from api.database.snapshot import end_snapshot, open_snapshot
from api.history.pinned_snapshot import at_revision
from api.http import formats, openapi
from api.http.byte_ranges import read_digest
from api.http.costly_answers import occupy_slot
from api.http.problems import ApiProblem
from api.listings import (
    claimants,
    claims,
    conflicts,
    datasets,
    events,
    query,
    relations,
    releases,
    reports,
    sides,
    sources,
    whole_database,
)
from api.listings.query import Listing
from api.metadata import croissant, dcat, schema_org
from api.metadata.described_data import Described, describe_dataset, describe_release, describe_whole
from api.v1.shared.listing_routes import Query, ReadBlueprint, answer_list
from schemas.claimants import ClaimantOut
from schemas.claims import ClaimOut
from schemas.conflicts import ConflictOut
from schemas.events import EventOut
from schemas.relations import RelationOut
from schemas.reports import ReportOut
from schemas.responses import FORMATS, SingleQuery
from schemas.sides import SideOut
from schemas.sources import SourceOut

#: The tables of a release, those first that others refer to.
TABLES: tuple[tuple[Listing, type[Schema]], ...] = (
    (sides.LISTING, SideOut),
    (conflicts.LISTING, ConflictOut),
    (claimants.LISTING, ClaimantOut),
    (sources.LISTING, SourceOut),
    (events.LISTING, EventOut),
    (claims.LISTING, ClaimOut),
    (reports.LISTING, ReportOut),
    (relations.LISTING, RelationOut),
)

MEDIA_TYPE = "application/ld+json"
#: What names the client of a request, whose quota counts.
OF_CLIENT = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")
blueprint = ReadBlueprint("metadata", __name__, description="What the data are, for search engines and catalogues.")
JSON_LD = {"type": "object", "description": "JSON-LD. Its `<` are escaped, so that a page can have it in a script."}


def _document_answer(summary: str, *problems: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": JSON_LD}}
    answer = {"responses": {200: {"description": "The description.", "content": content}}}
    return {"summary": summary, **openapi.merge_docs(answer, openapi.describe_problems(400, 422, 503, *problems))}


@blueprint.route("/metadata.jsonld", endpoint="whole")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("This database as a schema.org Dataset."))
def show_whole(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        described = read_whole()
    return _answer(write_schema_org(described), question)


@blueprint.route("/catalog.jsonld", endpoint="catalogue")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("This database, its releases and its imported datasets as a DCAT catalogue."))
def show_catalogue(question: Query) -> Response:
    config = current_app.config
    with open_snapshot(config["STATEMENT_SECONDS"]):
        described = [read_whole(), *map(_describe_release, releases.read_releases()), *_read_datasets()]
    return _answer(
        dcat.write_catalogue(described, config["PUBLIC_URL"], config["LICENCE"], config["CONTACT"]), question
    )


@blueprint.route("/datasets/<slug:record_id>/metadata.jsonld", endpoint="dataset")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("An imported dataset as a schema.org Dataset.", 404))
def show_dataset(question: Query, record_id: str) -> Response:
    return _answer(write_schema_org(_require_dataset(record_id)), question)


@blueprint.route("/datasets/<slug:record_id>/dcat.jsonld", endpoint="dataset_dcat")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("An imported dataset as a DCAT dataset.", 404))
def show_dataset_dcat(question: Query, record_id: str) -> Response:
    return _answer(_write_dcat(_require_dataset(record_id)), question)


@blueprint.route("/releases/<slug:name>/metadata.jsonld", endpoint="release")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("A release as a schema.org Dataset.", 404))
def show_release(question: Query, name: str) -> Response:
    return _answer(write_schema_org(_require_release(name)), question)


@blueprint.route("/releases/<slug:name>/dcat.jsonld", endpoint="release_dcat")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("A release as a DCAT dataset.", 404))
def show_release_dcat(question: Query, name: str) -> Response:
    return _answer(_write_dcat(_require_release(name)), question)


@blueprint.route("/releases/<slug:name>/croissant.json", endpoint="release_croissant")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.doc(**_document_answer("A release as Croissant, for machine learning: Parquet files with checksums.", 404))
def show_release_croissant(question: Query, name: str) -> Response:
    described = _require_release(name)
    occupy_slot()
    tables = [_read_table(listing, schema, name) for listing, schema in TABLES]
    return _answer(croissant.write_release(described, tables, current_app.config["PUBLIC_URL"]), question)


def _read_table(listing: Listing, schema: type[Schema], release: str) -> croissant.Table:
    """Return the Parquet file of a record type in a release. The first time, it is written."""
    address = f"/v1/{listing.name}.parquet?release={release}"
    # The file is the answer to this address, so it is asked for as if from outside.
    client = {name: request.environ[name] for name in OF_CLIENT if name in request.environ}
    with current_app.test_request_context(address, environ_overrides=client):
        answer = answer_list(listing, schema(), {"release": release}, FORMATS, "parquet", lambda asked: asked)
        answer.close()
        digest, size = read_digest(answer), answer.content_length
    end_snapshot()
    if digest is None or size is None:
        detail = f"The files of release {release} are larger than this server stores, so they have no checksum."
        raise ApiProblem("too-broad", f"{detail} Use /v1/releases/{release}/metadata.jsonld.")
    layout = formats.build_layout(schema(), listing.columns)
    return croissant.Table(listing.name, current_app.config["PUBLIC_URL"] + address, digest, size, layout)


def read_whole() -> Described:
    """Return the description of the database at the revision of the open snapshot."""
    config = current_app.config
    return describe_whole(whole_database.read_facts(), config["PUBLIC_URL"], config["LICENCE"])


def write_schema_org(described: Described) -> dict[str, Any]:
    return schema_org.write_dataset(described, current_app.config["PUBLIC_URL"], current_app.config["CONTACT"])


def describe_imported(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return an imported dataset, as `/v1/datasets/{id}` has it, as a schema.org Dataset."""
    return write_schema_org(describe_dataset(dataset, current_app.config["PUBLIC_URL"]))


def _write_dcat(described: Described) -> dict[str, Any]:
    return dcat.write_dataset(described, current_app.config["PUBLIC_URL"], current_app.config["CONTACT"])


def _require_dataset(slug: str) -> Described:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        dataset = datasets.find_dataset(slug)
    if dataset is None:
        raise ApiProblem("not-found", f"There is no dataset {slug}. /v1/datasets lists them.")
    return describe_dataset(dataset, current_app.config["PUBLIC_URL"])


def _require_release(name: str) -> Described:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        release = releases.read_release(name)
        if release is None:
            raise ApiProblem("not-found", f"There is no release {name} of this database. /v1/releases lists them.")
        return _describe_release(release)


def _describe_release(release: dict[str, Any]) -> Described:
    with at_revision(release["revision"]):
        facts = whole_database.read_facts()
    return describe_release(release, facts, current_app.config["PUBLIC_URL"], current_app.config["LICENCE"])


def _read_datasets() -> list[Described]:
    found = query.read_page(datasets.LISTING, {}).records
    return [describe_dataset(dataset, current_app.config["PUBLIC_URL"]) for dataset in found]


def _answer(payload: dict[str, Any], question: Query) -> Response:
    tag = formats.compute_etag(payload, question)
    if formats.is_unchanged(tag):
        return formats.not_modified(tag)
    text = formats.json_bytes(payload, True) if question.get("pretty") else formats.json_for_html(payload)
    return formats.add_cache_headers(Response(text, content_type=MEDIA_TYPE), tag)
