"""Fault I1: a list with a row for each person becomes one claim for each group, and nobody's data stays anywhere."""

import json
import pathlib
import sqlite3

import pytest
from flask import Flask

from api.database.connection import database
from api.database.models import TABLES
from api.database.statements import fetch_tuples
from imports.mapping_language import yaml_lines
from imports.mapping_language.compile import compile_mapping
from imports.mapping_language.group_rows import GroupCounter
from schemas.imports.mappings import MappingIn
from tests.imports.cli.test_import_files import claim, lines, run
from tests.support import imported

MAPPING = """
dataset: {id: names, title: Names, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
ignore:
  columns: {Name: Nobody's name is kept.}
count:
  by: [Place, Day]
  person: No
  parts:
    sex: {column: Sex, table: {F: woman, M: man, "": null}}
    age: {cases: [{when: {column: Age, below: 18}, then: child}, {when: {column: Age, at_least: 18}, then: adult}]}
always:
  - claimant: {id: desk, name: The desk, kind: media}
  - source: {id: names, publisher: The desk, kind: dataset}
  - conflict: {id: war, name: The war}
usual:
  claim:
    conflict: war
    event: names-{Place}-{Day}
    claimant: desk
    harm: killed
    measure: incident
    reports: {source: names}
records:
  - event: {id: "names-{Place}-{Day}", conflict: war, name: "{Place}, {Day}", type: unknown, happened: "{Day}"}
  - claim: {id: "names-{Place}-{Day}", figure: {number: "{count}"}}
  - for: {column: sex}
    claim: {id: "names-{Place}-{Day}-{item.key}", victim_sex: "{item.key}", figure: {number: "{item.value}"}}
  - for: {column: age}
    claim: {id: "names-{Place}-{Day}-{item.key}", victim_age: "{item.key}", figure: {number: "{item.value}"}}
"""
HEADER = "No,Name,Sex,Age,Place,Day\n"
#: North: three people, two women, one child. South: a man of unknown age, and somebody of whom only the name is known.
PERSONS = """P-1,Ada Quill,F,31,North,2020-02-01
P-2,Bea Quill,F,7,North,2020-02-01
P-3,Cid Marrow,M,44,North,2020-02-01
P-4,Dan Thorne,M,,South,2020-02-05
P-5,Eve Larkin,,,South,2020-02-05
"""
SECRETS = ("Quill", "Marrow", "Thorne", "Larkin", "P-1", "P-2", "P-3", "P-4", "P-5")


@pytest.fixture
def names(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "desk.yaml").write_text(MAPPING)
    (tmp_path / "sheet.csv").write_text(HEADER + PERSONS)
    return tmp_path


def write_sheet(folder: pathlib.Path, text: str) -> None:
    (folder / "sheet.csv").write_text(HEADER + text)


def best_figures(app: Flask) -> dict[str, int]:
    answer = app.test_client().get("/v1/claims.json?fields=id,best&status=active&limit=100")
    assert answer.status_code == 200, answer.text
    return {row["id"].removeprefix("names-"): row["best"] for row in answer.json["data"]}


def test_a_group_is_one_claim_with_its_parts(empty: Flask, names: pathlib.Path) -> None:
    told = run(names)
    assert told.exit_code == 0, told.output
    assert "5 rows by the mapping desk" in told.output
    assert best_figures(empty) == {
        "north-2020-02-01": 3, "north-2020-02-01-woman": 2, "north-2020-02-01-man": 1,
        "north-2020-02-01-adult": 2, "north-2020-02-01-child": 1,
        "south-2020-02-05": 2, "south-2020-02-05-man": 1,
    }  # fmt: skip
    total = empty.test_client().get("/v1/statistics/casualties?conflict=war&shape=array").json
    assert [row["best"] for row in total] == [5]


def test_nothing_of_a_person_is_kept(empty: Flask, names: pathlib.Path) -> None:
    told = run(names)
    assert told.exit_code == 0, told.output
    with database.connection_context():
        stored = json.dumps([[str(value) for value in row] for table in TABLES for row in fetch_tuples(table.select())])
    files = b"".join(path.read_bytes() for path in names.iterdir() if path.is_file() and path.suffix != ".csv")
    for secret in SECRETS:
        assert secret not in stored and secret not in told.output and secret.encode() not in files
        assert empty.test_client().get(f"/v1/claims?q={secret}").json["data"] == []
    assert "north" in stored


