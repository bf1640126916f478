"""Run an import from its files to the database: all or nothing, and no revision if nothing changed."""

import pathlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from itertools import groupby
from typing import NamedTuple, Protocol

from api.change_log.canonical_json import dump_canonical
from api.database.key_sets import split_batches
from api.database.statements import enlarge_cache
from api.database.writing import writing
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES, RecordType
from api.rules.written_duplicates import COMPETING, DUPLICATE, Pair, find_pairs
from api.writes.transaction import Transaction, open_transaction
from imports.mapping_language.compile import Mapping
from imports.pipeline import dataset_sync, imported_parts
from imports.pipeline.column_checks import find_unmapped
from imports.pipeline.error_report import ErrorReport, ReportLine
from imports.pipeline.flag_oddities import flag_early_statements
from imports.pipeline.moved_rows import MovedRows
from imports.pipeline.no_record import NoRecordError
from imports.pipeline.stage_rows import FileReading, refused_line
from imports.pipeline.staging_store import Staged, Staging, open_staging
from imports.pipeline.withdrawal_guard import MissingRecords, refuse_doubtful
from imports.readers.detect_format import file_states, read_tables, total_size
from imports.readers.tables import Table, UnreadableFileError, hide_content
from schemas.datasets import REASONS

BATCH = 500
CACHE = 32_000  # KiB of pages of SQLite
WHO = "import"
WRITTEN = ("created", "revised", "withdrawn")
WORDS = (*WRITTEN, "unchanged", "kept", "matched")


class ProgressBar(Protocol):
    def update(self, n_steps: int) -> object: ...


Progress = Callable[[str, int], AbstractContextManager[ProgressBar]]


class ImportOptions(NamedTuple):
    files: Sequence[pathlib.Path]
    mapping: Mapping
    release: str
    reason: str
    max_errors: int = 0
    dry_run: bool = False
    vanished: int | None = None  # the announced number of records that the release lacks
    part: str = ""  # of the dataset; empty: the files are all of it


class ImportOutcome(NamedTuple):
    """The outcome of an import. `revision` is None if nothing was written."""

    counts: dict[str, Counter[str]]  # by record type and word of `WORDS`
    rows: int
    refused: int
    ignored: dict[str, int]
    unmapped: list[str]
    absent: list[str]  # columns that the mapping reads and no row has
    file_notes: list[str]  # the tables of the files, with their encoding and so on
    notices: list[str]  # about rows that are not refused
    warnings: list[str]
    pairs: list[Pair]  # records that probably repeat others
    revision: int | None


class DoubleCountingError(Exception):
    """An import after which statistics would count the same deaths twice. The message names the other dataset."""


class _RollbackError(Exception):
    """Rolls a transaction back."""


