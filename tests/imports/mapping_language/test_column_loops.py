"""Fault I19: a dozen lines map a table of 40 columns, or a JSON file that is keyed by year."""

import json
import pathlib

import pytest
from flask import Flask

from tests.imports.cli.test_import_files import claim, run
from tests.support import imported

HEAD = """
dataset: {id: wide, title: Wide, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
always:
  - claimant: {id: desk, name: The desk}
  - source: {id: wide, publisher: The desk}
  - side: {id: alpha, name: Alpha}
  - conflict: {id: war, name: The war, sides: [alpha]}
usual: {claim: {conflict: war, claimant: desk, measure: period, subject_side: alpha, reports: {source: wide}}}
"""
WIDE = """
missing: [NA]
tables: {harms: {k: killed, w: injured}}
records:
  - for: {columns: ["*_19*", "*_20*"]}
    claim:
      id: "wide-{Region}-{item.key}"
      covers: {column: item.key, split: _, part: 2, date: "%Y"}
      harm: {column: item.1, table: harms}
      part: "{Region}"
      figure: {number: "{item.value}"}
"""
KEYED = """
file: {path: whole}
records:
  - for: {columns: "20*"}
    as: year
    records:
      - claim: {id: "wide-{year.key}", covers: "{year.key}", harm: killed, figure: {number: "{year.killed}"}}
      - when: {column: year.injured, empty: false}
        claim: {id: "wide-{year.key}-w", covers: "{year.key}", harm: injured, figure: {number: "{year.injured}"}}
"""


def test_a_table_of_forty_columns_needs_a_dozen_lines(empty: Flask, tmp_path: pathlib.Path) -> None:
    years = range(1990, 2010)
    columns = [f"{harm}_{year}" for harm in "kw" for year in years]
    cells = {column: str(place) for place, column in enumerate(columns)} | {"k_1995": "", "w_1996": "NA"}
    (tmp_path / "sheet.csv").write_text(
        f"Region,{','.join(columns)}\nNorth,{','.join(cells.values())}\nSouth,{','.join(['0'] * 40)}\n"
    )
    (tmp_path / "desk.yaml").write_text(HEAD + WIDE)
    assert len(WIDE.split("records:")[1].strip().splitlines()) < 12
    told = run(tmp_path)
    assert told.exit_code == 0, told.output
    assert "does not know" not in told.output
    assert imported.counted(told.output)["claims"] == {"created": 38 + 40}
    one = claim(empty, "wide-north-w-2009")
    assert (one["best"], one["harm"], one["covers_from"], one["covers_to"]) == (
        39,
        "injured",
        "2009-01-01",
        "2009-12-31",
    )
    assert claim(empty, "wide-south-k-1990")["best"] == 0  # null is not zero


def test_a_file_that_is_keyed_by_year(empty: Flask, tmp_path: pathlib.Path) -> None:
    content = {"2020": {"killed": 3, "injured": 5}, "2021": {"killed": 4, "injured": None}, "note": "Of the desk."}
    (tmp_path / "sheet.json").write_text(json.dumps(content))
    (tmp_path / "desk.yaml").write_text(HEAD + KEYED)
    told = run(tmp_path, file="sheet.json")
    assert told.exit_code == 0, told.output
    assert "Columns that the mapping does not know: note.\n" in told.output
    assert imported.counted(told.output)["claims"] == {"created": 3}
    assert [claim(empty, id)["best"] for id in ("wide-2020", "wide-2020-w", "wide-2021")] == [3, 5, 4]


def test_the_next_year_is_read_without_a_new_line(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(HEAD + KEYED)
    for years in ([2020], [2020, 2021]):
        (tmp_path / "sheet.json").write_text(json.dumps({str(year): {"killed": 1} for year in years}))
        told = run(tmp_path, file="sheet.json")
        assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 1, "unchanged": 1}


