"""An import from its files to the database: all of it or nothing, and nothing at all where nothing changed."""

import pathlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from typing import NamedTuple, Protocol

from api.db import writing
from api.records import intake
from api.records.faults import Fault, Refused
from api.records.nouns import NOUNS, Noun
from api.records.transaction import Transaction, transaction
from seeds.language.load import Mapping
from seeds.readers.open import size, state, tables
from seeds.readers.tables import Unreadable
from seeds.reading import Reading, refusal, unmapped
from seeds.reports import Line, Report
from seeds.staging import Staged, Staging, staging
from seeds.vanishing import Lacking, refuse_doubtful

BATCH = 500
WHO = "import"
WRITTEN = ("created", "revised", "withdrawn")
WORDS = (*WRITTEN, "unchanged", "kept", "matched")


class Bar(Protocol):
    def update(self, n_steps: int) -> object: ...


Progress = Callable[[str, int], AbstractContextManager[Bar]]


class Asked(NamedTuple):
    files: Sequence[pathlib.Path]
    mapping: Mapping
    release: str
    reason: str
    max_errors: int = 0
    dry_run: bool = False
    vanished: int | None = None  # how many records the release is known to lack


class Told(NamedTuple):
    """What came of it. `revision` is None where nothing was written."""

    counts: dict[str, Counter[str]]  # by noun and word of `WORDS`
    rows: int
    refused: int
    ignored: dict[str, int]
    unmapped: list[str]
    absent: list[str]  # columns of files whose rows name their own
    found: list[str]  # what was found out about the files
    warnings: list[str]
    revision: int | None


class Twice(Exception):
    """An import after which statistics would count the same dead twice; the message says of which dataset they are."""


class _Undone(Exception):
    """Ends a transaction of which nothing is to stay."""