def test_the_next_release_replaces_the_counts(empty: Flask, names: pathlib.Path) -> None:
    """P-6 is new in North. Nobody is listed in the South any more: its claims are withdrawn."""
    run(names)
    write_sheet(names, "".join(PERSONS.splitlines(True)[:3]) + "P-6,Fay Dunmore,F,19,North,2020-02-01\n")
    told = run(names, "--release", "2", "--vanished", "5")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"revised": 3, "withdrawn": 2, "unchanged": 2}
    assert claim(empty, "names-north-2020-02-01")["best"] == 4
    assert claim(empty, "names-south-2020-02-05")["status"] == "withdrawn"
    assert "Nothing changed" in run(names, "--release", "2").output


def test_the_order_of_the_rows_changes_nothing(empty: Flask, names: pathlib.Path) -> None:
    run(names)
    write_sheet(names, "".join(reversed(PERSONS.splitlines(True))))
    assert "Nothing changed" in run(names).output


def test_a_person_who_is_listed_twice_is_counted_once_and_told(empty: Flask, names: pathlib.Path) -> None:
    write_sheet(names, PERSONS + "P-3,Cid Marrow,M,45,North,2020-02-01\n,Gil Hart,M,,South,2020-02-05\n")
    told = run(names)
    assert told.exit_code == 0, told.output
    assert "1 row: No is that of an earlier row: the person was counted once (sheet.csv, row 7)." in told.output
    assert "1 row: No is empty, so that nobody can know whether the person is counted twice" in told.output
    assert (best_figures(empty)["north-2020-02-01"], best_figures(empty)["south-2020-02-05"]) == (3, 3)


def test_an_empty_text_is_no_part_and_no_group(empty: Flask, names: pathlib.Path) -> None:
    """`otherwise: ""` says nothing of an unknown sex. The empty name of the part refused the group."""
    (names / "desk.yaml").write_text(MAPPING.replace('"": null}}', '"": null}, otherwise: ""}'))
    write_sheet(names, PERSONS.replace("Larkin,,", "Larkin,X,"))
    assert run(names).exit_code == 0
    assert best_figures(empty)["south-2020-02-05"] == 2 and "south-2020-02-05-" not in best_figures(empty)
    where = 'values: {where: {column: Place, table: {North: north}, otherwise: ""}}\ncount:'
    (names / "desk.yaml").write_text(MAPPING.replace("Place", "where").replace("count:", where, 1))
    assert run(names).exit_code == 1
    assert {(line["row"], line["field"]) for line in lines(names)} == {("5", "where"), ("6", "where")}


def test_two_groups_of_one_claim_are_refused(empty: Flask, names: pathlib.Path) -> None:
    """Two spellings of a place are two groups, but one id. If their counts were equal, one of them was lost."""
    text = MAPPING.replace("    event: names-{Place}-{Day}\n", "").replace("incident", 'period\n    covers: "{Day}"')
    text = "\n".join(line for line in text.splitlines() if "- event:" not in line)
    (names / "desk.yaml").write_text(text)
    write_sheet(names, "P-1,Ada Quill,,,North-by,2020-02-01\nP-2,Bea Quill,,,North by,2020-02-01\n")
    told = run(names)
    assert told.exit_code == 1, told.output
    (line,) = lines(names)
    assert (line["row"], line["field"], line["id"]) == ("3", "id", "names-north-by-2020-02-01")
    assert line["allowed"].startswith("sheet.csv, row 2 begins another group, which makes the same claim.")
    same = 'values: {where: {column: Place, table: {North-by: North by}, otherwise: "{Place}"}}\ncount:'
    (names / "desk.yaml").write_text(text.replace("Place", "where").replace("count:", same, 1))
    told = run(names)
    assert told.exit_code == 0, told.output
    assert best_figures(empty) == {"north-by-2020-02-01": 2}


