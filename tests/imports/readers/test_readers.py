"""Files of every kind are read without a change, or refused with the name and the line."""

import datetime
import gzip
import hashlib
import json
import lzma
import pathlib
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from imports.mapping_language.cells import UnfitCellError, cell_text
from imports.mapping_language.dates import Days, parse_days
from imports.readers.detect_format import read_tables, total_size
from imports.readers.headers import join_names
from imports.readers.tables import Table, UnreadableFileError

TEXT = "name,toll\nŞuşa,3\nGəncə,26\n"
ROWS = [{"name": "Şuşa", "toll": "3"}, {"name": "Gəncə", "toll": "26"}]


def only(file: pathlib.Path, **told: Any) -> tuple[Table, list[tuple[int, Any]]]:
    """Return the only table of a file, and its rows."""
    (table,) = read(file, **told)
    return table


def read(file: pathlib.Path, **told: Any) -> list[tuple[Table, list[tuple[int, Any]]]]:
    return [(table, list(table.rows)) for table in read_tables(file, told, lambda count: None)]


def rows(file: pathlib.Path, **told: Any) -> list[dict[str, Any]]:
    return [cells for _, cells in only(file, **told)[1]]


# CSV -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "encoding utf-8"),
        ("utf-8-sig", "encoding utf-8-sig"),
        ("utf-16", "encoding utf-16"),
    ],
)
def test_an_encoding_is_found_out(tmp_path: pathlib.Path, encoding: str, told: str) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.replace("\n", "\r\n").encode(encoding))
    table, found = only(tmp_path / "a.csv")
    assert [cells for _, cells in found] == ROWS
    assert table.notes == (told, "delimiter comma")


def test_an_encoding_of_eight_bits_is_found_out_wherever_it_shows(tmp_path: pathlib.Path) -> None:
    """The first bytes that are not UTF-8 come after more than a megabyte of ASCII."""
    text = "name,note\n" + "Ganja,nothing was said about it\n" * 40_000 + "Донецк,погибли мирные жители города\n"
    (tmp_path / "a.csv").write_bytes(text.encode("cp1251"))
    table, found = only(tmp_path / "a.csv")
    assert found[-1][1] == {"name": "Донецк", "note": "погибли мирные жители города"}
    assert table.notes[0] == "encoding cp1251 (a guess: check the names)"


