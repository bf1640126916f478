"""Seeds are loaded completely or not at all, and only once. A message names a bad row."""

import csv
import hashlib
import json
import pathlib
import shutil

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.database.connection import database
from api.database.models import TABLES
from imports.packages.load import is_empty
from seeds import DATA
from seeds.cli.seed import load_seeds
from tests.conftest import Databases, make_app
from tests.support import worlds

FILES: dict[str, str] = {
    "sides": "id,name,kind,country,member_of_id,member_of_from_day,member_of_to_day,aliases,note\n"
    "alpha,Alpha,state,ALB,,,,One;Two,\n"
    "red,Red,coalition,,,,,,\n"
    "north,North,de_facto_state,,red;alpha,1991-09-02;,;2000-01-01,,\n",
    "conflicts": "id,name,parent_id,sides_id\nwar,The war,,alpha;red\nphase,Phase,war,alpha\n",
    "claimants": "id,name,kind,side_id,side_name\nmod,Ministry,ministry,alpha,Alpha\nngo,Observers,ngo,,\n",
    "sources": 'id,publisher,title,note\npaper,"Times, Weekly","A ""quoted"" title","two\nlines"\nwire,Wire,,\n',
    "claims": "id,conflict_id,claimant_id,subject_side_id,harm,measure,qualifier,value,best,flags\n"
    "one,war,mod,red,killed,cumulative,exact,3,3,derived;date_inferred\n"
    "two,phase,ngo,,killed,cumulative,unquantified,,,\n",
    "reports": "id,claim_id,source_id,note\nr1,one,paper,three\nr2,two,paper,\n",
    "relations": "id,claim_id,kind,target_id\nrel,two,contradicts,one\n",
}


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    for record_type, text in FILES.items():
        (tmp_path / f"{record_type}.csv").write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def nothing(databases: Databases, engine: str) -> Flask:
    """Return an application without records, for tests of packages that are refused."""
    return make_app(databases.upgraded(engine), databases.folder)


def run(folder: pathlib.Path, *options: str) -> Result:
    return CliRunner().invoke(load_seeds, ["--folder", str(folder), *options])


def written() -> int:
    with database.connection_context():
        return sum(table.select().count() for table in TABLES)


def refused(folder: pathlib.Path) -> str:
    """Return the message for a folder that cannot be loaded. None of its records may be written."""
    told = run(folder)
    assert told.exit_code == 1, told.output
    assert told.output.startswith("Error: Nothing was loaded.\n")
    assert written() == 0
    return told.output


def test_a_folder_is_loaded_whole(empty: Flask, folder: pathlib.Path) -> None:
    told = run(folder)
    assert told.exit_code == 0, told.output
    assert told.output == ("Loaded 3 sides, 2 conflicts, 2 claimants, 2 sources, 2 claims, 2 reports, 1 relation.\n")
    client = empty.test_client()
    north = client.get("/v1/sides/north").json["data"]
    assert north["member_of"] == [
        {"id": "red", "name": "Red", "from_day": "1991-09-02", "to_day": None},
        {"id": "alpha", "name": "Alpha", "from_day": None, "to_day": "2000-01-01"},
    ]
    assert client.get("/v1/sides/alpha").json["data"]["aliases"] == ["One", "Two"]
    assert client.get("/v1/conflicts/phase").json["data"]["parent"] == {"id": "war", "name": "The war"}
    source = client.get("/v1/sources/paper").json["data"]
    assert (source["publisher"], source["title"], source["note"]) == ("Times, Weekly", 'A "quoted" title', "two\nlines")
    one = client.get("/v1/claims/one").json["data"]
    assert (one["best"], one["low"], one["flags"]) == (3, 3, ["derived", "date_inferred"])
    assert [relation["id"] for relation in one["relations"]] == ["rel"]


def test_the_seed_claims_are_loaded_into_an_empty_database(empty: Flask) -> None:
    told = run(DATA, "--if-empty")
    assert told.exit_code == 0, told.output
    client = empty.test_client()
    for record_type in worlds.RECORD_TYPES:
        with open(DATA / f"{record_type}.csv", encoding="utf-8", newline="") as file:
            ids = sorted(row["id"] for row in csv.DictReader(file))
        assert [row.split(",")[0] for row in client.get(f"/v1/{record_type}.csv?fields=id").text.split()[1:]] == ids
        assert f"{len(ids)} {record_type}" in told.output


def test_a_second_time_nothing_is_loaded(empty: Flask, folder: pathlib.Path) -> None:
    run(folder)
    before = written()
    again = run(folder, "--if-empty")
    assert (again.exit_code, again.output) == (0, "The database already has records. Nothing was loaded.\n")
    unasked = run(folder)
    assert unasked.exit_code == 1
    assert "exists already" in unasked.output
    assert written() == before


def test_a_database_is_empty_until_something_is_written(empty: Flask, folder: pathlib.Path) -> None:
    with database.connection_context():
        assert is_empty()
    run(folder)
    with database.connection_context():
        assert not is_empty()


