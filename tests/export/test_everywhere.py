"""JSON, CSV, NDJSON, XLSX, package and Parquet answer a question with the same ids and figures."""

import datetime
import io
import json
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from openpyxl.utils.escape import unescape
from pyarrow import parquet

from tests.conftest import Databases
from tests.http.test_formats import flattened
from tests.support import nasty, worlds
from tests.support.exports import exported, package, rows

QUESTION = "harm=killed,injured,missing,losses,killed_or_injured&status=active,superseded,withdrawn"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, nasty.world())


@pytest.fixture(scope="module", params=["everything", "a question"])
def question(request: pytest.FixtureRequest) -> str:
    return QUESTION if request.param == "a question" else ""


class Exports:
    """One question, exported in every format."""

    def __init__(self, app: Flask, folder: pathlib.Path, question: str) -> None:
        options = ["--question", question] if question else []
        self.csv = package(app, folder / "csv", *options)
        self.parquet = package(app, folder / "parquet", "--parquet", *options)
        self.book = openpyxl.load_workbook(package(app, folder / "book.xlsx", *options), read_only=True)

    def ways(self, record_type: str) -> dict[str, list[Row]]:
        table = parquet.read_table(self.parquet / f"{record_type}.parquet")
        return {
            "package": rows((self.csv / f"{record_type}.csv").read_bytes()),
            "Parquet": table.to_pylist(),
            "workbook": sheet(self.book[record_type]),
        }


@pytest.fixture(scope="module")
def made(app: Flask, question: str, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return Exports(app, tmp_path_factory.mktemp("exports"), question)


def answers(app: Flask, record_type: str, filters: str) -> dict[str, list[Row]]:
    """Return the same records from the API."""
    client = app.test_client()
    told: Callable[[str], bytes] = lambda suffix: client.get(f"/v1/{record_type}.{suffix}?{filters}").data  # noqa: E731
    return {
        "JSON": [flattened(record) for record in json.loads(told("json"))["data"]],
        "NDJSON": [flattened(json.loads(line)) for line in told("ndjson").splitlines()],
        "CSV": rows(told("csv")),
        "XLSX": sheet(openpyxl.load_workbook(io.BytesIO(told("xlsx")), read_only=True)["records"]),
    }


def sheet(found: Any) -> list[Row]:
    """Return the rows of a sheet. Excel reads `_x005F_` as an underscore before the number of a character."""
    header, *cells = found.iter_rows(values_only=True)
    return [
        {name: unescape(cell) if isinstance(cell, str) else cell for name, cell in zip(header, row, strict=True)}
        for row in cells
    ]


def as_text(value: Any) -> str | None:
    """Return a value as text, the same for every format. Empty text is None."""
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value in (None, "") else str(value)


def compared(found: Iterable[Row], columns: list[str]) -> list[list[str | None]]:
    # CSV does not show whether 45.0 was written as 45.
    return [[as_text(row.get(name)) for name in columns] for row in found]


@pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)
def test_all_say_the_same(app: Flask, made: Exports, question: str, record_type: str) -> None:
    ways = made.ways(record_type)
    columns = list(ways["Parquet"][0])
    expected = compared(ways["Parquet"], columns)
    assert len(expected) >= 5
    ids = {row["id"] for row in ways["Parquet"]}
    for way, found in answers(
        app, record_type, f"limit=1000&{question}" if record_type == "claims" else "limit=1000"
    ).items():
        ways[way] = found if record_type == "claims" else [row for row in found if row["id"] in ids]
    for way, found in ways.items():
        assert compared(numbers(found), columns) == expected, way


def numbers(found: list[Row]) -> Iterable[Row]:
    """Return CSV texts of coordinates as numbers."""
    for row in found:
        yield row | {name: float(row[name]) for name in ("latitude", "longitude") if isinstance(row.get(name), str)}


@pytest.mark.parametrize("name", ["low", "best", "high"])
def test_the_sums_are_those_of_the_list(app: Flask, made: Exports, question: str, name: str) -> None:
    listed = app.test_client().get(f"/v1/claims?limit=1000&{question}").json["data"]
    total = sum(record[name] or 0 for record in listed)
    assert total > 0
    for found in made.ways("claims").values():
        assert sum(int(row[name] or 0) for row in found) == total


def test_a_workbook_is_answered_as_it_is_exported(app: Flask, made: Exports, question: str) -> None:
    answer = app.test_client().get(f"/v1/export.xlsx?{question}")
    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    assert book.sheetnames == made.book.sheetnames == [*LISTED, "about"]
    for record_type in LISTED:
        assert sheet(book[record_type]) == sheet(made.book[record_type])


LISTED = ["conflicts", "sides", "claimants", "sources", "events", "claims", "reports", "relations", "datasets"]


def test_a_workbook_says_what_it_holds(app: Flask) -> None:
    answer = app.test_client().get(f"/v1/export.xlsx?{QUESTION}")
    about = dict(openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)["about"].iter_rows(values_only=True))
    assert about["address"] == f"http://127.0.0.1:8000/v1/export.xlsx?{QUESTION}"
    assert (about["version"], about["title"]) == ("1", "Counterclaim")


def test_nothing_else_is_in_the_folder(app: Flask, tmp_path: pathlib.Path) -> None:
    assert exported(app, tmp_path / "parquet", "--parquet").exit_code == 0
    assert {path.suffix for path in (tmp_path / "parquet").iterdir()} == {".parquet", ".json"}
    resources = json.loads((tmp_path / "parquet" / "datapackage.json").read_text())["resources"]
    assert [resource["bytes"] for resource in resources] == [
        (tmp_path / "parquet" / resource["path"]).stat().st_size for resource in resources
    ]
