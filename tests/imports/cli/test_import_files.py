"""`flask import`, as a person uses it in a shell, on both engines."""

import json
import pathlib
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from api.database import write_waits
from api.database.connection import database, handle_of
from api.database.models import TABLES
from api.writes.update import mark_retracted, revise_record
from tests.conftest import Databases, make_app
from tests.support import imported, worlds
from tests.support.worlds import rebound
from tests.test_docs import ROOT

MAPPING = """
dataset:
  id: desk
  title: The desk's own count
  publisher: The desk
  licence: CC BY 4.0
  citation: The desk (2026).
always:
  - claimant: {id: desk, name: The desk, kind: media}
  - source: {id: desk-sheet, publisher: The desk, title: Sheet, kind: dataset}
  - side: {id: alpha, name: Alpha}
  - conflict: {id: war, name: The war, sides: [alpha]}
records:
  - event:
      id: desk-{no}
      conflict: war
      name: "{place}, {day}"
      type: Battles
      happened: {column: day, date: "%d/%m/%Y"}
      place: "{place}"
  - claim:
      id: desk-{no}
      conflict: war
      event: desk-{no}
      claimant: desk
      subject_side: alpha
      harm: {column: harm, table: {dead: killed, hurt: injured}}
      measure: incident
      figure: {number: "{toll}", qualifier: {column: about, table: {"": exact, x: about}}}
      reports: {source: desk-sheet}
"""
ROWS = "no,day,place,harm,toll,about\n1,1/2/2020,North,dead,3,\n2,05/02/2020,South,hurt,12,x\n"


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "desk.yaml").write_text(MAPPING)
    (tmp_path / "sheet.csv").write_text(ROWS)
    return tmp_path


def run(folder: pathlib.Path, *options: str, file: str = "sheet.csv", mapping: str = "desk.yaml") -> Result:
    told = folder / mapping if (folder / mapping).exists() else mapping
    return imported.run(folder / file, "--mapping", told, "--report", folder / "report.csv", *options)


def lines(folder: pathlib.Path) -> list[dict[str, str]]:
    return imported.reported(folder / "report.csv")


def written() -> int:
    with database.connection_context():
        return sum(table.select().count() for table in TABLES)


