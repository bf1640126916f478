"""New records with what follows from them filled in, before they are checked; the answer shows what was."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.records.faults import Fault, Faults
from schemas.derived_fields import derive_fields
from schemas.phrases.numerals import PhraseError
from schemas.vocabularies import REPORT_FLAGS

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
        derived[record_type] = [
            _derive_record(record_type, position, document, readings[record_type], faults)
            for position, document in enumerate(documents)
        ]
    faults.add(_find_false_flags(derived))
    return derived, readings


def _find_false_flags(documents_by_type: Mapping[str, Sequence[Any]]) -> Iterator[Fault]:
    """Yield a fault for each new claim whose flags say that its reports differ, but none of them has a figure.

    The flag ends the check of the claim's own bounds: rule 1 checks them with the reports.
    """
    reports = (report for report in documents_by_type.get("reports", ()) if isinstance(report, dict))
    with_figures = {str(report.get("claim")) for report in reports if report.get("qualifier")}
    for position, claim in enumerate(documents_by_type.get("claims", ())):
        flags = claim.get("flags") if isinstance(claim, dict) else None
        if isinstance(flags, list) and str(claim.get("id")) not in with_figures:
            for flag in (flag for flag in REPORT_FLAGS if flag in flags):
                message = f"Must not have the flag {flag}, because no report of the claim has a figure of its own."
                yield Fault("claims", position, "flags", message)


def _derive_record(record_type: str, position: int, document: Any, readings: Readings, faults: Faults) -> Any:
    if not isinstance(document, dict):
        return document  # the schema refuses it
    try:
        filled, reading = derive_fields(record_type, document)
    except PhraseError as error:
        faults.add([Fault(record_type, position, "phrase", f"{error} Send qualifier and value, or other words.")])
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
