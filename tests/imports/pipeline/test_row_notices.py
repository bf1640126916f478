"""Faults I9 and I17: rows, cells and files from which nothing is made do not pass in silence."""

import json
import pathlib

import pytest
from flask import Flask

from tests.imports.cli.test_import_files import MAPPING, ROWS, claim, run, written
from tests.support import imported

#: `about` becomes a list of aliases; the name of the event needs two columns.
ODD = MAPPING.replace(
    "records:\n", 'values: {full: "{place}, {day}", tags: {column: about, split: ";"}}\nrecords:\n', 1
).replace('name: "{place}, {day}"', 'name: {first: ["{full}", Somewhere]}').replace(
    'qualifier: {column: about, table: {"": exact, x: about}}', "qualifier: exact"
).replace("      measure: incident\n", '      measure: incident\n      note: {column: tags, join: ", "}\n')  # fmt: skip


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "desk.yaml").write_text(ODD)
    (tmp_path / "sheet.csv").write_text(ROWS)
    return tmp_path


def test_an_empty_cell_that_empties_a_text_is_noticed(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS.replace("North", "") + "3,5/2/2020,,dead,1,\n")
    told = run(desk)
    assert told.exit_code == 0, told.output
    assert "2 rows: full is empty, because place is empty (sheet.csv, row 2; sheet.csv, row 4)." in told.output


def test_rows_that_repeat_an_earlier_row_are_counted(empty: Flask, desk: pathlib.Path) -> None:
    """They were merged without a word, also where they are two events that the mapping gives one id."""
    (desk / "sheet.csv").write_text(
        ROWS + ROWS.splitlines()[1] + "\n" + "3,1/2/2020,East,dead,1,\n" + ROWS.splitlines()[2]
    )
    told = run(desk)
    assert told.exit_code == 0, told.output
    line = (
        "2 rows: the same as an earlier row in all that the mapping reads, so read once; another event would need "
        "another id (sheet.csv, row 4; sheet.csv, row 6).\n"
    )
    assert line in told.output
    assert imported.counted(told.output)["claims"] == {"created": 3}
    (desk / "sheet.csv").write_text(ROWS)
    assert "read once" not in run(desk, "--vanished", "3").output


@pytest.mark.parametrize(("about", "noticed"), [("a;;b", True), ("a;b;", True), ("a;b", False), ("", False)])
def test_an_empty_item_of_a_list_is_noticed(empty: Flask, desk: pathlib.Path, about: str, noticed: bool) -> None:
    (desk / "sheet.csv").write_text(ROWS.replace(",x", f",{about}"))
    told = run(desk)
    assert told.exit_code == 0, told.output
    line = "1 row: about has an empty item in its list, which was left out (sheet.csv, row 3)."
    assert (line in told.output) is noticed


def test_an_empty_item_of_a_loop_is_noticed(empty: Flask, desk: pathlib.Path) -> None:
    loop = '  - for: {column: about, split: ";"}\n    source: {id: "{item}", publisher: X}\n'
    (desk / "desk.yaml").write_text(ODD + loop)
    (desk / "sheet.csv").write_text(ROWS.replace(",x", ",a; ;b"))
    assert "about has an empty item in its list" in run(desk).output


