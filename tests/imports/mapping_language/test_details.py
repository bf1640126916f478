"""Fault I21: columns that no field has are kept as details of the claim: as given, found by `q`, never counted."""

import json
import pathlib
from typing import Any

import pytest
from flask import Flask

from api.cli.log import log_group
from api.database.connection import database
from api.writes.update import revise_record
from imports.mapping_language.compile import MappingError, load_mapping
from tests.imports.cli.test_import_files import MAPPING, claim, run
from tests.imports.pipeline import test_counting_rows
from tests.support import imported

DETAILED = MAPPING.replace(
    "      measure: incident\n",
    '      measure: incident\n      details: {weapon: "{weapon}", Exact age: "{age}", kind: raid}\n',
)
ROWS = (
    "no,day,place,harm,toll,about,weapon,age\n"
    '1,1/2/2020,North,dead,3,,"howitzer; 152 mm",34\n'
    "2,05/02/2020,South,hurt,12,x,,\n"
)
FIRST = {"Exact age": "34", "kind": "raid", "weapon": "howitzer; 152 mm"}


@pytest.fixture
def desk(empty: Flask, tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "desk.yaml").write_text(DETAILED)
    (tmp_path / "sheet.csv").write_text(ROWS)
    told = run(tmp_path)
    assert told.exit_code == 0, told.output
    return tmp_path


def read(app: Flask, address: str) -> Any:
    answer = app.test_client().get(address)
    assert answer.status_code == 200, answer.text
    return answer


def test_details_are_kept_as_given(empty: Flask, desk: pathlib.Path) -> None:
    assert claim(empty, "desk-1")["details"] == FIRST
    assert claim(empty, "desk-2")["details"] == {"kind": "raid"}
    assert "<dt>weapon</dt><dd>howitzer; 152 mm</dd>" in read(empty, "/claims/desk-1").text
    table = read(empty, "/v1/claims.csv?fields=id,details").text.splitlines()
    assert table[1] == 'desk-1,"{""Exact age"":""34"",""kind"":""raid"",""weapon"":""howitzer; 152 mm""}"'
    listed = [json.loads(line)["details"] for line in read(empty, "/v1/claims.ndjson").text.splitlines()]
    assert listed == [FIRST, {"kind": "raid"}]
    assert [row["id"] for row in read(empty, "/v1/claims?q=howitzer").json["data"]] == ["desk-1"]
    assert read(empty, "/v1/claims?q=weapon").json["data"] == []
    (row,) = read(empty, "/v1/statistics/casualties?shape=array&conflict=war&harm=killed&basis=incidents").json
    assert row["best"] == 3
    assert "Nothing changed: no new revision." in run(desk).output


def test_details_are_in_the_log_and_in_old_revisions(empty: Flask, desk: pathlib.Path) -> None:
    before = claim(empty, "desk-1")["revision"]
    with database.connection_context():
        revise_record("claims", "desk-1", {"details": {"weapon": "mortar", "kind": None}}, "Read again.", "An editor")
    assert claim(empty, "desk-1")["details"] == {"Exact age": "34", "weapon": "mortar"}
    assert read(empty, f"/v1/claims/desk-1?revision={before}").json["data"]["details"] == FIRST
    assert read(empty, f"/v1/claims?revision={before}&q=howitzer").json["meta"]["total"] == 1
    assert read(empty, "/v1/claims?q=howitzer").json["meta"]["total"] == 0
    newest = read(empty, "/v1/changes?id=desk-1&operation=revise").json["data"][-1]
    assert newest["after"]["details"] == '{"Exact age":"34","weapon":"mortar"}'
    told = empty.test_cli_runner().invoke(log_group, ["verify"])
    assert told.exit_code == 0, told.output
    with database.connection_context():
        revise_record("claims", "desk-1", {"details": None}, "Not needed.", "An editor")
    assert claim(empty, "desk-1")["details"] is None


def test_a_list_of_our_own_claims_comes_back_with_details(empty: Flask, desk: pathlib.Path) -> None:
    (desk / "claims.csv").write_text(read(empty, "/v1/claims.csv").text)
    told = imported.run(desk / "claims.csv", "--mapping", "plain-claims", "--report", desk / "report.csv", "--dry-run")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"matched": 2} or "revised" not in told.output


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ([1], "Must be an object of names"),
        ("[" * 5_000, "Must be an object of names"),
        ('{"weapon": NaN}', "Must be an object of names"),
        ({"weapon": True}, "weapon: Must be text, a number or null."),
        ({"weapon": "x" * 301}, "weapon: Must be at most 300 characters."),
        ({"number": 2**53}, "number: Must be at most 9,007,199,254,740,991."),
        ({str(n): n for n in range(21)}, "Must have at most 20 names."),
    ],
)
def test_what_is_no_detail_is_refused(details: Any, message: str) -> None:
    from marshmallow import ValidationError

    from schemas.details import Details

    with pytest.raises(ValidationError) as refused:
        Details().deserialize(details)
    assert message in str(refused.value.messages)


def test_a_count_of_persons_keeps_no_detail_of_one(tmp_path: pathlib.Path) -> None:
    text = test_counting_rows.MAPPING.replace(
        'figure: {number: "{count}"}', 'details: {age: "{Age}"}, figure: {number: "{count}"}'
    )
    (tmp_path / "names.yaml").write_text(text)
    with pytest.raises(MappingError, match="`records` reads Age, which `count` does not keep"):
        load_mapping(str(tmp_path / "names.yaml"))
