"""Defective files are refused as a whole or row by row, with the fault. No file is read in part without a message."""

import gzip
import json
import pathlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openpyxl
import pytest
from flask import Flask

from api.database.connection import database
from imports.mapping_language.compile import load_mapping
from imports.pipeline.error_report import ErrorReport
from imports.pipeline.run import ImportOptions, ImportRun
from imports.readers.detect_format import read_tables
from imports.readers.json import DEEPEST, LONGEST
from imports.readers.tables import UnreadableFileError
from schemas.imports.mappings import MappingIn
from tests.imports.cli.test_import_files import MAPPING, ROWS, written
from tests.support import imported

LINE = {"no": 1, "day": "1/2/2020", "place": "North", "harm": "dead", "toll": 3, "about": ""}


def rows(file: pathlib.Path) -> list[Any]:
    return [cells for table in read_tables(file, {}, lambda count: None) for _, cells in table.rows]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_characters_are_known_without_a_mark(tmp_path: pathlib.Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS.replace("North", "Şuşa").encode(encoding))
    assert [row["place"] for row in rows(tmp_path / "a.csv")] == ["Şuşa", "South"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"\n\n\n", "a.csv: row 1 is empty, where the header should be."),
        ("a.csv", b"no\n" + b"x" * LONGEST, "a.csv has a line of more than 4 million characters."),
        ("a.csv.gz", gzip.compress(ROWS.encode(), mtime=0)[:20] + b"x" * 60, "a.csv is damaged or cut short: "),
        ("a.json", b"[" * 99_999, "a.json is nested more than 64 levels deep."),
        ("a.json", b'[{"a": "' + b"x" * (LONGEST + 99_999), "a.json has a text of more than 4 MiB."),
        ("a.json", b'[{"a": "\\ud800"}]', 'a.json: "\\ud800" has half of a surrogate pair'),
        ("a.json", b'[{"a": 1%s}]' % (b"0" * 5000), "a.json, near its beginning: "),
        ("a.ndjson", b"", "a.ndjson is empty."),
        ("a.ndjson", b'{"a": "' + b"x" * LONGEST, "a.ndjson, line 1 has more than 4 MiB."),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: pathlib.Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError) as error:
        rows(tmp_path / name)
    assert str(error.value).startswith(told)


