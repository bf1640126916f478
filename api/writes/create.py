"""New records: either all are written under one revision, or none is written and every fault is reported."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from api.database import bulk
from api.database.models import Claim, Conflict, Side, Source
from api.history.revisions import current_revision
from api.history.row_versions import begin_row_versions
from api.records.faults import Fault, Faults, RefusedError
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.reference_cache import ACTIVE, Named
from api.records.row_mapping import Columns, find_keys, names_of, validate_documents, write_list
from api.records.search_text import NAMED_BY_CLAIMS, fold_record, fold_report
from api.rules import all_faults
from api.rules.confusable_names import refuse_look_alikes
from api.rules.reports_share_ending import end_with_claims, ending_of
from api.writes.transaction import Transaction, open_transaction

Documents = Mapping[str, Sequence[Mapping[str, Any]]]
Loaded = dict[str, list[dict[str, Any]]]


def create_records(documents: Documents, reason: str, who: str = "seed", faults: Faults | None = None) -> int:
    """Write records of any types under one new revision. Return its number; raise `RefusedError` with every fault.

    `faults` are those of earlier checks. Without records there is no new revision, because the change log would have
    no entry for it.
    """
    faults = faults or Faults()
    with faults.collect_faults():
        faults.raise_if_any()
        return _write_records(documents, reason, who)
    all_faults.gather_new(documents, faults)
    raise faults.build_error()


def _write_records(documents: Documents, reason: str, who: str) -> int:
    loaded = check_documents(documents)
    if not loaded:
        return current_revision()
    if "reports" in loaded:
        endings = {claim["id"]: ending_of(claim) for claim in loaded.get("claims", ())}
        loaded["reports"] = end_with_claims(loaded["reports"], endings)
    with open_transaction(reason, who) as transaction:
        _Batch(transaction, loaded).write()
        transaction.vouched.update(key for key in transaction.claims if key in transaction.reported)
    return transaction.revision


def add_batch(transaction: Transaction, documents: Documents) -> None:
    """Write one of any number of batches of records of a package in an open transaction.

    Records may refer to each other and to all earlier ones. A claim may get its report in a later batch: the end of
    the transaction refuses claims without one. Raise `RefusedError` with the faults of the batch; positions count
    within it. Nothing of a refused batch is written, and the transaction may go on.
    """
    _Batch(transaction, check_documents(documents)).write(may_have_old_flags=True)


def add_loaded(transaction: Transaction, loaded: Loaded) -> None:
    """Do the same for documents that their schemas have loaded: an importer has validated them row by row.

    No flag is older than the records: a claim with one that it does not need is refused.
    """
    _Batch(
        transaction, {record_type: loaded[record_type] for record_type in RECORD_TYPES if loaded.get(record_type)}
    ).write()


def put(transaction: Transaction, loaded: Loaded) -> None:
    """Write documents from the change log without checks: they were checked when they were first written."""
    _Batch(transaction, loaded).put()


def check_documents(documents: Documents) -> Loaded:
    """Return the documents of each record type as its schema loads them. Raise `RefusedError` with every fault."""
    loaded: Loaded = {}
    faults: list[Fault] = []
    for record_type in RECORD_TYPES.values():
        try:
            if documents.get(record_type.name):
                loaded[record_type.name] = validate_documents(record_type, documents[record_type.name])
        except RefusedError as refused:
            faults += refused.faults
    if faults:
        raise RefusedError(faults)
    return loaded


class _Batch:
    """Records that are written together, in an order in which they refer only to earlier types."""

    def __init__(self, transaction: Transaction, loaded: Loaded) -> None:
        self.transaction, self.loaded = transaction, loaded
        self.reports: dict[str, list[dict[str, Any]]] = defaultdict(list)  # of each claim
        for report in loaded.get("reports", ()):
            self.reports[report["claim"]].append(report)

    def write(self, may_have_old_flags: bool = False) -> None:
        """Check the records and write them. Raise `RefusedError` before anything is written."""
        written = self.transaction.written[Claim]
        if faults := [
            *all_faults.find_faults_among(self.loaded, self.transaction.register, written, may_have_old_flags)
        ]:
            raise RefusedError(faults)
        for name, documents in self.loaded.items():
            refuse_look_alikes(RECORD_TYPES[name], documents)
        self.put()

    def put(self) -> None:
        for name, documents in self.loaded.items():
            written = self._write_records(RECORD_TYPES[name], documents)
            for keys in (self.transaction.written, self.transaction.created):
                keys[RECORD_TYPES[name].model].update(written.values())
            self.transaction.note_created(name, documents)
            if RECORD_TYPES[name].model in (Conflict, Side):
                self.transaction.register.forget(RECORD_TYPES[name].model)
            if name == "claims":
                self._note_unsourced(written)
                self.transaction.note_flagged(documents, written)
        self.transaction.note_reported(self.loaded.get("reports", ()))
        self._refresh_older_claims()

    def _note_unsourced(self, claims: Mapping[str, int]) -> None:
        """Note the new claims, and those that have no active report yet."""
        carried = {report["claim"] for report in self.loaded.get("reports", ()) if report["status"] == "active"}
        self.transaction.claims.update(claims.values())
        self.transaction.unsourced.update(key for slug, key in claims.items() if slug not in carried)

    # Rows --------------------------------------------------------------------------------------------------------

    def _write_records(self, record_type: RecordType, documents: list[dict[str, Any]]) -> dict[str, int]:
        """Write the rows of one record type. Return their keys by slug."""
        transaction, register = self.transaction, self.transaction.register
        columns = Columns(record_type, documents, register)
        slugs = columns.raw_values("id")
        keys = bulk.new_keys(record_type.model, len(slugs))
        stamp = {"created_at": transaction.made_at, **transaction.stamp}
        extra_columns: dict[str, Iterable[Any]] = {name: [value] * len(keys) for name, value in stamp.items()}
        extra_columns |= {"id": keys, "folded": self._fold_documents(record_type, columns)}
        in_order = [extra_columns.get(name) or columns.values_of(name) for name in names_of(record_type.model)]
        bulk.insert_rows(record_type.model, zip(*in_order, strict=True))
        written = dict(zip(slugs, keys, strict=True))
        if record_type.model is Claim:
            active = (status == ACTIVE for status in columns.raw_values("status"))
            register.add(Claim, {slug: written[slug] for slug in itertools.compress(slugs, active)})
        for name in record_type.self_references:
            self._point_within(record_type, name, written)
        for name, many in record_type.lists.items():
            write_list(many, list(zip(keys, columns.raw_values(name), strict=True)), register, transaction.revision)
        return written

    def _fold_documents(self, record_type: RecordType, columns: Columns) -> list[str]:
        """Return the search text of each document.

        The text of a claim also has the names of the records that it refers to, and the words of its reports.
        """
        if record_type.model is not Claim:
            return [fold_record(record_type.model, document) for document in columns.documents]
        named = zip(*(columns.named[name] for name in NAMED_BY_CLAIMS), strict=True)
        return [
            fold_record(
                Claim,
                document,
                [reference.words for reference in names if reference] + self._report_words(document["id"]),
            )
            for document, names in zip(columns.documents, named, strict=True)
        ]

    def _report_words(self, claim: str) -> list[str]:
        words: list[str] = []
        for report in self.reports.get(claim, ()):
            words += fold_report(report), self.sources[report["source"]].words
        return words

    @cached_property
    def sources(self) -> Mapping[str, Named]:
        """Return the sources of the reports. They are written before the claims."""
        reports = self.loaded.get("reports", ())
        return self.transaction.register.find(Source, {report["source"] for report in reports})

    def _point_within(self, record_type: RecordType, name: str, written: Mapping[str, int]) -> None:
        """Set the references among records of one type, after all of them have keys."""
        pointing = [document for document in self.loaded[record_type.name] if document[name] is not None]
        targets = self.transaction.register.find(record_type.model, {document[name] for document in pointing})
        for document in pointing:
            key = written[document["id"]]
            record_type.model.update({name: targets[document[name]].key}).where(record_type.model.id == key).execute()

    # Older claims -------------------------------------------------------------------------------------------------

    def _refresh_older_claims(self) -> None:
        """Renew the search text of older claims that get a report. Their old text stays in their row versions."""
        new_ids = {document["id"] for document in self.loaded.get("claims", ())}
        if before := list(find_keys(Claim, self.reports.keys() - new_ids).values()):
            begin_row_versions(Claim, before, self.transaction.revision)
            self.transaction.touch_records(Claim, before)
