"""A truncated file looks like a dataset release that lacks many rows. It is refused before a record is withdrawn."""

import pathlib
from collections.abc import Iterable, Sequence

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.update import mark_retracted, revise_record
from tests.imports.cli.test_import_files import MAPPING, lines, run, written
from tests.support import imported

HEADER = "no,day,place,harm,toll,about\n"
HELD = 40


def sheet(folder: pathlib.Path, numbers: Iterable[int]) -> None:
    rows = (f"{n},{1 + n % 28}/2/2020,Place {n},dead,{n},\n" for n in numbers)
    (folder / "sheet.csv").write_text(HEADER + "".join(rows))


@pytest.fixture
def desk(empty: Flask, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a folder with a sheet of 40 rows that are in the database."""
    (tmp_path / "desk.yaml").write_text(MAPPING)
    sheet(tmp_path, range(HELD))
    assert run(tmp_path, "--release", "1").exit_code == 0
    return tmp_path


def standing(app: Flask) -> int:
    found: int = app.test_client().get("/v1/claims?status=active&limit=1").json["meta"]["total"]
    return found


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_header_alone_is_refused_before_anything_is_written(
    empty: Flask, desk: pathlib.Path, options: list[str]
) -> None:
    sheet(desk, range(0))
    before = written()
    told = run(desk, "--release", "2", *options)
    assert told.exit_code == 1
    assert told.output.endswith(
        "Error: Nothing was imported.\n"
        "These active records are missing from release 2 of The desk's own count and would be withdrawn:\n"
        "  40 of 40 events\n"
        "  40 of 40 claims\n"
        "  40 of 40 reports\n"
        "The files have none of them, so they may be another part of the dataset, such as another country. Then import "
        "all files of the dataset in one command: flask import FILE FILE. Or give each a name: --part NAME\n"
        "If your files have only new records, put `vanished: keep` in the mapping.\n"
        "To withdraw all of them, give --vanished 120\n"
    )
    assert (written(), standing(empty)) == (before, HELD)


def test_the_second_file_of_a_dataset_is_imported_with_the_first(empty: Flask, desk: pathlib.Path) -> None:
    """Fault I12: the message about another country's file was how to withdraw the first country."""
    (desk / "north.csv").write_text((desk / "sheet.csv").read_text())
    sheet(desk, range(100, 130))
    refused = run(desk, "--release", "2")
    assert refused.exit_code == 1 and "another part of the dataset, such as another country" in refused.output
    assert standing(empty) == HELD
    both = (desk / "north.csv", desk / "sheet.csv", "--mapping", desk / "desk.yaml", "--report", desk / "report.csv")
    told = imported.run(*both, "--release", "2")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 30, "unchanged": HELD}
    assert standing(empty) == HELD + 30
    sheet(desk, range(110))  # it has a part of each file, as if it was cut off
    assert "Is the file cut off? Is it one of several?" in run(desk, "--release", "3").output


def test_each_part_of_a_dataset_withdraws_its_own_records_alone(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(MAPPING)

    def imported_part(numbers: Sequence[int], part: str, *options: str) -> dict[str, int]:
        sheet(tmp_path, numbers)
        told = run(tmp_path, "--release", f"{part}{len(numbers)}", "--part", part, *options)
        assert told.exit_code == 0, told.output
        return imported.counted(told.output).get("claims", {})

    assert imported_part(range(40), "ukraine") == {"created": 40}
    assert imported_part(range(100, 130), "yemen") == {"created": 30}
    assert imported_part(range(40), "ukraine") == {"unchanged": 40}
    assert imported_part(range(100, 128), "yemen") == {"unchanged": 28, "withdrawn": 2}
    assert imported_part(range(1, 40), "ukraine") == {"unchanged": 39, "withdrawn": 1}
    assert standing(empty) == 67
    # A row that moves from one part to the other is in both for a while, and is not withdrawn.
    assert imported_part(range(99, 128), "yemen") == {"created": 1, "unchanged": 28}
    assert imported_part(range(1, 41), "ukraine") == {"created": 1, "unchanged": 39}
    assert imported_part([*range(1, 41), 99], "ukraine") == {"unchanged": 41}
    assert imported_part(range(1, 41), "ukraine") == {"unchanged": 40}
    assert standing(empty) == 69
    sheet(tmp_path, range(100, 105))
    cut = run(tmp_path, "--release", "5", "--part", "yemen")
    assert cut.exit_code == 1 and "  24 of 29 claims\n" in cut.output
    whole = run(tmp_path, "--release", "5")
    assert whole.exit_code == 1 and "was imported in parts: ukraine, yemen. Give --part NAME" in whole.output
    assert standing(empty) == 69


def test_a_mistyped_part_names_the_parts(empty: Flask, desk: pathlib.Path) -> None:
    """Its records would be in two parts for ever, so that neither could withdraw them."""
    (desk / "desk.yaml").write_text(MAPPING.replace("id: desk-count", "id: other", 1).replace("desk-{no}", "new-{no}"))
    assert "new part" not in run(desk, "--part", "ukraine").output
    sheet(desk, range(20, 60))
    refused = run(desk, "--part", "ukriane")
    assert refused.exit_code == 1
    assert "has no part ukriane. Its parts: ukraine. The files have 20 of the 40 claims of ukraine." in refused.output
    sheet(desk, range(21, 60))
    told = run(desk, "--part", "yemen")
    assert told.exit_code == 0 and "yemen is a new part of" in told.output
    assert "Its parts so far: ukraine.\n" in told.output
    assert "new part" not in run(desk, "--part", "yemen").output


def test_claims_in_no_part_are_told(empty: Flask, desk: pathlib.Path) -> None:
    """A copy from a package knows no parts. What vanished since then stayed active for ever, without a word."""
    sheet(desk, range(HELD - 2))
    told = run(desk, "--release", "2", "--part", "ukraine")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"unchanged": HELD - 2} and standing(empty) == HELD
    assert f"2 active claims are in no part of desk, such as desk-{HELD - 2}." in told.output
    sheet(desk, range(HELD - 2, HELD))
    told = run(desk, "--release", "2", "--part", "yemen")
    assert told.exit_code == 0 and "in no part" not in told.output


