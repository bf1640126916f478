"""What this API answers can be imported again, in every format, and makes the same records."""

import pathlib

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.records.record_types import RECORD_TYPES
from tests.conftest import Databases, make_app
from tests.support import imported, worlds


@pytest.fixture(scope="module")
def original(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


def answers(client: FlaskClient, folder: pathlib.Path, suffix: str) -> list[pathlib.Path]:
    """A file for each record type, as somebody would download it."""
    paths = []
    for record_type in RECORD_TYPES:
        paths.append(folder / f"{record_type}-2031-01-31.{suffix}")
        paths[-1].write_bytes(client.get(f"/v1/{record_type}.{suffix}?limit=1000").data)
    return paths


def held(client: FlaskClient) -> dict[str, str]:
    """All records of an application, as their documents have them."""
    return {
        record_type: client.get(f"/v1/{record_type}.csv?fields={','.join(found.schema.fields)}").text
        for record_type, found in RECORD_TYPES.items()
    }


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "json", "xlsx"])
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
    """Records that somebody else brought are only referred to; a claim of theirs that reads otherwise is refused."""
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


def test_a_file_of_no_record_type_is_refused_by_name(original: Flask, tmp_path: pathlib.Path) -> None:
    worlds.rebound(original)
    (tmp_path / "things.csv").write_text("a,b\n1,2\n")
    told = imported.run(tmp_path / "things.csv", "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1
    assert "Must be named after its record type, one of: sides, conflicts," in told.output


def test_our_own_columns_are_recognised(original: Flask, tmp_path: pathlib.Path) -> None:
    """By what they need, whatever the file is called."""
    worlds.rebound(original)
    (tmp_path / "mine.csv").write_text("id,claim_id,source_id\nfurther,a-killed,wire\n")
    told = imported.run(tmp_path / "mine.csv", "--mapping", "plain", "--dry-run", "--report", tmp_path / "report.csv")
    assert imported.counted(told.output) == {"reports": {"created": 1}}, told.output
