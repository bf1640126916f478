"""`flask import --explain ROW` shows the way of one row to its records, and writes nothing."""

import pathlib

import pytest
from flask import Flask

from tests.imports.cli.test_import_files import MAPPING, run, written
from tests.imports.mapping_language import test_column_loops
from tests.imports.pipeline import test_counting_rows
from tests.support import imported


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> pathlib.Path:
    text = MAPPING.replace("records:\n", 'values: {full: "{place}, {day}"}\nrecords:\n', 1)
    text = text.replace('name: "{place}, {day}"', 'name: "{full}"')
    (tmp_path / "desk.yaml").write_text(text.replace("  - claim:", "  - when: {column: toll, above: 5}\n    claim:"))
    rows = "no,day,place,harm,toll,about,Desk\n1,1/2/2020,North,dead,3,,mk\n2,05/02/2020,South,hurt,12,x,\n"
    (tmp_path / "sheet.csv").write_text(rows)
    return tmp_path


def test_each_step_of_a_row_is_shown(empty: Flask, desk: pathlib.Path) -> None:
    told = run(desk, "--explain", "3")
    assert told.exit_code == 0, told.output
    assert told.output == (
        "sheet.csv, row 3, by the mapping desk.\n"
        "Columns that the mapping reads:\n"
        "  about: 'x'\n  day: '05/02/2020'\n  harm: 'hurt'\n  no: '2'\n  place: 'South'\n  toll: '12'\n"
        "Other columns: Desk\n"
        "Values:\n  full: 'South, 05/02/2020'\n"
        "Event:\n"
        "  id: 'desk-2'\n  conflict: 'war'\n  name: 'South, 05/02/2020'\n  type: 'Battles'\n"
        "  started_on: '2020-02-05'\n  ended_on: '2020-02-05'\n  date_precision: 1\n  place: 'South'\n"
        "Condition of the claim on toll: holds.\n"
        "Claim:\n"
        "  id: 'desk-2'\n  conflict: 'war'\n  event: 'desk-2'\n  claimant: 'desk'\n  subject_side: 'alpha'\n"
        "  harm: 'injured'\n  measure: 'incident'\n  value: 12\n  best: 12\n"
        "  qualifier: 'about'\n  figure_rule: 'about'\n"
        "Report:\n"
        "  id: 'desk-2-in-desk-sheet'\n  source: 'desk-sheet'\n  claim: 'desk-2'\n"
        "Nothing was written. An import also looks up references and other rows about the same record.\n"
    )
    assert written() == 0


def test_a_condition_that_does_not_hold_is_shown(empty: Flask, desk: pathlib.Path) -> None:
    output = run(desk, "--explain", "2").output
    assert "Condition of the claim on toll: does not hold, so that nothing is made.\n" in output
    assert "Claim:" not in output


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("05/02/2020", "31/02/2020", "Refused, in the event: day: '31/02/2020'. Must be a date written %d/%m/%Y."),
        (",12,", ",twelve,", "Refused, in the claim: toll: 'twelve'. Must be a number"),
        (",12,", ",-12,", "  Refused: value: -12. "),
    ],
)
def test_a_fault_is_shown_where_it_is(empty: Flask, desk: pathlib.Path, old: str, new: str, line: str) -> None:
    (desk / "desk.yaml").write_text((desk / "desk.yaml").read_text().replace("above: 5", "is_not: 3"))
    (desk / "sheet.csv").write_text((desk / "sheet.csv").read_text().replace(old, new))
    told = run(desk, "--explain", "3")
    assert told.exit_code == 0 and line in told.output, told.output


def test_the_columns_of_a_loop_are_read(empty: Flask, tmp_path: pathlib.Path) -> None:
    """They were listed as other columns, as if the mapping left them out."""
    (tmp_path / "desk.yaml").write_text(test_column_loops.HEAD + test_column_loops.WIDE)
    (tmp_path / "sheet.csv").write_text("Region,k_1999,w_2000,Desk\nNorth,3,NA,mk\n")
    told = run(tmp_path, "--explain", "2")
    assert "  Region: 'North'\n  k_1999: '3'\n  w_2000: 'NA'\nOther columns: Desk\n" in told.output
    (tmp_path / "desk.yaml").write_text(test_column_loops.HEAD + test_column_loops.KEYED)
    (tmp_path / "sheet.json").write_text('{"2020": {"killed": 3, "injured": null}, "title": "Toll"}')
    told = run(tmp_path, "--explain", "1", file="sheet.json")
    assert "  2020.injured: (empty)\n  2020.killed: 3\nOther columns: title\n" in told.output


def test_a_row_that_is_left_out_is_shown_with_the_reason(empty: Flask, desk: pathlib.Path) -> None:
    ignore = "ignore: {rows: [{when: {column: place, is: South}, because: It is too far.}]}\n"
    (desk / "desk.yaml").write_text((desk / "desk.yaml").read_text() + ignore)
    output = run(desk, "--explain", "3").output
    assert "The row is left out: It is too far.\n" in output and "Event:" not in output


def test_a_row_that_is_not_there_is_refused(empty: Flask, desk: pathlib.Path) -> None:
    told = run(desk, "--explain", "9")
    assert told.exit_code == 1 and "sheet.csv has no row 9." in told.output


def test_a_missing_column_is_named_as_an_import_does(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text((desk / "sheet.csv").read_text().replace(",toll,", ",tol,"))
    told = run(desk, "--explain", "3")
    assert told.exit_code == 1
    assert "sheet.csv lacks columns that the mapping desk reads:\n  toll. Did you mean tol?" in told.output


def test_a_row_of_several_files_is_refused(empty: Flask, desk: pathlib.Path) -> None:
    files = (desk / "sheet.csv", desk / "sheet.csv")
    told = imported.run(*files, "--mapping", desk / "desk.yaml", "--explain", "3")
    assert told.exit_code == 1 and "Give the file with row 3." in told.output
    told = imported.run(*files, "--draft")
    assert told.exit_code == 1 and "--draft reads one file, and these are 2" in told.output


def test_a_person_is_not_shown(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(test_counting_rows.MAPPING)
    (tmp_path / "sheet.csv").write_text(test_counting_rows.HEADER + test_counting_rows.PERSONS)
    told = run(tmp_path, "--explain", "2")
    assert told.exit_code == 0 and "Quill" not in told.output and "P-1" not in told.output
