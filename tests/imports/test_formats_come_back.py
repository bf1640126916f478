"""Every format can be imported again: answer → empty database → the same records, with any texts."""

import json
import pathlib
from collections.abc import Callable

import pytest
from flask import Flask

from seeds import DATA
from tests.conftest import Databases, make_app
from tests.support import nasty, sparse, worlds
from tests.support.exports import loaded
from tests.support.imported import run

RECORDED = {"revision", "created_at", "updated_at", "dataset"}
Write = Callable[[Flask, pathlib.Path], list[pathlib.Path]]


def of_each_type(suffix: str, query: str = "") -> Write:
    """Write the listings of all record types, a file for each."""

    def write(app: Flask, folder: pathlib.Path) -> list[pathlib.Path]:
        return [
            saved(app, f"/v1/{record_type}.{suffix}?{query}", folder / f"{record_type}.{suffix}")
            for record_type in worlds.RECORD_TYPES
        ]

    return write


def pages_of_json(app: Flask, folder: pathlib.Path) -> list[pathlib.Path]:
    return [
        saved(app, f"/v1/{record_type}?limit=1000", folder / f"{record_type}.json")
        for record_type in worlds.RECORD_TYPES
    ]


def whole(suffix: str, query: str = "") -> Write:
    return lambda app, folder: [saved(app, f"/v1/export.{suffix}?{query}", folder / f"all.{suffix}")]


def saved(app: Flask, address: str, path: pathlib.Path) -> pathlib.Path:
    answer = app.test_client().get(address)
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.data)
    return path


FORMATS = {
    "csv": of_each_type("csv"),
    "csv with a mark and hashtags": of_each_type("csv", "bom=1&hxl=1"),
    "ndjson": of_each_type("ndjson"),
    "xlsx": of_each_type("xlsx"),
    "xlsx with hashtags": of_each_type("xlsx", "hxl=1"),
    "json": pages_of_json,
    "export.zip": whole("zip"),
    "export.zip with hashtags": whole("zip", "hxl=1"),
    "export.xlsx": whole("xlsx"),
}


@pytest.fixture(scope="module", params=["seeds", "nasty", "sparse"])
def world(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Flask:
    if request.param == "seeds":
        return loaded(databases, engine, DATA)
    return worlds.made(databases, engine, nasty.world() if request.param == "nasty" else sparse.world())


@pytest.mark.parametrize("format", FORMATS)
def test_what_left_comes_back_equal(
    world: Flask, databases: Databases, engine: str, format: str, tmp_path: pathlib.Path
) -> None:
    files = FORMATS[format](world, tmp_path)
    expected = {record_type: records(world, record_type) for record_type in worlds.RECORD_TYPES}
    back = make_app(databases.upgraded(engine), databases.folder)
    told = run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0, told.output
    for record_type in worlds.RECORD_TYPES:
        assert expected[record_type] and records(back, record_type) == expected[record_type]


def records(app: Flask, record_type: str) -> list[worlds.Document]:
    """Return all records without their revisions and timestamps."""
    worlds.rebound(app)
    lines = app.test_client().get(f"/v1/{record_type}.ndjson").data.splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in RECORDED} for line in lines]
