"""Read XLSX: the rows of a sheet, as values. For a formula, take the value that the spreadsheet program stored."""

import re
import zipfile
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from imports.mapping_language.cells import UnfitCellError, cell_text
from imports.readers.compressed_files import CHUNK, File
from imports.readers.tables import (
    SEARCHED_ROWS,
    Numbered,
    Table,
    UnreadableFileError,
    build_table,
    header_row,
    name_columns,
)
from schemas.sentences import count_noun

TEXTS, MOST_TEXTS = "xl/sharedStrings.xml", 1 << 28
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # ST_Xstring of ECMA-376
UNCOMPUTED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>\s*|<v></v>\s*)?</c>")


class ErrorValue(str):
    """The error of a formula, such as #N/A. A cell with the text #N/A is no error."""


def read_tables(file: File, header: int | None = None) -> Iterator[Table]:
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
            numbered = enumerate(map(_cell_values, sheet.iter_rows()), 1)
            looked = list(islice(numbered, SEARCHED_ROWS))
            header_number = header or header_row([cells for _, cells in looked])
            rows = chain(looked, numbered)
            above = next((cells for number, cells in rows if number == header_number), ())
            while above and above[-1] is None:
                above = above[:-1]
            if above:
                has_table = True
                columns, unnamed = name_columns(
                    f"{file.name}, sheet {sheet.title}", ["" if c is None else cell_text(c) for c in above]
                )
                yield build_table(sheet.title, columns, _pair_cells(columns, rows), unnamed)._replace(book=file.name)
        book.close()
        if not has_table:
            raise UnreadableFileError(f"{file.name} has no sheet with a header.")


def _cell_values(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(ErrorValue(cell.value) if cell.data_type == "e" else cell.value for cell in cells)


def _pair_cells(columns: tuple[str, ...], rows: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Numbered]:
    for number, cells in rows:
        filled = [place for place, cell in enumerate(cells) if cell is not None]
        if not filled:
            continue
        if filled[-1] >= len(columns):
            yield (
                number,
                UnfitCellError(
                    "", cells[filled[-1]], f"Has no header. The table has {count_noun(len(columns), 'column')}."
                ),
            )
            continue
        values = [_decode_text(cell) for cell in cells]
        row = dict(zip(columns, (*values, *[None] * (len(columns) - len(cells))), strict=False))
        wrong = next((name for name, cell in row.items() if isinstance(cell, ErrorValue)), None)
        yield number, UnfitCellError(wrong, row[wrong], "Is an error value of the spreadsheet.") if wrong else row


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