def test_an_encoding_that_is_told_is_held_to(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_bytes("name\nШуша\n".encode("koi8-r"))
    assert rows(tmp_path / "a.csv", encoding="koi8-r") == [{"name": "Шуша"}]
    with pytest.raises(UnreadableFileError, match="a.csv.* is not utf-8"):
        rows(tmp_path / "a.csv", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="not an encoding"):
        rows(tmp_path / "a.csv", encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_found_out(tmp_path: pathlib.Path, delimiter: str) -> None:
    """Other delimiters may be in quoted cells and in numbers."""
    lines = [["name", "toll", "note"], ["A", '"1,200"', '"two; or three"'], ["B", '"4|5"', '"a\tb, c, d"']]
    (tmp_path / "a.csv").write_text("\n".join(delimiter.join(cells) for cells in lines) + "\n")
    assert rows(tmp_path / "a.csv") == [
        {"name": "A", "toll": "1,200", "note": "two; or three"},
        {"name": "B", "toll": "4|5", "note": "a\tb, c, d"},
    ]


def test_rows_are_numbered_by_the_line_on_which_they_begin(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text('name,note\nA,"two\nlines"\n\nB,x\n')
    assert [number for number, _ in only(tmp_path / "a.csv")[1]] == [2, 5]


def test_a_row_with_too_few_or_too_many_cells_is_refused_and_the_others_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text("name,toll\nA,1\nB\nC,3,4\nD,4\n")
    found = only(tmp_path / "a.csv")[1]
    assert [number for number, cells in found if isinstance(cells, UnfitCellError)] == [3, 4]
    why = "Must have 2 cells, one per column. If it is a note, leave it out with `ignore: rows`."
    assert str(found[1][1]) == f": '1 cell'. {why}"
    assert found[3] == (5, {"name": "D", "toll": "4"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "name,toll,name\nA,1,2\n",
            "a.csv: the header repeats name. "
            "If the header has two rows, give both in the mapping: file: {header: [1, 2]}.",
        ),
        ('name,toll\nA,1\nB,"2\nC,3\n', "a.csv, in the row that begins in line 3: unexpected end of data."),
        ('name,toll\nA,"1"2\n', "a.csv, in the row that begins in line 2: ',' expected after '\"'."),
        ("", "a.csv is empty."),
    ],
)
def test_what_is_no_table_is_refused_by_line(tmp_path: pathlib.Path, text: str, told: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UnreadableFileError) as error:
        rows(tmp_path / "a.csv")
    assert str(error.value) == told


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text(",toll\n0,3\n")
    table, found = only(tmp_path / "a.csv")
    assert found == [(2, {"column 1": "0", "toll": "3"})]
    assert table.notes[-1] == "column 1 has no name"


def test_lines_above_the_header_are_passed_over(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text("A title\nMade today\nname,toll\nA,1\n")
    assert rows(tmp_path / "a.csv", header=[3], delimiter=",") == [{"name": "A", "toll": "1"}]


def test_a_title_above_the_header_is_no_header(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text("Toll of May,\n,\nname,toll\nA,1\n")
    table, found = only(tmp_path / "a.csv")
    assert found == [(4, {"name": "A", "toll": "1"})] and table.notes[-1] == "header in row 3"
    path = workbook(tmp_path / "a.xlsx", {"Toll": [["Toll of May"], [None], ["name", "toll"], ["A", 1]]})
    table, found = only(path)
    assert found == [(4, {"name": "A", "toll": 1})] and table.notes == ("header in row 3",)


@pytest.mark.parametrize("text", ["name,\nA,1\n", ",toll\n0,3\n", "name\nA\n", "name,\nA,A\n"])
def test_a_header_with_one_name_is_no_title(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert [number for number, _ in only(tmp_path / "a.csv")[1]] == [2]


TWO_ROWS = [
    ["Day", None, "Dead", None, "Hurt", None],
    [None, "Place", "min", "max", "min", "max"],
    ["1", "N", 1, 2, 3, 4],
]


def test_a_header_in_two_rows_is_read_alike_in_csv_and_in_a_sheet(tmp_path: pathlib.Path) -> None:
    """Fault I10: the first row of a sheet ends before its last merged cell does, and that column was lost."""
    path = workbook(tmp_path / "a.xlsx", {"Toll": TWO_ROWS})
    lines = [",".join("" if cell is None else str(cell) for cell in line) for line in TWO_ROWS]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    for file in (path, tmp_path / "a.csv"):
        table, found = only(file, header=[1])
        assert table.columns == ("Day", "column 2", "Dead", "column 4", "Hurt", "column 6")
        assert [str(cell) for cell in found[1][1].values()] == ["1", "N", "1", "2", "3", "4"]
        table, found = only(file, header=[1, 2])
        assert table.columns == ("Day", "Place", "Dead min", "Dead max", "Hurt min", "Hurt max")
        assert [number for number, _ in found] == [3] and "header in rows 1 and 2" in table.notes


def test_a_name_reaches_over_the_cells_that_are_merged_with_it() -> None:
    three = [["War", "", "", ""], ["Dead", "", "Hurt", ""], ["min", "max", "min", "max"]]
    assert join_names(three) == ["War Dead min", "War Dead max", "War Hurt min", "War Hurt max"]
    assert join_names([["Day", "Dead"], ["", "min", "max"]]) == ["Day", "Dead min", "Dead max"]


def test_a_row_of_hashtags_is_known_as_such(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.csv").write_text("name,toll,n\n#loc+name,#affected +killed,\nA,1,\n")
    table, found = only(tmp_path / "a.csv")
    assert table.tags == {"name": "#loc+name", "toll": "#affected +killed"}
    assert found == [(3, {"name": "A", "toll": "1", "n": ""})]
    (tmp_path / "b.csv").write_text("name,toll\n#1 in the list,1\n")
    assert not only(tmp_path / "b.csv")[0].tags


# Packed --------------------------------------------------------------------------------------------------------------


def pack_zip(path: pathlib.Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
        packed.writestr("__MACOSX/._" + name, b"x")


PACKED: dict[str, Callable[[pathlib.Path, bytes], object]] = {
    "a.csv.gz": lambda path, content: path.write_bytes(gzip.compress(content)),
    "a.csv.xz": lambda path, content: path.write_bytes(lzma.compress(content)),
    "a.zip": lambda path, content: pack_zip(path, "a.csv", content),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_files_are_read_as_they_lie(tmp_path: pathlib.Path, name: str) -> None:
    PACKED[name](tmp_path / name, TEXT.encode())
    table, found = only(tmp_path / name)
    assert [cells for _, cells in found] == ROWS
    assert table.name == "a.csv"


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_that_is_cut_short_is_refused_wherever_it_is_cut(tmp_path: pathlib.Path, name: str) -> None:
    PACKED[name](tmp_path / name, b"name,toll\n" + b"".join(b"A%d,1\n" % n for n in range(2000)))
    whole = (tmp_path / name).read_bytes()
    for end in range(12, len(whole), len(whole) // 20):
        (tmp_path / name).write_bytes(whole[:end])
        with pytest.raises(UnreadableFileError, match=r"damaged or cut short|has no file"):
            rows(tmp_path / name)


def test_all_files_of_a_zip_are_read_or_those_that_are_named(tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("in/one.csv", "a\n1\n")
        packed.writestr("in/two.csv", "a\n2\n")
    assert [table.name for table, _ in read(tmp_path / "a.zip")] == ["one.csv", "two.csv"]
    assert rows(tmp_path / "a.zip", name="t*.csv") == [{"a": "2"}]
    with pytest.raises(UnreadableFileError, match="has no file three.csv"):
        read(tmp_path / "a.zip", name="three.csv")


def test_a_sheet_that_is_not_there_is_no_empty_release(tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(UnreadableFileError, match="a.xlsx has no sheet or table Toll."):
        read(tmp_path / "a.xlsx", name="Toll")


def test_what_is_read_is_counted_once_to_the_end(tmp_path: pathlib.Path) -> None:
    for name, pack in {"a.csv": pathlib.Path.write_bytes, **PACKED}.items():
        path = tmp_path / name
        pack(path, b"name,toll\n" + b"A,1\n" * 5000)
        counted: list[int] = []
        for table in read_tables(path, {}, counted.append):
            list(table.rows)
        assert total_size(path) * 0.9 <= sum(counted) <= total_size(path) * 1.5 + 400, name


# JSON ----------------------------------------------------------------------------------------------------------------


def test_objects_of_an_array_are_read_wherever_it_lies(tmp_path: pathlib.Path) -> None:
    found = [{"a": 1, "b": {"c": [1, 2], "d": None}}, {"a": 5.0}]
    (tmp_path / "a.json").write_text(json.dumps(found))
    (tmp_path / "b.json").write_text(json.dumps({"meta": {"n": 2}, "data": {"events": found}}))
    wanted = [{"a": 1, "b": found[0]["b"], "b.c": [1, 2], "b.d": None}, {"a": 5.0}]
    assert rows(tmp_path / "a.json") == wanted
    assert rows(tmp_path / "b.json", path="data.events") == wanted
    assert rows(tmp_path / "b.json", path="whole")[0]["data.events"] == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"data": []}', "a.json has no array of objects. Give its place in the mapping (file: path)."),
        ('[{"a": 1}, {"a": ', "a.json, in the 64 KiB after object 1: "),
        ('[{"a": NaN}]', "a.json, near its beginning: "),
    ],
)
def test_json_that_is_none_is_refused_by_its_place(tmp_path: pathlib.Path, text: str, told: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnreadableFileError) as error:
        rows(tmp_path / "a.json")
    assert str(error.value).startswith(told)


def test_what_is_no_object_or_tells_something_twice_is_refused_as_a_row(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": 1}, 2, {"b": [{"a": 1, "c": 2, "a": 1}]}, {"a": 4}]')
    (one, two, three, four) = only(tmp_path / "a.json")[1]
    assert (one, four) == ((1, {"a": 1}), (4, {"a": 4}))
    assert str(two[1]) == ": 2. Must be an object."
    assert str(three[1]) == "a: 'a'. Appears twice in one object."


def test_bad_lines_of_ndjson_are_refused_as_rows(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"a": 1}\n\n{"a": \n{"b": 1, "b": 2}\n{"a": 3}\n')
    found = only(tmp_path / "a.ndjson")[1]
    assert [number for number, cells in found if isinstance(cells, UnfitCellError)] == [3, 4]
    assert [(number, cells) for number, cells in found if not isinstance(cells, UnfitCellError)] == [
        (1, {"a": 1}),
        (5, {"a": 3}),
    ]


# XLSX ----------------------------------------------------------------------------------------------------------------


def workbook(path: pathlib.Path, sheets: dict[str, list[list[Any]]]) -> pathlib.Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def test_sheets_are_read_by_name(tmp_path: pathlib.Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", {"Toll": [["name", "toll"], ["Gəncə", 26], [None, None], ["B", 1.5]], "Notes": []}
    )
    table, found = only(path, name="T*")
    assert table.name == "Toll" and found == [(2, {"name": "Gəncə", "toll": 26}), (4, {"name": "B", "toll": 1.5})]


def test_errors_and_cells_beside_the_table_are_refused_as_rows(tmp_path: pathlib.Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Toll": [["name", "toll"], ["A", "#N/A"], ["B", 1, "beside"], ["C", 2]]})
    found = only(path)[1]
    assert [number for number, cells in found if isinstance(cells, UnfitCellError)] == [2, 3]


def test_a_formula_that_nobody_computed_is_refused(tmp_path: pathlib.Path) -> None:
    """Such a formula would be read as an empty cell, and the figure would be lost without a message."""
    path = workbook(tmp_path / "a.xlsx", {"Toll": [["name", "toll"], ["A", "=1+2"]]})
    with pytest.raises(UnreadableFileError, match="formulas without values"):
        rows(path)


def test_what_only_has_the_name_of_a_workbook_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(UnreadableFileError, match="cannot be read as an XLSX workbook"):
        rows(tmp_path / "a.xlsx")


# Data packages -------------------------------------------------------------------------------------------------------


def package(folder: pathlib.Path, **changed: Any) -> pathlib.Path:
    folder.mkdir()
    content = TEXT.encode()
    (folder / "places.csv").write_bytes(content)
    told = {"name": "places", "path": "places.csv", "bytes": len(content)}
    told |= {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}"} | changed
    (folder / "datapackage.json").write_text(json.dumps({"resources": [told]}))
    return folder


def described(folder: pathlib.Path, content: str, **resource: Any) -> pathlib.Path:
    """Make a package of one resource, which is only described by these words."""
    folder.mkdir()
    (folder / "toll.csv").write_text(content)
    described = {"name": "toll", **({} if "data" in resource else {"path": "toll.csv"}), **resource}
    (folder / "datapackage.json").write_text(json.dumps({"resources": [described]}))
    return folder


def test_a_package_says_how_its_cells_are_written(tmp_path: pathlib.Path) -> None:
    """Fault I16: each of these words was ignored, or the file refused."""
    fields = [
        {"name": "day", "type": "date", "format": "%d.%m.%Y"},
        {"name": "killed", "type": "integer", "groupChar": "."},
        {"name": "share", "type": "number", "groupChar": ".", "decimalChar": ",", "bareNumber": False},
        {"name": "denied", "type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]},
        {"name": "note", "type": "string"},
    ]
    content = "# made by hand\n3.5.2021;1.200;€ 1.234,5;ja;'a; b'\n4.5.2021;-;-;nein;'two\n# lines'\n"
    content += "5.5.2021;12;3;vielleicht;x\n"
    dialect = {"delimiter": ";", "quoteChar": "'", "commentChar": "#", "header": False}
    path = described(tmp_path / "a", content, dialect=dialect, schema={"fields": fields, "missingValues": ["", "-"]})
    first, second, third = only(path)[1]
    assert first == (
        2,
        {"day": date(2021, 5, 3), "killed": 1200, "share": Decimal("1234.5"), "denied": "true", "note": "a; b"},
    )
    assert second == (
        3,
        {"day": date(2021, 5, 4), "killed": "", "share": "", "denied": "false", "note": "two\n# lines"},
    )
    assert third[0] == 5 and str(third[1]) == (
        "denied: 'vielleicht'. Is not as the data package describes it: none of ja, nein."
    )


@pytest.mark.parametrize(
    ("kind", "cell", "told"),
    [
        ({"type": "date", "format": "%d.%m.%Y"}, "2021-05-03", "no date written %d.%m.%Y"),
        ({"type": "integer", "groupChar": ","}, "twelve", "no integer"),
    ],
)
def test_a_cell_that_is_not_as_described_is_refused(
    tmp_path: pathlib.Path, kind: dict[str, str], cell: str, told: str
) -> None:
    path = described(tmp_path / "a", f"n,x\n1,{cell}\n", schema={"fields": [{"name": "n"}, {"name": "x", **kind}]})
    assert str(only(path)[1][0][1]) == f"x: {cell!r}. Is not as the data package describes it: {told}."


def test_a_resource_may_be_several_files_or_in_the_descriptor(tmp_path: pathlib.Path) -> None:
    path = described(tmp_path / "a", "name,toll\nA,1\n", path=["toll.csv", "more.csv", "bare.csv"])
    (path / "more.csv").write_text("name,toll\nB,2\n")
    (path / "bare.csv").write_text("C,3\n")
    expected = [{"name": "A", "toll": "1"}, {"name": "B", "toll": "2"}, {"name": "C", "toll": "3"}]
    assert rows(path) == expected
    inline = [{"name": "A", "toll": 1}]
    for place, data in enumerate([inline, [["name", "toll"], ["A", 1]], inline[0]]):
        assert rows(described(tmp_path / f"b{place}", "", data=data)) == inline
    assert rows(described(tmp_path / "c", "", data="name,toll\nA,1\n", format="csv")) == expected[:1]


def test_a_resource_of_json_in_one_line_is_not_a_header(tmp_path: pathlib.Path) -> None:
    for name, content in {"a.json": '[{"name": "A", "toll": 1}]', "a.ndjson": '{"name": "A", "toll": 1}'}.items():
        path = described(tmp_path / name.replace(".", "-"), "", path=name)
        (path / name).write_text(content)
        assert rows(path) == [{"name": "A", "toll": 1}]


def test_a_schema_in_another_file_is_read_from_the_package_alone(tmp_path: pathlib.Path) -> None:
    path = described(tmp_path / "a", "name,toll\nA,-\n", schema="schema.json")
    with pytest.raises(UnreadableFileError, match="the schema of toll is schema.json, which is not in the package"):
        rows(path)
    (path / "schema.json").write_text('{"fields": [], "missingValues": [{"value": "-", "label": "none"}]}')
    assert rows(path) == [{"name": "A", "toll": ""}]


def test_resources_of_a_package_are_read_by_their_names(tmp_path: pathlib.Path) -> None:
    folder = package(tmp_path / "package")
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as packed:
        for path in folder.iterdir():
            packed.write(path, f"package/{path.name}")
    for path in (folder, tmp_path / "package.zip"):
        table, found = only(path)
        assert table.name == "places" and [cells for _, cells in found] == ROWS


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"bytes": 7}, "places.csv is not the file that the package describes"),
        ({"hash": "sha256:" + "0" * 64}, "places.csv is not the file that the package describes"),
        ({"path": "../places.csv"}, "lacks ../places.csv"),
        ({"path": "others.csv"}, "lacks others.csv"),
    ],
)
def test_a_package_that_is_not_what_it_says_is_refused(
    tmp_path: pathlib.Path, changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        rows(package(tmp_path / "package", **changed))


def test_a_file_of_no_known_kind_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(
        UnreadableFileError, match=r"a.docx: the format cannot be seen from .docx; known suffixes are .csv"
    ):
        rows(tmp_path / "a.docx")


def test_a_zip_with_a_readme_is_refused_with_how_a_mapping_picks_the_table(tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(tmp_path / "toll.zip", "w") as packed:
        packed.writestr("toll.csv", "id\n1\n")
        packed.writestr("README.md", "What this is.")
    with pytest.raises(
        UnreadableFileError,
        match=r'README.md: the format cannot be seen from .md; .* a file of a zip with file: \{name: "\*.csv"\}',
    ):
        rows(tmp_path / "toll.zip")
    assert len(rows(tmp_path / "toll.zip", name="*.csv")) == 1


@pytest.mark.parametrize(
    ("format", "shown", "days"),
    [
        ("yyyy", "2021", ("2021-01-01", "2021-12-31", 5)),
        ('"  "yyyy', "2021", ("2021-01-01", "2021-12-31", 5)),
        ("mmm-yy", "2021-02", ("2021-02-01", "2021-02-28", 4)),
        ("[$-409]mmmm\\ yyyy", "2021-02", ("2021-02-01", "2021-02-28", 4)),
        ("dd/MM/yyyy", "2021-02-03", ("2021-02-03", "2021-02-03", 1)),
        ("d-mmm", "2021-02-03", ("2021-02-03", "2021-02-03", 1)),
        ("yyyy-mm-dd hh:mm", "2021-02-03", ("2021-02-03", "2021-02-03", 1)),
        ('"dated" mmm-yy', "2021-02", ("2021-02-01", "2021-02-28", 4)),
    ],
)
def test_a_date_of_a_sheet_is_as_exact_as_it_is_shown(
    tmp_path: pathlib.Path, format: str, shown: str, days: tuple[str, str, int]
) -> None:
    """A cell that shows 2021 has 1 January 2021 inside, which was read as this day."""
    book = openpyxl.Workbook()
    book.active.append(["Day", "Toll"])
    book.active.append([datetime.datetime(2021, 2, 3), 4])
    book.active["A2"].number_format = format
    book.save(tmp_path / "sheet.xlsx")
    ((_, row),) = next(tables := read_tables(tmp_path / "sheet.xlsx", {}, lambda read: None)).rows
    tables.close()
    assert cell_text(row["Day"]) == shown
    assert parse_days(row["Day"], ("%Y-%m-%d",)) == Days(*days)
