"""Records → XLSX: one sheet per table and one that describes them. A workbook is complete or refused, never cut."""

import datetime
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, NamedTuple

from api.http.formats import Chunks, Layout
from api.http.problems import ApiProblem
from schemas.imports.hxl import HXL

MOST_SHEET_ROWS = 1_048_576  # on a sheet, its header included
LONGEST_CELL = 32_767  # UTF-16 units
OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
#: The creation time in every workbook, so that the same records give the same bytes. Sheet `about` has the revision.
CREATED = datetime.datetime(1980, 1, 1)
#: Earlier days stay text: Excel has none before 1900, and counts a 29 February 1900 that did not exist.
FIRST_SHEET_DAY = "1900-03-01"
ABOUT = "about"  # the sheet that describes the others
DAY_FORMAT, TIME_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


MOST_RECORDS = 100_000  # in a workbook that a client waits for; `flask export` writes larger ones


#: Texts that XML and a cell have unchanged.
EDGE, INSIDE = r"[^<>&_\s\x00-\x1f\ufffe\uffff]", r"[^<>&_\x00-\x1f\ufffe\uffff]{,8000}"
PLAIN_TEXT = re.compile(f"{EDGE}({INSIDE}{EDGE})?")
MOST_REMEMBERED = 2000  # texts of a column


class Sheet(NamedTuple):
    name: str
    columns: Layout
    chunks: Chunks