def test_rows_that_make_nothing_are_counted_with_the_first_of_them(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(conditional())
    (desk / "sheet.csv").write_text(ROWS + "".join(f"{n},1/2/2020,East,dead,0,\n" for n in range(3, 10)))
    told = run(desk)
    assert told.exit_code == 0, told.output
    places = "; ".join(f"sheet.csv, row {n}" for n in range(4, 9))
    assert f"7 rows: no record was made ({places} …)." in told.output


def conditional() -> str:
    """Return a mapping that makes records only of rows with a toll above 0."""
    return MAPPING.replace("  - event:", "  - when: {column: toll, above: 0}\n    event:").replace(
        "  - claim:\n", "  - when: {column: toll, above: 0}\n    claim:\n"
    )


def test_a_file_that_makes_no_record_is_refused_with_what_was_looked_for(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(conditional())
    (desk / "sheet.csv").write_text("no,day,place,harm,toll,about\n1,1/2/2020,North,dead,0,\n")
    told = run(desk)
    assert told.exit_code == 1 and written() == 0
    assert told.output.endswith(
        "Error: Nothing was imported.\n"
        "No row of sheet.csv makes a record.\n"
        "No row meets the condition of the event on toll.\n"
        "No row meets the condition of the claim on toll.\n"
        "Is it the right file for the mapping, and the right part of the file?\n"
    )


def test_the_columns_that_no_row_of_json_has_are_named(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(conditional())
    (desk / "sheet.json").write_text(json.dumps([{"meta": {"rows": 3}}]))
    told = run(desk, file="sheet.json")
    assert told.exit_code == 1
    assert "No row has the columns about, day, harm, no, place, toll." in told.output


def test_a_file_whose_rows_are_all_left_out_is_refused_with_the_reason(empty: Flask, desk: pathlib.Path) -> None:
    ignore = "ignore: {rows: [{when: {column: no, empty: false}, because: They are numbered.}]}\n"
    (desk / "desk.yaml").write_text(MAPPING + ignore)
    told = run(desk)
    assert told.exit_code == 1 and "2 rows left out: They are numbered." in told.output


def test_a_file_without_a_row_is_refused(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS.splitlines()[0] + "\n")
    told = run(desk)
    assert told.exit_code == 1 and "The files have no row under their header." in told.output
    assert written() == 0


def test_one_of_several_files_that_makes_no_record_is_named(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(conditional())
    (desk / "zero.csv").write_text("no,day,place,harm,toll,about\n9,1/2/2020,North,dead,0,\n")
    told = imported.run(desk / "sheet.csv", desk / "zero.csv", "--mapping", desk / "desk.yaml")
    assert told.exit_code == 1 and "No row of zero.csv makes a record." in told.output


@pytest.mark.parametrize(("mark", "code"), [("\u200e", "U+200E"), ("\ufeff", "U+FEFF"), ("\u200b", "U+200B")])
def test_invisible_marks_are_removed_and_noticed(empty: Flask, desk: pathlib.Path, mark: str, code: str) -> None:
    """Fault I2: the whole file was refused for marks that nobody sees."""
    (desk / "sheet.csv").write_text(ROWS.replace("North", f"No{mark}rth"), encoding="utf-8")
    told = run(desk)
    assert told.exit_code == 0, told.output
    assert f"1 row: place has invisible characters ({code}), which were removed (sheet.csv, row 2)." in told.output
    assert claim(empty, "desk-1")["event"]["name"] == "North, 1/2/2020"


def test_marks_that_the_mapping_removes_are_not_noticed(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(ODD + 'remove: ["\\u200b"]\n')
    (desk / "sheet.csv").write_text(ROWS.replace("North", "No\u200brth"), encoding="utf-8")
    told = run(desk)
    assert told.exit_code == 0 and "invisible" not in told.output


def test_joiners_of_a_script_stay(empty: Flask, desk: pathlib.Path) -> None:
    """The zero-width non-joiner is spelling in Persian."""
    (desk / "sheet.csv").write_text(ROWS.replace("North", "خانه\u200cها"), encoding="utf-8")
    told = run(desk)
    assert told.exit_code == 0 and "invisible" not in told.output
    assert claim(empty, "desk-1")["event"]["name"] == "خانه\u200cها, 1/2/2020"


def test_a_note_that_is_too_long_is_cut_and_the_row_is_named(empty: Flask, desk: pathlib.Path) -> None:
    """Fault I2: UCDP's notes of some countries are longer than a record may have, and the whole file was refused."""
    noted = MAPPING.replace("      measure: incident\n", '      measure: incident\n      note: "{about}"\n')
    noted = noted.replace('qualifier: {column: about, table: {"": exact, x: about}}', "qualifier: exact")
    (desk / "desk.yaml").write_text(noted)
    exact, long = "w" * 2000, "word " * 401  # 401 words and blanks: 2,005 characters
    (desk / "sheet.csv").write_text(ROWS.replace(",x", f",{long}end") + f"3,5/2/2020,East,dead,1,{exact}\n")
    told = run(desk)
    assert told.exit_code == 0, told.output
    assert "1 row: a note of more than 2,000 characters was cut, and ends in […] (sheet.csv, row 3)." in told.output
    # 399 words and the blanks between them: 1,995 characters. A word more would be 2,000, without room for the mark.
    assert claim(empty, "desk-2")["note"] == "word " * 399 + "[…]"
    assert claim(empty, "desk-3")["note"] == exact


@pytest.mark.parametrize(
    "total", ["Total", "TOTAL", "Grand total", "Усього", "Итого", "المجموع", "Разом Схід", "Total:"]
)
def test_a_row_that_reads_as_a_sum_is_noticed(empty: Flask, desk: pathlib.Path, total: str) -> None:
    """The row of totals became an event of its own, and the people were counted twice."""
    (desk / "sheet.csv").write_text(f"{ROWS}3,5/2/2020,{total},dead,15,\n")
    told = run(desk)
    assert told.exit_code == 0, told.output
    assert "1 row: place reads as a sum of other rows. If it is one, leave it out with `ignore: rows` (" in told.output
    (desk / "sheet.csv").write_text(f"{ROWS}3,5/2/2020,Totalville,dead,15,\n")
    assert "reads as a sum" not in run(desk).output
