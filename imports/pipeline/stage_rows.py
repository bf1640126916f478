"""Turn rows of files into staged documents: map them, validate them, look up their references, report every fault."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from api.records.faults import Fault, RefusedError
from api.records.named_references import describe_wrong_name, is_same_name, load_names, name_field
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.row_mapping import find_keys, referred_slugs, validate_documents
from imports.mapping_language.cells import Cells, UnfitCellError
from imports.mapping_language.compile import Mapping, MappingError
from imports.mapping_language.group_rows import GroupCounter
from imports.mapping_language.record_makers import RecordDocument
from imports.mapping_language.row_keys import KEY, number_key
from imports.packages import claims_alone, native_rows
from imports.pipeline.column_checks import find_unmatched, refuse_missing_columns
from imports.pipeline.dataset_sync import SHARED
from imports.pipeline.error_report import ErrorReport, ReportLine
from imports.pipeline.no_record import NoRecordError, describe_unmet
from imports.pipeline.row_notices import RowNotices
from imports.pipeline.staging_store import Document, NamedRow, Reference, Staged, Staging
from imports.pipeline.sum_rows import find_sum
from imports.pipeline.unfit_rows import sound_cells, why_left_out
from imports.readers.tables import Table
from schemas.figures import OF_REPORT
from schemas.phrase_check import describe_contradiction
from schemas.sentences import count_noun

CHUNK = 500
REMEMBERED = 5_000
SAME = "the same as an earlier row in all that the mapping reads, so read once; another event would need another id"
READS_AS_SUM = " reads as a sum of other rows. If it is one, leave it out with `ignore: rows`"
LISTED_CONTRADICTIONS = 1_000
NOT_SHOWN = "(not shown, because the row is about a person)"
Make = Callable[[Cells], Iterable[RecordDocument]]
Loaded = dict[str, list[Staged]]  # documents as their schemas load them, by record type in the order of `RECORD_TYPES`


#: The functions that make records from rows under our own columns, by the mapping's `rows`.
MAKERS = {"plain": native_rows.build_maker, "claims": claims_alone.build_maker}


class FileReading:
    """One reading of all files."""

    def __init__(self, mapping: Mapping, release: str, staging: Staging, report: ErrorReport) -> None:
        self.mapping, self.release, self.staging, self.report = mapping, release, staging, report
        self.rows, self.columns, self.ignored = 0, set[str](), dict[str, int]()
        self.header = set[str]()  # the columns of tables: the others are of JSON
        self.notices, self.made, self.seen = RowNotices(), Counter[int](), Counter[int]()  # rows by table
        self.counter = GroupCounter(mapping.grouping) if mapping.grouping else None
        self.existing = {record_type: set[str]() for record_type in RECORD_TYPES}  # a cache: staged or in the database
        self.names: dict[tuple[str, str], set[Any]] = {}  # a cache of the names of records, staged and in the database
        self.contradictions: list[ReportLine] = []  # the first rows whose words contradict their numbers
        self.contradicted = 0  # the number of all these
        self.repeated: dict[tuple[str, str], Document] = {}  # a cache of documents that several rows make

    def stage_always(self) -> None:
        """Stage the records of `always`, which come from no row.

        Raise `MappingError` if one is refused, because all rows that refer to it would be refused too.
        """
        self.report.names[:] = [f"{self.mapping.name}, always"]
        before, records = self.report.refused, self.mapping.always({"release": self.release})
        self._stage_rows(0, [(place, [record]) for place, record in enumerate(records, 1)])
        if self.report.refused > before:
            raise MappingError("\n".join(self.report.first))

    def stage_table(self, table: Table) -> bool:
        """Stage all rows of a table. Return False for a sheet of our own workbooks that has no records.

        Raise `UnreadableFileError` if the table lacks a column that the mapping reads.
        """
        if self._is_plain() and table.book and "id" not in (table.columns or ()):
            return False
        self._check_columns(table)
        self.report.names.append(table.title)
        tab, rows = len(self.report.names) - 1, iter(table.rows)
        make = self._record_maker(table, tab)
        while chunk := list(islice(rows, CHUNK)):
            self._stage_rows(
                tab,
                [
                    (number, records)
                    for number, cells in chunk
                    if (records := self._make_records(tab, number, cells, make))
                ],
            )

        return True

    def _is_plain(self) -> bool:
        return "rows" in self.mapping.definition

    def _check_columns(self, table: Table) -> None:
        if table.columns is None or self._is_plain():
            return
        self.columns.update(table.columns)
        self.header.update(table.columns)
        refuse_missing_columns(self.mapping, table)

    def _record_maker(self, table: Table, tab: int) -> Make:
        if self._is_plain():
            return MAKERS[self.mapping.definition["rows"]](table)
        extra_cells = {"release": self.release, "file": table.name}
        if self.counter:
            return lambda cells: self._count_row(tab, table.name, self.mapping.prepare_cells({**extra_cells, **cells}))
        return lambda cells: self.mapping.records(self._add_key(self.mapping.prepare_cells({**extra_cells, **cells})))

    def _add_key(self, cells: dict[str, Any]) -> dict[str, Any]:
        """Return the cells with the key of the row. If an earlier row has the same, note it."""
        if self.mapping.read_key is None:
            return cells
        key = self.mapping.read_key(cells)
        if (occurrence := self.staging.count_key(key)) > 1:
            columns = ", ".join(self.mapping.definition["key"])
            self.mapping.oddities.append(f"an earlier row has the same {columns}, so only their order tells them apart")
        return cells | {KEY: number_key(key, occurrence)}

    def _count_row(self, tab: int, file: str, cells: Cells) -> list[RecordDocument]:
        """Count a row. It makes no record: its group does."""
        assert self.counter
        number = cells["row"]
        if notice := self.counter.count_row(tab, number, file, cells):
            self.notices.add_notice(notice, self.report.name_row(tab, number))
        return []

    def _stage_groups(self) -> None:
        """Stage the records of counted groups, table by table."""
        if self.counter is None:
            return
        for tab, groups in groupby(self.counter.read_groups(), itemgetter(0)):
            while chunk := list(islice(groups, CHUNK)):
                self._stage_rows(tab, [(row, self._make_group_records(tab, row, cells)) for _, row, cells in chunk])

    def close(self) -> None:
        """Delete what was remembered of persons."""
        if self.counter:
            self.counter.close()

    def _make_group_records(self, tab: int, row: int, cells: Cells) -> list[RecordDocument]:
        try:
            records = self.mapping.records({"release": self.release, **cells})
            self._note_row(tab, row, bool(records))
            return records
        except UnfitCellError as unfit:
            self._refuse_row(tab, row, unfit)
            return []

    def _note_row(self, tab: int, number: int, has_records: bool) -> None:
        """Note what a reader should know of a row that is not refused."""
        self.made[tab] += has_records
        if not has_records and not self.counter:
            self.notices.add_notice("no record was made", self.report.name_row(tab, number))
        for message in dict.fromkeys(self.mapping.oddities):
            self.notices.add_notice(message, self.report.name_row(tab, number))
        self.mapping.oddities.clear()
        for sentence in self.mapping.entries.describe_silent() if self.mapping.entries else ():
            self.notices.add_sentence(sentence)

    def _refuse_row(self, tab: int, row: int, unfit: UnfitCellError) -> None:
        """Report a cell. Its content is left out if the row is a person."""
        if self.mapping.entries:
            self.mapping.entries.labels.clear()
        value = NOT_SHOWN if self.counter else unfit.value
        self.report.add_lines([ReportLine(tab, row, "refused", "", "", unfit.column, value, unfit.allowed)])

    def _make_records(self, tab: int, number: int, cells: Cells | UnfitCellError, make: Make) -> list[RecordDocument]:
        """Return the documents of a row; none if the row is ignored or refused."""
        self.rows += 1
        self.seen[tab] += 1
        if self.report.is_refused(tab, number):
            return []
        try:
            if (why := why_left_out(self.mapping, cells)) is not None:
                self.ignored[why] = self.ignored.get(why, 0) + 1
                self.seen[tab] -= 1
                return []
            cells = sound_cells(self.mapping, cells)
            if not self._is_plain():
                self.columns.update(cells)
                cells = {"row": number, **cells}
            records = list(make(cells))
            if field := find_sum(records):
                self.notices.add_notice(f"{field}{READS_AS_SUM}", self.report.name_row(tab, number))
            self._note_row(tab, number, bool(records))
            return records
        except UnfitCellError as unfit:
            self._refuse_row(tab, number, unfit)
            return []

    def _stage_rows(self, tab: int, rows: list[tuple[int, list[RecordDocument]]]) -> None:
        loaded = self._validate_records(tab, rows)
        unshared = loaded.keys() - SHARED if tab else ()
        same = {entry.row for record_type in unshared for entry in loaded[record_type]}
        for record_type, entries in loaded.items():
            same -= self._put_documents(record_type, entries)
            self._note_contradictions(record_type, entries)
        for row in sorted(same):
            self.notices.add_notice(SAME, self.report.name_row(tab, row))
        self._follow_references(loaded)
        self._note_names(tab, rows)

    # Validation ------------------------------------------------------------------------------------------------------

    def _validate_records(self, tab: int, rows: list[tuple[int, list[RecordDocument]]]) -> Loaded:
        """Return the documents as their schemas load them, without those of refused rows."""
        documents: dict[str, list[tuple[int, Document]]] = {record_type: [] for record_type in RECORD_TYPES}
        for row, records in rows:
            for record in records:
                documents[record.record_type].append((row, record.document))
        before = self.report.refused
        loaded = {
            record_type: self._validate_documents(tab, RECORD_TYPES[record_type], pairs)
            for record_type, pairs in documents.items()
            if pairs
        }
        if self.report.refused == before:
            return loaded
        return {
            record_type: [entry for entry in entries if not self.report.is_refused(tab, entry.row)]
            for record_type, entries in loaded.items()
        }

    def _validate_documents(
        self, tab: int, record_type: RecordType, documents: list[tuple[int, Document]]
    ) -> list[Staged]:
        try:
            loaded = validate_documents(record_type, [document for _, document in documents])
        except RefusedError as refused:
            self.report.add_lines(refused_line(tab, *documents[fault.position], fault) for fault in refused.faults)
            return self._validate_documents(
                tab, record_type, [pair for pair in documents if not self.report.is_refused(tab, pair[0])]
            )
        return [Staged(document, tab, row) for (row, _), document in zip(documents, loaded, strict=True)]

    def _note_contradictions(self, record_type: str, entries: list[Staged]) -> None:
        """Remember the claims and reports whose words contradict their own numbers. They are imported as given."""
        if record_type not in ("claims", "reports"):
            return
        for document, tab, row, *_ in entries:
            if message := describe_contradiction(document):
                self.contradicted += 1
                if len(self.contradictions) < LISTED_CONTRADICTIONS:
                    place = (tab, row, "contradiction", record_type, document["id"], "phrase")
                    self.contradictions.append(ReportLine(*place, document["phrase"], message))

    # One record from several rows ------------------------------------------------------------------------------------

    def _put_documents(self, record_type: str, entries: list[Staged]) -> set[int]:
        """Stage documents. Return the rows that differ from all earlier ones in a document."""
        differing = set[int]()
        new: dict[str, Staged] = {}
        if self.repeated and not self.counter:
            repeated = self.repeated
            entries = [
                entry for entry in entries if repeated.get((record_type, entry.document["id"])) != entry.document
            ]
        staged = self.staging.load_documents(record_type, sorted({entry.document["id"] for entry in entries}))
        for entry in entries:
            slug = entry.document["id"]
            before = new.get(slug) or staged.get(slug)
            if before is None:
                new[slug] = entry
                differing.add(entry.row)
            elif self.counter and record_type == "claims" and (before.tab, before.row) != (entry.tab, entry.row):
                self._refuse_second_group(before, entry)
            elif (united := self._unite_documents(record_type, before, entry)) and united.document == before.document:
                self._remember_repeated((record_type, slug), entry.document)  # the row adds nothing to the record
            else:
                differing.add(entry.row)
                new |= {slug: united} if united else {}
        self.staging.put_documents(record_type, new.values())
        return differing

    def _refuse_second_group(self, before: Staged, after: Staged) -> None:
        """Refuse the claim of a counted group that another group makes too: the people of one would be lost."""
        allowed = (
            f"{self.report.name_row(before.tab, before.row)} begins another group, which makes the same claim. Write "
            "what forms the groups alike, for example with a table, or put into the id what tells the groups apart."
        )
        slug = after.document["id"]
        self.report.add_lines([ReportLine(after.tab, after.row, "refused", "claims", slug, "id", slug, allowed)])

    def _remember_repeated(self, key: tuple[str, str], document: Document) -> None:
        if len(self.repeated) >= REMEMBERED:
            self.repeated.clear()
        self.repeated[key] = document

    def _unite_documents(self, record_type: str, before: Staged, after: Staged) -> Staged | None:
        """Join the lists of two rows' documents. Refuse the second row, and return None, if another field differs.

        A row may leave out fields of a record of `always`, which is complete without it.
        """
        union, defaults = dict(before.document), DEFAULTS[record_type] if before.tab == 0 else {}
        for field, value in after.document.items():
            if value == union[field] or field in defaults and value == defaults[field]:
                continue
            if not isinstance(value, list):
                allowed = f"{self.report.name_row(before.tab, before.row)} gives the same record with {union[field]!r}."
                self.report.add_lines(
                    [
                        ReportLine(
                            after.tab, after.row, "refused", record_type, after.document["id"], field, value, allowed
                        )
                    ]
                )
                return None
            union[field] = sorted([*union[field], *(entry for entry in value if entry not in union[field])], key=repr)
        return Staged(union, before.tab, before.row)

    # References ------------------------------------------------------------------------------------------------------

    def _follow_references(self, loaded: Loaded) -> None:
        """Store the references to records that are neither in this chunk nor staged nor in the database."""
        referred: dict[str, set[str]] = {record_type: set() for record_type in RECORD_TYPES}
        for record_type, entries in loaded.items():
            documents = [entry.document for entry in entries]
            for model, slugs in referred_slugs(RECORD_TYPES[record_type], documents).items():
                referred[TYPE_BY_MODEL[model]] |= slugs
        for record_type, slugs in referred.items():
            slugs -= {entry.document["id"] for entry in loaded.get(record_type, ())}
            slugs -= self._find_existing(record_type, slugs)
        if any(referred.values()):
            self.staging.add_references(
                Reference(target, slug, entry.tab, entry.row, record_type, entry.document["id"], field)
                for record_type, entries in loaded.items()
                for entry in entries
                for target, slug, field in list_references(record_type, entry.document)
                if slug in referred[target]
            )

    def _find_existing(self, record_type: str, slugs: set[str]) -> set[str]:
        """Return those of the ids that are staged or in the database, and possibly others."""
        existing = self.existing[record_type]
        if len(existing) >= REMEMBERED:
            existing.clear()
        if unknown := sorted(slugs - existing):
            absent = self.staging.missing_slugs(record_type, unknown)
            stored = find_keys(RECORD_TYPES[record_type].model, absent) if absent else {}
            existing |= set(unknown) - set(absent) | stored.keys()
        return existing

    # Names -----------------------------------------------------------------------------------------------------------

    def _note_names(self, tab: int, rows: list[tuple[int, list[RecordDocument]]]) -> None:
        """Store the names of references that are not known to be right. A later row may give the record this name."""
        sent = [
            NamedRow(
                TYPE_BY_MODEL[name.model], name.id, str(name.name), tab, row, record.record_type,
                str(record.document.get("id", "")), name.path,
            )
            for row, records in rows
            if not self.report.is_refused(tab, row)
            for record in records
            for name in record.names
        ]  # fmt: skip
        self._learn_names(sent)
        self.staging.add_names(name for name in sent if not self._is_named(name))

    def _is_named(self, name: NamedRow) -> bool:
        return any(is_same_name(name.name, known) for known in self.names.get((name.record_type, name.slug), ()))

    def _learn_names(self, sent: Iterable[NamedRow]) -> None:
        if len(self.names) >= REMEMBERED:
            self.names.clear()
        new = {(name.record_type, name.slug) for name in sent} - self.names.keys()
        for record_type, keys in groupby(sorted(new), itemgetter(0)):
            model, slugs = RECORD_TYPES[record_type].model, [slug for _, slug in keys]
            for slug, name in load_names(model, slugs).items():
                self.names[record_type, slug] = {name}
            for slug, staged in self.staging.load_documents(record_type, slugs).items():
                self.names.setdefault((record_type, slug), set()).add(staged.document[name_field(model)])

    def _misnamed_lines(self) -> Iterator[ReportLine]:
        """Yield a line for each name that the record has neither in the database nor in the files."""
        self.names.clear()
        for sent in self.staging.read_names(CHUNK):
            self._learn_names(sent)
            for name in sent:
                names = self.names.get((name.record_type, name.slug))
                if names and not self._is_named(name):
                    message = describe_wrong_name(name.slug, min(map(str, names)), name.name)
                    yield ReportLine(name.tab, name.row, "refused", name.owner, name.id, name.field, name.name, message)

    def refuse_without_record(self) -> None:
        """Raise `NoRecordError` for a table of which no row makes a record, and for files whose rows are all left out.

        A file without a row is no fault here: with an announced number it withdraws its dataset.
        """
        if self.report.refused or self._is_plain():
            return
        # A group may have rows of several tables.
        barren = [] if self.counter else [tab for tab in self.seen if self.seen[tab] and not self.made[tab]]
        if not barren and (any(self.made.values()) or not self.rows):
            return
        titles = [self.report.names[tab] for tab in barren] or self.report.names[1:]
        raise NoRecordError("\n".join(self._explain_no_record(titles)))

    def _explain_no_record(self, titles: Sequence[str]) -> Iterator[str]:
        yield f"No row of {', '.join(titles)} makes a record."
        if absent := sorted(self.mapping.needed_columns - self.columns | find_unmatched(self.mapping, self.columns)):
            yield f"No row has the columns {', '.join(absent)}."
        yield from describe_unmet(self.mapping.definition["records"])
        yield from (f"{count_noun(number, 'row')} left out: {why}" for why, number in self.ignored.items())
        yield "Is it the right file for the mapping, and the right part of the file?"

    def finish(self) -> None:
        """Stage counted groups. Report wrong names, references to missing records, and claims without a source."""
        self._stage_groups()
        self.refuse_without_record()
        self.report.add_lines(self._misnamed_lines())
        self.report.add_lines(
            ReportLine(
                reference.tab,
                reference.row,
                "refused",
                reference.owner,
                reference.id,
                reference.field,
                reference.slug,
                f"There is no such record among the {reference.record_type}.",
            )
            for reference in self.staging.open_references()
        )
        self.report.add_lines(
            ReportLine(
                claim.tab,
                claim.row,
                "refused",
                "claims",
                claim.document["id"],
                "id",
                "no report",
                "Every claim needs a source.",
            )
            for claim in self._claims_without_source()
        )

    def _claims_without_source(self) -> Iterator[Staged]:
        for claim in self.staging.claims_without_report():
            if not find_keys(RECORD_TYPES["claims"].model, [claim.document["id"]]):
                yield claim


def list_references(record_type: str, document: Document) -> Iterator[tuple[str, str, str]]:
    """Return the record type, id and field of each reference of a document."""
    for field, model in RECORD_TYPES[record_type].references.items():
        if document[field] is not None:
            yield TYPE_BY_MODEL[model], document[field], field
    for field, many in RECORD_TYPES[record_type].lists.items():
        for entry in document[field]:
            yield TYPE_BY_MODEL[many.model], many.slug_of(entry), field


TYPE_BY_MODEL = {record_type.model: record_type.name for record_type in RECORD_TYPES.values()}

#: The value of each field that a document does not state, by record type.
DEFAULTS = {
    record_type.name: {name: field.load_default for name, field in record_type.schema.fields.items()}
    for record_type in RECORD_TYPES.values()
}


def refused_line(tab: int, row: int, document: Document, fault: Fault) -> ReportLine:
    """Return the report line for a fault in a document of a row, with the value of the field."""
    value: Any = document
    for step in fault.field.split("/"):
        value = value[int(step)] if isinstance(value, list) and step.isdigit() else _get_value(value, step)
    lacks_figure = fault.field == "qualifier" and all(document.get(name) is None for name in OF_REPORT)
    message = NO_FIGURE if lacks_figure else fault.message
    return ReportLine(tab, row, "refused", fault.record_type, str(document.get("id", "")), fault.field, value, message)


NO_FIGURE = (
    "The claim has no figure, because the cells for it are empty. Leave such rows out, or make the claim only "
    "`when: {column: …, empty: false}`."
)


def _get_value(content: Any, step: str) -> Any:
    return content.get(step) if isinstance(content, dict) else None
