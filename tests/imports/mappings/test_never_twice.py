"""Datasets that count the same dead are not imported into one database, so that no statistic counts them twice."""

import pathlib

from flask import Flask

from seeds import DATA
from tests.conftest import Databases
from tests.support.imported import command, run
from tests.support.worlds import rebound

EVENTS = DATA / "ucdp-ged-ukraine" / "conflict_data_ukr.v3-to2021.csv"
YEARS = DATA / "ucdp-country-year" / "organizedviolencecy_v25_1.csv"


def totals(app: Flask) -> list[dict[str, object]]:
    answer = app.test_client().get("/v1/statistics/casualties?shape=array&group_by=year")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, object]] = answer.json
    return [{name: row[name] for name in ("year", "low", "best", "high", "claims")} for row in rows]


def refused(mapping: str, file: pathlib.Path, folder: pathlib.Path, other: str) -> None:
    told = run(file, "--mapping", mapping, "--report", folder / "report.csv")
    assert told.exit_code == 1
    assert (
        f"Nothing was imported.\n{other} is in this database. The dead of a country and year are those of its events."
        in told.output
    )


def test_events_and_country_years_of_the_same_dead(empty: Flask, databases: Databases, tmp_path: pathlib.Path) -> None:
    command("ucdp-ged", [EVENTS], databases, "--release", "v3")
    events = totals(empty)
    refused("ucdp-country-year", YEARS, tmp_path, "ucdp-ged")
    assert totals(empty) == events
    assert "Nothing changed" in command("ucdp-ged", [EVENTS], databases, "--release", "v3")

    rebound(empty)
    none = tmp_path / "none.csv"
    none.write_text("".join(EVENTS.read_text(encoding="utf-8").splitlines(keepends=True)[:2]), encoding="utf-8")
    command("ucdp-ged", [none], databases, "--release", "none", "--vanished", "249")
    assert totals(empty) == []
    command("ucdp-country-year", [YEARS], databases)
    years = totals(empty)
    assert years and years != events
    refused("ucdp-ged", EVENTS, tmp_path, "ucdp-country-year")
    assert totals(empty) == years
