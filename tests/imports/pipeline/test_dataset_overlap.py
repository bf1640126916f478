"""After an import the command says what other datasets count too, how far they agree, and how to see one alone."""

import pathlib

import pytest
from click.testing import Result
from flask import Flask

from tests.support import imported

MAPPING = """
dataset: {id: NAME, title: NAME, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
dates: ["%Y-%m-%d", "%Y-%m"]
always:
  - claimant: {id: desk, name: The desk, kind: media}
  - source: {id: desk-list, publisher: The desk, kind: dataset}
  - side: {id: alpha, name: Alpha}
  - conflict: {id: war, name: The war, sides: [alpha]}
usual:
  claim: {conflict: war, claimant: desk, harm: killed, reports: {source: desk-list}}
records:
  - when: {column: kind, is: event}
    records:
      - event: {id: "NAME-{no}", conflict: war, name: "NAME {no}", type: Battles, happened: "{day}", country: ARM}
      - claim: {id: "NAME-{no}", event: "NAME-{no}", measure: incident, figure: {number: "{dead}"}}
      - when: {column: soldiers, empty: false}
        claim:
          id: NAME-{no}-soldiers
          event: NAME-{no}
          measure: incident
          subject_side: alpha
          victim_status: member_of_armed_forces
          figure: {number: "{soldiers}"}
  - when: {column: kind, is: month}
    claim: {id: "NAME-{no}", measure: period, covers: "{day}", figure: {number: "{dead}"}}
  - when: {column: kind, is: total}
    claim:
      id: NAME-{no}
      measure: cumulative
      covers_from: {text: "2020-01-01"}
      covers_to: "{day}"
      figure: {number: "{dead}"}
"""
HEADER = "no,kind,day,dead,soldiers\n"
#: 10 and 10; 20 and 40; 0 and 0; 8 and 2 + 2; two days that only one of them has.
NEW = """1,event,2020-02-01,10,4
2,event,2020-02-02,20,
3,event,2020-02-03,0,
4,event,2020-02-04,8,
5,event,2020-02-05,5,
"""
OLD = """1,event,2020-02-01,10,9
2,event,2020-02-02,40,
3,event,2020-02-03,0,
4,event,2020-02-04,2,
5,event,2020-02-04,2,
6,event,2020-02-06,9,
"""


def bring(folder: pathlib.Path, name: str, rows: str, **replaced: str) -> Result:
    mapping, sheet = folder / f"{name}.yaml", folder / f"{name}.csv"
    text = MAPPING.replace("NAME", name)
    for old, new in replaced.items():
        text = text.replace(old, new)
    mapping.write_text(text)
    sheet.write_text(HEADER + rows)
    told = imported.run(sheet, "--mapping", mapping, "--report", folder / f"{name}.report.csv")
    assert told.exit_code == 0, told.output
    return told


def best_of(app: Flask, address: str) -> int:
    answer = app.test_client().get(f"{address}&shape=array")
    assert answer.status_code == 200, answer.text
    (row,) = answer.json
    best: int = row["best"]
    return best


def test_days_of_both_are_compared_and_each_is_shown_alone(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Four days with both: 10/10 and 0/0 agree; the ratios 1, 0.5 and 2 have the median 1."""
    assert "too:" not in bring(tmp_path, "old", OLD).output
    told = bring(tmp_path, "new", NEW).output
    assert (
        "old has figures of killed too: 4 days with both about war, 2020-02-01 to 2020-02-04. "
        "2 of 4 agree within 10 %; new has 1.00 times the figure of old (median)." in told
    )
    alone = [line.strip() for line in told.splitlines() if line.startswith("  /v1/")]
    asked = "/v1/statistics/casualties?basis=incidents&harm=killed&conflict=war&from=2020-02-01&to=2020-02-04"
    assert alone == [f"{asked}&dataset=new", f"{asked}&dataset=old"]
    assert [best_of(empty, address) for address in alone] == [10 + 20 + 0 + 8, 10 + 40 + 0 + 2 + 2]


def test_groups_are_compared_where_there_is_no_whole(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Only figures of Alpha's soldiers: 4 and 9 on one day."""
    bring(tmp_path, "old", OLD, **{'id: "old-{no}", event: "old-{no}"': 'id: "old-{no}", part: x, event: "old-{no}"'})
    told = bring(tmp_path, "new", NEW).output
    assert "old has figures of killed (alpha) (member_of_armed_forces) too: 1 day with both" in told
    assert "0 of 1 agree within 10 %; new has 0.44 times the figure of old (median)." in told
    address = next(line.strip() for line in told.splitlines() if line.endswith("dataset=old"))
    assert best_of(empty, address) == 9


def test_a_dataset_of_months_is_compared_by_month(empty: Flask, tmp_path: pathlib.Path) -> None:
    """February: 10 + 20 + 0 + 8 + 5 = 43 by day, 40 by month, which is within 10 % of 43."""
    bring(tmp_path, "months", "1,month,2020-02,40,\n2,month,2020-03,7,\n")
    told = bring(tmp_path, "new", NEW).output
    assert "months has figures of killed too: 1 month with both about war, 2020-02. 1 of 1 agree within 10 %" in told


def test_countries_are_compared_where_no_conflict_is_shared(empty: Flask, tmp_path: pathlib.Path) -> None:
    bring(
        tmp_path,
        "old",
        OLD,
        **{"conflict: war": "conflict: fighting", "id: war, name: The war": "id: fighting, name: Fighting"},
    )
    told = bring(tmp_path, "new", NEW).output
    assert "old has figures of killed too: 4 days with both in ARM, 2020-02-01 to 2020-02-04." in told
    address = next(line.strip() for line in told.splitlines() if line.endswith("dataset=old"))
    assert "country=ARM" in address and best_of(empty, address) == 54


def test_running_totals_are_compared_by_claimant_and_day(empty: Flask, tmp_path: pathlib.Path) -> None:
    """100 and 100 on the first day, 150 and 120 on the second. Totals are never compared with days."""
    bring(tmp_path, "old", "1,total,2020-02-01,100,\n2,total,2020-02-02,120,\n3,event,2020-02-02,7,\n")
    told = bring(tmp_path, "new", "1,total,2020-02-01,100,\n2,total,2020-02-02,150,\n").output
    assert "old has running totals of killed by the same claimant too: 2 days with both about war" in told
    assert "1 of 2 agree within 10 %; new has 1.00 times" in told
    address = next(line.strip() for line in told.splitlines() if line.endswith("dataset=new"))
    assert "basis=totals" in address and best_of(empty, address) == 150


@pytest.mark.parametrize("rows", ["7,event,2021-02-01,3,\n", "7,total,2020-02-01,3,\n"])
def test_nothing_is_said_where_nothing_is_shared(empty: Flask, tmp_path: pathlib.Path, rows: str) -> None:
    bring(tmp_path, "old", OLD)
    assert "too:" not in bring(tmp_path, "new", rows).output