@pytest.mark.parametrize("row", ["P-3,Cid Marrow,M,44,South,2020-02-05", "P-3,Cid Marrow,F,44,North,2020-02-01"])
def test_a_person_of_two_groups_or_parts_is_refused(empty: Flask, names: pathlib.Path, row: str) -> None:
    write_sheet(names, PERSONS + row + "\n")
    assert run(names).exit_code == 1
    (line,) = lines(names)
    assert (line["row"], line["field"]) == ("7", "No")
    assert line["allowed"].startswith("Row 4 has the same person in another group or part.")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("P-9,Kim,Orson Vale,40,North,2020-02-01", "Sex"),
        ("P-9,Kim,F,Orson Vale,North,2020-02-01", "Age"),
        ("P-9,Orson Vale,F,40,,2020-02-01", "Place"),
        ("P-9,Orson Vale,F", ""),
    ],
)
def test_a_fault_does_not_show_the_person(empty: Flask, names: pathlib.Path, row: str, field: str) -> None:
    write_sheet(names, PERSONS + row + "\n")
    told = run(names)
    assert told.exit_code == 1
    report = (names / "report.csv").read_text()
    assert [line["field"] for line in lines(names)] == [field]
    assert "Orson" not in told.output + report and "P-9" not in told.output + report


@pytest.mark.parametrize("text", [PERSONS, 'No,Name\n"Orson Vale', "Orson Vale,Orson Vale\n1,2\n"])
def test_a_file_that_cannot_be_read_does_not_show_the_person(empty: Flask, names: pathlib.Path, text: str) -> None:
    """Without a header, the first person is there."""
    (names / "sheet.csv").write_text(text)
    told = run(names)
    assert told.exit_code == 1 and "Quill" not in told.output and "Orson" not in told.output


def test_a_count_without_refused_rows_would_be_too_low(empty: Flask, names: pathlib.Path) -> None:
    told = run(names, "--max-errors", "3")
    assert told.exit_code == 1 and "--max-errors does not work with a mapping that counts rows" in told.output


def test_records_cannot_read_a_person(empty: Flask, names: pathlib.Path) -> None:
    (names / "desk.yaml").write_text(
        MAPPING.replace('figure: {number: "{count}"}', 'note: "{Name}", figure: {number: 3}')
    )
    told = run(names)
    assert told.exit_code == 1
    assert "`records` reads Name, which `count` does not keep. It keeps Day, Place, age, count, sex." in told.output


def test_a_row_may_be_about_several_people(empty: Flask, names: pathlib.Path) -> None:
    """A list of incidents, summed by place and day: 3 and 4 people in the North."""
    text = MAPPING.replace("  person: No\n", '  people: "{Age}"\n').replace("then: adult", "then: null")
    (names / "desk.yaml").write_text(text)
    write_sheet(names, "P-1,,,3,North,2020-02-01\nP-2,,,4,North,2020-02-01\n")
    told = run(names)
    assert told.exit_code == 0, told.output
    assert best_figures(empty)["north-2020-02-01"] == 7
    write_sheet(names, "P-1,,,,North,2020-02-01\n")
    assert run(names).exit_code == 1
    assert lines(names)[0]["allowed"] == "Must be a number of people, 0 or more."


def test_groups_may_come_from_several_files(empty: Flask, names: pathlib.Path) -> None:
    (names / "more.csv").write_text(
        HEADER + "P-7,Hal Ives,M,50,North,2020-02-01\nP-1,Ada Quill,F,31,North,2020-02-01\n"
    )
    told = imported.run(names / "sheet.csv", names / "more.csv", "--mapping", names / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert "1 row: No is that of an earlier row: the person was counted once (more.csv, row 3)." in told.output
    assert best_figures(empty)["north-2020-02-01"] == 4


def test_of_persons_only_digests_with_a_secret_are_known() -> None:
    """Two runs give the same person different digests, so that nobody can look a person up in what a crash leaves."""
    grouping = compile_mapping("desk", MappingIn().load(yaml_lines.read(MAPPING).content)).grouping
    assert grouping
    digests = []
    for _ in range(2):
        counter = GroupCounter(grouping)
        counter.count_row(1, 2, "x.csv", {"No": "P-1", "Place": "North", "Day": "2020", "Sex": "F", "Age": "3"})
        digests.append(counter.persons.execute("SELECT digest FROM person").fetchall())
        counter.close()
    assert digests[0] != digests[1]
    with pytest.raises(sqlite3.ProgrammingError):
        counter.persons.execute("SELECT 1")
