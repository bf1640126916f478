"""The floors agree on columns, fields, filters, addresses and problems. The build fails if one of them lags."""

import inspect
import pkgutil
import re
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema

import schemas
from api.change_log import free_texts
from api.listings import claimants, claims, conflicts, datasets, events, relations, reports, sides, sources
from api.listings.query import Listing
from api.reconciling.policies import POLICIES
from api.records.record_types import RECORD_TYPES
from api.statistics.record_counts import find_groups
from api.v1.discovery import EXAMPLES
from schemas.claimants import ClaimantFilters, ClaimantOut, ClaimantQuery
from schemas.claims import ClaimFilters, ClaimOut, ClaimQuery
from schemas.conflicts import ConflictFilters, ConflictOut, ConflictQuery
from schemas.datasets import DatasetFilters, DatasetOut, DatasetQuery
from schemas.details import Details
from schemas.events import EventFilters, EventOut, EventQuery
from schemas.fields import Text
from schemas.relations import RelationFilters, RelationOut, RelationQuery
from schemas.reports import ReportFilters, ReportOut, ReportQuery
from schemas.responses import filter_names
from schemas.sides import SideFilters, SideOut, SideQuery
from schemas.sources import SourceFilters, SourceOut, SourceQuery, WebAddress
from schemas.statistics.casualties import POLICIES as MEANINGS_OF_POLICIES
from schemas.statistics.record_counts import CLAIM_GROUPS, EVENT_GROUPS, REFERENCES
from schemas.vocabularies import VOCABULARIES
from tests.support.contract import HonestClient, operation, resolve

SERVED: list[tuple[Listing, type[Schema], type[Schema], type[Schema]]] = [
    (claims.LISTING, ClaimOut, ClaimQuery, ClaimFilters),
    (reports.LISTING, ReportOut, ReportQuery, ReportFilters),
    (relations.LISTING, RelationOut, RelationQuery, RelationFilters),
    (events.LISTING, EventOut, EventQuery, EventFilters),
    (conflicts.LISTING, ConflictOut, ConflictQuery, ConflictFilters),
    (sides.LISTING, SideOut, SideQuery, SideFilters),
    (claimants.LISTING, ClaimantOut, ClaimantQuery, ClaimantFilters),
    (sources.LISTING, SourceOut, SourceQuery, SourceFilters),
    (datasets.LISTING, DatasetOut, DatasetQuery, DatasetFilters),
]
of_each_type = pytest.mark.parametrize(
    ("listing", "out", "query", "filters"), SERVED, ids=[served[0].name for served in SERVED]
)


@of_each_type
def test_columns_are_the_fields_of_the_answer(listing: Listing, out: Any, query: Any, filters: Any) -> None:
    assert set(listing.columns) == set(out().fields)


@of_each_type
def test_filters_are_those_of_the_query_schema(listing: Listing, out: Any, query: Any, filters: Any) -> None:
    assert set(listing.where) == set(filter_names(query)) == set(filter_names(filters))


@of_each_type
def test_what_can_be_sorted_by_is_in_the_query_schema(listing: Listing, out: Any, query: Any, filters: Any) -> None:
    assert set(listing.sort) == set(query().fields["sort"].names)


@of_each_type
def test_every_written_field_can_be_read(listing: Listing, out: Any, query: Any, filters: Any) -> None:
    if listing.name in RECORD_TYPES:  # only imports write datasets
        assert set(RECORD_TYPES[listing.name].schema.fields) <= set(out().fields)


def test_what_can_be_counted_by_is_in_the_query_schema() -> None:
    assert set(find_groups(claims.LISTING)) == set(CLAIM_GROUPS)
    assert set(find_groups(events.LISTING)) == set(EVENT_GROUPS)
    assert REFERENCES <= set(CLAIM_GROUPS) | set(EVENT_GROUPS)


def all_schemas() -> list[type[Schema]]:
    found = []
    for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
        for _, value in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(value, Schema) and value.__module__ == module.name:
                found.append(value)
    return found


@pytest.mark.parametrize("schema", all_schemas(), ids=lambda schema: schema.__name__)
def test_every_field_says_what_it_means_and_where_it_comes_from(schema: type[Schema]) -> None:
    silent = [name for name, field in schema().fields.items() if not {"description", "x-origin"} <= set(field.metadata)]
    assert silent == []


def test_every_property_has_a_description_an_example_and_its_origin(client: HonestClient) -> None:
    schemas = client.get("/v1/openapi.json").json["components"]["schemas"]
    lacking = [
        (schema, name, wanted)
        for schema, told in schemas.items()
        for name, found in told.get("properties", {}).items()
        for wanted in ("description", "examples", "x-origin")
        if wanted not in found
    ]
    assert lacking == []


