"""Candidates, suggestions and values of properties in the shapes of the W3C Reconciliation Service API."""

from collections.abc import Iterable
from typing import Any

from api.name_matching.find_candidates import Candidate, name_of, read_active
from api.name_matching.matched_types import MATCHED_TYPES, Document, MatchedType
from schemas.name_matching import MOST_QUERIES

#: The record type that a field refers to.
REFERENCES = {
    "conflict": "conflicts", "parent": "conflicts", "side": "sides", "affiliation": "sides", "sides": "sides",
    "member_of": "sides",
}  # fmt: skip
NAME = "Counterclaim: sides, claimants, conflicts, events and sources"
PREVIEW_SIZE = {"width": 430, "height": 220}


def describe_service(public_url: str) -> dict[str, Any]:
    """Return the manifest."""

    def address(path: str) -> dict[str, str]:
        return {"service_url": public_url, "service_path": f"/v1/reconcile/{path}"}

    return {
        "versions": ["0.1", "0.2"],
        "name": NAME,
        "identifierSpace": f"{public_url}/",
        "schemaSpace": f"{public_url}/v1/codebook",
        "documentation": f"{public_url}/v1/docs",
        "defaultTypes": [name_type(matched) for matched in MATCHED_TYPES.values()],
        "batchSize": MOST_QUERIES,
        "view": {"url": f"{public_url}/{{{{id}}}}"},
        "preview": {"url": f"{public_url}/v1/reconcile/preview?id={{{{id}}}}", **PREVIEW_SIZE},
        "suggest": {name: address(f"suggest/{name}") for name in ("entity", "type", "property")},
        "extend": {"propose_properties": address("properties"), "property_settings": []},
    }


def name_type(matched: MatchedType) -> dict[str, str]:
    return {"id": matched.id, "name": matched.name}


def write_candidate(candidate: Candidate) -> dict[str, Any]:
    known = {name: agrees for name, agrees in candidate.agreements.items() if agrees is not None}
    return {
        "id": candidate.id,
        "name": name_of(candidate),
        "description": candidate.matched_type.describe(candidate.record),
        "type": [name_type(candidate.matched_type)],
        "score": candidate.score,
        "match": candidate.is_match,
        "features": [
            {"id": "name", "value": candidate.name_score},
            *({"id": name, "value": agrees} for name, agrees in known.items()),
        ],
    }


def write_suggestion(candidate: Candidate) -> dict[str, Any]:
    described = {"description": candidate.matched_type.describe(candidate.record)}
    notable = {"notable": [name_type(candidate.matched_type)]}
    return {"id": candidate.id, "name": name_of(candidate), **described, **notable}


def list_properties(types: Iterable[MatchedType]) -> dict[str, str]:
    """Return the fields of records whose values can be fetched, with their names: `started_on` → `started on`."""
    return {field: field.replace("_", " ") for matched in types for field in matched.listing.columns}


def write_extension(ids: list[str], properties: list[str]) -> dict[str, Any]:
    """Return the values of the properties of the records. A record that does not exist has none."""
    records = _read_by_id(ids)
    rows = {
        record_id: {name: _write_values(name, records.get(record_id, {}).get(name)) for name in properties}
        for record_id in ids
    }
    return {"meta": [_describe_property(name) for name in properties], "rows": rows}


def _read_by_id(ids: list[str]) -> dict[str, Document]:
    records: dict[str, Document] = {}
    for name, matched in MATCHED_TYPES.items():
        slugs = [slug for kind, _, slug in (record_id.partition("/") for record_id in ids) if kind == name and slug]
        records |= {f"{name}/{record['id']}": record for record in read_active(matched, sorted(set(slugs)))}
    return records


def _describe_property(name: str) -> dict[str, Any]:
    target = {"type": name_type(MATCHED_TYPES[REFERENCES[name]])} if name in REFERENCES else {}
    return {"id": name, "name": name.replace("_", " "), **target}


def _write_values(name: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [written for entry in value for written in _write_values(name, entry)]
    if isinstance(value, dict):
        return [{"id": f"{REFERENCES[name]}/{value['id']}", "name": value["name"]}]
    if value is None or value == "":
        return []
    return [{{int: "int", float: "float"}.get(type(value), "str"): value}]
