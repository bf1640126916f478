"""The answers of this API can be imported again, in every format, and give the same records."""

import json
import pathlib

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.database.connection import database
from api.records.faults import RefusedError
from api.records.record_types import RECORD_TYPES
from imports.packages.load import load_package
from tests.conftest import Databases, make_app
from tests.support import imported, worlds


@pytest.fixture(scope="module")
def original(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


def answers(client: FlaskClient, folder: pathlib.Path, suffix: str) -> list[pathlib.Path]:
    """Download a file for each record type. `array`: JSON that is an array."""
    paths = []
    suffix, shape = ("json", "shape=array") if suffix == "array" else (suffix, "limit=1000")
    for record_type in RECORD_TYPES:
        paths.append(folder / f"{record_type}-2031-01-31.{suffix}")
        paths[-1].write_bytes(client.get(f"/v1/{record_type}.{suffix}?{shape}").data)
    return paths


def held(client: FlaskClient) -> dict[str, str]:
    """Return the documents of all records of an application."""
    return {
        record_type: client.get(f"/v1/{record_type}.csv?fields={','.join(found.schema.fields)}").text
        for record_type, found in RECORD_TYPES.items()
    }


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "json", "array", "xlsx"])
def test_answers_are_imported_as_they_are(
    original: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path, suffix: str
) -> None:
    worlds.rebound(original)
    files = answers(original.test_client(), tmp_path, suffix)
    wanted = held(original.test_client())
    copy = make_app(databases.upgraded(engine), databases.folder)
    told = imported.run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0, told.output
    assert held(copy.test_client()) == wanted
    again = imported.run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert "Nothing changed: no new revision." in again.output


