"""The OpenAPI document has what client generators need: names, required fields, one shape per media type, examples."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from api.http.formats import ARRAY
from api.http.typed_clients import find_answer_schemas, list_operations, name_operations, walk
from tests.support.contract import HonestClient


def test_every_operation_has_a_name_of_its_own(client: HonestClient) -> None:
    names = {f"{method} {path}": told["operationId"] for method, path, told in list_operations(paths_of(client))}
    assert len(set(names.values())) == len(names) >= 90
    assert [name for name in names.values() if not (name.isalpha() and name[0].islower())] == []
    assert {
        address: names[address]
        for address in (
            "get /v1/claims",
            "get /v1/claims/{record_id}",
            "post /v1/claims",
            "patch /v1/claims/{record_id}",
            "delete /v1/claims/{record_id}",
            "get /v1/claims.{suffix}",
            "get /v1/statistics/casualties",
            "get /v1/check",
        )
    } == {
        "get /v1/claims": "listClaims",
        "get /v1/claims/{record_id}": "getClaim",
        "post /v1/claims": "addClaims",
        "patch /v1/claims/{record_id}": "correctClaim",
        "delete /v1/claims/{record_id}": "retractClaim",
        "get /v1/claims.{suffix}": "downloadClaims",
        "get /v1/statistics/casualties": "getCasualties",
        "get /v1/check": "checkFigure",
    }


def test_two_operations_of_one_name_are_refused() -> None:
    paths = {"/a": {"get": {}}, "/b": {"get": {}}}
    with pytest.raises(ValueError, match="GET /b and GET /a have the same operationId: listThings"):
        name_operations(paths, lambda method, path: "listThings")


def test_every_field_of_an_answer_is_required_or_says_when_it_is_absent(client: HonestClient) -> None:
    document = client.document()
    schemas = {name: document["components"]["schemas"][name] for name in find_answer_schemas(document)}
    assert {"ClaimOut", "ClaimList", "Links", "ProblemOut", "CasualtyOut"} <= set(schemas)
    optional = {
        (name, field)
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if field not in schema.get("required", []) and not told.get("x-absent")
    }
    assert optional == set()
    assert set(schemas["ClaimOut"]["required"]) == set(schemas["ClaimOut"]["properties"])
    assert schemas["Links"]["required"] == ["self"]


def test_the_values_of_details_have_types(client: HonestClient) -> None:
    """A client saw values of an unknown type. A request may also have null, which means that a name is left out."""
    schemas = client.document()["components"]["schemas"]
    contents = {
        name: schemas[name]["properties"]["details"] for name in ("ClaimOut", "ClaimOneOut", "ClaimPost", "ClaimPatch")
    }
    types = {name: content["additionalProperties"]["type"] for name, content in contents.items()}
    answered, sent = ["string", "number"], ["string", "number", "null"]
    assert types == {"ClaimOut": answered, "ClaimOneOut": answered, "ClaimPost": sent, "ClaimPatch": sent}
    assert {content["maxProperties"] for content in contents.values()} == {20}


def test_fields_named_in_the_query_are_the_only_ones_in_the_answer(client: HonestClient) -> None:
    (record,) = client.get("/v1/claims?fields=id,best&limit=1").json["data"]
    assert list(record) == ["id", "best"]


def test_each_media_type_has_one_shape(client: HonestClient) -> None:
    either = [
        (path, media_type)
        for _, path, told in list_operations(paths_of(client))
        for answer in told["responses"].values()
        for media_type, content in answer.get("content", {}).items()
        if {"anyOf", "oneOf"} & set(content["schema"])
    ]
    assert either == []
    bare = client.get("/v1/claims?shape=array&limit=2")
    assert bare.content_type == ARRAY == "application/json; shape=array"
    promised = paths_of(client)["/v1/claims"]["get"]["responses"]["200"]["content"]
    assert promised[ARRAY]["schema"]["type"] == "array"
    assert promised["application/json"]["schema"] == {"$ref": "#/components/schemas/ClaimList"}


def test_every_example_has_the_type_of_its_field(client: HonestClient) -> None:
    document = client.document()
    wrong = [
        (schema.get("description"), example, error.message)
        for schema, example in list_examples(document)
        for error in jsonschema.Draft202012Validator({**schema, "components": document["components"]}).iter_errors(
            example
        )
    ]
    assert wrong == []


def list_examples(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    for node in walk(document):
        if "examples" in node and ({"type", "$ref", "anyOf"} & set(node)):
            yield from ((node, example) for example in node["examples"])
        if "example" in node and "schema" in node:
            yield node["schema"], node["example"]


def test_words_have_names_and_meanings(client: HonestClient) -> None:
    schemas = client.document()["components"]["schemas"]
    harm, precision = schemas["HarmWord"], schemas["DatePrecisionWord"]
    assert harm["x-enum-descriptions"][harm["enum"].index("killed")] == "died as a direct result"
    assert (precision["enum"][0], precision["x-enum-varnames"][0]) == (1, "EXACT_DAY")
    assert schemas["ClaimOut"]["properties"]["harm"]["anyOf"][0] == {"$ref": "#/components/schemas/HarmWord"}
    for schema in schemas.values():
        if names := schema.get("x-enum-varnames"):
            assert len(set(names)) == len(names) == len(schema["enum"]) == len(schema["x-enum-descriptions"])


@pytest.mark.parametrize(
    "query", ["harm=killed&harm=injured", "harm=injured&limit=5&harm=killed", "harm=killed,injured"]
)
def test_a_list_may_be_repeated_or_have_commas(client: HonestClient, query: str) -> None:
    """openapi-fetch, orval and httpx repeat the parameter of a list by default."""
    answer = client.get(f"/v1/claims?{query}&limit=5" if "limit" not in query else f"/v1/claims?{query}").json
    expected = client.get("/v1/claims?harm=injured,killed&limit=5").json
    assert answer["data"] == expected["data"]
    assert answer["meta"] == expected["meta"]
    following = client.get(answer["links"]["next"].partition("8000")[2]).json
    assert following["meta"]["total"] == expected["meta"]["total"]


def paths_of(client: HonestClient) -> dict[str, Any]:
    paths: dict[str, Any] = client.document()["paths"]
    return paths