def test_emptied_rows_are_no_rows(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Spreadsheets write them as `,,,`. They were refused, as rows without an id."""
    header, *lines = ROWS.splitlines()
    blank = "," * header.count(",")
    (tmp_path / "a.csv").write_text("\n".join([header, blank, lines[0], blank.replace(",", " , "), *lines[1:], blank]))
    book = openpyxl.Workbook()
    for line in (header, blank, *lines):
        book.active.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    for name in ("a.csv", "a.xlsx"):
        assert [row["place"] for row in rows(tmp_path / name)] == ["North", "South"]


def test_a_workbook_without_a_table_is_refused(tmp_path: pathlib.Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableFileError, match=r"a\.xlsx has no sheet with a header\."):
        rows(tmp_path / "a.xlsx")


def test_a_workbook_whose_texts_do_not_fit_into_memory_is_refused(tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/sharedStrings.xml", "w") as texts:
            for _ in range(257):
                texts.write(bytes(1 << 20))
    with pytest.raises(UnreadableFileError, match=r"a\.xlsx has more than 256 MiB of texts"):
        rows(tmp_path / "a.xlsx")


def test_json_is_read_whatever_stands_in_its_texts(tmp_path: pathlib.Path) -> None:
    """The texts have brackets, quotes and backslashes, also at the border of two chunks of the file."""
    texts = ["[" * 200, '"' * 200, "\\" * 201, "😀" * 40, '\\"[{' * 9, "C:\\ud800"]
    nested: Any = "deep"
    for _ in range(DEEPEST - 2):
        nested = [nested]
    for indent in (None, 3):
        found = [{"a": text, "b": nested} for text in texts * 50]
        (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(found, indent=indent).encode())
        assert rows(tmp_path / "a.json") == found


def test_lines_that_hold_no_number_or_text_are_refused_alone(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(MAPPING)
    good, odd = json.dumps(LINE), ("9" * 5000, "1e400", "Infinity", "true")
    lines = [good, *(good.replace(": 3", f": {number}") for number in odd), good.replace("North", "\\ud800"), good[:9]]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    given = (tmp_path / "a.ndjson", "--mapping", tmp_path / "desk.yaml", "--report", tmp_path / "report.csv")
    assert imported.run(*given, "--max-errors", "5").exit_code == 1
    assert written() == 0
    told = {line["row"]: line["found"] for line in imported.reported(tmp_path / "report.csv")}
    assert told.keys() == {"2", "3", "4", "5", "6", "7"}
    assert (told["3"], told["4"], told["5"], told["6"][:6]) == ("inf", "inf", "True", "\\ud800")
    assert imported.run(*given, "--max-errors", "6", "--dry-run").exit_code == 0
    assert written() == 0
    assert imported.run(*given, "--max-errors", "6").exit_code == 0
    assert empty.test_client().get("/v1/claims?fields=id").json["meta"]["total"] == 1


HEADLESS = "Ada Quill,31,Northford,2021-05-13\nBea Quill,7,Northford,2021-05-13\n"


def test_a_mapping_names_the_columns_of_a_file_without_a_header(tmp_path: pathlib.Path) -> None:
    (tmp_path / "names.csv").write_text(HEADLESS)
    options = {"columns": ["Name", "Age", "Place", "Day"]}
    (table,) = read_tables(tmp_path / "names.csv", options, lambda read: None)
    assert [cells["Age"] for _, cells in table.rows if isinstance(cells, dict)] == ["31", "7"]
    assert "no header" in table.notes
    (table,) = read_tables(tmp_path / "names.csv", {"columns": ["Name", "Age"]}, lambda read: None)
    assert [str(fault) for _, fault in table.rows] == [": '4 cells'. Must have 2 cells, one per column."] * 2


def test_columns_and_a_header_exclude_each_other() -> None:
    faults = MappingIn().validate({"file": {"columns": ["Name"], "header": [2]}})
    assert faults["file"] == {"columns": ["Leave out header, or columns, which are for a file without one."]}
    assert "columns" in MappingIn().validate({"file": {"columns": ["Name", "Name"]}})["file"]


def test_a_file_that_is_written_to_while_it_is_read_is_refused(empty: Flask, tmp_path: pathlib.Path) -> None:
    """An import of half a dataset release would withdraw the other half."""
    (tmp_path / "desk.yaml").write_text(MAPPING)
    (tmp_path / "a.csv").write_text(ROWS)

    class Bar:
        def update(self, n_steps: int) -> None:
            (tmp_path / "a.csv").write_text(ROWS + "3,1/2/2020,East,dead,4,\n")

    @contextmanager
    def progress(label: str, length: int) -> Iterator[Bar]:
        yield Bar()

    asked = ImportOptions([tmp_path / "a.csv"], load_mapping(str(tmp_path / "desk.yaml")), "1", "A test.")
    with database.connection_context(), ErrorReport(tmp_path / "report.csv") as report:
        with pytest.raises(UnreadableFileError, match="changed while it was being read"):
            ImportRun(asked, report, progress).run()
    assert written() == 0


def test_a_file_that_is_gone_is_told(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(MAPPING)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.csv").symlink_to(tmp_path / "nowhere.csv")
    told = imported.run(tmp_path / "a", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 1 and "a has no file *." in told.output


NOTED = MAPPING.replace(
    "records:",
    """ignore:
  columns: {column 7: Notes beside the table., rate: Not a number of people.}
  rows:
    - when: {any: [{column: "no", starts_with: "Source:"}, {column: "no", is: Total}]}
      because: Notes and totals.
records:""",
    1,
)


def test_notes_under_a_table_are_left_out_by_their_words(empty: Flask, tmp_path: pathlib.Path) -> None:
    """A note has one cell, so that it was refused, whatever the mapping said."""
    (tmp_path / "desk.yaml").write_text(NOTED)
    (tmp_path / "sheet.csv").write_text(f"{ROWS}Total,,,,15,\nSource: the desk\n")
    told = imported.run(tmp_path / "sheet.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0 and "2 rows left out: Notes and totals." in told.output, told.output
    explained = imported.run(tmp_path / "sheet.csv", "--mapping", tmp_path / "desk.yaml", "--explain", "5").output
    assert "The row is left out: Notes and totals." in explained


@pytest.mark.parametrize("row", ["3,1/2/2020,North", "* provisional", "3,1/2/2020,North,dead,3,,x"])
def test_other_rows_of_another_length_stay_refused(empty: Flask, tmp_path: pathlib.Path, row: str) -> None:
    """A condition that reads a cell which the row has not does not hold: the file may be cut off."""
    open_condition = "{column: toll, empty: true}"
    (tmp_path / "desk.yaml").write_text(NOTED.replace('{column: "no", is: Total}', open_condition))
    (tmp_path / "sheet.csv").write_text(f"{ROWS}{row}\n")
    told = imported.run(tmp_path / "sheet.csv", "--mapping", tmp_path / "desk.yaml", "--report", tmp_path / "r.csv")
    assert told.exit_code == 1 and "1 row refused" in told.output and "Must have 6 cells" in told.output


def test_unfit_cells_of_columns_that_are_ignored_refuse_no_row(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Addresses beside the table, and errors in a column of rates, refused rows that nobody could then import."""
    book = openpyxl.Workbook()
    book.active.append(["no", "day", "place", "harm", "toll", "about"])
    book.active.append([1, "1/2/2020", "North", "dead", 3, None, "https://desk.example"])
    book.active.append([2, "5/2/2020", "South", "hurt", 12, "x"])
    book.save(tmp_path / "sheet.xlsx")
    (tmp_path / "desk.yaml").write_text(NOTED)
    told = imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0 and imported.counted(told.output)["claims"] == {"created": 2}, told.output
    (tmp_path / "desk.yaml").write_text(NOTED.replace("column 7", "column 8"))
    told = imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml", "--report", tmp_path / "r.csv")
    assert told.exit_code == 1 and "Name the column, or ignore column 7 in the mapping." in told.output


def test_errors_of_a_sheet_in_an_ignored_column(empty: Flask, tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["no", "day", "place", "harm", "toll", "about", "rate"])
    book.active.append([1, "1/2/2020", "North", "dead", 3, None, "#DIV/0!"])
    book.active["G2"].data_type = "e"
    book.save(tmp_path / "sheet.xlsx")
    (tmp_path / "desk.yaml").write_text(NOTED)
    told = imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    (tmp_path / "desk.yaml").write_text(MAPPING)
    told = imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml", "--report", tmp_path / "r.csv")
    assert told.exit_code == 1 and "rate: '#DIV/0!'. Is an error value" in told.output


def test_a_sheet_that_is_not_meant_names_the_word_for_others(empty: Flask, tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["About", "the data"])
    book.create_sheet("Data").append(["no", "day", "place", "harm", "toll", "about"])
    book["Data"].append([1, "1/2/2020", "North", "dead", 3, None])
    book.save(tmp_path / "sheet.xlsx")
    (tmp_path / "desk.yaml").write_text(MAPPING)
    told = imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 1 and 'name them in the mapping: file: {name: "Data*"}.' in told.output
    (tmp_path / "desk.yaml").write_text('file: {name: "Data*"}\n' + MAPPING)
    assert imported.run(tmp_path / "sheet.xlsx", "--mapping", tmp_path / "desk.yaml").exit_code == 0
