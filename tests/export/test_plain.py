"""`flask import` reads our own answers and packages. Their columns need only the name of the mapping."""

import pathlib

import pytest
from flask import Flask

from tests.conftest import Databases, make_app
from tests.export.test_round_trip import OTHER, records
from tests.support import nasty, worlds
from tests.support.exports import package
from tests.support.imported import run


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, nasty.world())


def answered(app: Flask, folder: pathlib.Path) -> list[pathlib.Path]:
    """Return all records from the API, one file per record type.

    tests/imports/packages/test_native_rows.py has the other formats.
    """
    files = []
    for record_type in worlds.RECORD_TYPES:
        answer = app.test_client().get(f"/v1/{record_type}.ndjson?limit=1000")
        assert answer.status_code == 200
        files.append(folder / f"{record_type}.ndjson")
        files[-1].write_bytes(answer.data)
    return files


def back(databases: Databases, engine: str, files: list[pathlib.Path], folder: pathlib.Path) -> Flask:
    """Return an application on a new database with the imported files."""
    app = make_app(databases.upgraded(OTHER[engine]), databases.folder)
    told = run(*files, "--mapping", "plain", "--report", folder / "report.csv")
    assert told.exit_code == 0, told.output
    return app


def without_dataset(found: list[worlds.Document]) -> list[worlds.Document]:
    """Return the records without their dataset, because an import sets one."""
    return [{name: value for name, value in record.items() if name != "dataset"} for record in found]


def test_answers_of_ours_come_back(world: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    app = back(databases, engine, answered(world, tmp_path), tmp_path)
    for record_type in worlds.RECORD_TYPES:
        assert without_dataset(records(app, record_type)) == without_dataset(records(world, record_type))


@pytest.mark.parametrize("name", ["package.zip", "book.xlsx"])
def test_exports_of_ours_come_back(
    world: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path, name: str
) -> None:
    app = back(databases, engine, [package(world, tmp_path / name, "--hxl")], tmp_path)
    for record_type in worlds.RECORD_TYPES:
        assert without_dataset(records(app, record_type)) == without_dataset(records(world, record_type))
