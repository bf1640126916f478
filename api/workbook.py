"""Records → XLSX: a sheet of each table and one that says what they are. Whole or refused: nothing is cut off."""

import datetime
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

from api.problems import ApiProblem
from api.render import Chunks, Layout
from schemas.hxl import HXL

MOST_ROWS = 1_048_576  # on a sheet, its header included
LONGEST_CELL = 32_767  # UTF-16 units
OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
#: In every workbook in place of the hour, so that the same records make the same bytes; `about` tells the revision.
CREATED = datetime.datetime(1980, 1, 1)


class Sheet(NamedTuple):
    name: str
    columns: Layout
    chunks: Chunks


class _Exact(float):
    """xlsxwriter writes 16 digits, where a double may need 17."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def written(sheets: Iterable[Sheet], about: dict[str, Any], hxl: bool = False, most: int = MOST_ROWS) -> IO[bytes]:
    """A file that is gone when it is closed; rows go to disk as they come.

    Raises the problem `too-broad` for more than `most` rows on a sheet, and for a cell that Excel would not hold.
    """
    import xlsxwriter

    file = tempfile.TemporaryFile()
    with tempfile.TemporaryDirectory() as scratch:
        book = xlsxwriter.Workbook(file, OPTIONS | {"tmpdir": scratch})
        try:
            _fill(book, sheets, about, hxl, most)
            book.close()
        except BaseException:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            file.close()
            raise
    file.seek(0)
    return file


def _fill(book: Any, sheets: Iterable[Sheet], about: dict[str, Any], hxl: bool, most: int) -> None:
    book.set_properties({"created": CREATED})
    book.use_zip64()  # needed, and used, for sheets above 2 GiB only
    for told in sheets:
        sheet = book.add_worksheet(told.name)
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate(_rows(told, hxl)):
            if number >= most:
                raise ApiProblem("too-broad", f"More than {most - 1:,} {told.name} are too many for a workbook.")
            _write(sheet, told, number, cells)
    _describe(book.add_worksheet("about"), about)


def _rows(told: Sheet, hxl: bool) -> Iterator[list[Any]]:
    yield told.columns.header
    if hxl:
        yield [HXL.get(name) for name in told.columns.header]
    for chunk in told.chunks:
        for record in chunk:
            yield told.columns.cells(record)


def _write(sheet: Any, told: Sheet, number: int, cells: list[Any]) -> None:
    for position, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        if not isinstance(cell, str):
            sheet.write(number, position, _Exact(cell) if isinstance(cell, float) else cell)
        elif sheet.write_string(number, position, cell) != 0:
            where = f"{told.name}, row {number + 1}, {told.columns.header[position]}"
            raise ApiProblem("too-broad", f"{where}: longer than the {LONGEST_CELL:,} characters of a cell.")


def _describe(sheet: Any, about: dict[str, Any]) -> None:
    for number, (name, value) in enumerate(about.items()):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, str(value))
