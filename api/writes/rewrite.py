"""Changes of existing records: the rows get new values, and the old rows become row versions."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.database import bulk
from api.database.key_sets import split_batches
from api.database.models import Claim, Event, Report, Source
from api.database.statements import is_among, stream_rows
from api.history.row_versions import archive_rows, begin_row_versions, claims_naming
from api.records.faults import RefusedError
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.reference_cache import ACTIVE, DAYS
from api.records.row_mapping import (
    Columns,
    find_dangling,
    find_duplicates,
    find_keys,
    names_of,
    referred_slugs,
    write_list,
)
from api.records.search_text import NAMES, REPORTED
from api.rules.all_faults import find_faults_of_corrections
from api.rules.claim_matches_reports import OF_CLAIM, OF_REPORT
from api.rules.confusable_names import is_renamed, refuse_look_alikes
from api.rules.dependencies import NEEDED_BY, find_unfounded, needs_footing
from api.rules.fitting_references import OF_EVENT
from api.rules.one_figure_per_scope import is_moved
from api.rules.reports_share_ending import follow_claims, name_report
from api.writes.transaction import Transaction

Document = dict[str, Any]
Change = tuple[Document, Document]  # before, after; both as the In schema loads them


def rewrite_records(
    transaction: Transaction, record_type: RecordType, operation: str, changes: Sequence[Change]
) -> Sequence[Change]:
    """Write changed records of one type, and note each change for the log.

    Return the changes of reports that follow from those of their claims; they are written too.
    Raise `RefusedError` for references to nothing, for new references to inactive records, for new names that look
    like existing ones, and for content that another record has.
    """
    if faults := [
        *find_unfounded(record_type, changes, {}, transaction.register),
        *find_faults_of_corrections(record_type.name, changes, transaction.register, transaction.written[Claim]),
    ]:
        raise RefusedError(faults)
    for old, new in changes:
        if is_renamed(record_type, old, new):
            refuse_look_alikes(record_type, [new], old["id"])
    write_rows(transaction, record_type, changes)
    _note_footing(transaction, record_type, changes)
    for old, new in changes:
        transaction.note(operation, record_type.name, new["id"], old, new)
    return _rewrite_reports(transaction, operation, changes) if record_type.model is Claim else ()


def _rewrite_reports(transaction: Transaction, operation: str, claims: Sequence[Change]) -> list[Change]:
    """Write the reports that get the status of their claims. Return their changes."""
    changes = [*follow_claims(claims)]
    if changes:
        try:
            rewrite_records(transaction, RECORD_TYPES["reports"], operation, changes)
        except RefusedError as refused:
            faults = [name_report(changes[fault.position][1], fault) for fault in refused.faults]
            raise RefusedError(faults) from None
    return changes


def _note_footing(transaction: Transaction, record_type: RecordType, changes: Sequence[Change]) -> None:
    """Note what the end of the transaction must check: claims without a report, moved records, inactive ones."""
    transaction.unsourced.update(find_keys(Claim, _find_unsettled(record_type, changes)).values())
    transaction.moved_landscape.note(record_type.name, changes)
    transaction.moved_relations.note(record_type.name, changes)
    if record_type.model is Event:
        moved = [new["id"] for old, new in changes if any(old[name] != new[name] for name in OF_EVENT)]
        transaction.moved_events.update(find_keys(record_type.model, moved).values())
    if record_type.model is Claim:
        moved = [new["id"] for old, new in changes if is_moved(old, new)]
        transaction.moved.update(find_keys(record_type.model, moved).values())
        restated = [new for old, new in changes if any(old[name] != new[name] for name in OF_CLAIM)]
        transaction.note_restated(restated, find_keys(record_type.model, [new["id"] for new in restated]))
    if record_type.model in NEEDED_BY:
        fallen = [old["id"] for old, new in changes if old["status"] == ACTIVE != new["status"]]
        transaction.fallen[record_type.name].update(find_keys(record_type.model, fallen).values())


def _find_unsettled(record_type: RecordType, changes: Sequence[Change]) -> set[str]:
    """Return claims that need a report again, and claims that lose one: the end checks whether they have another."""
    if record_type.model is Claim:
        return {
            new["id"] for old, new in changes if needs_footing(record_type, new) and not needs_footing(record_type, old)
        }
    if record_type.model is Report:
        fields = ("claim", "status")
        return {old["claim"] for old, new in changes if any(old[name] != new[name] for name in fields)}
    return set()


def write_rows(transaction: Transaction, record_type: RecordType, changes: Sequence[Change]) -> None:
    """Write the rows, their lists and what follows from them. Raise `RefusedError` for what no row can hold."""
    by_slug = find_keys(record_type.model, [new["id"] for _, new in changes])
    copied = [
        by_slug[new["id"]]
        for old, new in changes
        if _copied_values(record_type, old) != _copied_values(record_type, new)
    ]
    named_before = claims_naming(record_type.name, copied) if record_type.name == "reports" else []
    archive_rows(record_type.model, "id", list(by_slug.values()), transaction.revision)
    rows = _build_rows(record_type, [new for _, new in changes], list(by_slug.values()), transaction)
    bulk.update_rows(record_type.model, [{**row, **transaction.stamp} for row in rows], "slug")
    for name in record_type.lists:
        _rewrite_list(
            transaction,
            record_type,
            name,
            [(by_slug[new["id"]], new[name]) for old, new in changes if new[name] != old[name]],
        )
    transaction.touch_records(record_type.model, by_slug.values())
    _refresh_claims(transaction, named_before + claims_naming(record_type.name, copied))
    _note_reported(transaction, record_type, changes)
    if record_type.model is Event:
        _move_claims(transaction, by_slug, changes)


def _build_rows(
    record_type: RecordType, documents: list[Document], record_keys: list[int], transaction: Transaction
) -> Iterator[Document]:
    """Yield the columns of documents, in their order; the records have these keys. Raise `RefusedError`."""
    slugs_by_model = referred_slugs(record_type, documents)
    missing = {model: slugs - transaction.register.find(model, slugs).keys() for model, slugs in slugs_by_model.items()}
    if faults := [
        *find_dangling(record_type, documents, missing),
        *find_duplicates(record_type, documents, transaction.register, record_keys),
    ]:
        raise RefusedError(faults)
    columns = Columns(record_type, documents, transaction.register)
    names = [name for name in names_of(record_type.model) if columns.has_column(name)]
    for values in zip(*map(columns.values_of, names), strict=True):
        yield dict(zip(names, values, strict=True))


def _rewrite_list(
    transaction: Transaction, record_type: RecordType, name: str, owned: list[tuple[int, list[Any]]]
) -> None:
    many = record_type.lists[name]
    owner = getattr(many.table, many.owner)
    owners = [key for key, _ in owned]
    archive_rows(many.table, owner.column_name, owners, transaction.revision)
    if owners:
        many.table.delete().where(owner.in_(owners)).execute()
        write_list(many, owned, transaction.register, transaction.revision)


#: The fields that claims copy from each record type: names for search, days, and the words of their reports.
COPIED: dict[Any, tuple[str, ...]] = {
    **{model: names + DAYS.get(model, ()) for model, names in NAMES.items()},
    Report: ("claim", "source", *REPORTED),
}


def _copied_values(record_type: RecordType, document: Document) -> list[Any]:
    return [document[name] for name in COPIED.get(record_type.model, ())]


def _refresh_claims(transaction: Transaction, claims: list[int]) -> None:
    """Renew the search text of claims that name a changed record, or named it before."""
    begin_row_versions(Claim, claims, transaction.revision)
    transaction.touch_records(Claim, claims)


def _note_reported(transaction: Transaction, record_type: RecordType, changes: Sequence[Change]) -> None:
    """Note the claims whose reports have another figure or grade now."""
    if record_type.model is Report:
        changed = [pair for pair in changes if any(pair[0][name] != pair[1][name] for name in OF_REPORT)]
        transaction.note_reported(report for pair in changed for report in pair)
    elif record_type.model is Source:
        graded = [new["id"] for old, new in changes if old["reliability"] != new["reliability"]]
        has_figure = (Report.status == "active") & Report.qualifier.is_null(False)
        for batch in split_batches(list(find_keys(Source, graded).values())):
            query = Report.select(Report.claim).where(is_among(Report.source, batch), has_figure)
            transaction.reported.update(key for (key,) in stream_rows(*query.sql()))


def _move_claims(transaction: Transaction, by_slug: dict[str, int], changes: Sequence[Change]) -> None:
    """Copy changed days of events to their claims."""
    moved = [new for old, new in changes if _event_days(old) != _event_days(new)]
    days = [{"event": by_slug[new["id"]], **_event_days(new), **transaction.stamp} for new in moved]
    bulk.update_rows(Claim, days, "event")


def _event_days(event: Document) -> Document:
    return {"event_date": event["started_on"], "event_until": event["ended_on"]}
