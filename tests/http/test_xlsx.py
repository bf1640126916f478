"""A workbook has every row and every character, or is refused. Nothing is cut off."""

import pathlib
import tempfile
from itertools import zip_longest

import pytest
from flask import Flask

from api.http import xlsx
from api.http.problems import ApiProblem
from tests.conftest import Databases
from tests.support import worlds

LONG = [f"{number:03} {'x' * 296}" for number in range(110)]  # 110 aliases of 300 characters


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    sides = [{"id": "a", "name": "Many names", "aliases": LONG}, {"id": "b", "name": "One name"}]
    return worlds.made(databases, engine, {"sides": sides})


def test_a_text_longer_than_a_cell_is_refused(
    world: Flask, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No part of it stays on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = world.test_client()
    for address in ("/v1/sides.xlsx", "/v1/export.xlsx"):
        told = worlds.told(client.get(address), 422, "too-broad")
        assert "row 2, aliases: longer than the 32,767 characters that a cell can have" in told["detail"]
    assert client.get("/v1/sides.xlsx?id=b").status_code == 200
    assert list(tmp_path.iterdir()) == []
    assert client.get("/v1/sides.csv").text.count("x" * 296) == len(LONG)


def test_more_rows_than_a_sheet_are_refused() -> None:
    columns = xlsx.Layout(["id"], [("id", lambda value: [value])])
    sheet = xlsx.Sheet("claims", columns, ([{"id": str(number)}] for number in range(10)))
    with pytest.raises(ApiProblem, match="More than 4 claims do not fit"):
        xlsx.write_workbook([sheet], {}, most=5)


def test_more_rows_than_somebody_would_wait_for_are_refused(world: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_RECORDS", 1)
    told = worlds.told(world.test_client().get("/v1/export.xlsx"), 422, "too-broad")
    assert (
        told["detail"] == "2 records, but a workbook may have 1. Narrow it with a filter, or download /v1/export.zip."
    )


def test_a_list_of_more_rows_names_the_formats_that_have_them_all(
    world: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.test_client()
    monkeypatch.setattr(xlsx, "MOST_RECORDS", 1)
    for address in ("/v1/sides.xlsx?id=a,b", "/v1/sides?id=a,b&format=xlsx"):
        told = worlds.told(client.get(address), 422, "too-broad")
        *_, csv_address, _, parquet_address = told["detail"].rstrip(".").split()
        assert told["detail"].startswith("2 records, but a workbook may have 1. Add a filter, or download http"), (
            address
        )
        assert csv_address.endswith("/v1/sides.csv?id=a,b") and client.get(csv_address).status_code == 200
        assert parquet_address.endswith("/v1/sides.parquet?id=a,b") and client.get(parquet_address).status_code == 200
    assert client.get("/v1/sides.xlsx?id=b").status_code == 200
    assert client.get("/v1/sides.xlsx?id=a,b&fields=id&limit=2").status_code == 200


def test_the_same_records_make_the_same_bytes(world: Flask) -> None:
    one, two = (world.test_client().get("/v1/sides.xlsx?id=b&fields=id").data for _ in range(2))
    assert one == two


CELLS = (
    "plain", "two words", " leading", "trailing ", "a\nb", "tab\there", "<b>", "a & b", "_x0041_", "under_score",
    "=1+1", "https://example.org", "2020-01-31", "1850-01-01", "Ağdərə 👍", "\u00a0x", "0", "", None, "é" * 9000,
)  # fmt: skip
NUMBERS = (0, 7, -3, 1_000_000_000, 12.5, 1e-7, 0.1 + 0.2, None, True, 5)
DAYS = ("2020-01-31", "1899-12-31", "1900-03-01", None, "2020-02-29", "2020-01-31", "not a day", "2021-01-01", "", None)


def write_rows(kind: type[xlsx._SheetWriter], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a workbook whose table is written by this kind of writer."""
    monkeypatch.setattr(xlsx, "_TableWriter", kind)
    header = ["nothing", "text", "number", "day"]
    columns = xlsx.Layout(header, [(name, lambda values: [values]) for name in header], {"day": "day"})
    rows = zip_longest(CELLS, NUMBERS, DAYS)
    records = [dict(zip(header, (None, *cells), strict=True)) for cells in rows]
    empty = dict.fromkeys(header)
    with xlsx.write_workbook([xlsx.Sheet("records", columns, [[empty], records, [empty]])], {"a": 1}) as book:
        return book.read()


def test_a_table_has_the_bytes_that_xlsxwriter_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    class CellByCell(xlsx._SheetWriter):
        def end(self) -> None:
            """Do nothing: xlsxwriter notes each cell."""

    quick_writer = xlsx._TableWriter
    assert write_rows(quick_writer, monkeypatch) == write_rows(CellByCell, monkeypatch)
