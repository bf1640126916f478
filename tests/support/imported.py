"""Datasets imported as a newsroom does it: by `flask import` and one of our mappings, each into a new database.

The samples are in seeds/data, a folder for each dataset; `make test-data DATA=../shared/data` imports the whole files.
"""

import csv
import io
import json
import os
import pathlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from imports.cli.import_files import import_files
from imports.pipeline.run import WORDS
from seeds import DATA as SAMPLES
from tests.conftest import Databases, make_app
from tests.support.worlds import Document

Row = dict[str, Any]
Counts = dict[str, dict[str, int]]
#: Parameters of a fixture: the samples, and the real files (mark `data`).
SIZES = ["sample", pytest.param("release", marks=pytest.mark.data)]


class Imported(NamedTuple):
    app: Flask
    folder: pathlib.Path  # the folder of the files
    whole: bool  # the files are the real ones
    told: str  # what the command printed

    def csv(self, name: str, encoding: str = "utf-8-sig") -> list[Row]:
        """Return the rows of a file, read with `csv` only."""
        with (self.folder / name).open(encoding=encoding, newline="") as file:
            return list(csv.DictReader(file))

    def json(self, name: str) -> Any:
        """Return the content of a file, read with `json` only."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def claims(self, question: str = "") -> list[Row]:
        """Return claims from the API, with their figures as numbers."""
        answer = self.app.test_client().get(f"/v1/claims.csv?{question}")
        assert answer.status_code == 200, answer.text
        return [figured(row) for row in csv.DictReader(io.StringIO(answer.text))]

    def claim(self, id: str) -> Document:
        answer = self.app.test_client().get(f"/v1/claims/{id}")
        assert answer.status_code == 200, answer.text
        found: Document = answer.json["data"]
        return found

    def totals(self, question: str) -> list[Document]:
        """Return the rows of the statistic."""
        answer = self.app.test_client().get(f"/v1/statistics/casualties?shape=array&{question}")
        assert answer.status_code == 200, answer.text
        found: list[Document] = answer.json
        return found

    def total(self, question: str) -> int | None:
        """Return the best figure of the only row of the statistic; None if there is no row."""
        rows = self.totals(question)
        assert len(rows) <= 1, rows
        best: int | None = rows[0]["best"] if rows else None
        return best

    def ids(self, record_type: str) -> set[str]:
        answer = self.app.test_client().get(f"/v1/{record_type}.csv?fields=id")
        return set(answer.text.split()[1:])


def figured(row: Row) -> Row:
    numbers = {name: int(row[name]) if row[name] else None for name in ("value", "low", "best", "high")}
    return {**row, **numbers}


def bounds(row: Row) -> tuple[int | None, int | None, int | None]:
    return row["low"], row["best"], row["high"]


def summed(rows: Iterable[Row], group: Callable[[Row], Any], number: Callable[[Row], int]) -> dict[Any, int]:
    """Return the sums of the numbers by group."""
    sums: dict[Any, int] = defaultdict(int)
    for row in rows:
        sums[group(row)] += number(row)
    return dict(sums)


def files_of(dataset: str, size: str) -> pathlib.Path:
    """Return the folder of a dataset's samples, or of its real files."""
    if size == "sample":
        return SAMPLES / dataset
    if not (data := os.environ.get("DATA")):
        pytest.skip("DATA does not say where the real files lie: make test-data DATA=../shared/data")
    return pathlib.Path(data) / dataset


def brought(
    databases: Databases, engine: str, size: str, dataset: str, runs: Iterable[tuple[str, Iterable[str]]]
) -> Imported:
    """Import the files of a folder into a new database, each by its mapping. No row may be refused."""
    folder = files_of(dataset, size)
    app = make_app(databases.upgraded(engine), databases.folder)
    told = "\n".join(command(mapping, [folder / name for name in files], databases) for mapping, files in runs)
    return Imported(app, folder, size == "release", told)


def command(mapping: str, files: Iterable[pathlib.Path], databases: Databases, *options: str) -> str:
    """Return what `flask import` prints. The database is that of the application made last."""
    report = databases.folder / f"{mapping}.report.csv"
    told = run(*files, "--mapping", mapping, "--report", report, *options)
    assert told.exit_code == 0, told.output
    # No row is refused. A conflict that another dataset has already is matched with it.
    verdicts = {line["verdict"] for line in reported(report)} if report.exists() else set()
    assert verdicts <= {"duplicate", "matched"}, report.read_text()
    assert "does not know" not in told.output, told.output
    return told.output


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(import_files, [str(argument) for argument in arguments])


def counted(output: str) -> Counts:
    """Return the numbers that are not 0, by record type and by outcome (created, revised, …)."""
    found: Counts = {}
    for line in output.splitlines():
        record_type, *numbers = line.split()
        if len(numbers) == len(WORDS) and all(number.isdigit() for number in numbers):
            found[record_type] = {
                word: int(number) for word, number in zip(WORDS, numbers, strict=True) if number != "0"
            }
    return found


def reported(path: pathlib.Path) -> list[dict[str, str]]:
    """Return the lines of a report."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