@pytest.mark.parametrize(
    ("record_type", "right", "wrong", "named"),
    [
        ("claims", "one,war,mod,red,killed", "one,war,mod,red,dead", ["claims", "record 1", "harm"]),
        ("claims", "two,phase", "two,fase", ["claims", "record 2", "conflict", "fase"]),
        ("claims", ",3,3,", ",3.5,3,", ["claims", "record 1", "value"]),
        ("claims", ",3,3,", ",-3,3,", ["claims", "record 1", "value"]),
        ("claims", "derived;", "derived;;", ["claims", "record 1", "flags"]),
        ("reports", "r2,two,paper,", "r2,one,wire,", ["claims", "record 2", "two", "report"]),
        ("reports", "r2,two", "r2,one", ["reports", "record 2", "source", "one has a report of the source paper"]),
        ("reports", "r1,one,paper", "r1,one,papper", ["reports", "record 1", "source", "papper"]),
        ("sides", "alpha,Alpha,state", "Alpha,Alpha,state", ["sides", "record 1", "id"]),
        ("sides", "1991-09-02;", "1991-09-31;", ["sides", "record 3", "from_day"]),
        ("sources", "id,publisher,title,note", "id,publisher,titel,note", ["sources", "record 1", "titel"]),
        ("relations", "contradicts", "contradict", ["relations", "record 1", "kind"]),
    ],
)
def test_a_bad_row_refuses_all_and_is_named(
    nothing: Flask, folder: pathlib.Path, record_type: str, right: str, wrong: str, named: list[str]
) -> None:
    worlds.rebound(nothing)
    file = folder / f"{record_type}.csv"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong, 1))
    told = refused(folder)
    assert [word for word in named if word not in told] == []


@pytest.mark.parametrize(
    ("record_type", "content", "named"),
    [
        ("claimants", b"id,name,kind\nmod,Ministry\n", ["claimants.csv", "line 2"]),
        ("claimants", b"id,name,name\nmod,Ministry,x\n", ["claimants.csv", "header"]),
        ("claimants", b"id,,kind\nmod,Ministry,x\n", ["claimants.csv", "header"]),
        ("claimants", b'id,name,kind\nmod,"Ministry,ministry\n', ["claimants.csv"]),
        ("claimants", b"id,name,kind\nmod,Minist\xffry,ministry\n", ["claimants.csv"]),
        ("claimants", b"id,name,kind\nmod,Minis\x00try,ministry\n", ["claimants"]),
        ("sides", b"id,name,member_of_id,member_of_from_day\na,A,,\nb,B,a,1991-01-01;1992-01-01\n", ["sides"]),
    ],
    ids=["ragged", "twice", "unnamed", "unclosed", "not UTF-8", "NUL", "unequal lists"],
)
def test_a_file_that_is_no_table_refuses_all_and_is_named(
    nothing: Flask, folder: pathlib.Path, record_type: str, content: bytes, named: list[str]
) -> None:
    worlds.rebound(nothing)
    (folder / f"{record_type}.csv").write_bytes(content)
    told = refused(folder)
    assert [word for word in named if word not in told] == []


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("claimants", "others", "told"),
    [
        ({"hash": md5("no")}, list(FILES), "claimants.csv is not the file that the package describes"),
        ({"hash": "sha256:" + "0" * 64}, list(FILES), "claimants.csv is not the file that the package describes"),
        ({"hash": "crc32:12"}, list(FILES), "claimants.csv has a checksum of an unknown kind: crc32."),
        ({"path": "../claimants.csv"}, list(FILES), "lacks ../claimants.csv, which its datapackage.json lists."),
        ({}, list(FILES)[:-1], "relations.csv is in the package, but datapackage.json does not list it."),
    ],
)
def test_a_package_is_held_to_its_description(
    nothing: Flask, folder: pathlib.Path, claimants: dict[str, str], others: list[str], told: str
) -> None:
    worlds.rebound(nothing)
    resources = [{"path": f"{record_type}.csv", "hash": md5(FILES[record_type])} for record_type in others]
    found = [one | (claimants if one["path"] == "claimants.csv" else {}) for one in resources]
    (folder / "datapackage.json").write_text(json.dumps({"resources": found}))
    assert told in refused(folder)


def test_what_holds_nothing_to_load_is_refused(nothing: Flask, folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The parent folder of a package, zipped or not, is not a package. A damaged zip file is not one either."""
    worlds.rebound(nothing)
    (above := tmp_path / "above").mkdir()
    shutil.copytree(folder, above / "package", ignore=lambda *_: ["above"])
    shutil.make_archive(str(tmp_path / "above"), "zip", above)
    for package in (above, tmp_path / "above.zip"):
        assert "It has no table of records, such as claims.csv, at its top level." in refused(package)
    (tmp_path / "cut.zip").write_bytes((tmp_path / "above.zip").read_bytes()[:300])
    assert "cut.zip is damaged or not a zip file" in refused(tmp_path / "cut.zip")


@pytest.mark.parametrize("reason", ["  ", "a\x07b", "x" * 501])
def test_a_reason_that_no_change_can_have_is_refused(nothing: Flask, folder: pathlib.Path, reason: str) -> None:
    worlds.rebound(nothing)
    told = run(folder, "--reason", reason)
    assert told.exit_code == 1 and told.output.startswith("Error: Nothing was loaded.\n--reason: ")
    assert written() == 0


def test_a_byte_order_mark_is_read_over(empty: Flask, folder: pathlib.Path) -> None:
    file = folder / "sides.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    told = run(folder)
    assert told.exit_code == 0, told.output


def test_an_export_of_ours_is_loaded_as_it_is(empty: Flask, folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A CSV answer has the columns of the seeds. `fields` leaves out the columns that the database adds."""
    run(folder)
    client = empty.test_client()
    exported = tmp_path / "exported"
    exported.mkdir()
    shutil.copy(folder / "sides.csv", exported)
    fields = {"conflicts": "id,name,parent,sides", "claimants": "id,name,kind,side"}
    for record_type, names in fields.items():
        (exported / f"{record_type}.csv").write_bytes(client.get(f"/v1/{record_type}.csv?fields={names}").data)
    for record_type in fields:
        text = (exported / f"{record_type}.csv").read_text().splitlines()
        assert text[0].split(",")[0] == "id" and len(text) == 3
    assert run(exported, "--if-empty").exit_code == 0