class Run:
    """One import."""

    def __init__(self, asked: Asked, report: Report, progress: Progress) -> None:
        self.asked, self.report, self.progress = asked, report, progress
        self.dataset: str = asked.mapping.told["dataset"]["id"]
        self.counts: dict[str, Counter[str]] = {noun: Counter() for noun in NOUNS}
        self.found: list[str] = []
        self.revision: int | None = None

    def run(self) -> Told:
        """Raises `Unreadable` for files that are not what they should be, `Doubtful`, `Twice`; refused rows are told.

        Rows that are refused may have been what others stood on: the files are read again without them until no
        further row is refused, or more than are allowed.
        """
        while True:
            before = self.report.refused
            with staging() as staged:
                reading = self._read(staged)
                ends = self.report.refused in (before, *self._too_many())
                if ends:
                    self._settle(staged, before)
            if ends and self.report.refused in (before, *self._too_many()):
                return self._told(reading)

    def _too_many(self) -> list[int]:
        return [self.report.refused] if self.report.refused > self.asked.max_errors else []

    def _told(self, reading: Reading) -> Told:
        mapping = self.asked.mapping
        plain = mapping.told.get("rows") == "plain"
        left = [] if plain else unmapped(mapping, reading.columns)
        absent = [] if plain or not reading.rows else sorted(mapping.needed - reading.columns)
        overlaps = mapping.told["overlaps"]
        warnings = [f"{dataset} is here too. {overlaps[dataset]}" for dataset in sorted(intake.imported(overlaps))]
        refused, ignored = self.report.refused, reading.ignored
        return Told(self.counts, reading.rows, refused, ignored, left, absent, self.found, warnings, self.revision)

    def _read(self, staged: Staging) -> Reading:
        reading = Reading(self.asked.mapping, self.asked.release, staged, self.report)
        reading.always()
        self.found = []
        before = list(map(state, self.asked.files))
        with self.progress("Reading", sum(map(size, self.asked.files))) as bar:
            for path in self.asked.files:
                for table in tables(path, self.asked.mapping.told["file"], bar.update):
                    told = table.told if reading.table(table) else ("no records",)
                    self.found.append(f"{table.title}: {', '.join(told)}" if told else table.title)
        if before != list(map(state, self.asked.files)):
            raise Unreadable("A file was changed while it was read: half of a release would withdraw the other half.")
        reading.finish()
        return reading

    # What becomes of each document -----------------------------------------------------------------------------------

    def _settle(self, staged: Staging, before: int) -> None:
        """Write all; or nothing where further rows are refused, where nothing changes, and in a dry run."""
        changed = True
        with suppress(_Undone), transaction(self.asked.reason, WHO) as made:
            self._judge_all(staged)
            if self.report.refused > before or self._too_many():
                raise _Undone
            self._count(staged)
            self._refuse_twice()
            self._refuse_doubtful(staged)
            self._register(staged, made.revision)
            self._write(staged, made)
            self._tell(staged)
            changed = any(counts[word] for counts in self.counts.values() for word in WRITTEN)
            if self.asked.dry_run or not changed:
                raise _Undone
            self.revision = made.revision
        if not changed and not self.asked.dry_run:
            with writing():
                self._register(staged)

    def _register(self, staged: Staging, revision: int | None = None) -> None:
        """Note the release, and that records read as it has them which an editor had changed to just that."""
        intake.register(_told_of(self.asked.mapping), self.asked.release, revision)
        for noun in NOUNS:
            for batch in staged.batches(noun, BATCH, "adopted"):
                intake.adopt(noun, [one.document for one in batch])

    def _judge_all(self, staged: Staging) -> None:
        """Note what becomes of every document; ids that are taken refuse their rows."""
        with self.progress("Comparing", sum(map(staged.count, NOUNS))) as bar:
            for noun in NOUNS:
                for batch in staged.batches(noun, BATCH):
                    verdicts = self._verdicts(noun, batch)
                    staged.judge(noun, [(found.word, one.document["id"]) for one, found in verdicts])
                    self.report.add(_taken(noun, one) for one, found in verdicts if found.word == "taken")
                    bar.update(len(batch))

    def _verdicts(self, noun: str, batch: list[Staged]) -> list[tuple[Staged, intake.Verdict]]:
        found = intake.judged(self.dataset, noun, [one.document for one in batch])
        return list(zip(batch, found, strict=True))

    def _count(self, staged: Staging) -> None:
        self.counts = {noun: Counter({word: staged.count(noun, word) for word in WORDS}) for noun in NOUNS}
        for noun, counts in self.counts.items():
            counts["unchanged"] += staged.count(noun, "adopted")

    def _refuse_twice(self) -> None:
        """New or changed claims about people whom standing claims of another dataset count, to which they are added."""
        never, claims = self.asked.mapping.told["never_beside"], self.counts["claims"]
        if claims["created"] + claims["revised"] and (there := intake.counted(sorted(never))):
            told = "\n".join(f"{dataset} is here. {never[dataset]}" for dataset in sorted(there))
            raise Twice(f"{told}\nStatistics would count the same dead twice: use a database of its own.")

    def _refuse_doubtful(self, staged: Staging) -> None:
        if self._withdraws():
            held = ((noun, self._lacking(staged, noun)) for noun in NOUNS)
            refuse_doubtful(self._label(), {noun: one for noun, one in held if one.held}, self.asked.vanished)

    def _lacking(self, staged: Staging, noun: str) -> Lacking:
        pages = ((len(slugs), len(staged.missing(noun, slugs))) for slugs in intake.standing(self.dataset, noun, BATCH))
        held, gone = map(sum, zip((0, 0), *pages, strict=True))
        return Lacking(gone, held)

    def _label(self) -> str:
        return f"release {self.asked.release} of {self.asked.mapping.told['dataset']['title']}"

    def _tell(self, staged: Staging) -> None:
        """Where what the dataset says is not what stands."""
        for noun in NOUNS:
            for word in ("kept", "matched"):
                for batch in staged.batches(noun, BATCH, word):
                    self.report.add(
                        line for one, found in self._verdicts(noun, batch) for line in _differing(noun, one, found)
                    )

    # Writing ---------------------------------------------------------------------------------------------------------

    def _write(self, staged: Staging, made: Transaction) -> None:
        """Noun by noun: what comes back stands again before others need it."""
        with self.progress("Writing", sum(staged.count(noun, "created") for noun in NOUNS)) as bar:
            staged.carry()
            for noun in NOUNS.values():
                self._create(noun, staged, made, bar)
                for batch in staged.batches(noun.name, BATCH, "revised"):
                    intake.revise(made, noun.name, [one.document for one in batch])
        self._withdraw(staged, made)

    def _create(self, noun: Noun, staged: Staging, made: Transaction, bar: Bar) -> None:
        for batch in staged.batches(noun.name, None if noun.refers_to_itself else BATCH, "created"):
            carried = staged.carried([one.document["id"] for one in batch]) if noun.name == "claims" else []
            self._bring(made, {noun.name: batch, "reports": carried} if carried else {noun.name: batch})
            bar.update(len(batch) + len(carried))

    def _bring(self, made: Transaction, given: dict[str, list[Staged]]) -> None:
        """Create records; what only all records together tell, such as names that look alike, refuses rows here."""
        try:
            intake.bring(made, self.dataset, {noun: [one.document for one in batch] for noun, batch in given.items()})
        except Refused as refused:
            self.report.add(_refusal(given[fault.noun][fault.position], fault) for fault in refused.faults)
            raise _Undone from None

    def _withdraws(self) -> bool:
        """Not while rows are refused, which may have been about just what seems to have vanished."""
        return self.asked.mapping.told["vanished"] != "keep" and not self.report.refused

    def _withdraw(self, staged: Staging, made: Transaction) -> None:
        """What the release no longer has."""
        if not self._withdraws():
            return
        why = f"Not in {self._label()}."
        for noun in intake.LAST_FIRST:
            for slugs in intake.standing(self.dataset, noun, BATCH):
                gone = intake.withdraw(made, self.dataset, noun, staged.missing(noun, slugs), why)
                self.counts[noun].update(withdrawn=len(gone.withdrawn), kept=len(gone.kept))
                self.report.add(
                    Line(0, 0, "kept", noun, slug, "status", "vanished", reason) for slug, reason in gone.kept.items()
                )


def _told_of(mapping: Mapping) -> dict[str, str]:
    told = mapping.told["dataset"]
    return {"slug": told["id"], **{name: told[name] for name in ("title", "publisher", "url", "licence", "citation")}}


def _refusal(one: Staged, fault: Fault) -> Line:
    return refusal(one.tab, one.row, one.document, fault)


def _taken(noun: str, one: Staged) -> Line:
    allowed = "Allowed is an id of its own: this is one of a record that the dataset did not bring."
    return Line(one.tab, one.row, "refused", noun, one.document["id"], "id", one.document["id"], allowed)


def _differing(noun: str, one: Staged, found: intake.Verdict) -> Iterator[Line]:
    for field, value in one.document.items():
        stands = (found.stands or {}).get(field)
        if value != stands:
            allowed = f"What stands is {stands!r}."
            yield Line(one.tab, one.row, found.word, noun, one.document["id"], field, value, allowed)