def test_what_the_docs_page_opens_on_answers_when_tried(client: HonestClient) -> None:
    """Each GET uses the example values of the page, and leaves out the parameters without one."""
    asked = {}
    for path, item in client.get("/v1/openapi.json").json["paths"].items():
        if "get" not in item:
            continue
        told = [*item.get("parameters", []), *item["get"].get("parameters", [])]
        shown = {parameter["name"]: parameter["example"] for parameter in told if "example" in parameter}
        assert [p["name"] for p in told if p.get("required") and p["name"] not in shown] == [], path
        inside = {p["name"] for p in told if p["in"] == "path"}
        query = {name: ",".join(v) if isinstance(v, list) else v for name, v in shown.items() if name not in inside}
        asked[path] = client.get(path.format(**shown), query_string=query).status_code
    # A release exists after somebody made one, and a dataset after an import. A webhook is shown to its key only.
    assert {path: status for path, status in asked.items() if status != 200} == {
        path: 401 if path.startswith("/v1/webhooks") else 404
        for path in asked
        if path.startswith(("/v1/releases/", "/v1/datasets/", "/v1/webhooks"))
    }


def test_every_word_has_a_meaning() -> None:
    assert len(VOCABULARIES) >= 20
    assert [
        found.name for found in VOCABULARIES if not (found.description and found.origin and all(found.values()))
    ] == []


def served_addresses(app: Flask) -> set[str]:
    """Return every address of the app as the document spells it, except static files."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "web.static"]
    return {re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule) for rule in rules}


def test_every_address_is_documented(seeded: Flask) -> None:
    document = seeded.extensions["counterclaim-openapi"].to_dict()
    assert served_addresses(seeded) - set(document["paths"]) <= {"/", *EXAMPLES}
    assert set(document["paths"]) <= served_addresses(seeded)


def test_the_header_of_the_newest_revision_is_documented(client: HonestClient) -> None:
    document = client.get("/v1/openapi.json").json
    header = document["components"]["headers"]["Counterclaim-Revision"]
    assert header["schema"]["type"] == "integer" and "Send the highest" in header["description"]
    for path, item in document["paths"].items():
        for method in {"get", "post", "patch", "delete"} & set(item):
            successes = {status: answer for status, answer in item[method]["responses"].items() if status < "400"}
            for status, answer in successes.items():
                assert "Counterclaim-Revision" in answer["headers"], (path, method, status)
    assert int(client.get("/v1/claims").headers["Counterclaim-Revision"]) >= 1


def test_every_listed_example_answers(client: HonestClient, seeded: Flask) -> None:
    listed = client.get("/v1").json["data"]
    addresses = [found["example"].removeprefix(seeded.config["PUBLIC_URL"]) for found in listed]
    assert [address for address in addresses if client.get(address).status_code != 200] == []


def test_every_documented_parameter_is_explained(client: HonestClient) -> None:
    document = client.get("/v1/openapi.json").json
    unexplained = [
        (path, parameter["name"])
        for path, item in document["paths"].items()
        for method in item.keys() - {"parameters"}
        for parameter in item[method].get("parameters", [])
        if parameter["in"] == "query" and not parameter.get("description")
    ]
    assert unexplained == []


@of_each_type
def test_every_answer_loads_through_the_schema_it_promises(
    listing: Listing, out: Any, query: Any, filters: Any, client: HonestClient
) -> None:
    answer = client.get(f"/v1/{listing.name}?limit=1000")
    promised = operation(client.document()["paths"], f"/v1/{listing.name}")
    assert promised is not None
    assert "application/json" in resolve(client.document(), promised["responses"]["200"])["content"]
    loaded = out(many=True).load(answer.json["data"])
    assert [record["id"] for record in loaded] == [record["id"] for record in answer.json["data"]]
    assert len(loaded) == answer.json["meta"]["total"]


def test_claims_are_never_without_a_source(client: HonestClient) -> None:
    found = client.get("/v1/claims?limit=1000").json["data"]
    assert found
    assert [claim["id"] for claim in found if not claim["sources"]] == []


def test_every_field_with_free_text_can_be_redacted() -> None:
    """A new text field must be in `FREE_TEXTS`: otherwise its text would stay in the log for ever."""
    written_in_words = {
        name
        for record_type in RECORD_TYPES.values()
        for name, field in record_type.schema.fields.items()
        if isinstance(getattr(field, "inner", field), (Text, WebAddress, Details))
    }
    assert written_in_words == free_texts.FREE_TEXTS
    lists = {name for record_type in RECORD_TYPES.values() for name in record_type.text_lists} & free_texts.FREE_TEXTS
    assert lists == free_texts.TEXT_LISTS


def test_every_policy_of_the_rules_has_a_meaning() -> None:
    assert set(MEANINGS_OF_POLICIES) == set(POLICIES)
