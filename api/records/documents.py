"""Records as the documents that their In schemas validate. Changes apply to them, and the log stores them."""

from typing import Any

from marshmallow import fields

from api.listings import claimants, claims, conflicts, events, query, relations, reports, sides, sources
from api.listings.query import Listing
from api.records.record_types import RECORD_TYPES
from schemas.details import Details, write_details

LISTINGS: dict[str, Listing] = {
    listing.name: listing
    for listing in (
        claims.LISTING,
        reports.LISTING,
        relations.LISTING,
        events.LISTING,
        conflicts.LISTING,
        sides.LISTING,
        claimants.LISTING,
        sources.LISTING,
    )
}
BATCH = 500


def load_documents(record_type: str, slugs: list[str]) -> dict[str, dict[str, Any]]:
    """Return the documents of the records that exist, by slug."""
    by_slug: dict[str, dict[str, Any]] = {}
    for start in range(0, len(slugs), BATCH):
        batch = tuple(slugs[start : start + BATCH])
        for record in query.read_page(LISTINGS[record_type], {"id": batch}, limit=BATCH).records:
            by_slug[record["id"]] = document_of(record_type, record)
    return by_slug


def document_of(record_type: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of a listing as its document: slugs in place of references."""
    return {name: _plain_value(field, record[name]) for name, field in RECORD_TYPES[record_type].schema.fields.items()}


def _plain_value(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, Details):
        return write_details(value or {})
    if isinstance(value, dict):
        return value["id"]
    if isinstance(value, list) and isinstance(field, fields.List):
        return [_plain_entry(field.inner, entry) for entry in value]
    return value


def _plain_entry(inner: fields.Field[Any], entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    if isinstance(inner, fields.Nested):
        return {name: entry["id" if name == "side" else name] for name in inner.schema.fields}
    return entry["id"]