def claim(app: Flask, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(f"/v1/claims/{slug}").json["data"]
    return found


def test_rows_become_records(empty: Flask, desk: pathlib.Path) -> None:
    told = run(desk)
    assert told.exit_code == 0, told.output
    assert "Read sheet.csv: encoding utf-8, delimiter comma." in told.output
    assert "2 rows by the mapping desk, release sheet.csv." in told.output
    assert "Revision 1." in told.output
    two = claim(empty, "desk-2")
    assert (two["low"], two["best"], two["high"], two["qualifier"]) == (None, 12, None, "about")
    assert two["event_date"] == "2020-02-05" and two["harm"] == "injured"
    assert [report["source"]["id"] for report in two["reports"]] == ["desk-sheet"]


def test_words_of_a_row_are_read_as_of_a_claim_that_is_sent(empty: Flask, desk: pathlib.Path) -> None:
    figure = 'figure: {number: "{toll}", qualifier: {column: about, table: {"": exact, x: about}}}'
    words = 'figure: {phrase: "{words}", phrase_lang: "{lang}"}'
    (desk / "desk.yaml").write_text(MAPPING.replace(figure, words))
    (desk / "sheet.csv").write_text(
        "no,day,place,harm,words,lang\n"
        "1,1/2/2020,North,dead,более сотни человек,ru\n"
        "2,2/2/2020,North,dead,خمسة آلاف,ar\n"
        "3,3/2/2020,North,dead,5 camels,en\n"
        "4,4/2/2020,North,dead,4-Mar,en\n"
    )
    assert run(desk).exit_code == 1
    assert [(line["row"], line["found"]) for line in lines(desk)] == [("4", "5 camels"), ("5", "4-Mar")]
    assert "not people. If the number counts people" in lines(desk)[0]["allowed"]
    assert "A spreadsheet may have turned a range such as 3-4 into a date." in lines(desk)[1]["allowed"]
    run(desk, "--max-errors", "2")
    figures = [[claim(empty, slug)[name] for name in ("value", "low", "qualifier")] for slug in ("desk-1", "desk-2")]
    assert figures == [[100, 100, "more_than"], [5000, None, "about"]]


def test_words_that_contradict_the_bounds_beside_them_are_named(empty: Flask, desk: pathlib.Path) -> None:
    figure = 'figure: {number: "{toll}", qualifier: {column: about, table: {"": exact, x: about}}}'
    bounds = 'figure: {low: "{min}", high: "{max}", phrase: "{words}"}'
    assert figure in MAPPING
    (desk / "desk.yaml").write_text(MAPPING.replace(figure, bounds))
    (desk / "sheet.csv").write_text(
        "no,day,place,harm,min,max,words\n"
        "1,1/2/2020,North,dead,10,20,at least 30 soldiers\n"
        "2,2/2/2020,North,dead,10,20,12 soldiers\n"
        "3,3/2/2020,North,dead,10,20,about 21 soldiers\n"
        "4,4/2/2020,North,dead,10,20,several reports\n"
        "5,5/2/2020,North,dead,10,20,no casualties\n"
        "6,6/2/2020,North,dead,10,20,dozens of soldiers\n"
    )
    outcome = run(desk)
    assert outcome.exit_code == 0, outcome.output
    assert (
        "Warning: 3 records have words that contradict the numbers beside them. The first: sheet.csv, row 2, desk-1, "
        "phrase: 'at least 30 soldiers'. The words say at least 30, the numbers are low 10, high 20."
    ) in outcome.output
    assert [(line["row"], line["verdict"], line["id"], line["found"]) for line in lines(desk)] == [
        ("2", "contradiction", "desk-1", "at least 30 soldiers"),
        ("6", "contradiction", "desk-5", "no casualties"),
        ("7", "contradiction", "desk-6", "dozens of soldiers"),
    ]
    one = claim(empty, "desk-1")
    assert (one["low"], one["high"], one["phrase"]) == (10, 20, "at least 30 soldiers")


def test_the_same_file_again_changes_nothing(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    before = written()
    told = run(desk)
    assert "Nothing changed: no new revision." in told.output
    assert written() == before


def test_a_dry_run_writes_nothing(empty: Flask, desk: pathlib.Path) -> None:
    told = run(desk, "--dry-run")
    assert told.exit_code == 0 and "Dry run: nothing was written." in told.output
    assert written() == 0


def test_one_bad_row_undoes_all_and_every_bad_row_is_told(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS + "3,31/02/2020,East,dead,4,\n4,2/2/2020,West,lost,1.500,\n5,2/2/2020\n")
    told = run(desk)
    assert told.exit_code == 1 and "3 rows refused:" in told.output and "Nothing was imported." in told.output
    assert written() == 0
    assert [(line["row"], line["field"], line["found"]) for line in lines(desk)] == [
        ("4", "day", "31/02/2020"),
        ("5", "harm", "lost"),
        ("6", "", "2 cells"),
    ]
    assert lines(desk)[1]["allowed"] == "Must be one of: dead, hurt. Or add it to the table in the mapping."


def test_bad_rows_up_to_a_number_are_left_out(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS + "3,31/02/2020,East,dead,4,\n")
    assert run(desk, "--max-errors", "1").exit_code == 0
    assert empty.test_client().get("/v1/events?fields=id").json["meta"]["total"] == 2


def test_the_next_release_revises_withdraws_and_creates(empty: Flask, desk: pathlib.Path) -> None:
    run(desk, "--release", "1")
    (desk / "sheet.csv").write_text("no,day,place,harm,toll,about\n1,1/2/2020,North,dead,4,\n3,1/3/2020,East,dead,1,\n")
    told = run(desk, "--release", "2")
    assert told.exit_code == 0, told.output
    assert claim(empty, "desk-1")["best"] == 4
    gone = claim(empty, "desk-2")
    assert (gone["status"], gone["status_by"]) == ("withdrawn", "dataset")
    assert gone["status_reason"] == "Not in release 2 of The desk's own count."
    client = empty.test_client()
    (row,) = client.get("/v1/statistics/casualties?shape=array&harm=killed,injured").json
    assert (row["harm"], row["best"], row["claims"]) == ("killed", 5, 2)
    before = client.get("/v1/statistics/casualties?shape=array&revision=1").json
    assert {row["harm"]: row["best"] for row in before} == {"killed": 3, "injured": 12}


def test_what_an_editor_corrected_stands_and_is_told(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    with database.connection_context():
        revise_record("claims", "desk-1", {"note": "Seen in the original."}, "A note.", "editor")
    assert "Nothing changed" in run(desk).output
    (desk / "sheet.csv").write_text(ROWS.replace("dead,3", "dead,4"))
    told = run(desk)
    assert "Nothing changed" in told.output
    assert claim(empty, "desk-1")["best"] == 3
    assert {(line["verdict"], line["id"]) for line in lines(desk)} == {("kept", "desk-1")}
    found = {line["field"]: line["found"] for line in lines(desk)}
    assert found == {"value": "4", "low": "4", "best": "4", "high": "4", "note": ""}


def test_a_wrong_mapping_is_refused_by_its_line(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("measure: incident", "mesure: incident"))
    told = run(desk)
    assert told.exit_code == 1
    line = MAPPING.split("\n").index("      measure: incident") + 1
    assert f"desk.yaml, line {line}: records › claim › mesure: Unknown: did you mean measure?" in told.output


def test_a_column_that_is_not_there_is_refused(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS.replace("toll", "tol"))
    told = run(desk)
    assert "lacks columns that the mapping desk reads:\n  toll. Did you mean tol?\nIts columns are: " in told.output
    rebound(empty)
    assert written() == 0


def test_the_example_of_the_page_is_the_one_beside_it() -> None:
    page = (ROOT / "docs" / "editors" / "mappings.md").read_text()
    for name, language in (("toll.csv", "csv"), ("toll.yaml", "yaml")):
        assert f"```{language}\n{(ROOT / 'docs' / 'editors' / 'example' / name).read_text()}```" in page


def shrunk(desk: pathlib.Path) -> None:
    """Write the next dataset release, which has only the first row."""
    (desk / "sheet.csv").write_text("".join(ROWS.splitlines(keepends=True)[:2]))


def test_what_an_editor_corrected_is_kept_where_the_release_lacks_it(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    with database.connection_context():
        revise_record("claims", "desk-2", {"value": 13}, "Counted again.", "editor")
    shrunk(desk)
    told = run(desk, "--release", "2")
    assert told.exit_code == 0, told.output
    assert (claim(empty, "desk-2")["status"], claim(empty, "desk-2")["best"]) == ("active", 13)
    kept = {(line["record_type"], line["id"]): line["allowed"] for line in lines(desk)}
    assert kept == {
        ("claims", "desk-2"): "An editor corrected it.",
        ("reports", "desk-2-in-desk-sheet"): "Active records depend on it: desk-2.",
        ("events", "desk-2"): "Active records depend on it: desk-2.",
    }
    assert {(line["file"], line["row"]) for line in lines(desk)} == {("", "")}
    with database.connection_context():
        mark_retracted("claims", "desk-2", "The desk dropped it.", "editor")
    assert run(desk, "--release", "2").exit_code == 0
    assert empty.test_client().get("/v1/events/desk-2").json["data"]["status"] == "withdrawn"


def test_what_comes_back_stands_again(empty: Flask, desk: pathlib.Path) -> None:
    run(desk, "--release", "1")
    shrunk(desk)
    run(desk, "--release", "2")
    (desk / "sheet.csv").write_text(ROWS)
    told = run(desk, "--release", "3")
    assert imported.counted(told.output)["claims"] == {"revised": 1, "unchanged": 1}
    again = claim(empty, "desk-2")
    assert (again["status"], again["status_reason"], again["status_by"]) == ("active", "", None)
    assert imported.counted(run(desk, "--release", "3").output)["claims"] == {"unchanged": 2}


def test_a_report_of_an_editor_is_withdrawn_with_the_claim_of_the_dataset(empty: Flask, desk: pathlib.Path) -> None:
    """The report also comes back with the claim."""
    run(desk, "--release", "1")
    worlds.write({"sources": [{"id": "wire", "publisher": "Wire"}], "reports": [worlds.report("desk-2", "wire")]})
    shrunk(desk)
    counts = imported.counted(run(desk, "--release", "2").output)
    assert (counts["claims"]["withdrawn"], counts["reports"]["withdrawn"]) == (1, 2)
    gone = ("withdrawn", "Not in release 2 of The desk's own count.")
    assert reports_of(empty, "desk-2") == {"desk-2-in-desk-sheet": gone, "desk-2-in-wire": gone}
    (desk / "sheet.csv").write_text(ROWS)
    assert run(desk, "--release", "3").exit_code == 0
    assert reports_of(empty, "desk-2") == {"desk-2-in-desk-sheet": ("active", ""), "desk-2-in-wire": ("active", "")}
    assert "Nothing changed" in run(desk, "--release", "3").output


def test_a_report_that_the_file_lacks_and_that_comes_back_with_its_claim_is_listed(
    empty: Flask, desk: pathlib.Path
) -> None:
    """No active record was missing before the third import, which does not find the report as the dataset left it."""
    mapping = MAPPING.replace("  - side:", "  - source: {id: wire, publisher: Wire, kind: dataset}\n  - side:")
    (desk / "desk.yaml").write_text(mapping)
    (desk / "two.yaml").write_text(mapping.replace("{source: desk-sheet}", "[{source: desk-sheet}, {source: wire}]"))
    run(desk, "--release", "1", mapping="two.yaml")
    shrunk(desk)
    assert run(desk, "--release", "2", "--vanished", "5").exit_code == 0
    (desk / "sheet.csv").write_text(ROWS)
    told = run(desk, "--release", "3")
    assert imported.counted(told.output)["reports"] == {"revised": 1, "unchanged": 1, "kept": 1}, told.output
    (line,) = lines(desk)
    assert (line["id"], line["field"], line["found"]) == ("desk-2-in-wire", "status", "vanished")
    assert line["allowed"] == "An editor corrected it."


def reports_of(app: Flask, claim: str) -> dict[str, tuple[str, str]]:
    """Return the status and reason of the reports of a claim, by id."""
    reports = app.test_client().get(f"/v1/reports?claim={claim}").json["data"]
    return {report["id"]: (report["status"], report["status_reason"]) for report in reports}


def test_what_comes_back_is_needed_by_what_is_new(empty: Flask, desk: pathlib.Path) -> None:
    run(desk, "--release", "1")
    shrunk(desk)
    run(desk, "--release", "2")
    (desk / "sheet.csv").write_text(ROWS)
    (desk / "desk.yaml").write_text(MAPPING.replace("claim:\n      id: desk-{no}", "claim:\n      id: anew-{no}"))
    told = run(desk, "--release", "3", "--vanished", "2")
    assert imported.counted(told.output)["events"] == {"revised": 1, "unchanged": 1}, told.output
    assert claim(empty, "anew-2")["event"]["id"] == "desk-2"


def test_a_row_is_refused_whose_record_an_editor_took_its_footing(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    with database.connection_context():
        for record_type in ("claims", "events"):
            mark_retracted(record_type, "desk-2", "It never happened.", "editor")
    (desk / "desk.yaml").write_text(MAPPING.replace("claim:\n      id: desk-{no}", "claim:\n      id: anew-{no}"))
    told = run(desk, "--release", "2", "--vanished", "2")
    assert told.exit_code == 1, told.output
    (line,) = [line for line in lines(desk) if line["verdict"] == "refused"]
    assert (line["row"], line["record_type"], line["field"], line["found"]) == ("3", "claims", "event", "desk-2")
    assert "desk-2 is retracted" in line["allowed"]


def test_a_file_does_not_take_back_what_standing_records_need(empty: Flask, desk: pathlib.Path) -> None:
    """Our own columns include the status. Here an editor's claim refers to the event that the file retracts."""
    run(desk)
    header = "id,name,conflict_id,type,started_on,ended_on,status,status_reason\n"
    event = "clash,Clash,war,Battles,2020-02-01,2020-02-01"
    (desk / "events.csv").write_text(f"{header}{event},active,\n")
    assert run(desk, file="events.csv", mapping="plain").exit_code == 0
    mine = worlds.claim("mine", event="clash", claimant="desk", measure="incident", best=3)
    worlds.write({"claims": [mine], "reports": [worlds.report("mine", "desk-sheet")]})
    (desk / "events.csv").write_text(f"{header}{event},retracted,It never happened.\n")
    told = run(desk, "--release", "2", file="events.csv", mapping="plain")
    assert (
        told.exit_code == 1
        and "clash cannot be retracted or withdrawn, because active records depend on it: mine." in told.output
    ), told.output
    assert empty.test_client().get("/v1/events/clash").json["data"]["status"] == "active"


def test_a_claim_does_not_come_back_without_its_report(empty: Flask, desk: pathlib.Path) -> None:
    """Every number needs a source. Here an editor retracted the report of a claim that was already withdrawn."""
    run(desk, "--release", "1")
    shrunk(desk)
    run(desk, "--release", "2")
    with database.connection_context():
        mark_retracted("reports", "desk-2-in-desk-sheet", "Misread.", "editor")
    (desk / "sheet.csv").write_text(ROWS)
    told = run(desk, "--release", "3")
    assert told.exit_code == 1 and "desk-2 has no report. Every claim needs a source." in told.output, told.output
    assert claim(empty, "desk-2")["status"] == "withdrawn"


def test_what_an_editor_changed_to_the_same_is_the_datasets_again(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    with database.connection_context():
        revise_record("claims", "desk-2", {"value": 13, "best": 13}, "A slip.", "editor")
    (desk / "sheet.csv").write_text(ROWS.replace("hurt,12", "hurt,13"))
    assert "Nothing changed" in run(desk).output
    (desk / "sheet.csv").write_text(ROWS.replace("hurt,12", "hurt,14"))
    assert imported.counted(run(desk).output)["claims"] == {"revised": 1, "unchanged": 1}
    assert claim(empty, "desk-2")["best"] == 14


def test_what_another_brought_is_referred_to_and_never_changed(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    other = (
        MAPPING.replace("id: desk\n", "id: other\n", 1).replace("desk-{no}", "other-{no}").replace("Alpha}", "Alfa}")
    )
    (desk / "other.yaml").write_text(other)
    told = run(desk, mapping="other.yaml")
    assert imported.counted(told.output)["sides"] == {"matched": 1}, told.output
    assert empty.test_client().get("/v1/sides/alpha").json["data"]["name"] == "Alpha"
    assert [(line["verdict"], line["id"], line["found"]) for line in lines(desk)] == [
        ("duplicate", "other-1", "desk-1"),
        ("duplicate", "other-2", "desk-2"),
        ("matched", "alpha", "Alfa"),
    ]
    shrunk(desk)
    assert imported.counted(run(desk, mapping="other.yaml").output)["claims"] == {"withdrawn": 1, "unchanged": 1}
    assert claim(empty, "desk-2")["status"] == "active"


def test_a_claim_cannot_be_of_two_datasets(empty: Flask, desk: pathlib.Path) -> None:
    run(desk)
    (desk / "other.yaml").write_text(MAPPING.replace("id: desk\n", "id: other\n", 1))
    (desk / "sheet.csv").write_text(ROWS.replace("dead,3", "dead,4"))
    told = run(desk, mapping="other.yaml")
    assert told.exit_code == 1 and claim(empty, "desk-1")["best"] == 3
    assert {(line["row"], line["record_type"], line["id"]) for line in lines(desk)} == {("2", "claims", "desk-1")}


def test_nothing_is_withdrawn_while_rows_are_refused(empty: Flask, desk: pathlib.Path) -> None:
    """A refused row may be the record that seems to be missing from the release."""
    run(desk)
    (desk / "sheet.csv").write_text(ROWS.replace("05/02/2020", "05/22/2020"))
    told = run(desk, "--max-errors", "1")
    assert told.exit_code == 0 and "No record is withdrawn" in told.output
    assert claim(empty, "desk-2")["status"] == "active"


def test_rows_that_make_one_record_must_agree(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS + "1,1/2/2020,North,dead,5,\n")
    assert run(desk).exit_code == 1
    told = {(line["row"], line["field"]): line["allowed"] for line in lines(desk)}
    assert told[("4", "value")] == "sheet.csv, row 2 gives the same record with 3."


def test_a_conflict_of_always_takes_sides_from_rows(empty: Flask, desk: pathlib.Path) -> None:
    """Fault I20: the rows need not repeat its days. A row that states another day is refused."""
    conflict = '{id: war, name: The war, started_on: "2020-01-01", country: ALB, note: Of the desk., sides: [alpha]}'
    text = MAPPING.replace("{id: war, name: The war, sides: [alpha]}", conflict)
    side = '  - side: {id: "{about}", name: "{about}"}\n'
    war = '  - conflict: {id: war, name: The war, sides: ["{about}"]}\n'
    text = text.replace("records:\n", f"records:\n{side}{war}", 1).replace(
        ', qualifier: {column: about, table: {"": exact, x: about}}', ""
    )
    (desk / "desk.yaml").write_text(text)
    (desk / "sheet.csv").write_text(ROWS.replace(",3,\n", ",3,beta\n").replace(",x", ",gamma"))
    told = run(desk)
    assert told.exit_code == 0, told.output
    stored = empty.test_client().get("/v1/conflicts/war").json["data"]
    assert (stored["started_on"], stored["country"], stored["note"]) == ("2020-01-01", "ALB", "Of the desk.")
    assert sorted(side["id"] for side in stored["sides"]) == ["alpha", "beta", "gamma"]
    assert "Nothing changed" in run(desk).output
    (desk / "desk.yaml").write_text(
        text.replace("name: The war, sides: [", 'name: The war, started_on: "2020-01-02", sides: [')
    )
    assert run(desk).exit_code == 1
    assert (lines(desk)[0]["field"], lines(desk)[0]["found"]) == ("started_on", "2020-01-02")


def test_a_reference_that_leads_nowhere_refuses_its_row(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("subject_side: alpha", 'subject_side: "{place}"'))
    assert run(desk).exit_code == 1
    assert [(line["row"], line["field"], line["found"]) for line in lines(desk)] == [
        ("2", "subject_side", "north"),
        ("3", "subject_side", "south"),
    ]


def test_a_refused_record_that_stands_for_no_row_ends_the_import(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("name: The war,", "name: '{release}',"))
    told = run(desk, "--max-errors", "9", "--release", "x" * 400)
    assert told.exit_code == 1
    assert "Nothing was imported.\ndesk, always, record 4, war, name: 'xxx" in told.output
    assert "There is no such record" not in told.output
    rebound(empty)
    assert written() == 0


def test_what_a_claim_does_not_say_is_told_without_a_word_of_python(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("      measure: incident\n", ""))
    assert "sheet.csv, row 2, desk-1, measure: empty. Required when kind is casualty." in run(desk).output


def test_an_empty_cell_for_a_figure_is_told(empty: Flask, desk: pathlib.Path) -> None:
    """It was: qualifier: empty. Required when kind is casualty."""
    (desk / "sheet.csv").write_text(ROWS.replace(",3,", ",,"))
    assert (
        "The claim has no figure, because the cells for it are empty. Leave such rows out, or make" in run(desk).output
    )


def test_withdrawn_claims_take_no_part_on_any_day(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("      reports:", '      stated: "2020-03-01"\n      reports:'))
    run(desk)
    shrunk(desk)
    run(desk)
    client = empty.test_client()
    for day in ("2020-03-02", "2021-01-01"):
        assert client.get(f"/v1/statistics/casualties?shape=array&harm=injured&as_of={day}").json == []


@pytest.mark.parametrize(
    ("option", "given", "wrong"),
    [("--release", "x" * 501, "at most 500"), ("--release", "a\x07b", "U+0007"), ("--reason", "a\x00b", "U+0000")],
)
def test_what_no_record_can_hold_is_refused_as_a_release_or_reason(
    empty: Flask, desk: pathlib.Path, option: str, given: str, wrong: str
) -> None:
    """The text becomes the reason of each record that the release withdraws. Their export could not be imported."""
    told = run(desk, option, given)
    assert told.exit_code == 1
    assert f"{option} cannot be stored: " in told.output and wrong in told.output
    assert written() == 0


def test_the_names_of_too_many_files_are_no_release(empty: Flask, desk: pathlib.Path) -> None:
    files = [desk / f"{'x' * 80}-{n}.csv" for n in range(7)]
    for file in files:
        file.write_text(ROWS)
    told = imported.run(*files, "--mapping", desk / "desk.yaml")
    assert told.exit_code == 1 and "--release cannot be stored: " in told.output


def test_a_header_that_stands_elsewhere_is_asked_for(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text("Our toll,May,,,,\n" + ROWS)
    assert "Row 2 has them. Give it in the mapping: file: {header: 2}." in run(desk).output
    (desk / "desk.yaml").write_text(MAPPING + "file: {header: 2}\n")
    assert run(desk).exit_code == 0
    (desk / "sheet.csv").write_text("a,b\n1,2\n")
    (desk / "desk.yaml").write_text(MAPPING)
    assert "give it in the mapping: file: {header: 3}." in run(desk).output


@pytest.mark.parametrize("rows", ["[1, 3]", "[2, 1]", "[1, 2, 3, 4]"])
def test_the_rows_of_a_header_follow_each_other(empty: Flask, desk: pathlib.Path, rows: str) -> None:
    (desk / "desk.yaml").write_text(MAPPING + f"file: {{header: {rows}}}\n")
    assert "Must be one row, or up to 3 rows that follow each other: [1, 2]." in run(desk).output


def test_the_report_of_an_earlier_run_does_not_outlive_what_it_tells(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS + "3,31/02/2020,East,dead,4,\n")
    run(desk)
    assert lines(desk)
    (desk / "sheet.csv").write_text(ROWS)
    run(desk)
    assert not (desk / "report.csv").exists()
    (desk / "report.csv").write_text("Something else\n")
    run(desk)
    assert (desk / "report.csv").read_text() == "Something else\n"


def test_a_report_is_never_written_over_what_is_imported(empty: Flask, desk: pathlib.Path) -> None:
    bad = ROWS + "3,31/02/2020,East,dead,4,\n"
    (desk / "sheet.csv").write_text(bad)
    told = imported.run(desk / "sheet.csv", "--mapping", desk / "desk.yaml", "--report", desk / "sheet.csv")
    assert told.exit_code == 1 and "The report would overwrite" in told.output
    assert (desk / "sheet.csv").read_text() == bad


def test_a_column_that_no_row_of_json_has_is_told(empty: Flask, desk: pathlib.Path) -> None:
    """A row of JSON may lack a column. A column that no row has is probably misspelt."""
    row = {"no": "1", "day": "1/2/2020", "place": "North", "harm": "dead", "tol": 3, "about": None}
    (desk / "sheet.json").write_text(json.dumps([row]))
    (desk / "desk.yaml").write_text(MAPPING.replace('{number: "{toll}"', '{phrase: "3", number: "{toll}"'))
    assert "Columns that the mapping reads and no row has: toll.\n" in run(desk, file="sheet.json").output
    (desk / "sheet.json").write_text(json.dumps([{**row, "toll": 3}]))
    assert "no row has" not in run(desk, file="sheet.json").output


def test_a_report_that_cannot_be_written_is_told(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "sheet.csv").write_text(ROWS + "3,31/02/2020,East,dead,4,\n")
    nowhere = desk / "nowhere" / "report.csv"
    told = imported.run(desk / "sheet.csv", "--mapping", desk / "desk.yaml", "--report", nowhere)
    assert told.exit_code == 1
    assert told.output.endswith(f"Error: Nothing was imported.\n{nowhere}: No such file or directory.\n")


def test_a_database_to_which_another_writes_is_told(
    databases: Databases, desk: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite allows one writer; PostgreSQL makes the second writer wait."""
    url = databases.upgraded("sqlite")
    make_app(url, databases.folder)
    monkeypatch.setattr(write_waits._setting, "seconds", 1)
    database.obj.timeout = 0
    other = handle_of(url)
    with other.connection_context(), other.atomic():
        told = run(desk)
    assert told.exit_code == 1
    assert told.output.endswith(
        "Error: Nothing was imported.\nAnother process is writing to the database. Try again.\n"
    )
    assert run(desk).exit_code == 0


def test_a_mapping_names_what_identifies_a_row(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "desk.yaml").write_text(MAPPING.replace("{no}", "{key}") + "key: [place, day]\n")
    (desk / "sheet.csv").write_text(ROWS.replace(",x", ","))
    run(desk)
    assert claim(empty, "desk-north-1-2-2020")["best"] == 3
    (desk / "sheet.csv").write_text(ROWS.replace(",x", ",").replace("\n1,", "\n1,3/2/2020,West,dead,5,\n1,", 1))
    told = run(desk)
    assert imported.counted(told.output)["claims"] == {"created": 1, "unchanged": 2}, told.output
    (desk / "sheet.csv").write_text(ROWS + "3,,,dead,1,\n")
    assert "place, day: empty. Must not all be empty, because they identify the row." in run(desk).output
    told = run(desk, "--explain", "2")
    assert "Key, if no earlier row has the same: 'North 1/2/2020'" in told.output
    (desk / "desk.yaml").write_text(MAPPING + "key: [place]\ncount: {by: place}\n")
    assert "Needs records that are made from each row." in run(desk).output
