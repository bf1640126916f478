"""Draft a first mapping of a file, which a person finishes: every `FILL_IN` is theirs to decide."""

import json
import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from imports.mapping_language.compile import FILL_IN
from imports.mapping_language.slugs import make_slug
from imports.pipeline import draft_shapes
from imports.pipeline.column_guesses import HARM_WORDS, HARMS, ColumnGuess, guess_column, is_address
from imports.readers.detect_format import read_tables
from imports.readers.headers import find_header, has_second_row
from imports.readers.json import WHOLE_NOTE
from imports.readers.tables import Table, UnreadableFileError
from schemas.figures import BOUNDS
from schemas.imports.mappings import WHOLE
from schemas.vocabularies import HARM, MEASURE

SAMPLE_ROWS = 500
HIGHEST_HEADER = 5


def draft_mapping(path: pathlib.Path) -> Iterator[str]:
    """Return a mapping for the first table of a file, as lines of YAML. Raise `UnreadableFileError`."""
    sheets = _list_sheets(path)
    table, rows, options, _ = _read_sample(path, {"name": sheets[0]} if len(sheets) > 1 else {})
    if not rows:
        raise UnreadableFileError(f"{table.title} has no row that a mapping could be drafted from.")
    plain = (name for row in rows for name, cell in row.items() if not isinstance(cell, dict | list))
    names = table.columns or tuple(dict.fromkeys(plain))
    branches = draft_shapes.find_branches(rows[0]) if WHOLE_NOTE in table.notes else {}
    names = tuple(name for name in names if name.split(".")[0] not in branches)
    guesses = [guess_column(name, table.tags.get(name, ""), [row.get(name) for row in rows]) for name in names]
    draft = _Draft(path.name, make_slug(path.stem) or "file", len(rows), guesses, branches, options, sheets[1:])
    yield from draft.write_lines()


class _Sample(NamedTuple):
    """The first table of a file with its first rows, and how it was read: `file` of a mapping."""

    table: Table
    rows: list[dict[str, Any]]
    options: Mapping[str, Any]
    unfit: int = 0  # the rows that do not fit the header


def _list_sheets(path: pathlib.Path) -> list[str]:
    """Return the sheets of a workbook, that with the most rows first; none of other files, or if one is unreadable."""
    sizes: dict[str, int] = {}
    if path.suffix.lower() == ".xlsx":
        with suppress(UnreadableFileError):
            for table in read_tables(path, {}, lambda read: None):
                sizes[table.name] = sum(1 for _ in islice(table.rows, SAMPLE_ROWS))
            return sorted(sizes, key=sizes.__getitem__, reverse=True)
    return []


def _read_sample(path: pathlib.Path, sheet: Mapping[str, Any]) -> _Sample:
    """Return the first rows of a file, or of this sheet; of JSON without an array, the whole file as one row."""
    try:
        sample = _read_rows(path, sheet)
    except UnreadableFileError as error:
        if path.suffix == ".json":
            return _read_rows(path, {"path": WHOLE})
        return _read_two_headers(path, error)
    if _has_data_as_header(sample):
        names = [f"column {place}" for place, _ in enumerate(sample.table.columns or (), 1)]
        return _read_rows(path, {"columns": names})
    if lower := _find_lower_header(sample):
        return _read_rows(path, {**sheet, "header": [lower]})
    first = sample.table.first
    if first and not sample.table.tags and has_second_row(first, place := find_header(first)):
        return _read_rows(path, {**sheet, "header": [place, place + 1]})
    return sample


def _find_lower_header(sample: _Sample) -> int | None:
    """Return the row of the header, from 1, if most rows do not fit the first row: rows about the file are above it."""
    widths = [len(cells) for cells in sample.table.first]
    if sample.unfit <= len(sample.rows) or not any(widths):
        return None
    width, _ = Counter(filter(None, widths)).most_common(1)[0]
    return widths.index(width) + 1


def _has_data_as_header(sample: _Sample) -> bool:
    """Return whether the names of the columns are days or addresses, each above others of its kind.

    Years and months are not enough: `2020` above `2019` may be a column of numbers with the name of a year.
    """
    table = sample.table
    if table.columns is None or table.tags or table.book or "no header" in table.notes:
        return False  # only CSV may have no header
    guesses = (guess_column(name, "", [row.get(name) for row in sample.rows]) for name in table.columns)
    return any(guess.has_day(guess.name) or guess.kind == "url" and is_address(guess.name) for guess in guesses)


