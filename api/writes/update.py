"""Corrections and retractions: the old row becomes a row version, the change has a reason, nothing is deleted."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from api.database.writing import writing
from api.listings import query
from api.records.documents import LISTINGS, document_of, load_documents
from api.records.faults import Fault, Faults, InUseError, NoSuchRecordError, RefusedError, StaleRevisionError
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.row_mapping import find_keys, validate_documents
from api.rules import all_faults
from api.rules.claim_matches_reports import OF_CLAIM
from api.rules.dependencies import FREE_FIRST, find_needed, needs_footing
from api.rules.reports_share_ending import refuse_unreported
from api.writes.rewrite import Change, rewrite_records
from api.writes.transaction import open_transaction
from schemas.derived_fields import derive_corrected, find_reading
from schemas.details import read_details

Document = dict[str, Any]
Follow = Callable[[Sequence[Change]], None]


def _do_nothing(_: Sequence[Change]) -> None:
    """Do nothing: the default of `also`."""


def _note_nothing(_: Document) -> None:
    """Do nothing: the default of `note_reading`."""


def revise_record(
    record_type: str,
    slug: str,
    patch: Document,
    reason: str,
    who: str,
    expected_revision: int | None = None,
    also: Follow = _do_nothing,
    note_reading: Callable[[Document], None] = _note_nothing,
) -> int:
    """Apply a merge patch (RFC 7396) to a record. Return its new revision, or the old one if nothing changes.

    `expected_revision` is the revision that the client sent in If-Match. `also` gets the changes of reports that
    follow from that of their claim, `note_reading` the fields that followed the patch: a new value changes its bounds.
    Raise `NoSuchRecordError`,
    `StaleRevisionError`, `RefusedError`, and `InUseError` if an active record would lose a record that it needs.
    """
    kind = RECORD_TYPES[record_type]

    def build_corrected(old: Document) -> Document:
        patched = _apply_patch(old, patch)
        corrected = derive_corrected(record_type, old, patched, patch)
        new = _validate_document(kind, corrected, slug)
        note_reading(find_reading(patched, corrected))
        _refuse_loss(kind, old, new)
        return new

    faults = Faults()
    with suppress(InUseError), faults.collect_faults():
        return _change_record(kind, slug, build_corrected, "revise", reason, who, expected_revision, also)
    _gather_faults(kind, slug, patch, faults)
    raise faults.build_error()


def mark_retracted(
    record_type: str, slug: str, reason: str, who: str, expected_revision: int | None = None, also: Follow = _do_nothing
) -> int:
    """Mark a record as retracted, and the active reports of a claim with it. Return its new revision.

    `also` gets the changes of these reports. Raise `NoSuchRecordError`, `StaleRevisionError`, and `InUseError` if
    active records need it.
    """

    def build_retracted(old: Document) -> Document:
        _refuse_in_use(RECORD_TYPES[record_type], slug)
        by = {"status_by": "editor", "status_on": None} if record_type == "claims" else {}
        return old | {"status": "retracted", "status_reason": reason} | by

    return _change_record(
        RECORD_TYPES[record_type], slug, build_retracted, "retract", reason, who, expected_revision, also
    )


def merge_patch(old: Any, patch: Any) -> Any:
    """Return a value with a merge patch applied (RFC 7396): null removes, an object merges, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


#: Why, by whom and since when a record has its status: another status removes them.
OF_STATUS = ("status_reason", "status_by", "status_on")


def _apply_patch(old: Document, patch: Document) -> Document:
    """Return the record with the patch. If the status changes, drop the old `OF_STATUS` fields."""
    # RFC 7396 ignores null for a name that is absent. A name that no record has must stay, so that it is refused.
    unknown = {name: value for name, value in patch.items() if name not in old}
    new: Document = merge_patch(_open_details(old), patch) | unknown
    if new.get("status", "active") == old["status"]:
        return new
    return {name: value for name, value in new.items() if name not in OF_STATUS or name in patch}


def _open_details(document: Document) -> Document:
    """Return a document with its details as an object, so that a patch of one of them keeps the others."""
    return document | {"details": read_details(document["details"])} if document.get("details") else document


def _validate_document(record_type: RecordType, new: Document, slug: str) -> Document:
    (loaded,) = validate_documents(record_type, [new])
    if loaded["id"] != slug:
        raise RefusedError([Fault(record_type.name, 0, "id", CITED)])
    return loaded


CITED = "Cannot be changed, because citations use it. Leave it out."


def _gather_faults(record_type: RecordType, slug: str, patch: Document, faults: Faults) -> None:
    """Add every fault of a refused correction to `faults`. Raise `InUseError` if that is the only fault."""
    old = load_documents(record_type.name, [slug])[slug]
    corrected = derive_corrected(record_type.name, old, _apply_patch(old, patch), patch)
    new = all_faults.gather_corrected(record_type, old, corrected, faults)
    if new.get("id", slug) != slug:
        faults.add([Fault(record_type.name, 0, "id", CITED)])
    try:
        with faults.collect_faults():
            _refuse_loss(record_type, old, old | new)
    except InUseError as in_use:
        if not faults.collected:
            raise
        field = "claim" if new.get("status") == old["status"] else "status"
        faults.add([Fault(record_type.name, 0, field, f"Cannot be changed, because {in_use}. {FREE_FIRST}")])


def _change_record(
    record_type: RecordType,
    slug: str,
    make: Callable[[Document], Document],
    operation: str,
    reason: str,
    who: str,
    expected_revision: int | None,
    also: Follow,
) -> int:
    with writing():
        record = query.read_record(LISTINGS[record_type.name], slug)
        if record is None:
            raise NoSuchRecordError(slug)
        if expected_revision is not None and record["revision"] != expected_revision:
            raise StaleRevisionError(record["revision"])
        old = document_of(record_type.name, record)
        new = make(old)
        if new == old:
            return int(record["revision"])
        with open_transaction(reason, who) as transaction:
            also(rewrite_records(transaction, record_type, operation, [(old, new)]))
            if record_type.name == "claims" and any(old[name] != new[name] for name in OF_CLAIM):
                transaction.vouched.update(find_keys(record_type.model, [slug]).values())
        return transaction.revision


def _refuse_loss(record_type: RecordType, old: Document, new: Document) -> None:
    """Refuse a change that takes away a record that active records need.

    Examples: a record in use loses its status, the last report of a claim goes to another claim, a claim without a
    report becomes active again. Raise `InUseError` or `RefusedError`.
    """
    goes = old["status"] == "active" != new["status"]
    if goes or (record_type.name == "reports" and old["claim"] != new["claim"]):
        _refuse_in_use(record_type, old["id"])
    if record_type.name == "claims" and needs_footing(record_type, new) and not needs_footing(record_type, old):
        refuse_unreported(old)


def _refuse_in_use(record_type: RecordType, slug: str) -> None:
    if dependents := find_needed(record_type, [slug]).get(slug):
        raise InUseError(f"active records depend on it: {dependents}")
