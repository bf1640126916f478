"""Parts of the whole, affiliations, and one figure of a scope in each statement: all through HTTP."""

import itertools
import json
import pathlib
import shutil
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.change_log.free_texts import MARK
from api.database import upgrade
from api.database.connection import connect_to, database
from api.database.models import Claim
from api.database.statements import select_rows
from imports.packages.load import load_package
from imports.pipeline.dataset_sync import hash_document
from tests.conftest import Databases, make_app
from tests.support import imported, worlds
from tests.support.clients import new_key, open_small_world
from tests.support.contract import HonestClient
from tests.support.exports import contents, loaded, package
from tests.support.worlds import Document, told
from tests.v1.records.test_bad_inputs import ask, dumped

TOTAL = {
    "statement": "army-1-march", "conflict": "war", "claimant": "red-army", "subject_side": "red", "harm": "killed",
    "measure": "cumulative", "qualifier": "exact", "value": 9, "low": 9, "best": 9, "high": 9,
    "reports": [{"source": "times"}],
}  # fmt: skip


FOUR = {"value": 4, "low": 4, "best": 4, "high": 4}


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world, with a key that allows everything."""
    return open_small_world(empty, "admin")


def post(client: HonestClient, record_type: str, record: Document) -> TestResponse:
    return ask(client, "POST", record_type, dumped(record))


def patch(client: HonestClient, record_type: str, slug: str, changes: Document) -> TestResponse:
    return ask(client, "PATCH", record_type, dumped(changes), path=slug)


def faults(answer: TestResponse) -> list[tuple[str, str]]:
    body = told(answer, 422, "invalid-body")
    return [(error["name"], error["message"]) for error in body["errors"]]


def found(client: HonestClient, address: str) -> Any:
    return client.get(f"/v1/{address}").json["data"]


# Parts ---------------------------------------------------------------------------------------------------------------


def test_a_part_is_shown_filtered_searched_counted_and_kept_as_it_was(client: HonestClient) -> None:
    assert post(client, "claims", TOTAL | {"id": "whole"}).status_code == 201
    assert post(client, "claims", TOTAL | {"id": "hills", "part": "Hill province"} | FOUR).status_code == 201
    before = client.get("/v1/claims?limit=1").json["meta"]["revision"]
    assert found(client, "claims/hills")["part"] == "Hill province"
    assert patch(client, "claims", "hills", {"part": "Upper hills, west"}).status_code == 200
    assert worlds.ids(client.get("/v1/claims?statement=army-1-march&part=none")) == ["whole"]
    assert worlds.ids(client.get("/v1/claims?part=Upper hills\\, west")) == ["hills"]
    assert worlds.ids(client.get(f"/v1/claims?part=Hill province&revision={before}")) == ["hills"]
    assert worlds.ids(client.get("/v1/claims?q=upper hills")) == ["hills"]
    assert worlds.ids(client.get("/v1/claims?q=hill province")) == []
    assert found(client, f"claims/hills?revision={before}")["part"] == "Hill province"
    assert "4 people of Red camp killed, part: Upper hills, west;" in client.get("/v1/claims/hills/citation").text
    csv = client.get("/v1/claims.csv?statement=army-1-march&fields=id,part&hxl=1").text.splitlines()
    assert csv == ["id,part", "#meta+id,#meta+part", 'hills,"Upper hills, west"', "whole,"]
    counted = found(client, "statistics/claims?statement=army-1-march&group_by=part")
    assert [(row["part"], row["claims"]) for row in counted] == [("Upper hills, west", 1), (None, 1)]
    (difference,) = found(client, "claims/hills/history")[-1]["differences"]
    assert (difference["before"], difference["after"]) == ("Hill province", "Upper hills, west")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("p" * 121, "Must be at most 120 characters. 121 were sent."),
        ("none", "`none` is not the name of a part. Leave the field out if the figure is about the whole."),
        (" ", "Must not be blank."),
        (3, "Must be text."),
    ],
)
def test_a_part_is_a_short_label(client: HonestClient, part: Any, message: str) -> None:
    assert ("/part", message) in faults(post(client, "claims", TOTAL | {"part": part}))


def test_a_part_can_be_erased_for_good(client: HonestClient) -> None:
    for slug, part in (("one", "John Qvarzek"), ("two", "Mary Qvarzek")):
        assert post(client, "claims", TOTAL | {"id": slug, "part": part}).status_code == 201
    for slug in ("one", "two"):  # parts without a label: nobody knows which parts they were
        answer = ask(client, "REDACT", "claims", dumped({"fields": ["part"]}), path=slug)
        assert answer.status_code == 200, answer.text
        assert patch(client, "claims", slug, {"note": "A private person."}).status_code == 200
    assert found(client, "claims/one")["part"] == MARK
    with database.connection_context():
        assert not any("qvarzek" in repr(row).lower() for row in select_rows("SELECT * FROM claim"))
        assert not any("qvarzek" in repr(row).lower() for row in select_rows("SELECT * FROM claim_version"))
        assert not any("qvarzek" in repr(row).lower() for row in select_rows("SELECT * FROM change_text"))


# Affiliations --------------------------------------------------------------------------------------------------------


def test_a_claimant_may_belong_to_a_side_without_speaking_for_it(client: HonestClient) -> None:
    critic = {"id": "critic", "name": "A critic", "kind": "politician", "affiliation": "red-north"}
    assert post(client, "claimants", critic).status_code == 201
    told_of = found(client, "claimants/critic")
    assert (told_of["side"], told_of["affiliation"]) == (None, {"id": "red-north", "name": "Red North"})
    assert worlds.ids(client.get("/v1/claimants?affiliation=red-north")) == ["critic"]
    csv = client.get("/v1/claimants.csv?id=critic&fields=id,side,affiliation").text.splitlines()
    assert csv == ["id,side_id,side_name,affiliation_id,affiliation_name", "critic,,,red-north,Red North"]
    in_use = told(ask(client, "DELETE", "sides", b"", path="red-north"), 409, "in-use")
    assert "critic" in in_use["detail"]
    assert patch(client, "claimants", "critic", {"affiliation": None}).status_code == 200
    assert "critic" in worlds.ids(client.get("/v1/claimants?affiliation=none"))


def test_an_affiliation_is_another_side_than_the_one_that_the_claimant_speaks_for(client: HonestClient) -> None:
    message = "The claimant speaks for red already. Leave out the affiliation, or the side if it speaks for none."
    both = {"name": "A general", "side": "red", "affiliation": "red"}
    assert faults(post(client, "claimants", both)) == [("/affiliation", message)]
    assert faults(patch(client, "claimants", "red-army", {"affiliation": "red"})) == [("/affiliation", message)]
    assert post(client, "claimants", both | {"affiliation": "hired"}).status_code == 201
    body = told(post(client, "claimants", {"name": "Nobody", "affiliation": "nowhere"}), 422, "invalid-body")
    assert [error["name"] for error in body["errors"]] == ["/affiliation"]


def test_parts_and_affiliations_come_back_from_a_package(
    client: HonestClient, databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    first = package(client.application, tmp_path / "first")
    back = loaded(databases, engine, first)
    assert contents(first) == contents(package(back, tmp_path / "back"))
    assert back.test_client().get("/v1/claims/b-north").json["data"]["part"] == "Talış, upper"
    assert back.test_client().get("/v1/claimants/observers").json["data"]["affiliation"]["id"] == "red"


# One figure of a scope -----------------------------------------------------------------------------------------------


def test_a_second_figure_of_a_statement_about_the_same_scope_is_refused(client: HonestClient) -> None:
    assert post(client, "claims", TOTAL | {"id": "first"}).status_code == 201
    message = (
        "second and first are two figures of the statement army-1-march about the same scope, responsible_side and "
        "part. Give one of them a different part, or another statement."
    )
    for more in ({}, FOUR, {"covers_to": "2020-03-05"}, {"measure": "cumulative", "note": "Again."}):
        assert faults(post(client, "claims", TOTAL | {"id": "second"} | more)) == [("/part", message)]
    both = [TOTAL | {"id": name, "statement": "army-2-march"} for name in ("third", "fourth")]
    (fault,) = faults(ask(client, "POST", "claims", json.dumps(both).encode()))
    assert fault[0] == "/1/part" and fault[1].startswith(
        "fourth and third are two figures of the statement army-2-march"
    )


OTHERWISE: list[Document] = [
    {"part": "Hill province"}, {"statement": "army-2-march"}, {"statement": None}, {"harm": "injured"},
    {"subject_side": "red-north"}, {"responsible_side": "alpha"}, {"victim_status": "civilian"},
    {"victim_sex": "woman"}, {"victim_age": "child"}, {"conflict": "war-first"}, {"measure": "identified"},
    {"measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-02"}, {"event": "clash"},
    {"qualifier": "unquantified", "value": None, "low": None, "best": None, "high": None},
]  # fmt: skip


def test_figures_of_other_scopes_parts_and_statements_stand_beside_each_other(client: HonestClient) -> None:
    assert post(client, "claims", TOTAL | {"id": "first"}).status_code == 201
    for number, otherwise in enumerate(OTHERWISE):
        answer = post(client, "claims", TOTAL | {"id": f"other-{number}"} | otherwise)
        assert answer.status_code == 201, (otherwise, answer.text)
    days = {"measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-09"}
    assert post(client, "claims", TOTAL | days).status_code == 201


def test_the_toll_of_an_event_is_one_scope_be_it_an_incident_or_running(client: HonestClient) -> None:
    toll = TOTAL | {"id": "toll", "event": "clash", "measure": "incident"}
    assert post(client, "claims", toll).status_code == 201
    assert len(faults(post(client, "claims", toll | {"id": "again", "measure": "cumulative"}))) == 1
    assert post(client, "claims", toll | {"id": "bodies", "measure": "bodies"}).status_code == 201


def test_a_correction_makes_no_second_figure(client: HonestClient) -> None:
    assert post(client, "claims", TOTAL | {"id": "first"}).status_code == 201
    assert post(client, "claims", TOTAL | {"id": "hills", "part": "Hill province"}).status_code == 201
    ((where, message),) = faults(patch(client, "claims", "hills", {"part": None}))
    assert where == "/part" and message.startswith("hills and first are two figures of the statement army-1-march")
    assert patch(client, "claims", "hills", {"note": "Of the hills alone."}).status_code == 200
    assert patch(client, "claims", "first", {"part": "Hill province", "statement": None}).status_code == 200
    assert patch(client, "claims", "hills", {"part": None}).status_code == 200


def test_a_figure_that_was_taken_back_makes_room_and_does_not_come_back_into_it(client: HonestClient) -> None:
    assert post(client, "claims", TOTAL | {"id": "slip"}).status_code == 201
    assert ask(client, "DELETE", "claims", b"", path="slip").status_code == 200
    assert post(client, "claims", TOTAL | {"id": "mended"}).status_code == 201
    back = {"status": "active", "status_reason": "", "status_by": None}
    assert [where for where, _ in faults(patch(client, "claims", "slip", back))] == ["/part"]
    # A claim that its claimant superseded is still a figure of that statement.
    replaced = {"status": "superseded", "status_reason": "Said again.", "status_by": "claimant"}
    assert patch(client, "claims", "mended", replaced).status_code == 200
    assert len(faults(post(client, "claims", TOTAL | {"id": "third"}))) == 1


def test_what_was_recorded_before_the_rule_can_be_corrected(client: HonestClient) -> None:
    for name in ("one", "two"):
        assert post(client, "claims", TOTAL | {"id": name, "part": name}).status_code == 201
    with database.connection_context():
        Claim.update(part=None).where(Claim.slug.in_(["one", "two"])).execute()
    assert patch(client, "claims", "one", {"note": "Of both."}).status_code == 200
    assert patch(client, "sources", "times", {"title": "Another title"}).status_code == 200
    assert patch(client, "claims", "one", {"value": 8, "low": 8, "best": 8, "high": 8}).status_code == 200
    assert patch(client, "claims", "one", {"victim_sex": "woman"}).status_code == 200
    assert len(faults(patch(client, "claims", "one", {"victim_sex": "any"}))) == 1


MAPPING = """
dataset: {id: desk, title: The desk, publisher: The desk, licence: CC BY 4.0, citation: The desk (2026)}
usual:
  claim: {conflict: war, claimant: desk, subject_side: alpha, harm: killed, measure: cumulative, statement: "{said}"}