def _read_two_headers(path: pathlib.Path, error: UnreadableFileError) -> _Sample:
    """Return the rows under a header of two rows, of which the upper one repeats names. Raise `error` if there is none.

    `["Day", "Dead", "Dead"]`, `["", "min", "max"]` → `Day`, `Dead min`, `Dead max`.
    """
    for place in range(1, HIGHEST_HEADER):
        with suppress(UnreadableFileError):
            sample = _read_rows(path, {"header": [place, place + 1]})
            if any(map(str.isdigit, "".join(sample.table.columns or ()))) or not sample.rows:
                continue
            return sample
    raise error


def _read_rows(path: pathlib.Path, options: Mapping[str, Any]) -> _Sample:
    tables = read_tables(path, options, lambda read: None)  # a workbook is open as long as somebody holds this
    table = next(tables)
    sample = [cells for _, cells in islice(table.rows, SAMPLE_ROWS)]
    rows = [cells for cells in sample if isinstance(cells, dict)]
    return _Sample(table, rows, options, len(sample) - len(rows))


class _Draft:
    """The columns of a file, by what they seem to be."""

    def __init__(
        self,
        file: str,
        stem: str,
        rows: int,
        guesses: Sequence[ColumnGuess],
        branches: Mapping[str, list[str]],
        options: Mapping[str, Any],
        other_sheets: Sequence[str],
    ) -> None:
        self.file, self.stem, self.rows, self.guesses, self.branches = file, stem, rows, guesses, branches
        self.options, self.other_sheets = options, other_sheets
        self.id = self._find_id()
        self.date, self.place = self._find("date"), self._find("place")
        self.side, self.claimant, self.harm = self._find("side"), self._find("claimant"), self._find("harm")
        self.url, self.published, self.note = self._find("url", "url"), self._find("published"), self._find("note")
        self.latitude, self.longitude = self._find("latitude", "number"), self._find("longitude", "number")
        figures = [guess for guess in guesses if guess.role in (*HARMS, "victims") and guess != self.id]
        self.figures = figures[:1] if self.harm else figures
        self.has_event = self.date is not None and self.place is not None
        self.row_name = None if self.id or self.date or self.place else self._find_row_name()
        self.is_persons = draft_shapes.has_persons(guesses)
        self.groups = [guess for guess in (self.place, self.date) if guess] if self.is_persons else []
        self.bounds = {} if self.harm else draft_shapes.find_bounds(self.figures)
        bounding = {name for columns in self.bounds.values() for name in columns.values()}
        single = [figure for figure in self.figures if figure.name not in bounding]
        self.wide = {} if self.harm else draft_shapes.find_wide(single)
        self.skipped = bounding - self.bounds.keys()
        is_known = self.figures or self.harm or self.is_persons or branches
        self.numbers = [] if is_known else draft_shapes.list_numbers(guesses)

    def _find(self, role: str, kind: str = "") -> ColumnGuess | None:
        return next((guess for guess in self.guesses if guess.role == role and (not kind or guess.kind == kind)), None)

    def _find_id(self) -> ColumnGuess | None:
        unique = [guess for guess in self.guesses if guess.is_unique and not guess.has_empty]
        return next((guess for guess in unique if guess.role == "id"), None)

    def _find_row_name(self) -> ColumnGuess | None:
        """Return a column whose text differs in every row, such as a province."""
        names = (guess for guess in self.guesses if guess.kind == "text" and guess.role in ("", "side", "claimant"))
        return next((guess for guess in names if guess.is_unique and not guess.has_empty), None)

    def write_lines(self) -> Iterator[str]:
        yield f"# A first mapping of {self.file}, drafted from its first {self.rows} rows. Fill in every {FILL_IN}, and"
        yield "# check each guess. Then try it with --dry-run and --explain ROW. docs/editors/mappings.md explains it."
        yield from self._write_columns()
        yield from self._write_dataset()
        yield from self._write_file()
        yield from self._write_formats()
        yield from self._write_ignored()
        yield from self._write_tables()
        if self.is_persons:
            yield from draft_shapes.write_counting(self.guesses, self.groups, self.id)
        yield from self._write_always()
        yield "records:"
        yield from self._write_source()
        yield from self._write_event()
        yield from self._write_claims()

    def _write_columns(self) -> Iterator[str]:
        yield "#"
        for guess in self.guesses:
            tag = f" {guess.tag}" if guess.tag and guess.tag != guess.name else ""
            is_shown = guess.role in ("side", "claimant", "harm")
            words = f": {', '.join(guess.words)}" if is_shown and guess.words else ""
            empty = ", some empty" if guess.has_empty else ""
            yield f"# {guess.name}{tag}: {guess.role or 'unknown'}, {guess.kind}{empty}{words}".replace("\n", " ")

    def _write_dataset(self) -> Iterator[str]:
        yield ""
        yield "dataset:"
        yield f"  id: {self.stem}            # never change it: it marks the next release as the same dataset"
        yield f"  title: {FILL_IN}"
        yield f"  publisher: {FILL_IN}"
        yield f"  licence: {FILL_IN}         # it must allow others to publish the rows"
        yield f"  citation: {FILL_IN}"

    def _write_file(self) -> Iterator[str]:
        """Yield how the file is read, with the reason, if it has to be said."""
        options = {**self.options, **({"path": WHOLE} if self.branches else {})}
        if "columns" in options:
            yield "# The file has no header: its first row is data. Give the columns names, here and below. Or put"
            yield "# a row with their names above the first row, and draft again: the names say what they are."
        reasons = {
            "path": "there is no array of objects: the file is one row",
            "name": f"the other sheets: {', '.join(self.other_sheets)}",
            "header": "the names of both rows are joined, as in the list above" if self._joins_rows() else "",
        }
        if options:
            words = ", ".join(
                f"{name}: {value if value == WHOLE else _quote(value)}" for name, value in options.items()
            )
            reason = "; ".join(why for name, why in reasons.items() if why and name in options)
            yield f"file: {{{words}}}{f'     # {reason}' if reason else ''}"

    def _joins_rows(self) -> bool:
        return len(self.options.get("header", ())) > 1

    def _write_formats(self) -> Iterator[str]:
        dated = [guess for guess in self.guesses if guess.kind == "date"]
        formats = list(dict.fromkeys(form for guess in dated for form in guess.spellings or guess.formats[:1]))
        if doubtful := [guess.name for guess in dated if guess.is_doubtful]:
            yield f"# {', '.join(doubtful)}: the days also fit another format. Is the day or the month first?"
            formats[0] = f"{FILL_IN} {formats[0]}"
        for guess in dated:
            if guess.undated:
                yield f"# {guess.name}: cells that are no dates: {guess.undated}. `ignore: rows` leaves their rows out."
        if formats:
            yield f"dates: {json.dumps(formats)}"
        zeros = {text for guess in self.figures for text in guess.zeros}
        if missing := sorted({text for guess in self.guesses for text in guess.missing} - zeros):
            yield f"missing: {json.dumps(missing, ensure_ascii=False)}"
        if any("," in word for guess in self.figures for word in guess.words if guess.kind == "number"):
            yield 'numbers: {thousands: ","}'

    def _write_ignored(self) -> Iterator[str]:
        if self.is_persons:
            yield from self._write_ignored_persons()
            return
        places = (
            self.row_name,
            self.date,
            self.place,
            self.latitude,
            self.longitude,
            self.url,
            self.published,
            self.note,
        )
        used_guesses = (self.id, self.side, self.claimant, self.harm, *places, *self.figures, *self.numbers)
        used = {guess.name for guess in used_guesses if guess}
        if unused := [guess.name for guess in self.guesses if guess.name not in used]:
            yield ""
            yield "ignore:"
            yield "  columns:"
            yield from (f"    {_quote(name)}: {FILL_IN} why it is left out, or use it below" for name in unused)

    def _write_ignored_persons(self) -> Iterator[str]:
        used = {*self.groups, *([self.id] if self.id else ())}
        counted = [guess for guess in self.guesses if guess.role in ("sex", "age")]
        yield ""
        yield "ignore:"
        yield "  columns:"
        for guess in self.guesses:
            if guess.role == "person":
                yield f"    {_quote(guess.name)}: Nobody's name is kept."
            elif guess not in used and guess not in counted:
                yield f"    {_quote(guess.name)}: {FILL_IN} why it is left out, or form groups by it"

    def _write_tables(self) -> Iterator[str]:
        tables = {"sides": self.side, "claimants": self.claimant}
        if not any((self.harm, *(guess and guess.words for guess in tables.values()))):
            return
        yield ""
        yield "tables:"
        for name, guess in tables.items():
            if guess and guess.words:
                yield f"  {name}: {{{', '.join(f'{_quote(word)}: {make_slug(word)}' for word in guess.words)}}}"
        if self.harm:
            yield f"  # {', '.join(HARM)}"
            meanings = (f"{_quote(word)}: {HARM_WORDS.get(word.casefold(), FILL_IN)}" for word in self.harm.words)
            yield f"  harms: {{{', '.join(meanings)}}}"

    def _write_always(self) -> Iterator[str]:
        yield ""
        yield "always:"
        sides = [make_slug(word) for word in self.side.words] if self.side else []
        if self.side:
            for word in self.side.words:
                yield f"  - side: {{id: {make_slug(word)}, name: {_quote(word)}}}"
        yield f"  - conflict: {{id: {FILL_IN}, name: {FILL_IN}, sides: [{', '.join(sides)}]}}"
        if self.claimant and self.claimant.words:
            for word in self.claimant.words:
                yield f"  - claimant: {{id: {make_slug(word)}, name: {_quote(word)}}}"
        else:
            yield f"  - claimant: {{id: {FILL_IN}, name: {FILL_IN}}}     # who says so"
        if not self.url or self.url.has_empty:
            yield f"  - source: {{id: {self.stem}, publisher: {FILL_IN}, kind: dataset}}     # where it can be read"

    def _write_source(self) -> Iterator[str]:
        if self.url:
            if self.url.has_empty:
                yield f"  - when: {{column: {_quote(self.url.name)}, empty: false}}"
                yield "    source:"
            else:
                yield "  - source:"
            yield f"      id: {_cell(self.url)}"
            yield f'      publisher: {{column: {_quote(self.url.name)}, split: "/", part: 2}}'
            yield f"      url: {_cell(self.url)}"
            if self.published:
                yield f"      published: {_cell(self.published)}"

    def _write_event(self) -> Iterator[str]:
        if not (self.date and self.place):
            return
        yield "  - event:"
        yield f"      id: {self._event_id()}"
        yield f"      conflict: {FILL_IN}"
        yield f"      name: {self._event_name()}"
        yield "      type: unknown"
        yield f"      happened: {_cell(self.date)}"
        yield f"      place: {_cell(self.place)}"
        for name in ("latitude", "longitude"):
            if guess := getattr(self, name):
                yield f"      {name}: {_cell(guess)}"

    def _event_id(self) -> str:
        """Return the id of a row's event. Rows of several claimants may be about one event; others are not."""
        assert self.date and self.place
        if self.id and not self.claimant:
            return _quote(f"{self.stem}-{{{self.id.name}}}")
        return _quote(f"{self.stem}-{{{self.place.name}}}-{{{self.date.name}}}")

    def _event_name(self) -> str:
        assert self.date and self.place
        name = _quote(f"{{{self.place.name}}}, {{{self.date.name}}}")
        return f"{{first: [{name}, {_cell(self.date)}]}}" if self.place.has_empty else name

    def _claim_id(self, suffix: str) -> str:
        if self.id:
            return _quote(f"{self.stem}-{{{self.id.name}}}-{suffix}")
        parts = [
            guess for guess in (self.row_name, self.place, self.date, self.side, self.claimant, self.harm) if guess
        ]
        return _quote("-".join([self.stem, *(f"{{{guess.name}}}" for guess in parts), suffix]))

    def _write_claims(self) -> Iterator[str]:
        if self.is_persons:
            key = "-".join(f"{{{guess.name}}}" for guess in self.groups) or FILL_IN
            yield from draft_shapes.write_counted_claims(self.stem, key, list(self._counted_lines()), self.guesses)
            return
        for name, fields in self.branches.items():
            yield from draft_shapes.write_branch(self.stem, name, fields, self.date)
        if self.numbers:
            yield from self._write_number_loop()
        elif not self.figures and not self.branches:
            yield f"  # {FILL_IN}: no column looks like a number of people"
        for pattern, columns in self.wide.items():
            yield f"  # {', '.join(column.name for column in columns)}"
            yield f"  - for: {{columns: {_quote(pattern)}}}     # {{item.1}} is what * stands for"
            yield from self._write_item_claim(columns[0], list(draft_shapes.write_item_group(pattern, columns)))
        yield from self._write_single_claims()

    def _write_single_claims(self) -> Iterator[str]:
        """Yield the claims of the columns that are in no loop. Columns with the bounds of one figure make one claim."""
        looped = {figure.name for columns in self.wide.values() for figure in columns} | self.skipped
        for figure in self.figures:
            if figure.name in looped:
                continue
            if figure.has_empty:
                yield f"  - when: {{column: {_quote(figure.name)}, empty: false}}"
                yield "    claim:"
            else:
                yield "  - claim:"
            for line in self._claim_lines(figure, make_slug(figure.name)):
                if line.startswith("figure: "):
                    group = draft_shapes.find_group([figure.name, figure.tag])
                    yield from (f"      {name}: {word}" for name, word in group.items())
                yield f"      {line}"

    def _write_number_loop(self) -> Iterator[str]:
        """Yield one claim for each column of numbers whose name says no harm; an empty cell makes none."""
        yield "  # These columns have numbers. Leave out those that count no people."
        yield f"  - for: {{columns: [{', '.join(_quote(guess.name) for guess in self.numbers)}]}}"
        yield from self._write_item_claim(self.numbers[0], list(draft_shapes.NAMED_BY_KEY))

    def _write_item_claim(self, first: ColumnGuess, group: Sequence[str]) -> Iterator[str]:
        """Yield the claim of a loop over columns, of which this is the first.

        `group`: the lines that tell the columns apart.
        """
        yield "    claim:"
        for line in self._claim_lines(first, "{item.key}"):
            if line.startswith("figure: "):
                line = line.replace(f"{{{first.name}}}", "{item.value}")
                yield from (f"      {part}" for part in group)
            yield f"      {line}"

    def _figure_of(self, figure: ColumnGuess) -> str:
        if bounds := self.bounds.get(figure.name):
            return ", ".join(f"{bound}: {_cell_of(bounds[bound])}" for bound in BOUNDS if bound in bounds)
        if figure.kind == "number":
            return f"number: {_cell(figure)}"
        return f"phrase: {_cell(figure)}{f', phrase_lang: {figure.language}' if figure.language else ''}"

    def _counted_lines(self) -> Iterator[str]:
        """Yield the fields that all claims of a counted group share."""
        yield f"conflict: {FILL_IN}"
        if self.has_event:
            yield f"event: {self._event_id()}"
            yield "measure: incident"
        else:
            yield f"measure: {FILL_IN}     # identified, if the list has only the named; or period, with covers"
        yield f"claimant: {FILL_IN}"
        yield f"harm: {FILL_IN}"
        yield f"reports: {{source: {self.stem}}}"

    def _claim_lines(self, figure: ColumnGuess, suffix: str) -> Iterator[str]:
        """Yield the fields of a claim. `suffix` ends its id."""
        if not self.id:
            yield "# No column identifies a row. Does this id stay the same in the next release, and is it unique?"
        yield f"id: {self._claim_id(suffix)}"
        yield f"conflict: {FILL_IN}"
        if self.has_event:
            yield f"event: {self._event_id()}"
            yield "measure: incident"
        else:
            yield f"measure: {FILL_IN}     # {', '.join(MEASURE)}"
            yield f"covers: {_cell(self.date)}" if self.date else "# covers: the days, if the measure needs them"
        yield f"claimant: {_lookup(self.claimant, 'claimants') if self.claimant and self.claimant.words else FILL_IN}"
        if self.side and self.side.words:
            yield f"subject_side: {_lookup(self.side, 'sides')}"
        yield f"harm: {_lookup(self.harm, 'harms') if self.harm else figure.role if figure.role in HARMS else FILL_IN}"
        yield f"figure: {{{self._figure_of(figure)}}}"
        if self.published:
            yield f"stated: {_cell(self.published)}     # the day of the report, if the statement has no other"
            yield "flags: [date_inferred]"
        if self.note:
            yield f"note: {_cell(self.note)}"
        elif self.published:
            yield "note: The day is that of the report."
        yield f"reports: {{source: {self._source_of_row()}}}"

    def _source_of_row(self) -> str:
        if not self.url:
            return self.stem
        return f"{{first: [{_cell(self.url)}, {self.stem}]}}" if self.url.has_empty else _cell(self.url)


def _cell_of(name: str) -> str:
    return _quote(f"{{{name}}}")


def _cell(guess: ColumnGuess) -> str:
    return _cell_of(guess.name)


def _lookup(guess: ColumnGuess, table: str) -> str:
    return f"{{column: {_quote(guess.name)}, table: {table}}}"


def _quote(text: Any) -> str:
    """Return a text, or a list, as YAML, in quotes so that no sign in it has a meaning."""
    return json.dumps(text, ensure_ascii=False)
