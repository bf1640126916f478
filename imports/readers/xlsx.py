"""Read XLSX: the rows of a sheet, as values. For a formula, take the value that the spreadsheet program stored."""

import datetime
import functools
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import IO, Any

from imports.mapping_language.cells import UnfitRowError
from imports.mapping_language.dates import parse_days
from imports.readers.compressed_files import CHUNK, File
from imports.readers.headers import SEARCHED_ROWS, describe_header, find_header, name_columns
from imports.readers.tables import Numbered, Table, UnreadableFileError, build_table, is_blank
from schemas.sentences import count_noun

Cells = tuple[Any, ...]
TEXTS, MOST_TEXTS = "xl/sharedStrings.xml", 1 << 28
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # ST_Xstring of ECMA-376
#: Texts in quotes, escaped signs, colours and languages, and paddings of a number format (18.8.31 of ECMA-376).
UNSHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
UNCOMPUTED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>\s*|<v></v>\s*)?</c>")


class ErrorValue(str):
    """The error of a formula, such as #N/A. A cell with the text #N/A is no error."""


def read_tables(file: File, header: Sequence[int] = ()) -> Iterator[Table]:
    """Return a table for each sheet of a workbook that has a header. Raise `UnreadableFileError`."""
    import openpyxl  # a slow import

    with file.open() as binary:
        _refuse_uncomputed(file.name, binary)
        try:
            book = openpyxl.load_workbook(binary, read_only=True, data_only=True)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            raise UnreadableFileError(f"{file.name} cannot be read as an XLSX workbook: {error}.") from None
        has_table = False
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs store wrong dimensions
            rows = (_trim_cells(_cell_values(cells)) for cells in sheet.iter_rows())
            if table := _read_sheet(file.name, sheet.title, rows, header):
                has_table = True
                yield table
        book.close()
        if not has_table:
            raise UnreadableFileError(f"{file.name} has no sheet with a header.")


def _read_sheet(file: str, sheet: str, rows: Iterator[Cells], header: Sequence[int]) -> Table | None:
    """Return the table of a sheet, or None for a sheet whose header is empty.

    If the row under a header has names only, and more of them, it belongs to a header in two rows: the columns that it
    adds have no name in the first.
    """
    looked = list(islice(rows, max(SEARCHED_ROWS, *header, 0)))
    header = header or [find_header(looked)]
    names = looked[header[0] - 1 : header[-1]]
    if len(looked) < header[-1] or not names[-1]:
        return None
    below = next(iter(looked[header[-1] :]), ())
    if len(below) > len(names[-1]) and all(cell is None or isinstance(cell, str) for cell in below):
        names[-1] += (None,) * (len(below) - len(names[-1]))
    columns, unnamed = name_columns(f"{file}, sheet {sheet}", names)
    numbered = enumerate(chain(looked[header[-1] :], rows), header[-1] + 1)
    notes = (*describe_header(header), *unnamed)
    return build_table(sheet, columns, _pair_cells(columns, numbered), notes)._replace(book=file, first=looked)


def _cell_values(cells: Cells) -> Cells:
    return tuple(
        ErrorValue(cell.value) if kind == "e" else _shown_days(cell) if kind == "d" else cell.value
        for cell in cells
        for kind in (cell.data_type,)
    )


def _shown_days(cell: Any) -> Any:
    """Return the date of a cell as it is shown: the month or the year of a cell that shows no more."""
    form = _shown_form(cell.number_format)
    if form is None or not isinstance(cell.value, datetime.date):
        return cell.value
    return parse_days(cell.value.strftime(form), (form,))


@functools.lru_cache(maxsize=256)
def _shown_form(number_format: str) -> str | None:
    """Return the form of a month or a year, if a number format shows no more: `mmm-yy` → `%Y-%m`. None: a day."""
    letters = set(UNSHOWN.sub("", number_format).partition(";")[0].lower())
    if "y" not in letters or not letters.isdisjoint("dhs"):
        return None
    return "%Y-%m" if "m" in letters else "%Y"


def _trim_cells(cells: Cells) -> Cells:
    """Return the cells of a row up to the last that is not empty."""
    while cells and cells[-1] is None:
        cells = cells[:-1]
    return cells


def _pair_cells(columns: tuple[str, ...], rows: Iterator[tuple[int, Cells]]) -> Iterator[Numbered]:
    for number, cells in rows:
        if is_blank(cells):
            continue
        beside = tuple(f"column {place}" for place in range(len(columns) + 1, len(cells) + 1))
        values = [_decode_text(cell) for cell in cells]
        row = dict(zip((*columns, *beside), (*values, *[None] * (len(columns) - len(cells))), strict=True))
        if unfit := [name for name, cell in row.items() if isinstance(cell, ErrorValue)]:
            why = "Is an error value of the spreadsheet. If nobody needs the column, ignore it in the mapping."
            yield number, UnfitRowError(unfit[0], row[unfit[0]], why, row, (*unfit, *beside))
        elif beside:
            why = (
                f"Has no header. The table has {count_noun(len(columns), 'column')}. Name the column, or ignore "
                f"{beside[-1]} in the mapping."
            )
            yield number, UnfitRowError("", cells[-1], why, row, [name for name in beside if row[name] is not None])
        else:
            yield number, row


def _decode_text(cell: Any) -> Any:
    """Return a text as a spreadsheet shows it: `_x0041_` → A, CR LF → LF."""
    if not (isinstance(cell, str) and "_x" in cell):
        return cell
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell).replace("\r\n", "\n")


def _refuse_uncomputed(name: str, binary: IO[bytes]) -> None:
    """Raise `UnreadableFileError` for a formula without a stored value, which would be read as an empty cell."""
    try:
        with zipfile.ZipFile(binary) as book:
            if sum(entry.file_size for entry in book.infolist() if entry.filename == TEXTS) > MOST_TEXTS:
                raise UnreadableFileError(
                    f"{name} has more than {MOST_TEXTS >> 20} MiB of texts, which do not fit in memory."
                )
            for sheet in book.namelist():
                if sheet.startswith("xl/worksheets/") and _has_uncomputed(book, sheet):
                    raise UnreadableFileError(
                        f"{name} has formulas without values. Open it in a spreadsheet and save it."
                    )
    except zipfile.BadZipFile as error:
        raise UnreadableFileError(f"{name} cannot be read as an XLSX workbook: {error}.") from None
    binary.seek(0)


def _has_uncomputed(book: zipfile.ZipFile, sheet: str) -> bool:
    with book.open(sheet) as file:
        tail = b""
        while chunk := file.read(CHUNK):
            if UNCOMPUTED.search(tail + chunk):
                return True
            tail = chunk[-1000:]
    return False