always:
  - side: {id: alpha, name: Alpha}
  - claimant: {id: desk, name: The desk, kind: politician, affiliation: alpha}
  - source: {id: desk-sheet, publisher: The desk, title: Sheet, kind: dataset}
  - conflict: {id: war, name: The war, sides: [alpha]}
records:
  - claim: {id: "desk-{no}", part: {column: where}, figure: {number: "{toll}"}, reports: {source: desk-sheet}}
"""


def sheet(folder: pathlib.Path, *lines: str) -> Any:
    (folder / "desk.yaml").write_text(MAPPING)
    (folder / "sheet.csv").write_text("\n".join(["no,said,where,toll", *lines, ""]))
    return imported.run(folder / "sheet.csv", "--mapping", folder / "desk.yaml", "--report", folder / "report.csv")


def test_an_import_brings_parts_and_affiliations_and_no_second_figure(empty: Flask, tmp_path: pathlib.Path) -> None:
    one, two, three = "1,monday,,9", "2,monday,Hill province,4", "3,monday,Hill province,5"
    refused = sheet(tmp_path, one, two, three)
    assert refused.exit_code == 1 and "Nothing was imported." in refused.output
    assert "desk-3 and desk-2 are two figures of the statement monday" in refused.output
    assert sheet(tmp_path, one, two, "3,monday,Coast,5").exit_code == 0
    client = empty.test_client()
    assert [claim["part"] for claim in found(client, "claims?sort=id")] == [None, "Hill province", "Coast"]
    assert found(client, "claimants/desk")["affiliation"]["id"] == "alpha"
    # The next dataset release changes both at once, so neither makes the other a fault.
    assert sheet(tmp_path, one, "2,monday,Coast,4", "3,monday,Hill province,5").exit_code == 0
    assert [claim["part"] for claim in found(client, "claims?sort=id")] == [None, "Coast", "Hill province"]
    again = sheet(tmp_path, one, "2,monday,Coast,4", three, "4,monday,Hill province,6")
    assert again.exit_code == 1 and "desk-4 and desk-3 are two figures of the statement monday" in again.output


def test_a_record_that_a_dataset_brought_before_there_were_parts_is_known_again() -> None:
    old = {"id": "a", "harm": "killed", "note": None}
    assert hash_document(old) == hash_document(old | {"part": None, "affiliation": None})
    assert hash_document(old) != hash_document(old | {"part": "Hill province"})
    conflict = {"id": "war", "parent": None}
    assert hash_document(conflict) == hash_document(conflict | {"country": None}) != hash_document({"id": "war"})


def test_a_package_with_a_second_figure_is_refused(empty: Flask, tmp_path: pathlib.Path) -> None:
    files = {
        "sides": "id,name\nred,Red\n", "conflicts": "id,name\nwar,The war\n", "claimants": "id,name\narmy,Army\n",
        "sources": "id,publisher\ntimes,Times\n", "reports": "id,claim_id,source_id\nr1,one,times\nr2,two,times\n",
        "claims": "id,statement,conflict_id,claimant_id,harm,measure,qualifier,best,part\n"
        "one,s,war,army,killed,cumulative,about,3,\ntwo,s,war,army,killed,cumulative,about,4,{}\n",
    }  # fmt: skip
    for record_type, text in files.items():
        (tmp_path / f"{record_type}.csv").write_text(text.format(""))
    with database.connection_context(), pytest.raises(Exception, match="claims, record 2, part: two and one are two"):
        load_package(tmp_path, "A package.")
    (tmp_path / "claims.csv").write_text(files["claims"].format("Hills"))
    with database.connection_context():
        assert load_package(tmp_path, "A package.")["claims"] == 2


# Rings ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["supersedes", "includes"])
def test_a_ring_by_way_of_the_same_claim_is_refused(client: HonestClient, kind: str) -> None:
    for number in range(3):
        claim = TOTAL | {"id": f"c{number}", "statement": None, "stated_on": "2020-03-01"}
        assert post(client, "claims", claim).status_code == 201
    drawn = [("c0", "same_as", "c1"), ("c1", kind, "c2"), ("c2", kind, "c0")]
    for order in itertools.permutations(drawn):
        with_ids = [
            {"id": f"{a}-{word.replace('_', '-')}-{b}", "claim": a, "kind": word, "target": b} for a, word, b in order
        ]
        body = told(ask(client, "POST", "relations", json.dumps(with_ids).encode()), 422, "invalid-body")
        assert any("in a ring: " in error["message"] and " = " in error["message"] for error in body["errors"])
    *two, last = ({"claim": a, "kind": word, "target": b} for a, word, b in drawn)
    assert [post(client, "relations", relation).status_code for relation in two] == [201, 201]
    ((where, message),) = faults(post(client, "relations", last))
    assert (where, message.split(": ")[1]) == ("/target", "c2 > c0 = c1 > c2. Send another target.")


# Upgrade -------------------------------------------------------------------------------------------------------------


def test_a_database_without_the_columns_gets_them(
    databases: Databases, engine: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, scripts = databases.new(engine), upgrade.SCRIPTS
    later = shutil.ignore_patterns("0011_*", "0017_*", "__pycache__")  # 0017 drops the triggers that index the claimant
    old = shutil.copytree(scripts, tmp_path / "migrations", ignore=later)
    monkeypatch.setattr(upgrade, "SCRIPTS", pathlib.Path(old))
    connect_to(url)
    times = "'2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'"
    with database.connection_context():
        upgrade.upgrade()
        database.execute_sql(
            "INSERT INTO revision (number, made_at, reason) VALUES (1, '2020-01-01T00:00:00Z', 'Old.')"
        )
        database.execute_sql(
            "INSERT INTO claimant (slug, revision, created_at, updated_at, held_from, name, kind) "
            f"VALUES ('old', 1, {times}, 1, 'Old voice', 'unknown')"
        )
    monkeypatch.setattr(upgrade, "SCRIPTS", scripts)
    with database.connection_context():
        assert upgrade.upgrade() == ["0011_parts", "0017_search_in_batches"]
    app = make_app(url, databases.folder)
    client = app.test_client()
    assert client.get("/v1/claimants/old").json["data"]["affiliation"] is None
    worlds.write({"sides": [{"id": "red", "name": "Red"}]})
    app.config["KEY"] = new_key("admin")
    assert isinstance(client, HonestClient)
    assert patch(client, "claimants", "old", {"affiliation": "red"}).status_code == 200
    assert client.get("/v1/claimants/old?revision=2").json["data"]["affiliation"] is None