class _Exact(float):
    """A float with all its digits: xlsxwriter writes 16, and a double may need 17."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def write_workbook(
    sheets: Iterable[Sheet], description: dict[str, Any], hxl: bool = False, most: int = MOST_SHEET_ROWS
) -> IO[bytes]:
    """Write a workbook to a temporary file, which is deleted when it is closed. Rows go to disk one by one.

    Raises the problem `too-broad` for more than `most` rows on a sheet, and for a cell that is too long for Excel.
    """
    import xlsxwriter

    file = tempfile.TemporaryFile()
    with tempfile.TemporaryDirectory() as scratch:
        book = xlsxwriter.Workbook(file, OPTIONS | {"tmpdir": scratch})
        try:
            _fill_book(book, sheets, description, hxl, most)
            book.close()
        except BaseException:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            file.close()
            raise
    file.seek(0)
    return file


def _fill_book(book: Any, sheets: Iterable[Sheet], description: dict[str, Any], hxl: bool, most: int) -> None:
    book.set_properties({"created": CREATED})
    book.use_zip64()  # needed for sheets above 2 GiB, without effect below
    date_formats = {name: book.add_format({"num_format": name}) for name in (DAY_FORMAT, TIME_FORMAT)}
    for table in sheets:
        sheet = book.add_worksheet(table.name)
        sheet.freeze_panes(1, 0)
        writer = _TableWriter(sheet, table.name, table.columns, date_formats)
        for number, cells in enumerate(_iterate_rows(table, hxl)):
            if number >= most:
                raise ApiProblem(
                    "too-broad",
                    f"More than {most - 1:,} {table.name} do not fit in a workbook. Narrow the query, or download CSV.",
                )
            writer.write_row(number, cells)
        writer.end()
    about = _SheetWriter(book.add_worksheet(ABOUT), ABOUT, Layout(["name", "value"], []), date_formats)
    for number, line in enumerate(describe_answer(description)):
        about.write_row(number, line)


def _iterate_rows(table: Sheet, hxl: bool) -> Iterator[Sequence[Any]]:
    yield table.columns.header
    if hxl:
        yield [HXL.get(name) for name in table.columns.header]
    for chunk in table.chunks:
        yield from table.columns.list_rows(chunk)


class _SheetWriter:
    """Writes rows of cells to one sheet. Null is an empty cell."""

    def __init__(self, sheet: Any, name: str, columns: Layout, date_formats: dict[str, Any]) -> None:
        self.sheet, self.name, self.header = sheet, name, columns.header
        names = {"day": DAY_FORMAT, "time": TIME_FORMAT}
        self.format_by_column = {
            column: date_formats[names[kind]] for column, kind in columns.kinds.items() if kind in names
        }

    def write_row(self, number: int, cells: Sequence[Any]) -> None:
        for position, cell in enumerate(cells):
            if cell is not None and cell != "":
                self.write_cell(number, position, cell)

    def write_cell(self, number: int, position: int, cell: Any) -> None:
        column = self.header[position]
        if not isinstance(cell, str):
            self.sheet.write(number, position, _Exact(cell) if isinstance(cell, float) else cell)
        elif column in self.format_by_column and cell >= FIRST_SHEET_DAY and cell[0].isdigit():
            moment = datetime.datetime.fromisoformat(cell).replace(tzinfo=None)
            self.sheet.write_datetime(number, position, moment, self.format_by_column[column])
        elif self.sheet.write_string(number, position, cell) != 0:
            where = f"{self.name}, row {number + 1}, {column}"
            raise ApiProblem(
                "too-broad",
                f"{where}: longer than the {LONGEST_CELL:,} characters that a cell can have. Download CSV or JSON.",
            )


class _TableWriter(_SheetWriter):
    """Writes a table with the bytes of `_SheetWriter`, in a third of the time: xlsxwriter takes 5 µs for a cell.

    Rows go directly to the file of the sheet. Any cell that is not plain is written by xlsxwriter.
    """

    def __init__(self, sheet: Any, name: str, columns: Layout, date_formats: dict[str, Any]) -> None:
        from xlsxwriter.utility import xl_col_to_name

        super().__init__(sheet, name, columns, date_formats)
        self.starts = [f'<c r="{xl_col_to_name(position)}' for position in range(len(self.header))]
        self.ends: list[dict[str, str]] = [{} for _ in self.header]  # by column: the end of a cell of each text
        self.last_row, self.positions = -1, set[int]()

    def write_row(self, number: int, cells: Sequence[Any]) -> None:
        row, texts = str(number + 1), []
        for position, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if cell.__class__ is str:
                ends = self.ends[position]
                if cell not in ends:
                    if len(ends) >= MOST_REMEMBERED:
                        ends.clear()
                    ends[cell] = self._end_text(number, position, cell)
                end = ends[cell]
            else:
                end = self._end_number(number, position, cell)
            texts.append(f"{self.starts[position]}{row}{end}")
            if position not in self.positions:
                self.positions.add(position)
                self.sheet._check_dimensions(number, position)
        if texts:
            self.last_row = number
            self.sheet.row_data_fh.write(f'<row r="{row}">{"".join(texts)}</row>')

    def end(self) -> None:
        """Note the last row in the sheet, which notes a column with its first cell."""
        if self.positions:
            self.sheet._check_dimensions(self.last_row, min(self.positions))

    def _end_text(self, number: int, position: int, cell: str) -> str:
        if self.header[position] not in self.format_by_column and PLAIN_TEXT.fullmatch(cell):
            return f'" t="inlineStr"><is><t>{cell}</t></is></c>'
        return self._end_by_library(number, position, cell)

    def _end_number(self, number: int, position: int, cell: Any) -> str:
        if cell.__class__ is int:
            return f'"><v>{cell:.16G}</v></c>'
        return self._end_by_library(number, position, cell)

    def _end_by_library(self, number: int, position: int, cell: Any) -> str:
        """Return what xlsxwriter writes of the cell after its address."""
        file, written = self.sheet.fh, io.StringIO()
        self.write_cell(number, position, cell)
        self.sheet.fh = written
        self.sheet._write_cell(number, position, self.sheet.table[number][position])
        self.sheet.fh = file
        self.sheet.table.clear()
        return written.getvalue().removeprefix(f"{self.starts[position]}{number + 1}")


# Sheet `about` ---------------------------------------------------------------------------------------------------


def describe_answer(description: dict[str, Any]) -> Iterator[list[Any]]:
    """Yield the rows of the sheet about an answer: a name, and a number or plain words; null is an empty cell.

    `{"filters": {"harm": ("killed",)}, "warnings": [{"code": "a", "text": "B."}]}` →
    `filters: harm, killed` and `warnings, code: a; text: B.`
    """
    for name, value in description.items():
        if isinstance(value, dict) and value:
            yield from describe_answer({f"{name}: {part}": inner for part, inner in value.items()})
        elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
            yield from ([name, _plain_words(entry)] for entry in value)
        else:
            yield [name, _plain_words(value)]


def _plain_words(value: Any) -> Any:
    """Return a number or null unchanged, and anything else as text without the signs of a programming language."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_as_word(inner)}" for name, inner in value.items()) or None
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_as_word, value)) or None
    return value if value is None or type(value) in (int, float) else _as_word(value)


def _as_word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    plain = _plain_words(value) if isinstance(value, dict | list | tuple) else value
    return "none" if plain is None else str(plain)
