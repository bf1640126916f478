"""Records as the documents that their In schemas validate: what a change is made to, and what the log keeps."""

from typing import Any

from marshmallow import fields

from api.queries import claimants, claims, conflicts, events, relations, reports, select, sides, sources
from api.queries.select import Listing
from api.records.nouns import NOUNS

LISTINGS: dict[str, Listing] = {
    found.name: found
    for found in (
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


def documents(noun: str, slugs: list[str]) -> dict[str, dict[str, Any]]:
    """The documents of the records that exist, by slug."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(slugs), BATCH):
        batch = tuple(slugs[start : start + BATCH])
        for record in select.page(LISTINGS[noun], {"id": batch}, limit=BATCH).records:
            found[record["id"]] = document(noun, record)
    return found


def document(noun: str, record: dict[str, Any]) -> dict[str, Any]:
    """A record of the wire as its document: slugs in place of references."""
    return {name: _plain(field, record[name]) for name, field in NOUNS[noun].schema.fields.items()}


def _plain(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(value, dict):
        return value["id"]
    if isinstance(value, list) and isinstance(field, fields.List):
        return [_entry(field.inner, entry) for entry in value]
    return value


def _entry(inner: fields.Field[Any], entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    if isinstance(inner, fields.Nested):
        return {name: entry["id" if name == "side" else name] for name in inner.schema.fields}
    return entry["id"]
