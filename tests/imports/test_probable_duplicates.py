"""Records of an import or a package that probably exist already: each is reported with its pair, and not refused."""

import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from seeds.cli.seed import load_seeds
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.exports import contents, loaded, package
from tests.support.imported import reported, run

SAME = "Duplicates {0}: the same claimant, day, scope and number. Add its source as a report of {0}, "
CLAIM = {
    "conflict": "war", "claimant": "observers", "harm": "killed", "measure": "cumulative", "subject_side": "alpha",
    "stated_on": "2020-05-01", "stated_until": "2020-05-01", "part": "North", "qualifier": "exact", "value": 5,
    "low": 5, "best": 5, "high": 5,
}  # fmt: skip


def claims(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return [CLAIM | {"id": f"new-{number}"} | change for number, change in enumerate(changes)]


def write(folder: pathlib.Path, records: dict[str, list[dict[str, Any]]]) -> list[pathlib.Path]:
    for record_type, documents in records.items():
        (folder / f"{record_type}.ndjson").write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return [folder / f"{record_type}.ndjson" for record_type in records]


@pytest.fixture
def app(empty: Flask) -> Flask:
    """Return an application with the small world and a claim of an editor."""
    worlds.write(worlds.SMALL)
    worlds.write({"claims": [CLAIM | {"id": "first"}], "reports": [worlds.report("first", "times")]})
    return empty


def test_an_import_reports_each_pair_at_its_row(app: Flask, tmp_path: pathlib.Path) -> None:
    """Texts are compared without case and accents. A number may have another qualifier. Other rows differ."""
    new = claims(
        {"part": "NORTH", "qualifier": "about", "low": None, "high": None},
        {"value": 6, "low": 6, "best": 6, "high": 6},
        {"stated_on": "2020-05-02", "stated_until": "2020-05-02"},
        {"part": None},
        {"status": "retracted", "status_reason": "Wrong.", "status_by": "claimant"},
        {"value": 6, "low": 6, "best": 6, "high": 6, "note": "Pasted twice."},
    )
    records = {
        "sides": [{"id": "alfa", "name": "ALPHA"}, {"id": "gamma", "name": "Gamma"}],
        "sources": [{"id": "the-wire", "publisher": "Wire", "title": "3 dead"}],
        "events": [
            {"id": "clash-2", "name": "clash at Agdere", "conflict": "war-first-north", "type": "Battles",
             "started_on": "2020-03-01", "ended_on": "2020-03-01"}
        ],
        "claims": new,
        "reports": [worlds.report(claim["id"], "wire") for claim in new],
    }  # fmt: skip
    told = run(*write(tmp_path, records), "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0, told.output
    lines = reported(tmp_path / "report.csv")
    assert {line["verdict"] for line in lines} == {"duplicate"}
    assert [(line["file"], line["row"], line["id"], line["field"], line["found"]) for line in lines] == [
        ("sides.ndjson", "1", "alfa", "name", "alpha"),
        ("sources.ndjson", "1", "the-wire", "publisher", "wire"),
        ("events.ndjson", "1", "clash-2", "name", "clash"),
        ("claims.ndjson", "1", "new-0", "", "first"),
        ("claims.ndjson", "6", "new-5", "", "new-1"),
    ]
    assert lines[3]["allowed"] == SAME.format("first") + "or keep both if they are different records."
    assert (
        "Probable duplicates: 5. Retract one of each pair, or keep both if they are different records.\n" in told.output
    )
    assert "\n  claims/new-0 repeats first\n" in told.output
    again = run(*write(tmp_path, records), "--mapping", "plain", "--report", tmp_path / "again.csv")
    assert "Nothing changed" in again.output and not (tmp_path / "again.csv").exists()


def test_a_dry_run_reports_pairs_too(app: Flask, tmp_path: pathlib.Path) -> None:
    new = claims({})
    files = write(tmp_path, {"claims": new, "reports": [worlds.report("new-0", "wire")]})
    told = run(*files, "--mapping", "plain", "--dry-run", "--report", tmp_path / "report.csv")
    assert "claims/new-0 repeats first" in told.output and "Dry run" in told.output


@pytest.mark.parametrize("kind", ["distinct_from", "same_as"])
def test_a_pair_that_an_editor_has_decided_is_not_reported(app: Flask, tmp_path: pathlib.Path, kind: str) -> None:
    records = {
        "claims": claims({}),
        "reports": [worlds.report("new-0", "wire")],
        "relations": [{"id": "decided", "claim": "new-0", "kind": kind, "target": "first"}],
    }
    told = run(*write(tmp_path, records), "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0 and "Probable" not in told.output and not (tmp_path / "report.csv").exists()


def test_a_package_reports_its_pairs_and_comes_back_unchanged(
    app: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    worlds.write({"claims": [CLAIM | {"id": "second"}], "reports": [worlds.report("second", "wire")]})
    first = package(app, tmp_path / "first.zip")
    back = loaded(databases, engine, first)
    assert contents(package(back, tmp_path / "back.zip")) == contents(first)
    make_app(databases.upgraded(engine), databases.folder)
    told = CliRunner().invoke(load_seeds, ["--folder", str(first)])
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[-2:] == [
        "Probable duplicates: 1. Retract one of each pair, or keep both if they are different records.",
        "  claims/second repeats first",
    ]


STRIKES = """
dataset: {id: strikes, title: Strikes, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
records:
  - event:
      {id: "strike-{place}-{day}", name: "{place}, {day}", type: unknown, conflict: war, happened: "{day}"}
  - claim:
      id: "strike-{no}"
      conflict: war
      event: "strike-{place}-{day}"
      claimant: observers
      harm: "{harm}"
      measure: incident
      figure: {number: "{toll}"}
      reports: {source: wire}
"""


def test_two_figures_of_one_claimant_day_and_scope_compete(app: Flask, tmp_path: pathlib.Path) -> None:
    """Two strikes on one place and day had one event: 3 and 4 killed were 4, without a word."""
    rows = ["1,2020-05-01,North,killed,3", "2,2020-05-01,North,killed,4", "3,2020-05-01,North,injured,4"]
    (tmp_path / "strikes.csv").write_text("\n".join(["no,day,place,harm,toll", *rows, "4,2020-05-02,North,killed,9\n"]))
    (tmp_path / "strikes.yaml").write_text(STRIKES)
    told = run(tmp_path / "strikes.csv", "--mapping", tmp_path / "strikes.yaml", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0, told.output
    assert "Competing claims: 1. Each has claimant, day and scope of another" in told.output
    assert "\n  claims/strike-2 competes with strike-1\n" in told.output
    (line,) = reported(tmp_path / "report.csv")
    assert (line["row"], line["verdict"], line["found"]) == ("3", "competing", "strike-1")


def test_a_figure_that_a_relation_joins_with_another_does_not_compete(app: Flask, tmp_path: pathlib.Path) -> None:
    new = claims({}, {"value": 6, "low": 6, "best": 6, "high": 6})
    records = {
        "claims": [claim | {"part": "South"} for claim in new],
        "reports": [worlds.report(claim["id"], "wire") for claim in new],
        "relations": [{"id": "corrected", "claim": "new-1", "kind": "supersedes", "target": "new-0"}],
    }
    told = run(*write(tmp_path, records), "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert told.exit_code == 0 and "competes" not in told.output, told.output