def test_a_file_need_not_hold_everything(original: Flask, tmp_path: pathlib.Path) -> None:
    """A file may refer to records of another import. A changed claim of another import is refused."""
    worlds.rebound(original)
    client = original.test_client()
    before = held(client)
    (tmp_path / "claims.csv").write_bytes(client.get("/v1/claims.csv").data)
    told = imported.run(tmp_path / "claims.csv", "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert "Nothing changed: no new revision." in told.output, told.output
    assert imported.counted(told.output)["claims"].keys() == {"matched"}
    changed = client.get("/v1/claims.csv").text.replace(",killed,", ",injured,", 1)
    (tmp_path / "claims.csv").write_text(changed)
    told = imported.run(tmp_path / "claims.csv", "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "1 row refused" in told.output
    (line,) = imported.reported(tmp_path / "report.csv")
    assert line["field"] == "id" and "belongs to a record from elsewhere" in line["allowed"]
    assert held(client) == before


WRONG = "{0} is called '{1}', but '{2}' was sent. Send the id that you mean, without a name."
ONE = {
    "claimants": {"id": "voice", "name": "Voice", "side": {"id": "alpha", "name": "Red camp"}},
    "conflicts": {
        "id": "feud",
        "name": "Feud",
        "sides": [{"id": "red", "name": "Red camp"}, {"id": "alpha", "name": "Alfa"}],
    },
    "sides": {"id": "bloc", "name": "Bloc", "member_of": [{"id": "red", "name": "Alpha"}]},
    "reports": {"id": "x", "claim": "a-own", "source": {"id": "wire", "name": "Times"}},
}
TABLES = {
    "claimants": "id,name,kind,side_id,side_name\nvoice,Voice,ngo,alpha,Red camp\n",
    "conflicts": "id,name,sides_id,sides_name\nfeud,Feud,red;alpha,Red camp;Alfa\n",
    "sides": "id,name,member_of_id,member_of_name\nbloc,Bloc,red,Alpha\n",
    "reports": "id,claim_id,source_id,source_name\nx,a-own,wire,Times\n",
}
FAULTS = {
    "claimants": ("side/name", WRONG.format("alpha", "Alpha", "Red camp")),
    "conflicts": ("sides/1/name", WRONG.format("alpha", "Alpha", "Alfa")),
    "sides": ("member_of/0/name", WRONG.format("red", "Red camp", "Alpha")),
    "reports": ("source/name", WRONG.format("wire", "=Wire", "Times")),
}


@pytest.mark.parametrize("record_type", ONE)
@pytest.mark.parametrize("suffix", ["csv", "ndjson", "json"])
def test_a_name_that_is_not_that_of_its_id_is_refused(
    original: Flask, tmp_path: pathlib.Path, record_type: str, suffix: str
) -> None:
    """A POST has the same rule. The file may be another version of the records, or may have mixed up ids and names."""
    worlds.rebound(original)
    file = tmp_path / f"{record_type}.{suffix}"
    line = json.dumps(ONE[record_type])
    file.write_text({"csv": TABLES[record_type], "ndjson": line, "json": f"[{line}]"}[suffix])
    told = imported.run(file, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "1 row refused" in told.output
    (fault,) = imported.reported(tmp_path / "report.csv")
    assert (fault["field"], fault["allowed"]) == FAULTS[record_type]


@pytest.mark.parametrize("record_type", ONE)
def test_a_package_refuses_such_a_name_too(original: Flask, tmp_path: pathlib.Path, record_type: str) -> None:
    worlds.rebound(original)
    (tmp_path / f"{record_type}.csv").write_text(TABLES[record_type])
    with database.connection_context(), pytest.raises(RefusedError) as refused:
        load_package(tmp_path, "A package.")
    assert [(fault.position, fault.field, fault.message) for fault in refused.value.faults] == [
        (0, *FAULTS[record_type])
    ]


def test_a_name_may_be_that_of_the_same_files(empty: Flask, tmp_path: pathlib.Path) -> None:
    """The name may also be in a later file, and the record may have another name in the database."""
    worlds.write({"sides": [{"id": "alpha", "name": "Alpha"}]})
    claimant = {"id": "voice", "name": "Voice", "side": {"id": "beta", "name": "Beta"}}
    (tmp_path / "claimants.ndjson").write_text(json.dumps(claimant))
    (tmp_path / "sides.ndjson").write_text(json.dumps({"id": "beta", "name": "Beta"}))
    files = [tmp_path / "claimants.ndjson", tmp_path / "sides.ndjson"]
    told = imported.run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0, told.output
    (tmp_path / "claimants.ndjson").write_text(json.dumps(claimant | {"side": {"id": "beta", "name": "Gamma"}}))
    (tmp_path / "sides.ndjson").write_text(json.dumps({"id": "beta", "name": "Gamma"}))
    told = imported.run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0 and empty.test_client().get("/v1/sides/beta").json["data"]["name"] == "Gamma"
    (tmp_path / "claimants.ndjson").write_text(json.dumps(claimant | {"side": {"id": "beta", "name": "Delta"}}))
    told = imported.run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "claimants.ndjson, row 1, voice, side/name: 'Delta'." in told.output


def test_a_reference_with_anything_else_is_refused(original: Flask, tmp_path: pathlib.Path) -> None:
    worlds.rebound(original)
    claimant = {"id": "voice", "name": "Voice", "side": {"id": "alpha", "colour": "red"}}
    (tmp_path / "claimants.ndjson").write_text(json.dumps(claimant))
    told = imported.run(tmp_path / "claimants.ndjson", "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "an object with the id and name of the record" in told.output


def test_a_file_of_no_record_type_is_refused_by_name(original: Flask, tmp_path: pathlib.Path) -> None:
    worlds.rebound(original)
    (tmp_path / "things.csv").write_text("a,b\n1,2\n")
    told = imported.run(tmp_path / "things.csv", "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1
    assert "Must be named after its record type, one of: sides, conflicts," in told.output


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_without_a_mapping_those_of_our_own_columns_are_named(
    original: Flask, tmp_path: pathlib.Path, suffix: str
) -> None:
    worlds.rebound(original)
    for record_type, names in (("claims", "plain, plain-claims"), ("sides", "plain"), ("relations", "plain")):
        file = tmp_path / f"{record_type}.{suffix}"
        file.write_bytes(original.test_client().get(f"/v1/{record_type}.{suffix}").data)
        told = imported.run(file, "--report", tmp_path / "report.csv")
        assert told.exit_code == 1 and f": {names}. All built-in mappings:" in told.output, told.output
    (tmp_path / "other.csv").write_text("day,toll\n2020-01-01,3\n")
    assert ": none. All built-in" in imported.run(tmp_path / "other.csv", "--report", tmp_path / "report.csv").output


def test_our_own_columns_are_recognised(original: Flask, tmp_path: pathlib.Path) -> None:
    """They are recognised by the required columns, with any file name."""
    worlds.rebound(original)
    (tmp_path / "mine.csv").write_text("id,claim_id,source_id\nfurther,a-killed,wire\n")
    told = imported.run(tmp_path / "mine.csv", "--mapping", "plain", "--dry-run", "--report", tmp_path / "report.csv")
    assert imported.counted(told.output) == {"reports": {"created": 1}}, told.output