def test_columns_that_no_column_matches_are_missed(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(HEAD + WIDE)
    (tmp_path / "sheet.csv").write_text("Region,k_1990\nNorth,3\n")
    told = run(tmp_path)
    assert told.exit_code == 1 and "lacks columns that the mapping desk reads:\n  *_20*" in told.output
    assert "Row 1 has them" not in told.output
    (tmp_path / "desk.yaml").write_text(HEAD + KEYED)
    (tmp_path / "sheet.json").write_text('{"1999": {"killed": 3}}')
    told = run(tmp_path, file="sheet.json")
    assert told.exit_code == 1 and "No row has the columns 20*." in told.output


@pytest.mark.parametrize("loop", ["{column: a, columns: b}", '{columns: b, split: ";"}', "{}"])
def test_a_loop_has_one_source(empty: Flask, tmp_path: pathlib.Path, loop: str) -> None:
    (tmp_path / "desk.yaml").write_text(HEAD + WIDE.replace('{columns: ["*_19*", "*_20*"]}', loop))
    (tmp_path / "sheet.csv").write_text("Region\nNorth\n")
    told = run(tmp_path)
    assert told.exit_code == 1 and "desk.yaml, line" in told.output


TREE = """
file: {path: whole}
records:
  - for: {column: children}
    as: camp
    records:
      - for: {column: camp.children}
        as: cause
        when: {column: cause.size, empty: false}
        claim:
          id: "tree-{camp.name}-{cause.name}"
          covers: {text: "2020"}
          harm: killed
          part: "{cause.name}"
          figure: {number: "{cause.size}"}
"""
BRANCHES = [
    {"name": "Alpha", "children": [{"name": "In battle", "size": 3}, {"name": "Of illness", "size": 5}]},
    {"name": "Beta", "children": [{"name": "Army", "children": [{"name": "In battle", "size": 7}]}]},
]


def test_entries_of_a_tree_that_make_nothing_are_shown(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Half of a tree had another depth, and its figures were left out without a word."""
    (tmp_path / "sheet.json").write_text(json.dumps({"children": BRANCHES}))
    (tmp_path / "desk.yaml").write_text(HEAD + TREE)
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 2}
    lines = told.output.splitlines()
    assert "1 entry of children made no record: Beta." in lines
    assert "1 entry of camp.children made no record: Army." in lines
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml", "--explain", "1")
    assert "Noticed: 1 entry of children made no record: Beta." in told.output


def test_an_entry_makes_a_record_in_any_of_several_loops(empty: Flask, tmp_path: pathlib.Path) -> None:
    second = '  - for: {column: children}\n    side: {id: "{item.name}", name: "{item.name}"}\n'
    (tmp_path / "sheet.json").write_text(json.dumps({"children": BRANCHES}))
    (tmp_path / "desk.yaml").write_text(HEAD + TREE + second)
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0 and "of children made" not in told.output, told.output
    assert "1 entry of camp.children made no record: Army." in told.output


def test_fields_of_entries_that_nothing_reads_are_listed(empty: Flask, tmp_path: pathlib.Path) -> None:
    """A total beside the children of an entry was left out without a word."""
    (tmp_path / "sheet.json").write_text(json.dumps({"children": [BRANCHES[0] | {"value": 8, "colour": "red"}]}))
    (tmp_path / "desk.yaml").write_text(HEAD + TREE)
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml", "--dry-run")
    assert "Columns that the mapping does not know: children.colour, children.value." in told.output
    (tmp_path / "desk.yaml").write_text(HEAD + 'ignore: {columns: {"children.*": Not read.}}' + TREE)
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml", "--dry-run")
    assert told.exit_code == 0 and "does not know" not in told.output, told.output


MONTHS = """
usual: {claim: {conflict: war, claimant: desk, measure: unknown, harm: killed, reports: {source: wide}}}
file: {path: whole}
records:
  - for: LOOP
    as: year
    records:
      - for: {column: year}
        as: month
        claim: {id: "wide-{year.key}-{month.key}", part: "{month.key}", figure: {number: "{month.value}"}}
"""


@pytest.mark.parametrize("loop", ["{column: toll}", '{columns: "20*"}'])
def test_a_loop_over_an_item_has_no_entry_that_the_file_has_not(
    empty: Flask, tmp_path: pathlib.Path, loop: str
) -> None:
    """The year, which the outer loop adds as `key`, was a claim of 2,020 killed."""
    years = {"2020": {"jan": 3, "feb": 4}, "2021": {"jan": 5}}
    (tmp_path / "sheet.json").write_text(json.dumps({"toll": years} if "toll" in loop else years))
    (tmp_path / "desk.yaml").write_text(HEAD.partition("usual:")[0] + MONTHS.replace("LOOP", loop))
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 3}
    ids = ("wide-2020-jan", "wide-2020-feb", "wide-2021-jan")
    assert [claim(empty, id)["best"] for id in ids] == [3, 4, 5]


@pytest.mark.parametrize("column", ["year", "year.value"])
def test_a_loop_over_an_item_that_is_a_list_has_its_entries(empty: Flask, tmp_path: pathlib.Path, column: str) -> None:
    (tmp_path / "sheet.json").write_text(json.dumps({"toll": {"2020": [{"value": 3}, {"value": 4}]}}))
    mapping = MONTHS.replace("LOOP", "{column: toll}").replace("{column: year}", f"{{column: {column}}}")
    (tmp_path / "desk.yaml").write_text(HEAD.partition("usual:")[0] + mapping.replace("month.key", "month.number"))
    told = imported.run(tmp_path / "sheet.json", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert [claim(empty, f"wide-2020-{number}")["best"] for number in (1, 2)] == [3, 4]


def test_a_branch_of_which_nothing_is_read_is_named_once(empty: Flask, tmp_path: pathlib.Path) -> None:
    """A tree of 15 branches had a message of 70,000 characters, in which nobody saw why a row was refused."""
    places = {f"place {number}": {"killed": number, "sex": {"men": number}} for number in range(300)}
    tree = {"2020": {"killed": 3, "injured": 1}, "places": places, "other": {"note": "x"}}
    (tmp_path / "sheet.json").write_text(json.dumps(tree))
    (tmp_path / "desk.yaml").write_text(HEAD + KEYED)
    told = run(tmp_path, file="sheet.json")
    assert "Columns that the mapping does not know: other.note, places.*.\n" in told.output
    explained = run(tmp_path, "--explain", "1", file="sheet.json").output
    assert "Other columns: other.note, places.*\n" in explained
    ignored = 'ignore: {columns: {"places.*": Not read., "other.*": Not read.}}'
    (tmp_path / "desk.yaml").write_text(HEAD + ignored + KEYED)
    assert "does not know" not in run(tmp_path, file="sheet.json").output


@pytest.mark.parametrize("column", ["Toll.1", "Toll. injured"])
def test_a_dot_in_the_header_of_a_table_leads_into_no_object(empty: Flask, tmp_path: pathlib.Path, column: str) -> None:
    """pandas writes a repeated column as `Toll.1`, which was left out without a word."""
    claim = '{id: "wide-{No}", covers: {text: "2020"}, harm: killed, figure: {number: "{Toll}"}}'
    (tmp_path / "sheet.csv").write_text(f"No,Toll,{column}\n1,3,4\n")
    (tmp_path / "desk.yaml").write_text(HEAD + f"records:\n  - claim: {claim}\n")
    assert f"Columns that the mapping does not know: {column}.\n" in run(tmp_path).output
    (tmp_path / "sheet.csv").write_text("No,Toll,Note,Note.1\n1,3,4,5\n")
    assert "Columns that the mapping does not know: Note, Note.1.\n" in run(tmp_path).output
