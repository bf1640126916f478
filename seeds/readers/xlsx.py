"""XLSX: the rows of a sheet, as values. A formula is as good as the value that a spreadsheet has stored for it."""

import re
import zipfile
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from seeds.language.cells import Unfit, text
from seeds.readers.files import CHUNK, File
from seeds.readers.tables import LOOKED, Numbered, Table, Unreadable, header_row, named, tabled

ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
TEXTS, MOST_TEXTS = "xl/sharedStrings.xml", 1 << 28
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # ST_Xstring of ECMA-376
UNCOMPUTED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>\s*|<v></v>\s*)?</c>")


def tables(file: File, header: int | None = None) -> Iterator[Table]:
    """The sheets of a workbook that have a header, one table each. Raises `Unreadable`."""
    import openpyxl  # takes a while

    with file.open() as binary:
        _refuse_uncomputed(file.name, binary)
        try:
            book = openpyxl.load_workbook(binary, read_only=True, data_only=True)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{file.name} is no workbook: {error}.") from None
        found = False
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs store wrong ones
            numbered = enumerate(sheet.iter_rows(values_only=True), 1)
            looked = list(islice(numbered, LOOKED))
            wanted = header or header_row([cells for _, cells in looked])
            rows = chain(looked, numbered)
            above = next((cells for number, cells in rows if number == wanted), ())
            while above and above[-1] is None:
                above = above[:-1]
            if above:
                found = True
                columns, unnamed = named(
                    f"{file.name}, sheet {sheet.title}", ["" if c is None else text(c) for c in above]
                )
                yield tabled(sheet.title, columns, _under(columns, rows), unnamed)._replace(book=file.name)
        book.close()
        if not found:
            raise Unreadable(f"{file.name} holds no sheet with a header.")


def _under(columns: tuple[str, ...], rows: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Numbered]:
    for number, cells in rows:
        filled = [place for place, cell in enumerate(cells) if cell is not None]
        if not filled:
            continue
        if filled[-1] >= len(columns):
            yield number, Unfit("", cells[filled[-1]], f"Stands under no header: there are {len(columns)} columns.")
            continue
        told = [_told(cell) for cell in cells]
        found = dict(zip(columns, (*told, *[None] * (len(columns) - len(cells))), strict=False))
        wrong = next((name for name, cell in found.items() if isinstance(cell, str) and cell in ERRORS), None)
        yield number, Unfit(wrong, found[wrong], "Is an error of the spreadsheet.") if wrong else found


def _told(cell: Any) -> Any:
    """A text as a spreadsheet shows it: `_x0041_` in the file stands for A, and a line ends in LF alone."""
    if not (isinstance(cell, str) and "_x" in cell):
        return cell
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell).replace("\r\n", "\n")


def _refuse_uncomputed(name: str, binary: IO[bytes]) -> None:
    """A formula whose value nobody has computed would read as an empty cell."""
    try:
        with zipfile.ZipFile(binary) as book:
            if sum(entry.file_size for entry in book.infolist() if entry.filename == TEXTS) > MOST_TEXTS:
                raise Unreadable(f"{name} holds more than {MOST_TEXTS >> 20} MiB of texts, which must lie in memory.")
            for sheet in book.namelist():
                if sheet.startswith("xl/worksheets/") and _has_uncomputed(book, sheet):
                    raise Unreadable(f"{name} holds formulas without values: open it in a spreadsheet and save it.")
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{name} is no workbook: {error}.") from None
    binary.seek(0)


def _has_uncomputed(book: zipfile.ZipFile, sheet: str) -> bool:
    with book.open(sheet) as file:
        kept = b""
        while chunk := file.read(CHUNK):
            if UNCOMPUTED.search(kept + chunk):
                return True
            kept = chunk[-1000:]
    return False
