"""Fault I11: a file finds the built-in mapping that was written for it, by its header or by what its objects have."""

import json
import pathlib

import pytest
from flask import Flask

from imports.pipeline.fitting_mappings import find_fitting
from imports.readers.detect_format import read_tables
from imports.readers.tables import UnreadableFileError
from seeds import DATA
from tests.imports.cli.test_import_files import written
from tests.support import imported

MAPPINGS = {
    "casualty-source-aggregation/per_war_six_day_war.json": "casualty-source-aggregation",
    "economist-soldier-losses/raw_estimates.csv": "economist-raw-estimates",
    "palestine-datasets/casualties_daily.json": "palestine-gaza-daily",
    "palestine-datasets/lebanon_casualties_daily.json": "palestine-lebanon-daily",
    "palestine-datasets/west_bank_daily.json": "palestine-west-bank-daily",
    "russia-losses-daily/russia_losses_equipment_correction.json": "ukraine-russian-losses-corrections",
    "russia-losses-daily/russia_losses_personnel.json": "ukraine-russian-losses",
    "ucdp-ged-sample/conflicts_summary.json": "ucdp-conflict-totals",
    "ucdp-ged-sample/events_sample.json": "ucdp-ged-sample",
    "ucdp-ged-ukraine/conflict_data_ukr.v3-to2021.csv": "ucdp-ged",
}


def fitting(path: pathlib.Path) -> list[str]:
    return [mapping.name for mapping in find_fitting(path, next(read_tables(path, {}, lambda read: None)))]


@pytest.mark.parametrize("file", MAPPINGS)
def test_a_file_finds_its_mapping(file: str) -> None:
    assert fitting(DATA / file) == [MAPPINGS[file]]


def test_other_objects_fit_no_mapping(tmp_path: pathlib.Path) -> None:
    for name, content in {"a.json": [{"date": "2024-01-01"}], "b.json": {"rows": []}, "c.json": 3}.items():
        (tmp_path / name).write_text(json.dumps(content))
        assert fitting(tmp_path / name) == []


def test_json_is_imported_without_the_name_of_its_mapping(empty: Flask, tmp_path: pathlib.Path) -> None:
    path = DATA / "russia-losses-daily" / "russia_losses_personnel.json"
    told = imported.run(path, "--report", tmp_path / "report.csv", "--dry-run")
    assert told.exit_code == 0, told.output
    assert "rows by the mapping ukraine-russian-losses, release russia_losses_personnel.json." in told.output
    (tmp_path / "a.json").write_text('[{"a": 1}]')
    told = imported.run(tmp_path / "a.json", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "that fit the columns of a.json: none." in told.output and written() == 0


def test_an_array_is_not_read_as_one_object(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.json").write_text('[{"a": 1}]')
    with pytest.raises(UnreadableFileError, match="a.json is an array, and `path: whole` reads one object."):
        next(read_tables(tmp_path / "a.json", {"path": "whole"}, lambda read: None))
