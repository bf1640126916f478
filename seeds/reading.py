"""Rows of files become documents in the staging: mapped, validated, their references looked up, every fault told."""

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from api.records.faults import Fault, Refused
from api.records.nouns import NOUNS, Noun
from api.records.rows import keys, validated
from schemas.expressions import near
from seeds import plain
from seeds.language.cells import Cells, Unfit
from seeds.language.load import Mapping, Wrong
from seeds.language.makings import Made
from seeds.readers.tables import Table, Unreadable
from seeds.reports import Line, Report
from seeds.staging import Document, Reference, Staged, Staging

CHUNK = 500
REMEMBERED = 5_000
Make = Callable[[Cells], Iterator[Made]]


class Reading:
    """One run over the files."""

    def __init__(self, mapping: Mapping, release: str, staging: Staging, report: Report) -> None:
        self.mapping, self.release, self.staging, self.report = mapping, release, staging, report
        self.rows, self.columns, self.ignored = 0, set[str](), dict[str, int]()
        self.known: set[tuple[str, str]] = set()  # records that are there, some of them
        self.same: dict[tuple[str, str], Document] = {}  # documents that many rows make, some of them

    def always(self) -> None:
        """The records that stand for no row. Raises `Wrong` where one is refused: all rows would be, for its sake."""
        self.report.names[:] = [f"{self.mapping.name}, always"]
        before, made = self.report.refused, self.mapping.always({"release": self.release})
        self._stage(0, [(place, [one]) for place, one in enumerate(made, 1)])
        if self.report.refused > before:
            raise Wrong("\n".join(self.report.first))

    def table(self, table: Table) -> bool:
        """All rows of a table; False for a sheet of ours that holds no records, but tells about the others.

        Raises `Unreadable` where it lacks a column that the mapping reads.
        """
        if self._is_plain() and table.book and "id" not in (table.columns or ()):
            return False
        self._check_columns(table)
        self.report.names.append(table.title)
        tab, rows = len(self.report.names) - 1, iter(table.rows)
        make = self._maker(table)
        while chunk := list(islice(rows, CHUNK)):
            self._stage(
                tab, [(number, made) for number, cells in chunk if (made := self._made(tab, number, cells, make))]
            )

        return True

    def _is_plain(self) -> bool:
        return self.mapping.told.get("rows") == "plain"

    def _check_columns(self, table: Table) -> None:
        if table.columns is None or self._is_plain():
            return
        self.columns.update(table.columns)
        if lacking := sorted(self.mapping.needed - set(table.columns)):
            told = "\n".join(f"  {name}: {near(name, table.columns)}" for name in lacking)
            if self.mapping.needed.isdisjoint(table.columns):
                told += "\nWhere the header stands in another row, the mapping tells which: file: {header: 3}."
            raise Unreadable(f"{table.title} lacks columns that the mapping {self.mapping.name} reads:\n{told}")

    def _maker(self, table: Table) -> Make:
        if self._is_plain():
            return plain.maker(table)
        given = {"release": self.release, "file": table.name}
        return lambda cells: self.mapping.records(self.mapping.cells({**given, **cells}))

    def _made(self, tab: int, number: int, cells: Cells | Unfit, make: Make) -> list[Made]:
        """The documents of a row; none where it is ignored or refused."""
        self.rows += 1
        if self.report.is_refused(tab, number):
            return []
        try:
            if isinstance(cells, Unfit):
                raise cells
            if (why := self.mapping.why_ignored(cells)) is not None:
                self.ignored[why] = self.ignored.get(why, 0) + 1
                return []
            if not self._is_plain():
                self.columns.update(cells)
                cells = {"row": number, **cells}
            return list(make(cells))
        except Unfit as unfit:
            self.report.add([Line(tab, number, "refused", "", "", unfit.column, unfit.found, unfit.allowed)])
            return []

    def _stage(self, tab: int, rows: list[tuple[int, list[Made]]]) -> None:
        loaded = self._validated(tab, rows)
        for noun in NOUNS:
            self._put(noun, [Staged(made.document, tab, row) for row, made in loaded if made.noun == noun])
        self._follow(loaded, tab)

    # Validation ------------------------------------------------------------------------------------------------------

    def _validated(self, tab: int, rows: list[tuple[int, list[Made]]]) -> list[tuple[int, Made]]:
        """The documents as their schemas load them; those of rows that are refused are left out."""
        given = [(row, made) for row, all_of in rows for made in all_of]
        loaded: list[tuple[int, Made]] = []
        for noun in NOUNS.values():
            mine = [(row, made.document) for row, made in given if made.noun == noun.name]
            loaded += [(row, Made(noun.name, document)) for row, document in self._of_noun(tab, noun, mine)]
        return [(row, made) for row, made in loaded if not self.report.is_refused(tab, row)]

    def _of_noun(self, tab: int, noun: Noun, given: list[tuple[int, Document]]) -> Iterable[tuple[int, Document]]:
        try:
            return zip([row for row, _ in given], validated(noun, [document for _, document in given]), strict=True)
        except Refused as refused:
            self.report.add(refusal(tab, *given[fault.position], fault) for fault in refused.faults)
            return self._of_noun(tab, noun, [one for one in given if not self.report.is_refused(tab, one[0])])

    # One record made by several rows ---------------------------------------------------------------------------------

    def _put(self, noun: str, found: list[Staged]) -> None:
        new: dict[str, Staged] = {}
        found = [one for one in found if self.same.get((noun, one.document["id"])) != one.document]
        there = self.staging.there(noun, sorted({one.document["id"] for one in found}))
        for one in found:
            slug = one.document["id"]
            before = new.get(slug) or there.get(slug)
            if before is None:
                new[slug] = one
            elif (united := self._united(noun, before, one)) and united.document == before.document:
                self._recall((noun, slug), one.document)  # the row tells nothing new of it
            elif united:
                new[slug] = united
        self.staging.put(noun, new.values())

    def _recall(self, key: tuple[str, str], document: Document) -> None:
        if len(self.same) >= REMEMBERED:
            self.same.clear()
        self.same[key] = document

    def _united(self, noun: str, before: Staged, after: Staged) -> Staged | None:
        """Lists told by several rows are put together; in all else the rows must agree."""
        made = dict(before.document)
        for field, value in after.document.items():
            if value == made[field]:
                continue
            if not isinstance(value, list):
                allowed = f"{self.report.where(before.tab, before.row)} makes the same record with {made[field]!r}."
                self.report.add(
                    [Line(after.tab, after.row, "refused", noun, after.document["id"], field, value, allowed)]
                )
                return None
            made[field] = sorted([*made[field], *(entry for entry in value if entry not in made[field])], key=repr)
        return Staged(made, before.tab, before.row)

    # References ------------------------------------------------------------------------------------------------------

    def _follow(self, loaded: list[tuple[int, Made]], tab: int) -> None:
        """Remember references to what neither this chunk makes nor is known to be there."""
        own = {(made.noun, made.document["id"]) for _, made in loaded}
        asked = [
            Reference(noun, slug, tab, row, made.noun, made.document["id"], field)
            for row, made in loaded
            for noun, slug, field in references(made)
            if (noun, slug) not in own and (noun, slug) not in self.known
        ]
        for noun in NOUNS:
            self._learn(noun, sorted({one.slug for one in asked if one.noun == noun}))
        self.staging.remember(one for one in asked if (one.noun, one.slug) not in self.known)

    def _learn(self, noun: str, slugs: list[str]) -> None:
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        absent = self.staging.missing(noun, slugs) if slugs else []
        there = keys(NOUNS[noun].model, absent) if absent else {}
        self.known.update((noun, slug) for slug in slugs if slug not in absent or slug in there)

    def finish(self) -> None:
        """Tell the references that lead nowhere, and the claims that have no source."""
        self.report.add(
            Line(
                one.tab,
                one.row,
                "refused",
                one.owner,
                one.id,
                one.field,
                one.slug,
                f"There is no such record among the {one.noun}.",
            )
            for one in self.staging.open_references()
        )
        self.report.add(
            Line(
                one.tab,
                one.row,
                "refused",
                "claims",
                one.document["id"],
                "id",
                "no report",
                "Every claim needs a source.",
            )
            for one in self._unsourced()
        )

    def _unsourced(self) -> Iterator[Staged]:
        for one in self.staging.unreported():
            if not keys(NOUNS["claims"].model, [one.document["id"]]):
                yield one