@pytest.mark.parametrize(("left", "fits"), [(40, True), (30, True), (29, False), (20, False), (1, False)])
def test_of_many_records_more_than_ten_and_a_tenth_are_too_many(
    empty: Flask, desk: pathlib.Path, left: int, fits: bool
) -> None:
    sheet(desk, range(left))
    assert (run(desk, "--release", "2").exit_code == 0) == fits
    assert standing(empty) == (left if fits else HELD)


@pytest.mark.parametrize(("held", "left", "fits"), [(4, 2, True), (4, 1, False), (2, 1, True), (1, 0, False)])
def test_of_few_records_more_than_half_are_too_many(
    empty: Flask, tmp_path: pathlib.Path, held: int, left: int, fits: bool
) -> None:
    (tmp_path / "desk.yaml").write_text(MAPPING)
    sheet(tmp_path, range(held))
    assert run(tmp_path).exit_code == 0
    sheet(tmp_path, range(left))
    assert (run(tmp_path).exit_code == 0) == fits


def test_the_number_is_told_by_who_means_it_and_holds_once(empty: Flask, desk: pathlib.Path) -> None:
    sheet(desk, range(5))
    for wrong in ("0", "35", "120"):
        refused = run(desk, "--release", "2", "--vanished", wrong)
        assert refused.exit_code == 1 and "--vanished 105\n" in refused.output
    assert standing(empty) == HELD
    told = run(desk, "--release", "2", "--vanished", "105")
    assert imported.counted(told.output)["claims"] == {"withdrawn": 35, "unchanged": 5}
    assert standing(empty) == 5
    assert run(desk, "--release", "2").exit_code == 0
    stale = run(desk, "--release", "2", "--vanished", "105")
    assert stale.exit_code == 1 and "Leave --vanished out." in stale.output


def test_what_stands_no_longer_is_no_part_of_the_share(empty: Flask, desk: pathlib.Path) -> None:
    """An editor retracted 30 of 40 claims. Ten are active, and six of them are more than half."""
    with database.connection_context():
        for n in range(30):
            mark_retracted("claims", f"desk-{n}", "Not ours.", "editor")
    sheet(desk, range(34))
    refused = run(desk, "--release", "2")
    assert refused.exit_code == 1 and "  6 of 10 claims\n" in refused.output


def test_what_is_kept_for_an_editor_counts_as_lacking(empty: Flask, desk: pathlib.Path) -> None:
    with database.connection_context():
        revise_record("claims", "desk-7", {"value": 8}, "Counted again.", "editor")
    sheet(desk, range(1))
    told = run(desk, "--release", "2", "--vanished", "117")
    assert imported.counted(told.output)["claims"] == {"withdrawn": 38, "unchanged": 1, "kept": 1}
    assert "An editor corrected it." in {line["allowed"] for line in lines(desk)}


def test_where_nothing_is_withdrawn_any_share_may_lack(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING + "vanished: keep\n")
    sheet(desk, range(1))
    assert run(desk, "--release", "2").exit_code == 0
    assert standing(empty) == HELD
