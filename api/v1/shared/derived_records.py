"""New records with what follows from them filled in, before they are checked; the answer shows what was."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from api.records.documents import load_documents
from api.records.faults import Fault, Faults
from schemas.derived_fields import derive_fields
from schemas.fields import SLUG
from schemas.phrases.numerals import PhraseError

Document = dict[str, Any]
Readings = dict[str, Document]  # by id of the claim or report


def derive_records(
    documents_by_type: Mapping[str, Sequence[Any]], faults: Faults
) -> tuple[dict[str, list[Any]], dict[str, Readings]]:
    """Return the records of each type with derived fields, and what was filled in. Add faults of unread phrases."""
    derived: dict[str, list[Any]] = {}
    readings: dict[str, Readings] = {}
    for record_type, documents in documents_by_type.items():
        readings[record_type] = {}
        claims = _find_claims(documents, derived.get("claims", ())) if record_type == "reports" else {}
        derived[record_type] = [
            _derive_record(Fault(record_type, position, "phrase", ""), document, claims, readings[record_type], faults)
            for position, document in enumerate(documents)
        ]
    return derived, readings


def _find_claims(reports: Sequence[Any], new_claims: Sequence[Any]) -> dict[str, Document]:
    """Return the claims of reports by id: new ones with derived fields, or those of the database."""
    claims = {str(claim.get("id")): claim for claim in new_claims if isinstance(claim, dict)}
    sent = [report.get("claim") for report in reports if isinstance(report, dict) and report.get("phrase")]
    existing = {slug for slug in sent if isinstance(slug, str) and re.fullmatch(SLUG, slug) and slug not in claims}
    return claims | load_documents("claims", sorted(existing))


def _derive_record(
    place: Fault, document: Any, claims: Mapping[str, Document], readings: Readings, faults: Faults
) -> Any:
    """Return the record with derived fields. `place` is where its words are: a fault without a message."""
    if not isinstance(document, dict):
        return document  # the schema refuses it
    try:
        filled, reading = derive_fields(place.record_type, document, claims.get(str(document.get("claim"))))
    except PhraseError as error:
        faults.add([place._replace(message=f"{error} Send qualifier and value, or other words.")])
        # the write is refused; with a qualifier in its place, no other fault follows from this one
        return {**document, "qualifier": "unquantified"}
    if reading:
        readings[str(document.get("id"))] = reading
    return filled


def find_shown_readings(
    record_type: str, written: Mapping[str, Sequence[Document]], readings: Mapping[str, Readings]
) -> dict[str, Document | None]:
    """Return what was filled in by id of the record, of a claim also in its reports; None: nothing."""
    shown: Readings = {
        document["id"]: dict(readings[record_type].get(document["id"], {})) for document in written[record_type]
    }
    for report in written.get("reports", ()) if record_type == "claims" else ():
        if filled := readings["reports"].get(report["id"]):
            shown[report["claim"]].setdefault("reports", {})[report["id"]] = filled
    return {slug: reading or None for slug, reading in shown.items()}