def references(made: Made) -> Iterator[tuple[str, str, str]]:
    """The noun, id and field of all that a document refers to."""
    noun = NOUNS[made.noun]
    for field, model in noun.references.items():
        if made.document[field] is not None:
            yield COLLECTIONS[model], made.document[field], field
    for field, many in noun.lists.items():
        for entry in made.document[field]:
            yield COLLECTIONS[many.model], many.slug(entry), field


COLLECTIONS = {noun.model: noun.name for noun in NOUNS.values()}


def refusal(tab: int, row: int, document: Document, fault: Fault) -> Line:
    """What is wrong with a document of a row, with what was found in the field."""
    found: Any = document
    for step in fault.field.split("/"):
        found = found[int(step)] if isinstance(found, list) and step.isdigit() else _get(found, step)
    return Line(tab, row, "refused", fault.noun, str(document.get("id", "")), fault.field, found, fault.message)


def _get(found: Any, step: str) -> Any:
    return found.get(step) if isinstance(found, dict) else None


def unmapped(mapping: Mapping, columns: set[str]) -> list[str]:
    """The columns that the mapping neither reads nor ignores with a reason."""
    patterns = [*mapping.columns, *mapping.told["ignore"]["columns"]]
    return sorted(
        name
        for name in columns
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
        and not any(other.startswith(f"{name}.") for other in columns)
    )


def matching(mapping: Mapping, columns: Sequence[str]) -> bool:
    """Whether a table with these columns has all that the mapping reads."""
    return bool(mapping.needed) and mapping.needed <= set(columns)