class ImportRun:
    """One import."""

    def __init__(self, options: ImportOptions, report: ErrorReport, progress: Progress) -> None:
        self.options, self.report, self.progress = options, report, progress
        self.dataset: str = options.mapping.definition["dataset"]["id"]
        self.counts: dict[str, Counter[str]] = {record_type: Counter() for record_type in RECORD_TYPES}
        self.file_notes: list[str] = []
        self.moved = MovedRows()
        self.pairs: list[Pair] = []
        self.missing = 0  # records of the database that the files lack, before anything is written
        self.revision: int | None = None

    def run(self) -> ImportOutcome:
        """Run the import and return its outcome, which counts the refused rows.

        Raise `UnreadableFileError`, `MappingError`, `DoubtfulReleaseError` or `DoubleCountingError`. Other rows may
        refer to records of refused rows. So the files are read again without these, until no further row is refused
        or more rows than allowed are refused.
        """
        while True:
            before = self.report.refused
            with open_staging() as staged:
                reading = self._read_files(staged)
                ends = self.report.refused in (before, *self._too_many())
                if ends:
                    self._settle_documents(staged, before, reading)
            if ends and self.report.refused in (before, *self._too_many()):
                return self._build_outcome(reading)

    def _too_many(self) -> list[int]:
        return [self.report.refused] if self.report.refused > self.options.max_errors else []

    def _build_outcome(self, reading: FileReading) -> ImportOutcome:
        mapping = self.options.mapping
        is_plain = "rows" in mapping.definition
        unmapped_columns = [] if is_plain else find_unmapped(mapping, reading.columns, reading.header)
        if mapping.entries:
            unmapped_columns += mapping.entries.list_unread(mapping.definition["ignore"]["columns"])
        absent = [] if is_plain or not reading.rows else sorted(mapping.needed_columns - reading.columns)
        overlaps = mapping.definition["overlaps"]
        warnings = [
            f"{dataset} is in this database too. {overlaps[dataset]}"
            for dataset in sorted(dataset_sync.existing_datasets(overlaps))
        ]
        warnings += self._report_contradictions(reading)
        refused, ignored = self.report.refused, reading.ignored
        return ImportOutcome(
            self.counts,
            reading.rows,
            refused,
            ignored,
            unmapped_columns,
            absent,
            self.file_notes,
            list(reading.notices.describe_notices()),
            warnings,
            self.pairs,
            self.revision,
        )

    def _report_contradictions(self, reading: FileReading) -> list[str]:
        """Report the rows whose words contradict their own numbers, and return a warning that shows the first one."""
        if not reading.contradictions:
            return []
        self.report.add_lines(reading.contradictions)
        count = f"{reading.contradicted:,} record{'s have' if reading.contradicted > 1 else ' has'}"
        first = self.report.describe_line(reading.contradictions[0])
        return [f"{count} words that contradict the numbers beside them. The first: {first}"]

    def _read_files(self, staged: Staging) -> FileReading:
        reading = FileReading(self.options.mapping, self.options.release, staged, self.report)
        with closing(reading):
            self._stage_files(reading)
        return reading

    def _stage_files(self, reading: FileReading) -> None:
        reading.stage_always()
        self.file_notes = []
        before = list(map(file_states, self.options.files))
        with self.progress("Reading", sum(map(total_size, self.options.files))) as bar:
            for path in self.options.files:
                for table in self._read_tables(path, bar.update):
                    notes = table.notes if reading.stage_table(table) else ("no records",)
                    self.file_notes.append(f"{table.title}: {', '.join(notes)}" if notes else table.title)
        if before != list(map(file_states, self.options.files)):
            raise UnreadableFileError("A file changed while it was being read. Import it again when it is complete.")
        reading.finish()

    def _read_tables(self, path: pathlib.Path, report_progress: Callable[[int], object]) -> Iterator[Table]:
        """Return the tables of a file. If rows are persons, no error shows what the file contains."""
        tables = read_tables(path, self.options.mapping.definition["file"], report_progress)
        if self.options.mapping.grouping is None:
            return tables
        return (table._replace(rows=hide_content(table.rows, table.title)) for table in hide_content(tables, path.name))

    # The verdict for each document -----------------------------------------------------------------------------------

    def _settle_documents(self, staged: Staging, before: int, reading: FileReading) -> None:
        """Write all documents; or nothing if further rows are refused, nothing changes, or it is a dry run."""
        has_changed = True
        with suppress(_RollbackError), open_transaction(self.options.reason, WHO) as transaction:
            self._judge_all(staged)
            if self.report.refused > before or self._too_many():
                raise _RollbackError
            self._count_verdicts(staged)
            if self.options.mapping.has_numbered_rows:
                self.moved.refuse_moved(self._release_label())
            self._check_part(staged, reading)
            self._refuse_double_counting()
            self._refuse_doubtful(staged)
            self._refuse_empty(reading)
            self._register_release(staged, transaction.revision)
            with enlarge_cache(CACHE):
                self._write_records(staged, transaction)
            self._store_part(staged)
            self._note_loose(reading)
            self.pairs = find_pairs(transaction.created, (DUPLICATE, COMPETING))
            self._report_pairs(staged)
            self._report_differences(staged)
            has_changed = any(counts[word] for counts in self.counts.values() for word in WRITTEN)
            if self.options.dry_run or not has_changed:
                raise _RollbackError
            self.revision = transaction.revision
        if not has_changed and not self.options.dry_run:
            with writing():
                self._register_release(staged)
                self._store_part(staged)

    def _check_part(self, staged: Staging, reading: FileReading) -> None:
        """Note a new part of a dataset that has parts. Raise `PartsOfDatasetError` if its name seems to be wrong."""
        if note := imported_parts.check_part(self.dataset, self.options.part, staged.missing_slugs):
            reading.notices.add_sentence(note)

    def _register_release(self, staged: Staging, revision: int | None = None) -> None:
        """Register the release, and the digests of records that an editor had already changed to its version."""
        dataset_sync.register_release(_dataset_row(self.options.mapping), self.options.release, revision)
        for record_type in RECORD_TYPES:
            for batch in staged.read_batches(record_type, BATCH, "adopted"):
                dataset_sync.update_digests(record_type, [entry.document for entry in batch])

    def _judge_all(self, staged: Staging) -> None:
        """Store the verdict for every document. Refuse rows whose id is taken."""
        with self.progress("Comparing", sum(map(staged.count_documents, RECORD_TYPES))) as bar:
            for record_type in RECORD_TYPES:
                if record_type == "claims":
                    flag_early_statements(staged)
                for digests in staged.read_digests(record_type, BATCH):
                    self._judge_batch(record_type, digests, staged)
                    bar.update(len(digests))

    def _judge_batch(self, record_type: str, digests: dict[str, str], staged: Staging) -> None:
        existing, differing = dataset_sync.find_differing(self.dataset, record_type, digests)
        words = dict.fromkeys(existing, "unchanged")
        if differing:
            entries = staged.load_documents(record_type, [slug for slug in digests if slug in differing])
            verdicts = self._judge_differing(record_type, [entries[slug] for slug in digests if slug in differing])
            words |= {entry.document["id"]: verdict.word for entry, verdict in verdicts}
            self.report.add_lines(
                _taken_line(record_type, entry) for entry, verdict in verdicts if verdict.word == "taken"
            )
            for entry, verdict in verdicts:
                if verdict.word == "revised" and verdict.current:
                    self.moved.note_revision(record_type, verdict.current, entry.document)
        staged.set_verdicts(record_type, words)

    def _judge_differing(self, record_type: str, batch: list[Staged]) -> list[tuple[Staged, dataset_sync.Verdict]]:
        verdicts = dataset_sync.judge_differing(self.dataset, record_type, [entry.document for entry in batch])
        return list(zip(batch, verdicts, strict=True))

    def _count_verdicts(self, staged: Staging) -> None:
        for record_type in RECORD_TYPES:
            verdicts = staged.count_verdicts(record_type)
            self.counts[record_type] = Counter({word: verdicts[word] for word in WORDS})
            self.counts[record_type]["unchanged"] += verdicts["adopted"]

    def _refuse_double_counting(self) -> None:
        """Raise `DoubleCountingError` for new or changed claims, if a dataset of `never_beside` has active claims.

        Statistics would add the two, although they count the same people.
        """
        never, claims = self.options.mapping.definition["never_beside"], self.counts["claims"]
        if claims["created"] + claims["revised"] and (present := dataset_sync.datasets_with_claims(sorted(never))):
            lines = "\n".join(f"{dataset} is in this database. {never[dataset]}" for dataset in sorted(present))
            raise DoubleCountingError(
                f"{lines}\nStatistics would count the same deaths twice. Import into a separate database."
            )

    def _refuse_doubtful(self, staged: Staging) -> None:
        if self._is_withdrawing():
            counts = {record_type: self._count_missing(staged, record_type) for record_type in RECORD_TYPES}
            self.missing = sum(records.gone for records in counts.values())
            refuse_doubtful(
                self._release_label(),
                {record_type: records for record_type, records in counts.items() if records.total},
                self.options.vanished,
            )

    def _refuse_empty(self, reading: FileReading) -> None:
        """Raise `NoRecordError` for files without a row, unless the number of missing records is announced."""
        if not reading.rows and self.options.vanished is None:
            raise NoRecordError(
                "The files have no row under their header. To withdraw all records of the dataset, give their number "
                "with --vanished."
            )

    def _count_missing(self, staged: Staging, record_type: str) -> MissingRecords:
        pages = (
            (len(slugs), len(staged.missing_slugs(record_type, slugs))) for slugs in self._list_active(record_type)
        )
        total, gone = map(sum, zip((0, 0), *pages, strict=True))
        return MissingRecords(gone, total)

    def _list_active(self, record_type: str) -> Iterator[list[str]]:
        """Return the ids of the active records that the files should have: those of the dataset, or of its part."""
        if self.options.part:
            return imported_parts.active_members(self.dataset, self.options.part, record_type, BATCH)
        return dataset_sync.active_slugs(self.dataset, record_type, BATCH)

    def _store_part(self, staged: Staging) -> None:
        if self.options.part:
            for record_type in RECORD_TYPES:
                batches = map(list, staged.read_digests(record_type, BATCH))
                imported_parts.store_members(
                    self.dataset, self.options.part, record_type, batches, self._is_withdrawing()
                )

    def _note_loose(self, reading: FileReading) -> None:
        """Note the claims that no part of the dataset has: no release of a part withdraws them."""
        if self.options.part and (note := imported_parts.describe_loose(self.dataset)):
            reading.notices.add_sentence(note)

    def _release_label(self) -> str:
        return f"release {self.options.release} of {self.options.mapping.definition['dataset']['title']}"

    def _report_pairs(self, staged: Staging) -> None:
        """Report the records that probably repeat others, each at its row."""
        for record_type, pairs in groupby(self.pairs, lambda pair: pair.record_type):
            for batch in split_batches(pairs):
                entries = staged.load_documents(record_type, [pair.id for pair in batch])
                self.report.add_lines(
                    ReportLine(entry.tab, entry.row, pair.verdict, *pair[:2], pair.field, pair.existing, pair.message)
                    for pair in batch
                    if (entry := entries.get(pair.id))
                )

    def _report_differences(self, staged: Staging) -> None:
        """Report the fields in which the dataset differs from the records in the database."""
        for record_type in RECORD_TYPES:
            for word in ("kept", "matched"):
                for batch in staged.read_batches(record_type, BATCH, word):
                    self.report.add_lines(
                        line
                        for entry, verdict in self._judge_differing(record_type, batch)
                        for line in _differing_lines(record_type, entry, verdict)
                    )

    # Writing ---------------------------------------------------------------------------------------------------------

    def _write_records(self, staged: Staging, transaction: Transaction) -> None:
        """Write one record type after another, then withdraw missing records.

        So a reinstated record is active before records of later types refer to it.
        """
        with self.progress("Writing", sum(self.counts[record_type]["created"] for record_type in RECORD_TYPES)) as bar:
            staged.mark_carried()
            for record_type in RECORD_TYPES.values():
                self._create_records(record_type, staged, transaction, bar)
                for batch in staged.read_batches(record_type.name, BATCH, "revised"):
                    dataset_sync.revise_records(transaction, record_type.name, [entry.document for entry in batch])
        self._withdraw_missing(staged, transaction)

    def _create_records(
        self, record_type: RecordType, staged: Staging, transaction: Transaction, bar: ProgressBar
    ) -> None:
        size = None if record_type.refers_to_itself else BATCH
        for batch in staged.read_batches(record_type.name, size, "created"):
            carried = (
                staged.load_carried([entry.document["id"] for entry in batch]) if record_type.name == "claims" else []
            )
            self._create_batch(
                transaction, {record_type.name: batch, "reports": carried} if carried else {record_type.name: batch}
            )
            bar.update(len(batch) + len(carried))

    def _create_batch(self, transaction: Transaction, by_type: dict[str, list[Staged]]) -> None:
        """Create records. Refuse rows for faults that only all records together show, such as similar names."""
        try:
            dataset_sync.create_records(
                transaction,
                self.dataset,
                {record_type: [entry.document for entry in batch] for record_type, batch in by_type.items()},
                {record_type: [entry.digest for entry in batch] for record_type, batch in by_type.items()},
            )
        except RefusedError as refused:
            self.report.add_lines(
                _fault_line(by_type[fault.record_type][fault.position], fault) for fault in refused.faults
            )
            raise _RollbackError from None

    def _is_withdrawing(self) -> bool:
        """Return whether missing records are withdrawn: with `vanished: keep` only if their number is announced.

        Not while rows are refused, because those rows may be about the missing records.
        """
        is_wanted = self.options.mapping.definition["vanished"] != "keep" or self.options.vanished is not None
        return is_wanted and not self.report.refused

    def _withdraw_missing(self, staged: Staging, transaction: Transaction) -> None:
        """Withdraw the records that the release no longer has.

        None can be missing now if none was before, except a report that came back with its revised claim.
        """
        is_complete = not self.missing and not any(counts["revised"] for counts in self.counts.values())
        if is_complete or not self._is_withdrawing():
            return
        why = f"Not in {self._release_label()}."
        for record_type in dataset_sync.LAST_FIRST:
            for slugs in self._list_active(record_type):
                result = dataset_sync.withdraw_records(
                    transaction, self.dataset, record_type, staged.missing_slugs(record_type, slugs), why
                )
                self.counts[record_type].update(withdrawn=len(result.withdrawn), kept=len(result.unchanged))
                self.counts["reports"].update(withdrawn=len(result.reports))
                self.report.add_lines(
                    ReportLine(0, 0, "kept", record_type, slug, "status", "vanished", reason)
                    for slug, reason in result.unchanged.items()
                )


def _dataset_row(mapping: Mapping) -> dict[str, str]:
    dataset = mapping.definition["dataset"]
    return {
        "slug": dataset["id"],
        **{name: dataset[name] for name in ("title", "publisher", "url", "licence", "citation", "counts")},
        **{name: dump_canonical(mapping.definition[name]).decode() for name in REASONS},
    }


def _fault_line(entry: Staged, fault: Fault) -> ReportLine:
    return refused_line(entry.tab, entry.row, entry.document, fault)


def _taken_line(record_type: str, entry: Staged) -> ReportLine:
    allowed = "The id belongs to a record from elsewhere. Use another id."
    return ReportLine(
        entry.tab, entry.row, "refused", record_type, entry.document["id"], "id", entry.document["id"], allowed
    )


def _differing_lines(record_type: str, entry: Staged, verdict: dataset_sync.Verdict) -> Iterator[ReportLine]:
    for field, value in sorted(entry.document.items()):
        current = (verdict.current or {}).get(field)
        if value != current:
            allowed = f"The record has {current!r}."
            yield ReportLine(
                entry.tab, entry.row, verdict.word, record_type, entry.document["id"], field, value, allowed
            )
